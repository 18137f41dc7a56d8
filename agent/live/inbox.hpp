// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

#include "core/sink.hpp"

namespace setpoint {

/// Where the I/O thread leaves what it learnt until the main thread takes it, in order.
class Inbox final : public Sink {
public:
    using Letter = std::variant<Sample, TargetState, PodDelta, ApplyResult>;

    /// `wake` is called from the posting thread when something lies in an inbox that was empty.
    explicit Inbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    void post(Sample sample) override { put(std::move(sample)); }
    void post(TargetState state) override { put(std::move(state)); }
    void post(PodDelta delta) override { put(std::move(delta)); }
    void post(ApplyResult result) override { put(std::move(result)); }

    /// Everything that came in, oldest first. `room` is emptied and kept for the next letters.
    void take(std::vector<Letter>& room) {
        room.clear();
        const std::lock_guard lock{mutex_};
        letters_.swap(room);
    }

private:
    void put(Letter letter) {
        bool was_empty = false;
        {
            const std::lock_guard lock{mutex_};
            was_empty = letters_.empty();
            letters_.push_back(std::move(letter));
        }
        if (was_empty) wake_();
    }

    std::function<void()> wake_;
    std::mutex mutex_;
    std::vector<Letter> letters_;
};

}  // namespace setpoint
