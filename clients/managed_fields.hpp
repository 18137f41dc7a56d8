// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace setpoint {

/// Who wrote a field of an object last, and when: an entry of its `metadata.managedFields`.
struct FieldWriter {
    std::string manager;              // kubectl-edit
    std::optional<WallTime> time;
};

/// `path` as fieldsV1 has it: {"f:spec", "f:replicas"}. Absent where the server does not tell: changes by way of `scale` are told
/// of from Kubernetes 1.22 on.
[[nodiscard]] std::optional<FieldWriter> writer_of(const nlohmann::json& object, std::initializer_list<std::string_view> path);

}  // namespace setpoint
