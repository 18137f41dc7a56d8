// SPDX-License-Identifier: Apache-2.0
#include "policies/step.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/units.hpp"
#include "policies/spec.hpp"
#include "policies/utilization.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kMaxBands = 64;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Change {
    double amount = 0;  // replicas, or a share of the size
    bool relative = false;
};

Result<Change> parse_change(std::string_view text) {
    const auto wanted = [&] {
        return fail(
            Errc::bad_config,
            fmt::format("must be a whole number of replicas (+2, -1) or a percentage (20%, -10%), was '{}'", text));
    };
    std::string_view digits = text;
    const bool relative = digits.ends_with('%');
    if (relative) digits.remove_suffix(1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    if (digits.empty() || digits.starts_with('+')) return wanted();
    const auto amount = parse_number(digits);
    if (!amount || *amount == 0) return wanted();
    if (relative) {
        if (*amount < -100 || *amount > 10'000)
            return fail(Errc::bad_config, fmt::format("must be -100% to 10000%, was {}", text));
        return Change{*amount / 100.0, true};
    }
    if (*amount != std::floor(*amount) || std::abs(*amount) > kMaxReplicas) return wanted();
    return Change{*amount, false};
}

/// Amazon's rounding: towards zero, but never to nothing.
double replicas_of(const Change& change, double size) {
    const double exact = change.relative ? change.amount * size : change.amount;
    const double whole = std::trunc(exact + std::copysign(1e-9, change.amount));
    return whole == 0 ? std::copysign(1.0, change.amount) : whole;
}

struct Band {
    double from = -kInfinity;
    double to = kInfinity;
    Change change;
    std::optional<Replicas> replicas;
    [[nodiscard]] bool holds(double value) const { return value >= from && value < to; }
};

class Step final : public Policy {
public:
    Step(SignalId signal, ShareOf share, std::vector<Band> bands)
        : signal_(signal), share_(std::move(share)), bands_(std::move(bands)) {}

    Proposal propose(const Observation& seen) override {
        const Reading& reading = seen.of(signal_);
        if (reading.state == SignalState::idle) return {ProposalKind::none, 0, {}, {Code::idle, signal_, {}}, {}};
        if (!reading.usable()) return hold_for(reading, signal_);
        if (reading.kind == SampleKind::pods && seen.replicas == 0)
            return {ProposalKind::none, 0, {}, {Code::at_zero, signal_, {}}, {}};
        const MeanOverPods measured = mean_over_pods(reading, share_, seen.pods);
        if (!measured.value) return hold(measured.reason(signal_));
        if (reading.sequence != acted_on_) {
            acted_on_ = reading.sequence;
            wish_ = step(*measured.value, reading, seen);
        } else if (seen.rebased) {
            wish_ = seen.replicas;  // the sample had its say on another size
        }
        return explained(*measured.value, reading, seen);
    }

    void bind_state(Fields& fields) override {
        fields.state("actedOn", acted_on_);
        fields.state("wish", wish_);
    }

private:
    const Band* band_of(double value) const {
        const auto found = std::ranges::find_if(bands_, [&](const Band& band) { return band.holds(value); });
        return found == bands_.end() ? nullptr : &*found;
    }

    double step(double value, const Reading& reading, const Observation& seen) const {
        const double size = seen.replicas;
        const Band* band = band_of(value);
        if (band == nullptr) return size;
        if (band->replicas) return *band->replicas;
        if (band->change.amount > 0) {
            // Not yet serving, or serving for less than the sample's window: the sample does not know them.
            const double unseen = seen.starting() + std::max(0.0, seen.ready - std::floor(reading.mean_ready + 1e-9));
            const double base = std::max(0.0, size - unseen);
            return std::max(size, base + replicas_of(band->change, base));
        }
        if (seen.starting() > 0) return size;
        const double base = size + std::max(0.0, std::ceil(reading.mean_ready - 1e-9) - seen.ready);
        return std::clamp(base + replicas_of(band->change, base), 0.0, size);
    }

    Proposal explained(double value, const Reading& reading, const Observation& seen) const {
        const Band* band = band_of(value);
        const double size = seen.replicas;
        Proposal proposal = wish(wish_, {Code::no_band, signal_, {value}});
        if (band != nullptr) proposal.reason = {Code::band, signal_, {value, wish_ - size, size, wish_}};
        proposal.terms = {{Term::measured, value}, {Term::mean_ready, reading.mean_ready}};
        if (band != nullptr) {
            proposal.terms.add(Term::band_from, band->from);
            proposal.terms.add(Term::band_to, band->to);
            proposal.terms.add(Term::change, wish_ - size);
        }
        return proposal;
    }

    SignalId signal_;
    ShareOf share_;
    std::vector<Band> bands_;
    std::uint64_t acted_on_ = 0;  // sequence of the last sample that had its step
    double wish_ = 0;             // what it asked for
};

std::string shown(const StepBand& band) {
    return fmt::format("{} to {}", band.from ? format_number(*band.from) : "below",
                       band.to ? format_number(*band.to) : "above");
}

void validate_band(const StepBand& band, const std::string& path, Diagnostics& out) {
    if (band.from && band.to && *band.from >= *band.to) {
        out.error(path, fmt::format("from must be below to, was {}", shown(band)));
    }
    if (band.change.empty() == !band.replicas.has_value()) {
        out.error(path,
                  fmt::format("must have exactly one of change and replicas, has {}", band.replicas ? "both" : "none"));
    }
    if (!band.change.empty()) {
        if (const auto change = parse_change(band.change); !change) out.error(path + ".change", change.error().message);
    }
    if (band.replicas && (*band.replicas < 0 || *band.replicas > kMaxReplicas)) {
        out.error(path + ".replicas", fmt::format("must be 0 to {}, was {}", kMaxReplicas, *band.replicas));
    }
}

}  // namespace

void bind(Fields& fields, StepBand& band) {
    constexpr Rule in_unit{-1e18, 1e18, false, Notation::unit_or_utilization};
    fields.optional("from", band.from, in_unit, "the lower end, included; absent: open");
    fields.optional("to", band.to, in_unit, "the upper end, excluded; absent: open");
    fields.optional("change", band.change, as_written(),
                    "by how much: replicas (+2, -1) or a percentage of the size (20%, -10%)");
    fields.optional("replicas", band.replicas, between(0, kMaxReplicas), "the size, instead of a change");
}

void bind(Fields& fields, StepSettings& settings) {
    fields.signal("signal", settings.signal, "the signal that says which band");
    fields.required("bands", settings.bands, {}, "from where to where the signal changes the size, and by how much");
}

void validate(const StepSettings& settings, const ScalingSpec& spec, Diagnostics& out) {
    if (!spec.find_signal(settings.signal)) {
        out.error("signal", fmt::format("must name a signal of this document, was '{}'", settings.signal));
    }
    if (settings.bands.empty() || settings.bands.size() > kMaxBands) {
        out.error("bands", fmt::format("must be 1 to {}, were {}", kMaxBands, settings.bands.size()));
    }
    for (std::size_t i = 0; i < settings.bands.size() && i < kMaxBands; ++i) {
        const auto& band = settings.bands[i];
        validate_band(band, fmt::format("bands[{}]", i), out);
        for (std::size_t j = 0; j < i; ++j) {
            const auto& other = settings.bands[j];
            if (band.from.value_or(-kInfinity) < other.to.value_or(kInfinity) &&
                other.from.value_or(-kInfinity) < band.to.value_or(kInfinity)) {
                out.error(fmt::format("bands[{}]", i),
                          fmt::format("must not overlap with bands[{}], was {} and {}", j, shown(band), shown(other)));
            }
        }
    }
}

Result<std::unique_ptr<Policy>> make(const StepSettings& settings, const ScalingSpec& spec) {
    const auto signal = spec.find_signal(settings.signal);
    if (!signal)
        return fail(Errc::bad_config,
                    fmt::format("signal: must name a signal of this document, was '{}'", settings.signal));
    std::vector<Band> bands;
    for (const auto& given : settings.bands) {
        Band band{given.from.value_or(-kInfinity), given.to.value_or(kInfinity), {}, given.replicas};
        if (!given.replicas) {
            const auto change = parse_change(given.change);
            if (!change) return tl::unexpected<Error>(change.error());
            band.change = *change;
        }
        bands.push_back(band);
    }
    return std::make_unique<Step>(*signal, share_of(spec.signals[index(*signal)]), std::move(bands));
}

}  // namespace setpoint
