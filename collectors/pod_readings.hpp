// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "clients/clock.hpp"
#include "clients/kube_pods.hpp"
#include "collectors/kube_pod_usage.hpp"
#include "collectors/troubles.hpp"
#include "core/samples.hpp"

namespace setpoint {

/// Gathers the values of a target's pods, and the reasons of those that have none, for one sample.
class PodReadings {
public:
    /// A pod that was measured so much earlier than the newest one is as good as not measured: its node fell silent.
    static constexpr Duration kMostApart = std::chrono::minutes{5};
    /// The newest value is worth a word when it is so old.
    static constexpr Duration kStale = std::chrono::minutes{2};

    explicit PodReadings(WallTime now) : now_(now) {}

    void add(PodId id, const std::string& name, const KubePod& pod, const Result<PodAmount>& amount);
    /// To be called once, after all were added: fills kind, time and pods of `sample`.
    void finish(Sample& sample, const Clock& clock);
    /// What is to be told after that. `from` names the API.
    [[nodiscard]] std::optional<Trouble> trouble(const std::string& from) const;

private:
    struct One {
        PodId id;
        std::string name;
        PodAmount amount;
    };
    void complain(const std::string& name, const std::string& why);

    WallTime now_;
    std::vector<One> read_;
    std::size_t pods_ = 0;
    std::size_t missing_ = 0;        // those that should have a value
    std::string examples_;
    std::optional<WallTime> newest_;
};

}  // namespace setpoint
