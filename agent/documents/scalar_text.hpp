// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/fields.hpp"
#include "core/result.hpp"
#include "core/samples.hpp"

namespace setpoint {

/// A value as it was written.
struct ScalarText {
    std::string_view text;
    bool plain = true;  // without quotes
};

/// A signal of the document that is read: settings on it are written in its unit.
struct SignalUnit {
    std::string name;
    Dimension dimension = Dimension::none;
    bool resource = false;  // cpu or memory of the target's own pods
    bool unclear = false;   // the document does not say what it is: in which unit its settings are, nobody can know
};

// One value each, by the row's notation and within its range. The error says what is allowed and what was
// seen; the code is always bad_config.

/// In the stored unit: ratios, seconds, cores, bytes. `signal` is the one that a value in any unit belongs
/// to; without one only a plain number is understood.
[[nodiscard]] Result<double> read_double(ScalarText scalar, const Rule& rule, const SignalUnit* signal);
[[nodiscard]] Result<Duration> read_duration(ScalarText scalar, const Rule& rule);
[[nodiscard]] Result<std::int64_t> read_whole(ScalarText scalar, const Rule& rule);
[[nodiscard]] Result<bool> read_bool(ScalarText scalar);
/// Signal names are checked for their form only.
[[nodiscard]] Result<std::string> read_string(ScalarText scalar, const Rule& rule);

/// What a rule allows, in its notation: `1 to 100`, `above 0`, `1s to 5m`; empty where it allows all.
[[nodiscard]] std::string allowed(const Rule& rule);

[[nodiscard]] bool is_identifier(std::string_view text);
[[nodiscard]] bool is_dns_label(std::string_view text);

}  // namespace setpoint
