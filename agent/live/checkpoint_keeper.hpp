// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "agent/journal/checkpoint.hpp"

namespace setpoint {

/// Writes checkpoints to one file, on a thread of its own: the caller never waits for the disk. Where a newer
/// one comes while an older waits, the older is skipped. The last one is on disk when this is destroyed.
class CheckpointKeeper {
public:
    explicit CheckpointKeeper(std::filesystem::path path);
    ~CheckpointKeeper();
    CheckpointKeeper(const CheckpointKeeper&) = delete;
    CheckpointKeeper& operator=(const CheckpointKeeper&) = delete;

    void keep(Checkpoint checkpoint);

    /// Waits until the last one is on disk; no more are kept from then on.
    void finish();

    /// Why the last write failed; nothing if it worked, or none was made yet.
    [[nodiscard]] std::optional<std::string> trouble() const;

private:
    void run();

    const std::filesystem::path path_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<Checkpoint> waiting_;
    std::optional<std::string> trouble_;
    bool stop_ = false;
    std::thread thread_;  // last: it uses everything above
};

}  // namespace setpoint
