// SPDX-License-Identifier: Apache-2.0
#include "agent/live/cluster_policies.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "agent/documents/object_document.hpp"

namespace setpoint {
namespace {

auto age_of(const PolicyObject& object) { return std::tie(object.created, object.ns, object.name); }

/// What can be told from `all` alone.
std::vector<std::pair<std::uint64_t, std::string>> in_force(const std::vector<ClusterPolicies::Verdict>& verdicts) {
    std::vector<std::pair<std::uint64_t, std::string>> found;
    for (const auto& verdict : verdicts) {
        if (verdict.in_force()) found.emplace_back(verdict.object.uid, verdict.good->origin);
    }
    return found;
}

}  // namespace

bool ClusterPolicies::look(std::vector<PolicyObject> objects) {
    const auto before = in_force(verdicts_);
    std::map<std::uint64_t, PolicyObject> now;
    for (auto& object : objects) now.insert_or_assign(object.uid, std::move(object));
    std::erase_if(verdicts_, [&](const Verdict& verdict) { return !now.contains(verdict.object.uid); });
    for (auto& verdict : verdicts_) {
        auto fresh = now.extract(verdict.object.uid);
        const bool same = fresh.mapped().document == verdict.object.document;
        verdict.object = std::move(fresh.mapped());
        if (!same) read(verdict);
    }
    std::vector<Verdict> added;
    for (auto& [uid, object] : now) read(added.emplace_back(Verdict{std::move(object), {}, false, {}}));
    std::ranges::sort(added, {}, [](const Verdict& verdict) { return age_of(verdict.object); });
    std::ranges::move(added, std::back_inserter(verdicts_));
    admit();
    return in_force(verdicts_) != before;
}

void ClusterPolicies::read(Verdict& verdict) const {
    const auto& object = verdict.object;
    const auto documents = parse_object({object.document, object.key()}, settings_.sources);
    verdict.wrong = in_one_line(documents.findings);
    if (!documents.ok()) return;
    auto policy = live_policy(documents.policies.front());
    if (!policy) {
        verdict.wrong = policy.error().message;
        return;
    }
    if (settings_.shadow) keep_in_shadow(*policy);
    policy->origin = fmt::format("the ScalingPolicy {}, generation {}", object.key(), object.generation);
    verdict.good = std::move(*policy);
}

/// Those that are in force come first, so that a newcomer takes nothing from them.
void ClusterPolicies::admit() {
    std::ranges::stable_partition(verdicts_, [](const Verdict& verdict) { return verdict.in_force(); });
    std::map<std::string, const Verdict*> targets;
    for (auto& verdict : verdicts_) {
        if (!verdict.good) continue;
        const auto [first, free] = targets.try_emplace(verdict.object.ns + " " + verdict.good->target, &verdict);
        if (!free) verdict.wrong = fmt::format("the ScalingPolicy {} scales the {} already", first->second->object.key(), verdict.good->target);
        else if (verdict.taken) verdict.wrong.clear();
        verdict.taken = !free;
    }
    std::ranges::stable_partition(verdicts_, [](const Verdict& verdict) { return verdict.in_force(); });
}

std::vector<LivePolicy> ClusterPolicies::all() const {
    std::vector<LivePolicy> policies;
    for (const auto& verdict : verdicts_) {
        if (verdict.in_force()) policies.push_back(*verdict.good);
    }
    return policies;
}

}  // namespace setpoint
