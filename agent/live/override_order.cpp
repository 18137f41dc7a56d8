// SPDX-License-Identifier: Apache-2.0
#include "agent/live/override_order.hpp"

#include <chrono>

namespace setpoint {
namespace {

/// Civil time moves against agent time, if only a little.
constexpr Duration kSameEnd = std::chrono::seconds{5};

bool says_the_same(const DeclaredOverride& declared, Time until, const OverrideSet& have) {
    return have.kind == declared.kind && have.replicas == declared.replicas && have.reason == declared.reason &&
           std::chrono::abs(have.until - until) <= kSameEnd;
}

}  // namespace

std::optional<OverrideSet> order_of(const DeclaredOverride& declared, Time until, bool resumes, const std::optional<OverrideSet>& have, Time now) {
    using enum OverrideSet::Kind;
    const bool stands = have && have->declared && now < have->until;
    if (declared.kind != resume && now < until) {
        if (stands && says_the_same(declared, until, *have)) return std::nullopt;
        return OverrideSet{{}, declared.kind, declared.replicas, until, declared.reason, true};
    }
    if (stands || resumes) return OverrideSet{{}, resume, 0, {}, {}, true};
    return std::nullopt;
}

}  // namespace setpoint
