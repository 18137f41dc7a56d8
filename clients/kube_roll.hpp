// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clients/agent_roll.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Keeps this agent on the roll of those that live, and reads it. On the I/O thread but for what is said otherwise.
class KubeRoll {
public:
    struct Ports {
        std::function<std::size_t()> held;                                 // how many shards this agent holds
        std::function<void(const std::vector<std::size_t>& others)> seen;  // what the others hold, after each try to read it
        std::function<void(const std::optional<std::string>& why)> trouble;  // once when it cannot be read or signed, and when it can again
    };

    KubeRoll(IoThread& io, KubeClient& kube, AgentRoll::Settings settings, Ports ports);
    /// Nothing is told any more once this returns. From any thread.
    ~KubeRoll();
    KubeRoll(const KubeRoll&) = delete;
    KubeRoll& operator=(const KubeRoll&) = delete;

    /// Once.
    void begin();
    /// What the others hold, as of now; and AgentRoll::other_number.
    [[nodiscard]] std::vector<std::size_t> others() const;
    [[nodiscard]] std::optional<std::size_t> other_number() const;
    /// Off the roll; waits for no answer.
    void leave();

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
