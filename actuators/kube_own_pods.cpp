// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_own_pods.hpp"

#include <utility>

namespace setpoint {
namespace {

/// Of `namespace/name`.
std::string name_in(const std::string& key) { return key.substr(key.find('/') + 1); }

}  // namespace

KubeOwnPods::KubeOwnPods(TargetId target, std::shared_ptr<KubePods> all, const Clock& clock, std::vector<std::string> containers,
                         std::function<void()> counted)
    : all_(std::move(all)), clock_(clock), containers_(std::move(containers)), counted_(std::move(counted)), news_(target) {}

void KubeOwnPods::begin() {
    hears_ = all_->on_change([this](const KubePods::Change& change) { changed(change); });
}

void KubeOwnPods::select(const KubeSelector& selector) {
    if (selector == selector_) return;
    selector_ = selector;
    for (const auto& [uid, own] : std::exchange(pods_, {})) drop(own);
    all_->each([this](const std::string& key, const KubePods::Item& item) { take(key, item); });
}

std::vector<PodDelta> KubeOwnPods::take_news() { return news_.take(); }

void KubeOwnPods::each(const EachPod& tell) const {
    for (const auto& [uid, own] : pods_) {
        if (const auto* item = all_->find(own.key); item != nullptr && item->uid == uid) tell(PodId{uid}, name_in(own.key), item->value);
    }
}

void KubeOwnPods::changed(const KubePods::Change& change) {
    const auto before = pods_.size();
    if (change.now != nullptr) {
        take(change.key, *change.now);
    } else if (const auto gone = pods_.find(change.before->uid); gone != pods_.end()) {
        drop(gone->second);
        pods_.erase(gone);
    }
    if (pods_.size() != before) counted_();
}

void KubeOwnPods::take(const std::string& key, const KubePods::Item& item) {
    const auto known = pods_.find(item.uid);
    if (!selector_.matches(item.value.made_from->labels)) {  // labels may be taken away
        if (known == pods_.end()) return;
        drop(known->second);
        pods_.erase(known);
        return;
    }
    Pod pod = as_pod(name_in(key), item.uid, item.value, [this](WallTime stamp) { return clock_.translate(stamp); }, containers_);
    if (known != pods_.end()) {
        keep_times(known->second, item.value, pod);
        if (known->second.pod == pod) return;
        serving_ -= known->second.pod.serving() ? 1 : 0;
    }
    serving_ += pod.serving() ? 1 : 0;
    news_.there(pod);
    pods_[item.uid] = {key, std::move(pod), item.value.started, item.value.ready_changed};
}

/// A stamp that is the same by the cluster's clock moves by ours with every translation.
void KubeOwnPods::keep_times(const Own& known, const KubePod& now, Pod& pod) {
    if (now.started == known.started) pod.started_at = known.pod.started_at;
    if (now.ready_changed == known.ready_changed) pod.ready_changed = known.pod.ready_changed;
}

void KubeOwnPods::drop(const Own& own) {
    serving_ -= own.pod.serving() ? 1 : 0;
    news_.gone(own.pod);
}

}  // namespace setpoint
