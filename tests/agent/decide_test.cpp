// SPDX-License-Identifier: Apache-2.0
#include "agent/decide/decide.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/documents/document.hpp"

using namespace setpoint;
using Json = nlohmann::json;

namespace {

const std::string kData = SETPOINT_TEST_DATA "/decide/";

std::vector<std::string> lines(const std::string& file) {
    std::ifstream in{kData + file};
    REQUIRE(in);
    std::vector<std::string> found;
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
}

ScalingSpec spec_of(const std::string& file) {
    auto documents = load_documents({kData + file});
    for (const auto& finding : documents.findings) UNSCOPED_INFO(to_string(finding));
    REQUIRE(documents.ok());
    return documents.policies.at(0).spec;
}

/// What `key` of a golden line is compared with.
Json shown(const Json& answer, const std::string& key) {
    if (key != "limits" && key != "proposals") return answer.at(key);
    Json list = Json::array();
    for (const auto& entry : answer.at(key)) list.push_back(entry.at(key == "limits" ? "code" : "replicas"));
    return list;
}

std::string refusal(const std::string& line) {
    auto decider = Decider::of(spec_of("missing.yaml")).value();
    const auto answer = decider.answer(line);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == Errc::bad_config);
    return answer.error().message;
}

/// A good line, with `text` put in before its end.
std::string line_with(const std::string& text) { return R"({"time": 100, "target": {"replicas": 4}, )" + text + "}"; }

}  // namespace

TEST_CASE("the golden runs give what was worked out", "[decide]") {
    const std::string run = GENERATE("design", "missing", "hpa", "hpa_unready", "hpa_over", "hpa_container", "calm", "hands", "zero");
    auto decider = Decider::of(spec_of(run + ".yaml")).value();
    const auto given = lines(run + ".in.jsonl");
    const auto expected = lines(run + ".out.jsonl");
    REQUIRE(given.size() == expected.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
        const auto text = decider.answer(given[i]);
        REQUIRE(text);
        CAPTURE(run, i + 1, *text);
        const auto answer = Json::parse(*text);
        const auto wanted = Json::parse(expected[i]);
        for (const auto& [key, value] : wanted.items()) {
            if (key != "why") CHECK(shown(answer, key) == value);
        }
    }
}

TEST_CASE("an answer is one line that says everything", "[decide]") {
    auto decider = Decider::of(spec_of("design.yaml")).value();
    const auto text = decider.answer(lines("design.in.jsonl").front()).value();
    CHECK(text.find('\n') == std::string::npos);
    const auto answer = Json::parse(text);
    for (const auto* key : {"time", "replicas", "reason", "code", "current", "ready", "wanted", "apply", "health",
                            "signals", "proposals", "limits"}) {
        CHECK(answer.contains(key));
    }
    CHECK(answer.at("signals").size() == 3);
    CHECK(answer.at("proposals").at(0).at("type") == "wish");
    CHECK(answer.at("proposals").at(0).at("kind") == "track");
    CHECK(answer.at("proposals").at(0).at("terms").at("goal") == 0.7);
}

TEST_CASE("numbers that JSON does not have are null", "[decide]") {
    auto decider = Decider::of(spec_of("hands.yaml")).value();
    const auto text = decider.answer(R"({"time": 100, "target": {"replicas": 4}, "signals": {"load": 75}})").value();
    CHECK(Json::parse(text).at("proposals").at(0).at("terms").at("bandTo").is_null());
}

TEST_CASE("pods say how many are ready, and those not listed any more are gone", "[decide]") {
    auto decider = Decider::of(spec_of("hpa.yaml")).value();
    const auto ready = [&](const std::string& line) { return Json::parse(decider.answer(line).value()).at("ready"); };
    CHECK(
        ready(
            R"({"time": 100, "target": {"replicas": 3}, "pods": [{"name": "a", "ready": true}, {"name": "b", "ready": true}, {"name": "c"}]})") ==
        2);
    CHECK(ready(R"({"time": 101, "target": {"replicas": 3}})") == 2);
    CHECK(ready(R"({"time": 102, "target": {"replicas": 3}, "pods": [{"name": "a", "ready": true}]})") == 1);
    CHECK(ready(R"({"time": 103, "target": {"replicas": 3, "ready": 3}})") == 3);
    CHECK(ready(R"({"time": 104, "target": {"replicas": 3}, "pods": []})") == 0);
}

TEST_CASE("pods of which no one's readiness is told serve while they run", "[decide]") {
    auto decider = Decider::of(spec_of("hpa.yaml")).value();
    const auto answer = Json::parse(decider.answer(R"({"time": 100, "target": {"replicas": 3}, "pods": [
        {"name": "a", "requests": {"cpu": "1"}, "signals": {"cpu": "300m"}},
        {"name": "b", "requests": {"cpu": "1"}, "signals": {"cpu": {"value": "0.5"}}},
        {"name": "c", "requests": {"cpu": "1"}, "signals": {"cpu": 0.7}},
        {"name": "d", "phase": "Succeeded", "requests": {"cpu": "1"}}]})").value());
    CHECK(answer.at("ready") == 3);
    CHECK(answer.at("replicas") == 5);  // 50 % of 30 % on 3
}

TEST_CASE("values of pods that are gone decide nothing where HPA would have no metric", "[decide]") {
    auto decider = Decider::of(spec_of("hpa.yaml")).value();
    const auto first = Json::parse(decider.answer(R"({"time": 100, "target": {"replicas": 1}, "pods": [
        {"name": "a", "requests": {"cpu": 1}, "signals": {"cpu": 0.6}}]})").value());
    CHECK(first.at("replicas") == 2);  // 60 % of 30 % on 1
    for (const auto* pods : {R"([])", R"([{"name": "b", "requests": {"cpu": 1}}])", R"([{"name": "b", "phase": "Pending", "requests": {"cpu": 1}}])"}) {
        const auto next = Json::parse(decider.answer(std::string{R"({"time": 115, "target": {"replicas": 2}, "pods": )"} + pods + "}").value());
        CAPTURE(pods);
        CHECK(next.at("replicas") == 2);
        CHECK(next.at("health") == "holding");
        CHECK(next.at("signals").at(0).at("state") == "missing");
    }
}

TEST_CASE("CPU below zero is no reason to shrink", "[decide]") {
    auto decider = Decider::of(spec_of("hpa.yaml")).value();
    const auto answer = Json::parse(decider.answer(R"({"time": 100, "target": {"replicas": 4}, "signals": {"cpu": -1}})").value());
    CHECK(answer.at("replicas") == 4);
    CHECK(answer.at("proposals").at(0).at("code") == "negative");
}

TEST_CASE("a pod that states a limit alone requests as much", "[decide]") {
    auto decider = Decider::of(spec_of("hpa.yaml")).value();
    const auto answer = Json::parse(decider.answer(R"({"time": 100, "target": {"replicas": 1}, "pods": [
        {"name": "a", "limits": {"cpu": 2}, "signals": {"cpu": 1.2}}]})").value());
    CHECK(answer.at("replicas") == 2);  // 60 % of 30 % on 1
}

TEST_CASE("what is legal and hardly meant is told, each key once", "[decide]") {
    using Catch::Matchers::Contains;
    auto decider = Decider::of(spec_of("hpa.yaml")).value();
    const std::string percent = R"("signals": {"cpu": 90}})";
    (void)decider.answer(R"({"time": 100, "target": {"replicas": 4}, )" + percent).value();
    REQUIRE(decider.warnings().size() == 1);
    CHECK_THAT(decider.warnings().at(0), Contains("signals.cpu: 90 is 9000%; 0.9 is 90%"));
    (void)decider.answer(R"({"time": 115, "target": {"replicas": 4}, )" + percent).value();
    CHECK(decider.warnings().empty());
    (void)decider.answer(R"({"time": 130, "target": {"replicas": 4}, "override": {"pin": 3, "until": 130}})").value();
    REQUIRE(decider.warnings().size() == 1);
    CHECK_THAT(decider.warnings().at(0), Contains("override.until: is over already"));
}

TEST_CASE("a line that makes no sense is refused with the reason", "[decide]") {
    using Catch::Matchers::Contains;
    CHECK_THAT(refusal("{"), Contains("not JSON"));
    CHECK_THAT(refusal("[]"), Contains("must be an object"));
    CHECK_THAT(refusal("{}"), Contains("time: is missing"));
    CHECK_THAT(refusal(R"({"time": 100})"), Contains("target: is missing"));
    CHECK_THAT(refusal(R"({"time": "now", "target": {"replicas": 4}})"),
               Contains("time: must be a number, was \"now\""));
    CHECK_THAT(refusal(R"({"time": 1700000000000, "target": {"replicas": 4}})"), Contains("not milliseconds"));
    CHECK_THAT(refusal(R"({"time": -1, "target": {"replicas": 4}})"), Contains("0 or more"));
    CHECK_THAT(refusal(R"({"time": 1e999, "target": {"replicas": 4}})"), Contains("not JSON"));
    CHECK_THAT(refusal(R"({"time": 100, "time": 101, "target": {"replicas": 4}})"), Contains("'time' is there twice"));
    CHECK_THAT(refusal(R"({"time": 100, "target": {"replicas": -4}})"), Contains("target.replicas"));
    CHECK_THAT(refusal(R"({"time": 100, "target": {"replicas": 4.5}})"), Contains("whole number"));
    CHECK_THAT(refusal(R"({"time": 100, "target": {"replica": 4}})"),
               Contains("unknown key 'replica' (known: replicas, ready, status, changedBy, most, floor, rollingOut, oneByOne)"));
    CHECK_THAT(refusal(R"({"time": 100, "target": {"replicas": 4, "most": "many"}})"), Contains("target.most"));
    CHECK_THAT(refusal(R"({"time": 100, "target": {"replicas": 4, "floor": 1}})"), Contains("target.floor: must be true or false"));
    CHECK_THAT(refusal(line_with(R"("signal": {})")), Contains("unknown key 'signal'"));
    CHECK_THAT(refusal(line_with(R"("signals": {"rsp": 3})")),
               Contains("unknown signal 'rsp' (known: p95, queue, rps)"));
    CHECK_THAT(refusal(line_with(R"("signals": {"rps": "many"})")), Contains("signals.rps: must be a number, null"));
    CHECK_THAT(refusal(line_with(R"("signals": {"rps": NaN})")), Contains("write \"NaN\", as a text"));
    CHECK_THAT(refusal(line_with(R"("signals": {"rps": {"time": 99}})")), Contains("signals.rps.value: is missing"));
    CHECK_THAT(refusal(line_with(R"("signals": {"rps": {"value": 9, "window": -1}})")), Contains("signals.rps.window"));
    CHECK_THAT(refusal(line_with(R"("pods": [{"phase": "Running"}])")), Contains("pods[0].name: is missing"));
    CHECK_THAT(refusal(line_with(R"("pods": [{"name": "a"}, {"name": "a"}])")),
               Contains("pods[1].name: 'a' is there twice"));
    CHECK_THAT(refusal(line_with(R"("pods": [{"name": "a", "phase": "Asleep"}])")),
               Contains("pods[0].phase: must be one of"));
    CHECK_THAT(refusal(line_with(R"("pods": [{"name": "a", "requests": {"cpu": "much"}}])")),
               Contains("pods[0].requests.cpu"));
    CHECK_THAT(refusal(line_with(R"("override": {"pin": 5})")), Contains("override.until: is missing"));
    CHECK_THAT(refusal(line_with(R"("override": {"pin": 5, "pause": true, "until": 200})")), Contains("exactly one"));
    CHECK_THAT(refusal(line_with(R"("wall": "yesterday")")),
               Contains("wall: must be Unix seconds or an RFC 3339 time"));
    CHECK_THAT(refusal(std::string(100'000, '[')), Contains("nested deeper"));
    CHECK_THAT(refusal(line_with(R"("signals": {"rps": 1, "rps": 2})")), Contains("key 'rps' is there twice"));
    CHECK_THAT(refusal("{\"time\": \"\xff\"}"), Contains("not JSON"));
    CHECK_THAT(refusal(std::string(kMostLine + 1, ' ')), Contains("at most"));
}

TEST_CASE("a list of very many objects is read in no time", "[decide]") {
    std::string pods = "{}";
    for (int i = 0; i < 1'000'000; ++i) pods += ",{}";
    CHECK_THAT(refusal(line_with("\"pods\": [" + pods + "]")), Catch::Matchers::Contains("pods: at most 100000, were 1000001"));
}

TEST_CASE("time must not run backwards, and a refused line changes nothing", "[decide]") {
    auto decider = Decider::of(spec_of("missing.yaml")).value();
    CHECK(decider.answer(line_with(R"("signals": {"rps": 700})")).has_value());
    CHECK_FALSE(decider.answer(R"({"time": 99, "target": {"replicas": 4}})").has_value());
    CHECK_FALSE(decider.answer(R"({"time": 105, "target": {"replicas": 4}, "x": 1})").has_value());
    CHECK(decider.answer(R"({"time": 100, "target": {"replicas": 4}})").has_value());
    CHECK(decider.answer(R"({"time": 1700000000.5, "target": {"replicas": 4}})").has_value());
    const auto refused = decider.answer(R"({"time": 1700000000, "target": {"replicas": 4}})");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message == "time: must not run backwards, was 1700000000.0 after 1700000000.5");
}
