// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_types.hpp"

#include <catch2/catch.hpp>

#include "core/units.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;

// As an Engine on cgroup version 1 answers, shortened.
constexpr const char* kStatsV1 = R"({
  "read": "2026-01-31T08:00:10.250Z", "preread": "0001-01-01T00:00:00Z",
  "cpu_stats": {"cpu_usage": {"total_usage": 123456789000, "percpu_usage": [61728394500, 61728394500]},
                "system_cpu_usage": 5000000000000, "online_cpus": 2},
  "memory_stats": {"usage": 104857600, "max_usage": 120000000, "limit": 536870912,
                   "stats": {"cache": 50000000, "inactive_file": 1, "total_inactive_file": 4857600}}})";

// Version 2 has no percpu_usage and no total_ fields.
constexpr const char* kStatsV2 = R"({
  "read": "2026-01-31T08:00:10.250123456Z",
  "cpu_stats": {"cpu_usage": {"total_usage": 987654321, "usage_in_kernelmode": 1}, "online_cpus": 4},
  "memory_stats": {"usage": 20000000, "limit": 8000000000, "stats": {"anon": 11, "file": 22, "inactive_file": 5000000}}})";

constexpr const char* kContainer = R"({
  "Id": "e76b3ad5cd13aa", "Name": "/cart-1", "Image": "sha256:ab",
  "State": {"Status": "running", "StartedAt": "2026-01-31T08:00:00.123456789Z", "Health": {"Status": "starting"}},
  "Config": {"StopTimeout": 25},
  "HostConfig": {"NanoCpus": 1500000000, "CpuQuota": 0, "CpuPeriod": 0, "Memory": 268435456, "AutoRemove": true}})";

std::string container_with(const std::string& host) {
    return R"({"Id": "a", "Name": "/a", "State": {"Status": "exited", "StartedAt": "0001-01-01T00:00:00Z"}, "HostConfig": )" +
           host + "}";
}

}  // namespace

TEST_CASE("statistics of cgroup version 1 are read", "[docker]") {
    const auto stats = parse_stats(kStatsV1);
    REQUIRE(stats);
    CHECK(stats->cpu_used_ns == 123456789000ULL);
    CHECK(stats->memory_bytes == 100'000'000.0);  // without the hierarchy's inactive page cache
    CHECK(stats->read == *parse_time("2026-01-31T08:00:10.250Z"));
}

TEST_CASE("statistics of cgroup version 2 are read", "[docker]") {
    const auto stats = parse_stats(kStatsV2);
    REQUIRE(stats);
    CHECK(stats->cpu_used_ns == 987654321ULL);
    CHECK(stats->memory_bytes == 15'000'000.0);
    CHECK(stats->read == *parse_time("2026-01-31T08:00:10.250Z"));
}

TEST_CASE("a kernel that does not account for memory still gives CPU", "[docker]") {
    const auto stats = parse_stats(R"({"read": "2026-01-31T08:00:10Z", "cpu_stats": {"cpu_usage": {"total_usage": 5}}, "memory_stats": {}})");
    REQUIRE(stats);
    CHECK_FALSE(stats->memory_bytes);
}

TEST_CASE("a container that does not run has no statistics, not zeros", "[docker]") {
    const auto stats = parse_stats(R"({"read": "0001-01-01T00:00:00Z", "cpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": {}})");
    REQUIRE_FALSE(stats);
    CHECK(stats.error().code == Errc::no_data);
}

TEST_CASE("nonsense for statistics is a bad reply", "[docker]") {
    const auto text = GENERATE("", "{", "[]", "null", "7", R"({"read": "2026-01-31T08:00:10Z"})",
                               R"({"cpu_stats": {"cpu_usage": {"total_usage": -1}}, "memory_stats": {}})");
    const auto stats = parse_stats(text);
    REQUIRE_FALSE(stats);
    CHECK(stats.error().code == Errc::bad_reply);
}

TEST_CASE("an answer of ten thousand levels is refused", "[docker]") {
    CHECK(parse_stats(std::string(10'000, '[')).error().code == Errc::bad_reply);
    CHECK(parse_containers(std::string(10'000, '[') + std::string(10'000, ']')).error().code == Errc::bad_reply);
}

TEST_CASE("a container's description is read", "[docker]") {
    const auto container = parse_container(kContainer);
    REQUIRE(container);
    CHECK(container->name == "cart-1");
    CHECK(container->state == ContainerState::running);
    CHECK(container->health == ContainerHealth::starting);
    CHECK(container->started == *parse_time("2026-01-31T08:00:00.123Z"));
    CHECK(container->cpu_limit == 1.5);
    CHECK(container->memory_limit == 268435456.0);
    CHECK(container->stop_grace == 25s);
    CHECK(container->auto_remove);
}

TEST_CASE("a CPU limit is NanoCpus, or quota over period, or none", "[docker]") {
    CHECK(parse_container(container_with(R"({"CpuQuota": 50000, "CpuPeriod": 200000})"))->cpu_limit == 0.25);
    CHECK(parse_container(container_with(R"({"CpuQuota": 50000, "CpuPeriod": 0})"))->cpu_limit == 0.5);
    CHECK_FALSE(parse_container(container_with(R"({"CpuQuota": -1, "NanoCpus": 0, "Memory": 0})"))->cpu_limit);
    CHECK_FALSE(parse_container(container_with("{}"))->memory_limit);
    CHECK_FALSE(parse_container(container_with("{}"))->started);
    CHECK(parse_container(container_with("{}"))->stop_grace == 10s);  // the Engine's default
}

TEST_CASE("a list of containers is read, with health from the status text", "[docker]") {
    const auto list = parse_containers(R"json([
        {"Id": "1", "Names": ["/cart-1"], "State": "running", "Status": "Up 3 minutes (healthy)", "Created": 1767250000,
         "Labels": {"app": "cart"}},
        {"Id": "2", "Names": ["/cart-2"], "State": "running", "Status": "Up 2 seconds (health: starting)"},
        {"Id": "3", "Names": [], "State": "exited", "Status": "Exited (137) 2 hours ago", "Labels": null},
        {"Id": "4", "State": "paused", "Status": "Up 1 hour (Paused)"},
        {"Id": "5", "State": "running", "Status": "Up 1 hour (unhealthy)"}])json");
    REQUIRE(list);
    REQUIRE(list->size() == 5);
    CHECK(list->at(0).name == "cart-1");
    CHECK(list->at(0).health == ContainerHealth::healthy);
    CHECK(list->at(0).labels.at("app") == "cart");
    CHECK(list->at(0).created == WallTime{1767250000s});
    CHECK(list->at(1).health == ContainerHealth::starting);
    CHECK(list->at(2).state == ContainerState::exited);
    CHECK(list->at(3).state == ContainerState::paused);
    CHECK(list->at(4).health == ContainerHealth::unhealthy);
}

TEST_CASE("a list with something unknown in it is a bad reply", "[docker]") {
    const auto text = GENERATE("{}", R"([{"State": "running"}])", R"([{"Id": "1", "State": "flying"}])", "[7]");
    CHECK(parse_containers(text).error().code == Errc::bad_reply);
}

TEST_CASE("the version spoken is 1.41, or the oldest that a newer Engine has", "[docker]") {
    CHECK(negotiate({"20.10.24", "1.41", "1.12"}) == "1.41");
    CHECK(negotiate({"29.0.0", "1.52", "1.44"}) == "1.44");
    CHECK(negotiate({"19.03.0", "1.40", "1.12"}).error().code == Errc::refused);
    CHECK(parse_version(R"({"Version": "x"})").error().code == Errc::bad_reply);
    CHECK(parse_version(R"({"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"})")->api == "1.41");
}

TEST_CASE("what an Engine says of an error is shown, at most a few lines of it", "[docker]") {
    CHECK(parse_engine_message(R"({"message": "no such image"})") == "no such image");
    CHECK(parse_engine_message("page not found\n") == "page not found");
    CHECK(parse_engine_message(std::string(5000, 'x')).size() == 300);
}

}  // namespace setpoint
