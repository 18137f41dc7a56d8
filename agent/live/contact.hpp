// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/live/orchestrator.hpp"
#include "clients/io_thread.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Asks an orchestrator who it is, again and again: until it answers, with a growing pause; then seldom, so that
/// the agent knows why its watchers fall silent.
class Contact {
public:
    /// Who it is, or why it did not say it. Called on the I/O thread.
    using Heard = std::function<void(const Result<std::string>&)>;

    static constexpr Duration kDeadline = std::chrono::seconds{5};
    static constexpr Duration kFirstPause = std::chrono::seconds{1};
    static constexpr Duration kLongestPause = std::chrono::seconds{15};

    Contact(IoThread& io, Orchestrator& orchestrator, Heard heard);
    /// `heard` is not called any more once this returns.
    ~Contact();
    Contact(const Contact&) = delete;
    Contact& operator=(const Contact&) = delete;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
