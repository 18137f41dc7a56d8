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

/// All ScalingPolicies of a namespace (or of all) at one moment. Objects that make no sense are left out.
struct PolicyListing {
    std::vector<PolicyObject> objects;
    std::map<std::uint64_t, PolicyMemory> memories;  // what their statuses keep, by the hash of the UID
};

/// `done` comes on the I/O thread.
void list_policies(KubeClient& kube, const std::string& ns, std::function<void(Result<PolicyListing>)> done);
/// Waits for the answer, some seconds at most. Not on the I/O thread.
[[nodiscard]] Result<PolicyListing> list_policies(KubeClient& kube, const std::string& ns);

/// Tells of all ScalingPolicies of a namespace (or of all) when one of them changed, and why they cannot be seen.
class PolicyWatch {
public:
    /// On the I/O thread.
    struct Heard {
        std::function<void(std::vector<PolicyObject>)> seen;
        std::function<void(const std::string& why)> trouble;  // what is in the way, of one or of all: once each
    };

    PolicyWatch(IoThread& io, KubeClient& kube, const std::string& ns, Heard heard);
    /// Nothing is told any more once this returns.
    ~PolicyWatch();
    PolicyWatch(const PolicyWatch&) = delete;
    PolicyWatch& operator=(const PolicyWatch&) = delete;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
