// SPDX-License-Identifier: Apache-2.0
#include "collectors/docker_stats.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "clients/deadline.hpp"

namespace setpoint {

namespace {

// An answer may come so much later than its reading was made.
constexpr Duration kMostLag = std::chrono::seconds{2};

}  // namespace

Result<PodReading> CpuMeter::read(PodId pod, const ContainerStats& stats, Time now) {
    const auto before = std::exchange(last_, Last{stats.cpu_used_ns, stats.read, now});
    if (!before) return fail(Errc::no_data, "first reading of a counter");
    if (stats.cpu_used_ns < before->cpu_used_ns) return fail(Errc::no_data, "the counter went backwards: a restart");
    const Duration window = stats.read - before->read;
    if (window <= Duration{0}) return fail(Errc::no_data, "no time has passed since the last reading");
    if (std::chrono::abs(window - (now - before->heard)) > kMostLag) return fail(Errc::no_data, "the Engine's clock was stepped");
    const double used_ns = static_cast<double>(stats.cpu_used_ns - before->cpu_used_ns);
    return PodReading{pod, used_ns / 1e9 / seconds(window), now, window};
}

/// Lives on the I/O thread.
class DockerStats::State : public std::enable_shared_from_this<DockerStats::State> {
public:
    State(DockerClient& docker, DockerWatch& watch, const Clock& clock, Settings settings)
        : docker_(docker), watch_(watch), clock_(clock), settings_(std::move(settings)) {}

    void collect(Deadline deadline, Sink& sink) {
        if (closed_ || busy_) return;
        busy_ = true;
        round_ = {};
        watch_.list(settings_.labels, deadline,
                    [self = shared_from_this(), deadline, &sink](Result<std::vector<ContainerSummary>> containers) {
                         self->listed(std::move(containers), deadline, sink);
                     });
    }

    void close() { closed_ = true; }

private:
    /// What one call gathers.
    struct Round {
        std::size_t awaited = 0;
        std::size_t answered = 0;
        std::vector<PodReading> cpu;
        std::vector<PodReading> memory;
    };

    void listed(Result<std::vector<ContainerSummary>> containers, Deadline deadline, Sink& sink) {
        if (!containers) return finish(SampleKind::failed, sink);
        std::erase_if(*containers, [](const auto& container) { return !container.running(); });
        std::erase_if(meters_, [&](const auto& meter) {
            return std::ranges::none_of(*containers, [&](const auto& container) { return container.id == meter.first; });
        });
        if (containers->empty()) return finish(SampleKind::no_data, sink);
        round_.awaited = containers->size();
        for (const auto& container : *containers) {
            docker_.stats(container.id, deadline.left(),
                          [self = shared_from_this(), id = container.id, &sink](const Result<ContainerStats>& stats) {
                              self->take(id, stats);
                              if (--self->round_.awaited > 0) return;
                              self->finish(self->round_.answered == 0 ? SampleKind::failed : SampleKind::no_data, sink);
                          });
        }
    }

    void take(const std::string& id, const Result<ContainerStats>& stats) {
        // One that stopped meanwhile has nothing to say, which is an answer.
        if (stats || stats.error().code == Errc::no_data) ++round_.answered;
        if (!stats) return;
        const Time now = clock_.now();
        if (auto cores = meters_[id].read(pod_id(id), *stats, now)) round_.cpu.push_back(*cores);
        if (stats->memory_bytes) round_.memory.push_back({pod_id(id), *stats->memory_bytes, now, Duration{0}});
    }

    /// `otherwise` is what a signal is without any reading.
    void finish(SampleKind otherwise, Sink& sink) {
        busy_ = false;
        if (closed_) return;
        if (settings_.cpu) post(*settings_.cpu, std::move(round_.cpu), otherwise, sink);
        if (settings_.memory) post(*settings_.memory, std::move(round_.memory), otherwise, sink);
    }

    void post(SignalId signal, std::vector<PodReading> readings, SampleKind otherwise, Sink& sink) const {
        Sample sample;
        sample.target = settings_.target;
        sample.signal = signal;
        sample.kind = readings.empty() ? otherwise : SampleKind::pods;
        sample.measured = clock_.now();
        if (!readings.empty()) {
            const auto newest = std::ranges::max_element(readings, {}, &PodReading::measured);
            sample.measured = newest->measured;
            sample.window = newest->window;
        }
        sample.pods = std::move(readings);
        sink.post(std::move(sample));
    }

    DockerClient& docker_;
    DockerWatch& watch_;
    const Clock& clock_;
    Settings settings_;
    std::map<std::string, CpuMeter> meters_;  // by container ID
    Round round_;
    bool busy_ = false;
    bool closed_ = false;
};

DockerStats::DockerStats(IoThread& io, DockerClient& docker, DockerWatch& watch, const Clock& clock, Settings settings)
    : io_(io), state_(std::make_shared<State>(docker, watch, clock, std::move(settings))) {}

DockerStats::~DockerStats() {
    io_.run([this] { state_->close(); });
}

void DockerStats::collect(Duration deadline, Sink& sink) {
    io_.post([state = state_, deadline = Deadline{deadline}, &sink] { state->collect(deadline, sink); });
}

}  // namespace setpoint
