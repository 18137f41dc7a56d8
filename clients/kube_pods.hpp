// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clients/kube_watch.hpp"
#include "core/pods.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What the pods made from one template have in common; kept once for them all.
struct KubePodTemplate {
    std::uint64_t owner = 0;      // hash_of the controller's UID; 0: it has none
    std::map<std::string, std::string> labels;  // but those that number the pods of a StatefulSet
    std::vector<PodContainer> containers;          // application containers, and init containers that run on beside them
    Resources requests;           // their sum; absent where one of them does not say
    Resources limits;
};

/// The annotation that says which pods of a ReplicaSet go first, those with the least (Kubernetes 1.22 and later, an alpha feature of
/// 1.21), and the one by which we know that we set it.
inline constexpr std::string_view kDeletionCost = "controller.kubernetes.io/pod-deletion-cost";
inline constexpr std::string_view kCostIsOurs = "setpoint.dev/leaves-first";

/// A pod, reduced to what control needs; under 200 bytes in a watch, name and all.
struct KubePod {
    std::shared_ptr<const KubePodTemplate> made_from;
    std::shared_ptr<const std::string> node;  // null: it has none yet
    std::uint32_t started = 0;                // Unix seconds; 0: not yet
    std::uint32_t ready_changed = 0;          // 0: never
    PodPhase phase = PodPhase::pending;
    enum class Ready : std::uint8_t { unknown, no, yes } ready = Ready::unknown;
    bool deleting = false;
    bool unschedulable = false;
    bool crash_looping = false;               // a container waits to be started again, or was just started once more
    /// Who gave it a deletion cost: nobody, we, or somebody whose word counts.
    enum class Cost : std::uint8_t { none, ours, others } cost = Cost::none;
};

/// Reads pods, and keeps what several have in common once.
class KubePodReader {
public:
    KubePodReader();
    ~KubePodReader();
    KubePodReader(const KubePodReader&) = delete;
    KubePodReader& operator=(const KubePodReader&) = delete;

    [[nodiscard]] Result<KubePod> read(std::string_view json);

private:
    class State;
    std::unique_ptr<State> state_;
};

/// As policies see it. `uid` is Item::uid, `agent_time` Clock::translate; `named` are the containers that signals read by name.
[[nodiscard]] Pod as_pod(std::string_view name, std::uint64_t uid, const KubePod& pod,
                         const std::function<Time(WallTime)>& agent_time, std::span<const std::string> named = {});

/// The pods of one namespace (or of all), for everybody who scales there.
using KubePods = KubeWatch<KubePod>;
[[nodiscard]] std::unique_ptr<KubePods> watch_pods(IoThread& io, KubeClient& kube, const std::string& ns);

}  // namespace setpoint
