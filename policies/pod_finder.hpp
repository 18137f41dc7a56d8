// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "core/ids.hpp"

namespace setpoint {

/// Finds by pod ID, from behind the one found last: the lists usually have one order, so that a walk over
/// all of one costs a single pass over the other. `all` must outlive the finder.
template <class T>
class PodFinder {
public:
    PodFinder(std::span<const T> all, PodId T::*id) : all_(all), id_(id) {}

    /// Null where no element has that ID.
    [[nodiscard]] const T* find(PodId wanted) {
        for (std::size_t tried = 0; tried < all_.size(); ++tried) {
            if (next_ >= all_.size()) next_ = 0;
            const T& candidate = all_[next_++];
            if (candidate.*id_ == wanted) return &candidate;
        }
        return nullptr;
    }

private:
    std::span<const T> all_;
    PodId T::*id_;
    std::size_t next_ = 0;
};

}  // namespace setpoint
