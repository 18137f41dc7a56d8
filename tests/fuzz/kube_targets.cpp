// SPDX-License-Identifier: Apache-2.0
// What a cluster answers of kinds, scales and autoscalers.
#include "clients/kube_discovery.hpp"
#include "clients/kube_scale.hpp"
#include "clients/kube_scaler.hpp"
#include "clients/kube_workloads.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace setpoint;
    const auto json = fuzz::text(data, size);
    if (const auto served = read_served_kinds("example.com/v1", json)) (void)find_kind(*served, "Queue", "example.com/v1");
    if (const auto scale = read_kube_scale(json); scale && (scale->replicas < 0 || scale->replicas > kMaxReplicas)) __builtin_trap();
    if (const auto hpa = read_kube_hpa(json); hpa && (hpa->least < 0 || hpa->most < 0)) __builtin_trap();
    (void)read_scaled_object(json);
    (void)read_kube_workload(json);
    if (const auto selector = parse_selector(json)) {
        if (selector->labels.empty() && selector->expressions.empty()) __builtin_trap();  // it would be everybody's, or nobody's
        (void)selector->matches({{"app", "cart"}});
    }
    return 0;
}
