// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/random_events.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "core/ids.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;

ScalingSpec document(std::string name) {
    ScalingSpec spec;
    spec.name = std::move(name);
    spec.replicas = {1, 30};
    return spec;
}

PolicyEntry track(std::string signal, std::optional<double> utilization, std::optional<double> value) {
    TrackSettings settings;
    settings.signal = std::move(signal);
    settings.utilization = utilization;
    settings.value = value;
    return {{}, settings};
}

SignalSpec signal(std::string name, Dimension dimension) {
    SignalSpec signal;
    signal.name = std::move(name);
    signal.dimension = dimension;
    signal.per_pod = dimension == Dimension::cores;
    return signal;
}

}  // namespace

std::vector<ScalingSpec> RandomEvents::specs() {
    auto cart = document("cart");
    cart.signals = {signal("cpu", Dimension::cores)};
    PidSettings pid;
    pid.signal = "cpu";
    pid.setpoint = 0.6;
    cart.policies = {track("cpu", 0.7, {}), {{}, pid}};

    auto orders = document("orders");
    orders.signals = {signal("p95", Dimension::time), signal("rate", Dimension::rate)};
    orders.signals[0].idle_when = "rate";
    StepSettings bands{"p95", {{{}, 0.1, "-1", {}}, {0.4, {}, "+20%", {}}}};
    orders.policies = {track("p95", {}, 0.25), {{}, bands}};
    orders.behavior.emplace();
    orders.behavior->scale_up.stabilization_window_seconds = 30;
    orders.behavior->scale_up.policies = {{ScalingRule::Type::pods, 2, 60}};
    orders.behavior->scale_down.stabilization_window_seconds = 120;

    auto mail = document("mail");
    mail.replicas = {0, 12};
    mail.signals = {signal("backlog", Dimension::none)};
    mail.signals[0].max_age = 40s;
    mail.signals[0].activation = 3;
    mail.policies = {track("backlog", {}, 50.0)};
    mail.hold_for = 90s;
    mail.on_missing = {4, 60s, false};

    auto old = document("old");
    old.signals = cart.signals;
    old.policies = {track("cpu", 0.5, {})};
    old.compat = Compat::hpa;
    return {cart, orders, mail, old};
}

GuardSettings RandomEvents::guards() {
    GuardSettings guards;
    guards.starts_per_minute = 12;
    guards.shrink_per_ten_minutes = "40%";
    guards.budgets.push_back({{"cart", "o*"}, 30});
    return guards;
}

ConfigSet RandomEvents::configure() {
    auto changed = specs();
    if (configured_) {
        for (auto& spec : changed) spec.replicas.max = static_cast<Replicas>(whole(8, 30));
        std::ranges::shuffle(changed, random_);
        if (chance(0.5)) changed.pop_back();
    }
    auto together = guards();
    if (configured_ && chance(0.2)) together = {};
    configured_ = true;
    auto set = configuration(std::move(changed), std::move(together));
    return std::move(*set);
}

double RandomEvents::value() {
    if (chance(0.02)) return std::numeric_limits<double>::quiet_NaN();
    if (chance(0.01)) return std::numeric_limits<double>::infinity();
    if (chance(0.05)) return 0;
    return real(0, 1) * (chance(0.1) ? 200 : 1);
}

Sample RandomEvents::sample(TargetId target) {
    Sample sample{target, SignalId{static_cast<std::uint16_t>(whole(0, 2))}, SampleKind::scalar, value(), now_, 30s, {}};
    sample.measured -= Duration{whole(chance(0.02) ? -100'000 : 0, 20'000)};
    if (chance(0.3)) sample.kind = static_cast<SampleKind>(whole(0, static_cast<std::int64_t>(SampleKind::failed)));
    if (chance(0.5)) sample.kind = SampleKind::pods;
    if (sample.kind != SampleKind::pods) return sample;
    for (std::int64_t i = whole(0, 8); i > 0; --i) {
        sample.pods.push_back({PodId{static_cast<std::uint64_t>(whole(1, 12))}, value(), sample.measured - Duration{whole(0, 9'000)}, 30s});
    }
    return sample;
}

PodDelta RandomEvents::pod(TargetId target) {
    PodDelta delta{target, chance(0.2), {}};
    const auto number = whole(1, 12);
    delta.pod.id = PodId{static_cast<std::uint64_t>(number)};
    delta.pod.name = "pod-" + std::to_string(number);
    delta.pod.phase = static_cast<PodPhase>(whole(0, 4));
    if (chance(0.9)) delta.pod.ready = chance(0.8);
    if (chance(0.8)) delta.pod.started_at = now_ - Duration{whole(0, 300'000)};
    if (chance(0.8)) delta.pod.ready_changed = now_ - Duration{whole(0, 200'000)};
    delta.pod.deleting = chance(0.1);
    if (chance(0.9)) delta.pod.requests.cpu = 0.5;
    return delta;
}

ApplyResult RandomEvents::applied(TargetId target) {
    const auto wanted = static_cast<Replicas>(whole(0, 30));
    const auto outcome = static_cast<ApplyOutcome>(chance(0.7) ? 0 : whole(0, 4));
    const auto has = outcome == ApplyOutcome::applied ? wanted : static_cast<Replicas>(whole(0, 30));
    return {target, wanted, has, outcome, outcome == ApplyOutcome::refused ? "quota" : ""};
}

OverrideSet RandomEvents::override_by_hand(TargetId target) {
    return {target, static_cast<OverrideSet::Kind>(whole(0, 3)), static_cast<Replicas>(whole(1, 20)),
            now_ + Duration{whole(0, 120'000)}, "by hand"};
}

Event RandomEvents::next() {
    now_ += Duration{chance(0.001) ? 600'000 : whole(0, 3'000)};
    if (!configured_ || chance(0.0005)) return {now_, configure()};
    const TargetId target{static_cast<std::uint32_t>(whole(0, kTargets))};  // one more than there are
    const double dice = real(0, 1);
    if (dice < 0.40) return {now_, Tick{target, WallTime{now_.time_since_epoch()} + Duration{whole(0, 50)}}};
    if (dice < 0.75) return {now_, sample(target)};
    if (dice < 0.87) return {now_, pod(target)};
    if (dice < 0.94) {
        const auto replicas = static_cast<Replicas>(whole(0, 20));
        TargetState state{target, replicas, static_cast<Replicas>(whole(0, replicas)), {}, static_cast<Hand>(whole(0, 2))};
        if (chance(0.1)) state.most = static_cast<Replicas>(whole(0, 20));
        state.floor = chance(0.1);
        return {now_, state};
    }
    if (dice < 0.99) return {now_, applied(target)};
    return {now_, override_by_hand(target)};
}

}  // namespace setpoint
