// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "clients/deadline.hpp"
#include "clients/kube_client.hpp"
#include "core/events.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Where a size stands: a number in an object's spec.
struct KubeSizeField {
    std::string path;  // of the object, or of its scale subresource
    std::string name;  // in its spec: replicas
};

struct KubeResized {
    ApplyOutcome outcome = ApplyOutcome::applied;
    Replicas replicas = 0;      // that it has now, as far as known
    std::uint64_t version = 0;  // that the object has since; 0: not known
    std::string message;
};

/// Sets a size from `seen` to `wanted`, if it still is `seen`: by one JSON patch that tests it. A size of zero may be left out, so
/// that no patch can test it: then the version of an object without one is tested, in a second request. What another change of
/// the object was in the way of is tried again while the size is as it was. `may_write` is asked before each request that writes: for how long it
/// may be on its way, or why it may not.
void set_kube_size(KubeClient& kube, KubeSizeField field, Replicas seen, Replicas wanted, Deadline deadline,
                   std::function<Result<Duration>()> may_write, std::function<void(KubeResized)> done);

}  // namespace setpoint
