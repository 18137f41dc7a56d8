// SPDX-License-Identifier: Apache-2.0
// Ticks per second on one core: many policies, each a PID and a stabilization window, fed a new sample
// before every tick; without and with the journal. Beside it a baseline: the bare arithmetic of a PID and
// a sliding maximum over the same number of loops, with nothing around it.
//
//   bench_ticks [POLICIES] [ROUNDS] [FOLDER FOR THE JOURNAL]

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <vector>

#include "agent/journal/writer.hpp"
#include "policies/reducer.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* room = std::malloc(size)) return room;
    throw std::bad_alloc{};
}
void operator delete(void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }

namespace {

using namespace setpoint;
using Clock = std::chrono::steady_clock;

constexpr Time kStart = at_unix(1'700'000'000);
constexpr int kWarmUp = 100;  // rounds of 5 s: until windows of 300 s are full and nothing grows any more

ScalingSpec pid_policy(std::size_t number) {
    ScalingSpec spec;
    spec.name = fmt::format("policy-{}", number);
    spec.replicas = {2, 40};
    SignalSpec cpu;
    cpu.name = "cpu";
    cpu.dimension = Dimension::cores;
    cpu.per_pod = true;
    spec.signals.push_back(cpu);
    PidSettings pid;
    pid.signal = "cpu";
    pid.setpoint = 0.7;
    spec.policies.push_back({"", pid});
    return spec;
}

/// Kilobytes resident, as the kernel counts them.
double resident_mib() {
    std::ifstream statm{"/proc/self/statm"};
    double total = 0;
    double resident = 0;
    statm >> total >> resident;
    return resident * 4096 / (1 << 20);
}

struct Measured {
    double per_second = 0;
    double allocations_per_tick = 0;
};

class Fleet {
public:
    explicit Fleet(std::size_t policies) : policies_(policies) {
        std::vector<ScalingSpec> specs;
        for (std::size_t i = 0; i < policies; ++i) specs.push_back(pid_policy(i));
        take({now_, *configuration(std::move(specs))}, nullptr);
        for (std::size_t i = 0; i < policies; ++i) {
            take({now_, TargetState{target(i), 10, 10, {}}}, nullptr);
        }
    }

    /// One sample and one tick for every policy, `rounds` times. Allocations are those of the whole process.
    Measured run(int rounds, JournalWriter* journal) {
        const auto before = allocations.load();
        const auto start = Clock::now();
        for (int round = 0; round < rounds; ++round) {
            now_ += std::chrono::seconds{5};
            for (std::size_t i = 0; i < policies_; ++i) {
                sample_.target = target(i);
                sample_.measured = now_ - std::chrono::seconds{2};
                sample_.value = 0.7 + 0.05 * std::sin(0.1 * round + static_cast<double>(i));
                take({now_, sample_}, journal);
                take({now_, Tick{target(i), WallTime{now_.time_since_epoch()}}}, journal);
            }
        }
        const double took = std::chrono::duration<double>(Clock::now() - start).count();
        const double ticks = static_cast<double>(rounds) * static_cast<double>(policies_);
        return {ticks / took, static_cast<double>(allocations.load() - before) / ticks};
    }

private:
    static TargetId target(std::size_t i) { return TargetId{static_cast<std::uint32_t>(i)}; }

    void take(const Event& event, JournalWriter* journal) {
        const Decision* decision = control_.reduce(event);
        if (journal != nullptr) journal->record(event, decision, control_);
        if (decision == nullptr || !decision->apply) return;
        ApplyResult result;  // the orchestrator does at once what it is asked for
        result.target = decision->target;
        result.wanted = result.replicas = decision->replicas;
        take({now_, result}, journal);
        take({now_, TargetState{result.target, result.replicas, result.replicas, {}}}, journal);
    }

    std::size_t policies_;
    Time now_ = kStart;
    Reducer control_;
    Sample sample_ = [] {
        Sample sample;
        sample.kind = SampleKind::pods_mean;
        sample.window = std::chrono::seconds{30};
        return sample;
    }();
};

/// The least that any implementation must do: filter, log, PI step, exp, sliding maximum over 20 values.
double bare_arithmetic(std::size_t policies, int rounds) {
    struct Loop {
        double filtered = 0.7;
        double state = std::log(10.0);
        double last_error = 0;
        int window[20] = {};
        int at = 0;
    };
    std::vector<Loop> loops(policies);
    const auto start = Clock::now();
    long sum = 0;
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < policies; ++i) {
            auto& loop = loops[i];
            const double seen = 0.7 + 0.05 * std::sin(0.1 * round + static_cast<double>(i));
            loop.filtered += 0.3 * (seen - loop.filtered);
            const double error = std::log(loop.filtered / 0.7);
            loop.state = std::clamp(loop.state + 0.5 * (error - loop.last_error) + 0.05 * error, 0.7, 3.7);
            loop.last_error = error;
            loop.window[loop.at = (loop.at + 1) % 20] = static_cast<int>(std::ceil(std::exp(loop.state)));
            sum += *std::max_element(std::begin(loop.window), std::end(loop.window));
        }
    }
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    if (sum == 0) fmt::print("never\n");  // keeps the loop
    return static_cast<double>(rounds) * static_cast<double>(policies) / took;
}

std::size_t argument(int argc, char** argv, int at, std::size_t otherwise) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t policies = argument(argc, argv, 1, 10'000);
    const int rounds = static_cast<int>(argument(argc, argv, 2, 100));
    const double before = resident_mib();
    Fleet fleet{policies};
    (void)fleet.run(kWarmUp, nullptr);
    const double resident = resident_mib();
    const double bare = bare_arithmetic(policies, rounds);
    const Measured plain = fleet.run(rounds, nullptr);

    JournalSettings settings;
    settings.folder = argc > 3 ? argv[3] : "bench-journal";
    Measured journalled;
    JournalStatus status;
    {
        auto journal = JournalWriter::open(settings);
        if (!journal) {
            fmt::print(stderr, "{}\n", journal.error().message);
            return 1;
        }
        (void)fleet.run(3, journal->get());
        journalled = fleet.run(rounds, journal->get());
        status = (*journal)->status();
    }
    std::filesystem::remove_all(settings.folder);
    fmt::print(
        R"({{"policies": {}, "bare": {:.0f}, "plain": {:.0f}, "journal": {:.0f}, "allocations": {:.4f}, )"
        R"("allocationsJournal": {:.4f}, "lost": {}, "journalBytesPerTick": {:.1f}, "residentMiB": {:.1f}, "bytesPerPolicy": {:.0f}}})"
        "\n",
        policies, bare, plain.per_second, journalled.per_second, plain.allocations_per_tick,
        journalled.allocations_per_tick, status.lost,
        static_cast<double>(status.bytes) / (static_cast<double>(rounds + 3) * static_cast<double>(policies)), resident,
        (resident - before) * (1 << 20) / static_cast<double>(policies));
    return 0;
}
