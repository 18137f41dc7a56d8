// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "agent/documents/body.hpp"
#include "core/fields.hpp"
#include "policies/guard_settings.hpp"

namespace setpoint {

inline constexpr std::string_view kAgentKind = "Agent";

/// A `kind: Agent` document: what holds for all policies together.
struct AgentBody {
    std::optional<MetadataBody> metadata;
    GuardSettings guards;
};

void bind(Fields& fields, AgentBody& body);

}  // namespace setpoint
