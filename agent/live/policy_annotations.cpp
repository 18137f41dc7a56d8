// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_annotations.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

#include "agent/documents/suggestion.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

constexpr std::array<std::string_view, 6> kKnown{"pin", "pause", "resume", "for", "until", "reason"};
constexpr std::size_t kLongestReason = 200;
constexpr Duration kLongest = std::chrono::hours{24 * 30};

template <class... Told>
tl::unexpected<Error> wrong(std::string_view name, fmt::format_string<Told...> what, Told&&... told) {
    return fail(Errc::bad_config, fmt::format("the annotation setpoint.dev/{}: {}", name, fmt::format(what, std::forward<Told>(told)...)));
}

const std::string* find(const PolicyAnnotations& annotations, const char* name) {
    const auto found = annotations.said.find(name);
    return found == annotations.said.end() ? nullptr : &found->second;
}

Result<> check_names(const PolicyAnnotations& annotations) {
    for (const auto& [name, value] : annotations.said) {
        if (std::ranges::find(kKnown, name) == kKnown.end()) return wrong(name.substr(0, 40), "there is none of this name{}", suggest(name, {kKnown.begin(), kKnown.end()}));
    }
    return {};
}

/// At most so many bytes, and whole characters: half of one would not come back from a status as it was written there.
std::string beginning_of(const std::string& text) {
    if (text.size() <= kLongestReason) return text;
    const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
    auto end = kLongestReason;
    while (end > 0 && continues(text[end])) --end;
    return text.substr(0, end);
}

Result<> read_what(const PolicyAnnotations& annotations, DeclaredOverride& declared) {
    const auto* pin = find(annotations, "pin");
    const auto* pause = find(annotations, "pause");
    const auto* resume = find(annotations, "resume");
    if (pin != nullptr && pause != nullptr) return wrong("pin", "either pin or pause can be said, not both");
    if (resume != nullptr) declared.resume = beginning_of(*resume);
    if (pin != nullptr) {
        const auto end = pin->data() + pin->size();
        const auto [stopped, failed] = std::from_chars(pin->data(), end, declared.replicas);
        const bool whole = failed == std::errc{} && stopped == end && declared.replicas >= 0 && declared.replicas <= kMaxReplicas;
        if (!whole) return wrong("pin", "must be a size from 0 to {}, was {}", kMaxReplicas, shown(*pin));
        declared.kind = OverrideSet::Kind::pin;
    }
    if (pause != nullptr) {
        if (*pause != "true" && *pause != "down") return wrong("pause", "must be \"true\", or \"down\" for one that may still grow, was {}", shown(*pause));
        declared.kind = *pause == "down" ? OverrideSet::Kind::pause_down : OverrideSet::Kind::pause;
    }
    return {};
}

Result<WallTime> end_by_duration(const PolicyAnnotations& annotations, const std::string& text) {
    const auto lasting = parse_duration(text);
    if (!lasting || *lasting <= Duration{0} || *lasting > kLongest) return wrong("for", "must be how long it holds, such as 2h, at most 30d, was {}", shown(text));
    if (!annotations.written) return wrong("for", "this API server does not tell when it was written: say setpoint.dev/until");
    return *annotations.written + *lasting;
}

Result<WallTime> end_of(const PolicyAnnotations& annotations, WallTime now) {
    const auto* lasting = find(annotations, "for");
    const auto* until = find(annotations, "until");
    if (lasting != nullptr && until != nullptr) return wrong("for", "say either for or until");
    if (lasting != nullptr) return end_by_duration(annotations, *lasting);
    if (until == nullptr) return wrong("for", "is missing: a pin or a pause ends by itself; say how long, such as 2h, or until when");
    const auto end = parse_time(*until);
    if (!end) return wrong("until", "must be a time such as 2026-01-01T18:00:00Z, was {}", shown(*until));
    // As it was ahead when it was written: what was refused then is not to begin later by itself.
    if (*end - annotations.written.value_or(now) > kLongest) return wrong("until", "must be at most 30 days ahead, was {}", shown(*until));
    return *end;
}

}  // namespace

Result<DeclaredOverride> read_annotations(const PolicyAnnotations& annotations, WallTime now) {
    DeclaredOverride declared;
    if (auto known = check_names(annotations); !known) return tl::unexpected<Error>(std::move(known.error()));
    if (auto read = read_what(annotations, declared); !read) return tl::unexpected<Error>(std::move(read.error()));
    if (declared.kind == OverrideSet::Kind::resume) return declared;
    const auto* reason = find(annotations, "reason");
    if (reason == nullptr || reason->empty()) return wrong("reason", "is missing: say why, others will read it");
    if (reason->size() > kLongestReason) return wrong("reason", "must be at most {} characters", kLongestReason);
    declared.reason = *reason;
    auto until = end_of(annotations, now);
    if (!until) return tl::unexpected<Error>(std::move(until.error()));
    declared.until = *until;
    return declared;
}

}  // namespace setpoint
