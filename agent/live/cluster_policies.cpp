// SPDX-License-Identifier: Apache-2.0
#include "agent/live/cluster_policies.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "agent/documents/object_document.hpp"
#include "agent/live/shards.hpp"

namespace setpoint {
namespace {

using Verdict = ClusterPolicies::Verdict;
using Trouble = Verdict::Trouble;

auto age_of(const PolicyObject& object) { return std::tie(object.created, object.ns, object.name); }

/// What can be told from `all` alone.
std::vector<std::pair<std::uint64_t, std::string>> in_force(const std::vector<Verdict>& verdicts) {
    std::vector<std::pair<std::uint64_t, std::string>> found;
    for (const auto& verdict : verdicts) {
        if (verdict.in_force()) found.emplace_back(verdict.object.uid, verdict.good->origin);
    }
    return found;
}

/// Who has which target, and what the budgets have left, as the policies are admitted one after the other.
class Register {
public:
    explicit Register(const GuardSettings& guards) : guards_(guards), least_(guards.budgets.size()) {}

    struct Refusal {
        Trouble trouble = Trouble::none;
        std::string why;
    };
    /// Takes it in where nothing is in its way.
    [[nodiscard]] Refusal admit(const Verdict& verdict, const LivePolicy& policy) {
        const auto target = verdict.object.ns + " " + policy.target;
        if (const auto other = targets_.find(target); other != targets_.end()) {
            return {Trouble::taken, fmt::format("the ScalingPolicy {} scales the {} already", other->second, policy.target)};
        }
        for (std::size_t i = 0; i < least_.size(); ++i) {
            const auto& budget = guards_.budgets[i];
            if (!covers(budget, policy.spec)) continue;
            const auto before = least_[i][group_of(budget, policy.spec)];
            if (before + policy.spec.replicas.min <= budget.replicas) continue;
            return {Trouble::over_budget, fmt::format("its replicas.min of {} does not fit into the budget of {} replicas ({}): those of the policies "
                                                      "in force take {}",
                                                      policy.spec.replicas.min, budget.replicas, describe(budget), before)};
        }
        for (std::size_t i = 0; i < least_.size(); ++i) {
            const auto& budget = guards_.budgets[i];
            if (covers(budget, policy.spec)) least_[i][group_of(budget, policy.spec)] += policy.spec.replicas.min;
        }
        targets_.emplace(target, verdict.object.key());
        return {};
    }

private:
    const GuardSettings& guards_;
    std::map<std::string, std::string> targets_;
    std::vector<std::map<std::string, std::int64_t>> least_;  // by budget and group
};

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
    for (auto& [uid, object] : now) read(added.emplace_back(Verdict{std::move(object), {}, {}, {}, {}, false}));
    std::ranges::sort(added, {}, [](const Verdict& verdict) { return age_of(verdict.object); });
    std::ranges::move(added, std::back_inserter(verdicts_));
    admit();
    return in_force(verdicts_) != before;
}

void ClusterPolicies::renew(std::vector<SourceDocument> sources, GuardSettings guards) {
    settings_.sources = std::move(sources);
    settings_.guards = std::move(guards);
    for (auto& verdict : verdicts_) read(verdict);
    admit();
}

void ClusterPolicies::turn_down(const ClusterPolicies& tried, const std::string& why) {
    for (const auto& other : tried.verdicts_) {
        const auto own = std::ranges::find(verdicts_, other.object.uid, [](const Verdict& verdict) { return verdict.object.uid; });
        const bool known = own != verdicts_.end();
        const bool same = known && own->in_force() == other.in_force() && (!own->good || own->good->origin == other.good->origin);
        if (same) continue;
        auto& verdict = known ? *own : verdicts_.emplace_back();
        verdict.object = other.object;
        verdict.object.document.clear();  // read again
        verdict.trouble = Trouble::not_adopted;
        verdict.wrong = why;
    }
}

void ClusterPolicies::read(Verdict& verdict) const {
    const auto& object = verdict.object;
    verdict.wanted.reset();
    verdict.trouble = Trouble::invalid;
    verdict.wrong = object.unreadable;
    if (!object.unreadable.empty()) return;
    const auto documents = parse_object({object.document, object.key()}, settings_.sources);
    verdict.wrong = in_one_line(documents.findings);
    if (!documents.ok()) return;
    auto policy = live_policy(documents.policies.front());
    if (!policy) {
        verdict.wrong = policy.error().message;
        return;
    }
    if (settings_.shadow) keep_in_shadow(*policy);
    policy->shard = shard_of(object.target, settings_.shards);
    policy->origin = fmt::format("the ScalingPolicy {}, generation {}", object.key(), object.generation);
    verdict.trouble = Trouble::none;
    verdict.wanted = std::move(*policy);
}

/// Those that are in force come first, so that a newcomer takes nothing from them. One that is not admitted as it is now stays as
/// it was.
void ClusterPolicies::admit() {
    std::ranges::stable_partition(verdicts_, [](const Verdict& verdict) { return verdict.in_force(); });
    Register all{settings_.guards};
    for (auto& verdict : verdicts_) {
        verdict.admitted = false;
        if (verdict.wanted) {
            auto refusal = all.admit(verdict, *verdict.wanted);
            verdict.trouble = refusal.trouble;
            verdict.wrong = std::move(refusal.why);
            if (verdict.trouble == Trouble::none) {
                verdict.good = std::exchange(verdict.wanted, std::nullopt);
                verdict.admitted = true;
                continue;
            }
        }
        if (!verdict.good) continue;
        auto refusal = all.admit(verdict, *verdict.good);
        verdict.admitted = refusal.trouble == Trouble::none;
        if (verdict.wanted || verdict.trouble == Trouble::invalid || verdict.trouble == Trouble::not_adopted) continue;
        verdict.trouble = refusal.trouble;
        verdict.wrong = std::move(refusal.why);
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
