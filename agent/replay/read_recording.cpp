// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/read_recording.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "agent/replay/time_stamp.hpp"
#include "core/standard_input.hpp"

namespace setpoint {
namespace {

/// As a shell takes it for one word.
std::string quoted_for_a_shell(const std::string& word) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/=@%+-";
    if (word.find_first_not_of(kPlain) == std::string::npos) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return text + "'";
}

}  // namespace

Result<ReadRecording> read_recording(const std::string& file, const ReadOptions& options) {
    const auto path = name_of_file(file);
    auto lines = LineSource::open(path_of(file));
    if (!lines) return tl::unexpected(in(path)(lines.error()));
    const auto beginning = lines->peek();
    if (!beginning) return tl::unexpected(in(path)(beginning.error()));
    const auto format = recognise(*beginning);
    if (!format) return tl::unexpected(in(path)(format.error()));
    auto recording = *format == RecordingFormat::csv ? read_csv(*lines, options) : read_json_lines(*lines, options);
    if (!recording) return tl::unexpected(in(path)(recording.error()));
    return ReadRecording{*format, std::move(*recording)};
}

std::string listed(std::span<const std::string> names) {
    constexpr std::size_t kMost = 20;
    constexpr std::size_t kLongest = 60;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) text += (i > 0 ? ", " : "") + names[i].substr(0, kLongest);
    return names.size() > kMost ? text + fmt::format(" and {} more", names.size() - kMost) : text;
}

Error missing_columns(std::span<const Wanted* const> missing, std::span<const std::string> seen) {
    std::string message;
    for (const auto* wanted : missing) {
        message += fmt::format("{}no column '{}'{}{}", message.empty() ? "" : "; ", wanted->column,
                               wanted->what.empty() ? "" : ", wanted as ", wanted->what);
    }
    message += seen.empty() ? "; it has only the time" : fmt::format("; it has: {}", listed(seen));
    // Recorded sizes are no signal that somebody forgot to name.
    std::vector<std::string> candidates;
    std::ranges::copy_if(seen, std::back_inserter(candidates),
                         [](const auto& name) { return name != "replicas" && name != "ready"; });
    if (!candidates.empty()) {
        const bool plain = missing.size() == 1 && candidates.size() == 1;
        const auto choice = fmt::format("{}={}", missing.front()->name, plain ? candidates.front() : "COLUMN");
        message += fmt::format("\nhint: --map {} says which column a signal is in", quoted_for_a_shell(choice));
    }
    return {Errc::bad_config, std::move(message)};
}

Error nothing_of(const std::string& policy, const std::set<std::string>& others) {
    if (others.empty()) return {Errc::bad_config, fmt::format("has nothing of the policy '{}', nor of any other: there is no sample in it", policy)};
    return {Errc::bad_config, fmt::format("has nothing of the policy '{}'; it has: {}", policy, fmt::join(others, ", "))};
}

double size_of(double number, std::uint64_t line, Problems& problems) {
    if (number < 0 || number > kMaxReplicas) {
        problems.note(Oddity::bad_size, line);
        return kNothing;
    }
    if (number != std::floor(number)) problems.note(Oddity::broken_size, line);
    return number;
}

std::size_t find_column(std::span<const std::string> names, std::string_view wanted) {
    const auto exact = std::ranges::find(names, wanted);
    if (exact != names.end()) return static_cast<std::size_t>(exact - names.begin());
    const auto like = [&](const std::string& name) { return same_but_for_case(name, wanted); };
    if (std::ranges::count_if(names, like) != 1) return names.size();
    return static_cast<std::size_t>(std::ranges::find_if(names, like) - names.begin());
}

std::vector<std::string> names_of(std::span<const Wanted> wanted) {
    std::vector<std::string> names;
    for (const auto& one : wanted) names.push_back(one.name);
    return names;
}

}  // namespace setpoint
