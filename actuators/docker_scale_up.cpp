// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "actuators/docker_scale.hpp"
#include "clients/docker_template.hpp"

namespace setpoint {
namespace {

constexpr int kAtATime = 2;
constexpr int kMostTakenNames = 20;
constexpr Duration kCleanUp = std::chrono::seconds{30};
constexpr const char* kComposeNumber = "com.docker.compose.container-number";

class ScaleUp : public std::enable_shared_from_this<ScaleUp> {
public:
    ScaleUp(ScaleOrder order, ScaleDone done)
        : order_(std::move(order)), done_(std::move(done)), missing_(order_.wanted - order_.plan.size()) {}

    void begin() {
        const auto* original = order_.plan.original();
        if (original == nullptr) {
            error_ = Error{Errc::refused, "the group is empty: start one container by hand, the others are made after it"};
            return end();
        }
        original_ = *original;
        names_.emplace(original_.name, order_.plan.containers());
        order_.docker.inspect(original_.id, order_.deadline.left(),
                              [self = shared_from_this()](Result<ContainerDetails> details) {
                                  self->inspected(std::move(details));
                              });
    }

private:
    /// One new container on its way.
    struct Birth {
        std::string name;
        std::string id;
        NewContainer plan;
        std::size_t connected = 0;
    };
    using BirthPtr = std::shared_ptr<Birth>;

    void inspected(Result<ContainerDetails> details) {
        if (!details) return give_up(details.error());
        document_ = std::move(details->document);
        const bool wake = order_.plan.size() == 0;
        if (missing_ > (wake ? 1 : 0)) {
            if (const auto named = check_compose_name(original_); !named) return give_up(named.error());
            if (const auto possible = one_more(document_, {}); !possible) return give_up(possible.error());
        }
        if (!wake) return launch();
        order_.docker.start(original_.id, order_.deadline.left(), [self = shared_from_this()](Result<void> started) {
            if (!started) return self->give_up(in("start of " + self->original_.name)(started.error()));
            ++self->made_;
            self->started_.insert(self->original_.id);
            self->launch();
        });
    }

    void launch() {
        while (!error_ && flying_ < kAtATime && made_ + flying_ < missing_) {
            if (order_.deadline.left() == Duration{0}) {
                error_ = Error{Errc::timed_out, "no time was left for the next one"};
                break;
            }
            ++flying_;
            create();
        }
        if (flying_ == 0) end();
    }

    void create() {
        const auto name = names_->next();
        std::map<std::string, std::string> labels{{kPolicyMark, order_.policy}, {kOperationMark, order_.operation}};
        if (original_.labels.contains(kComposeNumber)) labels[kComposeNumber] = std::to_string(name.number);
        auto plan = one_more(document_, labels);
        if (!plan) return failed(nullptr, plan.error());
        auto birth = std::make_shared<Birth>();
        birth->name = name.text;
        birth->plan = std::move(*plan);
        order_.docker.create(birth->name, birth->plan.body, order_.deadline.left(),
                             [self = shared_from_this(), birth](Result<std::string> id) {
                                 self->created(birth, std::move(id));
                             });
    }

    void created(const BirthPtr& birth, Result<std::string> id) {
        if (!id && id.error().code == Errc::conflict && taken_++ < kMostTakenNames) return create();
        if (!id) return failed(birth, id.error());
        birth->id = *id;
        connect(birth);
    }

    void connect(const BirthPtr& birth) {
        if (birth->connected == birth->plan.networks.size()) return start(birth);
        const auto& network = birth->plan.networks[birth->connected++];
        order_.docker.connect_network(birth->id, network, order_.deadline.left(),
                                      [self = shared_from_this(), birth](Result<void> connected) {
                                          if (!connected) return self->failed(birth, connected.error());
                                          self->connect(birth);
                                      });
    }

    void start(const BirthPtr& birth) {
        order_.docker.start(birth->id, order_.deadline.left(),
                            [self = shared_from_this(), birth](Result<void> started) {
                                if (!started) return self->failed(birth, started.error());
                                self->started_.insert(birth->id);
                                --self->flying_;
                                ++self->made_;
                                self->launch();
                            });
    }

    void failed(const BirthPtr& birth, Error error) {
        --flying_;
        // An order without an answer may still be carried out: then the container runs, or the next look finds it.
        const bool unknown = error.code == Errc::timed_out || error.code == Errc::unreachable;
        if (birth && !birth->id.empty() && !unknown) {
            order_.docker.remove(birth->id, DockerClient::Volumes::remove_anonymous, kCleanUp, [](const Result<void>&) {});
        }
        // Without its name, which is another one with each try, so that the same trouble has the same words.
        if (!error_) error_ = in("a new container")(std::move(error));
        launch();
    }

    void give_up(Error error) {
        error_ = std::move(error);
        end();
    }

    void end() {
        if (!done_) return;
        ScaleOutcome outcome;
        outcome.replicas = order_.plan.size() + made_;
        outcome.touched = std::move(started_);
        if (error_) {
            const bool silent = error_->code == Errc::timed_out || error_->code == Errc::unreachable;
            outcome.outcome = silent ? ApplyOutcome::unreachable : ApplyOutcome::refused;
            outcome.message = error_->message;
            if (made_ > 0) {
                outcome.outcome = ApplyOutcome::partly;
                outcome.message = "started " + std::to_string(made_) + " of " + std::to_string(missing_) + ": " + error_->message;
            }
        }
        std::exchange(done_, nullptr)(std::move(outcome));
    }

    ScaleOrder order_;
    ScaleDone done_;
    Replicas missing_;
    Replicas made_ = 0;
    Replicas flying_ = 0;
    int taken_ = 0;
    ContainerSummary original_;
    std::string document_;
    DockerPlan::Ids started_;
    std::optional<NextNames> names_;
    std::optional<Error> error_;
};

}  // namespace

void scale_up(ScaleOrder order, ScaleDone done) {
    std::make_shared<ScaleUp>(std::move(order), std::move(done))->begin();
}

}  // namespace setpoint
