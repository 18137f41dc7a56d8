// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/replay/format.hpp"
#include "agent/replay/line_source.hpp"
#include "agent/replay/recording.hpp"
#include "agent/replay/recording_builder.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A column that somebody needs.
struct Wanted {
    std::string name;       // as the Recording shall call it
    std::string column;     // as the file calls it; the case of letters matters only where two differ by it
    bool required = true;   // without it the recording is of no use
    std::string what = {};  // for the error where it is missing: `utilization, 0.7 is 70 %`
    double factor = 1;      // every value is multiplied by it
    bool size = false;      // a number of replicas: what cannot be one is missing
    bool sum = false;       // of what each replica uses, where the recording says it
};

/// A recorded number of replicas, or kNothing where so many cannot have run; a mean over time need not be whole. What is odd
/// about it is noted.
[[nodiscard]] double size_of(double number, std::uint64_t line, Problems& problems);

struct ReadOptions {
    std::vector<Wanted> wanted;
    std::string time_column;                    // empty: found by its name
    std::function<void(double)> progress = {};  // now and then, with the share that is read
    std::string policy = {};                    // of a recording of several only this one's lines
    std::size_t chunk_bytes = RecordingBuilder::kChunkBytes;
};

/// A recording and how it was read.
struct ReadRecording {
    RecordingFormat format{};
    Recording recording;
};

/// Reads a file, or `-` for the standard input, by its content. Oddities that can be handled are counted in the recording; an error names
/// the line where there is one.
[[nodiscard]] Result<ReadRecording> read_recording(const std::string& file, const ReadOptions& options);

/// The readers of the formats.
[[nodiscard]] Result<Recording> read_csv(LineSource& lines, const ReadOptions& options);
[[nodiscard]] Result<Recording> read_json_lines(LineSource& lines, const ReadOptions& options);

/// The names for a message: the first twenty, none of them long.
[[nodiscard]] std::string listed(std::span<const std::string> names);

/// What to say where a required column is not among those that the recording has (`seen`, without the time).
[[nodiscard]] Error missing_columns(std::span<const Wanted* const> missing, std::span<const std::string> seen);

/// What to say of a recording that has others' lines and none of `policy`.
[[nodiscard]] Error nothing_of(const std::string& policy, const std::set<std::string>& others);

/// The place of `wanted` in `names`: exact, or else the only one that differs in case alone; `names.size()`
/// where there is none.
[[nodiscard]] std::size_t find_column(std::span<const std::string> names, std::string_view wanted);

[[nodiscard]] std::vector<std::string> names_of(std::span<const Wanted> wanted);

}  // namespace setpoint
