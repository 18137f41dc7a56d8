// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/fields.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What a value counts. A setting with a unit on a signal without one is an error at check time.
enum class Dimension : std::uint8_t {
    none,      // a plain number
    cores,     // CPU
    bytes,     // memory
    time,      // seconds
    rate,      // per second
    ratio,     // 0.7 is 70 %
};

/// What came of one reading.
enum class SampleKind : std::uint8_t {
    scalar,    // `value` holds
    pods,      // `pods` holds, raw units (cores, bytes)
    pods_mean, // `value` is the mean over pods, already as utilization of the request (0.7 is 70 %)
    no_data,   // the source answered and has none
    failed,    // the source did not answer, or answered nonsense
};

/// One replica's value of a per-pod signal.
struct PodReading {
    PodId pod{};
    double value = 0;     // cores or bytes or plain
    Time measured{};      // the end of its window
    Duration window{};    // 0: an instant
};

/// One reading of one signal: a collector posts it, the board keeps it.
struct Sample {
    TargetId target{};
    SignalId signal{};
    SampleKind kind = SampleKind::no_data;
    double value = 0;
    Time measured{};      // when it was true, not when it was fetched; for pods the newest of them
    Duration window{};    // the span that the value averages over, ending at `measured`; 0: an instant
    std::vector<PodReading> pods;
};

void bind(Fields& fields, PodReading& reading);
void bind(Fields& fields, Sample& sample);

}  // namespace setpoint
