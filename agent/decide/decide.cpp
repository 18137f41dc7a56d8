// SPDX-License-Identifier: Apache-2.0
#include "agent/decide/decide.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "agent/decide/decision_json.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

/// As in the lines, 1700000000.5, without an exponent.
std::string in_digits(Time t) { return nlohmann::json(unix_seconds(t)).dump(); }

}  // namespace

Decider::Decider(ConfigSet set) : set_(std::move(set)) {}

Result<Decider> Decider::of(ScalingSpec spec, GuardSettings guards) {
    std::vector<ScalingSpec> specs;
    specs.push_back(std::move(spec));
    auto set = configuration(std::move(specs), std::move(guards));
    if (!set) return tl::unexpected<Error>(set.error());
    return Decider{std::move(*set)};
}

Result<std::string> Decider::answer(std::string_view line) {
    const auto& spec = set_.specs.front();
    auto input = parse_decide_line(line, spec);
    if (!input) return tl::unexpected<Error>(input.error());
    if (asked_ && input->time < asked_->at) {
        return fail(Errc::bad_config,
                    fmt::format("time: must not run backwards, was {} after {}",
                                in_digits(input->time), in_digits(asked_->at)));
    }
    if (!configured_) {
        control_.reduce({input->time, set_});
        configured_ = true;
    }
    keep_new(std::move(input->warnings));
    feed_outcome(*input);
    if (input->override_set) control_.reduce({input->time, *input->override_set});
    feed_pods(*input);
    if (!input->ready_given) {
        input->target.ready =
            pods_ ? static_cast<Replicas>(std::ranges::count_if(*pods_, &Pod::serving)) : input->target.replicas;
    }
    control_.reduce({input->time, input->target});
    for (auto& sample : input->samples) control_.reduce({input->time, std::move(sample)});
    const Decision* decision = control_.reduce({input->time, Tick{TargetId{}, input->wall}});
    asked_ = {input->time, decision->replicas, decision->apply};
    return decision_json(*decision, spec).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Decider::keep_new(std::vector<std::string> warnings) {
    std::erase_if(warnings, [this](const std::string& warning) { return !warned_.insert(warning.substr(0, warning.find(':'))).second; });
    warnings_ = std::move(warnings);
}

void Decider::feed_outcome(const DecideInput& input) {
    if (!asked_) return;  // nothing was asked of anybody
    ApplyResult result;
    result.wanted = asked_->replicas;
    if (input.applied) {
        result.replicas = input.applied->ok ? input.applied->replicas : input.target.replicas;
        result.outcome = input.applied->ok ? ApplyOutcome::applied : ApplyOutcome::refused;
    } else if (asked_->apply) {
        result.replicas = input.target.replicas;
        result.outcome = result.replicas == result.wanted ? ApplyOutcome::applied : ApplyOutcome::foreign;
    } else {
        return;
    }
    // As of the decision: rates count from when a size was set, not from when somebody looked again.
    control_.reduce({asked_->at, std::move(result)});
}

void Decider::feed_pods(const DecideInput& input) {
    if (!input.pods) return;
    if (pods_) {
        for (const auto& old : *pods_) {
            const bool gone = std::ranges::find(*input.pods, old.id, &Pod::id) == input.pods->end();
            if (gone) control_.reduce({input.time, PodDelta{TargetId{}, true, old}});
        }
    }
    for (const auto& pod : *input.pods) control_.reduce({input.time, PodDelta{TargetId{}, false, pod}});
    pods_ = input.pods;
}

}  // namespace setpoint
