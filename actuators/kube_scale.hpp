// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "clients/deadline.hpp"
#include "clients/kube_client.hpp"
#include "core/events.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A Scale (autoscaling/v1), as the scale subresource of anything answers.
struct KubeScale {
    Replicas replicas = 0;
    std::uint64_t version = 0;  // of the whole object
    std::string document;       // as it came
};
[[nodiscard]] Result<KubeScale> read_kube_scale(std::string_view json);

struct KubeScaled {
    ApplyOutcome outcome = ApplyOutcome::applied;
    Replicas replicas = 0;      // that it has now, as far as known
    std::uint64_t version = 0;  // that it has since; 0: not known
    std::string message;
};

/// Sets the size at `path`, the path of a scale subresource, from `seen` to `wanted`, if it still is `seen`. One request, but
/// for a size of zero, which the API leaves out, so that no patch can test it. `may_write` is asked before each request that
/// writes: for how long it may be on its way, or why it may not.
void set_kube_scale(KubeClient& kube, const std::string& path, Replicas seen, Replicas wanted, Deadline deadline,
                    std::function<Result<Duration>()> may_write, std::function<void(KubeScaled)> done);

}  // namespace setpoint
