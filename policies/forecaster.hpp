// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/fields.hpp"

namespace setpoint {

/// A place in time, in bins of one length since the Unix epoch.
using Bin = std::int64_t;

/// What a forecaster made of the past, for the record.
struct ForecastParts {
    double level = 0;
    double trend = 0;   // a bin
    double season = 0;  // of the bin asked for, day and week together
};

/// Learns a series of bins and says how it goes on. Pure and bounded; nothing allocates after warm-up.
class Forecaster {
public:
    virtual ~Forecaster() = default;

    /// The mean of one bin, closed. Bins come in order; one that is left out is missing, not zero, and
    /// nothing is learnt from it. A bin not later than the last one is ignored.
    virtual void observe(Bin bin, double value) = 0;

    /// What is expected in `bin`, never negative. Valid when `ready`.
    [[nodiscard]] virtual double forecast(Bin bin) const = 0;
    [[nodiscard]] virtual ForecastParts parts(Bin bin) const = 0;

    [[nodiscard]] virtual bool ready() const = 0;
    [[nodiscard]] virtual std::size_t bins_seen() const = 0;  // counts to bins_needed, then stands
    [[nodiscard]] virtual std::size_t bins_needed() const = 0;

    /// The last bin observed; valid when `bins_seen` is not 0.
    [[nodiscard]] virtual Bin last() const = 0;

    virtual void bind_state(Fields& fields) = 0;
};

}  // namespace setpoint
