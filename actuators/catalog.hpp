// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "core/diagnostics.hpp"
#include "core/fields.hpp"

namespace setpoint {

/// `target: { docker: { label: app=cart } }`
struct DockerTarget {
    static constexpr std::string_view kind = "docker";
    static constexpr std::string_view help = "Containers of a Docker Engine";
    std::string label;
};

void bind(Fields& fields, DockerTarget& target);
void validate(const DockerTarget& target, Diagnostics& out);

/// Every kind of target: one line each, here and above. Read it with `Fields::tagged`.
using TargetSettings = std::variant<  //
    DockerTarget>;

[[nodiscard]] std::string_view kind_of(const TargetSettings& settings);

/// What two policies must not share: `docker label app=cart`.
[[nodiscard]] std::string identity(const TargetSettings& settings);

void validate(const TargetSettings& settings, Diagnostics& out);

}  // namespace setpoint
