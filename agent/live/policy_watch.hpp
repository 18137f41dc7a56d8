// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/live/policy_object.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "core/result.hpp"

namespace setpoint {

/// All ScalingPolicies of a namespace (or of all), once: waits for the answer, some seconds at most. Objects that make no sense
/// are left out. Not on the I/O thread.
[[nodiscard]] Result<std::vector<PolicyObject>> list_policies(KubeClient& kube, const std::string& ns);

/// What their statuses keep, by the hash of the UID; `done` comes on the I/O thread.
using PolicyMemories = std::map<std::uint64_t, PolicyMemory>;
void list_policy_memories(KubeClient& kube, const std::string& ns, std::function<void(Result<PolicyMemories>)> done);

/// Tells of all ScalingPolicies of a namespace (or of all) when one of them changed, and why none can be seen.
class PolicyWatch {
public:
    /// Called on the I/O thread; with an error once for each trouble.
    using Seen = std::function<void(Result<std::vector<PolicyObject>>)>;

    PolicyWatch(IoThread& io, KubeClient& kube, const std::string& ns, Seen seen);
    /// `seen` is not called any more once this returns.
    ~PolicyWatch();
    PolicyWatch(const PolicyWatch&) = delete;
    PolicyWatch& operator=(const PolicyWatch&) = delete;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
