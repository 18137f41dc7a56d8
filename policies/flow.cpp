// SPDX-License-Identifier: Apache-2.0
#include "policies/flow.hpp"

#include <algorithm>

namespace setpoint {
Flow::Flow(Duration window, std::int64_t steps) : window_(window), width_(std::max(window / steps, Duration{1})) {
    events_.reserve(static_cast<std::size_t>(steps) + 2);
}

void Flow::add(Time at, Replicas amount) {
    std::erase_if(events_, [&](const ScaleEvent& event) { return event.at <= at - window_; });
    if (!events_.empty() && slot(events_.back().at) == slot(at)) {
        events_.back() = {at, events_.back().change + amount};
        return;
    }
    events_.push_back({at, amount});
}

std::int64_t Flow::sum(Time now) const {
    std::int64_t sum = 0;
    for (const auto& event : events_) {
        if (event.at > now - window_) sum += event.change;
    }
    return sum;
}

void bind(Fields& fields, Flow& flow) { fields.state("events", flow.events_); }

}  // namespace setpoint
