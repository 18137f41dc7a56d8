// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace setpoint {

/// A target's place in the configuration in force (one target per policy document).
enum class TargetId : std::uint32_t {};

/// A signal's place among the signals of its policy document.
enum class SignalId : std::uint16_t {};

/// A replica, by a hash of its name or uid: stable over restarts, small enough to log with each sample.
enum class PodId : std::uint64_t {};

[[nodiscard]] constexpr std::size_t index(TargetId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr std::size_t index(SignalId id) { return static_cast<std::size_t>(id); }

/// FNV-1a, 64 bits.
[[nodiscard]] constexpr std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3ULL;
    }
    return hash;
}

[[nodiscard]] constexpr PodId pod_id(std::string_view uid) { return PodId{hash_of(uid)}; }

}  // namespace setpoint
