// SPDX-License-Identifier: Apache-2.0
#include "clients/kubelet_client.hpp"

#include <chrono>
#include <limits>
#include <map>
#include <utility>

#include "clients/deadline.hpp"
#include "clients/lane.hpp"
#include "clients/rest_http.hpp"
#include "core/printable.hpp"

namespace setpoint {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Duration kUnused = std::chrono::minutes{10};  // a connection that nobody needed for so long ends
constexpr std::size_t kMostWords = 512;

/// A kubelet answers errors with a line of text.
std::string words_of(std::string_view body) {
    auto words = printable(std::string{body.substr(0, kMostWords)});
    while (words.ends_with(' ')) words.pop_back();
    return words;
}

tl::unexpected<Error> said(int status, const std::string& path, std::string_view body) {
    const auto words = words_of(body);
    const auto tail = words.empty() ? std::string{} : ": " + words;
    switch (status) {
        case 401: return fail(Errc::refused, "it says 401: it does not know the agent's token (a kubelet asks the API server with authentication.webhook)");
        case 403: return fail(Errc::refused, "it says 403: the agent lacks the permission to `get` nodes/metrics, which `setpoint rbac --kubelets` prints" + tail);
        case 404: return fail(Errc::no_data, "it says 404: it has no " + path + ", which kubelets have since Kubernetes 1.18");
        default: return fail(Errc::bad_reply, "it says " + std::to_string(status) + tail);
    }
}

}  // namespace

/// Lives on the I/O thread.
class KubeletClient::State : public std::enable_shared_from_this<KubeletClient::State> {
public:
    State(Open open, std::unique_ptr<KubeToken> token) : open_(std::move(open)), token_(std::move(token)) {}

    void get(const KubeNode& node, const std::string& path, Deadline deadline, Done done) {
        if (closed_) return done(stopping());
        token_->get([self = shared_from_this(), node, path, deadline, done = std::move(done)](const Result<std::string>& token) {
            if (self->closed_) return done(stopping());
            if (!token) return done(tl::unexpected(in("the agent's own token")(token.error())));
            self->send(node, path, *token, deadline, done);
        });
    }

    void close() {
        closed_ = true;
        const auto ending = std::exchange(kubelets_, {});
        const auto last = std::move(token_);
    }

private:
    struct Kubelet {
        std::unique_ptr<HttpClient> client;
        Steady::time_point used;
    };

    static tl::unexpected<Error> stopping() { return fail(Errc::unreachable, "the agent is stopping"); }

    void send(const KubeNode& node, const std::string& path, const std::string& token, Deadline deadline, const Done& done) {
        const auto client = client_of(node);
        if (!client) return done(tl::unexpected(client.error()));
        HttpRequest request;
        request.target = path;
        request.headers = {{"Accept", "text/plain"}, {"User-Agent", "setpoint"}};
        if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
        request.deadline = deadline.left();
        request.max_body = kLargest;
        (*client)->send(std::move(request), [self = shared_from_this(), path, done](Result<HttpResponse> answer) {
            if (!answer) return done(tl::unexpected(std::move(answer.error())));
            // The next one may be known; the program that gives tokens is asked for it then.
            if (answer->status == 401 && !self->closed_) (void)self->token_->renew();
            if (answer->status != 200) return done(said(answer->status, path, answer->body));
            done(std::move(answer->body));
        });
    }

    Result<HttpClient*> client_of(const KubeNode& node) {
        const auto now = Steady::now();
        const auto key = node.address + " " + std::to_string(node.port);
        std::erase_if(kubelets_, [&](const auto& entry) { return entry.first != key && entry.second.used + kUnused < now; });
        auto& kubelet = kubelets_[key];
        kubelet.used = now;
        if (!kubelet.client) {
            auto opened = open_(node);
            if (!opened) return tl::unexpected(std::move(opened.error()));
            kubelet.client = std::move(*opened);
        }
        return kubelet.client.get();
    }

    const Open open_;
    std::unique_ptr<KubeToken> token_;
    std::map<std::string, Kubelet> kubelets_;
    bool closed_ = false;
};

Result<std::unique_ptr<KubeletClient>> KubeletClient::connect(IoThread& io, const KubeAccess& access, const std::string& ca_file) {
    auto tls = access.tls;
    if (!ca_file.empty()) {
        tls.ca_file = ca_file;
        tls.ca.clear();
    }
    // Whether the files can be used is to be known at the start.
    if (auto usable = rest_http(io, {"127.0.0.1", 1, tls}); !usable) return tl::unexpected(in("kubelets")(usable.error()));
    auto token = kube_token(io, access.credentials);
    if (!token) return tl::unexpected(in("kubelets")(token.error()));
    const auto open = [&io, tls](const KubeNode& node) -> Result<std::unique_ptr<HttpClient>> {
        auto transport = rest_http(io, {node.address, node.port, tls});
        if (!transport) return tl::unexpected(transport.error());
        LaneSettings settings;
        settings.in_flight = 1;
        settings.breaker.failures = std::numeric_limits<int>::max();  // who asks makes pauses
        return std::make_unique<Lane>(io, std::move(*transport), settings);
    };
    return std::make_unique<KubeletClient>(io, open, std::move(*token));
}

KubeletClient::KubeletClient(IoThread& io, Open open, std::unique_ptr<KubeToken> token)
    : io_(io), state_(std::make_shared<State>(std::move(open), std::move(token))) {}

KubeletClient::~KubeletClient() {
    io_.run([this] { state_->close(); });
    io_.run([] {});  // what was handed over a moment before is told now
}

void KubeletClient::get(const KubeNode& node, const std::string& path, Duration deadline, Done done) {
    state_->get(node, path, Deadline{deadline}, std::move(done));
}

}  // namespace setpoint
