// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace setpoint {

/// An evenly spaced selection of a long series in fixed room, for its median.
template <class T>
class Sampler {
public:
    void add(T value) {
        if (seen_++ % stride_ != 0) return;
        kept_.push_back(value);
        if (kept_.size() < kRoom) return;
        for (std::size_t i = 0; 2 * i < kept_.size(); ++i) kept_[i] = kept_[2 * i];
        kept_.resize(kRoom / 2);
        stride_ *= 2;
    }

    [[nodiscard]] bool empty() const { return kept_.empty(); }

    /// T{} without any value. Reorders what was kept: the last call.
    [[nodiscard]] T median() {
        if (kept_.empty()) return T{};
        const auto middle = kept_.begin() + static_cast<std::ptrdiff_t>(kept_.size() / 2);
        std::nth_element(kept_.begin(), middle, kept_.end());
        return *middle;
    }

private:
    static constexpr std::size_t kRoom = 8192;
    std::vector<T> kept_;
    std::uint64_t seen_ = 0;
    std::uint64_t stride_ = 1;
};

}  // namespace setpoint
