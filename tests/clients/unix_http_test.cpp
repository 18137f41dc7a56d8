// SPDX-License-Identifier: Apache-2.0
#include "clients/unix_http.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "tests/support/http_contract.hpp"
#include "tests/support/temporary_folder.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

const TransportUnderTest kUnix{OddServer::On::unix_socket, [](IoThread& io, const OddServer& server) {
                                   return std::move(*unix_http(io, server.path()));
                               }};

HttpRequest get(Duration deadline) {
    HttpRequest request;
    request.target = "/thing";
    request.deadline = deadline;
    return request;
}

}  // namespace

TEST_CASE("a Unix socket brings answers", "[unix_http]") { check_answers(kUnix); }
TEST_CASE("a Unix socket brings a stream as it comes", "[unix_http]") { check_streams(kUnix); }
TEST_CASE("a Unix socket that misbehaves is a clear error in time", "[unix_http]") { check_misbehaviour(kUnix); }
TEST_CASE("requests over a Unix socket take turns", "[unix_http]") { check_lanes(kUnix); }
TEST_CASE("a Unix server that asks for a pause is left alone", "[unix_http]") { check_pause(kUnix); }
TEST_CASE("requests over a Unix socket end with their client", "[unix_http]") { check_shutdown(kUnix); }

TEST_CASE("a Unix socket that is not there is unreachable", "[unix_http]") {
    IoThread io;
    Lane lane{io, std::move(*unix_http(io, "/nonexistent/docker.sock"))};
    const auto answer = ask(lane, get(1s));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::unreachable);
    CHECK_THAT(answer.error().message, Catch::Matchers::Contains("/nonexistent/docker.sock"));
}

TEST_CASE("a Unix socket that nobody listens on refuses", "[unix_http]") {
    const TemporaryFolder folder;
    const std::string path = (folder.path() / "socket").string();
    const int bound = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(bind(bound, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);  // and no listen()
    {
        IoThread io;
        Lane lane{io, std::move(*unix_http(io, path))};
        const auto answer = ask(lane, get(1s));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == Errc::unreachable);
    }
    close(bound);
}

TEST_CASE("a header above 64 KiB is refused before the deadline", "[unix_http]") {
    IoThread io;
    OddServer server{OddServer::On::unix_socket, endless_header};
    Lane lane{io, std::move(*unix_http(io, server.path()))};
    const auto answer = ask(lane, get(4s));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::bad_reply);
}

TEST_CASE("a path that no socket can have is refused at once", "[unix_http]") {
    IoThread io;
    CHECK(unix_http(io, std::string(108, 'p')).error().code == Errc::bad_config);
    CHECK(unix_http(io, "").error().code == Errc::bad_config);
}

}  // namespace setpoint::test
