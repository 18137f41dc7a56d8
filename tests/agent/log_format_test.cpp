// SPDX-License-Identifier: Apache-2.0
#include "agent/live/log_format.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

namespace setpoint {

TEST_CASE("a line of the log is one JSON object, whatever is in the message", "[log_format]") {
    std::ostringstream out;
    spdlog::logger log{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out)};
    log.set_formatter(json_lines());
    log.warn("two\nlines, \"quoted\", and \xff not UTF-8");
    log.info("plain");
    std::istringstream lines{out.str()};
    std::string line;
    REQUIRE(std::getline(lines, line));
    const auto first = nlohmann::json::parse(line);
    CHECK(first["level"] == "warning");
    CHECK(first["message"].get<std::string>().starts_with("two\nlines, \"quoted\""));
    CHECK(first["time"].get<std::string>().ends_with("Z"));
    REQUIRE(std::getline(lines, line));
    CHECK(nlohmann::json::parse(line)["message"] == "plain");
    CHECK_FALSE(std::getline(lines, line));
}

}  // namespace setpoint
