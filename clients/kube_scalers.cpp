// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_scalers.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "clients/kube_kinds.hpp"
#include "clients/kube_silence.hpp"

namespace setpoint {
namespace {

using Watch = KubeWatch<KubeScaler>;

constexpr std::string_view kHpa = "HorizontalPodAutoscaler";
constexpr std::string_view kScaledObject = "ScaledObject";
constexpr Duration kLook = std::chrono::minutes{1};          // at whether the cluster has KEDA
constexpr Duration kFirstLook = std::chrono::seconds{3};     // likewise, while nobody has answered yet
constexpr Duration kLookDeadline = std::chrono::seconds{10};

/// The same for all ways to name an object.
std::string identity_of(const std::string& kind, const std::string& api_version, const std::string& name) {
    const auto* known = known_kind(kind, api_version);
    return kind + "." + std::string{known != nullptr ? known->group : group_of(api_version)} + "/" + name;
}

/// Those of one kind, also by whom they scale.
class Scalers {
public:
    using Told = std::function<void(const std::string& key)>;

    Scalers(IoThread& io, KubeClient& kube, std::string_view kind, const std::string& ns, Watch::Reduce reduce, Told told)
        : told_(std::move(told)), watch_(io, kube, {known_kind(kind)->resource(), ns}, std::move(reduce)) {
        hears_ = watch_.on_change([this](const Watch::Change& change) { changed(change); });
    }

    [[nodiscard]] const Watch& watch() const { return watch_; }
    /// Of the scalers of an object the first; null: it has none.
    [[nodiscard]] const std::string* of(const std::string& identity) const {
        const auto found = by_target_.find(identity);
        return found == by_target_.end() ? nullptr : &*found->second.begin();
    }

private:
    void changed(const Watch::Change& change) {
        if (change.before != nullptr && change.now != nullptr && change.before->value == change.now->value) return;
        if (change.before != nullptr) forget(change.before->value, change.key);
        if (change.now != nullptr) by_target_[target_of(change.now->value)].insert(change.key);
        told_(change.key);
    }

    void forget(const KubeScaler& scaler, const std::string& key) {
        const auto found = by_target_.find(target_of(scaler));
        if (found == by_target_.end()) return;
        found->second.erase(key);
        if (found->second.empty()) by_target_.erase(found);
    }

    static std::string target_of(const KubeScaler& scaler) { return identity_of(scaler.kind, scaler.api_version, scaler.name); }

    Told told_;
    std::map<std::string, std::set<std::string>> by_target_;  // keys
    Watch watch_;
    Watch::Subscription hears_;
};

}  // namespace

/// Lives on the I/O thread.
class KubeScalers::State : public std::enable_shared_from_this<KubeScalers::State> {
public:
    State(IoThread& io, KubeClient& kube, KubeDiscovery& kinds, std::string ns) : io_(io), kube_(kube), kinds_(kinds), ns_(std::move(ns)) {}

    void begin() {
        hpas_ = follow(kHpa, read_kube_hpa);
        look();
    }

    void end() {
        ended_ = true;
        next_look_.reset();
        hpas_.reset();
        scaled_objects_.reset();
    }

    [[nodiscard]] bool known() const { return answered(hpas_) && looked_ && (!scaled_objects_ || answered(scaled_objects_)); }

    [[nodiscard]] std::optional<Error> trouble() const {
        for (const auto* one : {&hpas_, &scaled_objects_}) {
            if (*one && (*one)->watch().trouble()) return (*one)->watch().trouble();
        }
        return unknown_;
    }

    [[nodiscard]] Result<const Item*> find(std::string_view kind, const std::string& key) const {
        const auto& all = kind == kHpa ? hpas_ : scaled_objects_;
        if (!all && unknown_) return tl::unexpected(*unknown_);
        if (!all) return fail(Errc::bad_config, "the cluster has no kind " + std::string{kind});
        if (const auto& trouble = all->watch().trouble()) return tl::unexpected(*trouble);
        return all->watch().find(key);
    }

    [[nodiscard]] std::optional<std::string> scaler_of(const std::string& identity) const {
        if (const auto* key = scaled_objects_ ? scaled_objects_->of(identity) : nullptr) return "the ScaledObject " + *key;
        const auto* key = hpas_ ? hpas_->of(identity) : nullptr;
        if (key == nullptr) return std::nullopt;
        const auto* item = hpas_->watch().find(*key);
        const bool made = item != nullptr && !item->value.made_by.empty();
        return "the HorizontalPodAutoscaler " + *key + (made ? " of the ScaledObject " + item->value.made_by : std::string{});
    }

    [[nodiscard]] Subscription on_change(Heard heard) {
        auto subscriber = std::make_shared<Heard>(std::move(heard));
        subscribers_.push_back(subscriber);
        return subscriber;
    }

private:
    using Followed = std::unique_ptr<Scalers>;

    /// That nobody answers is no answer.
    [[nodiscard]] static bool answered(const Followed& all) {
        if (!all) return false;
        const auto& trouble = all->watch().trouble();
        return all->watch().listed() || (trouble && !is_silence(*trouble));
    }

    [[nodiscard]] Followed follow(std::string_view kind, Watch::Reduce reduce) {
        return std::make_unique<Scalers>(io_, kube_, kind, ns_, std::move(reduce), [this, kind](const std::string& key) { tell(kind, key); });
    }

    void tell(std::string_view kind, const std::string& key) {
        std::erase_if(subscribers_, [](const auto& subscriber) { return subscriber.expired(); });
        // Who hears may subscribe or go.
        for (const auto& weak : std::vector(subscribers_)) {
            if (const auto heard = weak.lock()) (*heard)(kind, key);
        }
    }

    /// KEDA may be installed, and removed, at any time.
    void look() {
        const bool gone = scaled_objects_ && scaled_objects_->watch().trouble() && scaled_objects_->watch().trouble()->code == Errc::no_data;
        if (gone) scaled_objects_.reset();
        look_after(kLook);
        if (scaled_objects_) return;
        kinds_.find(std::string{kScaledObject}, "keda.sh/v1alpha1", KubeDiscovery::kAbsentServes, Deadline{kLookDeadline},
                    [self = shared_from_this()](const Result<KubeServedKind>& found) { self->looked(found); });
    }

    void look_after(Duration pause) {
        next_look_ = io_.after(pause, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->look();
        });
    }

    void looked(const Result<KubeServedKind>& found) {
        if (ended_ || scaled_objects_) return;
        looked_ = looked_ || found || !is_silence(found.error());
        if (!looked_) look_after(kFirstLook);
        unknown_.reset();
        if (found) scaled_objects_ = follow(kScaledObject, read_scaled_object);
        else if (found.error().code != Errc::bad_config) unknown_ = found.error();
    }

    IoThread& io_;
    KubeClient& kube_;
    KubeDiscovery& kinds_;
    const std::string ns_;
    std::vector<std::weak_ptr<Heard>> subscribers_;
    std::optional<Error> unknown_;  // why it is not known whether there is KEDA
    bool looked_ = false;           // at whether there is
    bool ended_ = false;
    IoThread::Timer next_look_;
    Followed hpas_;
    Followed scaled_objects_;       // null: the cluster has none
};

KubeScalers::KubeScalers(IoThread& io, KubeClient& kube, KubeDiscovery& kinds, std::string ns)
    : io_(io), state_(std::make_shared<State>(io, kube, kinds, std::move(ns))) {
    io_.post([state = state_] { state->begin(); });
}

KubeScalers::~KubeScalers() {
    io_.run([this] { state_->end(); });
}

bool KubeScalers::known() const { return state_->known(); }
std::optional<Error> KubeScalers::trouble() const { return state_->trouble(); }
Result<const KubeScalers::Item*> KubeScalers::find(std::string_view kind, const std::string& key) const { return state_->find(kind, key); }

std::optional<std::string> KubeScalers::scaler_of(const std::string& kind, const std::string& api_version, const std::string& name) const {
    return state_->scaler_of(identity_of(kind, api_version, name));
}

KubeScalers::Subscription KubeScalers::on_change(Heard heard) { return state_->on_change(std::move(heard)); }

}  // namespace setpoint
