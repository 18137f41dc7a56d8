// SPDX-License-Identifier: Apache-2.0
#include "clients/managed_fields.hpp"

#include <algorithm>

#include "clients/reply_json.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

constexpr std::size_t kLongestName = 128;  // the server's own limit

bool owns(const Json& entry, std::initializer_list<std::string_view> path) {
    const auto* at = member(entry, "fieldsV1");
    for (const auto step : path) {
        if (at == nullptr || !at->is_object()) return false;
        at = member(*at, std::string{step}.c_str());
    }
    return at != nullptr;
}

}  // namespace

std::optional<FieldWriter> writer_of(const Json& object, std::initializer_list<std::string_view> path) {
    const auto* entries = member(object, "metadata", "managedFields");
    if (entries == nullptr || !entries->is_array()) return std::nullopt;
    std::optional<FieldWriter> last;
    for (const auto& entry : *entries) {
        if (!owns(entry, path)) continue;
        FieldWriter writer{text(member(entry, "manager")).substr(0, kLongestName), stamp(member(entry, "time"))};
        if (!last || last->time <= writer.time) last = std::move(writer);
    }
    return last;
}

}  // namespace setpoint
