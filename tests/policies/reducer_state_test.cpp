// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "core/codec.hpp"
#include "tests/support/rig.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

/// Three targets with the laws and stages that keep state.
std::vector<ScalingSpec> specs() {
    std::vector<ScalingSpec> all;
    for (const char* name : {"cart", "shop", "mail"}) {
        auto spec = plain_spec();
        spec.name = name;
        spec.signals.push_back({.name = "p95", .dimension = Dimension::time, .idle_when = "rps"});
        spec.policies.push_back({"", PidSettings{.signal = "p95", .setpoint = 0.25}});
        spec.policies.push_back({"", StepSettings{"queue", {{20, {}, "+20%", {}}}}});
        spec.policies.push_back({"", PredictiveSettings{.signal = "rps", .per_replica = 100}});
        spec.policies.push_back({"", ScheduleSettings{"UTC", {{.cron = "*/7 * * * *", .duration = 3min, .min = 3}}}});
        spec.behavior.reset();
        all.push_back(spec);
    }
    all[1].compat = Compat::hpa;
    all[1].policies.resize(2);
    all[2].replicas = {0, 20};
    all[2].on_missing = {6, 2min, true};
    return all;
}

/// A story with everything in it: gaps, refusals, foreign writes, hands, pods that come and go.
std::vector<Event> story(unsigned seed, std::size_t length) {
    std::mt19937 random{seed};
    const auto dice = [&](unsigned sides) { return static_cast<unsigned>(random() % sides); };
    std::vector<Event> events;
    events.push_back({at_unix(1'700'000'000), *configuration(specs())});
    Time now = at_unix(1'700'000'000);
    while (events.size() < length) {
        now += Duration{dice(3000)};
        const TargetId target{dice(3)};
        const auto size = static_cast<Replicas>(dice(12));
        const double value = static_cast<double>(dice(20'000)) / 10.0;
        switch (dice(12)) {
            case 0:
            case 1:
                events.push_back({now, TargetState{target, size, std::min<Replicas>(size, 5), {}}});
                break;
            case 2:
                events.push_back({now, ApplyResult{target, size, size, ApplyOutcome::applied, {}}});
                break;
            case 3:
                events.push_back({now, ApplyResult{target, size, size / 2, static_cast<ApplyOutcome>(dice(5)), "no"}});
                break;
            case 4: {
                PodDelta delta{target, dice(4) == 0, {}};
                delta.pod.id = PodId{dice(20)};
                delta.pod.started_at = now - 40s;
                delta.pod.ready = dice(2) == 0;
                delta.pod.ready_changed = now - Duration{dice(40'000)};
                events.push_back({now, delta});
                break;
            }
            case 5: {
                if (dice(8) != 0) break;
                events.push_back(
                    {now, OverrideSet{target, static_cast<OverrideSet::Kind>(dice(4)), size, now + 30s, "test"}});
                break;
            }
            case 6:
            case 7:
            case 8: {
                Sample sample{.target = target,
                              .signal = SignalId{static_cast<std::uint16_t>(dice(3))},
                              .kind = SampleKind::scalar,
                              .value = value,
                              .measured = now - Duration{dice(9000)},
                              .window = 30s};
                if (sample.signal == SignalId{2}) sample.value /= 4000;
                if (dice(10) == 0) sample.kind = static_cast<SampleKind>(3 + dice(2));
                if (dice(15) == 0) sample.value = std::numeric_limits<double>::quiet_NaN();
                events.push_back({now, sample});
                break;
            }
            default:
                events.push_back({now, Tick{target, WallTime{now.time_since_epoch()}}});
        }
        if (dice(500) == 0) now += 10min;
    }
    return events;
}

std::string decisions(Reducer& control, std::span<const Event> events) {
    std::string bytes;
    Encoder encoder{bytes};
    for (const auto& event : events) {
        if (const Decision* decision = control.reduce(event)) {
            Decision copy = *decision;
            bind(encoder, copy);
        }
    }
    return bytes;
}

std::string state_of(Reducer& control) {
    std::string bytes;
    Encoder encoder{bytes};
    control.bind_state(encoder);
    return bytes;
}

}  // namespace

TEST_CASE("the same events give the same decisions, bit for bit", "[reducer]") {
    const auto events = story(GENERATE(1U, 2U, 3U), 5'000);
    Reducer first;
    Reducer second;
    const auto once = decisions(first, events);
    CHECK(once.size() > 100'000);
    CHECK(once == decisions(second, events));
    CHECK(state_of(first) == state_of(second));
}

TEST_CASE("a run that is saved and restored anywhere goes on as if nothing had been", "[reducer]") {
    const auto events = story(7, 4'000);
    const std::span<const Event> all{events};
    const std::size_t at = GENERATE(as<std::size_t>{}, 1, 2, 500, 1777, 3000, 3999);
    Reducer whole;
    (void)decisions(whole, all.first(at));
    const auto saved = state_of(whole);
    Reducer restored;
    restored.reduce(events.front());
    Decoder decoder{saved};
    restored.bind_state(decoder);
    REQUIRE(decoder.ok());
    CHECK(state_of(restored) == saved);
    CHECK(decisions(whole, all.subspan(at)) == decisions(restored, all.subspan(at)));
}

TEST_CASE("a damaged state never reads out of bounds and leaves a reducer that decides", "[reducer]") {
    const auto events = story(9, 600);
    Reducer whole;
    (void)decisions(whole, events);
    const auto saved = state_of(whole);
    for (std::size_t size = 0; size < saved.size(); size += 7) {
        const std::string cut{saved.data(), size};
        Reducer restored;
        restored.reduce(events.front());
        Decoder decoder{cut};
        restored.bind_state(decoder);
        CHECK(restored.reduce({events.back().time, Tick{TargetId{1}, {}}}) != nullptr);
    }
}

TEST_CASE("a new document keeps what was learnt under the names that stay", "[reducer]") {
    Rig rig;
    rig.has(5).rps(900).queue(10);
    auto spec = plain_spec();
    std::swap(spec.signals[0], spec.signals[1]);
    std::swap(spec.policies[0], spec.policies[1]);
    spec.signals.insert(spec.signals.begin(), {.name = "new"});
    rig.configure(spec);
    const auto& decision = rig.wait(5s).tick();
    CHECK(decision.current == 5);
    CHECK(decision.replicas == 9);
    CHECK(decision.seen.at(0).state == SignalState::missing);
    CHECK(decision.seen.at(1).value == 10);
    CHECK(decision.seen.at(2).value == 900);
    spec.name = "another";
    rig.configure(spec);
    CHECK(rig.tick().reason.code == Code::target_unknown);
}

TEST_CASE("a hold goes on over a new document", "[reducer]") {
    auto spec = plain_spec();
    spec.hold_for = 10min;
    Rig rig{spec};
    rig.has(5).tick();
    rig.wait(6min).configure(spec);
    CHECK(rig.wait(5min).tick().health == Health::degraded);
}
