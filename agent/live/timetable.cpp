// SPDX-License-Identifier: Apache-2.0
#include "agent/live/timetable.hpp"

#include <algorithm>
#include <utility>

namespace setpoint {

Duration Timetable::patience(Duration interval) {
    return std::min<Duration>(interval / 2, std::chrono::seconds{2});
}

void Timetable::add(TargetId id, std::string_view text, Duration interval, Time now) {
    targets_.insert_or_assign(id, Target{interval});
    const auto step = interval.count();
    const auto phase = static_cast<std::int64_t>(hash_of(text) % static_cast<std::uint64_t>(step));
    const auto into = ((now.time_since_epoch().count() - phase) % step + step) % step;
    entries_.push({now + Duration{step - into}, 0, id, Step::gather});
}

void Timetable::hurry(TargetId id, Time now) {
    auto& target = targets_.at(id);
    if (target.gathering) target.again = true;
    else later(id, now);
}

void Timetable::later(TargetId id, Time at) { entries_.push({at, 0, id, Step::gather, true}); }

std::optional<Timetable::Due> Timetable::take(Time now) {
    drop_void();
    if (entries_.empty() || entries_.top().at > now) return std::nullopt;
    const Entry entry = entries_.top();
    entries_.pop();
    if (entry.step == Step::gather) {
        begin_round(entry, now);
    } else {
        auto& target = targets_.at(entry.target);
        target.gathering = false;
        if (std::exchange(target.again, false)) hurry(entry.target, now);
    }
    return Due{entry.target, entry.step, entry.beside};
}

void Timetable::begin_round(const Entry& slot, Time now) {
    auto& target = targets_.at(slot.target);
    ++target.round;
    target.gathering = true;
    if (!slot.beside) {
        const auto passed = (now - slot.at) / target.interval;
        target.skipped += static_cast<std::uint64_t>(passed);
        entries_.push({slot.at + (passed + 1) * target.interval, target.round, slot.target, Step::gather});
    }
    entries_.push({now + patience(target.interval), target.round, slot.target, Step::decide});
}

void Timetable::gathered(TargetId id, Time now) {
    auto& target = targets_.at(id);
    if (target.gathering) entries_.push({now, target.round, id, Step::decide});
}

std::optional<Time> Timetable::next() {
    drop_void();
    if (entries_.empty()) return std::nullopt;
    return entries_.top().at;
}

void Timetable::drop_void() {
    for (; !entries_.empty(); entries_.pop()) {
        const auto& entry = entries_.top();
        const auto target = targets_.find(entry.target);
        if (target == targets_.end()) continue;
        if (entry.step == Step::gather || (target->second.gathering && target->second.round == entry.round)) return;
    }
}

}  // namespace setpoint
