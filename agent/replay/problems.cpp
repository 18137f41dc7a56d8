// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/problems.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

namespace setpoint {
namespace {

struct Text {
    std::string_view name;
    std::string_view one;
    std::string_view many;
    std::string_view handled;
};

// In the order of the enumerators.
constexpr Text kTexts[] = {
    {"backward_time", "row is older than the row before it", "rows are older than the row before them", "sorted"},
    {"duplicate_time", "row has the time of another row", "rows have the time of another row", "the later one counts"},
    {"bad_time", "row has no readable time", "rows have no readable time", "left out"},
    {"bad_line", "line is not a JSON object", "lines are not JSON objects", "left out"},
    {"short_row", "row has fewer cells than the header", "rows have fewer cells than the header",
     "the rest is missing"},
    {"long_row", "row has more cells than the header", "rows have more cells than the header", "the rest is ignored"},
    {"cut_last_line", "line at the end is cut off", "lines at the end are cut off", "left out"},
    {"blank", "cell is blank", "cells are blank", "missing, never zero"},
    {"bad_value", "cell is not a finite number", "cells are not finite numbers", "missing, never zero"},
    {"no_zone", "time has no zone", "times have no zone", "taken as UTC"},
    {"grouped_number", "number has commas", "numbers have commas", "taken to group thousands"},
    {"bad_size", "cell is no number of replicas", "cells are no numbers of replicas", "missing"},
    {"percent_sign", "number has a percent sign", "numbers have a percent sign", "taken as a share, 70% as 0.7"},
    {"broken_size", "number of replicas is not whole", "numbers of replicas are not whole", "rounded to the nearest"},
};

const Text& text_of(Oddity kind) { return kTexts[static_cast<std::size_t>(kind)]; }

}  // namespace

void Problems::note(Oddity kind, std::uint64_t line) {
    const auto known = std::ranges::find(list_, kind, &Problem::kind);
    if (known == list_.end()) {
        list_.push_back({kind, 1, line});
    } else {
        ++known->count;
        known->first_line = std::min(known->first_line, line);
    }
}

std::uint64_t Problems::count(Oddity kind) const {
    const auto known = std::ranges::find(list_, kind, &Problem::kind);
    return known == list_.end() ? 0 : known->count;
}

std::string sentence(const Problem& problem) {
    const auto& text = text_of(problem.kind);
    return fmt::format("{} {}: {}", problem.count, problem.count == 1 ? text.one : text.many, text.handled);
}

std::string_view to_string(Oddity kind) { return text_of(kind).name; }

}  // namespace setpoint
