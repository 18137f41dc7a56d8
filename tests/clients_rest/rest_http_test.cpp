// SPDX-License-Identifier: Apache-2.0
#include "clients/rest_http.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/http_contract.hpp"
#include "tests/support/temporary_folder.hpp"

extern char** environ;

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

const TransportUnderTest kRest{OddServer::On::loopback, [](IoThread& io, const OddServer& server) {
                                   return std::move(*rest_http(io, {"127.0.0.1", server.port(), std::nullopt}));
                               }};

/// Certificates made by openssl, in a folder of their own: two that trust only themselves.
class Certificates {
public:
    Certificates() {
        make("server", "subjectAltName=IP:127.0.0.1");
        make("other", "subjectAltName=IP:127.0.0.1");
        make("elsewhere", "subjectAltName=DNS:elsewhere.example");
    }

    [[nodiscard]] std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

private:
    void make(const std::string& name, const std::string& extension) const {
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=" + name +
            " -addext " + extension + " -keyout " + file(name + ".key") + " -out " + file(name + ".pem") + " 2>/dev/null");
    }
    static void run(const std::string& command) {
        if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
    }
    TemporaryFolder folder_;
};

/// `openssl s_server` with a certificate, asking for the client's where `client_ca` is given.
class TlsServer {
public:
    TlsServer(const std::string& certificate, const std::string& key, const std::string& client_ca = {}) {
        std::vector<std::string> words{"openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate, "-key", key};
        if (!client_ca.empty()) words.insert(words.end(), {"-Verify", "1", "-verify_return_error", "-CAfile", client_ca});
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        int out[2];
        if (pipe(out) != 0) throw std::runtime_error("pipe");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        posix_spawn_file_actions_addclose(&actions, out[0]);
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
        if (posix_spawnp(&pid_, "openssl", &actions, nullptr, arguments.data(), environ) != 0) throw std::runtime_error("openssl");
        posix_spawn_file_actions_destroy(&actions);
        close(out[1]);
        output_ = fdopen(out[0], "r");
        char line[256];
        while (port_ == 0 && std::fgets(line, sizeof line, output_) != nullptr) {
            unsigned port = 0;
            if (std::sscanf(line, "ACCEPT 127.0.0.1:%u", &port) == 1) port_ = static_cast<std::uint16_t>(port);
        }
    }
    ~TlsServer() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        std::fclose(output_);
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    pid_t pid_ = 0;
    std::FILE* output_ = nullptr;
    std::uint16_t port_ = 0;
};

std::string text_of(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

Result<HttpResponse> ask_over_tls(const TlsServer& server, TlsFiles files, const std::string& name = {}) {
    IoThread io;
    auto transport = rest_http(io, {"127.0.0.1", server.port(), std::move(files), name});
    if (!transport) return tl::unexpected(transport.error());
    Lane lane{io, std::move(*transport)};
    HttpRequest request;
    request.target = "/";
    request.deadline = 3s;
    return ask(lane, request);
}

}  // namespace

TEST_CASE("TCP brings a stream as it comes", "[rest_http]") { check_streams(kRest); }
TEST_CASE("TCP brings answers", "[rest_http]") { check_answers(kRest); }
TEST_CASE("a TCP server that misbehaves is a clear error in time", "[rest_http]") { check_misbehaviour(kRest); }
TEST_CASE("requests over TCP take turns", "[rest_http]") { check_lanes(kRest); }
TEST_CASE("a TCP server that asks for a pause is left alone", "[rest_http]") { check_pause(kRest); }
TEST_CASE("requests over TCP end with their client", "[rest_http]") { check_shutdown(kRest); }

TEST_CASE("a name is resolved, and one that is none is unreachable", "[rest_http]") {
    IoThread io;
    OddServer server{OddServer::On::loopback, answers};
    HttpRequest request;
    request.target = "/thing";
    request.deadline = 3s;
    Lane lane{io, std::move(*rest_http(io, {"localhost", server.port(), std::nullopt}))};
    const auto answer = ask(lane, request);
    if (!answer) CHECK(answer.error().code == Errc::unreachable);  // where localhost is ::1 first
    else CHECK(answer->body == "fine");
    Lane nowhere{io, std::move(*rest_http(io, {"nowhere.invalid", 80, std::nullopt}))};
    CHECK_FALSE(ask(nowhere, request));
}

TEST_CASE("a port that nobody listens on is unreachable", "[rest_http]") {
    std::uint16_t port = 0;
    { port = OddServer{OddServer::On::loopback, answers}.port(); }
    IoThread io;
    Lane lane{io, std::move(*rest_http(io, {"127.0.0.1", port, std::nullopt}))};
    HttpRequest request;
    request.target = "/thing";
    const auto answer = ask(lane, request);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::unreachable);
}

TEST_CASE("TLS is verified against the given authority alone", "[rest_http]") {
    const Certificates made;
    const TlsServer server{made.file("server.pem"), made.file("server.key")};
    REQUIRE(server.port() != 0);
    SECTION("the right one") {
        const auto answer = ask_over_tls(server, {made.file("server.pem"), {}, {}});
        INFO((answer ? "" : answer.error().message));
        REQUIRE(answer);
        CHECK(answer->status == 200);
    }
    SECTION("a wrong one") {
        const auto answer = ask_over_tls(server, {made.file("other.pem"), {}, {}});
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == Errc::unreachable);
        CHECK(answer.error().message == "127.0.0.1:" + std::to_string(server.port()) + ": its certificate does not verify: it is not signed by " +
                                            made.file("other.pem") + ", not for 127.0.0.1, or out of its time");
    }
    SECTION("a file that is not there") {
        CHECK(ask_over_tls(server, {made.file("absent.pem"), {}, {}}).error().code == Errc::bad_config);
    }
}

TEST_CASE("a certificate for another name is refused", "[rest_http]") {
    const Certificates made;
    const TlsServer server{made.file("elsewhere.pem"), made.file("elsewhere.key")};
    CHECK(ask_over_tls(server, {made.file("elsewhere.pem"), {}, {}}).error().message.find("its certificate does not verify") != std::string::npos);
    CHECK(ask_over_tls(server, {made.file("elsewhere.pem"), {}, {}}, "elsewhere.example"));
    CHECK_FALSE(ask_over_tls(server, {made.file("elsewhere.pem"), {}, {}}, "127.0.0.1"));
}

TEST_CASE("a server that asks who we are gets our certificate", "[rest_http]") {
    const Certificates made;
    const TlsServer server{made.file("server.pem"), made.file("server.key"), made.file("other.pem")};
    CHECK(ask_over_tls(server, {made.file("server.pem"), made.file("other.pem"), made.file("other.key")}));
    CHECK_FALSE(ask_over_tls(server, {made.file("server.pem"), {}, {}}));
}

TEST_CASE("certificates and keys may be given as text", "[rest_http]") {
    const Certificates made;
    const TlsServer server{made.file("server.pem"), made.file("server.key"), made.file("other.pem")};
    TlsFiles given;
    given.ca = text_of(made.file("server.pem"));
    given.certificate = text_of(made.file("other.pem"));
    given.key = text_of(made.file("other.key"));
    CHECK(ask_over_tls(server, given));
    given.key = "no key, but a secret";
    const auto wrong = ask_over_tls(server, given);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::bad_config);
    CHECK(wrong.error().message.find("secret") == std::string::npos);
}

TEST_CASE("an authority that is replaced counts from the next connection on", "[rest_http]") {
    const Certificates made;
    const TlsServer server{made.file("server.pem"), made.file("server.key")};
    const auto ca = made.file("ca.pem");
    std::filesystem::copy_file(made.file("other.pem"), ca);
    IoThread io;
    Lane lane{io, std::move(*rest_http(io, {"127.0.0.1", server.port(), TlsFiles{ca}}))};
    HttpRequest request;
    request.target = "/";
    CHECK_FALSE(ask(lane, request));
    std::filesystem::copy_file(made.file("server.pem"), ca, std::filesystem::copy_options::overwrite_existing);
    CHECK(ask(lane, request));
    std::filesystem::remove(ca);
    const auto answer = ask(lane, request);  // by a connection that is open still, or a clear error
    if (!answer) CHECK(answer.error().code == Errc::unreachable);
}

}  // namespace setpoint::test
