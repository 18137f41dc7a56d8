// SPDX-License-Identifier: Apache-2.0
#include "clients/kubelet_client.hpp"

#include <chrono>
#include <limits>
#include <map>
#include <utility>

#include "clients/deadline.hpp"
#include "clients/lane.hpp"
#include "clients/rest_http.hpp"
#include "clients/turns.hpp"
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
    State(IoThread& io, Open open, std::unique_ptr<KubeToken> token)
        : open_(std::move(open)), token_(std::move(token)), turns_(std::make_shared<Turns>(io, kMostAtOnce)) {}

    void get(const KubeNode& node, const std::string& path, Deadline deadline, Done done) {
        if (closed_) return done(stopping());
        turns_->ask(deadline, [self = shared_from_this(), question = Question{node, path, deadline, std::move(done)}](Turns::Turn turn) mutable {
            if (self->closed_) return question.done(stopping());
            if (!turn) return question.done(no_turn());
            question.turn = std::move(turn);
            self->identify(std::move(question));
        });
    }

    void close() {
        closed_ = true;
        turns_->close();
        const auto ending = std::exchange(kubelets_, {});
        const auto last = std::move(token_);
    }

private:
    struct Question {
        KubeNode node;
        std::string path;
        Deadline deadline;
        Done done;
        Turns::Turn turn = {};  // until it is answered
    };
    struct Kubelet {
        std::unique_ptr<HttpClient> client;
        Steady::time_point used;
    };

    static tl::unexpected<Error> stopping() { return fail(Errc::unreachable, "the agent is stopping"); }

    static tl::unexpected<Error> no_turn() {
        return fail(Errc::timed_out, "it had no turn in time: " + std::to_string(kMostAtOnce) + " other kubelets were being asked");
    }

    void identify(Question question) {
        token_->get([self = shared_from_this(), question = std::move(question)](const Result<std::string>& token) {
            if (self->closed_) return question.done(stopping());
            if (!token) return question.done(tl::unexpected(in("the agent's own token")(token.error())));
            self->send(question, *token);
        });
    }

    void send(const Question& question, const std::string& token) {
        const auto client = client_of(question.node);
        if (!client) return question.done(tl::unexpected(client.error()));
        HttpRequest request;
        request.target = question.path;
        request.headers = {{"Accept", "text/plain"}, {"User-Agent", "setpoint"}};
        if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
        request.deadline = question.deadline.left();
        request.max_body = kLargest;
        (*client)->send(std::move(request), [self = shared_from_this(), question](Result<HttpResponse> answer) {
            if (!answer) return question.done(tl::unexpected(std::move(answer.error())));
            // The next one may be known; the program that gives tokens is asked for it then.
            if (answer->status == 401 && !self->closed_) (void)self->token_->renew();
            if (answer->status != 200) return question.done(said(answer->status, question.path, answer->body));
            question.done(std::move(answer->body));
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
    std::shared_ptr<Turns> turns_;
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
    : io_(io), state_(std::make_shared<State>(io, std::move(open), std::move(token))) {}

KubeletClient::~KubeletClient() {
    io_.run([this] { state_->close(); });
    io_.run([] {});  // what was handed over a moment before is told now
}

void KubeletClient::get(const KubeNode& node, const std::string& path, Duration deadline, Done done) {
    state_->get(node, path, Deadline{deadline}, std::move(done));
}

}  // namespace setpoint
