// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clients/clock.hpp"
#include "clients/docker_client.hpp"
#include "clients/docker_watch.hpp"
#include "clients/io_thread.hpp"
#include "collectors/collector.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/samples.hpp"

namespace setpoint {

/// Turns the Engine's CPU counter of one container into cores.
class CpuMeter {
public:
    /// Cores used since the last reading, `measured` at `now`. `no_data` on the first reading, after a counter
    /// that went backwards (a restart), where no time has passed between the two, and where the Engine's clock and
    /// ours disagree on how much: one of a civil clock's steps would make any load nothing.
    [[nodiscard]] Result<PodReading> read(PodId pod, const ContainerStats& stats, Time now);

private:
    struct Last {
        std::uint64_t cpu_used_ns = 0;
        WallTime read{};
        Time heard{};
    };
    std::optional<Last> last_;
};

/// CPU (cores) and memory (bytes) of the running containers of one group, per pod, by the Engine's statistics.
class DockerStats final : public Collector {
public:
    struct Settings {
        TargetId target{};
        std::vector<std::string> labels; // app=cart: the same group as the target's
        std::optional<SignalId> cpu;     // the signals that want them
        std::optional<SignalId> memory;
    };

    DockerStats(IoThread& io, DockerClient& docker, DockerWatch& watch, const Clock& clock, Settings settings);
    ~DockerStats() override;

    /// Containers that do not answer are left out; a signal of which none answers is `failed`, and one whose
    /// counters were all read for the first time `no_data`. A call while another is on its way is skipped.
    void collect(Duration deadline, Sink& sink) override;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
