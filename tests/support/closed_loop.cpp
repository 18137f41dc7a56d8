// SPDX-License-Identifier: Apache-2.0
#include "tests/support/closed_loop.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <stdexcept>

namespace setpoint {
namespace {

constexpr Time kStart = at_unix(1'700'006'400);  // midnight, UTC

/// The 95th percentile of the wait in an M/M/c queue, in seconds. Erlang C by its stable recursion.
double erlang_wait_p95(int servers, double load, double service) {
    const double a = std::min(load, 0.98 * servers);
    double blocked = 1;
    for (int k = 1; k <= servers; ++k) blocked = a * blocked / (k + a * blocked);
    const double waits = blocked / (1 - (a / servers) * (1 - blocked));
    return waits <= 0.05 ? 0 : std::log(waits / 0.05) * service / (servers - a);
}

class Simulation {
public:
    Simulation(const PlantModel& plant, const ScalingSpec& spec) : plant_(plant), interval_(spec.interval) {
        auto set = configuration({spec});
        if (!set) throw std::invalid_argument(set.error().message);
        spec_ = set->specs.front();
        control_.reduce({kStart, std::move(*set)});
        resize(plant.initial);
        for (auto& pod : pods_) {
            pod.started_at = kStart - plant_.startup;
            make_ready(pod, kStart);
        }
        tell_state();
    }

    PlantRun run(Duration length, const OnDecision& on_decision) {
        for (t_ = plant_.step; t_ <= length; t_ += plant_.step) {
            advance();
            if (plant_.foreign) {
                if (const auto size = plant_.foreign(seconds(t_))) {
                    resize(*size);
                    tell_state();
                }
            }
            if (t_ % plant_.scrape < plant_.step) scrape();
            while (!arriving_.empty() && arriving_.front().time <= now()) {
                arriving_.front().time = now();
                control_.reduce(arriving_.front());
                arriving_.pop_front();
            }
            if (t_ % interval_ < plant_.step) tick(on_decision);
        }
        return std::move(run_);
    }

private:
    [[nodiscard]] Time now() const { return kStart + t_; }

    void advance() {
        bool changed = false;
        for (auto& pod : pods_) {
            if (!*pod.ready && now() >= *pod.started_at + plant_.startup) {
                make_ready(pod, now());
                changed = true;
            }
        }
        if (changed) tell_state();
        const double dt = seconds(plant_.step);
        const double demand = plant_.demand(seconds(t_));
        const double capacity = ready() * dt;
        const double served = std::min(demand * dt + backlog_, capacity);
        backlog_ = std::min(backlog_ + demand * dt - served, plant_.patience * std::max(ready(), 1));
        double latency = plant_.service_p95 + (ready() > 0 ? backlog_ / ready() : plant_.patience);
        if (backlog_ <= 0 && ready() > 0) latency += erlang_wait_p95(ready(), demand, plant_.service_mean);
        run_.points.push_back({seconds(t_), size(), ready(), demand, capacity > 0 ? served / capacity : 0, latency,
                               backlog_ * plant_.items_per_replica});
    }

    void scrape() {
        if (plant_.silent && plant_.silent(seconds(t_))) return;
        const auto wanted = static_cast<std::size_t>(plant_.window / plant_.step);
        const auto many = std::min(std::max<std::size_t>(wanted, 1), run_.points.size());
        double served = 0;
        double capacity = 0;
        double latency = 0;
        double demand = 0;
        for (auto at = run_.points.size() - many; at < run_.points.size(); ++at) {
            const auto& point = run_.points[at];
            served += point.utilization * point.ready;
            capacity += point.ready;
            latency += point.latency;
            demand += point.demand;
        }
        const double noise = plant_.cpu_noise ? plant_.cpu_noise(seconds(t_)) : 0;
        if (capacity > 0) post("cpu", SampleKind::pods_mean, std::max(0.0, served / capacity + noise));
        post("p95", SampleKind::scalar, latency / static_cast<double>(many));
        post("requests", SampleKind::scalar, demand / static_cast<double>(many) * plant_.items_per_replica);
        post("backlog", SampleKind::scalar, run_.points.back().backlog);
    }

    void post(std::string_view signal, SampleKind kind, double value) {
        const auto id = spec_.find_signal(signal);
        if (!id) return;
        Sample sample;
        sample.signal = *id;
        sample.kind = kind;
        sample.value = value;
        sample.measured = now();
        sample.window = signal == "backlog" ? Duration{} : plant_.window;
        arriving_.push_back({now() + plant_.lag, sample});
    }

    void tick(const OnDecision& on_decision) {
        const WallTime wall{now().time_since_epoch()};
        const Decision* decision = control_.reduce({now(), Tick{TargetId{}, wall}});
        if (on_decision) on_decision(t_, *decision);
        if (!decision->apply) return;
        ApplyResult result;
        result.wanted = decision->replicas;
        result.replicas = std::min(decision->replicas, plant_.quota);
        if (result.replicas != result.wanted) result.outcome = ApplyOutcome::partly;
        resize(result.replicas);
        control_.reduce({now(), result});
        tell_state();
    }

    void resize(Replicas wanted) {
        while (size() > wanted) {  // those that do not serve yet go first, then the newest
            const auto starting = std::ranges::find_if(pods_, [](const Pod& pod) { return !*pod.ready; });
            const auto going = starting != pods_.end() ? starting : std::prev(pods_.end());
            control_.reduce({now(), PodDelta{TargetId{}, true, *going}});
            pods_.erase(going);
        }
        while (size() < wanted) {
            Pod pod;
            pod.id = PodId{++last_pod_};
            pod.ready = false;
            pod.started_at = now();
            pods_.push_back(pod);
            control_.reduce({now(), PodDelta{TargetId{}, false, pod}});
        }
    }

    void make_ready(Pod& pod, Time at) {
        pod.ready = true;
        pod.ready_changed = at;
        control_.reduce({at, PodDelta{TargetId{}, false, pod}});
    }

    void tell_state() {
        TargetState state;
        state.replicas = size();
        state.ready = ready();
        control_.reduce({now(), state});
    }

    [[nodiscard]] Replicas size() const { return static_cast<Replicas>(pods_.size()); }
    [[nodiscard]] Replicas ready() const {
        return static_cast<Replicas>(std::ranges::count_if(pods_, [](const Pod& pod) { return *pod.ready; }));
    }

    const PlantModel& plant_;
    Duration interval_;
    ScalingSpec spec_;
    Reducer control_;
    Duration t_{};
    std::vector<Pod> pods_;
    std::uint64_t last_pod_ = 0;
    double backlog_ = 0;  // seconds of one replica's work
    std::deque<Event> arriving_;
    PlantRun run_;
};

template <class Visit>
void each(const PlantRun& run, Duration from, Duration until, Visit visit) {
    for (const auto& point : run.points) {
        if (point.at >= seconds(from) && point.at <= seconds(until)) visit(point);
    }
}

}  // namespace

PlantRun simulate(const PlantModel& plant, const ScalingSpec& spec, Duration length, const OnDecision& on_decision) {
    return Simulation{plant, spec}.run(length, on_decision);
}

Replicas PlantRun::size_at(Duration t) const {
    Replicas size = 0;
    each(*this, {}, t, [&](const PlantPoint& point) { size = point.replicas; });
    return size;
}

Replicas PlantRun::peak(Duration from, Duration until) const {
    Replicas most = 0;
    each(*this, from, until, [&](const PlantPoint& point) { most = std::max(most, point.replicas); });
    return most;
}

Replicas PlantRun::lowest(Duration from, Duration until) const {
    Replicas least = kMaxReplicas;
    each(*this, from, until, [&](const PlantPoint& point) { least = std::min(least, point.replicas); });
    return least;
}

std::optional<Duration> PlantRun::settled(Replicas low, Replicas high) const {
    std::optional<Duration> since;
    for (const auto& point : points) {
        const bool inside = point.replicas >= low && point.replicas <= high;
        if (!inside)
            since.reset();
        else if (!since)
            since = from_seconds(point.at);
    }
    return since;
}

bool PlantRun::settled_within(Duration within, Duration after, Replicas low, Replicas high) const {
    const auto since = settled(low, high);
    return since && *since <= after + within;
}

int PlantRun::changes(Duration from, Duration until) const {
    int count = 0;
    std::optional<Replicas> last;
    each(*this, from, until, [&](const PlantPoint& point) {
        if (last && point.replicas != *last) ++count;
        last = point.replicas;
    });
    return count;
}

int PlantRun::reversals(Duration from, Duration until) const {
    int count = 0;
    std::optional<Replicas> last;
    int direction = 0;
    each(*this, from, until, [&](const PlantPoint& point) {
        if (last && point.replicas != *last) {
            const int towards = point.replicas > *last ? 1 : -1;
            if (direction == -towards) ++count;
            direction = towards;
        }
        last = point.replicas;
    });
    return count;
}

double PlantRun::overloaded(Duration from, Duration until) const {
    double over = 0;
    double all = 0;
    each(*this, from, until, [&](const PlantPoint& point) {
        ++all;
        if (point.demand > point.ready) ++over;
    });
    return all > 0 ? over / all : 0;
}

double PlantRun::mean_size(Duration from, Duration until) const {
    double sum = 0;
    double all = 0;
    each(*this, from, until, [&](const PlantPoint& point) {
        ++all;
        sum += point.replicas;
    });
    return all > 0 ? sum / all : 0;
}

double PlantRun::worst_latency(Duration from, Duration until) const {
    double worst = 0;
    each(*this, from, until, [&](const PlantPoint& point) { worst = std::max(worst, point.latency); });
    return worst;
}

}  // namespace setpoint
