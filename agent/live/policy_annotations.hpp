// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/events.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// The annotations of a ScalingPolicy that begin with `setpoint.dev/`, without that.
struct PolicyAnnotations {
    std::map<std::string, std::string> said;
    std::optional<WallTime> written;   // when the one that says how long (`for`, `until`) was, as the server tells
    friend bool operator==(const PolicyAnnotations&, const PolicyAnnotations&) = default;
};

/// Break-glass by the object itself: for as long as it says so, it has the last word.
struct DeclaredOverride {
    OverrideSet::Kind kind = OverrideSet::Kind::resume;  // of none: resume
    Replicas replicas = 0;                               // of a pin
    WallTime until{};
    std::string reason;
    std::string resume;                                  // another text than before: ends what people said otherwise, once
};

/// Reads `pin: "5"` or `pause: "true"` (or `down`), each with `reason` and either `for: 2h` or `until: 2026-01-01T18:00:00Z`, at most 30
/// days from when that was written, as far as it is known; or `resume: <any text>`, which may stay there. The error names the annotation, what is wrong and what is allowed.
[[nodiscard]] Result<DeclaredOverride> read_annotations(const PolicyAnnotations& annotations, WallTime now);

}  // namespace setpoint
