// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "clients/kube_selector.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A Scale (autoscaling/v1), as the scale subresource of anything answers.
struct KubeScale {
    Replicas replicas = 0;      // asked for
    Replicas exist = 0;
    KubeSelector selector;      // of its pods
    std::uint64_t version = 0;  // of the whole object
};

/// `bad_reply` for what is none, and for one that does not say which pods are its own.
[[nodiscard]] Result<KubeScale> read_kube_scale(std::string_view json);

}  // namespace setpoint
