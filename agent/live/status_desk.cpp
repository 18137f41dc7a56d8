// SPDX-License-Identifier: Apache-2.0
#include "agent/live/status_desk.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace setpoint {
namespace {

bool same_words(const PolicyStatus& a, const PolicyStatus& b) {
    const auto same = [](const PolicyCondition& one, const PolicyCondition& other) { return one.message == other.message; };
    return a.last_decision == b.last_decision && std::ranges::equal(a.conditions, b.conditions, same);
}

}  // namespace

std::vector<StatusDesk::Letter> StatusDesk::due(Time now, WallTime wall, const std::vector<Entry>& entries) {
    std::set<std::uint64_t> there;
    std::vector<Letter> letters;
    for (const auto& entry : entries) {
        there.insert(entry.object->uid);
        auto& known = known_[entry.object->uid];
        if (letters.size() < kMostAtOnce && is_due(known, entry.status, now)) letters.push_back(write(known, entry, now, wall));
    }
    std::erase_if(known_, [&](const auto& known) { return !there.contains(known.first); });
    return letters;
}

void StatusDesk::failed(std::uint64_t uid, Time now) {
    const auto found = known_.find(uid);
    if (found == known_.end()) return;
    found->second.fresh = true;
    found->second.not_before = now + kAfterFailure;
}

bool StatusDesk::is_due(const Known& known, const PolicyStatus& status, Time now) {
    if (now < known.not_before) return false;
    if (known.fresh || !status.says_the_same(known.written)) return true;
    return now - known.at >= kWordsEvery && !same_words(status, known.written);
}

StatusDesk::Letter StatusDesk::write(Known& known, const Entry& entry, Time now, WallTime wall) {
    const auto& conditions = entry.status.conditions;
    known.since.resize(conditions.size(), wall);
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        const bool changed = known.written.conditions.empty() || known.written.conditions[i].status != conditions[i].status;
        if (changed) known.since[i] = wall;
    }
    known.written = entry.status;
    known.at = now;
    known.fresh = false;
    return {entry.object->uid, entry.object->ns, entry.object->name, status_patch(entry.status, known.since)};
}

}  // namespace setpoint
