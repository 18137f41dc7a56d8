// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "clients/deadline.hpp"
#include "clients/kube_client.hpp"
#include "clients/kube_pods.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A pod's deletion cost that is to be set, or taken away again.
struct KubePodMark {
    std::string name;
    bool leaves_first = false;
    friend bool operator==(const KubePodMark&, const KubePodMark&) = default;
};

/// What has to be changed so that of `pods` those of `leave_first` go first: at most kMostMarks of each kind. Where somebody else gave a
/// pod a cost, that stays.
inline constexpr std::size_t kMostMarks = 20;
struct KubeCostedPod {
    PodId id{};
    std::string name;
    KubePod::Cost cost = KubePod::Cost::none;
};
[[nodiscard]] std::vector<KubePodMark> marks_for(const std::vector<KubeCostedPod>& pods, const std::vector<PodId>& leave_first);

/// Patches the pods' annotations. `done` is told the first error, once all have their answers; a pod that is gone is none.
void mark_kube_pods(KubeClient& kube, const std::string& ns, const std::vector<KubePodMark>& marks, Deadline deadline,
                    std::function<void(std::optional<Error>)> done);

}  // namespace setpoint
