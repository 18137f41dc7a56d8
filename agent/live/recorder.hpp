// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/live/contact.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/outside.hpp"
#include "agent/live/recording_file.hpp"
#include "agent/live/scheduler.hpp"
#include "agent/replay/recorded_line.hpp"
#include "actuators/shadow.hpp"
#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "core/result.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

struct RecorderSettings {
    std::vector<LivePolicy> policies;
    Whereabouts where;
    std::optional<Duration> length;  // absent: until somebody stops it
    std::function<void(Duration, std::uint64_t)> progress = {};  // after each line: for how long, how many
};

/// Watches the targets and reads the signals as the agent does, at the same rounds, and writes down what it heard:
/// a line for each round of each policy. Decides nothing, sets nothing, keeps no state and needs no lock.
class Recorder final : public Witness {
public:
    /// `file` and `log` must outlive it. Errors: `bad_config`.
    [[nodiscard]] static Result<std::unique_ptr<Recorder>> make(RecorderSettings settings, RecordingFile& file, spdlog::logger& log);

    /// Records until SIGTERM, SIGINT, SIGHUP or the end of the length. Errors: `io`, at the first line that cannot be written.
    [[nodiscard]] Result<> run();

    [[nodiscard]] std::uint64_t lines() const { return lines_; }
    /// Signals that never had a value: `web: cpu`.
    [[nodiscard]] std::vector<std::string> silent() const;

    void saw(const Event& event, const Decision* decision) override;

private:
    struct Noted {
        Heard heard;                      // since the line before
        std::vector<std::uint64_t> values;  // by SignalId
    };

    Recorder(RecorderSettings settings, RecordingFile& file, spdlog::logger& log);
    [[nodiscard]] Result<> attach_all();
    void note(Sample sample, Time at);
    void write_line(TargetId target, Time at);
    void contacted(bool answers, const std::string& why);

    const RecorderSettings settings_;
    RecordingFile& file_;
    spdlog::logger& log_;
    Result<> outcome_;
    bool engine_answers_ = true;
    std::uint64_t lines_ = 0;
    std::vector<Noted> noted_;  // by TargetId
    Reducer control_;           // knows which pods there are
    Clock clock_;
    Time began_ = clock_.now();
    Scheduler scheduler_{control_, *this, clock_};
    boost::asio::steady_timer end_{scheduler_.context()};
    IoThread io_;
    std::unique_ptr<Outside> outside_;
    std::vector<Attached> attached_;  // by TargetId
    std::vector<Shadow> nobody_;      // sets their sizes
    std::optional<Contact> contact_;
};

}  // namespace setpoint
