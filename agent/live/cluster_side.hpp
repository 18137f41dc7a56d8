// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <utility>  // before Asio, which forgets it

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/admin/gallery.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/cluster_policies.hpp"
#include "agent/live/policy_watch.hpp"
#include "agent/live/status_desk.hpp"
#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "core/result.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// The agent as an operator: follows the cluster's ScalingPolicies, and writes what came of them into their status. Everything
/// but what is said otherwise on the main thread.
class ClusterSide {
public:
    struct Settings {
        std::string ns;       // empty: all namespaces
        bool shadow = false;  // makes live ones shadow
    };
    /// What it needs of the agent.
    struct Ports {
        std::function<void(std::function<void()>)> post;            // runs work on the main thread; from any
        std::function<Result<>(std::vector<LivePolicy>)> adopt;     // goes over to these policies, whole or not at all
        std::function<bool()> writes;                               // whether this agent is the one that does
    };

    /// What is given must outlive this.
    ClusterSide(IoThread& io, KubeClient& kube, const Clock& clock, spdlog::logger& log, const Reducer& control, const Gallery& gallery,
                Settings settings, Ports ports);

    /// The policies that there are now, with these servers to name; waits for the answer. Without one there are none yet.
    [[nodiscard]] std::vector<LivePolicy> first(std::vector<SourceDocument> sources);
    /// The same objects with other servers to name: what `adopt` is to be called with.
    [[nodiscard]] std::vector<LivePolicy> with_sources(std::vector<SourceDocument> sources);
    /// Follows from here on.
    void begin(boost::asio::io_context& context);
    void end();

private:
    void seen(Result<std::vector<PolicyObject>> objects);
    void tell_what_is_new();
    void write_statuses();
    void write_later();
    [[nodiscard]] std::vector<StatusDesk::Entry> statuses() const;

    IoThread& io_;
    KubeClient& kube_;
    const Clock& clock_;
    spdlog::logger& log_;
    const Reducer& control_;
    const Gallery& gallery_;
    Settings settings_;
    Ports ports_;
    std::optional<ClusterPolicies> policies_;
    std::vector<PolicyObject> objects_;        // as seen last
    std::map<std::uint64_t, std::string> told_;  // of each object, what was told last
    StatusDesk desk_;
    std::optional<PolicyWatch> watch_;
    std::optional<boost::asio::steady_timer> timer_;
};

}  // namespace setpoint
