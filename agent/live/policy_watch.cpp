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

void list(KubeClient& kube, const std::string& ns, Listing::Each each, Listing::Done done) {
    std::make_shared<Listing>(kube, ns, std::move(each), std::move(done))->ask({});
}

}  // namespace

Result<std::vector<PolicyObject>> list_policies(KubeClient& kube, const std::string& ns) {
    const auto found = std::make_shared<std::vector<PolicyObject>>();
    const auto answer = std::make_shared<std::promise<Result<>>>();
    auto listed = answer->get_future();
    const auto each = [found](const KubeObject& object) {
        if (auto policy = read_policy_object(object.json)) found->push_back(std::move(*policy));
    };
    list(kube, ns, each, [answer](Result<> done) { answer->set_value(std::move(done)); });
    return listed.get().map([&] { return std::move(*found); });
}

void list_policy_memories(KubeClient& kube, const std::string& ns, std::function<void(Result<PolicyMemories>)> done) {
    const auto found = std::make_shared<PolicyMemories>();
    const auto each = [found](const KubeObject& object) { found->emplace(hash_of(object.uid), read_policy_memory(object.json)); };
    list(kube, ns, each, [found, done = std::move(done)](const Result<>& listed) { done(listed.map([&] { return std::move(*found); })); });
}

// Lives on the I/O thread; `end` silences it.
class PolicyWatch::State : public std::enable_shared_from_this<State> {
public:
    State(IoThread& io, KubeClient& kube, const std::string& ns, Seen seen)
        : io_(io), seen_(std::move(seen)), nudge_(io, [this] { tell(); }),
          objects_(std::make_unique<PolicyObjects>(io, kube, KubeSelection{kScalingPolicies, ns}, read_policy_object)) {}

    void begin() {
        changes_ = objects_->on_change([this](const PolicyObjects::Change&) { nudge_.poke(); });
        look_later();
    }

    void end() {
        seen_ = nullptr;
        next_.reset();
        nudge_.end();
        changes_.reset();
        objects_.reset();
    }

private:
    void look_later() {
        next_ = io_.after(kLookEvery, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self || !self->seen_) return;
            self->look();
            self->look_later();
        });
    }

    /// The first list may be an empty one, and troubles are no change.
    void look() {
        const auto& trouble = objects_->trouble();
        const auto why = trouble ? explained(*trouble).message : std::string{};
        if (!why.empty() && why != told_) seen_(fail(trouble->code, why));
        if (objects_->listed() && (!listed_ || (why.empty() && !told_.empty()))) tell();
        listed_ = objects_->listed();
        told_ = why;
    }

    void tell() {
        if (!seen_ || !objects_->listed()) return;
        std::vector<PolicyObject> all;
        objects_->each([&](const std::string&, const PolicyObjects::Item& item) { all.push_back(item.value); });
        seen_(std::move(all));
    }

    IoThread& io_;
    Seen seen_;
    Nudge nudge_;
    std::unique_ptr<PolicyObjects> objects_;
    PolicyObjects::Subscription changes_;
    IoThread::Timer next_;
    std::string told_;      // the trouble
    bool listed_ = false;
};

PolicyWatch::PolicyWatch(IoThread& io, KubeClient& kube, const std::string& ns, Seen seen)
    : io_(io), state_(std::make_shared<State>(io, kube, ns, std::move(seen))) {
    io_.post([state = state_] { state->begin(); });
}

PolicyWatch::~PolicyWatch() {
    io_.run([this] { state_->end(); });
}

}  // namespace setpoint
