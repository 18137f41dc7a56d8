// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "clients/kube_path.hpp"

namespace setpoint {

/// A kind of object that Kubernetes itself has, or KEDA, and that policies name: as target, or as what a metric describes.
struct KubeKind {
    /// What of it can be sized.
    enum class Sized : std::uint8_t {
        no,
        workload,  // its pods, by its scale subresource; its spec has their selector
        floor,     // the least that it leaves a workload: another autoscaler
    };
    std::string_view kind;     // Deployment
    std::string_view group;    // apps; empty: the core group
    std::string_view version;  // the oldest that every supported cluster serves
    std::string_view plural;   // deployments
    Sized sized = Sized::no;

    [[nodiscard]] KubeResource resource() const { return {std::string{group}, std::string{version}, std::string{plural}}; }
};

/// Null for other kinds. With an `api_version` (`apps/v1`, `v1`) only that group's; which version is all the same.
[[nodiscard]] const KubeKind* known_kind(std::string_view kind, std::string_view api_version = {});

/// `apps` of `apps/v1`; the core group of `v1` is empty.
[[nodiscard]] std::string_view group_of(std::string_view api_version);

/// `deployments.apps`, `pods`: as one word.
[[nodiscard]] std::string qualified_plural(const KubeResource& resource);

}  // namespace setpoint
