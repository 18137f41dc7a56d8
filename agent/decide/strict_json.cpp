// SPDX-License-Identifier: Apache-2.0
#include "agent/decide/strict_json.hpp"

#include <fmt/core.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace setpoint {
namespace {

using Json = nlohmann::json;

constexpr int kMostNesting = 16;

struct Refused {
    std::string message;
};

/// nlohmann keeps the last of equal keys without a word, and knows no limit of nesting.
class StrictKeys {
public:
    bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
        if (depth > kMostNesting) throw Refused{fmt::format("nested deeper than {}", kMostNesting)};
        if (event == Json::parse_event_t::object_start)
            open_.emplace_back();
        else if (event == Json::parse_event_t::object_end)
            open_.pop_back();
        else if (event == Json::parse_event_t::key && !open_.back().insert(parsed.get<std::string>()).second) {
            throw Refused{fmt::format("key '{}' is there twice", parsed.get<std::string>())};
        }
        return true;
    }

private:
    std::vector<std::set<std::string>> open_;
};

std::string explained(const Json::exception& error, std::string_view line) {
    std::string_view what = error.what();
    if (const auto end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
    std::string message = fmt::format("not JSON: {}", what);
    for (const std::string_view literal : {"NaN", "Infinity"}) {
        if (line.find(literal) != std::string_view::npos)
            message += fmt::format("; JSON has no {0}: write \"{0}\", as a text", literal);
    }
    return message;
}

}  // namespace

Result<Json> parse_strict_json(std::string_view text) {
    try {
        StrictKeys strict;
        return Json::parse(text, std::ref(strict));
    } catch (const Refused& refused) {
        return fail(Errc::bad_config, refused.message);
    } catch (const Json::exception& error) {
        return fail(Errc::bad_config, explained(error, text));
    }
}

}  // namespace setpoint
