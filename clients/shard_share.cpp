// SPDX-License-Identifier: Apache-2.0
#include "clients/shard_share.hpp"

#include <algorithm>

namespace setpoint {

void ShardShare::set_held(std::size_t shard, bool held) {
    taking_.erase(shard);
    if (held) held_.insert(shard);
    else held_.erase(shard);
}

bool ShardShare::wants(std::size_t shard, BootTime now, Duration free_for) const {
    const auto others_taken = std::ranges::count_if(taking_, [&](const auto& one) { return one.first != shard && now < one.second; });
    return held_.size() + static_cast<std::size_t>(others_taken) < fair() || free_for >= patience_;
}

void ShardShare::takes(std::size_t shard, BootTime now) {
    std::erase_if(taking_, [&](const auto& one) { return now >= one.second; });
    taking_[shard] = now + kTaking;
}

std::optional<std::size_t> ShardShare::surplus(BootTime now) {
    const auto least = std::ranges::min_element(others_);
    if (least == others_.end() || held_.size() < *least + 2) {
        uneven_since_.reset();
        return std::nullopt;
    }
    if (!uneven_since_) uneven_since_ = now;
    if (now - *uneven_since_ < patience_) return std::nullopt;
    uneven_since_ = now + kMoving - patience_;
    return *held_.rbegin();
}

}  // namespace setpoint
