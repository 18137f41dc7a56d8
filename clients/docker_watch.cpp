// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_watch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <optional>
#include <set>
#include <utility>

namespace setpoint {
namespace {

using Attributes = std::map<std::string, std::string>;
constexpr std::size_t kMostTold = 10'000;

bool carries(const Attributes& labels, const std::string& wanted) {
    const auto equals = wanted.find('=');
    const auto found = labels.find(wanted.substr(0, equals));
    return found != labels.end() && (equals == std::string::npos || found->second == wanted.substr(equals + 1));
}

bool carries(const Attributes& labels, const std::vector<std::string>& wanted) {
    return std::ranges::all_of(wanted, [&](const auto& label) { return carries(labels, label); });
}

/// Programs reload or reopen their logs at these, and go on.
bool ends_nothing(const EngineEvent& kill) {
    static constexpr std::array<std::string_view, 3> kMild{"1", "10", "12"};  // HUP, USR1, USR2
    const auto signal = kill.attributes.find("signal");
    return signal != kill.attributes.end() && std::ranges::find(kMild, signal->second) != kMild.end();
}

}  // namespace

class DockerWatch::State : public std::enable_shared_from_this<State> {
public:
    explicit State(DockerClient& docker) : docker_(docker) {}

    void list(const std::vector<std::string>& labels, Deadline deadline, DockerClient::Done<Containers> done) {
        if (closed_) return done(fail(Errc::unreachable, "docker: the agent is stopping"));
        if (known_ && holds()) return answer(labels, done);
        waiting_.push_back({labels, deadline, std::move(done)});
        if (!flying_) ask();
        else if (!old_) move_on_board();
    }

    void changed() { old_ = true; }

    Subscription on_event(std::vector<std::string> labels, Heard heard) {
        const auto subscriber = std::make_shared<Subscriber>(Subscriber{std::move(labels), std::move(heard)});
        subscribers_.push_back(subscriber);
        return subscriber;
    }

    void linked() {
        ++stretches_;
        linked_ = true;
        old_ = true;
        told_.clear();
    }

    void lost() { linked_ = false; }

    void happened(EngineEvent event) {
        old_ = true;
        if (event.type == "service") event.attributes.emplace(kServiceLabel, event.attributes["name"]);
        if (event.action == "kill" && !ends_nothing(event)) {
            if (told_.size() >= kMostTold) told_.clear();
            told_.insert(event.id);
        }
        if (event.action == "start") told_.erase(event.id);
        std::erase_if(subscribers_, [](const auto& subscriber) { return subscriber.expired(); });
        // Who hears may subscribe or go.
        for (const auto& weak : std::vector(subscribers_)) {
            const auto subscriber = weak.lock();
            if (subscriber && (event.type.empty() || carries(event.attributes, subscriber->labels))) subscriber->heard(event);
        }
    }

    [[nodiscard]] std::uint64_t stretch() const { return linked_ ? stretches_ : 0; }
    [[nodiscard]] bool told_to_end(const std::string& id) const { return told_.contains(id); }

    void close() {
        closed_ = true;
        aboard_.clear();
        waiting_.clear();
    }

private:
    struct Subscriber {
        std::vector<std::string> labels;
        Heard heard;
    };
    struct Waiter {
        std::vector<std::string> labels;
        Deadline deadline;
        DockerClient::Done<Containers> done;
    };

    [[nodiscard]] bool holds() const {
        return linked_ && !old_ && !flying_ && std::chrono::steady_clock::now() - listed_ < kHolds;
    }

    void answer(const std::vector<std::string>& labels, const DockerClient::Done<Containers>& done) const {
        Containers found;
        std::ranges::copy_if(*known_, std::back_inserter(found), [&](const auto& container) { return carries(container.labels, labels); });
        done(std::move(found));
    }

    /// Those who wait from here on share the list that is on its way.
    void move_on_board() { aboard_.splice(aboard_.end(), waiting_); }

    void ask() {
        move_on_board();
        flying_ = true;
        old_ = false;
        const auto longest = std::ranges::max_element(aboard_, {}, [](const Waiter& waiter) { return waiter.deadline.left(); });
        docker_.list({}, longest->deadline.left(), [self = shared_from_this()](Result<Containers> containers) {
            self->listed(std::move(containers));
        });
    }

    void listed(Result<Containers> containers) {
        flying_ = false;
        if (closed_) return;
        const auto told = std::exchange(aboard_, {});
        known_.reset();
        if (containers) {
            known_ = std::move(*containers);
            listed_ = std::chrono::steady_clock::now();
        }
        for (const auto& waiter : told) {
            if (known_) answer(waiter.labels, waiter.done);
            else waiter.done(tl::unexpected(containers.error()));
        }
        if (!flying_ && !waiting_.empty()) ask();
    }

    DockerClient& docker_;
    std::optional<Containers> known_;
    std::chrono::steady_clock::time_point listed_{};
    bool old_ = true;         // something changed since the last list was asked for
    bool flying_ = false;
    std::list<Waiter> aboard_;   // of the list on its way
    std::list<Waiter> waiting_;  // for the next one
    std::vector<std::weak_ptr<Subscriber>> subscribers_;
    std::set<std::string> told_;
    std::uint64_t stretches_ = 0;
    bool linked_ = false;
    bool closed_ = false;
};

DockerWatch::DockerWatch(IoThread& io, DockerClient& docker)
    : io_(io),
      state_(std::make_shared<State>(docker)),
      events_(io, docker,
              {[state = state_] { state->linked(); }, [state = state_] { state->lost(); },
               [state = state_](const EngineEvent& event) { state->happened(event); }}) {}

DockerWatch::~DockerWatch() {
    io_.run([this] { state_->close(); });
}

void DockerWatch::list(const std::vector<std::string>& labels, Deadline deadline, DockerClient::Done<Containers> done) {
    state_->list(labels, deadline, std::move(done));
}

void DockerWatch::changed() { state_->changed(); }

DockerWatch::Subscription DockerWatch::on_event(std::vector<std::string> labels, Heard heard) {
    return state_->on_event(std::move(labels), std::move(heard));
}

std::uint64_t DockerWatch::stretch() const { return state_->stretch(); }

bool DockerWatch::told_to_end(const std::string& id) const { return state_->told_to_end(id); }

}  // namespace setpoint
