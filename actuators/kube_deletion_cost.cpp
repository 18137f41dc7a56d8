// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_deletion_cost.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "clients/kube_path.hpp"

namespace setpoint {
namespace {

constexpr const char* kCost = "-1000";  // below the 0 of those that have none

std::string patch_of(bool leaves_first) {
    nlohmann::json annotations;
    annotations[std::string{kDeletionCost}] = leaves_first ? nlohmann::json(kCost) : nlohmann::json(nullptr);
    annotations[std::string{kCostIsOurs}] = leaves_first ? nlohmann::json("true") : nlohmann::json(nullptr);
    return nlohmann::json{{"metadata", {{"annotations", std::move(annotations)}}}}.dump();
}

}  // namespace

std::vector<KubePodMark> marks_for(const std::vector<KubeCostedPod>& pods, const std::vector<PodId>& leave_first) {
    std::vector<KubePodMark> marks;
    std::size_t set = 0;
    std::size_t taken = 0;
    for (const auto& pod : pods) {
        const bool leaves = std::ranges::find(leave_first, pod.id) != leave_first.end();
        if (leaves && pod.cost == KubePod::Cost::none && set < kMostMarks) {
            marks.push_back({pod.name, true});
            ++set;
        } else if (!leaves && pod.cost == KubePod::Cost::ours && taken < kMostMarks) {
            marks.push_back({pod.name, false});
            ++taken;
        }
    }
    return marks;
}

void mark_kube_pods(KubeClient& kube, const std::string& ns, const std::vector<KubePodMark>& marks, Deadline deadline,
                    std::function<void(std::optional<Error>)> done) {
    struct Marking {
        std::size_t open = 0;
        std::optional<Error> error;
        std::function<void(std::optional<Error>)> done;
    };
    if (marks.empty()) return done(std::nullopt);
    const auto marking = std::make_shared<Marking>(Marking{marks.size(), std::nullopt, std::move(done)});
    for (const auto& mark : marks) {
        const auto path = kube_path({"", "v1", "pods"}, ns, mark.name);
        kube.patch(path, KubeClient::Patch::merge, patch_of(mark.leaves_first), deadline.left(), [marking](const Result<std::string>& answer) {
            if (!answer && answer.error().code != Errc::no_data && !marking->error) marking->error = answer.error();
            if (--marking->open == 0) std::exchange(marking->done, nullptr)(std::move(marking->error));
        });
    }
}

}  // namespace setpoint
