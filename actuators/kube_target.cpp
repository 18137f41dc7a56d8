// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_target.hpp"

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actuators/kube_scale.hpp"
#include "clients/deadline.hpp"
#include "clients/nudge.hpp"

namespace setpoint {

/// Lives on the I/O thread.
class KubeTarget::State : public std::enable_shared_from_this<KubeTarget::State> {
public:
    State(IoThread& io, KubeCluster& cluster, const Clock& clock, Settings settings, MayWrite may_write, Told told)
        : kube_(cluster.client()),
          clock_(clock),
          settings_(std::move(settings)),
          may_write_(std::move(may_write)),
          told_(std::move(told)),
          resource_(built_in_workload(settings_.kind).value()),
          workloads_(cluster.workloads(resource_, settings_.ns)),
          watched_pods_(cluster.pods(settings_.ns)),
          hpas_(cluster.hpas(settings_.ns)),
          nudge_(io, settings_.changed) {}

    void begin() {
        hears_workload_ = workloads_->on_change([this](const KubeWorkloads::Change& change) {
            if (change.key == key()) workload_changed(change.now);
        });
        hears_pods_ = watched_pods_->on_change([this](const KubePods::Change& change) { pod_changed(change); });
        if (const auto* item = workloads_->find(key())) workload_changed(item);
    }

    void look(Sink& sink) {
        if (closed_ || !hears()) return;
        const auto* item = workloads_->find(key());
        say_whether_it_is_there(item != nullptr);
        if (item == nullptr) return;
        say_who_else_scales_it();
        for (auto& delta : std::exchange(deltas_, {})) sink.post(std::move(delta));
        TargetState state;
        state.target = settings_.target;
        state.replicas = size_of(*item);
        state.ready = serving_;
        if (item->value.exist != state.replicas) state.status = item->value.exist;
        state.changed_by = Hand::somebody;  // its own controller never changes the size asked for
        sink.post(state);
    }

    void apply(Replicas seen, Replicas wanted, Deadline deadline, Sink& sink) {
        if (auto may = check(seen, wanted); !may) {
            return sink.post(ApplyResult{settings_.target, wanted, size_during_apply_.value_or(seen), ApplyOutcome::refused, may.error().message});
        }
        size_during_apply_ = seen;
        set_kube_scale(kube_, kube_path(resource_, settings_.ns, settings_.name, "scale"), seen, wanted, deadline, may_write_,
                       [self = shared_from_this(), wanted, &sink](KubeScaled scaled) { self->applied(wanted, sink, std::move(scaled)); });
    }

    void each(const EachPod& tell) const {
        if (closed_) return;
        for (const auto& [uid, own] : pods_) {
            if (const auto* item = watched_pods_->find(own.key); item != nullptr && item->uid == uid) tell(PodId{uid}, own.pod.name, item->value);
        }
    }

    void close() {
        closed_ = true;
        hears_workload_.reset();
        hears_pods_.reset();
        nudge_.end();
        // Their last holder ends them.
        workloads_.reset();
        watched_pods_.reset();
        hpas_.reset();
    }

private:
    struct Own {
        std::string key;
        Pod pod;
        std::uint32_t started = 0;        // by the cluster's clock
        std::uint32_t ready_changed = 0;
    };
    /// A size that was written, until the watch has come that far.
    struct Written {
        Replicas replicas = 0;
        std::uint64_t version = 0;
    };

    [[nodiscard]] std::string key() const { return settings_.ns + "/" + settings_.name; }

    [[nodiscard]] bool hears() const {
        return workloads_->listed() && watched_pods_->listed() && !workloads_->trouble() && !watched_pods_->trouble();
    }

    [[nodiscard]] Replicas size_of(const KubeWorkloads::Item& item) {
        if (size_during_apply_) return *size_during_apply_;
        if (written_ && item.version < written_->version) return written_->replicas;
        written_.reset();
        return item.value.replicas;
    }

    /// Another one of the name may have other pods.
    void workload_changed(const KubeWorkloads::Item* now) {
        if (now == nullptr || now->uid != uid_ || !selects_) {
            uid_ = now == nullptr ? 0 : now->uid;
            selects_ = now != nullptr;
            replicas_.reset();
            select_again(now);
        }
        if (now != nullptr && std::exchange(replicas_, now->value.replicas) != now->value.replicas) nudge_.poke();
    }

    void select_again(const KubeWorkloads::Item* now) {
        selector_ = now == nullptr ? KubeSelector{} : now->value.selector;
        for (const auto& [uid, own] : std::exchange(pods_, {})) drop(own);
        watched_pods_->each([this](const std::string& key, const KubePods::Item& item) { take(key, item); });
    }

    void pod_changed(const KubePods::Change& change) {
        const auto before = pods_.size();
        if (change.now != nullptr) {
            take(change.key, *change.now);
        } else if (const auto gone = pods_.find(change.before->uid); gone != pods_.end()) {
            drop(gone->second);
            pods_.erase(gone);
        }
        if (pods_.size() != before) nudge_.poke();
    }

    void take(const std::string& key, const KubePods::Item& item) {
        const auto known = pods_.find(item.uid);
        if (!selector_.matches(item.value.made_from->labels)) {  // labels may be taken away
            if (known == pods_.end()) return;
            drop(known->second);
            pods_.erase(known);
            return;
        }
        Pod pod = as_pod(key.substr(key.find('/') + 1), item.uid, item.value, [this](WallTime stamp) { return clock_.translate(stamp); });
        if (known != pods_.end()) {
            keep_times(known->second, item.value, pod);
            if (known->second.pod == pod) return;
            serving_ -= known->second.pod.serving() ? 1 : 0;
        }
        serving_ += pod.serving() ? 1 : 0;
        deltas_.push_back({settings_.target, false, pod});
        pods_[item.uid] = {key, std::move(pod), item.value.started, item.value.ready_changed};
    }

    /// A stamp that is the same by the cluster's clock moves by ours with every translation.
    static void keep_times(const Own& known, const KubePod& now, Pod& pod) {
        if (now.started == known.started) pod.started_at = known.pod.started_at;
        if (now.ready_changed == known.ready_changed) pod.ready_changed = known.pod.ready_changed;
    }

    void drop(const Own& own) {
        serving_ -= own.pod.serving() ? 1 : 0;
        deltas_.push_back({settings_.target, true, own.pod});
    }

    [[nodiscard]] Result<void> check(Replicas seen, Replicas wanted) const {
        if (closed_) return fail(Errc::refused, "the agent is stopping");
        if (size_during_apply_) return fail(Errc::refused, "the change before is not done yet");
        if (const auto may = may_write_(); !may) return tl::unexpected(may.error());
        if (const auto other = other_scaler()) return fail(Errc::refused, *other);
        const auto* item = workloads_->find(key());
        if (item != nullptr && wanted < seen && item->value.rollout == KubeWorkload::Rollout::going) {
            return fail(Errc::refused, "it is not lowered while its rollout is under way");
        }
        return {};
    }

    [[nodiscard]] std::optional<std::string> other_scaler() const {
        std::optional<std::string> found;
        hpas_->each([&](const std::string& name, const KubeHpas::Item& hpa) {
            if (hpa.value.kind == settings_.kind && hpa.value.name == settings_.name) {
                found = "the HorizontalPodAutoscaler " + name + " scales it already: run this policy in mode: shadow beside it, or delete that first";
            }
        });
        return found;
    }

    void applied(Replicas wanted, Sink& sink, KubeScaled scaled) {
        size_during_apply_.reset();
        if (scaled.version != 0) written_ = Written{scaled.replicas, scaled.version};
        if (!closed_) sink.post(ApplyResult{settings_.target, wanted, scaled.replicas, scaled.outcome, std::move(scaled.message)});
    }

    void say_whether_it_is_there(bool there) {
        if (std::exchange(there_, there) == there) return;
        if (there) told_(false, "there is the " + settings_.kind + " " + key() + " again");
        else told_(true, "there is no " + settings_.kind + " " + key());
    }

    void say_who_else_scales_it() {
        const auto other = other_scaler();
        if (std::exchange(other_, other) == other) return;
        other ? told_(true, *other) : told_(false, "nobody else scales it any more");
    }

    KubeClient& kube_;
    const Clock& clock_;
    Settings settings_;
    MayWrite may_write_;
    Told told_;
    KubeResource resource_;
    std::shared_ptr<KubeWorkloads> workloads_;
    std::shared_ptr<KubePods> watched_pods_;
    std::shared_ptr<KubeHpas> hpas_;
    KubeWorkloads::Subscription hears_workload_;
    KubePods::Subscription hears_pods_;
    Nudge nudge_;
    std::uint64_t uid_ = 0;              // of the workload that the pods are of
    bool selects_ = false;
    KubeSelector selector_;
    std::unordered_map<std::uint64_t, Own> pods_;  // by UID
    Replicas serving_ = 0;
    std::vector<PodDelta> deltas_;       // since the last look
    std::optional<Replicas> replicas_;   // as the watch showed it last
    std::optional<Replicas> size_during_apply_;
    std::optional<Written> written_;
    std::optional<std::string> other_;   // who else scales it, as it was told
    bool there_ = true;
    bool closed_ = false;
};

KubeTarget::KubeTarget(IoThread& io, KubeCluster& cluster, const Clock& clock, Settings settings, MayWrite may_write, Told told)
    : io_(io), state_(std::make_shared<State>(io, cluster, clock, std::move(settings), std::move(may_write), std::move(told))) {
    io_.post([state = state_] { state->begin(); });
}

KubeTarget::~KubeTarget() {
    io_.run([this] { state_->close(); });
}

void KubeTarget::look(Duration, Sink& sink) {
    io_.post([state = state_, &sink] { state->look(sink); });
}

void KubeTarget::apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) {
    // A twentieth is kept for the way back.
    io_.post([state = state_, seen, wanted, deadline = Deadline{deadline - deadline / 20}, &sink] {
        state->apply(seen, wanted, deadline, sink);
    });
}

std::function<void(const KubeTarget::EachPod&)> KubeTarget::pods() const {
    return [state = state_](const EachPod& tell) { state->each(tell); };
}

}  // namespace setpoint
