// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_feed.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "clients/jitter.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kLongestLine = 8U << 20U;  // an object has at most 1.5 MiB in etcd; JSON is longer

/// Whether both are numbers, as those of the API server itself are, and `one` is the smaller.
bool older(const std::string& one, const std::string& other) {
    const auto number = [](const std::string& text) -> std::optional<std::uint64_t> {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
    };
    const auto first = number(one);
    const auto second = number(other);
    return first && second && *first < *second;
}

}  // namespace

/// Lives on the I/O thread. Whatever is on its way belongs to a turn; what comes of an earlier one is not heard.
class KubeFeed::State : public std::enable_shared_from_this<State> {
public:
    State(IoThread& io, KubeClient& kube, KubeSelection what, Listener listener, Settings settings)
        : io_(io), kube_(kube), what_(std::move(what)), listener_(std::move(listener)), settings_(settings) {}

    void list() {
        listener_.list_begins();
        if (!ended_) ask({});
    }

    void end() {
        ended_ = true;
        next_.reset();
        silence_.reset();
        watching_.reset();
    }

private:
    using Steady = std::chrono::steady_clock;

    void ask(const std::string& from) {
        kube_.list(what_, from, settings_.list, [self = shared_from_this(), turn = ++turn_](const Result<std::string>& page) {
            if (self->current(turn)) self->listed(page);
        });
    }

    void listed(const Result<std::string>& answer) {
        const auto page = answer.and_then([this](const std::string& json) {
            return read_kube_page(json, [this](const KubeObject& object) { if (!ended_) listener_.there(object); });
        });
        if (ended_) return;
        if (!page) return fail_and(&State::list, page.error());
        if (!page->more.empty()) return ask(page->more);
        version_ = page->version;
        listener_.list_ends();
        if (!ended_) watch();
    }

    void watch() {
        line_.clear();
        linked_ = false;
        began_ = heard_ = Steady::now();
        const auto turn = ++turn_;
        watching_ = kube_.watch(
            what_, version_, longer(settings_.length),
            [self = shared_from_this(), turn](std::string_view piece) {
                if (self->current(turn)) self->take(turn, piece);
            },
            [self = shared_from_this(), turn](const Result<void>& end) {
                if (self->current(turn)) self->watched(end);
            });
        listen_for_silence(settings_.silence);
    }

    /// A server that is gone without a word looks like one where nothing happens.
    void listen_for_silence(Duration for_now) {
        silence_ = io_.after(for_now, [weak = weak_from_this(), turn = turn_] {
            const auto self = weak.lock();
            if (!self || !self->current(turn)) return;
            const auto quiet = std::chrono::floor<Duration>(Steady::now() - self->heard_);
            if (quiet < self->settings_.silence) return self->listen_for_silence(self->settings_.silence - quiet);
            self->fail_and(&State::list, {Errc::timed_out, "kubernetes: a watch said nothing for " + std::to_string(quiet.count() / 1000) + " s"});
        });
    }

    void take(std::uint64_t turn, std::string_view piece) {
        heard_ = Steady::now();
        if (!std::exchange(linked_, true)) listener_.follows();
        while (current(turn) && !piece.empty()) {
            const auto newline = piece.find('\n');
            const auto rest = piece.substr(0, newline);
            if (line_.size() + rest.size() > kLongestLine) return fail_and(&State::list, {Errc::bad_reply, "kubernetes: a watch's line has more than 8 MiB"});
            line_ += rest;
            if (newline == std::string_view::npos) return;
            piece.remove_prefix(newline + 1);
            const auto line = std::exchange(line_, {});
            if (line.find_first_not_of(" \r\t") != std::string::npos) tell(line);
        }
    }

    /// After a change that cannot be read, what there is is not known.
    void tell(const std::string& line) {
        const auto event = read_kube_event(line);
        if (!event) return fail_and(&State::list, event.error());
        pause_ = settings_.first_pause;
        if (event->kind == KubeEvent::Kind::bookmark && older(event->version, version_)) {
            return fail_and(&State::list, {Errc::gone, "kubernetes: the server went back to an older version of all objects"});
        }
        // A late event does not lead back.
        if (!older(event->version, version_)) version_ = event->version;
        if (event->kind == KubeEvent::Kind::there) listener_.there(event->object);
        if (event->kind == KubeEvent::Kind::removed) listener_.removed(event->object);
    }

    void watched(const Result<void>& end) {
        if (!end && end.error().code == Errc::gone) return fail_and(&State::list, end.error());
        if (!end && !linked_) return fail_and(&State::watch, end.error());
        // It lasted, or said something, or is tried again after a growing pause.
        if (Steady::now() - began_ >= settings_.length / 2) pause_ = settings_.first_pause;
        go_on(&State::watch);
    }

    void fail_and(void (State::*step)(), const Error& why) {
        ++turn_;
        watching_.reset();
        listener_.lost(why);
        if (!ended_) go_on(step);
    }

    void go_on(void (State::*step)()) {
        ++turn_;
        watching_.reset();
        silence_.reset();
        const auto pause = std::exchange(pause_, std::min<Duration>(2 * pause_, settings_.longest_pause));
        next_ = io_.after(shorter(pause), [weak = weak_from_this(), step] {
            if (const auto self = weak.lock()) (self.get()->*step)();
        });
    }

    [[nodiscard]] bool current(std::uint64_t turn) const { return !ended_ && turn == turn_; }

    // So that not all agents, and not all of one's watches, come at the same time.
    [[nodiscard]] Duration some(Duration most) { return Duration{static_cast<std::int64_t>(next_random(random_) % static_cast<std::uint64_t>(most.count() + 1))}; }
    [[nodiscard]] Duration longer(Duration length) { return length + some(length / 4); }
    [[nodiscard]] Duration shorter(Duration pause) { return pause / 2 + some(pause / 2); }

    IoThread& io_;
    KubeClient& kube_;
    const KubeSelection what_;
    const Listener listener_;
    const Settings settings_;
    std::string version_;            // to go on from
    std::string line_;
    KubeClient::Watching watching_;
    IoThread::Timer next_;
    IoThread::Timer silence_;
    Steady::time_point began_{};     // of this watch
    Steady::time_point heard_{};
    Duration pause_ = settings_.first_pause;
    std::uint64_t random_ = seed_of_this_run();
    std::uint64_t turn_ = 0;
    bool linked_ = false;            // this watch began
    bool ended_ = false;
};

KubeFeed::KubeFeed(IoThread& io, KubeClient& kube, KubeSelection what, Listener listener, Settings settings)
    : io_(io), state_(std::make_shared<State>(io, kube, std::move(what), std::move(listener), settings)) {
    io_.post([state = state_] { state->list(); });
}

KubeFeed::KubeFeed(IoThread& io, KubeClient& kube, KubeSelection what, Listener listener)
    : KubeFeed(io, kube, std::move(what), std::move(listener), Settings{}) {}

KubeFeed::~KubeFeed() {
    io_.run([this] { state_->end(); });
}

}  // namespace setpoint
