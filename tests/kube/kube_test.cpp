// SPDX-License-Identifier: Apache-2.0
// Against a real API server, which tests/e2e/kube_client.py brings up and whose folder is in SETPOINT_CLUSTER.
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <future>
#include <mutex>
#include <optional>

#include "agent/live/kubeconfig.hpp"
#include "clients/deadline.hpp"
#include "clients/kube_pods.hpp"
#include "clients/kube_watch.hpp"
#include "clients/reply_json.hpp"
#include "tests/support/temporary_folder.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

const KubeResource kDeployments{"apps", "v1", "deployments"};
const KubeResource kConfigMaps{"", "v1", "configmaps"};
const KubeResource kNamespaces{"", "v1", "namespaces"};
const KubeResource kPods{"", "v1", "pods"};
constexpr Duration kAtMost = 60s;

std::string folder() {
    const char* set = std::getenv("SETPOINT_CLUSTER");
    REQUIRE(set != nullptr);
    return set;
}

/// `tests/cluster VERB PROGRAM`, of that cluster; what it says goes nowhere.
void program(const std::string& verb, const std::string& name) {
    REQUIRE(std::system(("'" SETPOINT_SOURCE "/tests/cluster' " + verb + " " + name).c_str()) == 0);
}

KubeAccess access() {
    const auto file = folder() + "/kubeconfig";
    const auto read = read_kubeconfig([&](const char* name) { return std::string_view{name} == "KUBECONFIG" ? file.c_str() : nullptr; }, "");
    REQUIRE(read);
    return *read;
}

/// The same server, by a token in a file.
KubeAccess by_token(const std::string& file) {
    auto with = access();
    with.tls.certificate_file.clear();
    with.tls.key_file.clear();
    with.credentials.token_file = file;
    return with;
}

template <class T = std::string, class Call>
Result<T> answer_of(const Call& call) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    call([promise](Result<T> result) { promise->set_value(std::move(result)); });
    return promise->get_future().get();
}

Result<std::string> get(KubeClient& kube, const std::string& path) {
    return answer_of([&](auto done) { kube.get(path, 5s, done); });
}
Result<std::string> create(KubeClient& kube, const std::string& path, const std::string& json) {
    return answer_of([&](auto done) { kube.create(path, json, 10s, done); });
}
Result<std::string> patch(KubeClient& kube, const std::string& path, const std::string& json) {
    return answer_of([&](auto done) { kube.patch(path, KubeClient::Patch::merge, json, 10s, done); });
}

std::string version_of(const std::string& object) {
    return reply_json::text(reply_json::member(*reply_json::read(object), "metadata", "resourceVersion"));
}

/// A namespace of one's own, and a client.
class Room {
public:
    Room() : kube(std::move(*KubeClient::connect(io, access()))) {
        static int rooms = 0;
        ns = "room-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count() % 1'000'000'000) + "-" + std::to_string(++rooms);
        REQUIRE(create(*kube, kube_path(kNamespaces, ""), R"({"metadata":{"name":")" + ns + "\"}}"));
    }

    void make(const std::string& name, const std::string& value) {
        REQUIRE(create(*kube, kube_path(kConfigMaps, ns), R"({"metadata":{"name":")" + name + R"("},"data":{"value":")" + value + "\"}}"));
    }
    /// Tried again where the server is just back: what is sent on a connection that it closed meanwhile is lost.
    void change(const std::string& name, const std::string& value) {
        const Deadline soon{kAtMost};
        for (;;) {
            const auto changed = patch(*kube, kube_path(kConfigMaps, ns, name), R"({"data":{"value":")" + value + "\"}}");
            if (changed) return;
            INFO(changed.error().message);
            REQUIRE(changed.error().code == Errc::unreachable);
            REQUIRE(soon.left() > 0ms);
        }
    }

    IoThread io;
    std::unique_ptr<KubeClient> kube;
    std::string ns;
};

Result<std::string> value_in(std::string_view json) {
    const auto read = reply_json::read(json);
    if (!read) return tl::unexpected(read.error());
    return reply_json::text(reply_json::member(*read, "data", "value"));
}

/// Watches the config maps of a room, and waits for what they say.
class Values {
public:
    explicit Values(Room& room, KubeFeed::Settings settings = {}) : room_(room) {
        room_.io.run([&] {
            watch.emplace(room_.io, *room_.kube, KubeSelection{kConfigMaps, room_.ns}, value_in, settings);
            hearing_ = watch->on_change([this](const auto&) {
                const std::lock_guard guard{lock_};
                values_.clear();
                watch->each([this](const std::string& key, const auto& item) { values_[key.substr(key.find('/') + 1)] = item.value; });
                came_.notify_all();
            });
        });
    }
    ~Values() { room_.io.run([this] { hearing_.reset(); }); }

    bool become(const std::map<std::string, std::string>& wanted) {
        std::unique_lock guard{lock_};
        return came_.wait_for(guard, kAtMost, [&] {
            auto own = values_;
            own.erase("kube-root-ca.crt");  // the controller manager makes one
            return own == wanted;
        });
    }

    std::optional<KubeWatch<std::string>> watch;

private:
    Room& room_;
    KubeWatch<std::string>::Subscription hearing_;
    std::mutex lock_;
    std::condition_variable came_;
    std::map<std::string, std::string> values_;
};

std::string deployment(const std::string& name) {
    return R"({"metadata":{"name":")" + name + R"("},"spec":{"replicas":2,"selector":{"matchLabels":{"app":")" + name +
           R"("}},"template":{"metadata":{"labels":{"app":")" + name + R"("}},"spec":{"containers":[{"name":"app","image":"none"}]}}}})";
}

}  // namespace

TEST_CASE("a scale is set by compare-and-swap", "[cluster]") {
    Room room;
    REQUIRE(create(*room.kube, kube_path(kDeployments, room.ns), deployment("cart")));
    const auto path = kube_path(kDeployments, room.ns, "cart", "scale");
    const auto seen = get(*room.kube, path);
    REQUIRE(seen);
    const auto wish = [&](int size) { return R"({"metadata":{"resourceVersion":")" + version_of(*seen) + R"("},"spec":{"replicas":)" + std::to_string(size) + "}}"; };
    REQUIRE(patch(*room.kube, path, wish(5)));
    const auto late = patch(*room.kube, path, wish(7));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == Errc::conflict);
    CHECK(get(*room.kube, path)->find(R"("replicas":5)") != std::string::npos);
    CHECK(create(*room.kube, kube_path(kDeployments, room.ns), deployment("cart")).error().code == Errc::conflict);
    CHECK(get(*room.kube, kube_path(kDeployments, room.ns, "nothing", "scale")).error().code == Errc::no_data);
    CHECK(patch(*room.kube, path, R"({"spec":{"replicas":-1}})").error().code == Errc::refused);
}

TEST_CASE("lists come in pages, and a watch goes on from them", "[cluster]") {
    Room room;
    std::map<std::string, std::string> all;
    std::vector<std::future<Result<std::string>>> made;
    for (int i = 0; i < KubeClient::kPage + 20; ++i) {
        const auto name = "m" + std::to_string(i);
        all[name] = "1";
        auto promise = std::make_shared<std::promise<Result<std::string>>>();
        made.push_back(promise->get_future());
        room.kube->create(kube_path(kConfigMaps, room.ns), R"({"metadata":{"name":")" + name + R"("},"data":{"value":"1"}})", kAtMost,
                          [promise](Result<std::string> result) { promise->set_value(std::move(result)); });
    }
    for (auto& one : made) REQUIRE(one.get());
    Values values{room};
    CHECK(values.become(all));
    room.change("m3", all["m3"] = "2");
    REQUIRE(answer_of<void>([&](auto done) { room.kube->remove(kube_path(kConfigMaps, room.ns, "m4"), 5s, done); }));
    all.erase("m4");
    CHECK(values.become(all));
}

TEST_CASE("pods are read as the API server writes them", "[cluster]") {
    Room room;
    const auto made = create(*room.kube, kube_path(kPods, room.ns), R"({"metadata":{"name":"a","labels":{"app":"cart"}},"spec":{"automountServiceAccountToken":false,
        "containers":[{"name":"app","image":"none","resources":{"requests":{"cpu":"250m","memory":"64Mi"}}},
                      {"name":"side","image":"none","resources":{"requests":{"cpu":"50m"}}}]}})");
    REQUIRE(made);
    auto reader = KubePodReader{};
    const auto pod = reader.read(*made);
    REQUIRE(pod);
    CHECK(pod->phase == PodPhase::pending);
    CHECK(pod->made_from->requests.cpu == 0.3);
    CHECK_FALSE(pod->made_from->requests.memory);
    CHECK(pod->made_from->labels.at("app") == "cart");
    std::promise<void> came;
    std::unique_ptr<KubePods> pods;
    KubePods::Subscription hearing;
    room.io.run([&] {
        pods = watch_pods(room.io, *room.kube, room.ns);
        hearing = pods->on_change([&](const KubePods::Change& change) {
            if (change.key == room.ns + "/a" && change.before == nullptr) came.set_value();
        });
    });
    CHECK(came.get_future().wait_for(kAtMost) == std::future_status::ready);
    room.io.run([&] { hearing.reset(); });
}

TEST_CASE("a watch survives that the API server is killed and started", "[cluster]") {
    Room room;
    room.make("a", "1");
    Values values{room};
    REQUIRE(values.become({{"a", "1"}}));
    program("halt", "apiserver");
    CHECK_FALSE(get(*room.kube, kube_path(kConfigMaps, room.ns, "a")));
    program("start", "apiserver");
    room.change("a", "2");
    CHECK(values.become({{"a", "2"}}));
}

TEST_CASE("a version that etcd keeps no more is 410, and a watch lists anew", "[cluster]") {
    Room room;
    room.make("a", "1");
    const auto list = answer_of([&](auto done) { room.kube->list({kConfigMaps, room.ns}, "", 5s, done); });
    REQUIRE(list);
    Values values{room};
    REQUIRE(values.become({{"a", "1"}}));
    // The server's own cache begins anew with it, and what came before is not in etcd either.
    room.change("a", "2");
    program("compact", "etcd");
    program("halt", "apiserver");
    program("start", "apiserver");
    room.change("a", "3");
    CHECK(values.become({{"a", "3"}}));
    auto promise = std::make_shared<std::promise<Result<void>>>();
    KubeClient::Watching watching;
    std::string said;
    room.io.run([&] {
        watching = room.kube->watch({kConfigMaps, room.ns}, version_of(*list), 5s, [&](std::string_view piece) { said += piece; },
                                    [promise](Result<void> end) { promise->set_value(std::move(end)); });
    });
    const auto end = promise->get_future().get();
    const bool in_answer = !end && end.error().code == Errc::gone;
    const bool in_stream = said.find("\"code\":410") != std::string::npos;
    CHECK((in_answer || in_stream));
    room.io.run([&] { watching.reset(); });
}

TEST_CASE("a token that is replaced is used at once, and a poor one is told what it lacks", "[cluster]") {
    TemporaryFolder temporary;
    const auto file = (temporary.path() / "token").string();
    const auto write = [&](const char* token) { std::ofstream{file} << token << '\n'; };
    Room room;
    room.make("a", "1");
    write("first-token");
    const auto kube = std::move(*KubeClient::connect(room.io, by_token(file)));
    const auto path = kube_path(kConfigMaps, room.ns, "a");
    CHECK(get(*kube, path));
    write("expired-token");
    CHECK(get(*kube, path).error().message.find("401") != std::string::npos);
    write("poor-token");
    const auto poor = get(*kube, path);
    REQUIRE_FALSE(poor);
    CHECK(poor.error().code == Errc::refused);
    CHECK(poor.error().message.find("User \"poor\" cannot get resource \"configmaps\"") != std::string::npos);
    write("second-token");
    CHECK(get(*kube, path));
}

TEST_CASE("a server of another CA is not talked to", "[cluster]") {
    IoThread io;
    auto other = access();
    other.tls.ca_file = kSystemRoots;
    const auto kube = std::move(*KubeClient::connect(io, other));
    CHECK(get(*kube, "/version").error().code == Errc::unreachable);
    auto named = access();
    named.server_name = "elsewhere.example";
    CHECK(get(**KubeClient::connect(io, named), "/version").error().code == Errc::unreachable);
    named.server_name = "kubernetes.default.svc";
    CHECK(get(**KubeClient::connect(io, named), "/version"));
}

TEST_CASE("a server that says nothing any more is noticed, and what was missed is found", "[cluster]") {
    Room room;
    room.make("a", "1");
    KubeFeed::Settings settings;
    settings.silence = 3s;
    settings.list = 3s;
    Values values{room, settings};
    REQUIRE(values.become({{"a", "1"}}));
    REQUIRE(std::system(("kill -STOP $(cat '" + folder() + "/apiserver.pid')").c_str()) == 0);
    const Deadline soon{kAtMost};
    bool noticed = false;
    while (!noticed) {
        REQUIRE(soon.left() > 0ms);
        room.io.run([&] { noticed = values.watch->trouble().has_value(); });
    }
    REQUIRE(std::system(("kill -CONT $(cat '" + folder() + "/apiserver.pid')").c_str()) == 0);
    room.change("a", "2");
    CHECK(values.become({{"a", "2"}}));
}

}  // namespace setpoint::test
