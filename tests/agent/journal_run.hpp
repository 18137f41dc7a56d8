// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "agent/journal/files.hpp"
#include "agent/journal/replay.hpp"
#include "agent/journal/writer.hpp"
#include "tests/agent/random_events.hpp"

namespace setpoint {

/// An agent without a world: random events, reduced and recorded.
class RecordedRun {
public:
    RecordedRun(std::uint64_t seed, JournalWriter& journal) : events_(seed), journal_(journal) {}

    void go_on(int events) {
        for (int i = 0; i < events; ++i) {
            const Event event = events_.next();
            const Decision* decision = reducer_.reduce(event);
            if (decision != nullptr) ++ticks_;
            journal_.record(event, decision, reducer_);
        }
    }
    [[nodiscard]] std::uint64_t ticks() const { return ticks_; }

private:
    RandomEvents events_;
    JournalWriter& journal_;
    Reducer reducer_;
    std::uint64_t ticks_ = 0;
};

/// What replaying all segments of a folder, each on its own, came to.
struct FolderReplay {
    std::size_t segments = 0;
    ReplaySummary sum;          // `last` and `torn_bytes` of the last segment
    std::uint64_t lost = 0;     // by gaps
    std::vector<Error> errors;
};

inline FolderReplay replay_folder(const std::filesystem::path& folder) {
    FolderReplay all;
    JournalReplay replay{[](const ReplayStep&) {}, [&](const Gap& gap) { all.lost += gap.entries; }};
    const auto segments = list_segments(folder, Stream::events);
    for (const auto& file : *segments) {
        auto segment = SegmentReader::open(file.path);
        const auto done = segment ? replay.replay(*segment) : Result<>{tl::unexpected(segment.error())};
        // A crash or a full disk leaves a segment without configuration or snapshot: nothing was in it.
        if (!done && done.error().code == Errc::no_data) continue;
        if (!done) all.errors.push_back(done.error());
        ++all.segments;
        all.sum.events += replay.summary().events;
        all.sum.ticks += replay.summary().ticks;
        all.sum.trace += replay.summary().trace;
        all.sum.otherwise += replay.summary().otherwise;
        all.sum.torn_bytes = replay.summary().torn_bytes;
        all.sum.last = replay.summary().last;
    }
    return all;
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream{path, std::ios::binary | std::ios::trunc}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace setpoint
