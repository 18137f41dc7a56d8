// SPDX-License-Identifier: Apache-2.0
#include "agent/decide/strict_json.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace setpoint {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostNesting = 16;

struct Refused {
    std::string message;
};

/// nlohmann keeps the last of equal keys without a word, and knows no limit of nesting. Asked beforehand and not by a
/// callback of its parser, which walks through the whole array again at the end of each of its objects.
class StrictKeys final : public nlohmann::json_sax<Json> {
public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (!open_.back().insert(name).second) throw Refused{fmt::format("key '{}' is there twice", name)};
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }  // said by the parser

private:
    bool open() {
        if (open_.size() >= kMostNesting) throw Refused{fmt::format("nested deeper than {}", kMostNesting)};
        open_.emplace_back();
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    std::vector<std::set<std::string>> open_;  // the keys of each object that is open; of an array, none
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
        Json::sax_parse(text, &strict);
        return Json::parse(text);
    } catch (const Refused& refused) {
        return fail(Errc::bad_config, refused.message);
    } catch (const Json::exception& error) {
        return fail(Errc::bad_config, explained(error, text));
    }
}

}  // namespace setpoint
