// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "clients/clock.hpp"
#include "clients/deadline.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "clients/kube_path.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A kind as the cluster itself tells of it.
struct KubeServedKind {
    std::string kind;
    KubeResource resource;
    bool has_scale = false;  // the subresource
};

/// Where the cluster tells what kinds there are in `api_version`: `/apis/example.com/v1`, `/api/v1`. `bad_config`: it is none.
[[nodiscard]] Result<std::string> discovery_path(const std::string& api_version);
/// What it tells there (an APIResourceList).
[[nodiscard]] Result<std::vector<KubeServedKind>> read_served_kinds(const std::string& api_version, std::string_view json);
/// `bad_config`: it is not among them.
[[nodiscard]] Result<KubeServedKind> find_kind(const std::vector<KubeServedKind>& served, const std::string& kind, const std::string& api_version);

/// Asks a cluster what kinds it serves, each group and version once for everybody. What it answers is kept, for a shorter time
/// where something was not there.
class KubeDiscovery {
public:
    using Done = std::function<void(const Result<KubeServedKind>&)>;
    static constexpr Duration kServes = std::chrono::minutes{10};       // a CustomResourceDefinition seldom changes
    static constexpr Duration kAbsentServes = std::chrono::seconds{30};  // and may be about to be made

    KubeDiscovery(IoThread& io, KubeClient& kube, const Clock& clock);
    ~KubeDiscovery();
    KubeDiscovery(const KubeDiscovery&) = delete;
    KubeDiscovery& operator=(const KubeDiscovery&) = delete;

    /// An answer asked for less than `fresh` ago serves, where the kind is in it. Only on the I/O thread. `done` is called exactly
    /// once, unless this is destroyed before; maybe at once. `bad_config`: the cluster has no such kind, or nothing of that
    /// group and version; else KubeClient's errors.
    void find(const std::string& kind, const std::string& api_version, Duration fresh, Deadline deadline, Done done);

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
