// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "agent/replay/read_recording.hpp"
#include "core/units.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using namespace std::string_literals;
using Catch::Matchers::Contains;

namespace {

/// A file that lives as long as the test.
struct File {
    explicit File(const std::string& text) { std::ofstream{path, std::ios::binary} << text; }
    TemporaryFolder folder;  // tests run side by side
    std::filesystem::path path = folder.path() / "recording";
};

ReadOptions wanting(std::vector<std::string> names) {
    ReadOptions options;
    for (const auto& name : names) options.wanted.push_back({name, name});
    return options;
}

Result<ReadRecording> read(const std::string& text, const ReadOptions& options = wanting({"cpu"})) {
    return read_recording(File{text}.path.string(), options);
}

std::string error_of(const std::string& text, const ReadOptions& options = wanting({"cpu"})) {
    const auto read_back = read(text, options);
    return read_back ? "no error" : read_back.error().message;
}

/// `0=0.5 15000=-`: times in milliseconds and the cells, `-` for none, `.` for unsaid.
std::string rows_of(const Recording& recording) {
    std::ostringstream text;
    auto reader = recording.read();
    for (auto block = reader.next(); block && *block != nullptr; block = reader.next()) {
        for (std::size_t i = 0; i < (*block)->rows(); ++i) {
            text << (text.tellp() > 0 ? " " : "") << (*block)->times[i] << '=';
            for (std::size_t c = 0; c < (*block)->columns.size(); ++c) {
                const double cell = (*block)->columns[c][i];
                text << (c > 0 ? "," : "") << (is_unsaid(cell) ? "." : std::isnan(cell) ? "-" : format_number(cell));
            }
        }
    }
    return text.str();
}

std::string rows_in(const std::string& text, const ReadOptions& options = wanting({"cpu"})) {
    const auto read_back = read(text, options);
    return read_back ? rows_of(read_back->recording) : read_back.error().message;
}

/// `,c1,c2` to `,cN`.
std::string many_columns(int last) {
    std::string text;
    for (int i = 1; i <= last; ++i) text += ",c" + std::to_string(i);
    return text;
}

}  // namespace

TEST_CASE("a CSV is read by the names of its columns", "[recording]") {
    CHECK(rows_in("time,other,cpu\n0,7,0.5\n15,8,0.6\n") == "0=0.5 15000=0.6");
    CHECK(rows_in("cpu;Timestamp\n0.5;0\n0,25;15\n") == "0=0.5 15000=0.25");
    CHECK(rows_in("ts\tcpu\n0\t0.5\n") == "0=0.5");
    CHECK(rows_in("ts|cpu\n0|0.5\n") == "0=0.5");
    CHECK(rows_in("\"time\",\"cpu\"\n\"0\",\"0.5\"\n") == "0=0.5");
    CHECK(rows_in("time,\"a \"\"b\"\", c\",cpu\n0,\"x,\ny\",0.5\n15,,0.6\n") == "0=0.5 15000=0.6");
    CHECK(rows_in("Time , CPU\n0 , 0.5\n") == "0=0.5");
}

TEST_CASE("a column may be mapped to a signal, the time named, and one column serve two signals", "[recording]") {
    auto options = wanting({});
    options.wanted = {{"rps", "demand"}, {"rate", "demand"}};
    options.time_column = "when";
    CHECK(rows_in("when,demand\n0,7\n", options) == "0=7,7");
}

TEST_CASE("a byte-order mark, CRLF, blank lines and a missing last line end change nothing", "[recording]") {
    CHECK(rows_in("\xEF\xBB\xBFtime,cpu\r\n0,0.5\r\n\r\n15,0.6") == "0=0.5 15000=0.6");
    CHECK(rows_in("\xEF\xBB\xBF{\"time\":0,\"cpu\":0.5}\r\n") == "0=0.5");
}

TEST_CASE("times are RFC 3339, or seconds or milliseconds by their size", "[recording]") {
    CHECK(rows_in("time,cpu\n2023-11-14T22:13:20Z,1\n") == "1700000000000=1");
    CHECK(rows_in("time,cpu\n2023-11-14T23:13:20.25+01:00,1\n") == "1700000000250=1");
    CHECK(rows_in("time,cpu\n1700000000,1\n") == "1700000000000=1");
    CHECK(rows_in("time,cpu\n1700000000.5,1\n") == "1700000000500=1");
    CHECK(rows_in("time,cpu\n1700000000000,1\n") == "1700000000000=1");
    CHECK(rows_in("time,cpu\n1700000000000000,1\n") == "1700000000000=1");
    const auto zoneless = read("time,cpu\n2023-11-14 22:13:20,1\n");
    REQUIRE(zoneless);
    CHECK(rows_of(zoneless->recording) == "1700000000000=1");
    CHECK(zoneless->recording.problems().count(Oddity::no_zone) == 1);
}

TEST_CASE("the unit of the first time holds for all", "[recording]") {
    const auto mixed = read("time,cpu\n1700000000000,1\n1700000015,2\n1700000030000,3\n");
    REQUIRE(mixed);
    CHECK(rows_of(mixed->recording) == "1700000000000=1 1700000030000=3");
    CHECK(mixed->recording.problems().count(Oddity::bad_time) == 1);
    CHECK(mixed->recording.problems().list().front().first_line == 3);
}

TEST_CASE("a blank cell is missing, never zero", "[recording]") {
    const auto with_holes = read("time,cpu\n0,0.5\n15,\n30,NaN\n45,null\n60,0\n");
    REQUIRE(with_holes);
    CHECK(rows_of(with_holes->recording) == "0=0.5 15000=- 30000=- 45000=- 60000=0");
    CHECK(with_holes->recording.problems().count(Oddity::blank) == 3);
    CHECK(with_holes->recording.columns().front().values == 2);
}

TEST_CASE("a cell that is no finite number is missing, and counted with its line", "[recording]") {
    const auto bad = read("time,cpu\n0,0.5\n15,abc\n30,inf\n45,1e999\n60,0.5x\n75,63 %\n");
    REQUIRE(bad);
    CHECK(rows_of(bad->recording) == "0=0.5 15000=- 30000=- 45000=- 60000=- 75000=0.63");
    REQUIRE(bad->recording.problems().list().size() == 2);
    CHECK(bad->recording.problems().count(Oddity::bad_value) == 4);
    CHECK(bad->recording.problems().count(Oddity::percent_sign) == 1);
    CHECK(bad->recording.problems().list().front().first_line == 3);
}

TEST_CASE("a number may have its thousands grouped where commas are no decimal points", "[recording]") {
    CHECK(rows_in("time,cpu\n0,\"10,000.5\"\n15,\"-1,234,567\"\n30,\"1,000%\"\n45,0.5\n") == "0=10000.5 15000=-1234567 30000=10 45000=0.5");
    CHECK(rows_in("time,cpu\n0,\"12,34\"\n15,\"1,2345\"\n30,\",123\"\n45,\"1234,567\"\n60,\"0,123\"\n75,1\n") == "0=- 15000=- 30000=- 45000=- 60000=- 75000=1");
    CHECK(read("time,cpu\n0,\"1,234\"\n15,\"2,345\"\n30,1\n")->recording.problems().count(Oddity::grouped_number) == 2);
    CHECK(rows_in("time;cpu\n0;12,34\n15;1,234\n") == "0=12.34 15000=1.234");
}

TEST_CASE("comments are no rows, in front of the header and behind it", "[recording]") {
    const auto commented = read("# made by a; b; c\n\n#time,x\ntime,cpu\n0,0.5\n# deployed\n15,0.6\n");
    REQUIRE(commented);
    CHECK(rows_of(commented->recording) == "0=0.5 15000=0.6");
    CHECK(commented->recording.problems().list().empty());
    CHECK_THAT(error_of("# nothing else\n"), Contains("comments and no header"));
}

TEST_CASE("a column without one number is an error that shows its first cell", "[recording]") {
    CHECK(error_of("time,cpu\n0,\n15,0.7 cores\n").ends_with(": line 3: '0.7 cores' of column 'cpu' is no number, and no other row has one"));
    CHECK(rows_in("time,cpu\n0,\n15,\n") == "0=- 15000=-");  // blank is missing
    auto options = wanting({"cpu", "replicas"});
    options.wanted.back().required = false;
    CHECK(rows_in("time,cpu,replicas\n0,1,two\n", options) == "0=1,-");
}

TEST_CASE("rows that are all longer than the header are an error: some comma is no separator", "[recording]") {
    CHECK_THAT(error_of("time,cpu\n0,10,000.5\n15,10,001.5\n"), Contains("every row has more cells than the header, which has 2"));
    CHECK(rows_in("time,cpu\n0,1,\n15,2,\n") == "0=1 15000=2");  // a separator at the end
}

TEST_CASE("what cannot be a number of replicas is missing, and said", "[recording]") {
    ReadOptions options = wanting({"cpu", "replicas"});
    options.wanted.back().size = true;
    const auto csv = read("time,cpu,replicas\n0,0.5,-3\n15,0.5,1e12\n30,0.5,2.5\n45,0.5,0\n", options);
    REQUIRE(csv);
    CHECK(rows_of(csv->recording) == "0=0.5,- 15000=0.5,- 30000=0.5,2.5 45000=0.5,0");
    CHECK(csv->recording.problems().count(Oddity::bad_size) == 2);
    CHECK(csv->recording.problems().count(Oddity::broken_size) == 1);  // 2.5
    const auto lines = read("{\"time\":0,\"target\":{\"replicas\":-3}}\n{\"time\":15,\"cpu\":1,\"replicas\":7}\n", options);
    REQUIRE(lines);
    CHECK(lines->recording.problems().count(Oddity::bad_size) == 1);
    CHECK(lines->recording.problems().count(Oddity::broken_size) == 0);
    CHECK(read("{\"time\":0,\"cpu\":1,\"replicas\":3.5}\n", options)->recording.problems().count(Oddity::broken_size) == 1);
}

TEST_CASE("a percent sign is taken for what it says, and said", "[recording]") {
    const auto mixed = read("time,cpu\n0,50%\n15,0.6\n30,70 %\n");
    REQUIRE(mixed);
    CHECK(rows_of(mixed->recording) == "0=0.5 15000=0.6 30000=0.7");
    const auto& problems = mixed->recording.problems();
    REQUIRE(problems.list().size() == 1);
    CHECK(sentence(problems.list().front()) == "2 numbers have a percent sign: taken as a share, 70% as 0.7");
    CHECK(problems.list().front().first_line == 2);
}

TEST_CASE("the time is no signal", "[recording]") {
    ReadOptions options = wanting({"r"});
    options.wanted.front().column = "timestamp";
    CHECK_THAT(error_of("timestamp,cpu\n0,0.5\n", options), Contains("the column 'timestamp' is the time, and cannot be r too"));
    CHECK_THAT(error_of("{\"timestamp\":0,\"cpu\":0.5}\n", options), Contains("no column 'timestamp'"));
}

TEST_CASE("ragged rows keep the cells that they have", "[recording]") {
    const auto ragged = read("time,cpu,rps\n0,0.5,7\n15,0.6\n30,0.7,8,9\n", wanting({"cpu", "rps"}));
    REQUIRE(ragged);
    CHECK(rows_of(ragged->recording) == "0=0.5,7 15000=0.6,- 30000=0.7,8");
    CHECK(ragged->recording.problems().count(Oddity::short_row) == 1);
    CHECK(ragged->recording.problems().count(Oddity::long_row) == 1);
}

TEST_CASE("a last line that is cut off is left out", "[recording]") {
    const auto text = GENERATE("time,cpu,rps\n0,0.5,7\n15,0."s, "time,cpu,rps\n0,0.5,7\n15,\"0."s,
                               "{\"time\":0,\"cpu\":0.5}\n{\"time\":15,\"cp"s,
                               "{\"time\":0,\"cpu\":0.5}\n{\"time\":15,\"signals\":{\"cpu\":0.6}"s);
    const auto cut = read(text);
    REQUIRE(cut);
    CHECK(rows_of(cut->recording) == "0=0.5");
    CHECK(cut->recording.problems().count(Oddity::cut_last_line) == 1);
}

TEST_CASE("backward times are sorted, and of equal times the later row counts", "[recording]") {
    const auto shuffled = read("time,cpu\n30,3\n0,0\n15,1\n30,4\n15,\n");
    REQUIRE(shuffled);
    CHECK(rows_of(shuffled->recording) == "0=0 15000=1 30000=4");
    CHECK(shuffled->recording.problems().count(Oddity::backward_time) == 2);
    CHECK(shuffled->recording.problems().count(Oddity::duplicate_time) == 1);
}

TEST_CASE("rows that are merged from many chunks are in order, whatever the order of the input", "[recording]") {
    // 0, 7, 14, ... modulo 6007 (a prime): every time once, far out of order, in chunks of four rows.
    std::string text = "time,cpu\n";
    for (int i = 0; i < 6007; ++i) text += std::to_string(i * 7 % 6007 * 15) + "," + std::to_string(i) + "\n";
    text += "45,-1\n";  // replaces i * 7 = 3 modulo 6007
    auto options = wanting({"cpu"});
    options.chunk_bytes = 4 * 3 * sizeof(double);
    const auto merged = read(text, options);
    REQUIRE(merged);
    const auto& recording = merged->recording;
    CHECK(recording.rows() == 6007);
    CHECK(recording.problems().count(Oddity::duplicate_time) == 1);
    std::int64_t expected = 0;
    auto reader = recording.read();
    for (auto block = reader.next(); block && *block != nullptr; block = reader.next()) {
        for (std::size_t i = 0; i < (*block)->rows(); ++i, ++expected) {
            const auto cell = (*block)->columns[0][i];
            const bool right = (*block)->times[i] == expected * 15000 &&
                               (expected == 3 ? cell == -1 : static_cast<int>(cell) * 7 % 6007 == expected);
            if (!right) FAIL("row " << expected << " is " << (*block)->times[i] << " = " << cell);
        }
    }
    CHECK(expected == 6007);
}

TEST_CASE("memory does not grow with the rows, in order or not", "[recording]") {
    const File file{"time,cpu\n"};
    {
        std::ofstream rows{file.path, std::ios::app};
        // 1,000,003 is a prime: every time once, far out of order.
        for (std::int64_t i = 0; i < 1'000'003; ++i) rows << i * 7919 % 1'000'003 << ",0.5\n";
    }
    const auto most_resident = [] {
        struct rusage usage {};
        ::getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;  // KiB
    };
    auto options = wanting({"cpu"});
    options.chunk_bytes = 1 << 20;
    const auto before = most_resident();
    const auto big = read_recording(file.path.string(), options);
    REQUIRE(big);
    CHECK(big->recording.rows() == 1'000'003);
    CHECK(big->recording.step() == 1s);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they keep what is freed, or a shadow of it
    CHECK(most_resident() - before < 14 * 1024);  // the rows alone are 23 MiB
#else
    (void)before;
#endif
}

TEST_CASE("the survey finds step, span, gaps and medians", "[recording]") {
    const auto read_back = read("time,cpu\n0,1\n60,2\n120,3\n180,\n1000,5\n1060,6\n");
    REQUIRE(read_back);
    const auto& recording = read_back->recording;
    CHECK(recording.step() == 1min);
    CHECK(recording.first() == at_unix(0));
    CHECK(recording.last() == at_unix(1060));
    CHECK(recording.gaps().count == 1);
    CHECK(recording.gaps().longest == 820s);
    CHECK(recording.gaps().longest_from == at_unix(180));
    CHECK(recording.gaps().first_line == 6);
    CHECK(recording.columns().front().step == 1min);
    CHECK(recording.columns().front().median == 3);
    CHECK(recording.columns().front().max == 6);
}

TEST_CASE("JSON lines hold signals at top level, nested, or with a time of their own", "[recording]") {
    const auto options = wanting({"cpu", "p95", "ready"});
    CHECK(
        rows_in(
            R"({"time": 15, "cpu": 0.5, "p95": null, "note": "x"})"
            "\n"
            R"({"time": "1970-01-01T00:00:30Z", "signals": {"cpu": 0.6, "p95": {"value": 0.2}}, "target": {"ready": 3}})"
            "\n"
            R"({"time": 45, "signals": {"p95": {"value": 0.3, "time": 40, "window": 60}}})"
            "\n",
            options) == "15000=0.5,-,. 30000=0.6,0.2,3 40000=.,0.3,. 45000=.,.,.");
    CHECK(rows_in("{\"time\":0,\"cpu\":NaN}\n{\"time\":15,\"cpu\":1}\n") == "0=- 15000=1");
}

TEST_CASE("lines that are no JSON are left out and counted", "[recording]") {
    const auto spotted = read("{\"time\":0,\"cpu\":1}\nhello\n[1]\n{\"cpu\":2}\n{\"time\":15,\"cpu\":2}\n");
    REQUIRE(spotted);
    CHECK(rows_of(spotted->recording) == "0=1 15000=2");
    CHECK(spotted->recording.problems().count(Oddity::bad_line) == 2);
    CHECK(spotted->recording.problems().count(Oddity::bad_time) == 1);
}

TEST_CASE("JSON lines may give each signal in a line of its own", "[recording]") {
    const auto joined = read("{\"time\":0,\"cpu\":1}\n{\"time\":0,\"p95\":2}\n", wanting({"cpu", "p95"}));
    REQUIRE(joined);
    CHECK(rows_of(joined->recording) == "0=1,2");
    CHECK(joined->recording.problems().list().empty());
}

TEST_CASE("a missing column is an error that lists those there are", "[recording]") {
    CHECK_THAT(error_of("time,demand\n0,1\n"),
               Contains("no column 'cpu'") && Contains("it has: demand") && Contains("--map cpu=demand"));
    CHECK_THAT(error_of("time,a,b\n0,1,2\n"), Contains("it has: a, b") && Contains("--map cpu=COLUMN"));
    CHECK_THAT(error_of("{\"time\":0,\"demand\":1}\n"), Contains("no column 'cpu'") && Contains("--map cpu=demand"));
    CHECK_THAT(error_of("time,\"p{a=\"\"b\"\"}\"\n0,1\n"), Contains("--map 'cpu=p{a=\"b\"}'"));  // as a shell takes it
    CHECK_THAT(error_of("time,it's\n0,1\n"), Contains("--map 'cpu=it'\\''s'"));
    CHECK_THAT(error_of("time,c0" + many_columns(30) + "\n0,1\n"), Contains("c19 and 11 more"));
    CHECK_THAT(error_of("a,b\n0,1\n"), Contains("no column 'time'") && Contains("it has: a, b"));
    CHECK_THAT(error_of("time,cpu,cpu\n0,1,2\n"), Contains("two columns are called 'cpu'"));
    CHECK_THAT(error_of("2023-11-14T22:13:20Z,1\n"), Contains("line 1") && Contains("no header"));
}

TEST_CASE("a file that is no recording is refused with what it seems to be", "[recording]") {
    CHECK_THAT(error_of(""), Contains("is empty"));
    CHECK_THAT(error_of("\xEF\xBB\xBF\r\n  \n"), Contains("is empty"));
    CHECK_THAT(error_of("\x1f\x8b\x08"s), Contains("gzip"));
    CHECK_THAT(error_of("PAR1xyz"), Contains("Parquet"));
    CHECK_THAT(error_of("SQLite format 3\0"s), Contains("SQLite"));
    CHECK_THAT(error_of("PK\x03\x04xx"), Contains("zip"));
    CHECK_THAT(error_of("time,cpu\n0,1\n\0\0\0"s), Contains("binary"));
    CHECK_THAT(error_of("\xff\xfet\0i\0"s), Contains("UTF-16"));
    CHECK_THAT(error_of("{\"status\":\"success\",\"data\":{}}"), Contains("Prometheus"));
    CHECK_THAT(error_of("[{\"time\":0}]"), Contains("JSON array"));
    CHECK_THAT(error_of("# HELP cpu\n# TYPE cpu gauge\n"), Contains("OpenMetrics"));
    CHECK_THAT(error_of("<html>"), Contains("HTML"));
    CHECK_THAT(error_of("apiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\n"), Contains("policy document"));
    CHECK_THAT(error_of("{\n  \"time\": 0\n}\n"), Contains("line 1") && Contains("object a line"));
    CHECK_THAT(error_of("time,cpu\n"), Contains("no rows"));
    CHECK_THAT(error_of("time,cpu\nyesterday,1\n"), Contains("line 2") && Contains("'yesterday' is no time"));
    CHECK_THAT(error_of("time,cpu\n0,1\n15,\"2\n30,3\n45,4\n"), Contains("line 3") && Contains("quote"));
    CHECK_THAT(error_of("time,cpu\n" + std::string(LineSource::kLongestLine + 9, 'x')),
               Contains("line 2") && Contains("longer than"));
    CHECK_THAT(error_of("time,cpu\r0,1\r15,2\r"), Contains("carriage return alone"));
    CHECK_THAT(error_of("just some words\nin a file\n"), Contains("no column 'time'"));
    const auto absent = read_recording("/nonexistent/recording.csv", wanting({"cpu"}));
    REQUIRE(!absent);
    CHECK_THAT(absent.error().message, Contains("/nonexistent/recording.csv"));
    const auto folder = read_recording("/", wanting({"cpu"}));
    REQUIRE(!folder);
    CHECK_THAT(folder.error().message, Contains("folder"));
}
