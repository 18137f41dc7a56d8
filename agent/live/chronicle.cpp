// SPDX-License-Identifier: Apache-2.0
#include "agent/live/chronicle.hpp"

#include <utility>
#include <variant>

namespace setpoint {

Chronicle::Chronicle(Reducer& control, JournalWriter& journal, CheckpointKeeper& checkpoints, spdlog::logger& log)
    : control_(control), journal_(journal), checkpoints_(checkpoints), log_(log), narrator_(control, log) {}

void Chronicle::saw(const Event& event, const Decision* decision) {
    last_event_ = event.time;
    journal_.record(event, decision, control_);
    narrator_.tell(event, decision);
    if (std::holds_alternative<ApplyResult>(event.body) || std::holds_alternative<OverrideSet>(event.body)) pace_.must_save();
    if (pace_.due(event.time, control_.targets())) save();
    if (event.time - watched_ >= kWatchEvery) watch_disk();
}

void Chronicle::save(bool last) {
    auto checkpoint = take_checkpoint(last_event_, control_);
    checkpoint.term = term_;
    checkpoint.last = last;
    checkpoints_.keep(std::move(checkpoint));
    pace_.saved(last_event_);
}

void Chronicle::close(bool last) {
    save(last);
    checkpoints_.finish();
    watch_disk();
}

void Chronicle::watch_disk() {
    watched_ = last_event_;
    const auto journal = journal_.status();
    if (journal.losing && !journal_loses_) {
        log_.error("the journal cannot be written, scaling goes on without: {}", journal.why);
    } else if (!journal.losing && journal_loses_) {
        log_.info("the journal is written again; {} entries are missing in it", journal.lost);
    }
    journal_loses_ = journal.losing;
    const auto trouble = checkpoints_.trouble();
    if (trouble && !checkpoint_fails_) {
        log_.error("the checkpoint cannot be written, a restart would not remember: {}", *trouble);
    } else if (!trouble && checkpoint_fails_) {
        log_.info("the checkpoint is written again");
    }
    checkpoint_fails_ = trouble.has_value();
}

}  // namespace setpoint
