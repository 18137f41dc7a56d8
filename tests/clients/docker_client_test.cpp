// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_client.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <map>

#include "tests/support/odd_server.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;

Result<DockerEndpoint> endpoint_with(std::map<std::string, std::string> environment) {
    return docker_endpoint([&](const char* name) -> const char* {
        const auto found = environment.find(name);
        return found == environment.end() ? nullptr : found->second.c_str();
    });
}

Result<std::vector<ContainerSummary>> list_on(const std::string& socket) {
    IoThread io;
    DockerEndpoint endpoint;
    endpoint.socket = socket;
    auto docker = DockerClient::connect(io, endpoint);
    std::promise<Result<std::vector<ContainerSummary>>> promise;
    (*docker)->list({"app=cart"}, 300ms, [&](Result<std::vector<ContainerSummary>> list) { promise.set_value(std::move(list)); });
    return promise.get_future().get();
}

/// An Engine that is newer than our API, and answers everything with the same; records what was asked.
class NewerEngine final : public HttpClient {
public:
    NewerEngine(IoThread& io, std::vector<std::string>& asked) : io_(io), asked_(asked) {}
    void send(HttpRequest request, Done done) override {
        asked_.push_back(request.method + " " + request.target);
        io_.post([done = std::move(done)] {
            done(HttpResponse{200, R"({"ApiVersion": "1.47", "MinAPIVersion": "1.24", "ID": "s1", "Version": {"Index": 3},
                                       "Spec": {"Mode": {"Replicated": {"Replicas": 2}}}})"});
        });
    }

private:
    IoThread& io_;
    std::vector<std::string>& asked_;
};

}  // namespace

TEST_CASE("a service is changed in the newest version that the Engine speaks, asked anew each time", "[docker]") {
    std::vector<std::string> asked;
    {
        IoThread io;
        const auto lane = [&] { return std::make_unique<NewerEngine>(io, asked); };
        DockerClient docker{io, DockerClient::Lanes{lane(), lane(), lane(), lane()}};
        const auto ask = [&](DockerClient::Api api) {
            std::promise<bool> promise;
            docker.service("my cart", api, 1s, [&](const Result<ServiceDetails>& service) { promise.set_value(service.has_value()); });
            return promise.get_future().get();
        };
        CHECK(ask(DockerClient::Api::agreed));
        CHECK(ask(DockerClient::Api::agreed));
        CHECK(ask(DockerClient::Api::newest));
        std::promise<bool> promise;
        docker.update_service("s1", 3, "{}", 1s, [&](const Result<void>& updated) { promise.set_value(updated.has_value()); });
        CHECK(promise.get_future().get());
    }
    CHECK(asked == std::vector<std::string>{"GET /version", "GET /v1.41/services/my%20cart", "GET /v1.41/services/my%20cart", "GET /version",
                                            "GET /v1.47/services/my%20cart", "GET /version", "POST /v1.47/services/s1/update?version=3"});
}

TEST_CASE("without DOCKER_HOST the Engine is at its usual socket", "[docker]") {
    const auto endpoint = endpoint_with({});
    REQUIRE(endpoint);
    CHECK(endpoint->socket == "/var/run/docker.sock");
    CHECK_FALSE(endpoint->rest);
    CHECK(endpoint_with({{"DOCKER_HOST", "unix:///run/user/docker.sock"}})->socket == "/run/user/docker.sock");
}

TEST_CASE("DOCKER_HOST names a TCP endpoint, with TLS where it is asked for", "[docker]") {
    const auto plain = endpoint_with({{"DOCKER_HOST", "tcp://10.0.0.7"}});
    REQUIRE(plain);
    CHECK(plain->rest->host == "10.0.0.7");
    CHECK(plain->rest->port == 2375);
    CHECK_FALSE(plain->rest->tls);
    const auto tls = endpoint_with({{"DOCKER_HOST", "tcp://[::1]:4433"}, {"DOCKER_TLS_VERIFY", "1"}, {"DOCKER_CERT_PATH", "/certs"}});
    REQUIRE(tls);
    CHECK(tls->rest->host == "::1");
    CHECK(tls->rest->port == 4433);
    CHECK(tls->rest->tls->ca_file == "/certs/ca.pem");
    CHECK(tls->rest->tls->key_file == "/certs/key.pem");
}

TEST_CASE("a DOCKER_HOST that makes no sense is refused", "[docker]") {
    const auto host = GENERATE("ssh://host", "unix://", "tcp://", "tcp://host:0", "tcp://host:99999", "tcp://host:80x",
                               "tcp://a/b", "tcp://[::1", "tcp://[::1]80", "cart");
    INFO(host);
    CHECK(endpoint_with({{"DOCKER_HOST", host}}).error().code == Errc::bad_config);
}

TEST_CASE("TLS files that are not there are an error at the start", "[docker]") {
    IoThread io;
    const auto endpoint = endpoint_with({{"DOCKER_HOST", "tcp://127.0.0.1:1"}, {"DOCKER_TLS_VERIFY", "1"}, {"DOCKER_CERT_PATH", "/nonexistent"}});
    const auto docker = DockerClient::connect(io, *endpoint);
    REQUIRE_FALSE(docker);
    CHECK(docker.error().code == Errc::bad_config);
}

TEST_CASE("a Docker socket that is absent, hangs, drips or closes is a clear error", "[docker]") {
    CHECK(list_on("/nonexistent/docker.sock").error().code == Errc::unreachable);
    using namespace test;
    OddServer hanging{OddServer::On::unix_socket, hangs};
    CHECK(list_on(hanging.path()).error().code == Errc::timed_out);
    OddServer dripping{OddServer::On::unix_socket, drips_body};
    CHECK(list_on(dripping.path()).error().code == Errc::timed_out);
    OddServer closing{OddServer::On::unix_socket, closes_in_body};
    CHECK(list_on(closing.path()).error().code == Errc::bad_reply);
    OddServer other{OddServer::On::unix_socket, answers};  // HTTP, but no Engine
    CHECK(list_on(other.path()).error().code == Errc::bad_reply);
}

TEST_CASE("an Engine's refusal is told in its own words", "[docker]") {
    test::OddServer server{test::OddServer::On::unix_socket, test::answers_500};
    CHECK_THAT(list_on(server.path()).error().message, Catch::Matchers::Contains("500: no room"));
}

TEST_CASE("calls on their way end with the client", "[docker]") {
    test::OddServer server{test::OddServer::On::unix_socket, test::hangs};
    IoThread io;
    DockerEndpoint endpoint;
    endpoint.socket = server.path();
    auto docker = DockerClient::connect(io, endpoint);
    std::promise<Errc> promise;
    (*docker)->inspect("abc", 10s, [&](const Result<ContainerDetails>& details) { promise.set_value(details.error().code); });
    docker->reset();
    auto future = promise.get_future();
    REQUIRE(future.wait_for(0s) == std::future_status::ready);
    CHECK(future.get() == Errc::unreachable);
}

}  // namespace setpoint
