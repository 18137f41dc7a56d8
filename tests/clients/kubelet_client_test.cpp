// SPDX-License-Identifier: Apache-2.0
#include "clients/kubelet_client.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <vector>

#include "tests/support/fake_kubelets.hpp"
#include "tests/support/temporary_folder.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

const KubeNode kNode{"10.1.2.3", 10250};

Result<std::string> ask(IoThread& io, KubeletClient& client, const KubeNode& node = kNode) {
    std::promise<Result<std::string>> answered;
    io.run([&] { client.get(node, "/metrics/resource", 5s, [&](Result<std::string> answer) { answered.set_value(std::move(answer)); }); });
    return answered.get_future().get();
}

struct Room {
    explicit Room(const KubeCredentials& credentials = {}) : kubelets(io), client(kubelets.client(credentials)) {}
    IoThread io;
    FakeKubelets kubelets;
    std::unique_ptr<KubeletClient> client;
};

std::string header(const HttpRequest& request, const std::string& name) {
    for (const auto& [field, value] : request.headers) {
        if (field == name) return value;
    }
    return {};
}

Error error_of(int status, const std::string& body = {}) {
    Room room;
    room.kubelets.answers(kNode.address, HttpResponse{status, body});
    const auto answer = ask(room.io, *room.client);
    REQUIRE_FALSE(answer);
    return answer.error();
}

}  // namespace

TEST_CASE("a kubelet is asked over one connection, with our token", "[kubelet_client]") {
    Room room{{"secret", {}, {}}};
    for (const auto* text : {"one", "two"}) room.kubelets.answers(kNode.address, HttpResponse{200, text});
    CHECK(ask(room.io, *room.client) == std::string{"one"});
    CHECK(ask(room.io, *room.client) == std::string{"two"});
    const auto asked = room.kubelets.asked(2);
    CHECK(room.kubelets.opened() == 1);
    CHECK(asked[0].at == "10.1.2.3:10250");
    CHECK(asked[0].request.target == "/metrics/resource");
    CHECK(header(asked[1].request, "Authorization") == "Bearer secret");
    CHECK(asked[0].request.max_body == KubeletClient::kLargest);
    room.kubelets.answers("10.9.9.9", HttpResponse{200, "three"});
    CHECK(ask(room.io, *room.client, {"10.9.9.9", 10250}) == std::string{"three"});
    CHECK(room.kubelets.opened() == 2);
}

TEST_CASE("without a token none is sent, and a rotated one is read anew", "[kubelet_client]") {
    Room none;
    none.kubelets.answers(kNode.address, HttpResponse{200, ""});
    CHECK(ask(none.io, *none.client));
    CHECK(header(none.kubelets.asked(1)[0].request, "Authorization").empty());

    const TemporaryFolder folder;
    const auto file = (folder.path() / "token").string();
    std::ofstream{file} << "old";
    Room room{{{}, file, {}}};
    for (int i = 0; i < 2; ++i) room.kubelets.answers(kNode.address, HttpResponse{401, "Unauthorized"});
    CHECK_FALSE(ask(room.io, *room.client));
    std::ofstream{file} << "new";
    CHECK_FALSE(ask(room.io, *room.client));
    CHECK(header(room.kubelets.asked(2)[1].request, "Authorization") == "Bearer new");
    std::filesystem::remove(file);
    const auto answer = ask(room.io, *room.client);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message.starts_with("the agent's own token: "));
}

TEST_CASE("what a kubelet refuses says what to do about it", "[kubelet_client]") {
    const auto forbidden = error_of(403, "Forbidden (user=system:serviceaccount:setpoint:setpoint, verb=get, resource=nodes, subresource=metrics)\n");
    CHECK(forbidden.code == Errc::refused);
    CHECK(forbidden.message ==
          "it says 403: the agent lacks the permission to `get` nodes/metrics, which `setpoint rbac --kubelets` prints: Forbidden "
          "(user=system:serviceaccount:setpoint:setpoint, verb=get, resource=nodes, subresource=metrics)");
    CHECK(error_of(401, "Unauthorized").code == Errc::refused);
    CHECK(error_of(401).message == "it says 401: it does not know the agent's token (a kubelet asks the API server with authentication.webhook)");
    CHECK(error_of(404, "404 page not found").code == Errc::no_data);
    CHECK(error_of(404).message == "it says 404: it has no /metrics/resource, which kubelets have since Kubernetes 1.18");
    CHECK(error_of(500, "a\x1b[31mb\nc").code == Errc::bad_reply);
    CHECK(error_of(500, "a\x1b[31mb\nc").message == "it says 500: a [31mb c");
    CHECK(error_of(302).message == "it says 302");
    CHECK(error_of(500, std::string(100'000, 'x')).message.size() < 600);
}

TEST_CASE("32 kubelets are asked at a time, the others in the order in which they were asked for", "[kubelet_client]") {
    Room room;
    const auto address = [](std::size_t i) { return "10.1.0." + std::to_string(i); };
    std::vector<std::promise<Result<std::string>>> answers(41);
    std::vector<std::future<Result<std::string>>> told;
    for (auto& answer : answers) told.push_back(answer.get_future());
    const auto get = [&](std::size_t i, Duration deadline) {
        room.client->get({address(i), 10250}, "/metrics/resource", deadline, [&, i](Result<std::string> answer) { answers[i].set_value(std::move(answer)); });
    };
    room.io.run([&] {
        for (std::size_t i = 0; i < 40; ++i) get(i, 20s);
        get(40, 50ms);
    });
    REQUIRE(room.kubelets.asked(32).size() == 32);
    const auto late = told[40].get();
    REQUIRE_FALSE(late);
    CHECK(late.error().code == Errc::timed_out);
    CHECK(late.error().message == "it had no turn in time: 32 other kubelets were being asked");
    for (const std::size_t i : {7U, 3U}) {
        room.kubelets.answers(address(i), HttpResponse{200, "read"});
        CHECK(told[i].get() == std::string{"read"});
    }
    const auto asked = room.kubelets.asked(34);
    REQUIRE(asked.size() == 34);
    CHECK(asked[32].at == "10.1.0.32:10250");
    CHECK(asked[33].at == "10.1.0.33:10250");
    room.client.reset();
    CHECK(told[39].get().error().message == "the agent is stopping");
}

TEST_CASE("the transport's troubles, and those of opening it, are handed on", "[kubelet_client]") {
    Room room;
    room.kubelets.answers(kNode.address, fail(Errc::unreachable, "10.1.2.3:10250: its certificate does not verify"));
    CHECK(ask(room.io, *room.client).error().message == "10.1.2.3:10250: its certificate does not verify");
    KubeletClient closed{room.io, [](const KubeNode&) -> Result<std::unique_ptr<HttpClient>> { return fail(Errc::bad_config, "no such CA"); },
                         std::move(*kube_token(room.io, {}))};
    CHECK(ask(room.io, closed).error().message == "no such CA");
}

}  // namespace setpoint::test
