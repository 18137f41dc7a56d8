// SPDX-License-Identifier: Apache-2.0
#include "agent/live/service_notifier.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <string>

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using Environment = std::map<std::string, std::string>;

std::function<const char*(const char*)> reads(const Environment& environment) {
    return [&environment](const char* name) -> const char* {
        const auto found = environment.find(name);
        return found == environment.end() ? nullptr : found->second.c_str();
    };
}

/// The manager's end, in the abstract name space.
class Manager {
public:
    Manager() : name_("@setpoint-test-" + std::to_string(::getpid())), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, name_.data() + 1, name_.size() - 1);
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length) == 0);
    }
    ~Manager() { ::close(socket_); }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::string heard() const {
        char text[256];
        const auto size = ::recv(socket_, text, sizeof text, MSG_DONTWAIT);
        return size < 0 ? "" : std::string(text, static_cast<std::size_t>(size));
    }

private:
    std::string name_;
    int socket_;
};

}  // namespace

TEST_CASE("a message is one datagram to the manager", "[service_notifier]") {
    const Manager manager;
    const Environment environment{{"NOTIFY_SOCKET", manager.name()}};
    const ServiceNotifier notifier{reads(environment)};
    notifier.tell("READY=1");
    notifier.tell("STATUS=2 policies");
    CHECK(manager.heard() == "READY=1");
    CHECK(manager.heard() == "STATUS=2 policies");
    CHECK(notifier.watchdog() == std::nullopt);
}

TEST_CASE("the watchdog is fed twice as often as it bites", "[service_notifier]") {
    const Manager manager;
    Environment environment{{"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "30000000"}};
    CHECK(ServiceNotifier{reads(environment)}.watchdog() == 15s);
    environment["WATCHDOG_PID"] = std::to_string(::getpid());
    CHECK(ServiceNotifier{reads(environment)}.watchdog() == 15s);
    environment["WATCHDOG_PID"] = "1";
    CHECK(ServiceNotifier{reads(environment)}.watchdog() == std::nullopt);
    environment.erase("WATCHDOG_PID");
    for (const auto* nonsense : {"", "0", "-5", "x", "1e6"}) {
        environment["WATCHDOG_USEC"] = nonsense;
        CHECK(ServiceNotifier{reads(environment)}.watchdog() == std::nullopt);
    }
}

TEST_CASE("without a manager, or with one that is gone, nothing happens", "[service_notifier]") {
    for (const auto& environment : {Environment{}, Environment{{"NOTIFY_SOCKET", ""}}, Environment{{"NOTIFY_SOCKET", "/nowhere/notify"}},
                                    Environment{{"NOTIFY_SOCKET", std::string(300, '/')}}}) {
        const ServiceNotifier notifier{reads(environment)};
        notifier.tell("READY=1");
        CHECK(notifier.watchdog() == std::nullopt);
    }
}

}  // namespace setpoint
