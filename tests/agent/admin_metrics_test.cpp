// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/metrics.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/agent/admin_room.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

std::string metrics(const Room& room) { return metrics_text({room.control, room.gallery, room.ports})(); }

std::set<std::string> names_in(const std::string& text, const std::regex& line) {
    std::set<std::string> names;
    for (auto found = std::sregex_iterator(text.begin(), text.end(), line); found != std::sregex_iterator(); ++found) names.insert((*found)[1]);
    return names;
}

}  // namespace

TEST_CASE("docs/metrics.md names every metric, and no other", "[admin]") {
    std::ifstream file{std::string{SETPOINT_TEST_DATA} + "/../../docs/metrics.md"};
    std::stringstream text;
    text << file.rdbuf();
    const auto documented = names_in(text.str(), std::regex{"\n\\| `((?:setpoint|process)_[a-z_]+)"});
    const auto exposed = names_in(metrics(Room{}), std::regex{"# TYPE ([a-z_]+) "});
    CHECK(documented.size() > 20);
    CHECK(documented == exposed);
}

TEST_CASE("metrics say what is known, and nothing of what is not", "[admin]") {
    Room room;
    room.take(Tick{kWeb, {}});
    auto text = metrics(room);
    CHECK_THAT(text, !Contains("setpoint_replicas{"));
    CHECK_THAT(text, !Contains("setpoint_signal_value{"));
    CHECK_THAT(text, Contains("setpoint_max_replicas{policy=\"web\"} 10"));
    CHECK_THAT(text, Contains("setpoint_holding{policy=\"web\"} 1"));
    room.tick(20, 2);
    room.tick(38, 2);
    room.take(ApplyResult{kWeb, 4, 4, ApplyOutcome::applied, ""});
    room.take(OverrideSet{kWeb, OverrideSet::Kind::pin, 3, room.now + 60s, "sale"});
    room.take(Sample{kWeb, SignalId{0}, SampleKind::failed, 0, room.now, {}, {}});
    text = metrics(room);
    CHECK_THAT(text, Contains("setpoint_replicas{policy=\"web\"} 4"));
    CHECK_THAT(text, Contains("setpoint_desired_replicas{policy=\"web\"} 4"));
    CHECK_THAT(text, Contains("setpoint_proposal_replicas{policy=\"web\",name=\"track.load\"} 3.8"));
    CHECK_THAT(text, Contains("setpoint_signal_goal{policy=\"web\",signal=\"load\"} 10"));
    CHECK_THAT(text, Contains("setpoint_scale_actions_total{policy=\"web\",direction=\"up\"} 1"));
    CHECK_THAT(text, Contains("setpoint_reversals_total{policy=\"web\"} 0"));
    CHECK_THAT(text, Contains("setpoint_apply_total{outcome=\"applied\"} 1"));
    CHECK_THAT(text, Contains("setpoint_apply_total{outcome=\"refused\"} 0"));
    CHECK_THAT(text, Contains("setpoint_source_errors_total{source=\"docker\"} 1"));
    CHECK_THAT(text, Contains("setpoint_override_active{policy=\"web\",kind=\"pin\"} 1"));
    CHECK_THAT(text, Contains("setpoint_holding{policy=\"web\"} 0"));
    CHECK_THAT(text, Contains("setpoint_tick_duration_seconds_bucket{le=\"+Inf\"} 2"));
    room.now += 60s;
    CHECK_THAT(metrics(room), !Contains("setpoint_override_active{"));
}

TEST_CASE("metrics say which shards are held, where there are any", "[admin]") {
    Room room;
    CHECK_THAT(metrics(room), Contains("setpoint_shard_held{shard=\"0\"} 1") && Contains("setpoint_shard_held{shard=\"1\"} 0"));
    room.ports.shards = [] { return std::vector<bool>{}; };
    CHECK_THAT(metrics(room), !Contains("setpoint_shard_held{"));
}

TEST_CASE("a detour of metrics is shown until its end, by the newest teller", "[admin]") {
    Room room;
    CHECK_THAT(metrics(room), Contains("setpoint_metrics_detour{policy=\"web\"} 0"));
    room.gallery.detoured({"web", 2}, "the kubelet of n1: it says 403");
    CHECK_THAT(metrics(room), Contains("setpoint_metrics_detour{policy=\"web\"} 1"));
    room.gallery.detoured({"web", 1}, "");
    CHECK_THAT(metrics(room), Contains("setpoint_metrics_detour{policy=\"web\"} 1"));
    room.gallery.detoured({"web", 2}, "");
    CHECK_THAT(metrics(room), Contains("setpoint_metrics_detour{policy=\"web\"} 0"));
    room.gallery.detoured({"gone", 9}, "nobody is told");
}

TEST_CASE("a shrink after a growth is a reversal", "[admin]") {
    Room room;
    room.tick(38, 2);
    room.take(ApplyResult{kWeb, 4, 4, ApplyOutcome::applied, ""});
    room.tick(20, 4);
    room.take(ApplyResult{kWeb, 2, 2, ApplyOutcome::applied, ""});
    CHECK_THAT(metrics(room), Contains("setpoint_reversals_total{policy=\"web\"} 1"));
}

}  // namespace setpoint::test
