// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <utility>  // before Asio, which forgets it

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/admin/gallery.hpp"
#include "agent/live/cluster_policies.hpp"
#include "agent/live/cluster_scribe.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/policy_watch.hpp"
#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "core/result.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// The agent as an operator: follows the cluster's ScalingPolicies and their annotations, and has written what came of them.
/// Everything but what is said otherwise on the main thread.
class ClusterSide {
public:
    struct Settings {
        std::string ns;       // empty: all namespaces
        bool shadow = false;  // makes live ones shadow, and writes nothing at all
    };
    /// What it needs of the agent.
    struct Ports {
        std::function<void(std::function<void()>)> post;                       // runs work on the main thread; from any
        std::function<Result<>(std::vector<LivePolicy>, GuardSettings)> adopt; // goes over to these policies, whole or not at all
        std::function<void(EventBody)> take;                                   // takes an event in
        std::function<bool()> writes;                                          // whether this agent is the one that does
    };
    struct Clients {
        KubeClient& policies;
        KubeClient& records;  // for statuses and Events, so that sizes need not wait for them
    };

    /// What is given must outlive this.
    ClusterSide(IoThread& io, Clients clients, const Clock& clock, spdlog::logger& log, Reducer& control, const Gallery& gallery, Settings settings,
                Ports ports);

    /// The policies that there are now, with these servers to name; waits for the answer. Without one there are none yet.
    [[nodiscard]] std::vector<LivePolicy> first(std::vector<SourceDocument> sources, const GuardSettings& guards);
    /// Goes over to other servers to name, and other limits, with the same objects; whole or not at all.
    [[nodiscard]] Result<> renew(std::vector<SourceDocument> sources, const GuardSettings& guards);
    /// Follows from here on.
    void begin(boost::asio::io_context& context);
    void end();

    /// This agent leads from here on: takes over what another one left in the statuses. `ready` comes on the main thread.
    void take_over(std::function<void()> ready);

private:
    void seen(Result<std::vector<PolicyObject>> objects);
    void tell_what_is_new();
    void look_later();
    void look();
    void take_memories(const Result<PolicyMemories>& memories);
    void take_memory(const PolicyObject& object, TargetId target, const PolicyMemory& memory);
    /// Of an object in force what its annotations say; what is wrong with them.
    std::string follow_annotations(const PolicyObject& object, TargetId target);
    [[nodiscard]] std::vector<ClusterScribe::Line> lines();

    IoThread& io_;
    KubeClient& kube_;
    const Clock& clock_;
    spdlog::logger& log_;
    Reducer& control_;
    Settings settings_;
    Ports ports_;
    GuardSettings guards_;
    std::optional<ClusterPolicies> policies_;
    std::vector<PolicyObject> objects_;          // as seen last
    bool again_ = false;                         // they could not be gone over to
    std::map<std::uint64_t, std::string> told_;  // of each object, what was told last
    ClusterScribe scribe_;
    std::optional<PolicyWatch> watch_;
    std::optional<boost::asio::steady_timer> timer_;
};

}  // namespace setpoint
