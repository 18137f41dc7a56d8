// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/journal/frames.hpp"
#include "core/codec.hpp"
#include "core/result.hpp"
#include "policies/decision.hpp"
#include "policies/event.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// Inputs and decisions are kept in files of their own, because they are kept for different times.
enum class Stream : std::uint8_t { events, decisions };

[[nodiscard]] std::string_view to_string(Stream stream);

/// First of each file: who wrote it. Replays are exact for the same program on the same architecture.
struct Opening {
    Stream stream = Stream::events;
    Time opened{};
    std::string program;
    std::string architecture;
};

/// The version of this program, and what it was built for.
[[nodiscard]] std::string program_version();
[[nodiscard]] std::string architecture();

/// The reducer's state, as Reducer::bind_state writes it. A ConfigSet goes before it, so that
/// configuration and snapshot together make the reducer as it was.
struct Snapshot {
    Time time{};
    std::string state;
};

/// What came of a tick: enough to check a replay bit for bit, and to say what was decided then.
struct Outcome {
    std::uint64_t digest = 0;  // of the whole decision
    Replicas replicas = 0;
    Code code = Code::none;
    Health health = Health::holding;
    bool apply = false;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

[[nodiscard]] Outcome outcome_of(const Decision& decision);

/// One event as the reducer took it; a Tick with its outcome.
struct Happening {
    Event event;
    std::optional<Outcome> outcome;
};

/// A whole decision and the names that it speaks of: readable without anything else of the journal.
struct DecisionRecord {
    std::string policy;
    std::string name_space;
    std::vector<std::string> signals;   // by SignalId
    std::vector<std::string> policies;  // by place in the decision's proposals
    Decision decision;
};

/// Entries that are not there: the queue or the disk was full. A snapshot goes before it.
struct Gap {
    std::uint64_t entries = 0;
    Time from{};
    Time to{};
};

using Entry = std::variant<Opening, Snapshot, Happening, DecisionRecord, Gap>;

/// Makes frames of entries. Times are written as differences within a segment, so one encoder serves one
/// stream, and `opening` (or `restart`, where another encoder writes that) starts anew. Reuses its room: ticks and samples allocate nothing after warm-up.
/// The frame returned is valid until the next call.
class EntryEncoder {
public:
    [[nodiscard]] std::string_view opening(const Opening& opening);
    void restart(Time opened);
    [[nodiscard]] std::string_view snapshot(Time time, Reducer& reducer);
    [[nodiscard]] std::string_view event(const Event& event);
    [[nodiscard]] std::string_view tick(Time time, const Tick& tick, const Outcome& outcome);
    /// `spec` is the target's, for the names.
    [[nodiscard]] std::string_view decision(const Decision& decision, const ScalingSpec& spec);
    [[nodiscard]] std::string_view gap(const Gap& gap);

private:
    [[nodiscard]] std::string_view sample(Time time, const Sample& sample);
    void begin(FrameKind kind);
    void begin(FrameKind kind, Time time);
    [[nodiscard]] std::string_view end();

    std::string frame_;
    Encoder encoder_{frame_};
    std::int64_t last_ = 0;          // ms, of the entry before
    std::int64_t wall_offset_ = 0;   // ms, civil time less agent time at the last tick
};

/// Makes entries of frames, which must come in the order they were written. The entry is valid until the
/// next call. Fails with bad_reply on a payload that makes no sense.
class EntryDecoder {
public:
    [[nodiscard]] Result<const Entry*> decode(std::string_view frame);

private:
    bool opening(std::string_view payload);
    bool snapshot(std::string_view payload);
    bool event(std::string_view payload);
    bool sample(std::string_view payload);
    bool tick(std::string_view payload);
    bool decision(std::string_view payload);
    bool gap(std::string_view payload);
    Time time(std::int64_t since_epoch);

    Entry entry_;
    std::int64_t last_ = 0;
    std::int64_t wall_offset_ = 0;
};

}  // namespace setpoint
