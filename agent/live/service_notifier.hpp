// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace setpoint {

/// Tells the service manager how the agent is, as sd_notify(3) does: one datagram to $NOTIFY_SOCKET. Without one it is
/// silent. A message that cannot be sent is lost: the manager is never waited for.
class ServiceNotifier {
public:
    /// `getenv` answers nullptr where a name is not set.
    explicit ServiceNotifier(const std::function<const char*(const char*)>& getenv);
    ~ServiceNotifier();
    ServiceNotifier(const ServiceNotifier&) = delete;
    ServiceNotifier& operator=(const ServiceNotifier&) = delete;

    /// `READY=1`, `STOPPING=1`, `STATUS=...`; several with line ends between them.
    void tell(std::string_view message) const;

    /// How often `WATCHDOG=1` is due: half of WATCHDOG_USEC. Nothing where no watchdog is set, or another process is meant.
    [[nodiscard]] std::optional<Duration> watchdog() const { return watchdog_; }

private:
    std::string path_;   // empty: nobody listens
    int socket_ = -1;
    std::optional<Duration> watchdog_;
};

}  // namespace setpoint
