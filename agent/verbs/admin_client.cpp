// SPDX-License-Identifier: Apache-2.0
#include "agent/verbs/admin_client.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <future>
#include <utility>

#include "agent/verbs/verbs.hpp"
#include "clients/lane.hpp"
#include "clients/rest_http.hpp"
#include "clients/server_url.hpp"
#include "core/printable.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::json;

constexpr const char* kDefaultUrl = "http://127.0.0.1:9464";
constexpr std::size_t kMostWords = 200;  // of an answer that is no JSON
constexpr std::size_t kMostAnswer = 64U << 20U;  // 10,000 policies

std::string address_of(const AdminClientOptions& options) {
    if (!options.url.empty()) return options.url;
    const char* set = std::getenv("SETPOINT_ADMIN");
    return set == nullptr || *set == '\0' ? kDefaultUrl : set;
}

}  // namespace

void add_admin_options(CLI::App& verb, AdminClientOptions& options) {
    verb.add_option("--admin", options.url, std::string{"The agent (default: $SETPOINT_ADMIN, else "} + kDefaultUrl + ")");
    verb.add_option("--token-file", options.token_file, "A file with the agent's token, where it wants one")->type_name(kFileWord);
    verb.add_option("--ca-file", options.ca_file, "Who signed the agent's certificate (default: the system's authorities)")
        ->type_name(kFileWord);
}

Result<std::unique_ptr<AdminClient>> AdminClient::connect(const AdminClientOptions& options) {
    std::unique_ptr<AdminClient> client{new AdminClient};
    client->url_ = address_of(options);
    client->patience_ = options.patience;
    auto url = parse_server_url(client->url_);
    if (!url) return tl::unexpected(in("--admin " + client->url_)(url.error()));
    if (!options.token_file.empty()) {
        std::ifstream file{options.token_file};
        if (!std::getline(file, client->token_) || client->token_.empty()) {
            return fail(Errc::bad_config, "--token-file " + options.token_file + ": no token can be read from its first line");
        }
    }
    RestEndpoint endpoint{url->host, url->port, {}};
    if (url->tls) endpoint.tls = TlsFiles{options.ca_file.empty() ? kSystemRoots : options.ca_file, {}, {}};
    auto transport = rest_http(client->io_, std::move(endpoint));
    if (!transport) return tl::unexpected<Error>(std::move(transport.error()));
    client->http_ = std::make_unique<Lane>(client->io_, std::move(*transport));
    client->prefix_ = url->prefix;
    return client;
}

Result<Json> AdminClient::get(const std::string& path) {
    HttpRequest request;
    request.target = prefix_ + path;
    return ask(std::move(request));
}

Result<Json> AdminClient::post(const std::string& path, const Json& body) {
    HttpRequest request;
    request.method = "POST";
    request.target = prefix_ + path;
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body.dump();
    return ask(std::move(request));
}

Result<void> AdminClient::ready() {
    HttpRequest request;
    request.target = prefix_ + "/readyz";
    const auto response = send(std::move(request));
    if (!response) return tl::unexpected<Error>(response.error());
    if (response->status == 200) return {};
    return fail(Errc::refused, fmt::format("not ready: HTTP {}: {}", response->status, printable(response->body.substr(0, kMostWords))));
}

Result<HttpResponse> AdminClient::send(HttpRequest request) {
    if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
    request.deadline = patience_;
    request.max_body = kMostAnswer;
    auto answered = std::make_shared<std::promise<Result<HttpResponse>>>();
    auto answer = answered->get_future();
    http_->send(std::move(request), [answered](Result<HttpResponse> response) { answered->set_value(std::move(response)); });
    auto response = answer.get();
    if (!response) {
        return fail(Errc::unreachable, "no agent answers at " + url_ + " (" + response.error().message +
                                           "); is `setpoint run` running there? --admin names another address");
    }
    return response;
}

Result<Json> AdminClient::ask(HttpRequest request) {
    const auto response = send(std::move(request));
    if (!response) return tl::unexpected<Error>(response.error());
    auto json = Json::parse(response->body, nullptr, false);
    if (response->status >= 200 && response->status < 300 && json.is_object()) return json;
    if (json.is_object() && json.contains("error") && json["error"].is_string()) {
        return fail(Errc::refused, json["error"].get<std::string>());
    }
    return fail(Errc::bad_reply, url_ + " answered HTTP " + std::to_string(response->status) + " and is no setpoint agent");
}

}  // namespace setpoint
