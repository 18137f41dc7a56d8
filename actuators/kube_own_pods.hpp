// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actuators/pod_news.hpp"
#include "clients/clock.hpp"
#include "clients/kube_pods.hpp"
#include "clients/kube_selector.hpp"
#include "core/events.hpp"
#include "core/ids.hpp"
#include "core/replicas.hpp"

namespace setpoint {

/// The pods of one target: those of its namespace that its selector takes. Only on the I/O thread.
class KubeOwnPods {
public:
    using EachPod = std::function<void(PodId, const std::string& name, const KubePod&)>;

    /// `containers`: those of which it is to be known what they request. `counted`: there are more or fewer pods.
    KubeOwnPods(TargetId target, std::shared_ptr<KubePods> all, const Clock& clock, std::vector<std::string> containers, std::function<void()> counted);

    void begin();
    /// From here on it is these.
    void select(const KubeSelector& selector);

    [[nodiscard]] const KubePods& all() const { return *all_; }
    [[nodiscard]] Replicas serving() const { return serving_; }
    [[nodiscard]] const KubeSelector& selector() const { return selector_; }
    /// What became of them since it was asked last.
    [[nodiscard]] std::vector<PodDelta> take_news();
    /// With their whole names, by which metrics and the API know them.
    void each(const EachPod& tell) const;

private:
    struct Own {
        std::string key;
        Pod pod;
        std::uint32_t started = 0;        // by the cluster's clock
        std::uint32_t ready_changed = 0;
    };

    void changed(const KubePods::Change& change);
    void take(const std::string& key, const KubePods::Item& item);
    void drop(const Own& own);
    static void keep_times(const Own& known, const KubePod& now, Pod& pod);

    std::shared_ptr<KubePods> all_;
    const Clock& clock_;
    std::vector<std::string> containers_;
    std::function<void()> counted_;
    KubeSelector selector_;
    std::unordered_map<std::uint64_t, Own> pods_;  // by UID
    Replicas serving_ = 0;
    PodNews news_;
    KubePods::Subscription hears_;
};

}  // namespace setpoint
