// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/admin/gallery.hpp"
#include "agent/live/cluster_policies.hpp"
#include "agent/live/event_desk.hpp"
#include "agent/live/policy_news.hpp"
#include "agent/live/status_desk.hpp"
#include "clients/clock.hpp"
#include "clients/kube_client.hpp"
#include "core/ids.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// Writes into the cluster what came of its policies: statuses and Events. On the main thread.
class ClusterScribe {
public:
    /// One object, and what it takes to speak of it.
    struct Line {
        const ClusterPolicies::Verdict* verdict = nullptr;
        std::optional<TargetId> target;  // of the policy in force
        std::string annotation;          // what is wrong with its annotations
        Duration may_take{};             // for how long writes for it may be on their way
    };

    /// `post` runs work on the main thread, from any. What is given must outlive this.
    ClusterScribe(KubeClient& kube, const Clock& clock, spdlog::logger& log, Reducer& control, const Gallery& gallery,
                  std::function<void(std::function<void()>)> post);

    /// Writes what is due; `lines` are all objects that there are.
    void write(const std::vector<Line>& lines);

    /// Another agent wrote of this object until now, and left this.
    void begin_with(std::uint64_t uid, PolicyMemory memory);

    /// Whether a status of this object is on its way.
    [[nodiscard]] bool is_sending(std::uint64_t uid) const { return sending_.contains(uid); }

    /// Of an object, the last `resume` that was followed; kept in its status.
    [[nodiscard]] const std::string& resumed(std::uint64_t uid) { return memories_[uid].resumed; }
    void set_resumed(std::uint64_t uid, std::string text) { memories_[uid].resumed = std::move(text); }

private:
    [[nodiscard]] PolicyStatus status_of(const Line& line);
    [[nodiscard]] StatusLuggage pack(const Line& line);
    void send(StatusDesk::Letter letter);
    void send(EventDesk::Letter letter);
    void sent(std::uint64_t uid, const std::string& why);
    void tell_news(const std::vector<Line>& lines, const std::vector<StatusDesk::Entry>& entries);
    [[nodiscard]] const Picture* picture_of(const Line& line) const;

    KubeClient& kube_;
    const Clock& clock_;
    spdlog::logger& log_;
    Reducer& control_;
    const Gallery& gallery_;
    std::function<void(std::function<void()>)> post_;
    StatusDesk desk_;
    EventDesk events_;
    std::map<std::uint64_t, PolicyGlance> glances_;    // by UID
    std::map<std::uint64_t, PolicyMemory> memories_;   // without checkpoints
    std::set<std::uint64_t> sending_;                  // statuses on their way, by UID
    std::set<std::uint64_t> unwritten_;                // those that were not taken the last time
    std::string event_trouble_;                        // why no Event could be written; told once
};

}  // namespace setpoint
