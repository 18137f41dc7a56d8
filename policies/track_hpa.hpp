// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "policies/pod_groups.hpp"
#include "policies/policy.hpp"
#include "policies/track.hpp"

namespace setpoint {

/// `compat: hpa`: the literal arithmetic of HPA v2's replica calculator. Integer milli-units with their
/// truncations; ready pods count, missing and starting ones the safe way; tolerance before rounding and
/// again after the fill; a fill never reverses the direction. The newest sample is used on every tick.
/// A hold is what HPA calls an invalid metric.
class TrackHpa final : public Policy {
public:
    explicit TrackHpa(const TrackGoal& goal) : goal_(goal) {}

    [[nodiscard]] Proposal propose(const Observation& seen) override;
    void bind_state(Fields&) override {}

private:
    [[nodiscard]] Proposal by_pods(const Observation& seen, const Reading& reading);
    [[nodiscard]] Proposal by_groups(const Observation& seen) const;
    [[nodiscard]] Proposal by_mean(const Observation& seen, const Reading& reading) const;
    [[nodiscard]] Proposal by_ready(const Observation& seen, double measured, double ratio) const;
    [[nodiscard]] Proposal by_value(const Observation& seen, const Reading& reading) const;
    [[nodiscard]] Proposal by_average(const Observation& seen, const Reading& reading) const;
    [[nodiscard]] Proposal keep(const Observation& seen, Code code, double measured, double ratio) const;
    [[nodiscard]] Proposal ask(double measured, double ratio, double counted, double size) const;

    TrackGoal goal_;
    std::vector<GroupedPod> groups_;  // room for one tick
};

}  // namespace setpoint
