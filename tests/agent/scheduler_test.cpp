// SPDX-License-Identifier: Apache-2.0
#include "agent/live/scheduler.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "policies/track.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

// The scheduler is the one place where real time passes: the tests run it for a round or two of 1 s.
namespace {

constexpr TargetId kWeb{0};
constexpr SignalId kLoad{0};

ScalingSpec spec(std::string name) {
    ScalingSpec made;
    made.name = std::move(name);
    made.replicas = {2, 10};
    made.interval = 1s;
    made.signals.push_back({"load", Dimension::none, false, {}, {}, 1s, 0});
    TrackSettings track;
    track.signal = "load";
    track.average_value = 10.0;
    made.policies.push_back({"", track});
    return made;
}

struct Source final : Collector {
    std::function<void(Sink&)> answer;
    int asked = 0;
    void collect(Duration, Sink& sink) override {
        ++asked;
        if (answer) answer(sink);
    }
};

struct Looker final : Watcher {
    TargetId target = kWeb;
    Replicas replicas = 2;
    Hand changed_by = Hand::unknown;
    int asked = 0;
    void look(Duration, Sink& sink) override {
        ++asked;
        sink.post(TargetState{target, replicas, replicas, {}, changed_by});
    }
};

struct Writer final : Actuator {
    struct Order {
        Replicas seen;
        Replicas wanted;
        friend bool operator==(const Order&, const Order&) = default;
    };
    std::function<void(Order, Sink&)> answer;
    std::vector<Order> orders;
    void apply(Replicas seen, Replicas wanted, Duration, Sink& sink) override {
        orders.push_back({seen, wanted});
        if (answer) answer(orders.back(), sink);
    }
};

struct Log final : Witness {
    std::function<void(const Event&, const Decision*)> then;
    std::vector<Event> events;
    void saw(const Event& event, const Decision* decision) override {
        events.push_back(event);
        if (then) then(event, decision);
    }
    template <class Body>
    [[nodiscard]] int count() const {
        int found = 0;
        for (const auto& event : events) found += std::holds_alternative<Body>(event.body) ? 1 : 0;
        return found;
    }
};

struct Bench {
    Reducer control;
    Log log;
    Clock clock;
    Source source;
    Looker looker;
    Writer writer;
    Scheduler scheduler{control, log, clock};

    explicit Bench(std::vector<ScalingSpec> specs = {spec("web")}) {
        scheduler.take(*configuration(std::move(specs)));
        scheduler.add({{{source, {kLoad}}}, looker, writer, kWeb});
        scheduler.open();
    }
    void stop_after_ticks(int ticks) {
        log.then = [this, ticks](const Event&, const Decision*) {
            if (log.count<Tick>() == ticks) scheduler.stop();
        };
    }
};

Sample sample(double value, Time measured) { return {kWeb, kLoad, SampleKind::scalar, value, measured, {}, {}}; }

}  // namespace

TEST_CASE("a round asks first and decides on what came") {
    Bench bench;
    bench.source.answer = [&](Sink& sink) { sink.post(sample(20, bench.clock.now())); };
    bench.stop_after_ticks(1);
    bench.scheduler.run();
    CHECK(bench.source.asked == 1);
    CHECK(bench.looker.asked == 1);
    CHECK(bench.log.count<TargetState>() == 1);
    CHECK(bench.log.count<Sample>() == 1);
    CHECK(std::holds_alternative<Tick>(bench.log.events.back().body));
}

TEST_CASE("events are stamped in the order in which they are reduced") {
    Bench bench;
    bench.source.answer = [&](Sink& sink) { sink.post(sample(20, bench.clock.now())); };
    bench.stop_after_ticks(2);
    bench.scheduler.run();
    for (std::size_t i = 1; i < bench.log.events.size(); ++i) CHECK(bench.log.events[i - 1].time <= bench.log.events[i].time);
}

TEST_CASE("before it is opened nobody is asked and nothing is written") {
    Reducer control;
    Log log;
    Clock clock;
    Source source;
    Looker looker;
    Writer writer;
    Scheduler scheduler{control, log, clock};
    scheduler.take(*configuration({spec("web")}));
    scheduler.take(TargetState{kWeb, 1, 1, {}});  // below min: would be corrected
    scheduler.add({{{source, {kLoad}}}, looker, writer, kWeb});
    log.then = [&](const Event&, const Decision* decision) {
        if (decision != nullptr) scheduler.stop();
    };
    scheduler.run();
    CHECK(source.asked == 0);
    CHECK(looker.asked == 0);
    CHECK(writer.orders.empty());
}

TEST_CASE("a standby asks and decides nothing, before it leads and after") {
    Reducer control;
    Log log;
    Clock clock;
    Source source;
    Looker looker;
    Writer writer;
    Scheduler scheduler{control, log, clock};
    scheduler.take(*configuration({spec("web")}));
    scheduler.add({{{source, {kLoad}}}, looker, writer, kWeb});
    scheduler.stand_by();
    source.answer = [&](Sink& sink) { sink.post(sample(20, clock.now())); };
    boost::asio::steady_timer timer{scheduler.context()};
    const auto later = [&](std::function<void()> then) {
        timer.expires_after(1500ms);  // a round, and how long one waits
        timer.async_wait([then](const boost::system::error_code&) { then(); });
    };
    int asked = 0;
    int ticks = 0;
    later([&] {
        CHECK(looker.asked + source.asked == 0);
        CHECK(log.count<Tick>() == 0);
        scheduler.open();
        later([&] {
            CHECK(log.count<Tick>() > 0);
            scheduler.stand_by();
            asked = looker.asked;
            ticks = log.count<Tick>();
            later([&] { scheduler.stop(); });
        });
    });
    scheduler.run();
    CHECK(looker.asked == asked);
    CHECK(log.count<Tick>() == ticks);
}

TEST_CASE("who leads again writes nothing on a size that was seen before") {
    Bench bench;
    bench.looker.replicas = 1;  // below min
    bench.scheduler.stand_by();
    struct Silent final : Watcher {
        void look(Duration, Sink&) override {}
    } silent;
    bench.scheduler.take(TargetState{kWeb, 1, 1, {}});
    Scheduler scheduler{bench.control, bench.log, bench.clock};
    scheduler.add({{}, silent, bench.writer, kWeb});
    scheduler.sink().post(TargetState{kWeb, 1, 1, {}});
    scheduler.post([&] {
        scheduler.stand_by();
        scheduler.open();
    });
    bench.log.then = [&](const Event&, const Decision* decision) {
        if (decision != nullptr) scheduler.stop();
    };
    scheduler.run();
    CHECK(bench.writer.orders.empty());
}

TEST_CASE("of a changed configuration the targets that stay go on with the same objects, wherever they stand") {
    Bench bench{{spec("web"), spec("quick")}};
    Looker other;
    Source source;
    other.target = TargetId{1};
    source.answer = [&](Sink& sink) { sink.post(Sample{TargetId{1}, kLoad, SampleKind::scalar, 50, bench.clock.now(), {}, {}}); };
    Writer writer;
    bench.scheduler.add({{{source, {kLoad}}}, other, writer, TargetId{1}});
    bool renewed = false;
    bench.log.then = [&](const Event& event, const Decision*) {
        if (const auto* result = std::get_if<ApplyResult>(&event.body)) {
            CHECK(result->target == TargetId{0});
            bench.scheduler.stop();
        } else if (!writer.orders.empty() && !std::exchange(renewed, true)) {
            bench.scheduler.post([&] {  // "web" goes, and "quick" has its place, with a write on its way
                bench.scheduler.renew(*configuration({spec("quick")}), {{{{source, {kLoad}}}, other, writer, TargetId{1}}});
                bench.scheduler.sink().post(ApplyResult{TargetId{1}, 5, 5, ApplyOutcome::applied, {}});
                bench.scheduler.sink().post(ApplyResult{kWeb, 9, 9, ApplyOutcome::applied, {}});  // of who is no more
            });
        }
    };
    bench.scheduler.run();
    CHECK(writer.orders == std::vector<Writer::Order>{{2, 5}});
    CHECK(bench.log.count<ApplyResult>() == 1);
    CHECK(bench.scheduler.abandoned() == 0);
    CHECK(bench.control.targets() == 1);
}

TEST_CASE("a decision is written once, and its result comes back as an event") {
    Bench bench;
    bench.source.answer = [&](Sink& sink) { sink.post(sample(35, bench.clock.now())); };  // 35 / 10: 4 replicas
    bench.writer.answer = [&](Writer::Order order, Sink& sink) {
        bench.looker.replicas = order.wanted;
        sink.post(ApplyResult{kWeb, order.wanted, order.wanted, ApplyOutcome::applied, {}});
    };
    bench.stop_after_ticks(2);
    bench.scheduler.run();
    CHECK(bench.writer.orders == std::vector<Writer::Order>{{2, 4}});
    CHECK(bench.log.count<ApplyResult>() == 1);
}

TEST_CASE("after a write that failed the next one waits, longer each time") {
    Bench bench;
    bench.looker.replicas = 1;  // below min
    bench.writer.answer = [&](Writer::Order order, Sink& sink) {
        sink.post(ApplyResult{kWeb, order.wanted, order.seen, ApplyOutcome::refused, "no"});
    };
    bench.stop_after_ticks(4);  // a second apart: writes at the first and, after 1 s and 2 s of rest, at most two more
    bench.scheduler.run();
    CHECK(bench.writer.orders.size() >= 2);
    CHECK(bench.writer.orders.size() <= 3);
}

TEST_CASE("a size that only a checkpoint tells is not written to") {
    Bench bench;
    bench.scheduler.take(TargetState{kWeb, 1, 1, {}});
    struct Blind final : Watcher {
        void look(Duration, Sink&) override {}
    } blind;
    Scheduler scheduler{bench.control, bench.log, bench.clock};
    scheduler.add({{}, blind, bench.writer, kWeb});
    scheduler.open();
    bench.log.then = [&](const Event&, const Decision* decision) {
        if (decision != nullptr) scheduler.stop();
    };
    scheduler.run();
    CHECK(bench.writer.orders.empty());
}

TEST_CASE("a size that a peer may have left is no other hand's doing, and no later one is") {
    Bench bench;
    bench.looker.changed_by = Hand::somebody;
    bench.scheduler.open(true);
    bench.stop_after_ticks(2);
    bench.scheduler.run();
    std::vector<Hand> hands;
    for (const auto& event : bench.log.events) {
        if (const auto* state = std::get_if<TargetState>(&event.body)) hands.push_back(state->changed_by);
    }
    REQUIRE(hands.size() >= 2);
    CHECK(hands[0] == Hand::peer);
    CHECK(hands[1] == Hand::somebody);
}

TEST_CASE("of one target that a peer may have written alone a size is no other hand's doing") {
    Bench bench{{spec("api"), spec("web")}};
    Looker other;
    other.target = TargetId{1};
    other.changed_by = Hand::somebody;
    bench.looker.changed_by = Hand::somebody;
    bench.scheduler.add({{}, other, bench.writer, TargetId{1}});
    bench.scheduler.expect_peer(TargetId{1});
    bench.stop_after_ticks(2);
    bench.scheduler.run();
    std::map<TargetId, Hand> first;
    for (const auto& event : bench.log.events) {
        if (const auto* state = std::get_if<TargetState>(&event.body)) first.emplace(state->target, state->changed_by);
    }
    CHECK(first.at(kWeb) == Hand::somebody);
    CHECK(first.at(TargetId{1}) == Hand::peer);
}

TEST_CASE("a target is being written until its write is answered") {
    Bench bench;
    bench.source.answer = [&](Sink& sink) { sink.post(sample(35, bench.clock.now())); };
    std::vector<bool> writing;
    bench.log.then = [&](const Event&, const Decision* decision) {
        writing.push_back(bench.scheduler.is_writing(kWeb));
        if (decision != nullptr) bench.scheduler.post([&] {
            writing = {bench.scheduler.is_writing(kWeb)};
            bench.log.then = nullptr;
            bench.scheduler.sink().post(ApplyResult{kWeb, 4, 4, ApplyOutcome::applied, {}});
            bench.scheduler.stop();
        });
    };
    bench.scheduler.run();
    CHECK(writing == std::vector<bool>{true});
    CHECK_FALSE(bench.scheduler.is_writing(kWeb));
}

TEST_CASE("while a write is in flight none is begun, and the newest wish follows") {
    Bench bench;
    double load = 25;
    bench.source.answer = [&](Sink& sink) {
        sink.post(sample(load, bench.clock.now()));
        load = 35;
    };
    bench.log.then = [&](const Event&, const Decision*) {
        if (bench.log.count<Tick>() < 2 || bench.log.count<ApplyResult>() > 0) return;
        // The first write is answered after the second decision wished another size.
        bench.looker.replicas = 3;
        bench.writer.answer = [&](Writer::Order order, Sink& sink) {
            sink.post(ApplyResult{kWeb, order.wanted, order.wanted, ApplyOutcome::applied, {}});
            bench.scheduler.stop();
        };
        bench.scheduler.sink().post(ApplyResult{kWeb, 3, 3, ApplyOutcome::applied, {}});
    };
    bench.scheduler.run();
    CHECK(bench.writer.orders == std::vector<Writer::Order>{{2, 3}, {3, 4}});
}

TEST_CASE("a source that never answers delays neither its own target for long nor the others") {
    Bench bench{{spec("web"), spec("quick")}};
    Source answering;
    Looker other;
    other.target = TargetId{1};
    answering.answer = [&](Sink& sink) {
        sink.post(Sample{TargetId{1}, kLoad, SampleKind::scalar, 20, bench.clock.now(), {}, {}});
    };
    bench.scheduler.add({{{answering, {kLoad}}}, other, bench.writer, TargetId{1}});
    int ticks[2] = {0, 0};
    bench.log.then = [&](const Event&, const Decision* decision) {
        if (decision == nullptr) return;
        ++ticks[index(decision->target)];
        if (ticks[0] >= 2 && ticks[1] >= 2) bench.scheduler.stop();
    };
    bench.scheduler.run();
    CHECK(ticks[0] <= 3);
    CHECK(ticks[1] <= 3);
    CHECK(bench.source.asked == 1);               // left alone while it has not answered
    CHECK(bench.scheduler.skipped(kWeb) >= 1);    // and that is counted
    CHECK(bench.scheduler.skipped(TargetId{1}) == 0);
}

TEST_CASE("SIGTERM ends it at once when nothing is in flight") {
    Bench bench;
    ::raise(SIGTERM);
    bench.scheduler.run();
    CHECK(bench.scheduler.abandoned() == 0);
}

TEST_CASE("a stop waits for the write in flight, and begins none") {
    Bench bench;
    bench.looker.replicas = 1;  // below min: corrected to 2
    bench.writer.answer = [&](Writer::Order, Sink&) {
        bench.scheduler.stop();
        bench.scheduler.post([&] {
            bench.scheduler.sink().post(ApplyResult{kWeb, 2, 2, ApplyOutcome::applied, {}});
        });
    };
    std::vector<std::size_t> answers_at_stop;
    bench.scheduler.on_stop([&] { answers_at_stop.push_back(bench.log.count<ApplyResult>()); });
    bench.scheduler.run();
    CHECK(answers_at_stop == std::vector<std::size_t>{0});  // told once, before the wait
    CHECK(bench.log.count<ApplyResult>() == 1);
    CHECK(bench.scheduler.abandoned() == 0);
    CHECK(bench.writer.orders.size() == 1);
}

TEST_CASE("a second signal ends the waiting") {
    Bench bench;
    bench.looker.replicas = 1;
    bench.writer.answer = [&](Writer::Order, Sink&) {
        ::raise(SIGINT);
        ::raise(SIGTERM);
    };
    bench.scheduler.run();
    CHECK(bench.scheduler.abandoned() == 1);
}
