// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_types.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "clients/reply_json.hpp"

namespace setpoint {

using namespace reply_json;

namespace {

constexpr std::size_t kMostContainers = 100'000;

std::string without_slash(std::string name) {
    if (name.starts_with('/')) name.erase(0, 1);
    return name;
}

Result<ContainerState> state_of(const std::string& name) {
    static constexpr std::array<std::string_view, 7> kNames{"created",  "running", "paused", "restarting",
                                                            "removing", "exited",  "dead"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == name) return static_cast<ContainerState>(i);
    }
    return fail(Errc::bad_reply, "a container's state is unknown: '" + name.substr(0, 40) + "'");
}

/// The Engine shows health in a list only within the text for people: "Up 3 minutes (healthy)".
ContainerHealth health_of_status(std::string_view status) {
    if (status.ends_with("(healthy)")) return ContainerHealth::healthy;
    if (status.ends_with("(unhealthy)")) return ContainerHealth::unhealthy;
    if (status.ends_with("(health: starting)")) return ContainerHealth::starting;
    return ContainerHealth::none;
}

ContainerHealth health_of_name(std::string_view name) {
    if (name == "healthy") return ContainerHealth::healthy;
    if (name == "unhealthy") return ContainerHealth::unhealthy;
    if (name == "starting") return ContainerHealth::starting;
    return ContainerHealth::none;
}

Result<ContainerSummary> summary(const Json& json) {
    ContainerSummary container;
    container.id = text(member(json, "Id"));
    if (container.id.empty()) return fail(Errc::bad_reply, "a container in the list has no Id");
    auto state = state_of(text(member(json, "State")));
    if (!state) return tl::unexpected(state.error());
    container.state = *state;
    container.health = health_of_status(text(member(json, "Status")));
    if (const auto* names = member(json, "Names"); names != nullptr && names->is_array() && !names->empty()) {
        container.name = without_slash(text(&names->front()));
    }
    constexpr std::uint64_t kYear9999 = 253'402'300'799;
    const auto created = std::min(count(member(json, "Created")).value_or(0), kYear9999);
    container.created = WallTime{std::chrono::seconds{static_cast<std::int64_t>(created)}};
    if (const auto* labels = member(json, "Labels"); labels != nullptr && labels->is_object()) {
        for (const auto& [name, value] : labels->items()) container.labels.emplace(name, text(&value));
    }
    return container;
}

/// Cores: NanoCpus, or quota over period, whose default is 100 ms.
std::optional<double> cpu_limit(const Json& host) {
    if (const auto nano = positive(member(host, "NanoCpus"))) return *nano / 1e9;
    const auto quota = positive(member(host, "CpuQuota"));
    if (!quota) return std::nullopt;
    return *quota / positive(member(host, "CpuPeriod")).value_or(100'000);
}

/// Memory as `docker stats` shows it: without the inactive part of the page cache, whose name differs
/// between cgroup versions 1 and 2 (calculateMemUsageUnixNoCache in docker/cli).
std::optional<double> memory_of(const Json& memory) {
    const auto used = positive(member(memory, "usage"));
    if (!used) return std::nullopt;
    const double usage = *used;
    for (const char* name : {"total_inactive_file", "inactive_file"}) {
        const auto inactive = positive(member(memory, "stats", name));
        if (inactive && *inactive < usage) return usage - *inactive;
        if (inactive) break;
    }
    return usage;
}

/// "1.41" as 1041, so that versions compare.
std::optional<int> rank(std::string_view version) {
    int major = 0;
    int minor = 0;
    const char* end = version.data() + version.size();
    const auto [dot, bad] = std::from_chars(version.data(), end, major);
    if (bad != std::errc{} || dot == end || *dot != '.') return std::nullopt;
    const auto [rest, worse] = std::from_chars(dot + 1, end, minor);
    if (worse != std::errc{} || rest != end || major < 0 || major > 99 || minor < 0 || minor > 999) return std::nullopt;
    return major * 1000 + minor;
}

}  // namespace

Result<EngineVersion> parse_version(std::string_view json) {
    const auto answer = read(json);
    if (!answer) return tl::unexpected(answer.error());
    EngineVersion version{text(member(*answer, "Version")), text(member(*answer, "ApiVersion")),
                          text(member(*answer, "MinAPIVersion"))};
    if (!rank(version.api)) return fail(Errc::bad_reply, "the answer has no ApiVersion: it is no Docker Engine");
    return version;
}

Result<std::vector<ContainerSummary>> parse_containers(std::string_view json) {
    const auto answer = read(json);
    if (!answer) return tl::unexpected(answer.error());
    if (!answer->is_array()) return fail(Errc::bad_reply, "the answer is no list of containers");
    if (answer->size() > kMostContainers) return fail(Errc::bad_reply, "the list has more than 100000 containers");
    std::vector<ContainerSummary> containers;
    containers.reserve(answer->size());
    for (const auto& item : *answer) {
        auto container = summary(item);
        if (!container) return tl::unexpected(container.error());
        containers.push_back(std::move(*container));
    }
    return containers;
}

Result<ContainerDetails> parse_container(std::string_view json) {
    const auto answer = read(json);
    if (!answer) return tl::unexpected(answer.error());
    ContainerDetails container;
    container.id = text(member(*answer, "Id"));
    const auto* host = member(*answer, "HostConfig");
    if (container.id.empty() || host == nullptr) return fail(Errc::bad_reply, "the answer has no Id and HostConfig");
    auto state = state_of(text(member(*answer, "State", "Status")));
    if (!state) return tl::unexpected(state.error());
    container.state = *state;
    container.name = without_slash(text(member(*answer, "Name")));
    container.health = health_of_name(text(member(*answer, "State", "Health", "Status")));
    container.started = stamp(member(*answer, "State", "StartedAt"));
    container.cpu_limit = cpu_limit(*host);
    container.memory_limit = positive(member(*host, "Memory"));
    if (const auto grace = count(member(*answer, "Config", "StopTimeout"))) {
        constexpr std::uint64_t kDay = 86'400;
        container.stop_grace = std::chrono::seconds{std::min(*grace, kDay)};
    }
    container.exit_code = static_cast<int>(std::min<std::uint64_t>(count(member(*answer, "State", "ExitCode")).value_or(0), 255));
    const auto* killed = member(*answer, "State", "OOMKilled");
    container.out_of_memory = killed != nullptr && killed->is_boolean() && killed->get<bool>();
    const auto* auto_remove = member(*host, "AutoRemove");
    container.auto_remove = auto_remove != nullptr && auto_remove->is_boolean() && auto_remove->get<bool>();
    container.document = json;
    return container;
}

Result<ContainerStats> parse_stats(std::string_view json) {
    const auto answer = read(json);
    if (!answer) return tl::unexpected(answer.error());
    const auto used = count(member(*answer, "cpu_stats", "cpu_usage", "total_usage"));
    const auto* memory = member(*answer, "memory_stats");
    if (!used || memory == nullptr) return fail(Errc::bad_reply, "the answer has no cpu_stats and memory_stats");
    const auto read_at = stamp(member(*answer, "read"));
    if (!read_at) return fail(Errc::no_data, "the container does not run");
    return ContainerStats{*read_at, *used, memory_of(*memory)};
}

Result<std::string> parse_created_id(std::string_view json) {
    const auto answer = read(json);
    if (!answer) return tl::unexpected(answer.error());
    auto id = text(member(*answer, "Id"));
    if (id.empty()) return fail(Errc::bad_reply, "the answer has no Id");
    return id;
}

Result<std::string> parse_engine_id(std::string_view json) {
    const auto answer = read(json);
    if (!answer) return tl::unexpected(answer.error());
    auto id = text(member(*answer, "ID"));
    if (id.empty()) return fail(Errc::bad_reply, "the answer has no ID");
    return id;
}

std::string parse_engine_message(std::string_view json) {
    constexpr std::size_t kLongest = 300;
    const auto answer = read(json);
    std::string message = answer ? text(member(*answer, "message")) : std::string{};
    if (message.empty()) message = json.substr(0, kLongest);
    while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
    if (message.size() > kLongest) message.resize(kLongest);
    return message;
}

Result<std::string> negotiate(const EngineVersion& engine) {
    constexpr int kOurs = 1041;
    const auto newest = rank(engine.api);
    if (!newest || *newest < kOurs) {
        return fail(Errc::refused, "needs a Docker Engine with API 1.41 (20.10) or newer, this one has " + engine.api);
    }
    return rank(engine.oldest_api).value_or(0) > kOurs ? engine.oldest_api : std::string{"1.41"};
}

}  // namespace setpoint
