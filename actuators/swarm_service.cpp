// SPDX-License-Identifier: Apache-2.0
#include "actuators/swarm_service.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "actuators/swarm_plan.hpp"
#include "actuators/swarm_roster.hpp"
#include "clients/deadline.hpp"
#include "clients/nudge.hpp"

namespace setpoint {
namespace {

bool is_silence(const Error& error) { return error.code == Errc::timed_out || error.code == Errc::unreachable; }

}  // namespace

/// Lives on the I/O thread.
class SwarmService::State : public std::enable_shared_from_this<SwarmService::State> {
public:
    State(IoThread& io, DockerClient& docker, DockerWatch& watch, const Clock& clock, Settings settings, Told told)
        : docker_(docker),
          watch_(watch),
          clock_(clock),
          settings_(std::move(settings)),
          told_(std::move(told)),
          roster_(settings_.target, settings_.service),
          news_(settings_.reads),
          nudge_(io, settings_.changed) {}

    /// The events of its service, of its tasks' containers on this node too.
    void begin() {
        events_ = watch_.on_event({std::string{DockerWatch::kServiceLabel} + "=" + settings_.service},
                                  [weak = weak_from_this()](const EngineEvent&) {
                                      if (const auto self = weak.lock()) self->nudge_.poke();
                                  });
    }

    void look(Deadline deadline, Sink& sink) {
        if (closed_ || looking_) return;
        looking_ = true;
        find(deadline, sink);
    }

    void apply(Replicas seen, Replicas wanted, Deadline deadline, Sink& sink) {
        if (closed_ || size_during_apply_) {
            sink.post(ApplyResult{settings_.target, wanted, size_during_apply_.value_or(seen), ApplyOutcome::refused,
                                  closed_ ? "the agent is stopping" : "the change before is not done yet"});
            return;
        }
        size_during_apply_ = seen;
        attempt(std::make_shared<Order>(Order{seen, wanted, deadline, sink, Try::first, {}}));
    }

    void close() {
        closed_ = true;
        events_.reset();
        nudge_.end();
    }

private:
    /// An update that somebody else was faster than, or that had no answer, is looked into and tried once more; the last look
    /// only sees what became of that.
    enum class Try : std::uint8_t { first, again, look };
    /// One call of `apply`.
    struct Order {
        Replicas seen;
        Replicas wanted;
        Deadline deadline;
        Sink& sink;
        Try which;
        Error last;      // of the update before
    };
    using OrderPtr = std::shared_ptr<Order>;

    void find(Deadline deadline, Sink& sink) {
        docker_.service(settings_.service, DockerClient::Api::agreed, deadline.left(),
                        [self = shared_from_this(), deadline, &sink, began = applies_](Result<ServiceDetails> found) {
                            self->found(std::move(found), began, deadline, sink);
                        });
    }

    void found(Result<ServiceDetails> service, std::size_t began, Deadline deadline, Sink& sink) {
        const auto checked = service.and_then([this](const ServiceDetails& s) { return check_scalable(s, settings_.service); });
        if (!checked || closed_) return missed(checked, sink);
        const auto id = service->id;
        docker_.tasks(id, deadline.left(),
                      [self = shared_from_this(), service = std::move(*service), began, deadline, &sink](Result<std::vector<ServiceTask>> tasks) {
                          if (!tasks || self->closed_) return self->missed(tasks.map([](const auto&) {}), sink);
                          // What was read may be from before a change that ended meanwhile.
                          if (began != self->applies_) return self->find(deadline, sink);
                          self->report(service, *tasks, sink);
                      });
    }

    /// Nothing is known but why.
    void missed(const Result<void>& why, Sink& sink) {
        looking_ = false;
        if (closed_ || why || is_silence(why.error())) return;
        tell(news_.failed(why.error()));
        // An answer that makes no sense says nothing of the tasks; one that there is no such service does.
        const bool gone = why.error().code == Errc::no_data || why.error().code == Errc::refused;
        if (gone) post(roster_.update({}, clock_.now(), translate()), sink);
    }

    void report(const ServiceDetails& service, const std::vector<ServiceTask>& tasks, Sink& sink) {
        looking_ = false;
        const auto counted = count(tasks);
        no_node_ = counted.no_node;
        tell(news_.seen(service, counted));
        post(roster_.update(tasks, clock_.now(), translate()), sink);
        TargetState state;
        state.target = settings_.target;
        state.replicas = size_during_apply_.value_or(service.replicas);
        state.ready = counted.serving;
        if (counted.exist != state.replicas) state.status = counted.exist;
        state.changed_by = Hand::somebody;  // Swarm itself never changes the size asked for
        sink.post(state);
    }

    void attempt(const OrderPtr& order) {
        docker_.service(settings_.service, DockerClient::Api::newest, order->deadline.left(),
                        [self = shared_from_this(), order](Result<ServiceDetails> service) { self->resize(order, std::move(service)); });
    }

    void resize(const OrderPtr& order, Result<ServiceDetails> service) {
        if (!service) return give_up(order, order->seen, service.error());
        if (const auto possible = check_scalable(*service, settings_.service); !possible) return give_up(order, order->seen, possible.error());
        const Replicas size = service->replicas;
        const bool may_be_ours = order->which != Try::first && size == order->wanted;
        if (size != order->seen && !may_be_ours) {
            return end(order, size, ApplyOutcome::foreign,
                       "the service has a size of " + std::to_string(size) + ", not the " + std::to_string(order->seen) + " seen before");
        }
        if (size == order->wanted) return end(order, size, ApplyOutcome::applied, {});
        if (order->which == Try::look) return give_up(order, size, order->last);
        update(order, *service);
    }

    void update(const OrderPtr& order, const ServiceDetails& service) {
        const auto spec = check_room(service, order->wanted).and_then([&] { return setpoint::resized(service.document, order->wanted); });
        if (!spec) return give_up(order, service.replicas, spec.error());
        // Half is kept to see what became of an update without an answer.
        docker_.update_service(service.id, service.version, *spec, order->deadline.left() / 2,
                               [self = shared_from_this(), order, before = service](const Result<void>& updated) {
                                   self->updated(order, before, updated);
                               });
    }

    void updated(const OrderPtr& order, const ServiceDetails& before, const Result<void>& updated) {
        if (updated) {
            tell(SwarmNews::resized(before));
            return end(order, order->wanted, ApplyOutcome::applied, {});
        }
        const bool unknown = updated.error().code == Errc::conflict || is_silence(updated.error());
        if (!unknown) return give_up(order, before.replicas, updated.error());
        order->last = updated.error();
        order->which = order->which == Try::first ? Try::again : Try::look;
        attempt(order);
    }

    [[nodiscard]] Result<void> check_room(const ServiceDetails& service, Replicas wanted) {
        if (auto room = check_rollout(service, wanted, age_of_rollout(service)); !room) return room;
        if (wanted > service.replicas && !no_node_.empty()) return fail(Errc::refused, "replicas that there are find no node: " + no_node_);
        return {};
    }

    void give_up(const OrderPtr& order, Replicas size, const Error& error) {
        end(order, size, is_silence(error) ? ApplyOutcome::unreachable : ApplyOutcome::refused, error.message);
    }

    void end(const OrderPtr& order, Replicas size, ApplyOutcome outcome, std::string message) {
        size_during_apply_.reset();
        ++applies_;
        order->sink.post(ApplyResult{settings_.target, order->wanted, size, outcome, std::move(message)});
    }

    /// By our clock, from when it was first seen, so that a step of the civil clock makes no rollout old.
    [[nodiscard]] Duration age_of_rollout(const ServiceDetails& service) {
        if (!service.rollout_began) return Duration{0};
        const Time now = clock_.now();
        if (rollout_began_ != service.rollout_began) {
            rollout_began_ = service.rollout_began;
            rollout_since_ = std::min(clock_.translate(*service.rollout_began), now);
        }
        return now - rollout_since_;
    }

    [[nodiscard]] SwarmRoster::Translate translate() const {
        return [this](WallTime stamp) { return clock_.translate(stamp); };
    }

    void tell(const std::vector<SwarmNews::Line>& lines) const {
        for (const auto& line : lines) told_(line);
    }

    static void post(std::vector<PodDelta> deltas, Sink& sink) {
        for (auto& delta : deltas) sink.post(std::move(delta));
    }

    DockerClient& docker_;
    DockerWatch& watch_;
    const Clock& clock_;
    Settings settings_;
    Told told_;
    SwarmRoster roster_;
    SwarmNews news_;
    Nudge nudge_;
    DockerWatch::Subscription events_;
    std::string no_node_;                // of the last look: why replicas find none
    std::optional<WallTime> rollout_began_;
    Time rollout_since_{};
    std::optional<Replicas> size_during_apply_;
    std::size_t applies_ = 0;            // how many ended
    bool looking_ = false;
    bool closed_ = false;
};

SwarmService::SwarmService(IoThread& io, DockerClient& docker, DockerWatch& watch, const Clock& clock, Settings settings, Told told)
    : io_(io), state_(std::make_shared<State>(io, docker, watch, clock, std::move(settings), std::move(told))) {
    io_.post([state = state_] { state->begin(); });
}

SwarmService::~SwarmService() {
    io_.run([this] { state_->close(); });
}

void SwarmService::look(Duration deadline, Sink& sink) {
    io_.post([state = state_, deadline = Deadline{deadline}, &sink] { state->look(deadline, sink); });
}

void SwarmService::apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) {
    // A twentieth is kept for the way back.
    io_.post([state = state_, seen, wanted, deadline = Deadline{deadline - deadline / 20}, &sink] {
        state->apply(seen, wanted, deadline, sink);
    });
}

}  // namespace setpoint
