// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "core/http.hpp"

namespace setpoint::test {

/// An API server with canned answers, one for each request in turn, or for each one whose path is named; without one more, a request
/// is never answered.
class FakeKube {
public:
    struct Answer {
        int status = 200;                 // 0: nobody answers
        std::string body;
        std::vector<std::string> pieces;  // of a watch
        bool ends = true;                 // the watch ends after them
        std::string to = {};              // the end of the request's path; empty: whatever comes next
        bool always = false;              // to all such requests
    };

    explicit FakeKube(IoThread& io, std::vector<Answer> answers, std::unique_ptr<KubeToken> token = {})
        : io_(io), log_(std::make_shared<Log>()) {
        log_->answers.assign(answers.begin(), answers.end());
        const auto lane = [this] { return std::make_unique<Way>(io_, log_); };
        if (!token) token = std::move(*kube_token(io, {}));
        client_ = std::make_unique<KubeClient>(io, KubeClient::Lanes{lane(), lane(), lane(), lane}, std::move(token), "/prefix");
    }

    KubeClient& client() { return *client_; }
    /// For those who want to own it; this one only tells what came from then on.
    std::unique_ptr<KubeClient> take_client() { return std::move(client_); }

    /// Waits until so many requests came; all of them, `GET /path?query`.
    std::vector<HttpRequest> asked(std::size_t count) {
        std::unique_lock lock{log_->lock};
        log_->came.wait_for(lock, std::chrono::seconds{20}, [&] { return log_->asked.size() >= count; });
        return log_->asked;
    }

private:
    struct Log {
        std::mutex lock;
        std::condition_variable came;
        std::deque<Answer> answers;
        std::vector<HttpRequest> asked;
    };

    class Way final : public HttpClient {
    public:
        Way(IoThread& io, std::shared_ptr<Log> log) : io_(io), log_(std::move(log)) {}
        void send(HttpRequest request, Done done) override {
            const std::lock_guard guard{log_->lock};
            log_->asked.push_back(request);
            log_->came.notify_all();
            const auto path = request.target.substr(0, request.target.find('?'));
            const auto next = std::ranges::find_if(log_->answers, [&](const Answer& one) { return path.ends_with(one.to); });
            if (next == log_->answers.end()) return;
            auto answer = *next;
            if (!answer.always) log_->answers.erase(next);
            io_.post([answer = std::move(answer), stream = request.stream, done = std::move(done)] {
                if (answer.status == 0) return done(fail(Errc::unreachable, "nobody answers"));
                if (stream && answer.status == 200) {
                    stream({});
                    for (const auto& piece : answer.pieces) stream(piece);
                    if (!answer.ends) return;
                }
                done(HttpResponse{answer.status, answer.body, {}});
            });
        }

    private:
        IoThread& io_;
        std::shared_ptr<Log> log_;
    };

    IoThread& io_;
    std::shared_ptr<Log> log_;
    std::unique_ptr<KubeClient> client_;
};

}  // namespace setpoint::test
