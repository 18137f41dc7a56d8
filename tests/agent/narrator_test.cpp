// SPDX-License-Identifier: Apache-2.0
#include "agent/live/narrator.hpp"

#include <catch2/catch.hpp>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <sstream>
#include <string>

#include "policies/track.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

constexpr TargetId kWeb{0};
constexpr Time kStart = at_unix(1'000'000.0);

struct Told {
    std::ostringstream text;
    spdlog::logger log{"told", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)};
    Reducer control;
    Narrator narrator{control, log};

    explicit Told(Mode mode = Mode::live) {
        log.set_pattern("%l %v");
        ScalingSpec spec;
        spec.name = "web";
        spec.replicas = {2, 10};
        spec.mode = mode;
        spec.signals.push_back({"load", Dimension::none, false, {}, {}, 15s, 0});
        TrackSettings track;
        track.signal = "load";
        track.average_value = 10.0;
        spec.policies.push_back({"", track});
        take(0s, *configuration({spec}));
    }
    void take(Duration after, EventBody body) {
        const Event event{kStart + after, std::move(body)};
        const Decision* decision = control.reduce(event);
        narrator.tell(event, decision);
    }
    [[nodiscard]] int count(const std::string& words) const {
        int found = 0;
        const std::string all = text.str();
        for (auto at = all.find(words); at != std::string::npos; at = all.find(words, at + 1)) ++found;
        return found;
    }
};

Sample load(double value, Duration after) { return {kWeb, SignalId{0}, SampleKind::scalar, value, kStart + after, {}, {}}; }

}  // namespace

TEST_CASE("the first decision is told with its reason, and a steady size with nothing more") {
    Told told;
    told.take(1s, TargetState{kWeb, 2, 2, {}});
    for (int i = 1; i < 20; ++i) {
        told.take(i * 1s, load(20, i * 1s));
        told.take(i * 1s, Tick{kWeb, {}});
    }
    INFO(told.text.str());
    CHECK(told.count("info web: 2 replicas, 2 ready: load at ") == 1);
    CHECK(told.count("\n") == 1);
}

TEST_CASE("a target that is switched off is told once, with what to do") {
    Told told;
    told.take(1s, TargetState{kWeb, 0, 0, {}});
    for (int i = 1; i < 20; ++i) told.take(i * 1s, Tick{kWeb, {}});
    CHECK(told.count("web: 0 replicas, 0 ready: the target is at zero while min is not") == 1);
    CHECK(told.count("start one replica by hand") == 1);
    CHECK(told.count("\n") == 1);
}

TEST_CASE("a change is told with its reason") {
    Told told;
    told.take(1s, TargetState{kWeb, 2, 2, {}});

    told.take(3s, load(40, 3s));
    told.take(4s, Tick{kWeb, {}});
    told.take(5s, ApplyResult{kWeb, 4, 4, ApplyOutcome::applied, {}});
    CHECK(told.count("info web scaled from 2 to 4: load at 40 against a goal of 10") == 1);
}

TEST_CASE("a hold is told once when it lasts, and its end once") {
    Told told;
    told.take(1s, TargetState{kWeb, 2, 2, {}});
    for (int i = 1; i < 10; ++i) told.take(i * 1s, Tick{kWeb, {}});
    CHECK(told.text.str().empty());
    for (int i = 10; i < 100; ++i) told.take(i * 1s, Tick{kWeb, {}});
    CHECK(told.count("warn") == 1);
    CHECK(told.count("web: keeps its 2 replicas: ") == 1);
    told.take(100s, load(20, 100s));
    told.take(101s, Tick{kWeb, {}});
    told.take(102s, Tick{kWeb, {}});
    CHECK(told.count("decides again") == 1);
}

TEST_CASE("a write that fails again and again for one reason is told once") {
    Told told;
    told.take(1s, TargetState{kWeb, 1, 1, {}});  // below min
    for (int i = 2; i < 6; ++i) {
        told.take(i * 1s, Tick{kWeb, {}});
        told.take(i * 1s, ApplyResult{kWeb, 2, 1, ApplyOutcome::refused, "no such image"});
    }
    CHECK(told.count("warn") == 1);
    CHECK(told.count("web could not be scaled from 1 to 2, it has 1: no such image") == 1);
}

TEST_CASE("a trouble that was told is not told again because the policies were read again") {
    Told told;
    for (int i = 1; i < 4; ++i) {
        told.take(i * 1s, TargetState{kWeb, 1, 1, {}});  // below min
        told.take(i * 1s, Tick{kWeb, {}});
        told.take(i * 1s, ApplyResult{kWeb, 2, 1, ApplyOutcome::refused, "no such image"});
        told.take(i * 1s, *configuration({told.control.spec(kWeb)}));
    }
    CHECK(told.count("no such image") == 1);
}

TEST_CASE("an orchestrator that is silent is told once, whatever words the silence has") {
    Told told;
    told.take(1s, TargetState{kWeb, 1, 1, {}});
    told.take(2s, Tick{kWeb, {}});
    told.take(2s, ApplyResult{kWeb, 2, 1, ApplyOutcome::refused, "no such image"});
    for (const char* words : {"reset by peer", "connection refused"}) {
        told.take(3s, Tick{kWeb, {}});
        told.take(3s, ApplyResult{kWeb, 2, 1, ApplyOutcome::unreachable, words});
    }
    told.take(3s, ApplyResult{kWeb, 2, 1, ApplyOutcome::foreign, "the group has 1 running"});
    told.take(4s, Tick{kWeb, {}});
    told.take(4s, ApplyResult{kWeb, 2, 1, ApplyOutcome::refused, "no such image"});
    CHECK(told.count("reset by peer") == 1);
    CHECK(told.count("the group has 1 running") == 0);
    CHECK(told.count("connection refused") == 0);
    CHECK(told.count("no such image") == 1);
}

TEST_CASE("replicas that do not serve are told once when it lasts, and their return once") {
    Told told;
    told.take(1s, load(20, 1s));
    told.take(1s, TargetState{kWeb, 3, 1, {}});
    for (int i = 2; i < 60; ++i) told.take(i * 1s, Tick{kWeb, {}});
    CHECK(told.count("do not serve") == 0);
    for (int i = 60; i < 100; ++i) told.take(i * 1s, Tick{kWeb, {}});
    CHECK(told.count("warning web: 2 of 3 replicas do not serve") == 1);
    told.take(100s, TargetState{kWeb, 3, 3, {}});
    for (int i = 100; i < 200; ++i) told.take(i * 1s, Tick{kWeb, {}});
    CHECK(told.count("do not serve") == 1);
    CHECK(told.count("info web: all 3 replicas serve again") == 1);
}

TEST_CASE("shadow mode tells what it would do, once") {
    Told told{Mode::shadow};
    told.take(1s, TargetState{kWeb, 1, 1, {}});
    for (int i = 2; i < 6; ++i) told.take(i * 1s, Tick{kWeb, {}});
    CHECK(told.count("web would be scaled from 1 to 2") == 1);
}

TEST_CASE("a hand on a target is told at once, also while the target cannot be seen") {
    Told told;
    told.take(1s, OverrideSet{kWeb, OverrideSet::Kind::pin, 50, kStart + 1h, "launch"});
    told.take(2s, Tick{kWeb, {}});
    CHECK(told.count("info web: pinned to 50 until 1970-01-12T14:46:40Z: launch") == 1);
    told.take(3s, OverrideSet{kWeb, OverrideSet::Kind::pause_down, 0, kStart + 1h, "cold"});
    CHECK(told.count("info web: does not shrink until 1970-01-12T14:46:40Z: cold") == 1);
    told.take(4s, OverrideSet{kWeb, OverrideSet::Kind::resume, 0, {}, {}});
    CHECK(told.count("info web: nobody pins or pauses it any more") == 1);
}

TEST_CASE("a target that is not seen has no size that could be told") {
    Told told;
    for (int i = 1; i < 20; ++i) told.take(i * 1s, Tick{kWeb, {}});
    CHECK(told.count("warning web: decides nothing: the target's size has not been seen yet") == 1);
    CHECK(told.count("0 replicas") == 0);
}
