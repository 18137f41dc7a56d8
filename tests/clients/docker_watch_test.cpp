// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_watch.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <future>

#include "tests/support/fake_engine.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTwo = R"([{"Id": "aa", "Names": ["/cart-1"], "State": "running", "Labels": {"app": "cart"}},
                                 {"Id": "bb", "Names": ["/web-1"], "State": "running", "Labels": {"app": "web", "tier": "front"}}])";

std::string event(const char* action, const char* id, const char* more = "") {
    return std::string{R"({"Type":"container","Action":")"} + action + R"(","Actor":{"ID":")" + id + R"(","Attributes":{"app":"cart")" +
           more + "}}}\n";
}

/// A stream of events that the test writes itself, in front of a fake Engine.
struct Stream final : HttpClient {
    explicit Stream(IoThread& thread) : io(thread) {}
    void send(HttpRequest request, Done done) override {
        io.post([this, request = std::move(request), done = std::move(done)] {
            piece = request.stream;
            end = done;
            if (works) piece({});
            else done(HttpResponse{404, "no events here"});
        });
    }
    IoThread& io;
    std::function<void(std::string_view)> piece;
    Done end;
    bool works = true;
};

struct Bench {
    explicit Bench(bool events = true) {
        log->script["/containers/json"] = {{200, kTwo}};
        const auto fake = [&] { return std::make_unique<test::FakeEngine>(io, log); };
        auto events_of_test = std::make_unique<Stream>(io);
        stream = events_of_test.get();
        stream->works = events;
        docker = std::make_unique<DockerClient>(io, DockerClient::Lanes{fake(), fake(), fake(), fake(), std::move(events_of_test)});
        watch = std::make_unique<DockerWatch>(io, *docker);
        settle();
    }
    ~Bench() {
        watch.reset();
        io.run([this] { stream->end = nullptr; });
        docker.reset();
    }
    void settle() {
        for (int i = 0; i < 20; ++i) io.run([] {});
    }
    std::vector<std::string> names(std::vector<std::string> labels) {
        // Shared: it outlives this call by as much as its setting takes.
        const auto told = std::make_shared<std::promise<std::vector<std::string>>>();
        io.run([&] {
            watch->list(labels, Deadline{2s}, [told](Result<DockerWatch::Containers> containers) {
                std::vector<std::string> found;
                if (containers) for (const auto& container : *containers) found.push_back(container.name);
                else found.push_back(containers.error().message);
                told->set_value(std::move(found));
            });
        });
        return told->get_future().get();
    }
    void say(const std::string& text) {
        io.run([&] { stream->piece(text); });
    }
    std::size_t lists() {
        const std::lock_guard guard{log->lock};
        return static_cast<std::size_t>(std::ranges::count_if(log->asked, [](const auto& asked) { return asked.find("/containers/json") != std::string::npos; }));
    }

    std::shared_ptr<test::FakeEngine::Log> log = std::make_shared<test::FakeEngine::Log>();
    IoThread io;
    Stream* stream = nullptr;
    std::unique_ptr<DockerClient> docker;
    std::unique_ptr<DockerWatch> watch;
};

}  // namespace

TEST_CASE("one list answers everybody until an event says that something changed", "[docker_watch]") {
    Bench bench;
    CHECK(bench.names({"app=cart"}) == std::vector<std::string>{"cart-1"});
    CHECK(bench.names({"app=web", "tier"}) == std::vector<std::string>{"web-1"});
    CHECK(bench.names({"app=web", "tier=back"}).empty());
    CHECK(bench.lists() == 1);
    bench.say(event("start", "cc"));
    CHECK(bench.names({"app=cart"}).size() == 1);
    CHECK(bench.lists() == 2);
    bench.io.run([&] { bench.watch->changed(); });
    CHECK(bench.names({"app=cart"}).size() == 1);
    CHECK(bench.lists() == 3);
}

TEST_CASE("a list that is on its way is waited for: the one before it is old", "[docker_watch]") {
    Bench bench;
    CHECK(bench.names({"app=cart"}).size() == 1);
    bench.log->script["/containers/json"] = {{200, R"([{"Id": "aa", "Names": ["/cart-1"], "State": "running", "Labels": {"app": "cart"}},
        {"Id": "cc", "Names": ["/cart-2"], "State": "running", "Labels": {"app": "cart"}}])"}};
    std::vector<std::size_t> sizes;
    const auto both = std::make_shared<std::promise<void>>();
    const auto count = [&sizes, both](const Result<DockerWatch::Containers>& containers) {
        sizes.push_back(containers ? containers->size() : 0);
        if (sizes.size() == 2) both->set_value();
    };
    bench.io.run([&] {
        bench.watch->changed();
        bench.watch->list({"app=cart"}, Deadline{2s}, count);
        bench.watch->list({"app=cart"}, Deadline{2s}, count);
    });
    both->get_future().get();
    bench.settle();
    CHECK(sizes == std::vector<std::size_t>{2, 2});
    CHECK(bench.lists() == 2);
}

TEST_CASE("without events every question is asked anew", "[docker_watch]") {
    Bench bench{false};
    CHECK(bench.names({"app=cart"}).size() == 1);
    CHECK(bench.names({"app=cart"}).size() == 1);
    CHECK(bench.lists() == 2);
    bench.io.run([&] { CHECK(bench.watch->stretch() == 0); });
}

TEST_CASE("a list that fails is nobody's", "[docker_watch]") {
    Bench bench;
    bench.log->script["/containers/json"] = {{500, R"({"message": "out of order"})"}, {200, kTwo}};
    CHECK_THAT(bench.names({"app=cart"}).at(0), Catch::Matchers::Contains("out of order"));
    CHECK(bench.names({"app=cart"}) == std::vector<std::string>{"cart-1"});
}

TEST_CASE("events reach those whose containers they are of, in whatever pieces they come", "[docker_watch]") {
    Bench bench;
    std::vector<std::string> cart;
    int web = 0;
    DockerWatch::Subscription one;
    DockerWatch::Subscription other;
    bench.io.run([&] {
        one = bench.watch->on_event({"app=cart"}, [&](const EngineEvent& event) { cart.push_back(event.action); });
        other = bench.watch->on_event({"app=web"}, [&](const EngineEvent&) { ++web; });
    });
    const auto two = event("start", "cc") + event("die", "cc");
    bench.say(two.substr(0, 30));
    bench.say(two.substr(30, 100));
    bench.say(two.substr(130));
    CHECK(cart == std::vector<std::string>{"start", "die"});
    CHECK(web == 0);
    SECTION("what cannot be read may have been anybody's") {
        bench.say("not JSON\n" + std::string(DockerEvents::kLongestLine + 1, 'x') + "\n");
        CHECK(cart.size() == 4);
        CHECK(web == 2);
    }
    SECTION("who went hears no more") {
        bench.io.run([&] { one.reset(); });
        bench.say(event("start", "dd"));
        CHECK(cart.size() == 2);
    }
}

TEST_CASE("a container that somebody told to end is known, in one stretch of the events", "[docker_watch]") {
    Bench bench;
    const auto told = [&](const char* id) {
        bool answer = false;
        bench.io.run([&] { answer = bench.watch->told_to_end(id); });
        return answer;
    };
    bench.say(event("die", "aa") + event("kill", "bb", R"(,"signal":"15")") + event("die", "bb") + event("kill", "cc", R"(,"signal":"1")"));
    CHECK_FALSE(told("aa"));
    CHECK(told("bb"));
    CHECK_FALSE(told("cc"));  // told to reload
    bench.say(event("start", "bb"));
    CHECK_FALSE(told("bb"));
    bench.io.run([&] {
        CHECK(bench.watch->stretch() == 1);
        bench.stream->end(HttpResponse{200, {}});
    });
    bench.settle();
    bench.io.run([&] { CHECK(bench.watch->stretch() == 0); });
}

}  // namespace setpoint
