// SPDX-License-Identifier: Apache-2.0
#include "actuators/pod_news.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace setpoint;

namespace {

Pod pod(std::uint64_t id, bool ready = false) {
    Pod made;
    made.id = PodId{id};
    made.ready = ready;
    return made;
}

/// `1`, `1 ready` or `1 gone`, in their order.
std::string taken(PodNews& news) {
    std::string words;
    for (const auto& delta : news.take()) {
        words += (words.empty() ? "" : ", ") + std::to_string(static_cast<std::uint64_t>(delta.pod.id));
        words += delta.gone ? " gone" : delta.pod.ready.value_or(false) ? " ready" : "";
    }
    return words;
}

}  // namespace

TEST_CASE("of each pod the last word is told, once", "[pod_news]") {
    PodNews news{TargetId{3}};
    news.there(pod(1));
    news.there(pod(2));
    news.there(pod(1, true));
    CHECK(news.take().at(0).target == TargetId{3});
    CHECK(news.take().empty());
    news.there(pod(2, true));
    news.gone(pod(1));
    CHECK(taken(news) == "2 ready, 1 gone");
    CHECK(taken(news).empty());
}

TEST_CASE("a pod goes before the one that takes its place comes", "[pod_news]") {
    PodNews news{TargetId{0}};
    news.there(pod(1));
    CHECK(taken(news) == "1");
    news.there(pod(1, true));
    news.there(pod(9));
    news.gone(pod(1));
    news.there(pod(2));
    CHECK(taken(news) == "1 gone, 9, 2");
}

TEST_CASE("a pod that went and is back was never away", "[pod_news]") {
    PodNews news{TargetId{0}};
    news.there(pod(1));
    CHECK(taken(news) == "1");
    news.gone(pod(1));
    news.there(pod(1, true));
    CHECK(taken(news) == "1 ready");
    news.gone(pod(1));
    CHECK(taken(news) == "1 gone");
}

TEST_CASE("pods that come and go while nobody asks leave nothing behind", "[pod_news]") {
    PodNews news{TargetId{0}};
    news.there(pod(1));
    CHECK(taken(news) == "1");
    for (std::uint64_t id = 2; id < 10'000; ++id) {
        news.there(pod(id));
        news.there(pod(id, true));
        news.gone(pod(id));
        news.there(pod(1, id % 2 == 0));
    }
    CHECK(news.size() == 1);
    news.gone(pod(1));
    CHECK(taken(news) == "1 gone");
}
