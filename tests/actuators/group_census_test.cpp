// SPDX-License-Identifier: Apache-2.0
#include "actuators/group_census.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;

namespace {

ContainerSummary container(const std::string& id, bool ours = false) {
    ContainerSummary summary;
    summary.id = id;
    summary.state = ContainerState::running;
    if (ours) summary.labels[kPolicyMark] = "cart";
    return summary;
}

DockerPlan group(std::vector<ContainerSummary> containers) { return {std::move(containers), "cart", {}}; }

const GroupCensus::ToldToEnd kNobody = [](const std::string&) { return false; };
const GroupCensus::ToldToEnd kStopped = [](const std::string& id) { return id == "bb"; };

}  // namespace

TEST_CASE("containers that end without being told to were nobody's wish", "[group_census]") {
    GroupCensus census;
    CHECK(census.take(group({container("aa"), container("bb")}), 1, kNobody) == Hand::unknown);
    CHECK(census.take(group({container("aa")}), 1, kNobody) == Hand::nobody);
}

TEST_CASE("containers that somebody stopped or started are somebody's wish", "[group_census]") {
    GroupCensus census;
    (void)census.take(group({container("aa"), container("bb")}), 1, kNobody);
    SECTION("stopped") { CHECK(census.take(group({container("aa")}), 1, kStopped) == Hand::somebody); }
    SECTION("started") { CHECK(census.take(group({container("aa"), container("bb"), container("cc")}), 1, kNobody) == Hand::somebody); }
    SECTION("replaced") { CHECK(census.take(group({container("aa"), container("cc")}), 1, kNobody) == Hand::somebody); }
}

TEST_CASE("a container of ours that comes late is nobody else's", "[group_census]") {
    GroupCensus census;
    (void)census.take(group({container("aa")}), 1, kNobody);
    CHECK(census.take(group({container("aa"), container("bb", true)}), 1, kNobody) == Hand::nobody);
}

TEST_CASE("where the events do not reach back to the last look nobody is named", "[group_census]") {
    GroupCensus census;
    const auto two = group({container("aa"), container("bb")});
    const auto one = group({container("aa")});
    SECTION("no events at all") {
        (void)census.take(two, 0, kNobody);
        CHECK(census.take(one, 0, kStopped) == Hand::unknown);
    }
    SECTION("another stretch") {
        (void)census.take(two, 1, kNobody);
        CHECK(census.take(one, 2, kStopped) == Hand::unknown);
    }
}

TEST_CASE("what others do beside a change of ours is theirs", "[group_census]") {
    GroupCensus census;
    (void)census.take(group({container("aa"), container("bb")}), 1, kNobody);
    SECTION("we stopped one") {
        census.ours({"bb"});
        CHECK(census.take(group({container("aa")}), 1, kStopped) == Hand::nobody);
    }
    SECTION("we started the template again") {
        census.ours({"cc"});
        CHECK(census.take(group({container("aa"), container("bb"), container("cc")}), 1, kNobody) == Hand::nobody);
    }
    SECTION("and somebody another one") {
        census.ours({"cc"});
        CHECK(census.take(group({container("aa"), container("bb"), container("cc"), container("dd")}), 1, kNobody) == Hand::somebody);
    }
    SECTION("which holds for one look") {
        census.ours({"bb"});
        (void)census.take(group({container("aa"), container("bb")}), 1, kNobody);
        CHECK(census.take(group({container("aa")}), 1, kStopped) == Hand::somebody);
    }
}
