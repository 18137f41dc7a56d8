// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "core/time.hpp"

namespace boost::asio {
class io_context;
}

namespace setpoint {

/// The one thread that all network traffic runs on. Clients, collectors and actuators keep their state on
/// it, so none of them needs a lock; nothing on it may block.
///
/// Order of life: the thread outlives the clients that use it, and whatever callbacks write to (the Sink)
/// outlives both.
class IoThread {
public:
    IoThread();
    /// Ends the thread. What was posted and did not run yet never runs.
    ~IoThread();
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    /// Runs `work` on the thread, later. From any thread; never blocks.
    void post(std::function<void()> work);

    /// Runs `work` on the thread and waits until it is done; at once where the caller already is on it.
    void run(const std::function<void()>& work);

    /// Runs `work` on the thread after `delay`, unless the handle was dropped before. Only on the thread.
    using Timer = std::shared_ptr<void>;
    [[nodiscard]] Timer after(Duration delay, std::function<void()> work);

    [[nodiscard]] bool is_this_thread() const;
    [[nodiscard]] boost::asio::io_context& context();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace setpoint
