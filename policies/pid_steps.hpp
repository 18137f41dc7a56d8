// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/fields.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What steps up and down brought, for signals that do not say how large the shortage is: whether more
/// replicas help at all, and how long to wait before trying with fewer again.
class PidSteps {
public:
    struct Moment {
        Time now{};
        Replicas was = 0;       // the wish before
        Replicas is = 0;        // and after
        Replicas replicas = 0;  // in force
        double level = 0;       // ln(signal / setpoint)
        bool settled = false;   // all that was ordered serves, and fills the sample's window
    };
    void note(const Moment& moment);

    /// Two steps up brought no improvement: do not take a third. For ten minutes, until it gets better, or
    /// until it gets much worse (then the load grows). Not while replicas are busy: then capacity is
    /// what lacks.
    [[nodiscard]] bool ineffective(Time now, double level, bool busy);

    /// The signal is on its way down since the last integral act: more is not needed yet.
    [[nodiscard]] bool is_falling(double level);

    /// A step down that had to be taken back is not tried again for a while, each time for longer.
    [[nodiscard]] bool may_fall(Time now) const { return !no_fall_until_ || now >= *no_fall_until_; }

    friend void bind(Fields& fields, PidSteps& steps);

private:
    void note_direction(const Moment& moment);

    std::optional<Replicas> from_;  // an open step: its size before, and the level then
    double level_before_ = 0;
    std::int32_t failures_ = 0;  // steps in a row that did not help
    std::optional<Time> stopped_;
    double stopped_level_ = 0;
    std::optional<double> acted_level_;
    std::optional<Time> last_down_;
    std::optional<Time> no_fall_until_;
    Duration wait_{};
};

void bind(Fields& fields, PidSteps& steps);

}  // namespace setpoint
