// SPDX-License-Identifier: Apache-2.0
#include "clients/lane.hpp"

#include <algorithm>
#include <chrono>
#include <list>
#include <utility>

#include "clients/jitter.hpp"

namespace setpoint {

/// Lives on the I/O thread.
class Lane::State : public std::enable_shared_from_this<Lane::State> {
public:
    State(IoThread& io, std::unique_ptr<Transport> transport, LaneSettings settings)
        : io_(io), transport_(std::move(transport)), settings_(std::move(settings)), breaker_(settings_.breaker) {
        if (!settings_.pause) settings_.pause = std::make_shared<RetryAfter>(seed_of_this_run());
    }

    void accept(HttpRequest request, HttpClient::Done done, std::chrono::steady_clock::time_point sent) {
        if (closed_) return done(unreachable("the agent is stopping"));
        if (waiting_.size() >= settings_.queue) {
            return done(unreachable(std::to_string(settings_.queue) + " requests wait already"));
        }
        auto& job = waiting_.emplace_back();
        job.request = std::move(request);
        job.done = std::move(done);
        const auto left = job.request.deadline - elapsed_since(sent);
        const auto at = std::prev(waiting_.end());
        job.ends = std::chrono::steady_clock::now() + std::max(left, Duration{0});
        job.timer = io_.after(std::max(left, Duration{0}), [this, at] { timed_out(at); });
        start_waiting();
    }

    void close() {
        closed_ = true;
        resume_.reset();
        breaker_.abandoned();
        for (auto* jobs : {&flying_, &waiting_}) {
            while (!jobs->empty()) finish(*jobs, jobs->begin(), unreachable("the agent is stopping"));
        }
    }

private:
    struct Job {
        HttpRequest request;
        HttpClient::Done done;
        std::chrono::steady_clock::time_point ends;
        IoThread::Timer timer;
        std::unique_ptr<Exchange> exchange;  // once it is on its way
    };
    using Jobs = std::list<Job>;

    static Duration elapsed_since(std::chrono::steady_clock::time_point then) {
        return std::chrono::floor<Duration>(std::chrono::steady_clock::now() - then);
    }

    tl::unexpected<Error> unreachable(const std::string& why) const {
        return fail(Errc::unreachable, transport_->name() + ": " + why);
    }

    void start_waiting() {
        if (pauses()) return;
        while (!closed_ && !waiting_.empty() && flying_.size() < settings_.in_flight) {
            const auto at = waiting_.begin();
            if (!breaker_.allow(std::chrono::steady_clock::now())) {
                if (breaker_.state() == CircuitBreaker::State::probing) return;  // its end decides for them all
                finish(waiting_, at, fail(Errc::unreachable, last_failure_ + "; waiting before the next attempt"));
                continue;
            }
            flying_.splice(flying_.end(), waiting_, at);
            at->exchange = transport_->start(at->request, [this, at](Result<HttpResponse> result) {
                answered(at, std::move(result));
            });
        }
    }

    /// The server wants to be left alone: who cannot wait so long ends now.
    bool pauses() {
        const auto now = std::chrono::steady_clock::now();
        if (!settings_.pause->waits(now)) return false;
        const auto hurried = [&](const Job& job) { return !waits_it_out(job, now); };
        for (auto at = std::ranges::find_if(waiting_, hurried); !closed_ && at != waiting_.end(); at = std::ranges::find_if(waiting_, hurried)) {
            finish(waiting_, at, fail(Errc::unreachable, settings_.pause->why(now)));
        }
        if (closed_ || waiting_.empty()) return true;
        resume_ = io_.after(std::chrono::ceil<Duration>(settings_.pause->until() - now), [this] { start_waiting(); });
        return true;
    }

    [[nodiscard]] bool waits_it_out(const Job& job, std::chrono::steady_clock::time_point now) const {
        const auto until = settings_.pause->until();
        return until <= now + settings_.patience && until < job.ends;
    }

    void answered(Jobs::iterator at, Result<HttpResponse> result) {
        if (!result && result.error().code == Errc::unreachable) failed(result.error());
        else breaker_.succeeded();
        const auto now = std::chrono::steady_clock::now();
        const bool put_off = result && settings_.pause->saw(transport_->name(), *result, now, std::chrono::floor<Duration>(std::chrono::system_clock::now()));
        if (put_off && waits_it_out(*at, now)) {
            at->exchange.reset();
            waiting_.splice(waiting_.begin(), flying_, at);
        } else {
            finish(flying_, at, std::move(result));
        }
        start_waiting();
    }

    void timed_out(Jobs::iterator at) {
        const bool flying = at->exchange != nullptr;
        auto late = fail(Errc::timed_out, transport_->name() + ": no " + (flying ? "complete answer" : "turn") + " to " +
                                              at->request.method + " " + at->request.target + " within " +
                                              std::to_string(at->request.deadline.count()) + " ms");
        if (flying) failed(late.value());
        finish(flying ? flying_ : waiting_, at, std::move(late));
        start_waiting();
    }

    void failed(const Error& error) {
        last_failure_ = error.message;
        breaker_.failed(std::chrono::steady_clock::now());
    }

    /// Takes the job out first: `done` may send again.
    static void finish(Jobs& jobs, Jobs::iterator at, Result<HttpResponse> result) {
        Jobs ended;
        ended.splice(ended.end(), jobs, at);
        const auto done = std::move(ended.front().done);
        ended.clear();
        done(std::move(result));
    }

    IoThread& io_;
    std::unique_ptr<Transport> transport_;
    LaneSettings settings_;
    CircuitBreaker breaker_;
    std::string last_failure_;  // told to those that are not sent for its sake
    IoThread::Timer resume_;     // once the server's pause is over
    Jobs waiting_;
    Jobs flying_;
    bool closed_ = false;
};

Lane::Lane(IoThread& io, std::unique_ptr<Transport> transport, LaneSettings settings)
    : io_(io), state_(std::make_shared<State>(io, std::move(transport), std::move(settings))) {}

Lane::~Lane() {
    io_.run([this] { state_->close(); });
}

void Lane::send(HttpRequest request, Done done) {
    io_.post([state = state_, request = std::move(request), done = std::move(done),
              sent = std::chrono::steady_clock::now()]() mutable {
        state->accept(std::move(request), std::move(done), sent);
    });
}

}  // namespace setpoint
