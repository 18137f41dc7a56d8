// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/writer.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace setpoint {
namespace {

/// A segment has at least so many times the bytes of its own opening: snapshots are not the bulk of a journal.
constexpr std::uint64_t kOpeningsPerSegment = 4;
/// Whole segments are removed, so a stream is cut into at least so many by age.
constexpr int kSegmentsPerAge = 6;

void add(Gap& gap, const Gap& more) {
    if (more.entries == 0) return;
    gap.from = gap.entries == 0 ? more.from : std::min(gap.from, more.from);
    gap.to = gap.entries == 0 ? more.to : std::max(gap.to, more.to);
    gap.entries += more.entries;
}

Result<Descriptor> take_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(Errc::io, fmt::format("{}: cannot make the folder: {}", folder.string(), error.message()));
    auto lock = Descriptor::open(folder, O_RDONLY | O_DIRECTORY);
    if (!lock || ::flock(lock->get(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return io_failure("lock", folder);
    return fail(Errc::conflict, folder.string() + ": another process writes this journal");
}

}  // namespace

Result<std::unique_ptr<JournalWriter>> JournalWriter::open(JournalSettings settings) {
    auto lock = take_folder(settings.folder);
    if (!lock) return tl::unexpected(lock.error());
    auto events = SegmentFiles::open(settings.folder, Stream::events, settings.events);
    if (!events) return tl::unexpected(events.error());
    auto decisions = SegmentFiles::open(settings.folder, Stream::decisions, settings.decisions);
    if (!decisions) return tl::unexpected(decisions.error());
    return std::unique_ptr<JournalWriter>{
        new JournalWriter{std::move(settings), std::move(*lock), std::move(*events), std::move(*decisions)}};
}

JournalWriter::JournalWriter(JournalSettings settings, Descriptor lock, SegmentFiles events, SegmentFiles decisions)
    : settings_(std::move(settings)), lock_(std::move(lock)), events_(std::move(events)), decisions_(std::move(decisions)) {
    thread_ = std::thread{[this] { run(); }};
}

JournalWriter::~JournalWriter() {
    {
        const std::lock_guard guard{mutex_};
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void JournalWriter::Batch::clear() {
    events.clear();  // keeps the room
    decisions.clear();
    starts.clear();
    entries = {};
    gap = {};
    opening_bytes = 0;
}

void JournalWriter::record(const Event& event, const Decision* decision, Reducer& reducer) {
    if (begun_) {
        const auto* tick = std::get_if<Tick>(&event.body);
        const std::string_view frame = tick != nullptr && decision != nullptr
                                           ? events_encoder_.tick(event.time, *tick, outcome_of(*decision))
                                           : events_encoder_.event(event);
        if (post(&Batch::events, frame, event.time)) segment_size_ += frame.size();
    }
    if (std::holds_alternative<ConfigSet>(event.body)) news_.forget_all();
    if (decision != nullptr) record_decision(*decision, reducer);
    if (wants_segment(event.time)) start_segment(event.time, reducer);
}

void JournalWriter::record_decision(const Decision& decision, const Reducer& reducer) {
    if (!news_.is_news(decision)) return;
    const auto frame = decisions_encoder_.decision(decision, reducer.spec(decision.target));
    if (!post(&Batch::decisions, frame, decision.time)) news_.forget(decision.target);
}

bool JournalWriter::post(std::string Batch::* stream, std::string_view frame, Time time) {
    const std::lock_guard guard{mutex_};
    const Gap entry{1, time, time};
    if (!segment_open_ || pending_.queued() + frame.size() > settings_.queue_bytes) {
        if (segment_open_) status_.why = fmt::format("the disk is too slow: {} bytes wait for it", pending_.queued());
        if (begun_) {
            segment_open_ = false;
            status_.losing = true;
            ++status_.lost;
            add(lost_, entry);
        }
        return false;
    }
    const std::size_t before = pending_.bytes();
    (pending_.*stream).append(frame);
    add(pending_.entries, entry);
    pending_.last = time;
    const std::size_t enough = settings_.queue_bytes / 4;
    if (before < enough && pending_.bytes() >= enough) wake_.notify_one();
    return true;
}

bool JournalWriter::wants_segment(Time now) const {
    const std::lock_guard guard{mutex_};
    if (refusing_ || pending_.queued() > settings_.queue_bytes / 2) return false;
    if (!segment_open_) return true;
    return segment_size_ >= std::max(settings_.segment_bytes, kOpeningsPerSegment * opening_size_) ||
           now - segment_opened_ >= settings_.events.age / kSegmentsPerAge;
}

void JournalWriter::start_segment(Time now, Reducer& reducer) {
    ConfigSet set;
    for (std::size_t i = 0; i < reducer.targets(); ++i) {
        set.specs.push_back(reducer.spec(TargetId{static_cast<std::uint32_t>(i)}));
    }
    set.guards = reducer.guard_settings();
    events_encoder_.restart(now);
    opening_ = events_encoder_.event({now, std::move(set)});
    opening_ += events_encoder_.snapshot(now, reducer);
    const std::lock_guard guard{mutex_};
    if (lost_.entries > 0) {
        opening_ += events_encoder_.gap(lost_);
        pending_.decisions += decisions_encoder_.gap(lost_);
        add(pending_.gap, lost_);
        lost_ = {};
    }
    pending_.starts.push_back({pending_.events.size(), now});
    pending_.events += opening_;
    pending_.opening_bytes += opening_.size();
    pending_.last = now;
    opening_size_ = opening_.size();
    segment_size_ = opening_.size();
    segment_opened_ = now;
    segment_open_ = true;
    begun_ = true;
    wake_.notify_one();
}

JournalStatus JournalWriter::status() const {
    const std::lock_guard guard{mutex_};
    return status_;
}

void JournalWriter::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait_for(lock, settings_.flush_every, [this] {
            return stop_ || !pending_.starts.empty() || pending_.bytes() >= settings_.queue_bytes / 4;
        });
        const bool last = stop_;
        std::swap(pending_, writing_);
        lock.unlock();
        const auto written = write(writing_);
        lock.lock();
        if (written) {
            status_.bytes += writing_.bytes();
            status_.segments += writing_.starts.size();
            if (!writing_.starts.empty() && segment_open_) status_.losing = false;
        } else {
            for (auto* batch : {&writing_, &pending_}) {
                status_.lost += batch->entries.entries;
                add(lost_, batch->entries);
                add(lost_, batch->gap);
            }
            pending_.clear();
            segment_open_ = false;
            status_.losing = true;
            status_.why = written.error().message;
            refusing_ = true;
            wake_.wait_for(lock, settings_.retry_after, [this] { return stop_; });
            refusing_ = false;
        }
        writing_.clear();
        if (last) break;
    }
    lock.unlock();
    (void)events_.close();
    (void)decisions_.close();
}

Result<> JournalWriter::write(const Batch& batch) {
    const std::string_view events = batch.events;
    std::size_t at = 0;
    for (const auto& start : batch.starts) {
        if (auto written = events_.append(events.substr(at, start.at - at)); !written) return written;
        if (auto started = events_.start(start.opened); !started) return started;
        at = start.at;
    }
    if (auto written = events_.append(events.substr(at)); !written) return written;
    if (batch.decisions.empty()) return {};
    if (!decisions_.is_open() || decisions_.size() >= settings_.segment_bytes ||
        batch.last - decisions_.opened() >= settings_.decisions.age / kSegmentsPerAge) {
        if (auto started = decisions_.start(batch.last); !started) return started;
    }
    return decisions_.append(batch.decisions);
}

}  // namespace setpoint
