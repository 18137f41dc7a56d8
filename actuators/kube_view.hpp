// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "clients/deadline.hpp"
#include "clients/kube_cluster.hpp"
#include "clients/kube_path.hpp"
#include "clients/kube_workloads.hpp"
#include "core/result.hpp"

namespace setpoint {

/// An object of a cluster, as people name it.
struct KubeName {
    std::string kind;
    std::string api_version = {};  // empty: of a kind that is known
    std::string ns;
    std::string name;
    friend bool operator==(const KubeName&, const KubeName&) = default;

    [[nodiscard]] std::string key() const { return ns + "/" + name; }
    /// `the Deployment shop/cart`
    [[nodiscard]] std::string words() const { return "the " + kind + " " + key(); }
};

/// How a workload is seen. Only on the I/O thread.
class KubeView {
public:
    struct Seen {
        KubeWorkload workload;
        std::uint64_t version = 0;
        KubeResource resource;
        std::uint64_t uid = 0;  // 0: not known
    };
    using Done = std::function<void(const Result<Seen>&)>;

    virtual ~KubeView() = default;
    /// `done` is called once, maybe at once, unless the view is gone before. Errors: `no_data`: it is not there; `unreachable`,
    /// `timed_out`: that is not known now; others say why it cannot be seen.
    virtual void look(Deadline deadline, Done done) = 0;
};

/// One of a kind that is known by a watch for all of them, any other one by its scale, which is asked for with each look.
/// `changed`: its size did, as far as that is heard of without a look.
[[nodiscard]] std::unique_ptr<KubeView> view_of(KubeCluster& cluster, const KubeName& name, std::function<void()> changed);

}  // namespace setpoint
