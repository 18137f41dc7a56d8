// SPDX-License-Identifier: Apache-2.0
#include "actuators/docker_group.hpp"

#include <optional>
#include <utility>

#include "actuators/crash_pause.hpp"
#include "actuators/docker_plan.hpp"
#include "actuators/docker_roster.hpp"
#include "actuators/docker_scale.hpp"
#include "actuators/group_census.hpp"
#include "clients/deadline.hpp"
#include "clients/docker_template.hpp"
#include "clients/nudge.hpp"

namespace setpoint {
namespace {

constexpr Duration kCleanUp = std::chrono::seconds{30};

std::string how_it_ended(const ContainerDetails& details) {
    return "exit code " + std::to_string(details.exit_code) + (details.out_of_memory ? ", out of memory" : "");
}

}  // namespace

/// Lives on the I/O thread.
class DockerGroup::State : public std::enable_shared_from_this<DockerGroup::State> {
public:
    State(IoThread& io, DockerClient& docker, DockerWatch& watch, const Clock& clock, Settings settings)
        : io_(io),
          docker_(docker),
          watch_(watch),
          clock_(clock),
          settings_(std::move(settings)),
          roster_(settings_.target),
          nudge_(io, settings_.changed) {}

    void begin() {
        events_ = watch_.on_event(settings_.labels, [weak = weak_from_this()](const EngineEvent& event) {
            if (const auto self = weak.lock()) self->heard(event);
        });
    }

    void look(Deadline deadline, Sink& sink) {
        if (closed_ || looking_) return;
        looking_ = true;
        list(deadline, sink);
    }

    void apply(Replicas seen, Replicas wanted, Deadline deadline, Sink& sink) {
        if (closed_ || size_during_apply_) {
            return post(sink, wanted,
                        {ApplyOutcome::refused, size_during_apply_.value_or(seen),
                         closed_ ? "the agent is stopping" : "the change before is not done yet"});
        }
        size_during_apply_ = seen;
        docker_.list(settings_.labels, deadline.left(),
                     [self = shared_from_this(), seen, wanted, deadline, &sink](Result<Containers> containers) {
                         self->scale(seen, wanted, deadline, sink, std::move(containers));
                     });
    }

    void close() {
        closed_ = true;
        events_.reset();
        nudge_.end();
    }

private:
    using Containers = std::vector<ContainerSummary>;

    void heard(const EngineEvent& event) {
        if (event.action == "update" || event.action == "start") roster_.doubt(event.id);
        nudge_.poke();
    }

    void list(Deadline deadline, Sink& sink) {
        watch_.list(settings_.labels, deadline,
                     [self = shared_from_this(), deadline, &sink, began = applies_](Result<Containers> containers) {
                         if (!containers || self->closed_) {
                             self->looking_ = false;
                             return;
                         }
                         // The list may be from before a change that ended meanwhile.
                         if (began != self->applies_) return self->list(deadline, sink);
                         self->inspect(DockerPlan{std::move(*containers), self->settings_.policy, *self->leaving_}, deadline, sink);
                     });
    }

    void inspect(DockerPlan plan, Deadline deadline, Sink& sink) {
        const auto ids = roster_.to_inspect(plan, clock_.now());
        if (ids.empty()) return report(plan, sink);
        // The last answer releases the report.
        const auto rest = std::make_shared<std::size_t>(ids.size());
        const auto shared_plan = std::make_shared<const DockerPlan>(std::move(plan));
        for (const auto& id : ids) {
            docker_.inspect(id, deadline.left(),
                            [self = shared_from_this(), rest, shared_plan, &sink, began = applies_](Result<ContainerDetails> details) {
                                if (details) self->take(*details);
                                if (--*rest > 0) return;
                                if (began == self->applies_) self->report(*shared_plan, sink);
                                else self->looking_ = false;  // the next look sees it as it is now
                            });
        }
    }

    void take(const ContainerDetails& details) {
        std::optional<Time> started;
        if (details.started) started = std::min(clock_.translate(*details.started), clock_.now());
        roster_.take(details, started);
    }

    void report(const DockerPlan& plan, Sink& sink) {
        looking_ = false;
        if (closed_) return;
        for (auto& delta : roster_.update(plan, *leaving_, clock_.now())) sink.post(std::move(delta));
        TargetState state;
        state.target = settings_.target;
        state.replicas = size_during_apply_.value_or(plan.size());
        state.ready = roster_.ready();
        if (plan.size() != state.replicas) state.status = plan.size();
        if (!size_during_apply_) {
            state.changed_by = census_.take(plan, watch_.stretch(), [this](const std::string& id) { return watch_.told_to_end(id); });
        }
        sink.post(state);
        preflight(plan);
        if (!size_during_apply_ && settings_.strays == Strays::remove) remove_strays(plan);
    }

    /// Says early what the first scale-up would be refused for.
    void preflight(const DockerPlan& plan) {
        const auto* model = plan.original();
        if (!settings_.cannot_grow || model == nullptr || model->id == checked_) return;
        checked_ = model->id;
        if (const auto named = check_compose_name(*model); !named) return settings_.cannot_grow(named.error());
        docker_.inspect(model->id, kCleanUp, [self = shared_from_this()](const Result<ContainerDetails>& details) {
            if (!details || self->closed_) return;
            if (const auto possible = one_more(details->document, {}); !possible) self->settings_.cannot_grow(possible.error());
        });
    }

    void remove_strays(const DockerPlan& plan) {
        for (const auto& stray : plan.strays()) {
            leaving_->insert(stray.id);
            if (stray.state == ContainerState::created) {
                remove(stray.id);
                continue;
            }
            docker_.inspect(stray.id, kCleanUp, [self = shared_from_this(), id = stray.id](const Result<ContainerDetails>& details) {
                if (details) self->crashes_.ended(self->clock_.now(), how_it_ended(*details));
                self->remove(id);
            });
        }
    }

    void remove(const std::string& id) {
        docker_.remove(id, DockerClient::Volumes::remove_anonymous, kCleanUp,
                       [leaving = leaving_, id](const Result<void>&) { leaving->erase(id); });
    }

    void scale(Replicas seen, Replicas wanted, Deadline deadline, Sink& sink, Result<Containers> containers) {
        if (!containers) {
            return end(sink, wanted, {ApplyOutcome::unreachable, seen, containers.error().message});
        }
        DockerPlan plan{std::move(*containers), settings_.policy, *leaving_};
        const Replicas size = plan.size();
        if (size != seen) {
            return end(sink, wanted, {ApplyOutcome::foreign, size,
                                      "the group has " + std::to_string(size) + " running, not the " +
                                          std::to_string(seen) + " seen before"});
        }
        if (size == wanted) return end(sink, wanted, {ApplyOutcome::applied, size, {}});
        wanted > size ? grow(std::move(plan), wanted, deadline, sink) : shrink(std::move(plan), wanted, deadline, sink);
    }

    void grow(DockerPlan plan, Replicas wanted, Deadline deadline, Sink& sink) {
        const Replicas size = plan.size();
        // With one of ours that ended and is not looked at yet, nobody knows whether what was tried has stayed.
        const Replicas allowed = crashes_.troubled() && plan.has_ended() ? 0 : crashes_.allowed(clock_.now(), wanted - size);
        if (allowed == 0) return end(sink, wanted, {ApplyOutcome::refused, size, crashes_.why()});
        scale_up(order(std::move(plan), size + allowed, deadline), [self = shared_from_this(), size, allowed, wanted, &sink](ScaleOutcome outcome) {
            if (outcome.replicas > size) self->crashes_.started(self->clock_.now());
            if (outcome.outcome == ApplyOutcome::applied && size + allowed < wanted) {
                outcome.outcome = ApplyOutcome::partly;
                outcome.message = self->crashes_.why();
            }
            self->end(sink, wanted, std::move(outcome));
        });
    }

    void shrink(DockerPlan plan, Replicas wanted, Deadline deadline, Sink& sink) {
        scale_down(order(std::move(plan), wanted, deadline), [self = shared_from_this(), wanted, &sink](ScaleOutcome outcome) {
            self->end(sink, wanted, std::move(outcome));
        });
    }

    ScaleOrder order(DockerPlan plan, Replicas wanted, Deadline deadline) {
        return {io_, docker_, std::move(plan), wanted, settings_.policy, operation(), deadline, leaving_};
    }

    /// Tells the operations of one policy apart, over restarts too.
    std::string operation() const { return std::to_string(clock_.now().time_since_epoch().count()); }

    void end(Sink& sink, Replicas wanted, ScaleOutcome outcome) {
        size_during_apply_.reset();
        ++applies_;
        watch_.changed();
        census_.ours(std::move(outcome.touched));
        post(sink, wanted, std::move(outcome));
    }

    void post(Sink& sink, Replicas wanted, ScaleOutcome outcome) const {
        sink.post(ApplyResult{settings_.target, wanted, outcome.replicas, outcome.outcome, std::move(outcome.message)});
    }

    IoThread& io_;
    DockerClient& docker_;
    DockerWatch& watch_;
    const Clock& clock_;
    Settings settings_;
    DockerRoster roster_;
    std::shared_ptr<DockerPlan::Ids> leaving_ = std::make_shared<DockerPlan::Ids>();
    std::optional<Replicas> size_during_apply_;
    std::size_t applies_ = 0;   // how many ended
    CrashPause crashes_;
    GroupCensus census_;
    Nudge nudge_;
    DockerWatch::Subscription events_;
    std::string checked_;       // the model that the preflight looked at
    bool looking_ = false;
    bool closed_ = false;
};

DockerGroup::DockerGroup(IoThread& io, DockerClient& docker, DockerWatch& watch, const Clock& clock, Settings settings)
    : io_(io), state_(std::make_shared<State>(io, docker, watch, clock, std::move(settings))) {
    io_.post([state = state_] { state->begin(); });
}

DockerGroup::~DockerGroup() {
    io_.run([this] { state_->close(); });
}

void DockerGroup::look(Duration deadline, Sink& sink) {
    io_.post([state = state_, deadline = Deadline{deadline}, &sink] { state->look(deadline, sink); });
}

void DockerGroup::apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) {
    // A twentieth is kept for the way back.
    io_.post([state = state_, seen, wanted, deadline = Deadline{deadline - deadline / 20}, &sink] {
        state->apply(seen, wanted, deadline, sink);
    });
}

}  // namespace setpoint
