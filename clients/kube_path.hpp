// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace setpoint {

/// A kind of object, as paths name it: `{"apps", "v1", "deployments"}`, `{"", "v1", "pods"}`.
struct KubeResource {
    std::string group;    // empty: the core group
    std::string version;
    std::string plural;
    friend bool operator==(const KubeResource&, const KubeResource&) = default;
};

inline const KubeResource kLeases{"coordination.k8s.io", "v1", "leases"};

/// `/apis/apps/v1`, `/api/v1`.
[[nodiscard]] std::string kube_group_path(const KubeResource& resource);

/// `/apis/apps/v1/namespaces/shop/deployments`; with an empty namespace that of all, or of what has none.
[[nodiscard]] std::string kube_path(const KubeResource& resource, const std::string& ns);

/// `/apis/apps/v1/namespaces/shop/deployments/cart/scale`.
[[nodiscard]] std::string kube_path(const KubeResource& resource, const std::string& ns, const std::string& name,
                                    const std::string& subresource = {});

/// What of a kind is meant.
struct KubeSelection {
    KubeResource resource;
    std::string ns = {};              // empty: all namespaces
    std::string label_selector = {};  // as the API writes it: `app=cart,tier!=test`
    std::string field_selector = {};  // `metadata.name=cart`
};

/// Path and query so far: there is always a `?`, so that further parameters begin with `&`.
[[nodiscard]] std::string kube_query(const KubeSelection& selection);

}  // namespace setpoint
