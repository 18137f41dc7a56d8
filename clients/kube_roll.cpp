// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_roll.hpp"

#include <utility>

#include "clients/boot_clock.hpp"
#include "clients/kube_path.hpp"

namespace setpoint {
namespace {

constexpr int kSignsALife = 4;

}  // namespace

/// Lives on the I/O thread.
class KubeRoll::State : public std::enable_shared_from_this<KubeRoll::State> {
public:
    State(IoThread& io, KubeClient& kube, const AgentRoll::Settings& settings, Ports ports)
        : io_(io), kube_(kube), collection_(kube_path(kLeases, settings.ns)), path_(kube_path(kLeases, settings.ns, settings.name)),
          called_("the Lease " + settings.ns + "/" + settings.name), pause_(settings.lasts / kSignsALife), roll_(settings), ports_(std::move(ports)) {}

    void sign() {
        if (closed_) return;
        signs_ = true;
        patch(roll_.sign(BootClock::now(), ports_.held()), [this](const Result<std::string>& answer) {
            if (answer || answer.error().code != Errc::no_data) return signed_up(answer);
            kube_.create(collection_, roll_.first(ports_.held()), pause_, [self = shared_from_this()](const Result<std::string>& made) { self->signed_up(made); });
        });
    }

    void leave() {
        const bool was_closed = std::exchange(closed_, true);
        timer_.reset();
        if (signs_ && !was_closed) kube_.patch(path_, KubeClient::Patch::merge, roll_.farewell(), pause_, [](const Result<std::string>&) {});
    }

    void close() {
        closed_ = true;
        timer_.reset();
        ports_ = {};
    }

    [[nodiscard]] std::vector<std::size_t> others() const { return roll_.others(BootClock::now()); }
    [[nodiscard]] std::optional<std::size_t> other_number() const { return roll_.other_number(BootClock::now()); }

private:
    template <class Then>
    void patch(std::string body, Then then) {
        kube_.patch(path_, KubeClient::Patch::merge, std::move(body), pause_, [self = shared_from_this(), then](const Result<std::string>& answer) {
            if (!self->closed_) then(answer);
        });
    }

    /// Where another agent made it a moment before, the next sign finds it.
    void signed_up(const Result<std::string>& answer) {
        if (closed_) return;
        const auto done = answer.and_then([this](const std::string& json) { return roll_.seen(BootClock::now(), json); });
        const bool trouble = !done && done.error().code != Errc::conflict;
        if (trouble != std::exchange(trouble_, trouble)) ports_.trouble(trouble ? std::optional{called_ + ": " + done.error().message} : std::nullopt);
        ports_.seen(others());
        timer_ = io_.after(pause_, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->sign();
        });
    }

    IoThread& io_;
    KubeClient& kube_;
    const std::string collection_;
    const std::string path_;
    const std::string called_;
    const Duration pause_;
    AgentRoll roll_;
    Ports ports_;
    IoThread::Timer timer_;
    bool trouble_ = false;
    bool signs_ = false;
    bool closed_ = false;
};

KubeRoll::KubeRoll(IoThread& io, KubeClient& kube, AgentRoll::Settings settings, Ports ports)
    : io_(io), state_(std::make_shared<State>(io, kube, settings, std::move(ports))) {}

KubeRoll::~KubeRoll() {
    io_.run([this] { state_->close(); });
}

void KubeRoll::begin() { state_->sign(); }

std::vector<std::size_t> KubeRoll::others() const { return state_->others(); }

std::optional<std::size_t> KubeRoll::other_number() const { return state_->other_number(); }

void KubeRoll::leave() { state_->leave(); }

}  // namespace setpoint
