// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/format.hpp"

#include <fmt/core.h>


namespace setpoint {
namespace {

struct Known {
    std::string_view begins;
    std::string_view what;
};

using namespace std::string_view_literals;

constexpr Known kBinary[] = {
    {"\x1f\x8b"sv, "gzip data: unpack it first (gunzip)"},
    {"\x28\xb5\x2f\xfd"sv, "zstd data: unpack it first (unzstd)"},
    {"BZh"sv, "bzip2 data: unpack it first (bunzip2)"},
    {"\xfd"
     "7zXZ"sv,
     "xz data: unpack it first (unxz)"},
    {"PK\x03\x04"sv, "a zip archive or a spreadsheet: unpack it, or export it as CSV"},
    {"PAR1"sv, "a Parquet file: export it as CSV"},
    {"ARROW1"sv, "an Arrow file: export it as CSV"},
    {"ORC"sv, "an ORC file: export it as CSV"},
    {"Obj\x01"sv, "an Avro file: export it as CSV"},
    {"SQLite format 3"sv, "an SQLite database: export a table as CSV"},
    {"%PDF"sv, "a PDF"},
    {"\xff\xfe"sv, "UTF-16 text: save it as UTF-8"},
    {"\xfe\xff"sv, "UTF-16 text: save it as UTF-8"},
};

constexpr Known kText[] = {
    {"{\"status\":",
     "the answer of a Prometheus query: jq -r '\"time,SIGNAL\", (.data.result[0].values[] | @csv)' makes a CSV of its first series"},
    {"# HELP", "OpenMetrics text"},
    {"# TYPE", "OpenMetrics text"},
    {"<", "XML or HTML"},
    {"[", "a JSON array: write one object a line (jq -c '.[]')"},
    {"apiVersion:", "a policy document, not a recording"},
    {"---", "a YAML document"},
};

constexpr std::string_view kRead = "read are CSV with a header, JSON lines, and setpoint's journal";

}  // namespace

Result<RecordingFormat> recognise(std::string_view beginning) {
    const auto seems = [&](std::string_view what) {
        return fail(Errc::bad_config, fmt::format("this is {}; {}", what, kRead));
    };
    for (const auto& known : kBinary) {
        if (beginning.starts_with(known.begins)) return seems(known.what);
    }
    if (beginning.find('\0') != std::string_view::npos) return seems("a binary file");
    const auto text = beginning.find_first_not_of(" \t\r\n");
    if (text == std::string_view::npos) return fail(Errc::bad_config, fmt::format("is empty; {}", kRead));
    beginning.remove_prefix(text);
    for (const auto& known : kText) {
        if (beginning.starts_with(known.begins)) return seems(known.what);
    }
    return beginning.front() == '{' ? RecordingFormat::json_lines : RecordingFormat::csv;
}

}  // namespace setpoint
