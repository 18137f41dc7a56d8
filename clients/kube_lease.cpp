// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_lease.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "clients/kube_path.hpp"

namespace setpoint {

/// Lives on the I/O thread, but for what the lock guards.
class KubeLease::State : public std::enable_shared_from_this<KubeLease::State> {
public:
    State(IoThread& io, KubeClient& kube, const Clock& clock, const LeaseElection::Settings& settings)
        : io_(io), kube_(kube), clock_(clock), collection_(kube_path(kLeases, settings.ns)), path_(kube_path(kLeases, settings.ns, settings.name)),
          election_(settings) {}

    void begin(Heard heard) {
        heard_ = std::move(heard);
        begun_ = true;
        step();
    }

    void let_go() {
        if (closed_ || released_) return;
        {
            const std::lock_guard guard{lock_};
            election_.let_go();
        }
        step();
    }

    void release(std::shared_ptr<std::promise<void>> released) {
        released_ = std::move(released);
        if (!begun_ || closed_) return released_->set_value();
        {
            const std::lock_guard guard{lock_};
            election_.resign();
        }
        step();
    }

    void close() {
        closed_ = true;
        timer_.reset();
        heard_ = {};
    }

    [[nodiscard]] Result<Duration> may_write() const {
        const std::lock_guard guard{lock_};
        return election_.may_write(BootClock::now());
    }

private:
    using Role = LeaseElection::Role;
    using Kind = LeaseElection::Order::Kind;

    void step() {
        if (closed_) return;
        timer_.reset();
        std::optional<LeaseElection::Order> order;
        {
            const std::lock_guard guard{lock_};
            order = election_.due(BootClock::now(), clock_.wall());
            awaits_ = awaits_ || order.has_value();
        }
        tell();
        if (order) return send(std::move(*order));
        if (awaits_ || election_.role() == Role::resigned) return;
        timer_ = io_.after(std::max(election_.next() - BootClock::now(), Duration{1}), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->step();
        });
    }

    void send(LeaseElection::Order order) {
        auto done = [self = shared_from_this()](const Result<std::string>& answer) { self->answered(answer); };
        switch (order.kind) {
            case Kind::read: return kube_.get(path_, order.deadline, std::move(done));
            case Kind::create: return kube_.create(collection_, std::move(order.body), order.deadline, std::move(done));
            case Kind::replace: return kube_.replace(path_, std::move(order.body), order.deadline, std::move(done));
        }
    }

    void answered(const Result<std::string>& answer) {
        awaits_ = false;
        if (closed_) return;
        const auto lease = answer.and_then([](const std::string& json) { return read_lease(json); });
        {
            const std::lock_guard guard{lock_};
            election_.answered(BootClock::now(), lease);
        }
        step();
    }

    /// What has changed.
    void tell() {
        const auto role = election_.role();
        const auto before = std::exchange(role_, role);
        if (role == Role::leader && before != role) heard_.leads(election_.term());
        if (before == Role::leader && role == Role::standby) tell_loss();
        if (role == Role::standby && !released_) tell_obstacle();
        if (role == Role::resigned && released_) std::exchange(released_, nullptr)->set_value();
    }

    void tell_loss() {
        told_.reset();
        told_trouble_ = election_.in_trouble();  // which the loss names
        heard_.lost(election_.why_lost());
    }

    /// A trouble is told once, in whatever words it comes.
    void tell_obstacle() {
        const auto obstacle = election_.obstacle();
        const bool trouble = election_.in_trouble();
        const bool known = trouble ? told_trouble_ : obstacle == told_;
        if (!obstacle || known) return;
        told_trouble_ = trouble;
        told_ = obstacle;
        heard_.waits(trouble, *obstacle);
    }

    IoThread& io_;
    KubeClient& kube_;
    const Clock& clock_;
    const std::string collection_;
    const std::string path_;
    mutable std::mutex lock_;
    LeaseElection election_;  // changed on this thread alone, and under the lock
    Heard heard_;
    IoThread::Timer timer_;
    std::shared_ptr<std::promise<void>> released_;
    std::optional<std::string> told_;  // what was in the way
    bool told_trouble_ = false;
    Role role_ = Role::standby;
    bool awaits_ = false;
    bool begun_ = false;
    bool closed_ = false;
};

KubeLease::KubeLease(IoThread& io, KubeClient& kube, const Clock& clock, LeaseElection::Settings settings)
    : io_(io), state_(std::make_shared<State>(io, kube, clock, settings)) {}

KubeLease::~KubeLease() {
    io_.run([this] { state_->close(); });
}

void KubeLease::begin(Heard heard) {
    io_.post([state = state_, heard = std::move(heard)]() mutable { state->begin(std::move(heard)); });
}

Result<Duration> KubeLease::may_write() const { return state_->may_write(); }

void KubeLease::let_go() {
    io_.post([state = state_] { state->let_go(); });
}

void KubeLease::release(Duration patience) { begin_release().wait_for(patience); }

std::future<void> KubeLease::begin_release() {
    const auto released = std::make_shared<std::promise<void>>();
    auto done = released->get_future();
    io_.post([state = state_, released] { state->release(released); });
    return done;
}

}  // namespace setpoint
