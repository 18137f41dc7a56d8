// SPDX-License-Identifier: Apache-2.0
// The whole way from events to a size: reading, proposing, combining, shaping, and HPA's own order of things.
#include <catch2/catch.hpp>
#include <deque>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "policies/event.hpp"
#include "policies/reducer.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

constexpr TargetId kTarget{};
Time at(Duration since_start) { return at_unix(1'700'000'000) + since_start; }

TrackSettings average(std::string signal, double goal) {
    TrackSettings settings;
    settings.signal = std::move(signal);
    settings.average_value = goal;
    return settings;
}

/// Two plain signals, each with a goal of 10 a replica, HPA's arithmetic, no windows.
ScalingSpec two_signals() {
    ScalingSpec spec;
    spec.name = "cart";
    spec.replicas = {1, 100};
    spec.interval = 15s;
    spec.compat = Compat::hpa;
    spec.signals.push_back({.name = "a"});
    spec.signals.push_back({.name = "b"});
    spec.policies.push_back({"", average("a", 10)});
    spec.policies.push_back({"", average("b", 10)});
    spec.behavior.emplace();
    spec.behavior->scale_down.stabilization_window_seconds = 0;
    return spec;
}

/// A target that does what it is told, one tick late to notice.
class Target {
public:
    explicit Target(const ScalingSpec& spec) {
        auto set = configuration({spec});
        REQUIRE(set);
        control_.reduce({at(0s), *set});
    }
    void size(Duration when, Replicas replicas) {
        TargetState state;
        state.replicas = state.ready = replicas;
        control_.reduce({at(when), state});
    }
    void sample(Duration when, std::size_t signal, std::optional<double> value) {
        Sample sample;
        sample.signal = SignalId{static_cast<std::uint16_t>(signal)};
        sample.kind = value ? SampleKind::scalar : SampleKind::no_data;
        sample.value = value.value_or(0);
        sample.measured = at(when);
        control_.reduce({at(when), sample});
    }
    const Decision& tick(Duration when) { return *control_.reduce({at(when), Tick{}}); }
    void apply(Duration when, Replicas wanted, Replicas got, ApplyOutcome outcome = ApplyOutcome::applied) {
        control_.reduce({at(when), ApplyResult{kTarget, wanted, got, outcome, {}}});
    }
    /// One observation: the size, both signals, and what follows.
    Replicas decide(Duration when, Replicas replicas, std::optional<double> a, std::optional<double> b) {
        size(when, replicas);
        sample(when, 0, a);
        sample(when, 1, b);
        return tick(when).replicas;
    }

private:
    Reducer control_;
};

}  // namespace

TEST_CASE("the largest of several metrics wins", "[control][hpa]") {
    Target target{two_signals()};
    CHECK(target.decide(0s, 5, 60, 30) == 6);
    CHECK(target.decide(15s, 5, 20, 40) == 4);
}

TEST_CASE("a metric without data forbids shrinking, not growing", "[control][hpa]") {
    Target target{two_signals()};
    CHECK(target.decide(0s, 5, 70, {}) == 7);
    CHECK(target.decide(15s, 5, 20, {}) == 5);
    CHECK(target.decide(30s, 5, {}, {}) == 5);
    CHECK(target.tick(30s).health == Health::holding);
}

TEST_CASE("a metric that stops answering is missing at once, as in HPA", "[control][hpa]") {
    Target target{two_signals()};
    CHECK(target.decide(0s, 5, 50, 20) == 5);
    CHECK(target.decide(15s, 5, {}, 20) == 5);
    CHECK(target.tick(15s).reason.code == Code::held_for_missing);
}

TEST_CASE("a size out of bounds is corrected before anything is read", "[control][hpa]") {
    auto spec = two_signals();
    spec.replicas = {3, 8};
    Target target{spec};
    CHECK(target.decide(0s, 20, {}, {}) == 8);
    CHECK(target.tick(0s).reason.code == Code::out_of_bounds);
    CHECK(target.decide(15s, 1, 500, 500) == 3);
}

TEST_CASE("zero replicas with a min above is somebody's switch", "[control][hpa]") {
    Target target{two_signals()};
    CHECK(target.decide(0s, 0, 500, 500) == 0);
    CHECK(target.tick(0s).reason.code == Code::disabled_at_zero);
    CHECK_FALSE(target.tick(0s).apply);
}

TEST_CASE("with min 0 HPA scales to zero and back by the metric alone", "[control][hpa]") {
    auto spec = two_signals();
    spec.replicas = {0, 100};
    Target target{spec};
    CHECK(target.decide(0s, 1, 0, 0) == 0);
    CHECK(target.decide(15s, 0, 25, 0) == 3);
}

TEST_CASE("lines that have nothing to do with each other are decided each for itself", "[control][hpa]") {
    Target target{two_signals()};
    CHECK(target.decide(0s, 5, 70, 10) == 7);
    CHECK(target.decide(1h, 50, 300, 10) == 30);
    CHECK(target.decide(2h, 2, 300, 10) == 6);  // up by 4 pods, the larger of the default rates
    CHECK(target.decide(3h, 10, 300, 10) == 20);
}

TEST_CASE("the first size seen holds a scale-down for the window", "[control][hpa]") {
    auto spec = two_signals();
    spec.behavior->scale_down.stabilization_window_seconds = 300;
    Target target{spec};
    CHECK(target.decide(0s, 10, 20, 20) == 10);
    for (Duration t = 15s; t < 300s; t += 15s) REQUIRE(target.decide(t, 10, 20, 20) == 10);
    CHECK(target.decide(300s, 10, 20, 20) == 2);
}

TEST_CASE("a rate counts from the decision, however late its result comes", "[control][hpa]") {
    const bool told = GENERATE(true, false);
    Target target{two_signals()};
    CHECK(target.decide(0s, 10, 1000, 0) == 20);
    if (told) target.apply(14s, 20, 20);
    CHECK(target.decide(14s, 20, 1000, 0) == 20);
    CHECK(target.decide(15s, 20, 1000, 0) == 40);
}

TEST_CASE("a size that nobody accepted is no event of the rate", "[control]") {
    Target target{two_signals()};
    CHECK(target.decide(0s, 10, 1000, 0) == 20);
    target.apply(1s, 20, 10, ApplyOutcome::refused);
    CHECK(target.decide(5s, 10, 1000, 0) == 20);
}

TEST_CASE("without compat a short silence uses the last value until it is stale", "[control]") {
    auto spec = two_signals();
    spec.compat = Compat::none;
    Target target{spec};
    CHECK(target.decide(0s, 5, 70, 30) == 7);
    CHECK(target.decide(15s, 5, {}, {}) == 7);
    CHECK(target.decide(60s, 5, {}, {}) == 5);
}

TEST_CASE("windows count time however often somebody asks, unless there was a gap", "[control]") {
    auto spec = two_signals();
    spec.compat = Compat::none;
    spec.interval = 5s;
    spec.behavior->scale_down.stabilization_window_seconds = 300;
    const Duration step = GENERATE(5s, 15s, 30s, 60s);
    Target target{spec};
    for (Duration t = 0s; t < 300s; t += step) REQUIRE(target.decide(t, 10, 20, 20) == 10);
    for (Duration t = 300s; t < 315s; t += step) target.decide(t, 10, 20, 20);
    CHECK(target.decide(315s, 10, 20, 20) == 2);

    Target stopped{spec};
    for (Duration t = 0s; t < 200s; t += step) REQUIRE(stopped.decide(t, 10, 20, 20) == 10);
    CHECK(stopped.decide(20min, 10, 20, 20) == 10);
}

namespace {

/// Work of so many replicas' worth, spread over those that serve; sampled as its mean over a window.
class Spread {
public:
    Spread(Duration interval, Duration window, Duration scrape, bool any_rate) : window_(window), scrape_(scrape) {
        ScalingSpec spec;
        spec.name = "cart";
        spec.replicas = {1, 200};
        spec.interval = interval;
        spec.signals.push_back({.name = "cpu", .dimension = Dimension::cores, .per_pod = true});
        TrackSettings settings;
        settings.signal = "cpu";
        settings.utilization = kGoal;
        spec.policies.push_back({"", settings});
        if (any_rate) spec.behavior.emplace().scale_up.policies = {{ScalingRule::Type::pods, 1000, 1}};
        auto set = configuration({spec});
        REQUIRE(set);
        control_.reduce({at(0s), *set});
        interval_ = interval;
        tell(0s);
    }

    /// Runs for twenty minutes; the need jumps from 10 to 20 after three. The highest size asked for.
    Replicas peak() {
        Replicas most = 0;
        for (Duration t = 1s; t <= 20min; t += 1s) {
            while (!starting_.empty() && starting_.front() <= t) {
                starting_.pop_front();
                ++ready_;
                tell(t);
            }
            const double need = t <= 3min ? 10 : 20;
            loads_.push_back(need * kGoal / ready_);
            if (t % scrape_ == 0s) scrape(t);
            if (t % interval_ == 0s) tick(t);
            most = std::max(most, size_);
        }
        return most;
    }
    [[nodiscard]] Replicas size() const { return size_; }

private:
    static constexpr double kGoal = 0.6;

    void tell(Duration t) {
        TargetState state;
        state.replicas = size_;
        state.ready = ready_;
        control_.reduce({at(t), state});
    }
    void scrape(Duration t) {
        const auto many = std::min(loads_.size(), static_cast<std::size_t>(window_ / 1s));
        Sample sample;
        sample.kind = SampleKind::pods_mean;
        sample.value = std::accumulate(loads_.end() - static_cast<std::ptrdiff_t>(many), loads_.end(), 0.0) / static_cast<double>(many);
        sample.measured = at(t);
        sample.window = window_;
        control_.reduce({at(t), sample});
    }
    void tick(Duration t) {
        const Decision& decision = *control_.reduce({at(t), Tick{}});
        if (!decision.apply) return;
        const Replicas wanted = decision.replicas;
        for (; size_ < wanted; ++size_) starting_.push_back(t + 5s);
        for (; size_ > wanted; --size_) --ready_;
        control_.reduce({at(t), ApplyResult{kTarget, wanted, wanted, ApplyOutcome::applied, {}}});
        tell(t);
    }

    Reducer control_;
    Duration interval_{};
    Duration window_;
    Duration scrape_;
    Replicas size_ = 10;
    Replicas ready_ = 10;
    std::deque<Duration> starting_;
    std::vector<double> loads_;
};

}  // namespace

TEST_CASE("a need that jumps from 10 to 20 with 5 s start-up peaks at 21 or less", "[control][closed_loop]") {
    const auto interval = GENERATE(1s, 5s, 15s);
    const auto window = GENERATE(5s, 15s, 30s, 60s);
    const auto scrape = GENERATE(1s, 5s, 15s);
    const bool any_rate = GENERATE(false, true);  // the rate limits alone must not be what helps
    INFO("interval " << interval.count() << " s, window " << window.count() << " s, scrape " << scrape.count() << " s");
    Spread plant{interval, window, scrape, any_rate};
    CHECK(plant.peak() <= 21);
    CHECK(plant.size() >= 19);
    CHECK(plant.size() <= 21);
}
