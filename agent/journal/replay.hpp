// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "agent/journal/reader.hpp"
#include "core/result.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// How a decision of this program compares with the one on record.
enum class Verdict : std::uint8_t {
    same,       // bit for bit
    trace,      // the same size for the same reason; some number of the trace differs
    otherwise,  // another size, reason or health
};

/// One event of a segment, reduced again.
struct ReplayStep {
    Reducer& reducer;                    // after the event; its state may be read, with bind_state
    const Event& event;
    const Decision* decision = nullptr;  // of a Tick
    std::optional<Outcome> recorded;     // of a Tick
    Verdict verdict = Verdict::same;
};

/// What a segment had.
struct ReplaySummary {
    std::uint64_t events = 0;
    std::uint64_t ticks = 0;
    std::uint64_t trace = 0;      // ticks by verdict
    std::uint64_t otherwise = 0;
    std::uint64_t torn_bytes = 0; // of an incomplete entry at its end
    Time last{};
};

/// Feeds a segment of events to a reducer of its own, made from its configuration and snapshot, and
/// compares every decision with the record. `seen` is called for every event, `lost` for every gap.
/// Fails as SegmentReader::next does, with no_data on a segment that ends before its snapshot (a crash or a
/// full disk left it; nothing is in it), and with bad_reply on one that does not open with configuration and
/// snapshot; what was seen before stays seen.
class JournalReplay {
public:
    using OnStep = std::function<void(const ReplayStep&)>;
    using OnGap = std::function<void(const Gap&)>;

    JournalReplay(OnStep seen, OnGap lost) : seen_(std::move(seen)), lost_(std::move(lost)) {}

    [[nodiscard]] Result<> replay(SegmentReader& segment);
    /// Of the last segment replayed, as far as it went.
    [[nodiscard]] const ReplaySummary& summary() const { return summary_; }

private:
    [[nodiscard]] Result<Reducer> open(SegmentReader& segment);
    [[nodiscard]] Result<> take(const Happening& happening, Reducer& reducer);

    OnStep seen_;
    OnGap lost_;
    ReplaySummary summary_;
};

}  // namespace setpoint
