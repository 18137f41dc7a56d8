// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <limits>

#include "agent/journal/reader.hpp"
#include "tests/agent/journal_run.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

/// The bytes of a short journal's segment, and where each of its entries begins.
struct Recorded {
    std::string bytes;
    std::vector<std::uint64_t> begins;
};

Recorded recorded(int events) {
    const TemporaryFolder folder;
    JournalSettings settings{folder.path()};
    settings.events.age = 24h * 365;
    {
        auto journal = JournalWriter::open(settings);
        RecordedRun run{7, **journal};
        run.go_on(events);
    }
    const auto path = list_segments(folder.path(), Stream::events)->back().path;
    Recorded result{read_file(path), {}};
    auto segment = SegmentReader::open(path);
    do {
        result.begins.push_back(segment->offset());
    } while (*segment->next() != nullptr);
    return result;
}

/// How many entries come after the opening, and the error that ends them.
struct Outcomes {
    std::size_t entries = 0;
    std::optional<Error> error;
    std::uint64_t torn_bytes = 0;
};

Outcomes read_all(const std::filesystem::path& path) {
    Outcomes outcomes;
    auto segment = SegmentReader::open(path);
    if (!segment) return {0, segment.error(), 0};
    while (true) {
        const auto entry = segment->next();
        if (!entry) outcomes.error = entry.error();
        if (!entry || *entry == nullptr) break;
        ++outcomes.entries;
    }
    outcomes.torn_bytes = segment->torn_bytes();
    return outcomes;
}

}  // namespace

TEST_CASE("a segment cut at any byte of its last frames has all complete entries", "[journal]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "events-0000000001.log";
    const auto whole = recorded(300);
    const std::size_t entries = whole.begins.size() - 1;
    REQUIRE(entries > 300);
    const std::size_t first = entries - 40;
    for (std::size_t cut = whole.begins[first]; cut <= whole.bytes.size(); ++cut) {
        write_file(path, whole.bytes.substr(0, cut));
        const auto complete = static_cast<std::size_t>(std::ranges::upper_bound(whole.begins, cut) - whole.begins.begin()) - 1;
        const auto read = read_all(path);
        if (read.entries != complete || read.error || read.torn_bytes != cut - whole.begins[complete]) FAIL("cut at byte " << cut);
        const auto replayed = replay_folder(folder.path());
        if (!replayed.errors.empty() || replayed.sum.otherwise + replayed.sum.trace != 0) FAIL("replay of a cut at byte " << cut);

        REQUIRE(cut_torn_tail(path));
        if (std::filesystem::file_size(path) != whole.begins[complete]) FAIL("tail of a cut at byte " << cut);
    }
}

TEST_CASE("a flipped byte anywhere in a segment is found", "[journal]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "events-0000000001.log";
    const auto whole = recorded(60);
    for (std::size_t at = 0; at < whole.bytes.size(); ++at) {
        auto bytes = whole.bytes;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
        write_file(path, bytes);
        const auto before = static_cast<std::size_t>(std::ranges::upper_bound(whole.begins, at) - whole.begins.begin());
        const auto read = read_all(path);
        // In the preamble and the opening nothing can be read at all.
        const std::size_t readable = before == 0 ? 0 : before - 1;
        if (!read.error || read.entries != readable) FAIL("flipped byte " << at);
    }
}

TEST_CASE("damage is told with file and place", "[journal]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "events-0000000001.log";
    auto whole = recorded(60);
    whole.bytes[whole.begins[20] + 12] ^= 1;
    write_file(path, whole.bytes);
    const auto read = read_all(path);
    REQUIRE(read.error);
    CHECK(read.error->code == Errc::bad_reply);
    CHECK(read.error->message.find(path.string()) != std::string::npos);
    CHECK(read.error->message.find("byte " + std::to_string(whole.begins[20])) != std::string::npos);
}

TEST_CASE("what is not a journal is refused", "[journal]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "file";
    const auto whole = recorded(10);
    const auto code_of = [&](std::string_view bytes) {
        write_file(path, bytes);
        const auto opened = SegmentReader::open(path);
        REQUIRE(!opened);
        return opened.error().code;
    };
    CHECK(code_of("") == Errc::no_data);
    CHECK(code_of("time,cpu\n") == Errc::bad_reply);
    CHECK(code_of(std::string(4096, '\0')) == Errc::bad_reply);
    CHECK(code_of(whole.bytes.substr(0, 5)) == Errc::no_data);
    CHECK(code_of(whole.bytes.substr(0, 30)) == Errc::no_data);
    auto newer = whole.bytes;
    newer[8] = 2;
    CHECK(code_of(newer) == Errc::refused);
    CHECK(SegmentReader::open(folder.path() / "absent").error().code == Errc::io);
    CHECK(SegmentReader::open(folder.path()).error().code == Errc::io);
}

TEST_CASE("a segment can be read while it is being written", "[journal]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "events-0000000001.log";
    const auto whole = recorded(100);
    // One byte after the other: every state that a reader can meet.
    std::size_t size = whole.begins[0];
    write_file(path, whole.bytes.substr(0, size));
    auto segment = SegmentReader::open(path);
    REQUIRE(segment);
    std::size_t entries = 0;
    std::ofstream out{path, std::ios::binary | std::ios::app};
    for (; size < whole.bytes.size(); ++size) {
        out.put(whole.bytes[size]);
        out.flush();
        const auto entry = segment->next();
        REQUIRE(entry);
        if (*entry != nullptr) ++entries;
        if (entries != static_cast<std::size_t>(std::ranges::upper_bound(whole.begins, size + 1) - whole.begins.begin()) - 1) {
            FAIL("at byte " << size);
        }
    }
    CHECK(entries == whole.begins.size() - 1);
}

TEST_CASE("entries come back as they were written", "[journal]") {
    EntryEncoder encoder;
    EntryDecoder decoder;
    const Time start{1'790'000'000s};
    (void)decoder.decode(encoder.opening({Stream::events, start, "0.1.0", "x86_64"}));

    Sample sample{TargetId{70'000}, SignalId{300}, SampleKind::pods, -0.0, start - 15s, 30s, {}};
    sample.pods = {{PodId{0xFFFF'FFFF'FFFF'FFFF}, std::numeric_limits<double>::denorm_min(), start - 16s, 0s},
                   {PodId{1}, 2.5, start + 1s, 60s}};
    const auto* entry = *decoder.decode(encoder.event({start + 1s, sample}));
    const auto& event = std::get<Happening>(*entry).event;
    CHECK(event.time == start + 1s);
    const auto& read = std::get<Sample>(event.body);
    CHECK(read.target == sample.target);
    CHECK(read.signal == sample.signal);
    CHECK(read.kind == SampleKind::pods);
    CHECK(std::signbit(read.value));
    CHECK(read.measured == sample.measured);
    CHECK(read.window == 30s);
    REQUIRE(read.pods.size() == 2);
    CHECK(read.pods[0].pod == sample.pods[0].pod);
    CHECK(read.pods[0].value == std::numeric_limits<double>::denorm_min());
    CHECK(read.pods[0].measured == start - 16s);
    CHECK(read.pods[0].window == 0s);
    CHECK(read.pods[1].measured == start + 1s);
    CHECK(read.pods[1].window == 60s);

    // Civil time stepped back an hour under agent time.
    const Tick tick{TargetId{3}, WallTime{(start - 1h).time_since_epoch()}};
    const Outcome outcome{0x0123456789ABCDEF, 17, Code::rate_up, Health::degraded, true};
    entry = *decoder.decode(encoder.tick(start + 2s, tick, outcome));
    CHECK(std::get<Tick>(std::get<Happening>(*entry).event.body).wall == tick.wall);
    CHECK(std::get<Happening>(*entry).outcome == outcome);

    entry = *decoder.decode(encoder.gap({12, start, start + 3s}));
    CHECK(std::get<Gap>(*entry).entries == 12);
    CHECK(std::get<Gap>(*entry).to == start + 3s);
}

TEST_CASE("the checksum is CRC-32C", "[journal]") {
    CHECK(crc32c("123456789") == 0xE3069283);                    // the check value of the CRC catalogue
    CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);          // RFC 3720, B.4
    CHECK(crc32c("1234", "56789") == 0xE3069283);
}
