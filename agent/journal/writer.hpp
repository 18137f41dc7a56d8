// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/journal/decision_news.hpp"
#include "agent/journal/descriptor.hpp"
#include "agent/journal/files.hpp"
#include "agent/journal/format.hpp"
#include "core/result.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

struct JournalSettings {
    std::filesystem::path folder;                      // made when it is not there
    std::size_t queue_bytes = 8U << 20;                // waiting for the disk; more is lost, and said so
    std::uint64_t segment_bytes = 32U << 20;           // a new segment past it
    Retention events{1U << 30, std::chrono::hours{6}};
    Retention decisions{1U << 30, std::chrono::hours{24 * 30}};
    Duration flush_every = std::chrono::milliseconds{200};  // how old an entry may be that a crash takes
    Duration retry_after = std::chrono::seconds{10};   // between tries while the disk refuses
};

/// How the journal is doing. `losing` begins with the first entry lost and ends when a new segment was
/// begun; report both ends.
struct JournalStatus {
    bool losing = false;
    std::string why;                 // of the last loss
    std::uint64_t lost = 0;          // entries, since the start
    std::uint64_t bytes = 0;         // written, since the start
    std::uint64_t segments = 0;      // begun, since the start
};

/// Writes the event log: entries are made on the caller's thread and written on one of its own. Never
/// blocks the caller, and never fails it: what cannot be kept is counted, a gap is written, and the log
/// goes on with a new segment that opens with configuration and snapshot.
///
///     const Decision* decision = reducer.reduce(event);
///     journal->record(event, decision, reducer);
class JournalWriter {
public:
    /// Takes the folder for itself (conflict when another process writes there) and cuts the torn tails
    /// that a crash left.
    [[nodiscard]] static Result<std::unique_ptr<JournalWriter>> open(JournalSettings settings);
    /// Writes and syncs everything accepted.
    ~JournalWriter();
    JournalWriter(const JournalWriter&) = delete;
    JournalWriter& operator=(const JournalWriter&) = delete;

    /// `event` was just reduced by `reducer`, and gave `decision` (of a Tick). The first call opens the
    /// first segment, so a checkpoint must be restored before it; from then on every event counts.
    void record(const Event& event, const Decision* decision, Reducer& reducer);

    [[nodiscard]] JournalStatus status() const;

private:
    /// What waits for the disk.
    struct Batch {
        struct Start {
            std::size_t at;  // in events
            Time opened;
        };
        std::string events;
        std::string decisions;
        std::vector<Start> starts;
        Time last{};
        Gap entries;  // how many it has, from when to when: a gap, if they cannot be written
        Gap gap;      // that it tells of
        std::size_t opening_bytes = 0;
        [[nodiscard]] std::size_t bytes() const { return events.size() + decisions.size(); }
        /// Openings have room of their own: a segment that was begun can go on.
        [[nodiscard]] std::size_t queued() const { return bytes() - opening_bytes; }
        void clear();
    };
    JournalWriter(JournalSettings settings, Descriptor lock, SegmentFiles events, SegmentFiles decisions);

    void record_decision(const Decision& decision, const Reducer& reducer);
    void start_segment(Time now, Reducer& reducer);
    /// False when it was lost.
    bool post(std::string Batch::* stream, std::string_view frame, Time time);
    [[nodiscard]] bool wants_segment(Time now) const;
    void run();
    [[nodiscard]] Result<> write(const Batch& batch);

    const JournalSettings settings_;
    Descriptor lock_;  // of the folder

    // The caller's thread.
    EntryEncoder events_encoder_;
    EntryEncoder decisions_encoder_;
    std::string opening_;
    DecisionNews news_{std::chrono::minutes{1}};
    std::uint64_t segment_size_ = 0;
    std::uint64_t opening_size_ = 0;
    Time segment_opened_{};
    bool begun_ = false;

    // Both.
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Batch pending_;
    Gap lost_;                 // since the last gap was written
    bool segment_open_ = false;
    bool refusing_ = false;    // the disk failed a moment ago
    bool stop_ = false;
    JournalStatus status_;

    // The writer's thread.
    Batch writing_;
    SegmentFiles events_;
    SegmentFiles decisions_;
    std::thread thread_;       // last: it uses everything above
};

}  // namespace setpoint
