// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_annotations.hpp"

#include <catch2/catch.hpp>

#include "agent/live/override_order.hpp"
#include "agent/live/policy_object.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Contains;
using Kind = OverrideSet::Kind;

namespace {

const WallTime kWall{1'800'000'000s};  // 2027-01-15T08:00:00Z
constexpr Time kNow{1'800'000'000s};

PolicyAnnotations said(std::map<std::string, std::string> texts, std::optional<WallTime> written = kWall - 10min) { return {std::move(texts), written}; }

DeclaredOverride read(const PolicyAnnotations& annotations) {
    auto declared = read_annotations(annotations, kWall);
    if (!declared) FAIL(declared.error().message);
    return *declared;
}

std::string refusal(const PolicyAnnotations& annotations) {
    const auto declared = read_annotations(annotations, kWall);
    return declared ? "accepted" : declared.error().message;
}

}  // namespace

TEST_CASE("a policy without annotations declares nothing", "[annotations]") {
    CHECK(read(said({})).kind == Kind::resume);
    CHECK(read(said({{"reason", "left over"}, {"for", "2h"}})).kind == Kind::resume);
}

TEST_CASE("a pin and a pause end by themselves", "[annotations]") {
    const auto pin = read(said({{"pin", "5"}, {"for", "2h"}, {"reason", "sale"}}));
    CHECK(pin.kind == Kind::pin);
    CHECK(pin.replicas == 5);
    CHECK(pin.until == kWall - 10min + 2h);
    CHECK(pin.reason == "sale");
    CHECK(read(said({{"pause", "true"}, {"until", "2027-01-15T09:30:00+01:00"}, {"reason", "x"}})).until == kWall + 30min);
    CHECK(read(said({{"pause", "down"}, {"for", "1m"}, {"reason", "x"}})).kind == Kind::pause_down);
}

TEST_CASE("what is wrong with an annotation is named", "[annotations]") {
    CHECK_THAT(refusal(said({{"pin", "five"}, {"for", "2h"}, {"reason", "x"}})), Contains("setpoint.dev/pin: must be a size from 0 to") && Contains("five"));
    CHECK_THAT(refusal(said({{"pin", "-1"}, {"for", "2h"}, {"reason", "x"}})), Contains("must be a size"));
    CHECK_THAT(refusal(said({{"pin", "5 "}, {"for", "2h"}, {"reason", "x"}})), Contains("must be a size"));
    CHECK_THAT(refusal(said({{"pause", "yes"}, {"for", "2h"}, {"reason", "x"}})), Contains("setpoint.dev/pause: must be"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"pause", "true"}})), Contains("not both"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"reason", "x"}})), Contains("setpoint.dev/for: is missing"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"for", "2h"}})), Contains("setpoint.dev/reason: is missing"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"for", "2h"}, {"reason", std::string(201, 'x')}})), Contains("at most 200"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"for", "31d"}, {"reason", "x"}})), Contains("at most 30d"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"for", "soon"}, {"reason", "x"}})), Contains("setpoint.dev/for"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"for", "2h"}, {"until", "2027-01-15T09:30:00Z"}, {"reason", "x"}})), Contains("either for or until"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"until", "tomorrow"}, {"reason", "x"}})), Contains("setpoint.dev/until: must be a time"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"until", "2028-01-15T08:00:00Z"}, {"reason", "x"}})), Contains("at most 30 days"));
    CHECK_THAT(refusal(said({{"pin", "5"}, {"for", "2h"}, {"reason", "x"}}, std::nullopt)), Contains("say setpoint.dev/until"));
    CHECK_THAT(refusal(said({{"paus", "true"}})), Contains("setpoint.dev/paus: there is none of this name") && Contains("'pause'"));
}

TEST_CASE("an end that was too far ahead when it was written does not come into force by itself", "[annotations]") {
    const std::map<std::string, std::string> ends{{"pin", "5"}, {"until", "2027-02-14T08:00:00Z"}, {"reason", "x"}};  // 30 days from kWall
    CHECK(read(said(ends, kWall)).until == kWall + 30 * 24h);
    CHECK_THAT(refusal(said(ends, kWall - 30 * 24h)), Contains("setpoint.dev/until: must be at most 30 days ahead"));
    CHECK(read(said(ends, std::nullopt)).until == kWall + 30 * 24h);  // of a server that does not tell
}

TEST_CASE("a long text to resume by ends with a whole character", "[annotations]") {
    const auto resume = [](const std::string& text) { return read(said({{"resume", text}})).resume; };
    const std::string as(199, 'a');
    CHECK(resume(as + "bc") == as + "b");
    CHECK(resume(as + "\u00e4") == as);        // two bytes, of which one has room
    CHECK(resume(as.substr(1) + "\u00e4c") == as.substr(1) + "\u00e4");
    CHECK(resume(as.substr(2) + "\U0001F600") == as.substr(2));
}

TEST_CASE("annotations are read from the object, with when the server says that they were written", "[annotations]") {
    const auto object = read_policy_object(R"({"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {
        "name": "cart", "namespace": "shop", "uid": "u", "annotations": {"setpoint.dev/pin": "5", "setpoint.dev/for": "2h", "other": "x"},
        "managedFields": [
            {"manager": "apply", "time": "2027-01-15T06:00:00Z", "fieldsV1": {"f:metadata": {"f:annotations": {"f:other": {}}}}},
            {"manager": "annotate", "time": "2027-01-15T07:00:00Z", "fieldsV1": {"f:metadata": {"f:annotations": {"f:setpoint.dev/for": {}}}}},
            {"manager": "setpoint", "time": "2027-01-15T07:59:00Z", "fieldsV1": {"f:status": {}}}]}, "spec": {}})");
    REQUIRE(object);
    CHECK(object->annotations == said({{"pin", "5"}, {"for", "2h"}}, kWall - 1h));
    const auto until = read_policy_object(R"({"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {
        "name": "cart", "namespace": "shop", "uid": "u", "annotations": {"setpoint.dev/until": "2027-02-15T06:00:00Z"},
        "managedFields": [{"manager": "annotate", "time": "2027-01-15T06:00:00Z", "fieldsV1": {"f:metadata": {"f:annotations": {"f:setpoint.dev/until": {}}}}}]}, "spec": {}})");
    REQUIRE(until);
    CHECK(until->annotations.written == kWall - 2h);
}

TEST_CASE("what an object declares is ordered once, and over when it does not any more", "[annotations]") {
    const auto pin = read(said({{"pin", "5"}, {"for", "2h"}, {"reason", "sale"}}));
    const Time until = kNow + 110min;
    const auto order = order_of(pin, until, false, std::nullopt, kNow);
    REQUIRE(order);
    CHECK(order->declared);
    CHECK(order->kind == Kind::pin);
    CHECK(order->until == until);
    CHECK_FALSE(order_of(pin, until + 900ms, false, order, kNow));
    auto six = pin;
    six.replicas = 6;
    CHECK(order_of(six, until, false, order, kNow)->replicas == 6);
    CHECK(order_of(read(said({})), {}, false, order, kNow)->kind == Kind::resume);
    CHECK_FALSE(order_of(pin, until, false, order, until));  // it has run out
}

TEST_CASE("an object's word stands above an order; without one the order stays", "[annotations]") {
    const OverrideSet ordered{TargetId{0}, Kind::pause, 0, kNow + 1h, "by hand", false};
    CHECK_FALSE(order_of(read(said({})), {}, false, ordered, kNow));
    CHECK(order_of(read(said({{"pin", "5"}, {"for", "2h"}, {"reason", "x"}})), kNow + 1h, false, ordered, kNow)->kind == Kind::pin);
    const auto resume = read(said({{"resume", "monday"}}));
    CHECK(resume.resume == "monday");
    CHECK(read(said({{"resume", "monday"}, {"pin", "5"}, {"for", "2h"}, {"reason", "x"}})).kind == Kind::pin);
    CHECK(order_of(resume, {}, true, ordered, kNow)->kind == Kind::resume);
    CHECK_FALSE(order_of(resume, {}, false, ordered, kNow));
}
