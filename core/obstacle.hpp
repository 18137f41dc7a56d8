// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace setpoint {

/// What keeps a target from being seen or sized, as its watcher finds it. For people: no decision depends on it.
struct Obstacle {
    enum class Kind : std::uint8_t {
        unseen,             // it is not there, or may not be read
        scaled_by_another,  // an autoscaler of somebody else's sizes it
        others_unseen,      // whether one does is not known
    };
    Kind kind{};
    std::string text;       // `there is no Deployment shop/cart`
    std::string cure = {};  // what may be done about it, where that is not plain

    [[nodiscard]] std::string with_cure() const { return cure.empty() ? text : text + ": " + cure; }
    friend bool operator==(const Obstacle&, const Obstacle&) = default;
};

}  // namespace setpoint
