// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_watch.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "clients/reply_json.hpp"
#include "tests/support/fake_kube.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using Answer = FakeKube::Answer;

std::string object(const std::string& name, const std::string& uid, int version, int size) {
    return R"({"metadata":{"namespace":"shop","name":")" + name + R"(","uid":")" + uid + R"(","resourceVersion":")" + std::to_string(version) +
           R"("},"size":)" + std::to_string(size) + "}";
}

Answer list(const std::vector<std::string>& objects, int version, const std::string& more = {}) {
    std::string items;
    for (const auto& one : objects) items += (items.empty() ? "" : ",") + one;
    return {200, R"({"items":[)" + items + R"(],"metadata":{"resourceVersion":")" + std::to_string(version) + R"(","continue":")" + more + R"("}})"};
}

std::string event(const std::string& type, const std::string& about) { return R"({"type":")" + type + R"(","object":)" + about + "}\n"; }

/// A watch that says `pieces` and goes on.
Answer says(std::vector<std::string> pieces) { return {200, "", std::move(pieces), false}; }
/// One that ends after them.
Answer ends(std::vector<std::string> pieces) { return {200, "", std::move(pieces), true}; }

Result<int> size_in(std::string_view json) {
    const auto read = reply_json::read(json);
    if (!read) return tl::unexpected(read.error());
    const auto size = reply_json::count(reply_json::member(*read, "size"));
    if (!size) return fail(Errc::bad_reply, "no size");
    return static_cast<int>(*size);
}

KubeFeed::Settings quick() {
    KubeFeed::Settings settings;
    settings.first_pause = 1ms;
    settings.longest_pause = 2ms;
    return settings;
}

/// A watch of sizes on a fake server, and all it told: `shop/a 1`, `shop/a 1>2`, `shop/a 2>`.
class Watched {
public:
    explicit Watched(std::vector<Answer> answers, KubeFeed::Settings settings = quick()) : kube(io, std::move(answers)) {
        io.run([&] {
            watch.emplace(io, kube.client(), KubeSelection{{"apps", "v1", "deployments"}, "shop"}, size_in, settings);
            hearing = watch->on_change([this](const KubeWatch<int>::Change& change) {
                const auto before = change.before == nullptr ? "" : std::to_string(change.before->value) + ">";
                const std::lock_guard guard{lock};
                told.push_back(change.key + " " + before + (change.now == nullptr ? "" : std::to_string(change.now->value)));
                came.notify_all();
            });
        });
    }
    ~Watched() { io.run([this] { hearing.reset(); }); }

    /// All that was told, once it is so much.
    std::vector<std::string> heard(std::size_t count) {
        std::unique_lock guard{lock};
        came.wait_for(guard, 20s, [&] { return told.size() >= count; });
        return told;
    }

    IoThread io;
    FakeKube kube;
    std::mutex lock;
    std::condition_variable came;
    std::vector<std::string> told;
    KubeWatch<int>::Subscription hearing;
    std::optional<KubeWatch<int>> watch;
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("what a list of two pages names is there, and then what changes", "[kube_watch]") {
    Watched watched{{list({object("a", "u1", 1, 1)}, 5, "next"), list({object("b", "u2", 2, 2)}, 5),
                     says({event("MODIFIED", object("a", "u1", 6, 3)), event("DELETED", object("b", "u2", 7, 2)) + event("ADDED", object("c", "u3", 8, 4))})}};
    CHECK(watched.heard(5) == Told{"shop/a 1", "shop/b 2", "shop/a 1>3", "shop/b 2>", "shop/c 4"});
    const auto asked = watched.kube.asked(3);
    CHECK(asked[1].target.find("&continue=next") != std::string::npos);
    CHECK(asked[2].target.find("&watch=true&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=") != std::string::npos);
    watched.io.run([&] {
        CHECK(watched.watch->listed());
        CHECK_FALSE(watched.watch->trouble());
        CHECK(watched.watch->size() == 2);
        CHECK(watched.watch->find("shop/a")->value == 3);
        CHECK(watched.watch->find("shop/b") == nullptr);
    });
}

TEST_CASE("pieces of any size make the same events", "[kube_watch]") {
    std::vector<std::string> pieces;
    for (const char c : event("ADDED", object("a", "u1", 6, 3)) + "\n" + event("MODIFIED", object("a", "u1", 7, 4))) pieces.emplace_back(1, c);
    Watched watched{{list({}, 5), says(pieces)}};
    CHECK(watched.heard(2) == Told{"shop/a 3", "shop/a 3>4"});
}

TEST_CASE("events that come twice, late, or of one that is gone change nothing", "[kube_watch]") {
    const auto now = event("MODIFIED", object("a", "u1", 8, 3));
    Watched watched{{list({object("a", "u1", 5, 1), object("b", "u2", 5, 2)}, 5),
                     says({now, now, event("MODIFIED", object("a", "u1", 7, 9)), event("DELETED", object("b", "u2", 9, 2)),
                           event("MODIFIED", object("b", "u2", 8, 9)), event("DELETED", object("b", "u2", 9, 2)), event("ADDED", object("b", "u4", 10, 5)),
                           event("DELETED", object("b", "u2", 9, 2)), event("ADDED", object("z", "u9", 11, 0))})}};
    CHECK(watched.heard(6) == Told{"shop/a 1", "shop/b 2", "shop/a 1>3", "shop/b 2>", "shop/b 5", "shop/z 0"});
}

TEST_CASE("one that was made anew under its name is gone, then new", "[kube_watch]") {
    Watched watched{{list({object("a", "u1", 5, 1)}, 5), says({event("ADDED", object("a", "u2", 6, 7))})}};
    CHECK(watched.heard(3) == Told{"shop/a 1", "shop/a 1>", "shop/a 7"});
}

TEST_CASE("a watch that ended goes on from the last version, bookmarks included", "[kube_watch]") {
    Watched watched{{list({}, 5), ends({event("ADDED", object("a", "u1", 6, 1)), R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"40"}}})" "\n"}),
                     Answer{0}, Answer{429}, Answer{401}, says({event("MODIFIED", object("a", "u1", 41, 2))})}};
    CHECK(watched.heard(2) == Told{"shop/a 1", "shop/a 1>2"});
    const auto asked = watched.kube.asked(6);
    for (std::size_t i = 2; i < 6; ++i) CHECK(asked[i].target.find("resourceVersion=40&") != std::string::npos);
}

TEST_CASE("after 410, in either form, the list is made anew and what it does not name is gone", "[kube_watch]") {
    const auto gone = GENERATE(Answer{410, "{}"}, says({R"({"type":"ERROR","object":{"code":410,"message":"too old"}})" "\n"}));
    Watched watched{{list({object("a", "u1", 1, 1), object("b", "u2", 2, 2)}, 5), gone, list({object("b", "u2", 9, 3)}, 9), says({})}};
    CHECK(watched.heard(4) == Told{"shop/a 1", "shop/b 2", "shop/b 2>3", "shop/a 1>"});
    CHECK(watched.kube.asked(4)[3].target.find("resourceVersion=9&") != std::string::npos);
}

TEST_CASE("an event that cannot be read leads to a new list", "[kube_watch]") {
    Watched watched{{list({object("a", "u1", 1, 1)}, 5), says({"{\"type\":\"ADD\n"}), list({object("a", "u1", 6, 2)}, 6), says({})}};
    CHECK(watched.heard(2) == Told{"shop/a 1", "shop/a 1>2"});
}

TEST_CASE("a watch that says nothing is not trusted for long", "[kube_watch]") {
    auto settings = quick();
    settings.silence = 20ms;
    Watched watched{{list({object("a", "u1", 1, 1)}, 5), says({}), list({object("a", "u1", 6, 2)}, 6)}, settings};
    CHECK(watched.heard(2) == Told{"shop/a 1", "shop/a 1>2"});
}

TEST_CASE("a server that went back in time is listed anew, and believed", "[kube_watch]") {
    Watched watched{{list({object("a", "u1", 50, 1)}, 50), says({R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}})" "\n"}),
                     list({object("a", "u1", 6, 2)}, 7), says({})}};
    CHECK(watched.heard(2) == Told{"shop/a 1", "shop/a 1>2"});
}

TEST_CASE("a list that fails keeps what is known, and says why", "[kube_watch]") {
    Watched watched{{list({object("a", "u1", 1, 1)}, 5), Answer{410, ""}, Answer{500, "boom"}, Answer{200, "garbage"},
                     list({object("b", "u2", 6, 2)}, 6, "next"), Answer{403, R"({"message":"pods is forbidden"})"}}};
    CHECK(watched.heard(2) == Told{"shop/a 1", "shop/b 2"});
    watched.kube.asked(7);  // it tries again
    watched.io.run([&] {
        CHECK(watched.watch->find("shop/a") != nullptr);
        REQUIRE(watched.watch->trouble());
        CHECK(watched.watch->trouble()->message == "kubernetes says 403: pods is forbidden");
    });
}

TEST_CASE("an object that cannot be reduced is counted, and what was known of it stays", "[kube_watch]") {
    const auto odd = R"({"metadata":{"namespace":"shop","name":"a","uid":"u1","resourceVersion":"7"}})";
    Watched watched{{list({object("a", "u1", 1, 1)}, 5), says({event("MODIFIED", odd), event("ADDED", object("b", "u2", 8, 2))})}};
    CHECK(watched.heard(2) == Told{"shop/a 1", "shop/b 2"});
    watched.io.run([&] {
        CHECK(watched.watch->find("shop/a")->value == 1);
        CHECK(watched.watch->unreadable() == 1);
        CHECK(watched.watch->last_unreadable() == "shop/a: no size");
    });
}

}  // namespace setpoint::test
