// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/kube_pods.hpp"
#include "collectors/collector.hpp"
#include "core/result.hpp"
#include "core/units.hpp"

namespace setpoint::test {

/// Keeps the samples of collectors, and waits for them.
class Samples final : public Sink {
public:
    void post(Sample sample) override {
        const std::lock_guard guard{lock_};
        all_.push_back(std::move(sample));
        came_.notify_all();
    }
    void post(TargetState) override {}
    void post(PodDelta) override {}
    void post(ApplyResult) override {}

    /// What `collector` posts, all `count` of it.
    std::vector<Sample> of(Collector& collector, std::size_t count = 1) {
        {
            const std::lock_guard guard{lock_};
            all_.clear();
        }
        collector.collect(std::chrono::seconds{20}, *this);
        std::unique_lock lock{lock_};
        REQUIRE(came_.wait_for(lock, std::chrono::seconds{20}, [&] { return all_.size() >= count; }));
        return all_;
    }

private:
    std::mutex lock_;
    std::condition_variable came_;
    std::vector<Sample> all_;
};

/// What was told of signals' troubles: the messages, empty where one was over.
struct ToldTroubles {
    std::vector<std::string> all;
    auto teller() {
        return [this](SignalId, const std::optional<Error>& error) { all.push_back(error ? error->message : ""); };
    }
};

inline WallTime wall_seconds_ago(int ago) {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) - std::chrono::seconds{ago};
}

/// `2026-01-31T08:00:00Z`, so many seconds before now.
inline std::string stamp_ago(int ago) { return format_time(wall_seconds_ago(ago)); }

inline std::uint32_t unix_seconds_of(WallTime time) {
    return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

/// A pod that runs, since `started`, with these containers.
inline KubePod running_pod(WallTime started, const std::vector<std::string>& containers) {
    auto made = std::make_shared<KubePodTemplate>();
    for (const auto& name : containers) made->containers.push_back({name, {}, {}});
    KubePod pod;
    pod.made_from = std::move(made);
    pod.started = unix_seconds_of(started);
    pod.phase = PodPhase::running;
    return pod;
}

}  // namespace setpoint::test
