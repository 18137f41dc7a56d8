// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_target.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "actuators/kube_deletion_cost.hpp"
#include "actuators/kube_size.hpp"
#include "actuators/written_size.hpp"
#include "clients/deadline.hpp"
#include "clients/kube_kinds.hpp"
#include "clients/kube_silence.hpp"
#include "clients/nudge.hpp"

namespace setpoint {
namespace {

/// What another autoscaler has as its floor; null: it is no autoscaler.
const KubeKind* floor_kind(const KubeName& object) {
    const auto* known = known_kind(object.kind, object.api_version);
    return known != nullptr && known->sized == KubeKind::Sized::floor ? known : nullptr;
}

bool is_hpa(const KubeName& object) { return object.kind == "HorizontalPodAutoscaler"; }
const char* floor_field(const KubeName& object) { return is_hpa(object) ? "minReplicas" : "minReplicaCount"; }
const char* ceiling_field(const KubeName& object) { return is_hpa(object) ? "maxReplicas" : "maxReplicaCount"; }

}  // namespace

/// Lives on the I/O thread.
class KubeTarget::State : public std::enable_shared_from_this<KubeTarget::State> {
public:
    State(IoThread& io, KubeCluster& cluster, const Clock& clock, Settings settings, MayWrite may_write, Told told)
        : cluster_(cluster),
          clock_(clock),
          settings_(std::move(settings)),
          may_write_(std::move(may_write)),
          told_(std::move(told)),
          floor_(floor_kind(settings_.object)),
          budgets_(cluster.budgets(settings_.object.ns)),
          nudge_(io, settings_.changed) {}

    void begin() {
        pods_.emplace(settings_.target, cluster_.pods(object().ns), clock_, settings_.containers, [this] { nudge_.poke(); });
        pods_->begin();
        scalers_ = cluster_.scalers(object().ns);
        if (floor_ == nullptr) return follow(object());
        hears_scalers_ = scalers_->on_change([this](std::string_view kind, const std::string& key) {
            if (kind == object().kind && key == object().key()) nudge_.poke();
        });
    }

    void look(Deadline deadline, Sink& sink) {
        if (closed_ || looking_) return;
        if (floor_ != nullptr) {
            const auto scaler = scaler_itself();
            if (!scaler) return unseen(scaler.error());
            const auto& of = (*scaler)->value;
            follow({of.kind, of.api_version, object().ns, of.name});
        }
        looking_ = true;
        view_->look(deadline, [weak = weak_from_this(), &sink](const Result<KubeView::Seen>& seen) {
            const auto self = weak.lock();
            if (!self) return;
            self->looking_ = false;
            if (!self->closed_) self->looked(seen, sink);
        });
    }

    void apply(Replicas seen, Replicas wanted, Deadline deadline, Sink& sink) {
        if (auto may = check(wanted); !may) {
            return sink.post(ApplyResult{settings_.target, wanted, size_during_apply_.value_or(seen), ApplyOutcome::refused, may.error().message});
        }
        size_during_apply_ = seen;
        auto named = std::exchange(leave_first_, {});
        if (wanted >= seen || named.empty()) return set_size(seen, wanted, deadline, sink);
        const Deadline marking{std::min(deadline.left() / 2, may_write_().value_or(Duration{0}))};
        mark_kube_pods(cluster_.client(), object().ns, marks_for(costed_pods(), named), marking,
                       [self = shared_from_this(), seen, wanted, deadline, &sink](const std::optional<Error>& error) {
                           if (self->closed_) return;
                           self->say_whether_they_are_marked(error);
                           self->set_size(seen, wanted, deadline, sink);
                       });
    }

    void leave_first(std::vector<PodId> pods) { leave_first_ = std::move(pods); }

    void set_size(Replicas seen, Replicas wanted, Deadline deadline, Sink& sink) {
        set_kube_size(cluster_.client(), field(), seen, wanted, deadline, may_write_,
                      [self = shared_from_this(), wanted, &sink](KubeResized resized) { self->applied(wanted, sink, std::move(resized)); });
    }

    void each(const EachPod& tell) const {
        if (!closed_ && pods_) pods_->each(tell);
    }

    [[nodiscard]] std::string selector() const { return !closed_ && pods_ ? written(pods_->selector()) : std::string{}; }

    void close() {
        closed_ = true;
        nudge_.end();
        hears_scalers_.reset();
        view_.reset();
        // Their last holder ends them.
        pods_.reset();
        scalers_.reset();
        budgets_.reset();
    }

private:
    [[nodiscard]] const KubeName& object() const { return settings_.object; }

    /// Of a floor: the autoscaler whose it is.
    [[nodiscard]] Result<const KubeScalers::Item*> scaler_itself() const {
        if (!scalers_->known()) return fail(Errc::unreachable, "the autoscalers of " + object().ns + " are still being listed");
        auto found = scalers_->find(object().kind, object().key());
        if (found && *found == nullptr) return fail(Errc::no_data, "there is no " + object().kind + " " + object().key());
        return found;
    }

    /// Whose pods count, and whose scale is written where this is no floor.
    void follow(const KubeName& workload) {
        if (view_ && followed_ == workload) return;
        followed_ = workload;
        looking_ = false;
        view_ = view_of(cluster_, workload, [this] { nudge_.poke(); });
    }

    void looked(const Result<KubeView::Seen>& seen, Sink& sink) {
        if (!seen) return unseen(seen.error());
        if (const auto& trouble = pods_->all().trouble()) return unseen(*trouble);
        if (!pods_->all().listed() || !scalers_->known()) return;
        TargetState state;
        if (floor_ != nullptr) {
            const auto scaler = scaler_itself();
            if (!scaler) return unseen(scaler.error());
            state.replicas = size_of((*scaler)->value.least, (*scaler)->version);
            state.most = (*scaler)->value.most;
            state.floor = true;
        } else {
            state.replicas = size_of(seen->workload.replicas, seen->version);
            resource_ = seen->resource;
            state.who = who_changed(seen->workload);
        }
        say(who_is_in_the_way());
        pods_->select(seen->workload.selector);
        for (auto& delta : pods_->take_news()) sink.post(std::move(delta));
        state.target = settings_.target;
        state.ready = pods_->serving();
        if (seen->workload.exist != state.replicas) state.status = seen->workload.exist;
        state.rolling_out = seen->workload.rollout == KubeWorkload::Rollout::going;  // past its deadline it may never end
        state.one_by_one = seen->workload.one_by_one;
        say_whether_budgets_are_known();
        state.undrainable_at = undrainable_at();
        // A workload's own controller never changes the size asked for, so somebody else did. An object that was made anew under the same
        // name begins with a size of its own, which is no change.
        const auto before = std::exchange(looked_at_, seen->uid);
        state.changed_by = before == 0 || before == seen->uid ? Hand::somebody : Hand::unknown;
        // This policy may take the place of an autoscaler that scales the target, or did until now: its changes are not yielded to.
        const bool other_scales = other_scaler().has_value();
        if (std::exchange(other_scaled_, other_scales) || other_scales) state.changed_by = Hand::peer;
        sink.post(state);
    }

    /// The server may not tell of a change; then the writer of an earlier one stands there still.
    [[nodiscard]] std::string who_changed(const KubeWorkload& now) {
        if (std::exchange(replicas_, now.replicas) == now.replicas) return {};
        return std::exchange(sized_at_, now.sized_at) == now.sized_at ? std::string{} : now.sized_by;
    }

    [[nodiscard]] Replicas size_of(Replicas shown, std::uint64_t version) {
        if (size_during_apply_) return *size_during_apply_;
        return written_.seen(shown, version, clock_.now());
    }

    void unseen(const Error& why) {
        if (!is_silence(why)) say(Obstacle{Obstacle::Kind::unseen, why.message, {}});
    }

    [[nodiscard]] std::optional<Obstacle> who_is_in_the_way() const {
        if (auto other = other_scaler()) return other;
        const auto trouble = scalers_->trouble();
        if (!trouble || is_silence(*trouble)) return std::nullopt;
        return Obstacle{Obstacle::Kind::others_unseen, "whether another autoscaler sizes it is not known: " + trouble->message, {}};
    }

    void say(std::optional<Obstacle> obstacle) {
        if (said_ && *said_ == obstacle) return;
        said_ = obstacle;
        told_(obstacle);
    }

    [[nodiscard]] std::optional<Obstacle> other_scaler() const {
        constexpr auto kKind = Obstacle::Kind::scaled_by_another;
        if (floor_ == nullptr) {
            const auto other = scalers_->scaler_of(object().kind, object().api_version, object().name);
            if (!other) return std::nullopt;
            return Obstacle{kKind, *other + " scales it already", "run this policy in mode: shadow beside it, take it as the target to drive its floor, or delete it"};
        }
        const auto itself = scaler_itself();
        if (!itself || (*itself)->value.made_by.empty()) return std::nullopt;
        const auto maker = "the ScaledObject " + object().ns + "/" + (*itself)->value.made_by;
        return Obstacle{kKind, maker + " keeps it as it is", "take that as the target"};
    }

    [[nodiscard]] std::vector<KubeCostedPod> costed_pods() const {
        std::vector<KubeCostedPod> pods;
        each([&pods](PodId id, const std::string& name, const KubePod& pod) { pods.push_back({id, name, pod.cost}); });
        return pods;
    }

    void say_whether_they_are_marked(const std::optional<Error>& error) {
        if (std::exchange(unmarked_, error.has_value()) == error.has_value()) return;
        error ? settings_.told(true, "the least loaded pods cannot be marked, others may go in their place: " + error->message)
              : settings_.told(false, "the least loaded pods are marked again");
    }

    /// By the labels of the target's pods, since a budget selects pods, not workloads.
    [[nodiscard]] std::optional<Replicas> undrainable_at() const {
        std::optional<Replicas> at = 0;
        bool first = true;
        pods_->each([&](PodId, const std::string&, const KubePod& pod) {
            if (std::exchange(first, false)) at = budgets_->undrainable_at(pod.made_from->labels);
        });
        return at;
    }

    void say_whether_budgets_are_known() {
        const auto trouble = budgets_->trouble();
        if (std::exchange(no_budgets_, trouble.has_value()) == trouble.has_value()) return;
        trouble ? settings_.told(true, "whether disruption budgets stand against its least size is not known: " + trouble->message)
                : settings_.told(false, "its disruption budgets are known again");
    }

    [[nodiscard]] Result<void> check(Replicas wanted) const {
        if (closed_) return fail(Errc::refused, "the agent is stopping");
        if (size_during_apply_) return fail(Errc::refused, "the change before is not done yet");
        if (const auto may = may_write_(); !may) return tl::unexpected(may.error());
        if (!scalers_->known()) return fail(Errc::refused, "whether another autoscaler sizes it is not known yet");
        if (const auto other = other_scaler()) return fail(Errc::refused, other->with_cure());
        if (floor_ != nullptr) return check_floor(wanted);
        if (!resource_) return fail(Errc::refused, "its size was not seen yet");
        return {};
    }

    /// What no API server tests of a custom resource.
    [[nodiscard]] Result<void> check_floor(Replicas wanted) const {
        const auto scaler = scaler_itself();
        if (!scaler) return tl::unexpected(scaler.error());
        const auto& now = (*scaler)->value;
        if (wanted > now.most) return fail(Errc::refused, std::string{"its "} + ceiling_field(object()) + " is " + std::to_string(now.most));
        if (now.idle && wanted <= *now.idle) {
            return fail(Errc::refused, "its minReplicaCount must stay above its idleReplicaCount, which is " + std::to_string(*now.idle));
        }
        return {};
    }

    [[nodiscard]] KubeSizeField field() const {
        if (floor_ != nullptr) return {kube_path(floor_->resource(), object().ns, object().name), floor_field(object())};
        return {kube_path(*resource_, object().ns, object().name, "scale"), "replicas"};
    }

    void applied(Replicas wanted, Sink& sink, KubeResized resized) {
        size_during_apply_.reset();
        if (resized.version != 0) written_.wrote(resized.replicas, resized.version, clock_.now());
        if (!closed_) sink.post(ApplyResult{settings_.target, wanted, resized.replicas, resized.outcome, std::move(resized.message)});
    }

    KubeCluster& cluster_;
    const Clock& clock_;
    Settings settings_;
    MayWrite may_write_;
    Told told_;
    const KubeKind* floor_;             // null: a workload itself
    std::shared_ptr<KubeBudgets> budgets_;
    Nudge nudge_;
    std::optional<KubeOwnPods> pods_;
    std::shared_ptr<KubeScalers> scalers_;
    KubeScalers::Subscription hears_scalers_;
    KubeName followed_;
    std::unique_ptr<KubeView> view_;    // of what is followed
    bool looking_ = false;
    std::optional<KubeResource> resource_;
    std::uint64_t looked_at_ = 0;       // the UID that the last look was of
    bool other_scaled_ = false;         // another autoscaler did, at that look
    std::optional<Replicas> replicas_;  // as that look saw them
    std::optional<WallTime> sized_at_;  // and when they were written
    std::optional<Replicas> size_during_apply_;
    WrittenSize written_;
    std::optional<std::optional<Obstacle>> said_;
    std::vector<PodId> leave_first_;    // with the next step down
    bool unmarked_ = false;             // they could not be marked the last time
    bool no_budgets_ = false;
    bool closed_ = false;
};

KubeTarget::KubeTarget(IoThread& io, KubeCluster& cluster, const Clock& clock, Settings settings, MayWrite may_write, Told told)
    : io_(io), state_(std::make_shared<State>(io, cluster, clock, std::move(settings), std::move(may_write), std::move(told))) {
    io_.post([state = state_] { state->begin(); });
}

KubeTarget::~KubeTarget() {
    io_.run([this] { state_->close(); });
}

void KubeTarget::look(Duration deadline, Sink& sink) {
    io_.post([state = state_, deadline = Deadline{deadline}, &sink] { state->look(deadline, sink); });
}

void KubeTarget::leave_first(std::vector<PodId> pods) {
    io_.post([state = state_, pods = std::move(pods)]() mutable { state->leave_first(std::move(pods)); });
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

std::function<std::string()> KubeTarget::selector() const {
    return [state = state_] { return state->selector(); };
}

}  // namespace setpoint
