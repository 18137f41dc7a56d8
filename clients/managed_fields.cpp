// SPDX-License-Identifier: Apache-2.0
#include "clients/managed_fields.hpp"

#include <utility>

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

std::vector<FieldWriter> writers_of(const Json& object, std::initializer_list<std::string_view> path) {
    std::vector<FieldWriter> writers;
    const auto* entries = member(object, "metadata", "managedFields");
    if (entries == nullptr || !entries->is_array()) return writers;
    for (const auto& entry : *entries) {
        if (!owns(entry, path)) continue;
        writers.push_back({text(member(entry, "manager")).substr(0, kLongestName), stamp(member(entry, "time")), text(member(entry, "operation")) == "Apply"});
    }
    return writers;
}

std::optional<FieldWriter> writer_of(const Json& object, std::initializer_list<std::string_view> path) {
    std::optional<FieldWriter> last;
    for (auto& writer : writers_of(object, path)) {
        if (!last || last->time <= writer.time) last = std::move(writer);
    }
    return last;
}

}  // namespace setpoint
