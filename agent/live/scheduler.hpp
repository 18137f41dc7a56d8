// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // before Asio, which forgets it

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actuators/actuator.hpp"
#include "actuators/watcher.hpp"
#include "agent/admin/ports.hpp"
#include "agent/live/inbox.hpp"
#include "agent/live/timetable.hpp"
#include "clients/clock.hpp"
#include "collectors/collector.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// Sees every event that went through the reducer, on the main thread: what journals, logs and saves.
class Witness {
public:
    virtual ~Witness() = default;
    /// `decision` is what a Tick yielded, nullptr after anything else.
    virtual void saw(const Event& event, const Decision* decision) = 0;
};

/// One collector and the signals of a target that it answers for.
struct Feed {
    Collector& collector;
    std::vector<SignalId> signals;
};

/// What the scheduler drives for one target of the configuration.
struct Steered {
    std::vector<Feed> feeds;
    Watcher& watcher;
    Actuator& actuator;
    TargetId key{};            // in place of its target, in what these objects post: no other ones of this process have it
    std::string together = {}; // rounds of those with the same text and interval lie together; empty: by its own name
};

/// The main thread: owns the clockwork, the only thread that touches the reducer. Nothing here blocks.
///
/// Each round of a target asks its watcher and its feeds, and ticks when they answered. A feed that has not
/// answered since the round before is left alone and counted. A decision to write goes to the actuator, one write in
/// flight a target; a wish that changed meanwhile follows as soon as the answer is there. After a write that failed
/// the next one waits, twice as long with each, unless the size changed.
class Scheduler {
public:
    /// The most time a stop waits for writes in flight.
    static constexpr Duration kStopBudget = std::chrono::seconds{8};
    /// The longest time between a write that failed and the next one.
    static constexpr Duration kLongestRest = std::chrono::seconds{30};

    Scheduler(Reducer& control, Witness& witness, const Clock& clock);

    /// Where collectors, watchers and actuators post.
    [[nodiscard]] Sink& sink() { return inbox_; }

    /// Takes an event in at once, before or between rounds.
    void take(EventBody body);

    /// Adds the target with the next TargetId of the configuration that the reducer holds.
    void add(Steered target);

    /// Goes over to the configuration that `change` gives the reducer. `targets` are all of it, by TargetId. Where one has
    /// the key of before it is driven by the same objects, and what is under way goes on, in whatever place. What others
    /// left in the inbox, and their writes, are forgotten: they speak of targets that are no more.
    void renew(ConfigSet change, std::vector<Steered> targets);

    /// From here on rounds ask the outside, beginning now, and decisions are written; before, they only hold. Where a peer, or
    /// this agent before a crash, may have written what nobody here remembers, a size found first is no other hand's doing.
    void open(bool peer_wrote = false);
    /// Until it is opened, again if need be, nothing is asked or decided at all: another agent does, and what comes after
    /// is a gap to the windows. The sizes seen so far are old by then. Writes on their way end.
    void stand_by();

    /// Called on the main thread at each SIGHUP.
    void on_hangup(std::function<void()> work) { hangup_ = std::move(work); }
    /// What to do when it is asked to stop, before the writes on their way are waited for.
    void on_stop(std::function<void()> work) { stop_told_ = std::move(work); }

    /// Whether a write of this target has no answer yet.
    [[nodiscard]] bool is_writing(TargetId target) const { return targets_[index(target)].writing.has_value(); }
    /// A peer may have written this target before it came here: a size found first is no other hand's doing.
    void expect_peer(TargetId target) { targets_[index(target)].peer_wrote = true; }

    /// A round of the target with this key beside its grid: something happened to it.
    void hurry(TargetId key);

    /// Runs until SIGTERM, SIGINT or `stop`: then no new write begins, and those in flight may end within
    /// kStopBudget. A second signal ends the waiting.
    void run();

    /// From any thread.
    void stop();
    /// For timers on the main thread.
    [[nodiscard]] boost::asio::io_context& context() { return io_; }
    /// Runs `work` on the main thread, later. From any thread.
    void post(std::function<void()> work);

    /// Rounds left out because the loop was late, and feeds left out because they were still busy.
    [[nodiscard]] std::uint64_t skipped(TargetId target) const;
    /// How long decisions took, all that follows from them on the main thread included.
    [[nodiscard]] const TickTimes& tick_times() const { return tick_times_; }
    /// Writes that had no answer when `run` returned.
    [[nodiscard]] std::size_t abandoned() const { return writes_in_flight_; }

private:
    struct Running {
        Collector& collector;
        std::vector<SignalId> signals;
        std::vector<bool> awaited;  // by place in `signals`
        std::size_t missing = 0;    // how many answers are awaited
        bool asked_now = false;     // in the round under way
    };
    struct Target {
        TargetId key{};
        std::vector<Running> feeds;
        Watcher& watcher;
        Actuator& actuator;
        bool size_awaited = false;
        bool seen = false;                // its size, since the start
        bool peer_wrote = false;          // since the size seen last
        std::optional<Replicas> writing;  // the size in flight
        bool superseded = false;          // a later decision wished another size
        std::uint64_t busy_feeds = 0;
        Duration rest{};                  // after writes that failed one after the other
        Time rest_ends{};
        Replicas failed_at = 0;           // the size that the last failed one found
    };

    void await_signals();
    void await_hangup();
    void await_next();
    void work();
    [[nodiscard]] std::optional<TargetId> place_of(TargetId key) const;
    void read_inbox();
    void take_letters();
    void forget_pods(TargetId target);
    void gather(TargetId id, bool on_grid);
    void answered(const Sample& sample);
    void close_round_if_complete(TargetId id);
    void decide(TargetId id);
    void write(TargetId id, const Decision& decision);
    void written(const ApplyResult& result);
    void begin_stop();
    void end_if_idle();
    const Decision* reduce(EventBody body);

    Reducer& control_;
    Witness& witness_;
    const Clock& clock_;
    boost::asio::io_context io_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer stop_timer_;
    boost::asio::signal_set signals_;
    boost::asio::signal_set hangups_;
    std::function<void()> hangup_;
    std::function<void()> stop_told_;
    Inbox inbox_;
    std::vector<Inbox::Letter> letters_;
    Timetable timetable_;
    std::vector<Target> targets_;
    std::unordered_map<TargetId, TargetId> places_;  // by key
    TickTimes tick_times_;
    std::size_t writes_in_flight_ = 0;
    bool open_ = false;
    bool stands_by_ = false;
    bool stopping_ = false;
    Time stop_began_{};
};

}  // namespace setpoint
