// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <utility>

#include "actuators/docker_scale.hpp"

namespace setpoint {
namespace {

constexpr Duration kTimeToObject = std::chrono::seconds{1};
constexpr Duration kBeyondGrace = std::chrono::seconds{30};

class ScaleDown : public std::enable_shared_from_this<ScaleDown> {
public:
    ScaleDown(ScaleOrder order, ScaleDone done)
        : order_(std::move(order)),
          done_(std::move(done)),
          leaving_(order_.plan.to_stop(order_.plan.size() - order_.wanted)),
          open_(static_cast<Replicas>(leaving_.size())) {}

    void begin() {
        if (order_.wanted > 0) return stop_all();
        // The last one stays as the template; one that the Engine removes at its stop cannot.
        kept_ = leaving_.back().id;
        order_.docker.inspect(kept_, order_.deadline.left(), [self = shared_from_this()](Result<ContainerDetails> details) {
            if (!details) return self->give_up(details.error());
            if (details->auto_remove) {
                return self->give_up({Errc::refused, "container " + details->name +
                                                         " would be removed when it stops, and is the template of the next: "
                                                         "start it without --rm, or keep min at 1"});
            }
            self->stop_all();
        });
    }

private:
    void stop_all() {
        timer_ = order_.io.after(std::min(kTimeToObject, order_.deadline.left() / 2), [self = shared_from_this()] { self->say(); });
        for (const auto& container : leaving_) order_.leaving->insert(container.id);
        for (const auto& container : leaving_) inspect(container);
    }

    void inspect(const ContainerSummary& container) {
        order_.docker.inspect(container.id, order_.deadline.left(),
                              [self = shared_from_this(), container](Result<ContainerDetails> details) {
                                  if (details) return self->stop(container, details->stop_grace);
                                  if (details.error().code == Errc::no_data) return self->ended(container);  // gone
                                  self->failed(container, details.error());
                              });
    }

    void stop(const ContainerSummary& container, Duration grace) {
        order_.docker.stop(container.id, grace + kBeyondGrace,
                           [self = shared_from_this(), container](Result<void> stopped) {
                               if (!stopped) return self->failed(container, stopped.error());
                               if (container.id == self->kept_) return self->ended(container);
                               self->remove(container);
                           });
    }

    void remove(const ContainerSummary& container) {
        using enum DockerClient::Volumes;
        const auto volumes = order_.plan.is_ours(container) ? remove_anonymous : keep;
        // It has stopped, so the size is right whatever comes of this; what stays of ours a later look removes.
        order_.docker.remove(container.id, volumes, kBeyondGrace,
                             [self = shared_from_this(), container](const Result<void>&) { self->ended(container); });
    }

    void ended(const ContainerSummary& container) {
        order_.leaving->erase(container.id);
        if (--open_ == 0) say();
    }

    void failed(const ContainerSummary& container, const Error& error) {
        ++failures_;
        if (!error_) error_ = in("container " + container.name)(error);
        ended(container);
    }

    void give_up(Error error) {
        failures_ = static_cast<Replicas>(leaving_.size());
        error_ = std::move(error);
        say();
    }

    void say() {
        timer_.reset();
        const auto done = std::exchange(done_, nullptr);
        if (!done) return;
        ScaleOutcome outcome;
        outcome.replicas = order_.wanted + failures_;
        for (const auto& container : leaving_) outcome.touched.insert(container.id);
        if (error_) {
            const bool silent = error_->code == Errc::timed_out || error_->code == Errc::unreachable;
            const bool none = failures_ == static_cast<Replicas>(leaving_.size());
            outcome.outcome = !none ? ApplyOutcome::partly : silent ? ApplyOutcome::unreachable : ApplyOutcome::refused;
            outcome.message = error_->message;
        }
        done(std::move(outcome));
    }

    ScaleOrder order_;
    ScaleDone done_;
    std::vector<ContainerSummary> leaving_;
    Replicas open_;
    Replicas failures_ = 0;
    std::string kept_;
    std::optional<Error> error_;
    IoThread::Timer timer_;
};

}  // namespace

void scale_down(ScaleOrder order, ScaleDone done) {
    std::make_shared<ScaleDown>(std::move(order), std::move(done))->begin();
}

}  // namespace setpoint
