// SPDX-License-Identifier: Apache-2.0
// Answers of a cluster's metrics APIs.
#include "collectors/kube_custom_path.hpp"
#include "collectors/kube_metric_values.hpp"
#include "collectors/kube_pod_usage.hpp"
#include "core/units.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace setpoint;
    const auto json = fuzz::text(data, size);
    const auto now = *parse_time("2026-11-25T10:00:10Z");
    auto made = std::make_shared<KubePodTemplate>();
    made->containers.push_back({"web", {}, {}});
    KubePod pod;
    pod.made_from = made;
    pod.started = 1;
    if (const auto page = parse_pod_usage(json)) {
        for (const auto& [name, usage] : page->pods) {
            const auto cpu = amount_of(usage, pod, PodResource::cpu, "", now);
            if (cpu && (cpu->value < 0 || cpu->measured > now)) __builtin_trap();
        }
    }
    if (const auto values = parse_metric_values(json)) {
        (void)only_value(*values);
        (void)sum_of(*values);
    }
    (void)newest_version(kCustomMetrics, json);
    return 0;
}
