// SPDX-License-Identifier: Apache-2.0
#include "clients/reply_json.hpp"

#include "core/units.hpp"

namespace setpoint::reply_json {
namespace {

constexpr int kDeepest = 64;

}  // namespace

Result<Json> read(std::string_view text) {
    bool deep = false;
    const auto limit = [&deep](int depth, Json::parse_event_t, Json&) {
        if (depth > kDeepest) deep = true;
        return !deep;
    };
    auto json = Json::parse(text, limit, false);
    if (deep) return fail(Errc::bad_reply, "the answer is nested more than 64 levels deep");
    if (json.is_discarded()) return fail(Errc::bad_reply, "the answer is no valid JSON");
    return json;
}

const Json* member(const Json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

std::string text(const Json* value) {
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

std::optional<std::uint64_t> count(const Json* value) {
    if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
    return value->get<std::uint64_t>();
}

std::optional<double> positive(const Json* value) {
    if (value == nullptr || !value->is_number() || value->get<double>() <= 0) return std::nullopt;
    return value->get<double>();
}

std::optional<WallTime> stamp(const Json* value) {
    const auto written = text(value);
    if (written.empty() || written.starts_with("0001-")) return std::nullopt;
    const auto parsed = parse_time(written);
    return parsed ? std::optional{*parsed} : std::nullopt;
}

}  // namespace setpoint::reply_json
