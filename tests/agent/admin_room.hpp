// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "agent/admin/answers.hpp"
#include "agent/admin/gallery.hpp"
#include "policies/track.hpp"

namespace setpoint::test {

inline constexpr TargetId kWeb{0};
inline constexpr Time kStart{std::chrono::seconds{1'000'000}};

inline ScalingSpec spec(std::string name) {
    ScalingSpec made;
    made.name = std::move(name);
    made.replicas = {1, 10};
    made.interval = std::chrono::seconds{1};
    made.signals.push_back({"load", Dimension::rate, false, {}, {}, std::chrono::seconds{1}, 0});
    TrackSettings track;
    track.signal = "load";
    track.average_value = 10.0;
    made.policies.push_back({"", track});
    return made;
}

/// A reducer and a gallery that sees all it does.
struct Room {
    explicit Room(std::vector<ScalingSpec> specs = {spec("web")}) {
        ports.now = [this] { return now; };
        ports.target = [](TargetId) { return "docker label app=web"; };
        ports.origin = [](TargetId) { return "web.yaml:1"; };
        ports.skipped = [](TargetId) { return std::uint64_t{3}; };
        ports.answers = [] { return true; };
        ports.ready = [] { return true; };
        ports.shards = [] { return std::vector<bool>{true, false}; };
        ports.source = [](TargetId, SignalId) { return std::string{"docker"}; };
        ports.tick_times = [] {
            TickTimes times;
            times.add(0.0002);
            times.add(0.3);
            return times;
        };
        ports.reloaded = [] { return ReloadState{true, kStart}; };
        take(*configuration(std::move(specs)));
    }
    void take(EventBody body) {
        const Event event{now, std::move(body)};
        const auto* decision = control.reduce(event);
        gallery.saw(event, decision);
    }
    /// A second later, with that load and size.
    void tick(double load, Replicas size) {
        now += std::chrono::seconds{1};
        take(TargetState{kWeb, size, size, {}});
        take(Sample{kWeb, SignalId{0}, SampleKind::scalar, load, now, {}, {}});
        take(Tick{kWeb, {}});
    }
    [[nodiscard]] nlohmann::json policy() const { return policy_json({control, gallery, ports}, kWeb); }
    [[nodiscard]] nlohmann::json decisions(Time since, std::size_t limit) const {
        return decisions_json({control, gallery, ports}, kWeb, since, limit).at("decisions");
    }

    Time now = kStart;
    Reducer control;
    Gallery gallery{control, kStart, [](TargetId, SignalId) { return std::string{"docker"}; }};
    AdminPorts ports;
};

}  // namespace setpoint::test
