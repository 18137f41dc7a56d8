// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/replicas.hpp"
#include "core/time.hpp"

namespace setpoint {

/// The size that was written last, which counts until what is seen has come that far: a watch tells of a write only a moment later.
///
/// It does not count for ever, since versions go back where a cluster's data are restored from a copy. A watch that lags says so before
/// `kCounts` is over (KubeFeed::Settings::silence), so that no old size is taken for a new one.
class WrittenSize {
public:
    static constexpr Duration kCounts = std::chrono::minutes{2};

    void wrote(Replicas replicas, std::uint64_t version, Time now) { last_ = Last{replicas, version, now}; }

    /// The size, where `shown` is seen in that version.
    [[nodiscard]] Replicas seen(Replicas shown, std::uint64_t version, Time now) {
        if (last_ && version < last_->version && now < last_->at + kCounts) return last_->replicas;
        last_.reset();
        return shown;
    }

private:
    struct Last {
        Replicas replicas = 0;
        std::uint64_t version = 0;
        Time at{};
    };
    std::optional<Last> last_;
};

}  // namespace setpoint
