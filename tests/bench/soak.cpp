// SPDX-License-Identifier: Apache-2.0
// The live loop for a long time: policies (track and pid) on simulated targets, journal and checkpoint on disk. Prints
// resident memory, heap in use and rounds left out, once a minute; at the end what it took of a core, and how long it was from a
// sample to the order that it led to.
//
//   soak MINUTES FOLDER [POLICIES SECONDS]    200 policies every 1 s, unless told otherwise

#include <fmt/core.h>
#include <malloc.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <future>
#include <memory>
#include <numbers>
#include <thread>
#include <vector>

#include "agent/journal/writer.hpp"
#include "agent/live/checkpoint_keeper.hpp"
#include "agent/live/chronicle.hpp"
#include "agent/live/scheduler.hpp"

namespace {

using namespace setpoint;
using namespace std::chrono_literals;

constexpr Duration kStartup = 10s;
using Timings = std::vector<double>;  // seconds

/// A workload that answers at once: its demand goes up and down within 20 minutes, its replicas serve 10 s
/// after they were ordered.
class SimulatedTarget final : public Collector, public Watcher, public Actuator {
public:
    SimulatedTarget(TargetId id, const Clock& clock, Timings& to_order) : id_(id), clock_(clock), to_order_(to_order) {}

    void collect(Duration, Sink& sink) override {
        const Time now = clock_.now();
        const double phase = 2 * std::numbers::pi * (unix_seconds(now) / 1200 + 0.005 * static_cast<double>(index(id_)));
        const double demand = 6 + 4 * std::sin(phase);
        Sample sample;
        sample.target = id_;
        sample.kind = SampleKind::pods_mean;
        sample.value = std::min(1.0, demand / ready(now));
        sample.measured = now;
        sample.window = 1s;
        posted_ = std::chrono::steady_clock::now();
        sink.post(std::move(sample));
    }

    void look(Duration, Sink& sink) override { sink.post(TargetState{id_, size_, ready(clock_.now()), {}}); }

    void apply(Replicas, Replicas wanted, Duration, Sink& sink) override {
        to_order_.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - posted_).count());
        before_ = std::min(ready(clock_.now()), wanted);
        size_ = wanted;
        ordered_ = clock_.now();
        sink.post(ApplyResult{id_, wanted, wanted, ApplyOutcome::applied, {}});
    }

private:
    [[nodiscard]] Replicas ready(Time now) const { return now - ordered_ >= kStartup ? size_ : std::max(before_, 1); }

    TargetId id_;
    const Clock& clock_;
    Timings& to_order_;
    std::chrono::steady_clock::time_point posted_{};
    Replicas size_ = 8;
    Replicas before_ = 8;
    Time ordered_{};
};

std::vector<ScalingSpec> policies(std::size_t count, Duration interval) {
    std::vector<ScalingSpec> specs;
    for (std::size_t i = 0; i < count; ++i) {
        ScalingSpec spec;
        spec.name = fmt::format("policy-{}", i);
        spec.replicas = {1, 40};
        spec.interval = interval;
        SignalSpec cpu;
        cpu.name = "cpu";
        cpu.dimension = Dimension::cores;
        cpu.per_pod = true;
        spec.signals = {cpu};
        TrackSettings track;
        track.signal = "cpu";
        track.utilization = 0.7;
        PidSettings pid;
        pid.signal = "cpu";
        pid.setpoint = 0.75;
        spec.policies = {{"", track}, {"", pid}};
        specs.push_back(std::move(spec));
    }
    return specs;
}

double resident_mib() {
    std::ifstream statm{"/proc/self/statm"};
    double total = 0;
    double resident = 0;
    statm >> total >> resident;
    return resident * 4096 / (1 << 20);
}

/// What the program holds, as against what the allocator keeps from the system.
double in_use_mib() {
    const auto heap = mallinfo2();
    return static_cast<double>(heap.uordblks + heap.hblkhd) / (1 << 20);
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds_of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
    return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

double quantile(const Timings& sorted, double q) {
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 5) {
        fmt::print(stderr, "usage: soak MINUTES FOLDER [POLICIES SECONDS]\n");
        return 2;
    }
    const int minutes = std::atoi(argv[1]);
    const std::filesystem::path folder = argv[2];
    const auto count = argc == 5 ? static_cast<std::size_t>(std::atoi(argv[3])) : 200;
    const auto interval = std::chrono::seconds{argc == 5 ? std::atoi(argv[4]) : 1};

    Reducer control;
    const Clock clock;
    const Event first{clock.now(), *configuration(policies(count, interval))};
    control.reduce(first);
    JournalSettings settings;
    settings.folder = folder / "journal";
    auto journal = JournalWriter::open(settings);
    if (!journal) {
        fmt::print(stderr, "{}\n", journal.error().message);
        return 1;
    }
    spdlog::logger quiet{"soak", std::make_shared<spdlog::sinks::null_sink_mt>()};
    CheckpointKeeper checkpoints{folder / "checkpoint"};
    Chronicle chronicle{control, **journal, checkpoints, quiet};
    Scheduler scheduler{control, chronicle, clock};
    chronicle.saw(first, nullptr);

    Timings to_order;
    std::vector<std::unique_ptr<SimulatedTarget>> targets;
    for (std::uint32_t i = 0; i < count; ++i) {
        targets.push_back(std::make_unique<SimulatedTarget>(TargetId{i}, clock, to_order));
        auto& target = *targets.back();
        scheduler.add({{Feed{target, {SignalId{0}}}}, target, target, TargetId{i}});
    }
    scheduler.open();
    const double cpu_before = cpu_seconds();
    const auto began = std::chrono::steady_clock::now();

    std::promise<void> over;
    std::thread reporter{[&, end = over.get_future()] {
        for (int minute = 0; minute <= minutes; ++minute) {
            scheduler.post([&, minute] {
                std::uint64_t skipped = 0;
                for (std::uint32_t i = 0; i < count; ++i) skipped += scheduler.skipped(TargetId{i});
                const auto written = (*journal)->status();
                fmt::print("minute {:>3}: {:6.2f} MiB resident, {:6.3f} MiB of heap in use, {} of {} rounds left out, {} journal entries lost\n",
                           minute, resident_mib(), in_use_mib(), skipped, static_cast<std::size_t>(minute * 1min / interval) * count, written.lost);
                std::fflush(stdout);
            });
            if (minute == minutes || end.wait_for(1min) == std::future_status::ready) break;
        }
        scheduler.stop();
    }};
    scheduler.run();
    over.set_value();
    reporter.join();
    const std::chrono::duration<double> ran = std::chrono::steady_clock::now() - began;
    std::ranges::sort(to_order);
    fmt::print("{:.2f} % of a core; from a sample to its order {:.3f} ms (median), {:.3f} ms (99 %), {} orders\n",
               100 * (cpu_seconds() - cpu_before) / ran.count(), 1000 * quantile(to_order, 0.5), 1000 * quantile(to_order, 0.99), to_order.size());
    return 0;
}
