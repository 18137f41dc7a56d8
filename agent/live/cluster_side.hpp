// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <utility>  // before Asio, which forgets it

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/admin/gallery.hpp"
#include "agent/live/cluster_policies.hpp"
#include "agent/live/cluster_scribe.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/policy_watch.hpp"
#include "agent/live/shards.hpp"
#include "agent/live/succession.hpp"
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
        std::string ns;          // empty: all namespaces
        bool shadow = false;     // makes live ones shadow, and writes nothing at all
        std::size_t shards = 1;  // with several, only policies of those held are followed; else all are, also by who stands by
    };
    /// What it needs of the agent.
    struct Ports {
        std::function<void(std::function<void()>)> post;                       // runs work on the main thread; from any
        std::function<Result<>(std::vector<LivePolicy>, GuardSettings)> adopt; // goes over to these policies, whole or not at all
        std::function<void(EventBody)> take;                                   // takes an event in
        std::function<Result<Duration>(std::size_t shard)> may_write;          // for how long writes may be on their way; or why none may begin
        std::function<std::optional<Left>(const ScalingSpec&)> remembered;     // what the last run knew of a policy that it had and this one had not
        std::function<void(TargetId)> taken_over;                              // another agent may have written this target until now
        std::function<void(const std::set<std::size_t>&)> gained;              // these shards are this agent's from here on
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
    /// Whether the cluster said at the start which policies there are.
    [[nodiscard]] bool knew_at_first() const { return knew_at_first_; }
    /// Goes over to other servers to name, and other limits, with the same objects; whole or not at all.
    [[nodiscard]] Result<> renew(std::vector<SourceDocument> sources, const GuardSettings& guards);
    /// Follows from here on.
    void begin(boost::asio::io_context& context);
    void end();

    /// This agent holds that shard too; the only one is 0. Asks what there is and what another agent left in the statuses, until the cluster
    /// answers; has it in force with all that is known of it; and says so (Ports::gained).
    void gain(std::size_t shard);
    /// It does not any more. Where there are several it has its policies no longer in force.
    void lose(std::size_t shard);
    /// Those that it gained.
    [[nodiscard]] const std::set<std::size_t>& held() const { return held_; }
    /// The targets in force of one.
    [[nodiscard]] std::vector<TargetId> targets_of(std::size_t shard) const;
    /// Whether the status of one of its policies is on its way.
    [[nodiscard]] bool is_writing_down(std::size_t shard) const;

private:
    /// An object in force, and its place in the reducer.
    struct Placed {
        const PolicyObject* object = nullptr;
        TargetId target{};
    };
    [[nodiscard]] std::vector<Placed> placed() const;
    [[nodiscard]] std::size_t shard(const PolicyObject& object) const { return shard_of(object.target, settings_.shards); }
    [[nodiscard]] std::vector<PolicyObject> followed() const;
    void go_over();
    void put_aside(std::size_t shard);
    void read_what_is_left();
    void read(const std::map<std::size_t, std::uint64_t>& begun, const Result<PolicyListing>& listing);
    void read_again(const Error& why);
    void take_shards(const std::set<std::size_t>& shards, const PolicyListing& listing);
    void seen(std::vector<PolicyObject> objects);
    void tell_what_is_new();
    void look_later();
    void look();
    [[nodiscard]] std::optional<Left> take_aside(std::uint64_t uid);
    /// What this agent knew itself of a target is in the reducer after that; when that was.
    [[nodiscard]] std::optional<Time> recall(const PolicyObject& object, TargetId target);
    void take_memory(const PolicyObject& object, TargetId target, std::optional<Time> last, const PolicyMemory& memory);
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
    std::vector<PolicyObject> objects_;          // as seen last, of all shards
    std::set<std::size_t> held_;
    bool knew_at_first_ = false;
    std::map<std::size_t, std::uint64_t> coming_;  // shards that are held and not in force yet; another number each time
    std::uint64_t turns_ = 0;
    bool reading_ = false;                         // what is left of them
    bool reading_fails_ = false;                   // and that was said
    std::map<std::uint64_t, Left> aside_;        // by UID: of policies that we had in force, all that was known
    bool again_ = false;                         // they could not be gone over to
    std::map<std::uint64_t, std::string> told_;  // of each object, what was told last
    ClusterScribe scribe_;
    std::optional<PolicyWatch> watch_;
    std::optional<boost::asio::steady_timer> timer_;
    std::optional<boost::asio::steady_timer> reads_again_;
};

}  // namespace setpoint
