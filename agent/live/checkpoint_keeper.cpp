// SPDX-License-Identifier: Apache-2.0
#include "agent/live/checkpoint_keeper.hpp"

#include <utility>

namespace setpoint {

CheckpointKeeper::CheckpointKeeper(std::filesystem::path path) : path_(std::move(path)), thread_([this] { run(); }) {}

CheckpointKeeper::~CheckpointKeeper() { finish(); }

void CheckpointKeeper::finish() {
    {
        const std::lock_guard lock{mutex_};
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void CheckpointKeeper::keep(Checkpoint checkpoint) {
    {
        const std::lock_guard lock{mutex_};
        waiting_ = std::move(checkpoint);
    }
    wake_.notify_one();
}

std::optional<std::string> CheckpointKeeper::trouble() const {
    const std::lock_guard lock{mutex_};
    return trouble_;
}

void CheckpointKeeper::run() {
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [this] { return waiting_ || stop_; });
        if (!waiting_) return;
        const Checkpoint checkpoint = *std::exchange(waiting_, std::nullopt);
        lock.unlock();
        const auto saved = save_checkpoint(path_, checkpoint);
        lock.lock();
        trouble_ = saved ? std::nullopt : std::optional{saved.error().message};
    }
}

}  // namespace setpoint
