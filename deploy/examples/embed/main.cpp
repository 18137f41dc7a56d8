// SPDX-License-Identifier: Apache-2.0
// A controller of one's own: setpoint's laws on numbers that this program feeds.
#include <cstdio>
#include <policies/reducer.hpp>

using namespace setpoint;
using namespace std::chrono_literals;

int main() {
    ScalingSpec spec;
    spec.name = "workers";
    spec.replicas = {2, 20};
    spec.signals.push_back({.name = "jobs"});
    spec.policies.push_back({"", TrackSettings{.signal = "jobs", .average_value = 10}});  // ten jobs a worker
    const auto configured = configuration({spec});
    if (!configured) return std::fprintf(stderr, "%s\n", configured.error().message.c_str()), 1;

    Reducer control;
    Time now = at_unix(1'700'000'000);
    control.reduce({now, *configured});
    Replicas workers = 4;
    for (const double jobs : {38.0, 95.0, 120.0}) {
        now += 15s;
        control.reduce({now, TargetState{.replicas = workers, .ready = workers}});
        control.reduce({now, Sample{.kind = SampleKind::scalar, .value = jobs, .measured = now}});
        const Decision& decision = *control.reduce({now, Tick{}});
        const auto why = sentence(decision.reason, control.signal_names(decision.target));
        std::printf("%.0f jobs, %d workers: set %d, because %s\n", jobs, workers, decision.replicas, why.c_str());
        control.reduce({now, ApplyResult{.wanted = decision.replicas, .replicas = decision.replicas}});
        workers = decision.replicas;
    }
}
