// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "clients/kube_discovery.hpp"
#include "clients/kube_scaler.hpp"
#include "clients/kube_watch.hpp"

namespace setpoint {

/// The autoscalers of others in a namespace: its HorizontalPodAutoscalers, and its ScaledObjects where the cluster has KEDA, for which
/// it is asked once a minute at most. Made and ended on any thread, the rest only on the I/O thread.
class KubeScalers {
public:
    using Item = KubeWatch<KubeScaler>::Item;
    /// `kind`: HorizontalPodAutoscaler or ScaledObject. `key`: namespace/name.
    using Heard = std::function<void(std::string_view kind, const std::string& key)>;
    using Subscription = std::shared_ptr<void>;

    KubeScalers(IoThread& io, KubeClient& kube, KubeDiscovery& kinds, std::string ns);
    ~KubeScalers();
    KubeScalers(const KubeScalers&) = delete;
    KubeScalers& operator=(const KubeScalers&) = delete;

    /// Whether all that there are were seen once, or the server said why they cannot be. A server that does not answer said nothing.
    [[nodiscard]] bool known() const;
    /// Why some of them are not seen at present.
    [[nodiscard]] std::optional<Error> trouble() const;
    /// Null: it is not there, or not known. The error: why it cannot be known.
    [[nodiscard]] Result<const Item*> find(std::string_view kind, const std::string& key) const;
    /// Who scales this object of the namespace, in words; a ScaledObject before the HPA that it makes.
    [[nodiscard]] std::optional<std::string> scaler_of(const std::string& kind, const std::string& api_version, const std::string& name) const;

    /// Of bounds that changed, and of those that came and went; told on the I/O thread.
    [[nodiscard]] Subscription on_change(Heard heard);

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
