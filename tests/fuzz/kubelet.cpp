// SPDX-License-Identifier: Apache-2.0
// Two answers of a kubelet, one after the other: what comes after a line of dashes is the second.
#include <algorithm>

#include "collectors/node_usage.hpp"
#include "core/units.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace setpoint;
    const auto text = fuzz::text(data, size);
    const auto cut = std::min(text.find("---\n"), text.size());
    auto first = parse_kubelet_reading(text.substr(0, cut));
    auto second = parse_kubelet_reading(text.substr(std::min(cut + 4, text.size())));
    if (!first || !second) return 0;
    const auto now = *parse_time("2026-11-25T10:00:10Z");
    auto made = std::make_shared<KubePodTemplate>();
    made->containers.push_back({"web", {}, {}});
    KubePod pod;
    pod.made_from = made;
    pod.started = 1;
    const auto before = next_usage(nullptr, std::move(*first));
    for (const auto& [name, seen] : next_usage(&before, std::move(*second)).pods) {
        for (const auto resource : {PodResource::cpu, PodResource::memory}) {
            const auto amount = amount_of(usage_of(seen, pod, resource, ""), pod, resource, "", now);
            if (amount && (!(amount->value >= 0) || amount->measured > now || amount->window < Duration{0})) __builtin_trap();
        }
    }
    return 0;
}
