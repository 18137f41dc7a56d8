// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/clock.hpp"
#include "clients/deadline.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Questions to one server, each asked once for everybody who asks the same while its answer is on its way or fresh enough.
/// Only on the I/O thread.
template <class T>
class AskedOnce : public std::enable_shared_from_this<AskedOnce<T>> {
public:
    using Done = std::function<void(const Result<T>&)>;
    using Answered = std::function<void(Result<T>)>;
    /// Puts a question to the server; answers once, maybe at once, maybe after this object is gone.
    using Put = std::function<void(const std::string& question, Deadline deadline, Answered answered)>;

    static constexpr std::size_t kMost = 10'000;                        // remembered answers; more are simply asked again
    static constexpr Duration kFailureServes = std::chrono::seconds{2};  // a server in trouble is not asked by everybody

    AskedOnce(const Clock& clock, Put put) : clock_(clock), put_(std::move(put)) {}

    /// An answer that was asked for less than `fresh` ago serves. `done` is called exactly once, unless closed before; maybe at once.
    void ask(const std::string& question, Duration fresh, Deadline deadline, Done done) {
        if (closed_) return;
        if (known_.size() >= kMost) std::erase_if(known_, [](const auto& entry) { return entry.second.waiting.empty(); });
        auto& entry = known_[question];
        if (entry.waiting.empty() && entry.last) {
            const auto age = clock_.now() - entry.asked;
            if (age < (*entry.last ? fresh : std::min(fresh, kFailureServes))) {
                const auto last = *entry.last;  // who hears it may ask again
                return done(last);
            }
        }
        entry.waiting.push_back(std::move(done));
        if (entry.waiting.size() > 1) return;
        entry.asked = clock_.now();
        put_(question, deadline, [weak = this->weak_from_this(), question](Result<T> answer) {
            if (const auto self = weak.lock()) self->answered(question, std::move(answer));
        });
    }

    /// Nobody is told anything any more.
    void close() {
        closed_ = true;
        known_.clear();
    }

private:
    struct Question {
        Time asked{};
        std::optional<Result<T>> last;
        std::vector<Done> waiting;
    };

    void answered(const std::string& question, Result<T> answer) {
        const auto found = known_.find(question);
        if (found == known_.end()) return;
        found->second.last = answer;
        for (const auto& done : std::exchange(found->second.waiting, {})) done(answer);
    }

    const Clock& clock_;
    const Put put_;
    std::map<std::string, Question> known_;
    bool closed_ = false;
};

}  // namespace setpoint
