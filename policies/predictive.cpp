// SPDX-License-Identifier: Apache-2.0
#include "policies/predictive.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "policies/forecaster.hpp"
#include "policies/holt_winters.hpp"
#include "policies/spec.hpp"
#include "policies/utilization.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;

constexpr Duration kBin = 5min;
constexpr Duration kBlindFor = 30min;  // without data the forecast stands in this long
constexpr Duration kLongestHorizon = 6h;

Bin bin_at(Time t) {
    return std::chrono::floor<std::chrono::duration<Bin, std::ratio<300>>>(t.time_since_epoch()).count();
}

Time middle_of(Bin bin) { return Time{bin * kBin + kBin / 2}; }

class Predictive final : public Policy {
public:
    Predictive(const PredictiveSettings& settings, const ScalingSpec& spec)
        : settings_(settings),
          signal_(*spec.find_signal(settings.signal)),
          signal_spec_(spec.signals[index(signal_)]),
          share_(share_of(signal_spec_)) {}

    Proposal propose(const Observation& seen) override;

    void bind_state(Fields& fields) override {
        fields.state("sequence", sequence_);
        fields.state("bin", bin_);
        fields.state("sum", sum_);
        fields.state("count", count_);
        fields.state("lastSeen", last_seen_);
        fields.state("floor", floor_);
        fields.state("whole", whole_);
        fields.open(Field{share_.is_share() ? "usageForecaster" : "forecaster"});
        forecaster_.bind_state(fields);
        fields.close();
    }

private:
    /// Adds a sample to its bin; a bin is closed by the first sample of a later one.
    void take(Time measured, double demand);
    /// The forecast at any time, straight between the middles of bins.
    [[nodiscard]] double demand_at(Time t) const;
    [[nodiscard]] double most_between(Time from, Time until) const;

    const PredictiveSettings settings_;
    SignalId signal_;
    const SignalSpec signal_spec_;
    const ShareOf share_;

    // State.
    HoltWinters forecaster_;
    std::uint64_t sequence_ = 0;
    Bin bin_ = 0;
    double sum_ = 0;
    std::uint64_t count_ = 0;
    std::optional<Time> last_seen_;  // the newest sample
    double floor_ = 0;               // the last one said
    // Of cpu and memory demand is kept in cores and bytes, so that a changed request changes nothing that was learnt; this is
    // how much of it one replica has, when it was last seen. 1 for other signals.
    double whole_ = 1;
};

void Predictive::take(Time measured, double demand) {
    const Bin bin = bin_at(measured);
    if (bin > bin_) {
        if (count_ > 0) forecaster_.observe(bin_, sum_ / static_cast<double>(count_));
        bin_ = bin;
        sum_ = 0;
        count_ = 0;
    }
    sum_ += demand;
    ++count_;
}

double Predictive::demand_at(Time t) const {
    const Bin before = bin_at(t - kBin / 2);
    const double share = seconds(t - middle_of(before)) / seconds(kBin);
    return (1 - share) * forecaster_.forecast(before) + share * forecaster_.forecast(before + 1);
}

double Predictive::most_between(Time from, Time until) const {
    double most = std::max(demand_at(from), demand_at(until));
    for (Bin bin = bin_at(from); middle_of(bin) < until; ++bin) {
        if (middle_of(bin) > from) most = std::max(most, forecaster_.forecast(bin));
    }
    return most;
}

Proposal Predictive::propose(const Observation& seen) {
    const Reading& reading = seen.of(signal_);
    bool usable = reading.usable();
    if (usable && reading.sequence != sequence_) {
        const auto mean = mean_over_pods(reading, share_, seen.pods);
        usable = mean.value.has_value();
        if (usable) whole_ = mean.whole;
        // The demand on all replicas, whatever the signal counts.
        if (usable && !seen.rolling_out) take(reading.measured, signal_spec_.per_pod ? *mean.value * mean.whole * reading.mean_ready : *mean.value);
        if (usable) last_seen_ = reading.measured;
        sequence_ = reading.sequence;
    }
    const bool too_long = !last_seen_ || seen.now - *last_seen_ > kBlindFor;
    if (!usable && reading.state != SignalState::idle && too_long) return hold_for(reading, signal_);
    if (!forecaster_.ready()) {
        if (!usable && reading.state != SignalState::idle) return hold_for(reading, signal_);
        constexpr double kMinutes = 5;
        return {ProposalKind::none,
                0,
                {},
                {Code::forecast_warming,
                 signal_,
                 {kMinutes * static_cast<double>(forecaster_.bins_seen()),
                  kMinutes * static_cast<double>(forecaster_.bins_needed())}},
                {}};
    }
    const Duration horizon = std::min(settings_.horizon.value_or(seen.lead), kLongestHorizon);
    const Time until = seen.now + horizon;
    const double demand = most_between(seen.now, until);
    const double per_replica = settings_.per_replica * whole_;
    double wanted = demand * (1 + settings_.headroom) / per_replica;
    if (!usable && reading.state != SignalState::idle)
        wanted = std::max(wanted, floor_);  // no data brings no floor down
    floor_ = wanted;
    Proposal proposal =
        at_least(wanted, {Code::forecast, signal_, {demand, seconds(horizon), per_replica, wanted}});
    const ForecastParts parts = forecaster_.parts(bin_at(until));
    proposal.terms = {{Term::measured, reading.value},
                      {Term::level, parts.level},
                      {Term::trend, parts.trend},
                      {Term::season, parts.season},
                      {Term::horizon, seconds(horizon)},
                      {Term::demand, demand},
                      {Term::per_replica, per_replica},
                      {Term::wish, wanted}};
    return proposal;
}

}  // namespace

void bind(Fields& fields, PredictiveSettings& settings) {
    fields.signal("signal", settings.signal, "the demand to forecast: work arriving, best as offered");
    fields.required("perReplica", settings.per_replica, in_unit_or_utilization(), "how much of it one replica carries");
    fields.optional("horizon", settings.horizon, lasting(1s, kLongestHorizon),
                    "how far to look ahead; as long as a replica takes to serve if not given");
    fields.optional("headroom", settings.headroom, percent(0, 300), "added to the forecast");
}

void validate(const PredictiveSettings& settings, const ScalingSpec& spec, Diagnostics& out) {
    if (!spec.find_signal(settings.signal)) {
        out.error("signal", fmt::format("must name a signal of this document, was '{}'", settings.signal));
    }
    if (!(settings.per_replica > 0) || !std::isfinite(settings.per_replica)) {
        out.error("perReplica", fmt::format("must be finite and above 0, was {}", settings.per_replica));
    }
    if (settings.horizon && (*settings.horizon < 1s || *settings.horizon > kLongestHorizon)) {
        out.error("horizon", fmt::format("must be 1s to 6h, was {} s", seconds(*settings.horizon)));
    }
    if (!(settings.headroom >= 0 && settings.headroom <= 3)) {
        out.error("headroom", fmt::format("must be 0% to 300%, was {}%", 100 * settings.headroom));
    }
}

Result<std::unique_ptr<Policy>> make(const PredictiveSettings& settings, const ScalingSpec& spec) {
    if (!spec.find_signal(settings.signal))
        return fail(Errc::bad_config, fmt::format("predictive: no signal '{}'", settings.signal));
    return std::make_unique<Predictive>(settings, spec);
}

}  // namespace setpoint
