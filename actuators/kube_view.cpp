// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_view.hpp"

#include <optional>
#include <utility>

#include "clients/kube_kinds.hpp"
#include "clients/kube_scale.hpp"

namespace setpoint {
namespace {

tl::unexpected<Error> not_there(const KubeName& name) { return fail(Errc::no_data, "there is no " + name.kind + " " + name.key()); }

class WatchedView final : public KubeView {
public:
    WatchedView(KubeCluster& cluster, KubeName name, KubeResource resource, std::function<void()> changed)
        : name_(std::move(name)), resource_(std::move(resource)), changed_(std::move(changed)), all_(cluster.workloads(resource_, name_.ns)) {
        hears_ = all_->on_change([this](const KubeWorkloads::Change& change) {
            if (change.key == name_.key()) heard(change.now);
        });
        if (const auto* item = all_->find(name_.key())) replicas_ = item->value.replicas;
    }

    void look(Deadline, Done done) override { done(seen()); }

private:
    [[nodiscard]] Result<Seen> seen() const {
        if (all_->trouble()) return tl::unexpected(*all_->trouble());
        if (!all_->listed()) return fail(Errc::unreachable, "the " + name_.kind + "s of " + name_.ns + " are still being listed");
        const auto* item = all_->find(name_.key());
        if (item == nullptr) return not_there(name_);
        return Seen{item->value, item->version, resource_, item->uid};
    }

    void heard(const KubeWorkloads::Item* now) {
        const auto size = now == nullptr ? std::nullopt : std::optional{now->value.replicas};
        if (std::exchange(replicas_, size) != size && size) changed_();
    }

    KubeName name_;
    KubeResource resource_;
    std::function<void()> changed_;
    std::optional<Replicas> replicas_;
    std::shared_ptr<KubeWorkloads> all_;
    KubeWorkloads::Subscription hears_;
};

/// What was asked for may come when the view is gone.
class AskedView final : public KubeView {
public:
    AskedView(KubeCluster& cluster, KubeName name) : cluster_(cluster), name_(std::move(name)) {}

    void look(Deadline deadline, Done done) override {
        // One that was there and is not any more may have lost its definition.
        const auto fresh = there_ ? KubeDiscovery::kServes : KubeDiscovery::kAbsentServes;
        cluster_.kinds().find(name_.kind, name_.api_version, fresh, deadline,
                              [this, alive = std::weak_ptr{alive_}, deadline, done = std::move(done)](const Result<KubeServedKind>& kind) {
                                  if (!alive.expired()) ask(kind, deadline, done);
                              });
    }

private:
    void ask(const Result<KubeServedKind>& kind, Deadline deadline, const Done& done) {
        if (!kind) return done(tl::unexpected(kind.error()));
        if (!kind->has_scale) {
            return done(fail(Errc::bad_config, "the kind " + name_.kind + " of " + name_.api_version + " has no scale subresource, so there is no size to set"));
        }
        cluster_.client().get(kube_path(kind->resource, name_.ns, name_.name, "scale"), deadline.left(),
                              [this, alive = std::weak_ptr{alive_}, resource = kind->resource, done](const Result<std::string>& answer) {
                                  if (!alive.expired()) done(seen(answer, resource));
                              });
    }

    [[nodiscard]] Result<Seen> seen(const Result<std::string>& answer, const KubeResource& resource) {
        there_ = answer || answer.error().code != Errc::no_data;
        if (!there_) return not_there(name_);
        auto scale = answer.and_then([](const std::string& json) { return read_kube_scale(json); });
        if (!scale) return tl::unexpected<Error>(in(name_.words())(std::move(scale.error())));
        KubeWorkload workload;
        workload.replicas = scale->replicas;
        workload.exist = scale->exist;
        workload.selector = std::move(scale->selector);
        return Seen{std::move(workload), scale->version, resource};
    }

    KubeCluster& cluster_;
    KubeName name_;
    bool there_ = true;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<KubeView> view_of(KubeCluster& cluster, const KubeName& name, std::function<void()> changed) {
    const auto* known = known_kind(name.kind, name.api_version);
    if (known != nullptr && known->sized == KubeKind::Sized::workload) return std::make_unique<WatchedView>(cluster, name, known->resource(), std::move(changed));
    return std::make_unique<AskedView>(cluster, name);
}

}  // namespace setpoint
