// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/replay/read_recording.hpp"
#include "agent/replay/recording.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Whether `path` is a journal: a segment of one, or a folder with segments of events.
[[nodiscard]] bool is_journal(const std::string& path);

/// The inputs that a journal has of one policy, as a recording: its signals by name (per-pod ones as the
/// mean that the laws see), and the sizes of its target. `policy` is that policy's name; a journal of a
/// single policy serves whatever the name.
[[nodiscard]] Result<Recording> read_journal_recording(const std::string& path, const std::string& policy,
                                                       const ReadOptions& options);

}  // namespace setpoint
