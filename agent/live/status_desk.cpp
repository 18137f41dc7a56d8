// SPDX-License-Identifier: Apache-2.0
#include "agent/live/status_desk.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace setpoint {
namespace {

bool same_words(const PolicyStatus& a, const PolicyStatus& b) {
    const auto same = [](const PolicyCondition& one, const PolicyCondition& other) { return one.message == other.message; };
    return a.last_decision == b.last_decision && std::ranges::equal(a.conditions, b.conditions, same);
}

std::optional<WallTime> since_before(const std::vector<PolicyMemory::Condition>& before, const PolicyCondition& now) {
    for (const auto& one : before) {
        if (one.type == now.type && one.status == name_of(now.status)) return one.since;
    }
    return std::nullopt;
}

}  // namespace

std::vector<StatusDesk::Letter> StatusDesk::due(Time now, WallTime wall, const std::vector<Entry>& entries, const Pack& pack) {
    std::set<std::uint64_t> there;
    std::vector<std::tuple<Due, Time, std::size_t>> waiting;  // by urgency, then by how long
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& known = known_[entries[i].object->uid];
        there.insert(entries[i].object->uid);
        const auto due = entries[i].is_sending ? Due::no : due_of(known, entries[i].status, now);
        if (due != Due::no) waiting.emplace_back(due, known.at, i);
    }
    std::erase_if(known_, [&](const auto& known) { return !there.contains(known.first); });
    const auto most = waiting.begin() + static_cast<std::ptrdiff_t>(std::min(waiting.size(), kMostAtOnce));
    std::partial_sort(waiting.begin(), most, waiting.end());
    std::vector<Letter> letters;
    for (auto at = waiting.begin(); at != most; ++at) {
        const auto i = std::get<std::size_t>(*at);
        const auto& [object, status, deadline, is_sending] = entries[i];
        auto& known = known_[object->uid];
        note(known, status, now, wall);
        letters.push_back({object->uid, object->ns, object->name, status_patch(known.written, pack(i)), deadline});
    }
    return letters;
}

void StatusDesk::failed(std::uint64_t uid, Time now) {
    const auto found = known_.find(uid);
    if (found == known_.end()) return;
    found->second.fresh = true;
    found->second.not_before = now + kAfterFailure;
}

StatusDesk::Due StatusDesk::due_of(const Known& known, const PolicyStatus& status, Time now) {
    if (now < known.not_before) return Due::no;
    if (known.fresh) return Due::unwritten;
    if (!status.says_the_same(known.written)) return Due::changed;
    return now - known.at >= kWordsEvery && !same_words(status, known.written) ? Due::reworded : Due::no;
}

void StatusDesk::note(Known& known, const PolicyStatus& status, Time now, WallTime wall) {
    const auto written = std::exchange(known.written, status);
    for (auto& condition : known.written.conditions) {
        const auto old = std::ranges::find(written.conditions, condition.type, &PolicyCondition::type);
        if (old == written.conditions.end()) condition.since = since_before(known.before, condition).value_or(wall);
        else condition.since = old->status == condition.status ? old->since : wall;
    }
    known.before.clear();
    known.at = now;
    known.fresh = false;
}

}  // namespace setpoint
