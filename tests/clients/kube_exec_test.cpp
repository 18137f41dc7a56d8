// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_exec.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

#include "tests/support/temporary_folder.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

KubeExec shell(const std::string& script) { return {"client.authentication.k8s.io/v1", "/bin/sh", {"-c", script}, {{"WORD", "tok"}}}; }

/// What `get` answers, `times` times in a row, without a pause between two runs.
std::vector<Result<std::string>> tokens_of(const std::string& script, int times = 1, Duration time = kExecTime, Duration pause = 0ms) {
    IoThread io;
    std::unique_ptr<KubeToken> token = exec_token(io, shell(script), time, pause);
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

TEST_CASE("a credential plugin is not run again at once, whatever came of it", "[kube_exec]") {
    const TemporaryFolder folder;
    const auto file = (folder.path() / "runs").string();
    const auto runs_of = [&](const std::string& then, Duration pause) {
        std::filesystem::remove(file);
        IoThread io;
        std::unique_ptr<KubeToken> token = exec_token(io, shell("echo run >> " + file + "; " + then), kExecTime, pause);
        for (int i = 0; i < 3; ++i) {
            std::promise<void> answered;
            io.run([&] {
                token->get([&](const Result<std::string>&) { answered.set_value(); });
            });
            answered.get_future().wait();
            io.run([&] { (void)token->renew(); });  // the server says 401
        }
        io.run([&] { token.reset(); });
        std::ifstream lines{file};
        return std::count(std::istreambuf_iterator<char>{lines}, {}, '\n');
    };
    const auto* then = GENERATE("echo '{\"status\":{\"token\":\"t\"}}'", "exit 3", "echo '{\"status\":{\"token\":\"t\",\"expirationTimestamp\":\"2001-01-01T00:00:00Z\"}}'");
    CHECK(runs_of(then, 1h) == 1);
    CHECK(runs_of(then, 0s) == 3);
}

TEST_CASE("a credential plugin that was killed leaves no process behind", "[kube_exec]") {
    const TemporaryFolder folder;
    const auto file = (folder.path() / "process").string();
    IoThread io;
    std::unique_ptr<KubeToken> token = exec_token(io, shell("echo $$ > " + file + "; exec sleep 1000"), 500ms);
    std::promise<Result<std::string>> answered;
    io.run([&] { token->get([&](Result<std::string> result) { answered.set_value(std::move(result)); }); });
    CHECK(answered.get_future().get().error().code == Errc::timed_out);
    pid_t process = 0;
    REQUIRE(std::ifstream{file} >> process);
    bool is_there = true;
    for (int i = 0; i < 500 && is_there; ++i) {
        std::promise<void> later;
        IoThread::Timer timer;
        io.run([&] { timer = io.after(10ms, [&] { later.set_value(); }); });
        later.get_future().wait();
        is_there = kill(process, 0) == 0;
    }
    CHECK_FALSE(is_there);
    io.run([&] { token.reset(); });
}

TEST_CASE("what a plugin prints must hold a token", "[kube_exec]") {
    for (const char* odd : {"", "[]", "{}", R"({"status":{}})", R"({"status":{"token":7}})", R"({"status":"x"})"}) {
        INFO(odd);
        CHECK_FALSE(parse_exec_credential(odd));
    }
    CHECK(parse_exec_credential(R"({"status":{"clientCertificateData":"x"}})").error().message.find("only tokens") != std::string::npos);
}

}  // namespace setpoint::test
