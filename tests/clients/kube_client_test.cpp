// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_client.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <future>

#include "tests/support/fake_kube.hpp"
#include "tests/support/temporary_folder.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

const KubeResource kDeployments{"apps", "v1", "deployments"};

/// The answer to a call, waited for.
template <class T = std::string, class Call>
Result<T> answer_of(const Call& call) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    call([promise](Result<T> result) { promise->set_value(std::move(result)); });
    return promise->get_future().get();
}

std::string header_of(const HttpRequest& request, const std::string& name) {
    for (const auto& [key, value] : request.headers) {
        if (key == name) return value;
    }
    return {};
}

Error error_of(int status, const std::string& body = {}) {
    IoThread io;
    FakeKube kube{io, {{status, body}}};
    const auto answer = answer_of([&](auto done) { kube.client().get("/api/v1/pods", 2s, done); });
    REQUIRE_FALSE(answer);
    return answer.error();
}

}  // namespace

TEST_CASE("paths name group, namespace, object and subresource, escaped", "[kube_client]") {
    CHECK(kube_path(kDeployments, "shop", "cart", "scale") == "/apis/apps/v1/namespaces/shop/deployments/cart/scale");
    CHECK(kube_path({"", "v1", "nodes"}, "", "node1") == "/api/v1/nodes/node1");
    CHECK(kube_path({"", "v1", "pods"}, "") == "/api/v1/pods");
    CHECK(kube_path({"", "v1", "pods"}, "a/b", "../c") == "/api/v1/namespaces/a%2Fb/pods/..%2Fc");
    CHECK(kube_query({{"", "v1", "pods"}, "shop", "app=cart,tier!=x"}) == "/api/v1/namespaces/shop/pods?&labelSelector=app%3Dcart%2Ctier%21%3Dx");
}

TEST_CASE("errors of the API server are told apart, in its own words", "[kube_client]") {
    const auto forbidden = error_of(403, R"({"kind":"Status","message":"pods is forbidden: User \"x\" cannot list resource \"pods\"","code":403})");
    CHECK(forbidden.code == Errc::refused);
    CHECK(forbidden.message == "kubernetes says 403: pods is forbidden: User \"x\" cannot list resource \"pods\"");
    CHECK(error_of(401, R"({"message":"Unauthorized"})").code == Errc::refused);
    CHECK(error_of(404).code == Errc::no_data);
    CHECK(error_of(409).code == Errc::conflict);
    CHECK(error_of(410).code == Errc::gone);
    CHECK(error_of(422).code == Errc::refused);
    CHECK(error_of(429).code == Errc::unreachable);
    CHECK(error_of(503).code == Errc::unreachable);
    CHECK(error_of(500, "a\x01" "b\n").message == "kubernetes says 500: a b");
    CHECK(error_of(500).code == Errc::bad_reply);
    CHECK(error_of(302).code == Errc::refused);
}

TEST_CASE("a list asks for pages, a patch says what kind it is", "[kube_client]") {
    IoThread io;
    FakeKube kube{io, {{200, "{}"}, {200, "{}"}, {200, "{}"}, {404, ""}}};
    auto& client = kube.client();
    CHECK(answer_of([&](auto done) { client.list({kDeployments, "shop"}, "to+ken", 2s, done); }) == "{}");
    CHECK(answer_of([&](auto done) { client.patch("/x", KubeClient::Patch::merge, "{\"a\":1}", 2s, done); }));
    CHECK(answer_of([&](auto done) { client.patch("/x", KubeClient::Patch::json, "[]", 2s, done); }));
    CHECK(answer_of<void>([&](auto done) { client.remove("/x", 2s, done); }));  // it was gone
    const auto asked = kube.asked(4);
    CHECK(asked[0].target == "/prefix/apis/apps/v1/namespaces/shop/deployments?&limit=500&continue=to%2Bken");
    CHECK(asked[1].method == "PATCH");
    CHECK(asked[1].body == "{\"a\":1}");
    CHECK(header_of(asked[1], "Content-Type") == "application/merge-patch+json");
    CHECK(header_of(asked[2], "Content-Type") == "application/json-patch+json");
    CHECK(header_of(asked[0], "Authorization").empty());
    CHECK(asked[3].method == "DELETE");
}

TEST_CASE("a token in a file is read anew, and after a 401 where it changed", "[kube_client]") {
    IoThread io;
    TemporaryFolder folder;
    const auto file = (folder.path() / "token").string();
    const auto write = [&](const char* token) { std::ofstream{file} << token << '\n'; };
    write("one");
    FakeKube kube{io, {{200, "{}"}, {200, "{}"}, {401, ""}}, std::move(*kube_token(io, {{}, file, {}}))};
    const auto get = [&] { return answer_of([&](auto done) { kube.client().get("/x", 2s, done); }); };
    CHECK(get());
    write("two");
    CHECK(get());
    CHECK(get().error().code == Errc::refused);  // the same token still: asked once
    const auto asked = kube.asked(3);
    CHECK(asked.size() == 3);
    CHECK(header_of(asked[0], "Authorization") == "Bearer one");
    CHECK(header_of(asked[1], "Authorization") == "Bearer two");
}

TEST_CASE("a token that cannot be read is said without the request being sent", "[kube_client]") {
    IoThread io;
    CHECK_FALSE(kube_token(io, {{}, "/nowhere/token", {}}));
}

TEST_CASE("who we are in a pod comes from its service account", "[kube_config]") {
    TemporaryFolder folder;
    const auto write = [&](const char* name, const char* text) { std::ofstream{folder.path() / name} << text; };
    const auto outside = [](const char*) -> const char* { return nullptr; };
    const auto inside = [](const char* name) { return std::string_view{name} == "KUBERNETES_SERVICE_HOST" ? "fd00::1" : "443"; };
    CHECK_FALSE(is_in_cluster(outside));
    CHECK(in_cluster(outside, folder.path().string()).error().code == Errc::bad_config);
    CHECK(in_cluster(inside, folder.path().string()).error().message.find("ca.crt") != std::string::npos);
    write("ca.crt", "x");
    CHECK(in_cluster(inside, folder.path().string()).error().message.find("automountServiceAccountToken") != std::string::npos);
    write("token", "secret");
    CHECK(in_cluster(inside, folder.path().string())->own_namespace == "default");
    write("namespace", "shop");
    const auto access = in_cluster(inside, folder.path().string());
    REQUIRE(access);
    CHECK(access->server.host == "fd00::1");
    CHECK(access->server.port == 443);
    CHECK(access->server.tls);
    CHECK(access->own_namespace == "shop");
    CHECK(access->credentials.token.empty());
    CHECK(access->credentials.token_file == (folder.path() / "token").string());
}

}  // namespace setpoint::test
