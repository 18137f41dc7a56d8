// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_watch.hpp"

#include <future>
#include <optional>
#include <utility>

#include "clients/kube_objects.hpp"
#include "clients/nudge.hpp"

namespace setpoint {
namespace {

constexpr Duration kDeadline = std::chrono::seconds{10};
constexpr Duration kLookEvery = std::chrono::seconds{3};

/// With what to do about it.
Error explained(Error error) {
    if (error.code == Errc::no_data) error.message = "the cluster knows no ScalingPolicies: kubectl apply -f deploy/kubernetes/crd.yaml (" + error.message + ")";
    return error;
}

/// One page after the other, on the I/O thread.
class Listing : public std::enable_shared_from_this<Listing> {
public:
    using Each = std::function<void(const KubeObject&)>;
    using Done = std::function<void(Result<>)>;
    Listing(KubeClient& kube, std::string ns, Each each, Done done) : kube_(kube), ns_(std::move(ns)), each_(std::move(each)), done_(std::move(done)) {}

    void ask(const std::string& from) {
        kube_.list({kScalingPolicies, ns_}, from, kDeadline, [self = shared_from_this()](Result<std::string> page) { self->take(std::move(page)); });
    }

private:
    void take(Result<std::string> page) {
        if (!page) return done_(tl::unexpected<Error>(explained(std::move(page.error()))));
        const auto read = read_kube_page(*page, each_);
        if (!read) return done_(tl::unexpected<Error>(read.error()));
        read->more.empty() ? done_({}) : ask(read->more);
    }

    KubeClient& kube_;
    std::string ns_;
    Each each_;
    Done done_;
};

}  // namespace

void list_policies(KubeClient& kube, const std::string& ns, std::function<void(Result<PolicyListing>)> done) {
    const auto found = std::make_shared<PolicyListing>();
    const auto each = [found](const KubeObject& object) {
        auto policy = read_policy_object(object.json);
        if (!policy) return;
        found->memories.emplace(policy->uid, read_policy_memory(object.json));
        found->objects.push_back(std::move(*policy));
    };
    std::make_shared<Listing>(kube, ns, each, [found, done = std::move(done)](const Result<>& listed) {
        done(listed.map([&] { return std::move(*found); }));
    })->ask({});
}

Result<PolicyListing> list_policies(KubeClient& kube, const std::string& ns) {
    const auto answer = std::make_shared<std::promise<Result<PolicyListing>>>();
    auto listed = answer->get_future();
    list_policies(kube, ns, [answer](Result<PolicyListing> listing) { answer->set_value(std::move(listing)); });
    return listed.get();
}

// Lives on the I/O thread; `end` silences it.
class PolicyWatch::State : public std::enable_shared_from_this<State> {
public:
    State(IoThread& io, KubeClient& kube, const std::string& ns, Heard heard)
        : io_(io), heard_(std::move(heard)), nudge_(io, [this] { tell(); }),
          objects_(std::make_unique<PolicyObjects>(io, kube, KubeSelection{kScalingPolicies, ns}, read_policy_object)) {}

    void begin() {
        changes_ = objects_->on_change([this](const PolicyObjects::Change&) { nudge_.poke(); });
        look_later();
    }

    void end() {
        next_.reset();
        nudge_.end();
        changes_.reset();
        objects_.reset();
    }

private:
    void look_later() {
        next_ = io_.after(kLookEvery, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self || !self->objects_) return;
            self->look();
            self->look_later();
        });
    }

    /// The first list may be an empty one, and troubles are no change.
    void look() {
        const auto& trouble = objects_->trouble();
        const auto why = trouble ? explained(*trouble).message : std::string{};
        if (!why.empty() && why != told_) heard_.trouble("the ScalingPolicies cannot be followed, those known stay in force: " + why);
        if (objects_->listed() && (!listed_ || (why.empty() && !told_.empty()))) tell();
        listed_ = objects_->listed();
        told_ = why;
        const auto& unreadable = objects_->last_unreadable();
        if (std::exchange(told_unreadable_, unreadable) != unreadable) heard_.trouble("a ScalingPolicy is passed over, it cannot be read: " + unreadable);
    }

    void tell() {
        if (!objects_ || !objects_->listed()) return;
        std::vector<PolicyObject> all;
        objects_->each([&](const std::string&, const PolicyObjects::Item& item) { all.push_back(item.value); });
        heard_.seen(std::move(all));
    }

    IoThread& io_;
    const Heard heard_;
    Nudge nudge_;
    std::unique_ptr<PolicyObjects> objects_;  // null: ended
    PolicyObjects::Subscription changes_;
    IoThread::Timer next_;
    std::string told_;             // the trouble
    std::string told_unreadable_;
    bool listed_ = false;
};

PolicyWatch::PolicyWatch(IoThread& io, KubeClient& kube, const std::string& ns, Heard heard)
    : io_(io), state_(std::make_shared<State>(io, kube, ns, std::move(heard))) {
    io_.post([state = state_] { state->begin(); });
}

PolicyWatch::~PolicyWatch() {
    io_.run([this] { state_->end(); });
}

}  // namespace setpoint
