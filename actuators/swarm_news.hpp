// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "actuators/swarm_plan.hpp"
#include "clients/swarm_types.hpp"
#include "core/result.hpp"

namespace setpoint {

/// What an operator wants to know of a service beyond its size: each thing said when it begins, when it changes and when it
/// ends. Pure.
class SwarmNews {
public:
    struct Line {
        bool trouble = false;   // somebody must act
        std::string text;
    };
    /// Where the signals of its policy come from: this Engine knows the CPU and memory of its own containers alone.
    enum class Reads : std::uint8_t { this_engine, elsewhere };

    explicit SwarmNews(Reads reads) : reads_(reads) {}

    /// It cannot be scaled, or not be read.
    [[nodiscard]] std::vector<Line> failed(const Error& why);
    [[nodiscard]] std::vector<Line> seen(const ServiceDetails& service, const TaskCount& tasks);
    /// Its size was set while it was as `before` says: what `docker service rollback` went back to is gone.
    [[nodiscard]] static std::vector<Line> resized(const ServiceDetails& before);

private:
    enum Topic : std::size_t { scalable, rollout, bound, placement, spread, kTopics };
    void say(Topic topic, Line line, const std::string& end, std::vector<Line>& out);

    Reads reads_;
    std::array<std::string, kTopics> said_;
};

}  // namespace setpoint
