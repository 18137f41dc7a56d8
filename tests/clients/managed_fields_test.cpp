// SPDX-License-Identifier: Apache-2.0
#include "clients/managed_fields.hpp"

#include <catch2/catch.hpp>

namespace setpoint::test {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

json object(const json& entries) { return {{"metadata", {{"managedFields", entries}}}}; }

json entry(const std::string& manager, const json& time, const json& fields) { return {{"manager", manager}, {"time", time}, {"fieldsV1", fields}}; }

const json kReplicas{{"f:spec", {{"f:replicas", json::object()}}}};

}  // namespace

TEST_CASE("the last writer of a field is named", "[managed_fields]") {
    const auto writer = writer_of(object({entry("kubectl-edit", "2027-01-15T08:00:00Z", kReplicas), entry("helm", "2027-01-15T07:00:00Z", kReplicas),
                                          entry("controller", "2027-01-15T09:00:00Z", {{"f:status", json::object()}})}),
                                  {"f:spec", "f:replicas"});
    REQUIRE(writer);
    CHECK(writer->manager == "kubectl-edit");
    CHECK(writer->time == WallTime{1'800'000'000s});
}

TEST_CASE("where nobody is told to have written it, nobody is named", "[managed_fields]") {
    CHECK_FALSE(writer_of(json::object(), {"f:spec", "f:replicas"}));
    CHECK_FALSE(writer_of(object("nonsense"), {"f:spec", "f:replicas"}));
    CHECK_FALSE(writer_of(object({1, entry("x", 3, "nonsense")}), {"f:spec", "f:replicas"}));
    CHECK_FALSE(writer_of(object(json::array({entry("x", "", {{"f:spec", json::object()}})})), {"f:spec", "f:replicas"}));
    const auto untimed = writer_of(object(json::array({entry("x", "soon", kReplicas)})), {"f:spec", "f:replicas"});
    REQUIRE(untimed);
    CHECK_FALSE(untimed->time);
}

}  // namespace setpoint::test
