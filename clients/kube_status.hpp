// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/result.hpp"

namespace setpoint {

/// What a Kubernetes API means by an answer that is no success: the codes of KubeClient, in the words of its Status object.
[[nodiscard]] Error kube_error(int status, std::string_view body);
/// The same of a Status object that says its code itself, as the ERROR of a watch does.
[[nodiscard]] Error kube_error(std::string_view status);

}  // namespace setpoint
