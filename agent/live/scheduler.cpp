// SPDX-License-Identifier: Apache-2.0
#include "agent/live/scheduler.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <variant>

#include "core/codec.hpp"

namespace setpoint {
namespace {

// A source or an orchestrator may take as long as the interval lets it, within these.
constexpr Duration kLeastDeadline = std::chrono::seconds{2};
constexpr Duration kMostDeadline = std::chrono::seconds{10};
constexpr Duration kWriteDeadline = std::chrono::seconds{60};  // containers start one after the other

// Who stops a process and its group signals it twice within moments; that is one wish, not an impatient second.
constexpr Duration kOneSignal = std::chrono::milliseconds{500};

// The timer sleeps at most so long: a clock that was suspended does not leave it asleep.
constexpr Duration kLongestSleep = std::chrono::seconds{60};

std::string encoded(ScalingSpec spec) {
    std::string bytes;
    Encoder encoder{bytes};
    bind(encoder, spec);
    return bytes;
}

}  // namespace

Scheduler::Scheduler(Reducer& control, Witness& witness, const Clock& clock)
    : control_(control),
      witness_(witness),
      clock_(clock),
      timer_(io_),
      stop_timer_(io_),
      signals_(io_, SIGTERM, SIGINT),
      hangups_(io_, SIGHUP),
      inbox_([this] { boost::asio::post(io_, [this] { read_inbox(); }); }) {}

void Scheduler::take(EventBody body) { reduce(std::move(body)); }

void Scheduler::add(Steered steered) {
    const TargetId id{static_cast<std::uint32_t>(targets_.size())};
    const auto& spec = control_.spec(id);
    Target target{steered.key, {}, steered.watcher, steered.actuator, false, false, false, std::nullopt, false, 0, {}, {}, 0};
    for (auto& feed : steered.feeds) {
        const auto count = feed.signals.size();
        target.feeds.push_back({feed.collector, std::move(feed.signals), std::vector<bool>(count), 0, false});
    }
    targets_.push_back(std::move(target));
    places_[steered.key] = id;
    timetable_.add(steered.key, steered.together.empty() ? spec.full_name() : steered.together, spec.interval, clock_.now());
}

std::optional<TargetId> Scheduler::place_of(TargetId key) const {
    const auto found = places_.find(key);
    return found == places_.end() ? std::nullopt : std::optional{found->second};
}

void Scheduler::renew(ConfigSet change, std::vector<Steered> targets) {
    std::unordered_set<TargetId> stay;
    for (const auto& steered : targets) {
        if (places_.contains(steered.key)) stay.insert(steered.key);
    }
    inbox_.take(letters_);
    std::erase_if(letters_, [&](const Inbox::Letter& letter) {
        return !stay.contains(std::visit([](const auto& posted) { return posted.target; }, letter));
    });
    take_letters();
    std::vector<std::string> specs_before;
    for (std::uint32_t i = 0; i < targets_.size(); ++i) specs_before.push_back(encoded(control_.spec(TargetId{i})));
    reduce(std::move(change));
    auto before = std::exchange(targets_, {});
    const auto places_before = std::exchange(places_, {});
    writes_in_flight_ = 0;
    for (const auto& gone : before) {
        if (!stay.contains(gone.key)) timetable_.remove(gone.key);
    }
    for (auto& steered : targets) {
        const TargetId place{static_cast<std::uint32_t>(targets_.size())};
        const auto key = steered.key;
        if (stay.contains(key)) {
            const auto was = places_before.at(key);
            targets_.push_back(std::move(before[index(was)]));
            places_[key] = place;
            if (targets_.back().writing) ++writes_in_flight_;
            if (specs_before[index(was)] == encoded(control_.spec(place))) continue;
        } else {
            add(std::move(steered));
            forget_pods(place);
        }
        if (open_) timetable_.hurry(key, clock_.now());
    }
    boost::asio::post(io_, [this] { work(); });
    if (stopping_) end_if_idle();
}

void Scheduler::forget_pods(TargetId target) {
    const auto known = control_.pods(target);
    for (const Pod& pod : std::vector<Pod>(known.begin(), known.end())) reduce(PodDelta{target, true, pod});
}

void Scheduler::open(bool peer_wrote) {
    open_ = true;
    for (auto& target : targets_) {
        target.peer_wrote = target.peer_wrote || peer_wrote;
        timetable_.hurry(target.key, clock_.now());
    }
    boost::asio::post(io_, [this] { work(); });
}

void Scheduler::stand_by() {
    stands_by_ = true;
    open_ = false;
    for (auto& target : targets_) target.seen = false;
}

void Scheduler::hurry(TargetId key) {
    if (!open_ || !places_.contains(key)) return;
    timetable_.hurry(key, clock_.now());
    work();
}

void Scheduler::run() {
    await_signals();
    await_hangup();
    await_next();
    io_.run();
}

void Scheduler::stop() {
    post([this] { begin_stop(); });
}

void Scheduler::post(std::function<void()> work) { boost::asio::post(io_, std::move(work)); }

std::uint64_t Scheduler::skipped(TargetId target) const {
    return timetable_.skipped(targets_[index(target)].key) + targets_[index(target)].busy_feeds;
}

void Scheduler::await_signals() {
    signals_.async_wait([this](const boost::system::error_code& failed, int) {
        if (failed) return;
        if (stopping_ && clock_.now() - stop_began_ > kOneSignal) {
            io_.stop();
            return;
        }
        begin_stop();
        await_signals();
    });
}

void Scheduler::await_hangup() {
    hangups_.async_wait([this](const boost::system::error_code& failed, int) {
        if (failed) return;
        if (hangup_ && !stopping_) hangup_();
        await_hangup();
    });
}

void Scheduler::await_next() {
    const auto next = timetable_.next();
    if (!next || stopping_) return;
    timer_.expires_after(std::clamp(*next - clock_.now(), Duration{0}, kLongestSleep));
    timer_.async_wait([this](const boost::system::error_code& failed) {
        if (!failed) work();
    });
}

void Scheduler::work() {
    while (!stopping_) {
        const auto due = timetable_.take(clock_.now());
        if (!due) break;
        const auto place = place_of(due->target).value();
        if (due->step == Timetable::Step::gather) {
            gather(place, !due->beside);
        } else {
            decide(place);
        }
    }
    await_next();
}

void Scheduler::read_inbox() {
    inbox_.take(letters_);
    take_letters();
    work();
}

void Scheduler::take_letters() {
    for (auto& letter : letters_) {
        std::visit(
            [this](auto& posted) {
                using Posted = std::decay_t<decltype(posted)>;
                const auto place = place_of(posted.target);
                if (!place) return;
                const auto target = *place;
                posted.target = target;
                if constexpr (std::is_same_v<Posted, Sample>) answered(posted);
                if constexpr (std::is_same_v<Posted, TargetState>) {
                    targets_[index(target)].size_awaited = false;
                    targets_[index(target)].seen = true;
                    const bool peer_wrote = std::exchange(targets_[index(target)].peer_wrote, false);
                    if (peer_wrote && posted.changed_by == Hand::somebody) posted.changed_by = Hand::peer;
                }
                if constexpr (std::is_same_v<Posted, ApplyResult>) {
                    reduce(posted);
                    written(posted);
                } else {
                    reduce(std::move(posted));
                    close_round_if_complete(target);
                }
            },
            letter);
    }
}

void Scheduler::gather(TargetId id, bool on_grid) {
    if (!open_) return;
    auto& target = targets_[index(id)];
    const Duration deadline = std::clamp(control_.spec(id).interval, kLeastDeadline, kMostDeadline);
    target.size_awaited = true;
    target.watcher.look(deadline, inbox_);
    for (auto& feed : target.feeds) {
        feed.asked_now = feed.missing == 0;
        if (!feed.asked_now) {
            if (on_grid) ++target.busy_feeds;
            continue;
        }
        feed.awaited.assign(feed.signals.size(), true);
        feed.missing = feed.signals.size();
        feed.collector.collect(deadline, inbox_);
    }
    close_round_if_complete(id);
}

void Scheduler::answered(const Sample& sample) {
    for (auto& feed : targets_[index(sample.target)].feeds) {
        const auto place = std::ranges::find(feed.signals, sample.signal);
        if (place == feed.signals.end()) continue;
        auto awaited = feed.awaited[static_cast<std::size_t>(place - feed.signals.begin())];
        if (!awaited) continue;
        awaited = false;
        --feed.missing;
    }
}

void Scheduler::close_round_if_complete(TargetId id) {
    const auto& target = targets_[index(id)];
    // One that was still busy when the round began is not waited for.
    const bool complete = std::ranges::none_of(
        target.feeds, [](const Running& feed) { return feed.asked_now && feed.missing > 0; });
    if (complete && !target.size_awaited) timetable_.gathered(target.key, clock_.now());
}

void Scheduler::decide(TargetId id) {
    if (stands_by_ && !open_) return;
    const auto began = std::chrono::steady_clock::now();
    const Decision* decision = reduce(Tick{id, clock_.wall()});
    if (decision != nullptr && decision->apply) write(id, *decision);
    if (decision != nullptr && decision->again && *decision->again < clock_.now() + control_.spec(id).interval) {
        timetable_.later(targets_[index(id)].key, *decision->again);
    }
    tick_times_.add(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

void Scheduler::write(TargetId id, const Decision& decision) {
    auto& target = targets_[index(id)];
    // What a checkpoint says of the size is old.
    if (!open_ || stopping_ || !target.seen) return;
    if (target.writing) {
        target.superseded = *target.writing != decision.replicas;
        return;
    }
    if (decision.current == target.failed_at && clock_.now() < target.rest_ends) return;
    target.writing = decision.replicas;
    target.superseded = false;
    ++writes_in_flight_;
    if (!decision.leave_first.empty()) target.actuator.leave_first(decision.leave_first);
    target.actuator.apply(decision.current, decision.replicas, kWriteDeadline, inbox_);
}

void Scheduler::written(const ApplyResult& result) {
    const auto id = result.target;
    auto& target = targets_[index(id)];
    if (!target.writing) return;
    target.writing.reset();
    --writes_in_flight_;
    if (result.outcome == ApplyOutcome::refused || result.outcome == ApplyOutcome::unreachable) {
        target.rest = std::clamp(2 * target.rest, std::min(control_.spec(id).interval, kLongestRest), kLongestRest);
        target.rest_ends = clock_.now() + target.rest;
        target.failed_at = result.replicas;
        if (control_.spec(id).interval > target.rest) timetable_.later(target.key, target.rest_ends);
    } else {
        target.rest = Duration{0};
        target.rest_ends = {};
    }
    if (stopping_) {
        end_if_idle();
    } else if (target.superseded) {
        decide(id);  // the newest wish, on what is known by now
    }
}

void Scheduler::begin_stop() {
    if (stopping_) return;
    stopping_ = true;
    stop_began_ = clock_.now();
    if (stop_told_) stop_told_();
    timer_.cancel();
    stop_timer_.expires_after(kStopBudget);
    stop_timer_.async_wait([this](const boost::system::error_code& failed) {
        if (!failed) io_.stop();
    });
    end_if_idle();
}

void Scheduler::end_if_idle() {
    if (writes_in_flight_ == 0) io_.stop();
}

const Decision* Scheduler::reduce(EventBody body) {
    const Event event{clock_.now(), std::move(body)};
    const Decision* decision = control_.reduce(event);
    witness_.saw(event, decision);
    return decision;
}

}  // namespace setpoint
