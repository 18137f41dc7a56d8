// SPDX-License-Identifier: Apache-2.0
// Lines of observations: each is answered or refused, and the core never leaves its bounds.
#include <cstdlib>

#include "agent/decide/decide.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

setpoint::ScalingSpec spec() {
    setpoint::ScalingSpec out;
    out.name = "web";
    out.replicas = {1, 20};
    setpoint::SignalSpec cpu;
    cpu.name = "cpu";
    cpu.dimension = setpoint::Dimension::cores;
    cpu.per_pod = true;
    setpoint::SignalSpec rps;
    rps.name = "rps";
    out.signals = {cpu, rps};
    setpoint::TrackSettings track;
    track.signal = "cpu";
    track.utilization = 0.7;
    setpoint::PidSettings pid;
    pid.signal = "rps";
    pid.setpoint = 100;
    out.policies = {{"", track}, {"", pid}};
    setpoint::name_policies(out);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto decider = setpoint::Decider::of(spec());
    if (!decider) std::abort();
    auto rest = setpoint::fuzz::text(data, size);
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        const auto answer = decider->answer(rest.substr(0, end));
        if (answer && answer->find("nan") != std::string::npos) std::abort();  // not JSON
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    return 0;
}
