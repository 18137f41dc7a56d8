// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What the Engine API (1.41 and later) says, as far as we need it, and how it is read. The parsers are
/// pure; what does not make sense is `bad_reply`, with what was missing.

enum class ContainerState : std::uint8_t { created, running, paused, restarting, removing, exited, dead };
enum class ContainerHealth : std::uint8_t { none, starting, healthy, unhealthy };

struct EngineVersion {
    std::string version;      // 20.10.24
    std::string api;          // 1.41
    std::string oldest_api;   // 1.12
};

/// One line of a list.
struct ContainerSummary {
    std::string id;
    std::string name;         // without the leading slash
    ContainerState state = ContainerState::created;
    ContainerHealth health = ContainerHealth::none;
    WallTime created{};       // whole seconds
    std::map<std::string, std::string> labels;

    [[nodiscard]] bool running() const { return state == ContainerState::running || state == ContainerState::paused; }
};

struct ContainerDetails {
    std::string id;
    std::string name;
    ContainerState state = ContainerState::created;
    ContainerHealth health = ContainerHealth::none;
    std::optional<WallTime> started;
    std::optional<double> cpu_limit;      // cores; absent: all there are
    std::optional<double> memory_limit;   // bytes
    Duration stop_grace = std::chrono::seconds{10};
    int exit_code = 0;                    // of one that ended
    bool out_of_memory = false;           // the kernel ended it
    bool auto_remove = false;             // the Engine removes it when it stops
    std::string document;                 // the whole answer: the template of new containers
};

/// Counters and levels at one instant.
struct ContainerStats {
    WallTime read{};                      // by the Engine's clock
    std::uint64_t cpu_used_ns = 0;        // since the container started
    // Without the page cache, as `docker stats` shows it; absent where the kernel does not account for memory.
    std::optional<double> memory_bytes;
};

[[nodiscard]] Result<EngineVersion> parse_version(std::string_view json);
[[nodiscard]] Result<std::vector<ContainerSummary>> parse_containers(std::string_view json);
[[nodiscard]] Result<ContainerDetails> parse_container(std::string_view json);
/// `no_data` for a container that is not running: the Engine answers it with zeros.
[[nodiscard]] Result<ContainerStats> parse_stats(std::string_view json);
[[nodiscard]] Result<std::string> parse_created_id(std::string_view json);
[[nodiscard]] Result<std::string> parse_engine_id(std::string_view json);
/// The sentence in an answer that is not a success; the text itself where it is no JSON.
[[nodiscard]] std::string parse_engine_message(std::string_view json);

/// The API version to speak with this Engine: 1.41, or its oldest where that is newer. `refused` below 1.41.
[[nodiscard]] Result<std::string> negotiate(const EngineVersion& engine);

}  // namespace setpoint
