// SPDX-License-Identifier: Apache-2.0
#include "agent/live/label_watch.hpp"

#include <future>
#include <utility>

#include "clients/deadline.hpp"
#include "clients/nudge.hpp"

namespace setpoint {

using Containers = std::vector<ContainerSummary>;

Result<Containers> look_at_containers(DockerClient& docker) {
    const auto answer = std::make_shared<std::promise<Result<Containers>>>();
    auto seen = answer->get_future();
    docker.list({}, LabelWatch::kDeadline, [answer](Result<Containers> containers) { answer->set_value(std::move(containers)); });
    return seen.get();
}

// Lives on the I/O thread; what is on its way holds it, `ended` silences it.
class LabelWatch::State : public std::enable_shared_from_this<State> {
public:
    State(IoThread& io, DockerWatch& watch, Seen seen) : io_(io), watch_(watch), seen_(std::move(seen)), nudge_(io, [this] { look(); }) {}

    void begin() {
        events_ = watch_.on_event({}, [weak = weak_from_this()](const EngineEvent&) {
            if (const auto self = weak.lock()) self->nudge_.poke();
        });
        look_later();
    }

    void end() {
        ended_ = true;
        next_.reset();
        events_.reset();
        nudge_.end();
    }

private:
    void look_later() {
        next_ = io_.after(kLookEvery, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self) return;
            self->look();
            self->look_later();
        });
    }

    void look() {
        if (ended_ || std::exchange(looking_, true)) return;
        watch_.list({}, Deadline{kDeadline}, [self = shared_from_this()](Result<Containers> containers) {
            self->looking_ = false;
            if (containers && !self->ended_) self->seen_(std::move(*containers));
        });
    }

    IoThread& io_;
    DockerWatch& watch_;
    Seen seen_;
    Nudge nudge_;
    DockerWatch::Subscription events_;
    IoThread::Timer next_;
    bool looking_ = false;
    bool ended_ = false;
};

LabelWatch::LabelWatch(IoThread& io, DockerWatch& watch, Seen seen)
    : io_(io), state_(std::make_shared<State>(io, watch, std::move(seen))) {
    io_.post([state = state_] { state->begin(); });
}

LabelWatch::~LabelWatch() {
    io_.run([this] { state_->end(); });
}

}  // namespace setpoint
