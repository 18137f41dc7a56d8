// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <cstdint>
#include <optional>

#include "agent/live/checkpoint_keeper.hpp"
#include "agent/live/checkpoint_pace.hpp"
#include "agent/journal/writer.hpp"
#include "agent/live/narrator.hpp"
#include "agent/live/scheduler.hpp"

namespace setpoint {

/// Keeps what happens: every event in the journal, what an operator wants to know in the log, and the state
/// in the checkpoint, soon after every write to a target and every override, and now and then.
class Chronicle final : public Witness {
public:
    static constexpr Duration kWatchEvery = std::chrono::seconds{1};

    Chronicle(Reducer& control, JournalWriter& journal, CheckpointKeeper& checkpoints, spdlog::logger& log);

    /// What the state is of, from now on (Checkpoint::term).
    void begin_term(std::optional<std::uint64_t> term) { term_ = term; }
    void saw(const Event& event, const Decision* decision) override;

    /// Saves the state as of the last event, and says so if that failed. Waits for the disk. `last`: no write is on its way.
    void close(bool last);

private:
    void save(bool last = false);
    void watch_disk();

    Reducer& control_;
    JournalWriter& journal_;
    CheckpointKeeper& checkpoints_;
    spdlog::logger& log_;
    Narrator narrator_;
    Time last_event_{};
    Time watched_{};  // the disk
    CheckpointPace pace_;
    std::optional<std::uint64_t> term_;
    bool journal_loses_ = false;
    bool checkpoint_fails_ = false;
};

}  // namespace setpoint
