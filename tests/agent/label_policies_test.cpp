// SPDX-License-Identifier: Apache-2.0
#include "agent/live/label_policies.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace setpoint {
namespace {

using Catch::Matchers::Contains;
using News = std::vector<LabelPolicies::News>;
using Kind = LabelPolicies::News::Kind;

std::string spec(int max, const std::string& signal = "cpu") {
    return "replicas: { min: 1, max: " + std::to_string(max) + " }\nsignals: { load: " + signal +
           " }\npolicies: [ { track: { signal: load, averageValue: 1 } } ]\n";
}

ContainerSummary container(const std::string& group, const std::string& text, int created = 1) {
    ContainerSummary made;
    made.id = group + std::to_string(created);
    made.name = group + "-" + std::to_string(created);
    made.state = ContainerState::running;
    made.created = WallTime{std::chrono::seconds{created}};
    made.labels = {{kGroupLabel, group}, {kScaleLabel, text}};
    return made;
}

LivePolicy of_a_file(const std::string& name, const std::vector<std::string>& labels) {
    LivePolicy policy;
    policy.spec.name = name;
    policy.labels = labels;
    policy.target = "docker label " + labels.at(0);
    policy.origin = "own.yaml:1";
    return policy;
}

SourceDocument source(const std::string& name) {
    PrometheusSettings settings;
    settings.url = "https://" + name + ":9090";
    return {name, settings, {}, "own.yaml", {1, 1}};
}

/// `web 10, api 5`: the names and the maxima.
std::string in_force(const LabelPolicies& policies) {
    std::string text;
    for (const auto& policy : policies.all()) text += (text.empty() ? "" : ", ") + policy.spec.name + " " + std::to_string(policy.spec.replicas.max);
    return text;
}

/// The only news.
std::string only(const News& news, Kind kind) {
    for (const auto& one : news) UNSCOPED_INFO(one.text);
    REQUIRE(news.size() == 1);
    CHECK(news[0].kind == kind);
    return news[0].text;
}

}  // namespace

TEST_CASE("a container that was created and not started yet brings no policy", "[label_policies]") {
    LabelPolicies policies{{}};
    auto made = container("web", spec(10));
    made.state = ContainerState::created;
    CHECK(policies.look({made}).empty());
    CHECK(in_force(policies).empty());
    made.state = ContainerState::running;
    policies.look({made});
    CHECK(in_force(policies) == "web 10");
    made.state = ContainerState::created;  // made anew
    policies.look({made});
    CHECK(in_force(policies) == "web 10");
}

TEST_CASE("a policy comes with its containers and goes with the last of them", "[label_policies]") {
    LabelPolicies policies{{}};
    CHECK(policies.renew({}).empty());
    const auto none = policies.revision();
    CHECK_THAT(only(policies.look({container("web", spec(10))}), Kind::told),
               Contains("web: docker label setpoint.dev/group=web, 1 to 10 replicas, every 5s (live), says the container web-1"));
    CHECK(in_force(policies) == "web 10");
    CHECK(policies.all()[0].labels == std::vector<std::string>{"setpoint.dev/group=web"});
    CHECK(policies.all()[0].origin == "the label setpoint.dev/scale");
    const auto one = policies.revision();
    CHECK(one != none);

    CHECK(policies.look({container("web", spec(10))}).empty());
    CHECK(policies.revision() == one);
    // One more replica, and then the first goes: nothing to say, nothing to change.
    CHECK(policies.look({container("web", spec(10)), container("web", spec(10), 2)}).empty());
    CHECK(policies.look({container("web", spec(10), 2)}).empty());
    CHECK(policies.revision() == one);

    CHECK(policies.look({}).empty());
    CHECK(in_force(policies).empty());
    CHECK(policies.revision() != one);
}

TEST_CASE("a changed label is taken over", "[label_policies]") {
    LabelPolicies policies{{}};
    policies.look({container("web", spec(10))});
    const auto before = policies.revision();
    CHECK_THAT(only(policies.look({container("web", spec(20))}), Kind::told), Contains("1 to 20 replicas"));
    CHECK(in_force(policies) == "web 20");
    CHECK(policies.revision() != before);
}

TEST_CASE("a wrong label is said once, concerns its own policy alone, and its end is said", "[label_policies]") {
    LabelPolicies policies{{}};
    policies.look({container("api", spec(5))});
    const auto trouble = only(policies.look({container("api", spec(5)), container("web", spec(0), 2)}), Kind::trouble);
    CHECK_THAT(trouble, Contains("setpoint.dev/group=web") && Contains("it is not scaled") && Contains("container web-2, label setpoint.dev/scale:1:26: replicas.max: "));
    CHECK(in_force(policies) == "api 5");
    CHECK(policies.look({container("api", spec(5)), container("web", spec(0), 2)}).empty());
    const auto over = policies.look({container("api", spec(5)), container("web", spec(3), 2)});
    REQUIRE(over.size() == 2);
    CHECK_THAT(over[0].text, Contains("1 to 3 replicas"));
    CHECK_THAT(over[1].text, Contains("no trouble with its label any more"));
    CHECK(in_force(policies) == "api 5, web 3");
}

TEST_CASE("a policy whose label becomes wrong stays as it was", "[label_policies]") {
    LabelPolicies policies{{}};
    policies.look({container("web", spec(10))});
    const auto before = policies.revision();
    CHECK_THAT(only(policies.look({container("web", "nonsense: [")}), Kind::trouble), Contains("it stays as it was"));
    CHECK(in_force(policies) == "web 10");
    CHECK(policies.revision() == before);
    SECTION("until its containers are gone") {
        CHECK_THAT(only(policies.look({}), Kind::told), Contains("no trouble"));
        CHECK(in_force(policies).empty());
    }
    SECTION("until it is right again") {
        CHECK(policies.look({container("web", spec(9))}).size() == 2);
        CHECK(in_force(policies) == "web 9");
    }
    SECTION("also with a wrong name") {
        auto named = container("web", spec(10));
        named.labels[kNameLabel] = "NO NAME";
        CHECK_THAT(only(policies.look({named}), Kind::trouble), Contains("label setpoint.dev/name: must be lower case"));
        CHECK(in_force(policies) == "web 10");
    }
}

TEST_CASE("a task of a Swarm speaks for its service", "[label_policies]") {
    LabelPolicies policies{{}};
    auto swarm = container("web", spec(10));
    swarm.labels = {{"com.docker.swarm.service.name", "cart"}, {kScaleLabel, spec(10)}};
    CHECK_THAT(only(policies.look({swarm}), Kind::told), Contains("docker service cart"));
    CHECK(in_force(policies) == "cart 10");
}

TEST_CASE("what this version cannot run is refused by its words", "[label_policies]") {
    LabelPolicies others{{}};
    CHECK_THAT(only(others.look({container("web", spec(10, "{ unit: none }"))}), Kind::trouble), Contains("the signal 'load' has no source"));
}

TEST_CASE("a label has neither the name, nor the target, nor a container of a file's policy", "[label_policies]") {
    LabelPolicies policies{{}};
    LoadedPolicies own;
    own.policies = {of_a_file("web", {"app=shop"})};
    CHECK(policies.renew(own).empty());

    SECTION("its name") {
        CHECK_THAT(only(policies.look({container("web", spec(10))}), Kind::trouble),
                   Contains("its name 'web' is that of the policy 'web' of own.yaml:1: say another one, setpoint.dev/name=NAME"));
        auto renamed = container("web", spec(10));
        renamed.labels[kNameLabel] = "page";
        CHECK(policies.look({renamed}).size() == 2);
        CHECK(in_force(policies) == "web 100000, page 10");
    }
    SECTION("its target") {
        own.policies = {of_a_file("other", {"setpoint.dev/group=web"})};
        CHECK(policies.look({container("web", spec(10), 2)}).size() == 1);
        CHECK_THAT(only(policies.renew(own), Kind::trouble), Contains("it is scaled by the policy 'other' of own.yaml:1 already"));
        CHECK(in_force(policies) == "other 100000");
    }
    SECTION("a container of it, whether it carries a policy itself or not") {
        auto bare = container("api", "", 2);
        bare.labels = {{kGroupLabel, "api"}, {"app", "shop"}};
        CHECK_THAT(only(policies.look({container("api", spec(10)), bare}), Kind::trouble),
                   Contains("its container api-2 is scaled by the policy 'web' of own.yaml:1 already"));
        CHECK(in_force(policies) == "web 100000");
    }
    SECTION("a policy of a file that comes later takes the place of the label's") {
        CHECK(policies.look({container("api", spec(10))}).size() == 1);
        CHECK(in_force(policies) == "web 100000, api 10");
        own.policies.push_back(of_a_file("api", {"app=api"}));
        CHECK_THAT(only(policies.renew(own), Kind::trouble), Contains("its name 'api' is that of"));
        CHECK(in_force(policies) == "web 100000, api 100000");
        own.policies.pop_back();
        CHECK(policies.renew(own).size() == 2);
        CHECK(in_force(policies) == "web 100000, api 10");
    }
}

TEST_CASE("a newcomer takes neither name nor container from a policy of a label that runs", "[label_policies]") {
    LabelPolicies policies{{}};
    policies.look({container("web", spec(10), 5)});
    auto same_name = container("api", spec(3), 1);  // older, and yet it came later
    same_name.labels[kNameLabel] = "web";
    CHECK_THAT(only(policies.look({container("web", spec(10), 5), same_name}), Kind::trouble), Contains("its name 'web' is that of the policy 'web' of the label"));
    CHECK(in_force(policies) == "web 10");
}

TEST_CASE("a Source of the files decides what a label may ask, also when it changes", "[label_policies]") {
    const auto asking = spec(10, "{ prometheus: { query: up, source: main } }");
    LabelPolicies policies{{}};
    LoadedPolicies own;
    own.sources = {source("main")};
    CHECK(policies.renew(own).empty());
    policies.look({container("web", asking)});
    REQUIRE(in_force(policies) == "web 10");
    CHECK(policies.all()[0].queries.at(0).server.url == "https://main:9090");

    const auto before = policies.revision();
    own.sources[0].prometheus.url = "https://moved:9090";
    CHECK(policies.renew(own).empty());
    CHECK(policies.revision() != before);
    CHECK(policies.all()[0].queries.at(0).server.url == "https://moved:9090");

    // Gone: what was right once may be used no longer, not even as the last good form of a label that is wrong now.
    own.sources.clear();
    SECTION("a right label") { CHECK_THAT(only(policies.renew(own), Kind::trouble), Contains("no Source has the name 'main'")); }
    SECTION("one that became wrong") {
        policies.look({container("web", "x")});
        CHECK_THAT(only(policies.renew(own), Kind::trouble), Contains("it is not scaled"));
    }
    CHECK(in_force(policies).empty());
    own.sources = {source("main")};
    policies.renew(own);
    policies.look({container("web", asking)});
    CHECK(in_force(policies) == "web 10");
}

TEST_CASE("containers that disagree are said once", "[label_policies]") {
    LabelPolicies policies{{}};
    const std::vector<ContainerSummary> both{container("web", spec(10)), container("web", spec(20), 2)};
    policies.look({container("web", spec(10))});
    const auto news = policies.look(both);
    REQUIRE(news.size() == 2);
    CHECK_THAT(news[0].text, Contains("say different things of their policy; the word of web-2 counts"));
    CHECK(in_force(policies) == "web 20");
    CHECK(policies.look(both).empty());
}

TEST_CASE("in shadow every policy of a label is one", "[label_policies]") {
    LabelPolicies policies{{true, 100}};
    policies.look({container("web", spec(10)), container("off", spec(5) + "mode: off\n", 2)});
    REQUIRE(policies.all().size() == 2);
    CHECK(policies.all()[0].spec.mode == Mode::shadow);
    CHECK(policies.all()[1].spec.mode == Mode::off);
}

TEST_CASE("there is a most of policies, and of what is said of them", "[label_policies]") {
    LabelPolicies policies{{}};
    std::vector<ContainerSummary> crowd;
    for (int i = 0; i < 205; ++i) crowd.push_back(container("g" + std::to_string(i), spec(10), i + 1));
    const auto news = policies.look(crowd);
    CHECK(policies.all().size() == LabelPolicies::kMost);
    REQUIRE(news.size() == LabelPolicies::kMostNews + 1);
    CHECK_THAT(news.back().text, Contains("155 more to say of labels is left out"));
    CHECK(policies.look(crowd).empty());
}

TEST_CASE("what a label holds cannot forge a line of the log", "[label_policies]") {
    LabelPolicies policies{{}};
    const auto trouble = only(policies.look({container("web", spec(10) + "\"a\\n2026-11-25 info: all is well\": 1\n")}), Kind::trouble);
    CHECK_THAT(trouble, !Contains("\n2026"));
}

}  // namespace setpoint
