// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_objects.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace setpoint::test {
namespace {

/// The names in a list, or what is wrong with it.
Result<std::vector<std::string>> names_in(const std::string& json) {
    std::vector<std::string> names;
    const auto page = read_kube_page(json, [&](const KubeObject& object) { names.push_back(object.ns + "/" + object.name); });
    if (!page) return tl::unexpected(page.error());
    return names;
}

}  // namespace

TEST_CASE("a page names its objects, its version and the next page, in any order of members", "[kube_objects]") {
    const std::string json = R"({"apiVersion":"v1","items":[
        {"metadata":{"name":"a","namespace":"shop","uid":"u1","resourceVersion":"12"},"spec":{"x":[1,{"y":"}"}]}},
        {"spec":{},"metadata":{"uid":"u2","name":"b","managedFields":[{"name":"not this"}],"resourceVersion":"odd"}}],
        "kind":"PodList","metadata":{"resourceVersion":"99","continue":"more"}})";
    std::vector<KubeObject> seen;
    std::vector<std::string> texts;
    const auto page = read_kube_page(json, [&](const KubeObject& object) {
        seen.push_back(object);
        texts.emplace_back(object.json);
    });
    REQUIRE(page);
    CHECK(page->version == "99");
    CHECK(page->more == "more");
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].ns == "shop");
    CHECK(seen[0].uid == "u1");
    CHECK(seen[0].version == 12);
    CHECK(texts[0].starts_with(R"({"metadata":{"name":"a")"));
    CHECK(texts[0].ends_with("}}"));
    CHECK(seen[1].name == "b");
    CHECK(seen[1].version == 0);
}

TEST_CASE("an empty list may be null", "[kube_objects]") {
    CHECK(names_in(R"({"items":null,"metadata":{"resourceVersion":"1"}})")->empty());
    CHECK(names_in(R"({"items":[],"metadata":{"resourceVersion":"1"}})")->empty());
}

TEST_CASE("what is no list, or cut off, or has nameless objects, is refused", "[kube_objects]") {
    const std::string whole = R"({"items":[{"metadata":{"name":"a","uid":"u"}}],"metadata":{"resourceVersion":"1"}})";
    CHECK(names_in(whole));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        INFO(whole.substr(0, length));
        CHECK_FALSE(names_in(whole.substr(0, length)));
    }
    for (const char* odd : {"", "garbage", "<html>", "7", "[]", "{}", R"({"items":[]})", R"({"items":{},"metadata":{"resourceVersion":"1"}})",
                            R"({"items":[7],"metadata":{"resourceVersion":"1"}})", R"({"items":[{}],"metadata":{"resourceVersion":"1"}})",
                            R"({"items":[{"metadata":{"name":"a"}}],"metadata":{"resourceVersion":"1"}})",
                            "{\"items\":[{\"metadata\":{\"name\":\"\xff\",\"uid\":\"u\"}}],\"metadata\":{\"resourceVersion\":\"1\"}}",
                            R"({"items":[],"metadata":{"resourceVersion":"1"}}{})"}) {
        INFO(odd);
        CHECK_FALSE(names_in(odd));
    }
    CHECK_FALSE(names_in(std::string(100'000, '[')));
}

TEST_CASE("events tell of an object, its end, or a version alone", "[kube_objects]") {
    const std::string object = R"("object":{"kind":"Pod","metadata":{"name":"a","namespace":"shop","uid":"u1","resourceVersion":"7"}}})";
    const std::string added = R"({"type":"ADDED",)" + object;
    const auto there = read_kube_event(added);
    REQUIRE(there);
    CHECK(there->kind == KubeEvent::Kind::there);
    CHECK(there->version == "7");
    CHECK(there->object.name == "a");
    CHECK(there->object.json == added.substr(25, added.size() - 26));
    CHECK(read_kube_event(R"({"type":"DELETED",)" + object)->kind == KubeEvent::Kind::removed);
    const auto bookmark = read_kube_event(R"({"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"8","creationTimestamp":null}}})");
    REQUIRE(bookmark);
    CHECK(bookmark->kind == KubeEvent::Kind::bookmark);
    CHECK(bookmark->version == "8");
}

TEST_CASE("an event that is an error has the code that it says", "[kube_objects]") {
    const auto gone = read_kube_event(R"~({"type":"ERROR","object":{"kind":"Status","message":"too old resource version: 1 (2)","reason":"Expired","code":410}})~");
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == Errc::gone);
    CHECK(gone.error().message == "kubernetes says 410: too old resource version: 1 (2)");
    CHECK(read_kube_event(R"({"type":"ERROR","object":{}})").error().code == Errc::bad_reply);
    for (const char* odd : {"", "{}", R"({"type":"ADDED"})", R"({"type":"ADDED","object":{}})", R"({"type":"NEW","object":{"metadata":{"resourceVersion":"1"}}})",
                            R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"1","name":"a"}}})", R"({"type":"ADDED","object":{"metadata)"}) {
        INFO(odd);
        CHECK_FALSE(read_kube_event(odd));
    }
}

}  // namespace setpoint::test
