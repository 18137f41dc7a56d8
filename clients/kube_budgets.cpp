// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_budgets.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "clients/kube_silence.hpp"
#include "clients/reply_json.hpp"
#include "clients/selector_json.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

/// `2` or `"50%"`.
struct Amount {
    Replicas count = 0;
    double share = 0;
    bool relative = false;
};

std::optional<Amount> amount_of(const Json* value) {
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (const auto number = count(value)) return Amount{static_cast<Replicas>(std::min<std::uint64_t>(*number, kMaxReplicas)), 0, false};
    const auto share = parse_percentage(text(value));
    if (!share || *share < 0) return std::nullopt;
    return Amount{0, std::min(*share, 1.0), true};
}

/// Of n pods ceil(share * n) must stay: all of them while (1 - share) * n is less than one.
Replicas all_must_stay(double share) {
    constexpr double kNoise = 1e-9;
    if (share >= 1) return kMaxReplicas;
    return static_cast<Replicas>(std::ceil(1 / (1 - share) - kNoise)) - 1;
}

Replicas undrainable_at(const Json& spec) {
    if (const auto least = amount_of(member(spec, "minAvailable"))) return least->relative ? all_must_stay(least->share) : least->count;
    const auto most = amount_of(member(spec, "maxUnavailable"));  // a share of it is rounded up, to one at least
    const bool none = most && (most->relative ? most->share <= 0 : most->count == 0);
    return none ? kMaxReplicas : 0;
}

}  // namespace

Result<KubeBudget> read_kube_budget(std::string_view json, std::string_view version) {
    const auto object = read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    const auto* spec = member(*object, "spec");
    if (spec == nullptr || !spec->is_object()) return fail(Errc::bad_reply, "it has no spec");
    KubeBudget budget;
    budget.undrainable_at = undrainable_at(*spec);
    const auto* selector = member(*spec, "selector");
    if (selector == nullptr || !selector->is_object()) return budget;  // of no pods
    auto read = read_selector(*selector);
    if (!read) return tl::unexpected<Error>(std::move(read.error()));
    budget.selector = std::move(*read);
    budget.selects_all = version == "v1" && budget.selector.labels.empty() && budget.selector.expressions.empty();
    return budget;
}

KubeBudgets::KubeBudgets(IoThread& io, KubeClient& kube, std::string ns) : io_(io), kube_(kube), ns_(std::move(ns)), watch_(watch("v1")) {}

std::unique_ptr<KubeBudgets::Watch> KubeBudgets::watch(const std::string& version) {
    return std::make_unique<Watch>(io_, kube_, KubeSelection{{"policy", version, "poddisruptionbudgets"}, ns_},
                                   [version](std::string_view json) { return read_kube_budget(json, version); });
}

void KubeBudgets::hear_of_trouble() {
    const auto& now = watch_->trouble();
    if (now && is_silence(*now)) return;
    trouble_ = now;
    if (old_ || !trouble_ || trouble_->code != Errc::no_data) return;
    old_ = true;
    trouble_.reset();
    watch_ = watch("v1beta1");
}

std::optional<Replicas> KubeBudgets::undrainable_at(const std::map<std::string, std::string>& labels) {
    hear_of_trouble();
    if (!watch_->listed() || trouble_) return std::nullopt;
    Replicas most = 0;
    watch_->each([&](const std::string&, const Watch::Item& item) {
        const auto& budget = item.value;
        if (budget.selects_all || budget.selector.matches(labels)) most = std::max(most, budget.undrainable_at);
    });
    return most;
}

const std::optional<Error>& KubeBudgets::trouble() {
    hear_of_trouble();
    return trouble_;
}

}  // namespace setpoint
