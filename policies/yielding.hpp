// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/fields.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"
#include "policies/decision.hpp"

namespace setpoint {

/// How long a size that somebody else set is respected; 0: not at all.
struct YieldSettings {
    Duration to_increase = std::chrono::minutes{30};
    Duration to_decrease = std::chrono::minutes{10};
    friend bool operator==(const YieldSettings&, const YieldSettings&) = default;
};

void bind(Fields& fields, YieldSettings& yield);

/// Gives way to another hand for a while: a size that it raised is a floor, one that it lowered stays as it is.
/// Bounds stand above it. The last change counts.
class Yielding {
public:
    explicit Yielding(YieldSettings settings) : settings_(settings) {}

    void changed(Time now, Replicas from, Replicas to);
    void end() { given_.reset(); }

    /// What `wanted` becomes, if it becomes something else.
    [[nodiscard]] std::optional<Limit> limit(Time now, Replicas current, Replicas wanted, Bounds bounds);

    friend void bind(Fields& fields, Yielding& yielding);

private:
    struct Given {
        Replicas size = 0;
        bool raised = false;
        Time until{};
    };
    friend void bind(Fields& fields, Given& given);

    YieldSettings settings_;
    std::optional<Given> given_;
};

}  // namespace setpoint
