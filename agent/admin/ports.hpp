// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "policies/event.hpp"

namespace setpoint {

/// How long ticks took, counted by size.
struct TickTimes {
    static constexpr std::array<double, 8> kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.025, 0.1};  // s
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    double sum = 0;  // s

    void add(double took) {
        std::size_t place = 0;
        while (place < kBounds.size() && took > kBounds[place]) ++place;
        ++counts[place];
        sum += took;
    }
};

/// What became of the last reload of the policies.
struct ReloadState {
    bool successful = true;
    Time time{};            // of the last one that succeeded, or of the start
};

/// The agent as the admin API reaches it. All but `post` are called on the main thread only.
struct AdminPorts {
    std::function<void(std::function<void()>)> post;           // runs work on the main thread; any thread
    std::function<Time()> now;
    std::function<void(EventBody)> take;                       // takes an event in, journalled
    std::function<Result<>()> reload;                          // the policy files again; the findings, if they are wrong
    std::function<bool()> answers;                             // the orchestrator does
    std::function<bool()> ready;                               // and this agent is the one that scales there
    std::function<std::vector<bool>()> shards;                 // which of a cluster's shards this agent holds; none where they are not shared
    std::function<std::uint64_t(TargetId)> skipped;            // rounds left out
    std::function<std::string(TargetId)> target;               // docker label app=web
    std::function<std::string(TargetId)> origin;               // where the policy stands: web.yaml:1
    std::function<std::string(TargetId, SignalId)> source;     // where a signal comes from: docker
    std::function<TickTimes()> tick_times;
    std::function<ReloadState()> reloaded;
    std::string version;
    std::string orchestrator;                                  // as messages call it: the Engine at unix:///run/docker.sock
};

}  // namespace setpoint
