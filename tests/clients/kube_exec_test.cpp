// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_exec.hpp"

#include <catch2/catch.hpp>
#include <future>

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

KubeExec shell(const std::string& script) { return {"client.authentication.k8s.io/v1", "/bin/sh", {"-c", script}, {{"WORD", "tok"}}}; }

/// What `get` answers, `times` times in a row.
std::vector<Result<std::string>> tokens_of(const std::string& script, int times = 1, Duration time = kExecTime) {
    IoThread io;
    std::unique_ptr<KubeToken> token = exec_token(io, shell(script), time);
    std::vector<Result<std::string>> all;
    for (int i = 0; i < times; ++i) {
        std::promise<Result<std::string>> promise;
        io.post([&] { token->get([&](Result<std::string> result) { promise.set_value(std::move(result)); }); });
        all.push_back(promise.get_future().get());
    }
    io.run([&] { token.reset(); });
    return all;
}

}  // namespace

TEST_CASE("a credential plugin gets its environment and gives a token, which is kept while it lasts", "[kube_exec]") {
    const std::string print = "echo \"{\\\"status\\\":{\\\"token\\\":\\\"$WORD-$$\\\",\\\"expirationTimestamp\\\":\\\"";
    const auto kept = tokens_of(print + "2999-01-01T00:00:00Z\\\"}}\"", 2);
    REQUIRE(kept[0]);
    CHECK(kept[0]->starts_with("tok-"));
    REQUIRE(kept[1]);
    CHECK(*kept[1] == *kept[0]);
    const auto expired = tokens_of(print + "2001-01-01T00:00:00Z\\\"}}\"", 2);
    REQUIRE(expired[0]);
    REQUIRE(expired[1]);
    CHECK(*expired[1] != *expired[0]);  // run anew: another process
    CHECK(tokens_of("test -n \"$KUBERNETES_EXEC_INFO\" && echo '{\"status\":{\"token\":\"t\"}}'")[0] == "t");
}

TEST_CASE("a credential plugin that fails, floods, hangs or is not there is an error that names it", "[kube_exec]") {
    const auto failed = tokens_of("exit 3")[0];
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "the credential plugin '/bin/sh': it failed with exit code 3");
    CHECK(tokens_of("yes")[0].error().code == Errc::bad_reply);
    CHECK(tokens_of("sleep 1000 & sleep 1000", 1, 50ms)[0].error().code == Errc::timed_out);
    CHECK(tokens_of("exec >&-; sleep 1000", 1, 50ms)[0].error().code == Errc::timed_out);
    CHECK(tokens_of("echo secret")[0].error().message.find("secret") == std::string::npos);
    IoThread io;
    std::unique_ptr<KubeToken> absent = exec_token(io, {"client.authentication.k8s.io/v1", "/nowhere/plugin", {}, {}});
    std::promise<Result<std::string>> promise;
    io.run([&] { absent->get([&](Result<std::string> result) { promise.set_value(std::move(result)); }); });
    CHECK(promise.get_future().get().error().code == Errc::bad_config);
}

TEST_CASE("what a plugin prints must hold a token", "[kube_exec]") {
    for (const char* odd : {"", "[]", "{}", R"({"status":{}})", R"({"status":{"token":7}})", R"({"status":"x"})"}) {
        INFO(odd);
        CHECK_FALSE(parse_exec_credential(odd));
    }
    CHECK(parse_exec_credential(R"({"status":{"clientCertificateData":"x"}})").error().message.find("only tokens") != std::string::npos);
}

}  // namespace setpoint::test
