// SPDX-License-Identifier: Apache-2.0
#include "policies/shape.hpp"

#include <algorithm>

namespace setpoint {
namespace {

Duration window_of(const ScalingRules& rules) {
    return std::chrono::seconds{rules.stabilization_window_seconds.value_or(0)};
}

Reason moved(Code code, Replicas from, Replicas to, double detail = 0) {
    return {code, {}, {static_cast<double>(from), static_cast<double>(to), detail}};
}

/// One target's size on its way through the stages.
struct Path {
    Replicas size;
    std::vector<Limit>& limits;

    void go(Replicas to, Code code, double detail = 0) {
        if (to == size) return;
        limits.push_back({size, to, moved(code, size, to, detail)});
        size = to;
    }
};

}  // namespace

Behavior effective_behavior(const ScalingSpec& spec) {
    using Type = ScalingRule::Type;
    Behavior rules = spec.behavior.value_or(Behavior{});
    auto& up = rules.scale_up;
    auto& down = rules.scale_down;
    if (up.policies.empty()) up.policies = {{Type::percent, 100, 15}, {Type::pods, 4, 15}};
    if (down.policies.empty()) down.policies = {{Type::percent, 100, 15}};
    if (!up.stabilization_window_seconds) up.stabilization_window_seconds = 0;
    if (!down.stabilization_window_seconds) down.stabilization_window_seconds = 300;
    return rules;
}

Shaper::Shaper(const ScalingSpec& spec)
    : rules_(effective_behavior(spec)),
      exact_(spec.compat == Compat::hpa),
      without_behavior_(exact_ && !spec.behavior),
      lowest_(ExtremeWindow::Keep::lowest, exact_ ? Duration{} : window_of(rules_.scale_up)),
      highest_(ExtremeWindow::Keep::highest, exact_ ? Duration{} : window_of(rules_.scale_down)),
      log_(window_of(rules_.scale_up), window_of(rules_.scale_down)),
      rate_(rules_, exact_) {}

void Shaper::met(Time now, Replicas current) {
    if (exact_ && log_.empty()) log_.record(now, current);
}

void Shaper::restart(Time now, Replicas current) {
    lowest_.clear();
    highest_.clear();
    lowest_.record(now, current);
    highest_.record(now, current);
    restart_ = false;
}

Replicas Shaper::stabilize(Time now, Replicas current, Replicas wanted) {
    if (!exact_ && restart_) restart(now, current);
    const Replicas up = exact_ ? log_.lowest_with(now, wanted) : lowest_.record(now, wanted);
    const Replicas down = exact_ ? log_.highest_with(now, wanted) : highest_.record(now, wanted);
    if (exact_) log_.record(now, wanted);
    return std::min(std::max(current, up), down);  // up <= wanted <= down
}

Replicas Shaper::shape_without_behavior(Time now, Replicas current, Replicas wanted, Bounds bounds,
                                        std::vector<Limit>& limits) {
    Path path{wanted, limits};
    path.go(log_.highest_with_oldest(now, wanted), Code::stabilized_down, seconds(window_of(rules_.scale_down)));
    log_.record(now, wanted);
    const Replicas most = std::max(2 * current, 4);
    if (path.size < bounds.min) path.go(bounds.min, Code::at_min);
    else if (most < bounds.max) path.go(std::min(path.size, most), Code::rate_up);
    path.go(std::min(path.size, std::max(bounds.max, bounds.min)), Code::at_max);
    return path.size;
}

Replicas Shaper::shape(Time now, Replicas current, Replicas wanted, Bounds bounds, std::vector<Limit>& limits) {
    if (without_behavior_) return shape_without_behavior(now, current, wanted, bounds, limits);
    Path path{wanted, limits};
    const Replicas stable = stabilize(now, current, wanted);
    if (wanted >= current)
        path.go(stable, Code::stabilized_up, seconds(window_of(rules_.scale_up)));
    else
        path.go(stable, Code::stabilized_down, seconds(window_of(rules_.scale_down)));

    using Select = ScalingRules::Select;
    if (path.size > current) {
        // From zero a share of the size would never leave it; HPA's arithmetic stays there.
        const Replicas least = current == 0 && !exact_ && rules_.scale_up.select != Select::disabled ? 1 : current;
        const Replicas most = std::max(rate_.highest(now, current), least);
        const Code code = rules_.scale_up.select == Select::disabled ? Code::direction_disabled : Code::rate_up;
        if (most < bounds.max) path.go(std::min(path.size, most), code);
    } else if (path.size < current) {
        const Replicas least = rate_.lowest(now, current);
        const Code code = rules_.scale_down.select == Select::disabled ? Code::direction_disabled : Code::rate_down;
        if (least > bounds.min) path.go(std::max(path.size, least), code);
    }
    path.go(std::max(path.size, bounds.min), Code::at_min);
    path.go(std::min(path.size, std::max(bounds.max, bounds.min)), Code::at_max);
    return path.size;
}

void Shaper::gap() { restart_ = true; }

void Shaper::begin_anew() {
    gap();
    log_.clear();
}

void Shaper::scaled(Time at, Replicas from, Replicas to) { rate_.scaled(at, from, to); }

void Shaper::bind_handover(Fields& fields) { fields.state("rate", rate_); }

void bind(Fields& fields, Shaper& shaper) {
    fields.state("restart", shaper.restart_);
    fields.state("lowest", shaper.lowest_);
    fields.state("highest", shaper.highest_);
    fields.state("log", shaper.log_);
    fields.state("rate", shaper.rate_);
}

}  // namespace setpoint
