// SPDX-License-Identifier: Apache-2.0
// Saved state: whatever the bytes, the reducer restores what it can and goes on deciding within its bounds.
#include <cstdlib>

#include "core/codec.hpp"
#include "policies/reducer.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace setpoint;
    ScalingSpec spec;
    spec.name = "web";
    spec.replicas = {1, 20};
    SignalSpec cpu;
    cpu.name = "cpu";
    cpu.dimension = Dimension::cores;
    cpu.per_pod = true;
    spec.signals = {cpu};
    PidSettings pid;
    pid.signal = "cpu";
    pid.setpoint = 0.7;
    spec.policies = {{"", pid}};
    const Time now = at_unix(1'700'000'000);
    Reducer control;
    control.reduce({now, *configuration({spec})});
    Decoder decoder{fuzz::text(data, size)};
    control.bind_state(decoder);
    control.reduce({now, TargetState{TargetId{}, 4, 4, {}}});
    Sample sample;
    sample.kind = SampleKind::pods_mean;
    sample.value = 0.9;
    sample.measured = now;
    control.reduce({now, sample});
    const Decision* decision = control.reduce({now, Tick{TargetId{}, WallTime{now.time_since_epoch()}}});
    const bool pinned = decision->health == Health::suspended;  // a pin may leave the bounds
    if (!pinned && (decision->replicas < 1 || decision->replicas > 20)) std::abort();
    return 0;
}
