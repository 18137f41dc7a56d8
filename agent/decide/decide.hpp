// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/decide/input.hpp"
#include "core/result.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// The pure core behind lines of JSON: an observation in, a decision out. What it learnt from one line
/// it knows on the next.
class Decider {
public:
    /// For one policy document, as if alone under `guards`. Refuses a spec that `configuration` refuses.
    [[nodiscard]] static Result<Decider> of(ScalingSpec spec, GuardSettings guards = {});

    /// The decision on one line, as one line without its end. An error leaves everything as it was.
    [[nodiscard]] Result<std::string> answer(std::string_view line);

    /// What of the line answered last is legal and hardly meant: each key once.
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

private:
    explicit Decider(ConfigSet set);

    void feed_outcome(const DecideInput& input);
    void feed_pods(const DecideInput& input);
    void keep_new(std::vector<std::string> warnings);

    /// What was decided last, until the target shows what became of it.
    struct Asked {
        Time at{};
        Replicas replicas = 0;
        bool apply = false;
    };

    Reducer control_;
    bool configured_ = false;
    ConfigSet set_;
    std::optional<Asked> asked_;
    std::optional<std::vector<Pod>> pods_;
    std::vector<std::string> warnings_;
    std::set<std::string> warned_;  // keys
};

}  // namespace setpoint
