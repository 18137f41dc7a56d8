// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/replay.hpp"

#include <utility>
#include <variant>

#include "core/codec.hpp"

namespace setpoint {
namespace {

Verdict compare(const Outcome& recorded, const Outcome& now) {
    if (recorded == now) return Verdict::same;
    Outcome same_bits = now;
    same_bits.digest = recorded.digest;
    return recorded == same_bits ? Verdict::trace : Verdict::otherwise;
}

tl::unexpected<Error> no_opening(std::string_view what) {
    return fail(Errc::bad_reply, "the segment does not open with configuration and snapshot: " + std::string{what});
}

}  // namespace

Result<Reducer> JournalReplay::open(SegmentReader& segment) {
    Reducer reducer;
    auto entry = segment.next();
    if (!entry) return tl::unexpected(entry.error());
    if (*entry == nullptr) return fail(Errc::no_data, "the segment ends before its configuration");
    const auto* first = std::get_if<Happening>(*entry);
    const auto* set = first != nullptr ? std::get_if<ConfigSet>(&first->event.body) : nullptr;
    if (set == nullptr) return no_opening("no configuration");
    // What a newer or a foreign program allowed may not be allowed here.
    auto checked = configuration(set->specs, set->guards);
    if (!checked) return tl::unexpected(checked.error());
    (void)reducer.reduce(Event{first->event.time, std::move(*checked)});
    entry = segment.next();
    if (!entry) return tl::unexpected(entry.error());
    if (*entry == nullptr) return fail(Errc::no_data, "the segment ends before its snapshot");
    const auto* snapshot = std::get_if<Snapshot>(*entry);
    if (snapshot == nullptr) return no_opening("no snapshot");
    Decoder decoder{snapshot->state};
    reducer.bind_state(decoder);
    if (!decoder.ok()) return no_opening("the snapshot makes no sense");
    summary_.last = snapshot->time;
    return reducer;
}

Result<> JournalReplay::replay(SegmentReader& segment) {
    summary_ = {};
    auto reducer = open(segment);
    if (!reducer) return tl::unexpected(reducer.error());
    while (true) {
        const auto entry = segment.next();
        if (!entry) return tl::unexpected(entry.error());
        if (*entry == nullptr) break;
        if (const auto* gap = std::get_if<Gap>(*entry)) lost_(*gap);
        const auto* happening = std::get_if<Happening>(*entry);
        if (happening == nullptr) continue;
        if (auto taken = take(*happening, *reducer); !taken) return taken;
    }
    summary_.torn_bytes = segment.torn_bytes();
    return {};
}

Result<> JournalReplay::take(const Happening& happening, Reducer& reducer) {
    if (const auto* set = std::get_if<ConfigSet>(&happening.event.body)) {
        if (auto checked = configuration(set->specs, set->guards); !checked) return tl::unexpected(checked.error());
    }
    ReplayStep step{reducer, happening.event, reducer.reduce(happening.event), happening.outcome, Verdict::same};
    ++summary_.events;
    summary_.last = happening.event.time;
    if (step.decision != nullptr) ++summary_.ticks;
    if (step.decision != nullptr && step.recorded) step.verdict = compare(*step.recorded, outcome_of(*step.decision));
    if (step.verdict == Verdict::trace) ++summary_.trace;
    if (step.verdict == Verdict::otherwise) ++summary_.otherwise;
    seen_(step);
    return {};
}

}  // namespace setpoint
