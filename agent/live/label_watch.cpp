// SPDX-License-Identifier: Apache-2.0
#include "agent/live/label_watch.hpp"

#include <future>
#include <utility>

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
    State(IoThread& io, DockerClient& docker, Seen seen) : io_(io), docker_(docker), seen_(std::move(seen)) {}

    void look_later() {
        next_ = io_.after(kLookEvery, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->look();
        });
    }

    void end() {
        ended_ = true;
        next_.reset();
    }

private:
    void look() {
        docker_.list({}, kDeadline, [self = shared_from_this()](Result<Containers> containers) { self->answered(std::move(containers)); });
    }

    void answered(Result<Containers> containers) {
        if (ended_) return;
        if (containers) seen_(std::move(*containers));
        look_later();
    }

    IoThread& io_;
    DockerClient& docker_;
    Seen seen_;
    IoThread::Timer next_;
    bool ended_ = false;
};

LabelWatch::LabelWatch(IoThread& io, DockerClient& docker, Seen seen)
    : io_(io), state_(std::make_shared<State>(io, docker, std::move(seen))) {
    io_.post([state = state_] { state->look_later(); });
}

LabelWatch::~LabelWatch() {
    io_.run([this] { state_->end(); });
}

}  // namespace setpoint
