// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace setpoint {

/// What may be odd about a recording and is handled all the same.
enum class Oddity : std::uint8_t {
    backward_time,   // a row is older than the one before it: sorted
    duplicate_time,  // a row has the time of another one: the later one counts
    bad_time,        // a row without a readable time: left out
    bad_line,        // a line that is no JSON object: left out
    short_row,       // fewer cells than the header: the rest is missing
    long_row,        // more cells than the header: the rest is ignored
    cut_last_line,   // the last line ends in the middle: left out
    blank,           // a cell without a value: missing, never zero
    bad_value,       // a cell that is no finite number: missing
    no_zone,         // a time without a zone: taken as UTC
    grouped_number,  // commas taken to group thousands
    bad_size,        // replicas below zero, or more than can be: missing
    percent_sign,    // 70% taken as 0.7
    broken_size,     // replicas that are no whole number: rounded
};

/// One kind of oddity: how often, and the first line that has it (from 1).
struct Problem {
    Oddity kind{};
    std::uint64_t count = 0;
    std::uint64_t first_line = 0;
};

/// The oddities of one recording, counted by kind.
class Problems {
public:
    void note(Oddity kind, std::uint64_t line);
    [[nodiscard]] const std::vector<Problem>& list() const { return list_; }
    [[nodiscard]] std::uint64_t count(Oddity kind) const;

private:
    std::vector<Problem> list_;
};

/// `3 rows have the time of another row: the later one counts`.
[[nodiscard]] std::string sentence(const Problem& problem);

/// The kind as it is written in JSON: `duplicate_time`.
[[nodiscard]] std::string_view to_string(Oddity kind);

}  // namespace setpoint
