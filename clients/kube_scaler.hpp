// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

/// An autoscaler of somebody else's, a HorizontalPodAutoscaler or a KEDA ScaledObject, reduced to whom it scales and in what bounds.
struct KubeScaler {
    std::string api_version;        // of whom it scales
    std::string kind;
    std::string name;
    Replicas least = 0;
    Replicas most = 0;
    std::optional<Replicas> idle;   // a ScaledObject's size while nothing is to do, which must be below `least`
    std::string made_by;            // of an HPA: the ScaledObject that keeps it as it is; empty: none
    friend bool operator==(const KubeScaler&, const KubeScaler&) = default;
};

/// Of autoscaling/v1, in which the API server shows those of later versions too. `bad_reply` for what is none.
[[nodiscard]] Result<KubeScaler> read_kube_hpa(std::string_view json);
/// Of keda.sh/v1alpha1. `bad_reply` for what is none.
[[nodiscard]] Result<KubeScaler> read_scaled_object(std::string_view json);

}  // namespace setpoint
