// SPDX-License-Identifier: Apache-2.0
#include "collectors/kubelet_reading.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "collectors/exposition_line.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kMostLines = 200'000;
constexpr std::size_t kMostContainers = 20'000;
constexpr std::size_t kMostWords = 80;               // of what was read, in a message
constexpr double kMostCoreSeconds = 1e14;            // a hundred thousand cores for thirty years
constexpr double kMostBytes = 1125899906842624.0;    // 1 PiB
constexpr std::int64_t kLastTime = 253'402'300'799'000;  // the end of the year 9999, in milliseconds

/// Without what would not print.
std::string shown(std::string_view text) {
    std::string words{text.substr(0, kMostWords)};
    std::ranges::replace_if(words, [](unsigned char c) { return c < 0x20U || c >= 0x7FU; }, ' ');
    return "'" + words + "'";
}

tl::unexpected<Error> nonsense(const std::string& what) { return fail(Errc::bad_reply, "its answer makes no sense: " + what); }

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number read{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return read;
}

std::optional<double> amount(std::string_view text, double most) {
    const auto read = number<double>(text);
    if (!read || !std::isfinite(*read) || *read < 0 || *read > most) return std::nullopt;
    return read;
}

std::optional<WallTime> time_of(std::string_view text) {
    const auto read = number<std::int64_t>(text);
    if (!read || *read <= 0 || *read > kLastTime) return std::nullopt;
    return WallTime{Duration{*read}};
}

/// The newest of several counts. What makes no sense is said once, of the container.
void take_count(const ExpositionLine& line, double most, std::optional<KubeletContainer::Count>& into, std::string& wrong) {
    const auto value = amount(line.value, most);
    const auto time = time_of(line.time);
    if (value && time) {
        if (!into || into->time < *time) into = {*value, *time};
        return;
    }
    if (!wrong.empty()) return;
    const auto what = std::string{line.name} + " of container " + shown(line.label("container"));
    if (!value) wrong = what + " is " + shown(line.value);
    else wrong = what + (line.time.empty() ? " has no time" : " has the time " + shown(line.time));
}

void take_began(const ExpositionLine& line, KubeletContainer& into) {
    const auto began = amount(line.value, static_cast<double>(kLastTime));
    if (began && (!into.began || *into.began < *began)) into.began = began;
}

bool is_of_container(std::string_view name) {
    return name == "container_cpu_usage_seconds_total" || name == "container_memory_working_set_bytes" || name == "container_start_time_seconds";
}

void take(const ExpositionLine& line, KubeletContainer& into) {
    if (line.name == "container_cpu_usage_seconds_total") take_count(line, kMostCoreSeconds, into.cpu, into.wrong);
    else if (line.name == "container_memory_working_set_bytes") take_count(line, kMostBytes, into.memory, into.wrong);
    else take_began(line, into);
}

/// Of a line without its end, which is no comment.
Result<void> take_line(std::string_view text, std::size_t place, KubeletReading& into, std::size_t& containers) {
    const auto line = parse_exposition_line(text);
    if (!line) return nonsense("line " + std::to_string(place) + " is " + shown(text));
    if (!is_of_container(line->name)) return {};
    const auto ns = line->label("namespace");
    const auto pod = line->label("pod");
    const auto container = line->label("container");
    if (ns.empty() || pod.empty() || container.empty()) return {};
    auto& known = into[std::string{ns} + "/" + std::string{pod}];
    const auto [at, fresh] = known.try_emplace(std::string{container});
    if (fresh && ++containers > kMostContainers) return nonsense("it has more than " + std::to_string(kMostContainers) + " containers");
    take(*line, at->second);
    return {};
}

}  // namespace

Result<KubeletReading> parse_kubelet_reading(std::string_view text) {
    KubeletReading reading;
    std::size_t containers = 0;
    for (std::size_t place = 1; !text.empty(); ++place) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return nonsense("it ends within line " + std::to_string(place) + ", " + shown(text));
        auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.size() > kLongestLine) return nonsense("line " + std::to_string(place) + " is longer than " + std::to_string(kLongestLine) + " bytes");
        if (place > kMostLines) return nonsense("it has more than " + std::to_string(kMostLines) + " lines");
        if (line.empty() || line.starts_with('#')) continue;
        if (auto taken = take_line(line, place, reading, containers); !taken) return tl::unexpected(std::move(taken.error()));
    }
    return reading;
}

}  // namespace setpoint
