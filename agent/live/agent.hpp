// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <utility>  // before Asio, which forgets it

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/admin/admin.hpp"
#include "agent/live/checkpoint_keeper.hpp"
#include "agent/live/chronicle.hpp"
#include "agent/live/cluster_side.hpp"
#include "agent/live/contact.hpp"
#include "agent/journal/writer.hpp"
#include "agent/live/label_policies.hpp"
#include "agent/live/label_watch.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/onlookers.hpp"
#include "agent/live/orchestrator.hpp"
#include "agent/live/outside.hpp"
#include "agent/live/policy_files.hpp"
#include "agent/live/scheduler.hpp"
#include "agent/live/service_notifier.hpp"
#include "agent/live/shard_duty.hpp"
#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "core/result.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

struct AgentSettings {
    LoadedPolicies own;                               // of the files, as read at the start
    std::optional<LabelPolicies::Settings> labels;    // present: containers may say theirs
    std::optional<ClusterSide::Settings> cluster;     // present: policies are the cluster's, and files only name servers
    PolicyFiles::Settings files;                      // watched, and read again when they change
    std::filesystem::path state;                      // journal and checkpoint; made when it is not there
    Whereabouts where;                                // where the targets run
    AdminSettings admin;
    std::string version;
};

/// The live agent: everything that runs, put together. Members are destroyed in reverse order: what talks to
/// the outside first, then what it posts to, then what keeps the record.
class Agent {
public:
    /// Restores what the last run left, opens the journal. Errors: `io`, `conflict` (another agent has the
    /// state folder), `bad_config`.
    [[nodiscard]] static Result<std::unique_ptr<Agent>> make(AgentSettings settings, spdlog::logger& log);

    /// Scales until SIGTERM or SIGINT. Waits as long as it takes for an orchestrator that does not answer. Fails if
    /// another agent scales there.
    [[nodiscard]] Result<> run();

private:
    /// `last`: how far agent time had come.
    Agent(AgentSettings settings, spdlog::logger& log, std::optional<Time> last);

    [[nodiscard]] Result<> start(const std::optional<Checkpoint>& last);
    [[nodiscard]] Result<> open_admin();
    /// Where a signal comes from, as metrics call it.
    [[nodiscard]] std::string source_of(TargetId target, SignalId signal) const;
    [[nodiscard]] Result<Attached> attach(TargetId key, const LivePolicy& policy);
    /// What a target of `policy` tells, shown.
    [[nodiscard]] TargetPorts ports_of(TargetId key, const LivePolicy& policy);
    /// Goes over to these policies, whole or not at all.
    [[nodiscard]] Result<> adopt(std::vector<LivePolicy> policies, GuardSettings guards);
    /// Goes over to what the files say now, and with them to what labels say by their sources.
    [[nodiscard]] Result<> take_over(LoadedPolicies loaded);
    [[nodiscard]] Result<> read_first_labels();
    [[nodiscard]] Result<> read_first_objects();
    void looked(std::vector<ContainerSummary> containers);
    void tell(const std::vector<LabelPolicies::News>& news);
    void reloaded(Result<LoadedPolicies> loaded);
    void feed_watchdog();
    void heard(const Result<std::string>& identity);
    void claimed(const std::string& identity, const Result<Orchestrator::Term>& term);
    void begin();
    void lost(const std::string& why);
    /// Whether it may scale anything.
    [[nodiscard]] bool writes() const { return duty_ ? !cluster_->held().empty() : writes_; }
    /// Whether it shares a cluster's policies with other agents, and which shards of them it holds.
    [[nodiscard]] bool shares() const;
    [[nodiscard]] std::vector<bool> shards() const;
    /// In a cluster, an agent that changes nothing there.
    [[nodiscard]] bool shadow() const;

    // Until the last byte is on disk a further SIGTERM or SIGINT is caught, by whom nobody asks: without a set of
    // signals left, it would end the process in the middle of its checkpoint.
    boost::asio::io_context unasked_;
    boost::asio::signal_set late_signals_{unasked_, SIGTERM, SIGINT};
    const AgentSettings settings_;
    std::vector<LivePolicy> policies_;  // in force, by TargetId
    GuardSettings guards_;              // in force
    std::optional<LabelPolicies> labels_;
    ReloadState reload_;
    spdlog::logger& log_;
    Result<> outcome_;
    Orchestrator::Term last_term_;      // in which the restored state was written
    std::optional<Checkpoint> left_;    // by the last run, where policies come in force later than at the start
    bool remembers_ = false;            // and whether it has all that was
    bool answers_ = true;               // the orchestrator
    bool claims_ = false;               // it was asked whether we may write
    bool writes_ = false;               // we may
    struct {
        std::string identity;           // of the orchestrator
        Orchestrator::Term term;
    } claim_;                           // under which it writes, or soon will
    int silences_ = 0;                  // answers missing in a row
    Reducer control_;
    Clock clock_;
    Gallery gallery_;
    std::unique_ptr<JournalWriter> journal_;
    std::optional<CheckpointKeeper> checkpoints_;
    std::optional<Chronicle> chronicle_;
    std::optional<Onlookers> onlookers_;
    std::optional<Scheduler> scheduler_;
    IoThread io_;
    std::unique_ptr<Outside> outside_;
    std::uint64_t turns_ = 0;           // of attaching
    std::vector<Attached> attached_;    // by TargetId
    std::vector<TargetId> keys_;        // of them, likewise: what they post with
    std::uint32_t next_key_ = 0;
    std::optional<Contact> contact_;
    std::unique_ptr<Admin> admin_;
    ServiceNotifier manager_;
    std::optional<PolicyFiles> files_;
    std::optional<LabelWatch> label_watch_;
    std::optional<ClusterSide> cluster_;
    std::optional<ShardDuty> duty_;     // where agents share the policies
    std::optional<boost::asio::steady_timer> watchdog_;
};

}  // namespace setpoint
