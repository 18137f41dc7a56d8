// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_client.hpp"

#include <limits>
#include <utility>

#include "clients/deadline.hpp"
#include "clients/jitter.hpp"
#include "clients/kube_status.hpp"
#include "clients/lane.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kReadsInFlight = 4;
constexpr std::size_t kListsInFlight = 2;
constexpr std::size_t kWritesInFlight = 16;  // a thousand sizes within a second or two, when they all change at once
constexpr std::size_t kQueue = 4096;
constexpr std::size_t kLargestObject = 4U << 20U;  // etcd keeps none above 1.5 MiB, and JSON is longer
constexpr Duration kLongestPause = std::chrono::seconds{10};  // a server that was restarted is to be seen soon
constexpr Duration kWritePatience = std::chrono::seconds{10};  // for a server that puts a write off
constexpr Duration kGrace = std::chrono::seconds{15};         // for the server to end a watch by itself

}  // namespace

/// Lives on the I/O thread.
class KubeClient::State : public std::enable_shared_from_this<KubeClient::State> {
public:
    using Way = std::unique_ptr<HttpClient> Lanes::*;
    using Answer = std::function<void(Result<HttpResponse>)>;

    State(IoThread& io, Lanes lanes, std::unique_ptr<KubeToken> token, std::string prefix)
        : io_(io), lanes_(std::move(lanes)), token_(std::move(token)), prefix_(std::move(prefix)) {}

    void call(Way way, HttpRequest request, Done<std::string> done) {
        if (closed_) return done(stopping());
        const Send send = [self = shared_from_this(), way](HttpRequest ready, Answer answer) {
            if (self->closed_) return answer(stopping());
            (self->lanes_.*way)->send(std::move(ready), std::move(answer));
        };
        identify(std::move(request), send, true, [done = std::move(done)](Result<HttpResponse> answer) {
            if (!answer) return done(tl::unexpected(std::move(answer.error())));
            done(std::move(answer->body));
        });
    }

    Watching watch(HttpRequest request, Done<void> done) {
        if (closed_) return nullptr;
        auto opened = lanes_.watch();
        const auto lane = std::make_shared<Result<std::unique_ptr<HttpClient>>>(std::move(opened));
        // Held by nobody but who watches: what waits for its turn or its token finds that it was dropped.
        const std::weak_ptr weak{lane};
        const Send send = [weak](HttpRequest ready, Answer answer) {
            const auto held = weak.lock();
            if (held && *held) (**held)->send(std::move(ready), std::move(answer));
            else if (held) answer(tl::unexpected(held->error()));
        };
        io_.post([self = shared_from_this(), request = std::move(request), send, weak, done = std::move(done)]() mutable {
            self->identify(std::move(request), send, true, [weak, done = std::move(done)](const Result<HttpResponse>& answer) {
                if (weak.expired()) return;
                if (!answer) return done(tl::unexpected(answer.error()));
                done({});
            });
        });
        // A lane must not end while it tells something: later, when nobody is inside.
        return {lane.get(), [held = std::shared_ptr(lane), io = &io_](void*) mutable {
                    if (*held) io->post([ending = std::shared_ptr<HttpClient>(std::move(**held))] {});
                    held.reset();
                }};
    }

    void close() {
        closed_ = true;
        const Lanes ending = std::move(lanes_);
        const auto last = std::move(token_);
    }

private:
    using Send = std::function<void(HttpRequest, Answer)>;

    static tl::unexpected<Error> stopping() { return fail(Errc::unreachable, "kubernetes: the agent is stopping"); }

    /// Sends it with the token of now, and once more where that was an old one. Anything but 2xx is an error.
    void identify(HttpRequest request, Send send, bool may_renew, Answer done) {
        if (closed_) return done(stopping());
        const Deadline deadline{request.deadline};
        token_->get([self = shared_from_this(), request = std::move(request), send = std::move(send), may_renew, done = std::move(done),
                     deadline](Result<std::string> token) mutable {
            if (!token) return done(tl::unexpected(in("kubernetes")(std::move(token.error()))));
            auto ready = request;
            ready.target = self->prefix_ + ready.target;
            ready.deadline = deadline.left();
            if (!token->empty()) ready.headers.emplace_back("Authorization", "Bearer " + *token);
            send(std::move(ready), [self, request = std::move(request), send, may_renew, done = std::move(done),
                                    deadline](Result<HttpResponse> answer) mutable {
                if (answer && answer->status == 401 && may_renew && !self->closed_ && self->token_->renew()) {
                    request.deadline = deadline.left();
                    return self->identify(std::move(request), std::move(send), false, std::move(done));
                }
                if (answer && answer->status / 100 != 2) return done(tl::unexpected(kube_error(answer->status, answer->body)));
                done(std::move(answer));
            });
        });
    }

    IoThread& io_;
    Lanes lanes_;
    std::unique_ptr<KubeToken> token_;
    const std::string prefix_;
    bool closed_ = false;
};

namespace {

HttpRequest request_for(std::string method, std::string target, Duration deadline) {
    HttpRequest made;
    made.method = std::move(method);
    made.target = std::move(target);
    made.headers = {{"Accept", "application/json"}, {"User-Agent", "setpoint"}};
    made.deadline = deadline;
    made.max_body = kLargestObject;
    return made;
}

HttpRequest request_with(std::string method, std::string target, std::string json, Duration deadline) {
    auto made = request_for(std::move(method), std::move(target), deadline);
    made.headers.emplace_back("Content-Type", "application/json");
    made.body = std::move(json);
    return made;
}

}  // namespace

Result<std::unique_ptr<KubeClient>> KubeClient::connect(IoThread& io, const KubeAccess& access) {
    RestEndpoint endpoint{access.server.host, access.server.port, access.tls, access.server_name};
    auto token = kube_token(io, access.credentials);
    if (!token) return tl::unexpected(in("kubernetes, " + access.name)(token.error()));
    const auto pause = std::make_shared<RetryAfter>(seed_of_this_run());
    const auto open = [&io, endpoint, pause](std::size_t in_flight, CircuitBreaker::Settings breaker, Duration patience = Duration{0}) -> Result<std::unique_ptr<HttpClient>> {
        auto transport = rest_http(io, endpoint);
        if (!transport) return tl::unexpected(in("kubernetes")(transport.error()));
        return std::make_unique<setpoint::Lane>(io, std::move(*transport), LaneSettings{in_flight, kQueue, breaker, pause, patience});
    };
    CircuitBreaker::Settings asking;
    asking.longest_pause = kLongestPause;
    asking.seed = seed_of_this_run();
    // An order that is refused before it is sent would look like one that failed; and a watch has pauses of its own.
    CircuitBreaker::Settings patient;
    patient.failures = std::numeric_limits<int>::max();
    Lanes lanes;
    const auto lane = [&](std::unique_ptr<HttpClient>& into, std::size_t in_flight, const CircuitBreaker::Settings& breaker, Duration patience = Duration{0}) -> Result<void> {
        return open(in_flight, breaker, patience).map([&into](std::unique_ptr<HttpClient> opened) { into = std::move(opened); });
    };
    auto opened = lane(lanes.read, kReadsInFlight, asking)
                      .and_then([&] { return lane(lanes.list, kListsInFlight, asking); })
                      .and_then([&] { return lane(lanes.write, kWritesInFlight, patient, kWritePatience); });
    if (!opened) return tl::unexpected(in(access.name)(opened.error()));
    lanes.watch = [open, patient] { return open(1, patient); };
    return std::make_unique<KubeClient>(io, std::move(lanes), std::move(*token), access.server.prefix);
}

KubeClient::KubeClient(IoThread& io, Lanes lanes, std::unique_ptr<KubeToken> token, std::string prefix)
    : io_(io), state_(std::make_shared<State>(io, std::move(lanes), std::move(token), std::move(prefix))) {}

KubeClient::~KubeClient() {
    io_.run([this] { state_->close(); });
    io_.run([] {});  // what was handed to a lane a moment before is told now
}

void KubeClient::send(std::unique_ptr<HttpClient> Lanes::* lane, HttpRequest request, Done<std::string> done) {
    io_.post([state = state_, lane, request = std::move(request), done = std::move(done)]() mutable {
        state->call(lane, std::move(request), std::move(done));
    });
}

void KubeClient::get(std::string target, Duration deadline, Done<std::string> done) {
    send(&Lanes::read, request_for("GET", std::move(target), deadline), std::move(done));
}

void KubeClient::list(const KubeSelection& what, const std::string& from, Duration deadline, Done<std::string> done) {
    auto target = kube_query(what) + "&limit=" + std::to_string(kPage);
    if (!from.empty()) target += "&continue=" + percent_encoded(from);
    auto request = request_for("GET", std::move(target), deadline);
    request.max_body = kLargestPage;
    send(&Lanes::list, std::move(request), std::move(done));
}

void KubeClient::create(std::string target, std::string json, Duration deadline, Done<std::string> done) {
    send(&Lanes::write, request_with("POST", std::move(target), std::move(json), deadline), std::move(done));
}

void KubeClient::replace(std::string target, std::string json, Duration deadline, Done<std::string> done) {
    send(&Lanes::write, request_with("PUT", std::move(target), std::move(json), deadline), std::move(done));
}

void KubeClient::patch(std::string target, Patch kind, std::string json, Duration deadline, Done<std::string> done) {
    auto request = request_with("PATCH", std::move(target), std::move(json), deadline);
    request.headers.back().second = kind == Patch::merge ? "application/merge-patch+json" : "application/json-patch+json";
    send(&Lanes::write, std::move(request), std::move(done));
}

void KubeClient::remove(std::string target, Duration deadline, Done<void> done) {
    send(&Lanes::write, request_for("DELETE", std::move(target), deadline), [done = std::move(done)](const Result<std::string>& answer) {
        if (!answer && answer.error().code != Errc::no_data) return done(tl::unexpected(answer.error()));
        done({});
    });
}

KubeClient::Watching KubeClient::watch(const KubeSelection& what, const std::string& version, Duration length,
                                       std::function<void(std::string_view)> piece, Done<void> done) {
    const auto whole_seconds = std::chrono::ceil<std::chrono::seconds>(length);
    auto request = request_for("GET", kube_query(what) + "&watch=true&allowWatchBookmarks=true&resourceVersion=" + percent_encoded(version) +
                                          "&timeoutSeconds=" + std::to_string(whole_seconds.count()),
                               whole_seconds + kGrace);
    request.stream = std::move(piece);
    return state_->watch(std::move(request), std::move(done));
}

}  // namespace setpoint
