// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

namespace setpoint {

/// Who wrote a field of an object, and when: an entry of its `metadata.managedFields`.
struct FieldWriter {
    std::string manager;              // kubectl-edit
    std::optional<WallTime> time;
    bool applies = false;             // server-side apply
};

/// All who wrote it, as the object lists them. `path` as fieldsV1 has it: {"f:spec", "f:replicas"}. None where the server does not tell:
/// changes by way of `scale` are told of from Kubernetes 1.22 on.
[[nodiscard]] std::vector<FieldWriter> writers_of(const nlohmann::json& object, std::initializer_list<std::string_view> path);

/// The last of them.
[[nodiscard]] std::optional<FieldWriter> writer_of(const nlohmann::json& object, std::initializer_list<std::string_view> path);

}  // namespace setpoint
