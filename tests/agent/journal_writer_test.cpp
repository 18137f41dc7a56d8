// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/agent/journal_run.hpp"
#include "tests/support/full_disk.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

JournalSettings settings_for(const TemporaryFolder& folder) {
    JournalSettings settings{folder.path()};
    settings.events.age = 24h * 365;
    settings.decisions.age = 24h * 365;
    settings.flush_every = 1ms;
    settings.retry_after = 1ms;
    return settings;
}

std::uint64_t bytes_of(const std::filesystem::path& folder, Stream stream) {
    std::uint64_t bytes = 0;
    const auto segments = list_segments(folder, stream);
    for (const auto& segment : *segments) bytes += std::filesystem::file_size(segment.path);
    return bytes;
}

}  // namespace

TEST_CASE("a writer that ends has written all that it accepted", "[journal]") {
    const TemporaryFolder folder;
    auto settings = settings_for(folder);
    settings.flush_every = 1h;
    {
        auto journal = JournalWriter::open(settings);
        REQUIRE(journal);
        RecordedRun{1, **journal}.go_on(1'000);
    }
    const auto replayed = replay_folder(folder.path());
    CHECK(replayed.errors.empty());
    CHECK(replayed.sum.events == 999);
    CHECK(replayed.sum.torn_bytes == 0);
}

TEST_CASE("old segments go when there are too many bytes of them", "[journal]") {
    const TemporaryFolder folder;
    auto settings = settings_for(folder);
    settings.segment_bytes = 100'000;
    settings.events.bytes = 300'000;
    settings.decisions.bytes = 250'000;
    {
        auto journal = JournalWriter::open(settings);
        RecordedRun{2, **journal}.go_on(40'000);
        CHECK((*journal)->status().lost == 0);
    }
    // What may be kept, and the segment being written, which begins with configuration and snapshot.
    CHECK(bytes_of(folder.path(), Stream::events) < 300'000 + 400'000);
    CHECK(bytes_of(folder.path(), Stream::events) > 200'000);
    CHECK(list_segments(folder.path(), Stream::decisions)->front().number > 1);
    CHECK(list_segments(folder.path(), Stream::events)->front().number > 1);
    const auto replayed = replay_folder(folder.path());
    CHECK(replayed.errors.empty());
    CHECK(replayed.sum.otherwise + replayed.sum.trace == 0);
}

TEST_CASE("inputs are kept for hours and decisions for days", "[journal]") {
    const TemporaryFolder folder;
    auto settings = settings_for(folder);
    settings.events.age = 2h;
    settings.decisions.age = 24h * 30;
    Time last;
    {
        auto journal = JournalWriter::open(settings);
        RecordedRun{3, **journal}.go_on(20'000);  // about half a day
    }
    const auto replayed = replay_folder(folder.path());
    CHECK(replayed.errors.empty());
    const auto events = list_segments(folder.path(), Stream::events);
    const auto decisions = list_segments(folder.path(), Stream::decisions);
    REQUIRE(events->size() >= 2);
    const auto kept = replayed.sum.last - SegmentReader::open(events->front().path)->opening().opened;
    CHECK(kept >= 2h);
    CHECK(kept <= 3h);
    CHECK(replayed.sum.last - SegmentReader::open(decisions->front().path)->opening().opened >= 6h);
}

TEST_CASE("a queue that overflows makes a gap and a new segment", "[journal]") {
    const TemporaryFolder folder;
    auto settings = settings_for(folder);
    settings.queue_bytes = 4'000;
    settings.flush_every = 1h;  // the thread wakes only when the queue is a quarter full
    JournalStatus status;
    std::uint64_t ticks = 0;
    {
        auto journal = JournalWriter::open(settings);
        RecordedRun run{4, **journal};
        run.go_on(50'000);
        ticks = run.ticks();
        status = (*journal)->status();
    }
    CHECK(status.lost > 0);
    CHECK(status.segments > 1);
    CHECK(status.why.find("too slow") != std::string::npos);
    const auto replayed = replay_folder(folder.path());
    CHECK(replayed.errors.empty());
    CHECK(replayed.lost > 0);
    CHECK(replayed.lost <= status.lost);
    CHECK(replayed.sum.ticks > 0);
    CHECK(replayed.sum.ticks < ticks);
    CHECK(replayed.sum.otherwise + replayed.sum.trace == 0);
}

TEST_CASE("deciding goes on while the disk is full, and the journal when it is not any more", "[journal]") {
    const TemporaryFolder folder;
    auto settings = settings_for(folder);
    settings.retry_after = 50ms;  // time enough for this thread to see it
    {
        auto journal = JournalWriter::open(settings);
        RecordedRun run{5, **journal};
        while ((*journal)->status().bytes == 0) run.go_on(10);
        {
            const FullDisk full{60'000};
            while (!(*journal)->status().losing) run.go_on(100);
            run.go_on(2'000);
            CHECK((*journal)->status().lost > 0);
            CHECK((*journal)->status().why.find(folder.path().string()) != std::string::npos);
        }
        while ((*journal)->status().losing) run.go_on(10);
        run.go_on(1'000);
        CHECK(!(*journal)->status().losing);
    }
    const auto replayed = replay_folder(folder.path());
    CHECK(replayed.errors.empty());
    CHECK(replayed.segments >= 2);
    CHECK(replayed.lost > 0);
    CHECK(replayed.sum.otherwise + replayed.sum.trace == 0);
}

TEST_CASE("a writer cuts the torn tail that a crash left", "[journal]") {
    const TemporaryFolder folder;
    const auto settings = settings_for(folder);
    { RecordedRun{6, **JournalWriter::open(settings)}.go_on(500); }
    const auto path = list_segments(folder.path(), Stream::events)->back().path;
    const auto whole = read_file(path);
    write_file(path, whole + whole.substr(whole.size() - 9));
    write_file(folder.path() / "events-0000000002.log", kJournalMagic.substr(0, 4));
    { RecordedRun{6, **JournalWriter::open(settings)}.go_on(500); }

    const auto segments = list_segments(folder.path(), Stream::events);
    REQUIRE(segments->size() == 2);
    CHECK(segments->back().number == 3);
    CHECK(read_file(segments->front().path) == whole);
    CHECK(replay_folder(folder.path()).errors.empty());
}

TEST_CASE("two writers of one folder are refused", "[journal]") {
    const TemporaryFolder folder;
    const auto first = JournalWriter::open(settings_for(folder));
    REQUIRE(first);
    const auto second = JournalWriter::open(settings_for(folder));
    REQUIRE(!second);
    CHECK(second.error().code == Errc::conflict);
}

TEST_CASE("every change of size is among the decisions, with its names", "[journal]") {
    const TemporaryFolder folder;
    { RecordedRun{7, **JournalWriter::open(settings_for(folder))}.go_on(3'000); }
    std::vector<std::string> replayed;
    JournalReplay replay{[&](const ReplayStep& step) {
                             if (step.decision == nullptr || !step.decision->apply) return;
                             const auto& spec = step.reducer.spec(step.decision->target);
                             replayed.push_back(spec.name + std::to_string(step.decision->replicas));
                         },
                         [](const Gap&) {}};
    auto events = SegmentReader::open(list_segments(folder.path(), Stream::events)->front().path);
    REQUIRE(replay.replay(*events));

    std::vector<std::string> recorded;
    auto decisions = SegmentReader::open(list_segments(folder.path(), Stream::decisions)->front().path);
    while (const Entry* entry = *decisions->next()) {
        const auto* record = std::get_if<DecisionRecord>(entry);
        if (record != nullptr && record->decision.apply) {
            recorded.push_back(record->policy + std::to_string(record->decision.replicas));
            CHECK(record->decision.seen.size() == record->signals.size());
            CHECK(record->decision.proposals.size() == record->policies.size());
        }
    }
    CHECK(recorded.size() > 100);
    CHECK(recorded == replayed);
}
