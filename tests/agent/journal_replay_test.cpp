// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/agent/journal_run.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

TEST_CASE("a long random run replays bit for bit from every segment", "[journal]") {
    const TemporaryFolder folder;
    JournalSettings settings{folder.path()};
    settings.segment_bytes = 400'000;
    settings.events.age = 24h * 365;
    std::uint64_t ticks = 0;
    {
        auto journal = JournalWriter::open(settings);
        REQUIRE(journal);
        RecordedRun run{20261123, **journal};
        run.go_on(60'000);
        ticks = run.ticks();
        CHECK((*journal)->status().lost == 0);
    }
    const auto replayed = replay_folder(folder.path());
    CHECK(replayed.errors.empty());
    CHECK(replayed.segments >= 5);
    CHECK(replayed.sum.ticks == ticks);
    CHECK(replayed.sum.otherwise == 0);
    CHECK(replayed.sum.trace == 0);
    CHECK(replayed.lost == 0);
    // The first event made the first segment, and is in its configuration.
    CHECK(replayed.sum.events == 59'999);
}

TEST_CASE("a recorded decision that was another one is found", "[journal]") {
    const TemporaryFolder folder;
    Reducer reducer;
    EntryEncoder encoder;
    std::string file{kJournalMagic};
    file += std::string{"\x01\0\0\0", 4};
    const Time start{1000s};
    const auto set = configuration(RandomEvents::specs());
    REQUIRE(set);
    file += encoder.opening({Stream::events, start, program_version(), architecture()});
    file += encoder.event({start, *set});
    (void)reducer.reduce({start, *set});
    file += encoder.snapshot(start, reducer);
    const auto record = [&](Time time, auto change) {
        const Tick tick{TargetId{1}, WallTime{time.time_since_epoch()}};
        auto outcome = outcome_of(*reducer.reduce({time, tick}));
        change(outcome);
        file += encoder.tick(time, tick, outcome);
    };
    record(start + 5s, [](Outcome&) {});
    record(start + 10s, [](Outcome& outcome) { outcome.digest ^= 1; });
    record(start + 15s, [](Outcome& outcome) { ++outcome.replicas; });
    record(start + 20s, [](Outcome&) {});
    write_file(folder.path() / "events-0000000001.log", file);

    std::vector<Verdict> verdicts;
    JournalReplay replay{[&](const ReplayStep& step) { verdicts.push_back(step.verdict); }, [](const Gap&) {}};
    auto segment = SegmentReader::open(folder.path() / "events-0000000001.log");
    REQUIRE(segment);
    REQUIRE(replay.replay(*segment));
    CHECK(verdicts == std::vector{Verdict::same, Verdict::trace, Verdict::otherwise, Verdict::same});
    CHECK(replay.summary().trace == 1);
    CHECK(replay.summary().otherwise == 1);
}

TEST_CASE("a segment without configuration and snapshot is not replayed", "[journal]") {
    const TemporaryFolder folder;
    EntryEncoder encoder;
    std::string file{kJournalMagic};
    file += std::string{"\x01\0\0\0", 4};
    file += encoder.opening({Stream::events, Time{1000s}, program_version(), architecture()});
    file += encoder.event({Time{1000s}, Tick{}});
    write_file(folder.path() / "events-0000000001.log", file);
    const auto replayed = replay_folder(folder.path());
    REQUIRE(replayed.errors.size() == 1);
    CHECK(replayed.errors[0].code == Errc::bad_reply);
}
