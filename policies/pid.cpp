// SPDX-License-Identifier: Apache-2.0
#include "policies/pid.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "policies/combine.hpp"
#include "policies/pid_law.hpp"
#include "policies/pid_steps.hpp"
#include "policies/spec.hpp"
#include "policies/utilization.hpp"

namespace setpoint {
namespace {

constexpr double kBusy = 0.85;             // no step down that would leave the replicas busier than this
constexpr double kLeastUtilization = 0.2;  // a ratio set below it counts failures, not capacity
constexpr double kLongestGap = 300;        // s that one integration may stand for
constexpr double kTrackingDown = 600;      // s; long, because waiting for a window is no limit
constexpr double kFilterOrder = 10;        // N of the derivative's filter
constexpr double kRemembered = 4;          // integral times that a level once answered to is remembered for

class Pid final : public Policy {
public:
    Pid(const PidSettings& settings, const ScalingSpec& spec)
        : settings_(settings),
          signal_(*spec.find_signal(settings.signal)),
          utilization_(spec.find_signal(settings.utilization)),
          share_(share_of(spec.signals[index(signal_)])),
          dimension_(share_.dimension) {
        const bool ratio = dimension_ == Dimension::ratio && settings.setpoint >= kLeastUtilization;
        if (!settings.inverse && (spec.signals[index(signal_)].per_pod || ratio)) plant_ = PidPlant::share;
        if (utilization_) utilization_share_ = share_of(spec.signals[index(*utilization_)]);
        // A queue may be empty: work in (Q + Q0) / (target + Q0).
        const bool queue =
            plant_ == PidPlant::bounded && dimension_ != Dimension::time && dimension_ != Dimension::ratio;
        if (queue) offset_ = std::max(1.0, settings.setpoint);
    }

    Proposal propose(const Observation& seen) override;

    void bind_state(Fields& fields) override {
        fields.state("started", started_);
        fields.state("v", v_);
        fields.state("last", last_);
        fields.state("primed", primed_);
        fields.state("sequence", sequence_);
        fields.state("measured", measured_);
        fields.state("measuredAt", measured_at_);
        fields.state("filtered", filtered_);
        fields.state("level", level_);
        fields.state("slope", slope_);
        fields.state("lag", lag_);
        fields.state("averaging", averaging_);
        fields.state("answered", answered_);
        fields.state("pending", pending_);
        fields.state("upwards", upwards_);
        fields.state("steps", steps_);
    }

private:
    struct Moves {
        double error = 0;
        double p = 0;
        double i = 0;
        double d = 0;
        double back = 0;
    };

    void start(const Observation& seen) {
        started_ = true;
        v_ = std::log(static_cast<double>(seen.replicas));
        last_.reset();
        primed_ = false;
        pending_ = 0;
        steps_ = {};
    }

    /// Takes a new sample in. Returns the level that it moved from, nothing for the first one: that of the sample before, or
    /// for a bounded plant the highest one lately, so that noise is not answered anew with each of its swings.
    std::optional<double> take(const Reading& reading, double measured, Moves& moves);
    void step(double before, Moves& moves) const;

    /// The filtered signal as a log ratio to its setpoint: of the work in replicas for a share, of the
    /// signal itself otherwise. Above 0 (of a share: above ln n) more replicas are needed.
    [[nodiscard]] double level_of(double filtered) const {
        const double ratio = std::max((filtered + offset_) / (settings_.setpoint + offset_), 1e-6);
        return settings_.inverse ? -std::log(ratio) : std::log(ratio);
    }

    /// The error at size `n`, dead zone off.
    [[nodiscard]] double error_at(double level, Replicas n) const {
        if (plant_ == PidPlant::share) return soft(level - std::log(static_cast<double>(n)), n);
        return std::clamp(soft(level, n), kMostDown, kMostUp);
    }

    /// The start-up is no part of the loop upwards: the integral waits until all that was ordered serves, and a shortage that
    /// grows meanwhile is answered by what it grows.
    [[nodiscard]] PidGains gains_up() const { return gains(lag_); }
    [[nodiscard]] PidGains gains_down(const Observation& seen) const {
        return plant_ == PidPlant::share ? gains_up() : gains(lag_ + seconds(seen.lead));
    }

    [[nodiscard]] PidGains gains(double dead_time) const {
        PidGains tuned = tune(plant_, dead_time, averaging_);
        if (settings_.gain) {
            tuned.down *= *settings_.gain / tuned.up;
            tuned.up = *settings_.gain;
        }
        if (settings_.integral_time) tuned.integral = seconds(*settings_.integral_time);
        if (settings_.filter_time) tuned.filter = seconds(*settings_.filter_time);
        if (settings_.derivative_time) tuned.derivative = seconds(*settings_.derivative_time);
        return tuned;
    }

    [[nodiscard]] Replicas own() const { return std::max<Replicas>(rounded_up(replicas_of(v_)), 1); }

    /// Whether the sample's window saw the replicas that serve now.
    [[nodiscard]] bool settled(const Observation& seen) const {
        return std::abs(seen.of(signal_).mean_ready - seen.ready) <= std::max(0.5, 0.05 * seen.ready);
    }

    [[nodiscard]] Proposal from_zero(const Reading& reading);
    [[nodiscard]] std::optional<Proposal> hold_without_data(const Observation& seen, MeanOverPods& mean);
    void rest(const Observation& seen);
    void move(const Observation& seen, Moves& moves, Reason& reason);
    void follow_accepted(const Observation& seen, double dt, Moves& moves);
    void integrate(const Observation& seen, Moves& moves);
    [[nodiscard]] std::optional<Reason> no_step_down(const Observation& seen) const;
    [[nodiscard]] Proposal answer(const Observation& seen, const Moves& moves, Reason reason) const;

    const PidSettings settings_;
    SignalId signal_;
    std::optional<SignalId> utilization_;
    ShareOf share_;
    Dimension dimension_;
    ShareOf utilization_share_;
    PidPlant plant_ = PidPlant::bounded;
    double offset_ = 0;

    // State.
    bool started_ = false;
    double v_ = 0;              // ln of the size wanted
    std::optional<Time> last_;  // of the last tick with valid data
    bool primed_ = false;       // the filter has a value
    std::uint64_t sequence_ = 0;
    double measured_ = 0;
    Time measured_at_{};
    double filtered_ = 0;
    double level_ = 0;
    double slope_ = 0;      // filtered d(level)/dt, 1/s
    double lag_ = 0;        // s from a change of load to seeing it: half the window, age, half the spacing
    double averaging_ = 0;  // s
    double answered_ = 0;   // the level that the P step of a bounded plant answered to, as far as it is not forgotten
    double pending_ = 0;    // s of error not integrated yet
    bool upwards_ = false;  // what the pending time was for
    PidSteps steps_;
};

std::optional<double> Pid::take(const Reading& reading, double measured, Moves& moves) {
    const double spacing = primed_ ? seconds(reading.measured - measured_at_) : 0;
    averaging_ = seconds(reading.window);
    const double expected = spacing > 0 ? spacing : seconds(reading.max_age) / 3;  // the default is three samples
    lag_ = averaging_ / 2 + std::max(0.0, seconds(reading.age)) + expected / 2;
    const PidGains gain = gains_up();
    // Filtering the utilization alone would mix it with a ready count of another time.
    const double value = plant_ == PidPlant::share ? measured * reading.mean_ready : measured;
    const double before = level_;
    filtered_ = primed_ && gain.filter + spacing > 0
                    ? filtered_ + (value - filtered_) * spacing / (gain.filter + spacing)
                    : value;
    level_ = level_of(filtered_);
    measured_ = measured;
    measured_at_ = reading.measured;
    sequence_ = reading.sequence;
    if (!primed_ || spacing <= 0) {
        primed_ = true;
        slope_ = 0;
        answered_ = level_;
        return std::nullopt;
    }
    if (gain.derivative > 0) {
        const double share = spacing / (gain.derivative / kFilterOrder + spacing);
        const double bend = share * ((level_ - before) / spacing - slope_);
        slope_ += bend;
        moves.d = gain.up * gain.derivative * bend;
    }
    if (plant_ == PidPlant::share) return before;
    const double highest = std::max(before, answered_);
    answered_ = std::max(level_, answered_ + (level_ - answered_) * std::min(1.0, spacing / (kRemembered * gain.integral)));
    return highest;
}

/// The P step: of the change in the signal only. What our own change of size did to a share is no change
/// of work, so it is not answered.
void Pid::step(double before, Moves& moves) const {
    const PidGains gain = gains_up();
    const Replicas n = own();
    const auto weighed = [&](double error) { return error * (error > 0 ? gain.up : gain.down); };
    // The error of a bounded plant collapses once there is enough: giving the step back then would bring
    // the shortage back. It is released by the slow integral. So only what is above the setpoint counts: a
    // signal that moves up and down below it would otherwise add a replica with every turn.
    const auto counted = [&](double level) {
        const double error = error_at(level, n);
        return weighed(plant_ == PidPlant::bounded ? std::max(0.0, error) : error);
    };
    moves.p = counted(level_) - counted(before);
    if (plant_ == PidPlant::bounded) moves.p = std::max(0.0, moves.p);
}

/// Anti-windup. An error counts from the size in force: whatever else was wished for and did not come
/// (quota, rate limit, another policy that keeps the size higher) is given up at once when the error
/// points away from it, and leaks otherwise. Never on rounding alone.
void Pid::follow_accepted(const Observation& seen, double dt, Moves& moves) {
    const Replicas accepted = std::max<Replicas>(seen.accepted, 1);
    const Replicas mine = own();
    if (mine == accepted) return;
    const double goal = std::log(static_cast<double>(accepted));
    const double error = error_at(level_, accepted);
    const bool above = mine > accepted;
    if (above ? error < 0 : error > 0) {
        moves.back = goal - v_;
    } else if (std::abs(std::exp(v_) - accepted) >= 1 && (above || plant_ == PidPlant::bounded)) {
        // Below the size in force a share needs no leak: its integral ends at the work measured.
        const double integral = gains_down(seen).integral;
        const double tracking = above ? integral : std::max(integral, kTrackingDown);
        moves.back = (goal - v_) * std::min(1.0, dt / tracking);
    }
    v_ += moves.back;
}

void Pid::integrate(const Observation& seen, Moves& moves) {
    const Replicas n = own();
    double error = error_at(level_, n);
    // Past the usual start-up time what does not serve is not counted on any more.
    const Replicas counted = std::max<Replicas>(seen.ready + seen.starting(), 1);
    // But where more than half do not come, more orders do not help.
    const double spare = level_ + std::log(2.0) - v_;
    const bool given_up =
        plant_ == PidPlant::share && counted < seen.replicas && spare > 0 && error_at(level_, counted) > 0;
    if (given_up) error = std::max(error, error_at(level_, counted));
    moves.error = error;
    if (error == 0 || (error > 0) != upwards_) pending_ = 0;
    upwards_ = error > 0;
    if (error == 0) return;
    // While replicas start, the integral goes no further than what was asked for; its time stays pending
    // and counts once they serve. A growing shortage still passes, by the P step.
    double room = given_up ? spare : HUGE_VAL;
    if (seen.starting() > 0) room = std::log(static_cast<double>(seen.replicas)) - v_;
    if (error > 0 && room <= 0) return;
    if (plant_ == PidPlant::bounded && !settled(seen)) return;
    if (plant_ == PidPlant::bounded && error > 0 && pending_ < lag_) return;
    const PidGains gain = error > 0 ? gains_up() : gains_down(seen);
    const double most = plant_ == PidPlant::share ? gain.integral : 2 * (lag_ + seconds(seen.lead));
    const double h = std::min(pending_, std::max(most, 1.0));
    pending_ = 0;
    if (plant_ == PidPlant::bounded && error > 0) {
        if (steps_.is_falling(level_)) return;
        // The filter still tells of the shortage when the newest sample no longer does.
        error = std::clamp(error_at(level_of(measured_), n), 0.0, error);
    }
    moves.i = std::min((error > 0 ? gain.up : gain.down) * error * std::min(h / gain.integral, 1.0), room);
}

/// Why the size may not fall, on a signal that says nothing of the load: it needs the utilization that
/// one replica fewer would have.
std::optional<Reason> Pid::no_step_down(const Observation& seen) const {
    if (!utilization_) return std::nullopt;
    const Reading& reading = seen.of(*utilization_);
    if (!reading.usable()) return hold_for(reading, *utilization_).reason;
    const auto mean = mean_over_pods(reading, utilization_share_, seen.pods);
    if (!mean.value) return mean.reason(*utilization_);
    const double left = std::max<double>(seen.ready - 1, 1);
    const double then = *mean.value * reading.mean_ready / left;
    if (then < kBusy) return std::nullopt;
    return Reason{Code::pid_busy, *utilization_, {then, kBusy}};
}

Proposal Pid::answer(const Observation& seen, const Moves& moves, Reason reason) const {
    Proposal proposal = wish(replicas_of(v_), reason);
    proposal.terms = {{Term::measured, measured_},
                      {Term::goal, settings_.setpoint},
                      {Term::error, moves.error},
                      {Term::p, moves.p},
                      {Term::i, moves.i},
                      {Term::d, moves.d},
                      {Term::back_calculation, moves.back},
                      {Term::state, v_},
                      {Term::wish, proposal.replicas},
                      {Term::mean_ready, seen.of(signal_).mean_ready}};
    const double filtered =
        plant_ == PidPlant::share ? filtered_ / std::max(seen.of(signal_).mean_ready, 1e-9) : filtered_;
    proposal.terms.add(Term::filtered, filtered);
    proposal.terms.add(Term::dt, pending_);
    return proposal;
}

/// At no replicas there is nothing to multiply: a shortage asks for the first one.
Proposal Pid::from_zero(const Reading& reading) {
    started_ = false;
    if (!reading.usable()) return hold_for(reading, signal_);
    if (plant_ == PidPlant::share) return hold({Code::at_zero, signal_, {}});
    const double error = level_of(reading.value);
    const double wanted = error > kZoneUp ? 1 : 0;
    return wish(wanted, {Code::pid, signal_, {reading.value, settings_.setpoint, error, wanted}});
}

/// Why there is nothing to act on; `mean` is what the signal says otherwise. An idle signal says that
/// there is nothing to do, which is no hold.
std::optional<Proposal> Pid::hold_without_data(const Observation& seen, MeanOverPods& mean) {
    const Reading& reading = seen.of(signal_);
    if (reading.state == SignalState::idle) return std::nullopt;
    std::optional<Proposal> held;
    if (!reading.usable()) {
        held = hold_for(reading, signal_);
    } else {
        mean = mean_over_pods(reading, share_, seen.pods);
        if (!mean.value)
            held = hold(mean.reason(signal_));
        else if (plant_ == PidPlant::share && reading.mean_ready <= 0)
            held = hold({Code::no_ready_pods, signal_, {}});
    }
    if (held) {
        last_.reset();
        primed_ = false;
    }
    return held;
}

Proposal Pid::propose(const Observation& seen) {
    const Reading& reading = seen.of(signal_);
    if (seen.replicas == 0) return from_zero(reading);
    if (seen.rebased || !started_) start(seen);
    MeanOverPods mean;
    if (const auto held = hold_without_data(seen, mean)) return *held;
    const double dt = last_ ? std::min(seconds(seen.now - *last_), kLongestGap) : 0;
    last_ = seen.now;
    pending_ += dt;

    const bool idle = reading.state == SignalState::idle;
    const double before = v_;
    Moves moves;
    if (idle) rest(seen);
    const bool fresh = !idle && (!primed_ || reading.sequence != sequence_);
    const auto previous = fresh ? take(reading, *mean.value, moves) : std::nullopt;
    follow_accepted(seen, dt, moves);
    if (previous) step(*previous, moves);
    integrate(seen, moves);
    Reason reason{idle ? Code::idle : Code::pid, signal_, {measured_, settings_.setpoint, moves.error}};
    move(seen, moves, reason);
    if (reason.code == Code::pid) {
        reason.args[3] = replicas_of(v_);
        if (!fresh && before == v_ && moves.error != 0) reason.code = Code::pid_waiting;
    }
    return answer(seen, moves, reason);
}

/// No traffic: a gentle way down, as for a signal far below its setpoint.
void Pid::rest(const Observation& seen) {
    primed_ = false;
    const double work = plant_ == PidPlant::share ? std::log(static_cast<double>(seen.replicas)) : 0;
    level_ = work + kMostDown - (seen.replicas > 1 ? zone_down(seen.replicas) : 0);
}

/// Adds the moves to the state, as far as they may go.
void Pid::move(const Observation& seen, Moves& moves, Reason& reason) {
    const Reading& reading = seen.of(signal_);
    const bool idle = reading.state == SignalState::idle;
    const bool blind = plant_ == PidPlant::bounded || idle;
    const auto kept = blind ? no_step_down(seen) : std::nullopt;
    if (plant_ == PidPlant::bounded && moves.error > 0 &&
        steps_.ineffective(seen.now, level_, kept && kept->code == Code::pid_busy)) {
        moves.p = moves.i = moves.d = 0;
        reason = {Code::pid_ineffective, signal_, {measured_}};
    }
    double change = moves.p + moves.i + moves.d;
    const Replicas was = own();
    if (!blind) {  // what a share needs is measured: no move overshoots it
        const double gap = level_ - v_;
        if (change < 0) change = std::max(change, std::min(0.0, gap));
        if (change > moves.i) change = std::min(change, std::max(moves.i, gap));
    } else if (change <= 0 && (change < 0 || was < seen.accepted) && (kept || !steps_.may_fall(seen.now))) {
        // A wish that is lower already and only waits for its window is taken back as well.
        if (kept) reason = *kept;
        const double back = std::max(0.0, std::log(static_cast<double>(seen.accepted)) - v_);
        moves.back += back;
        moves.p = moves.i = moves.d = 0;
        change = back;
    }
    const Bounds within{std::max<Replicas>(seen.bounds.min, 1), std::max<Replicas>(seen.bounds.max, 1)};
    if (change != 0 || within.clamp(was) != was) {
        v_ = std::clamp(v_ + change, std::log(static_cast<double>(within.min)),
                        std::log(static_cast<double>(within.max)));
    }
    if (plant_ == PidPlant::bounded && !idle) {
        steps_.note({seen.now, was, own(), seen.replicas, level_, seen.starting() == 0 && settled(seen)});
    }
}

}  // namespace

Result<std::unique_ptr<Policy>> make(const PidSettings& settings, const ScalingSpec& spec) {
    if (!spec.find_signal(settings.signal))
        return fail(Errc::bad_config, fmt::format("pid: no signal '{}'", settings.signal));
    if (!settings.utilization.empty() && !spec.find_signal(settings.utilization)) {
        return fail(Errc::bad_config, fmt::format("pid: no signal '{}'", settings.utilization));
    }
    return std::make_unique<Pid>(settings, spec);
}

}  // namespace setpoint
