// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/pods.hpp"
#include "core/samples.hpp"

namespace setpoint {

struct SignalSpec;

/// What a pod's CPU or memory is a share of, to be a utilization: what the pod requests or is limited to, or only one of
/// its containers.
struct ShareOf {
    Dimension dimension = Dimension::none;
    Basis basis = Basis::request;
    std::string container = {};  // empty: all of the pod

    /// Whether the signal is used as a utilization at all.
    [[nodiscard]] bool is_share() const {
        return basis != Basis::none && (dimension == Dimension::cores || dimension == Dimension::bytes);
    }
    /// Cores or bytes; nothing where the pod does not say, or is no share.
    [[nodiscard]] std::optional<double> whole(const Pod& pod) const;
};

[[nodiscard]] ShareOf share_of(const SignalSpec& signal);

}  // namespace setpoint
