// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace setpoint {

/// What a kind is called in paths and permissions.
struct KubernetesResource {
    std::string plural;  // deployments
    std::string group;   // apps; empty: the core group
    friend bool operator==(const KubernetesResource&, const KubernetesResource&) = default;
};

/// Of the kinds that Kubernetes itself has and that policies name: targets, and what metrics describe.
[[nodiscard]] std::optional<KubernetesResource> known_resource(std::string_view kind);

/// `apps` of `apps/v1`; the core group of `v1` is empty.
[[nodiscard]] std::string_view group_of(std::string_view api_version);

}  // namespace setpoint
