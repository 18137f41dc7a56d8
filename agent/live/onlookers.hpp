// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/admin/gallery.hpp"
#include "agent/live/chronicle.hpp"
#include "agent/live/scheduler.hpp"

namespace setpoint {

/// Who sees every event: what keeps the record, and what the admin API shows.
class Onlookers final : public Witness {
public:
    Onlookers(Chronicle& chronicle, Gallery& gallery) : chronicle_(chronicle), gallery_(gallery) {}

    void saw(const Event& event, const Decision* decision) override {
        chronicle_.saw(event, decision);
        gallery_.saw(event, decision);
    }

private:
    Chronicle& chronicle_;
    Gallery& gallery_;
};

}  // namespace setpoint
