// SPDX-License-Identifier: Apache-2.0
#include "agent/live/contact.hpp"

#include <algorithm>
#include <utility>

namespace setpoint {

// Lives on the I/O thread; what is on its way holds it, `ended` silences it.
class Contact::State : public std::enable_shared_from_this<State> {
public:
    State(IoThread& io, Orchestrator& orchestrator, Heard heard) : io_(io), orchestrator_(orchestrator), heard_(std::move(heard)) {}

    void ask() {
        orchestrator_.ask(kDeadline, [self = shared_from_this()](Result<std::string> id) { self->answered(id); });
    }

    void end() {
        ended_ = true;
        next_.reset();
    }

private:
    void answered(const Result<std::string>& id) {
        if (ended_) return;
        heard_(id);
        pause_ = id ? kLongestPause : std::clamp<Duration>(failed_ ? 2 * pause_ : kFirstPause, kFirstPause, kLongestPause);
        failed_ = !id;
        next_ = io_.after(pause_, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->ask();
        });
    }

    IoThread& io_;
    Orchestrator& orchestrator_;
    Heard heard_;
    IoThread::Timer next_;
    Duration pause_ = kFirstPause;
    bool failed_ = false;
    bool ended_ = false;
};

Contact::Contact(IoThread& io, Orchestrator& orchestrator, Heard heard)
    : io_(io), state_(std::make_shared<State>(io, orchestrator, std::move(heard))) {
    io_.post([state = state_] { state->ask(); });
}

Contact::~Contact() {
    io_.run([this] { state_->end(); });
}

}  // namespace setpoint
