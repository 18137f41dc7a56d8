// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/admin.hpp"

#include <fmt/core.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "agent/admin/metrics.hpp"
#include "agent/admin/orders.hpp"
#include "agent/admin/page.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPolicies = "/api/v1/policies";
constexpr std::size_t kMostDecisions = 720;

std::function<HttpServerResponse()> as_json(int status, Json body) {
    return [status, body = std::move(body)]() -> HttpServerResponse {
        // A name in a foreign message may be no UTF-8: it is shown as far as it is.
        return {status, "application/json", body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
    };
}

std::function<HttpServerResponse()> as_error(int status, std::string message) {
    return [status, message = std::move(message)] { return error_answer(status, message); };
}

int status_of(const Error& error) {
    switch (error.code) {
        case Errc::no_data: return 404;
        case Errc::conflict: return 409;
        default: return 400;
    }
}

HttpServerResponse plain(int status, std::string text) { return {status, "text/plain; charset=utf-8", std::move(text) + "\n"}; }

/// `%2F` as `/`, `+` as a blank; what is no escape stays as it is.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        const auto* digits = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
            out += static_cast<char>(code);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::optional<std::string> parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) return unescaped(pair.substr(equals + 1));
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
    }
    return std::nullopt;
}

Result<std::unique_ptr<HttpServer>> server_at(IoThread& io, const HttpServerSettings& settings, const std::string& option, HttpServer::Handler handler) {
    return HttpServer::listen(io, settings, std::move(handler)).map_error([&](Error error) {
        if (error.code == Errc::conflict) error.message += " (another setpoint? choose another with " + option + ", or " + option + " off)";
        return error;
    });
}

std::string url_of(const HttpServerSettings& settings, std::uint16_t port) {
    const bool v6 = settings.address.find(':') != std::string::npos;
    return (settings.certificate.empty() ? "http://" : "https://") + (v6 ? "[" + settings.address + "]" : settings.address) + ":" + std::to_string(port);
}

}  // namespace

Result<std::unique_ptr<Admin>> Admin::open(AdminSettings settings, const Reducer& control, const Gallery& gallery,
                                           AdminPorts ports) {
    std::unique_ptr<Admin> admin{new Admin{std::move(settings), control, gallery, std::move(ports)}};
    return admin->listen().map([&] { return std::move(admin); });
}

Admin::Admin(AdminSettings settings, const Reducer& control, const Gallery& gallery, AdminPorts ports)
    : settings_(std::move(settings)), ports_(std::move(ports)), view_{control, gallery, ports_} {}

Result<> Admin::listen() {
    if (settings_.on) {
        auto server = server_at(io_, settings_.server, "--admin", [this](auto request, const auto& reply) { handle(std::move(request), reply); });
        if (!server) return tl::unexpected<Error>(std::move(server.error()));
        server_ = std::move(*server);
    }
    if (settings_.metrics) {
        auto server = server_at(io_, *settings_.metrics, "--metrics", [this](auto request, const auto& reply) { show(std::move(request), reply); });
        if (!server) return tl::unexpected<Error>(std::move(server.error()));
        metrics_ = std::move(*server);
    }
    return {};
}

std::string Admin::url() const { return server_ ? url_of(settings_.server, server_->port()) : std::string{}; }

std::string Admin::metrics_url() const { return metrics_ ? url_of(*settings_.metrics, metrics_->port()) + "/metrics" : std::string{}; }

void Admin::handle(HttpServerRequest request, const HttpServer::Reply& reply) {
    if (auto refused = refusal(request, settings_)) return reply(std::move(*refused));
    if (request.target == "/" && request.method != "POST") return reply(page_answer());
    answer_with(std::move(request), reply);
}

void Admin::show(HttpServerRequest request, const HttpServer::Reply& reply) {
    if (!may_be_seen(request)) return reply(error_answer(404, "here are /metrics, /healthz and /readyz alone; page and API are at --admin"));
    answer_with(std::move(request), reply);
}

void Admin::answer_with(HttpServerRequest request, const HttpServer::Reply& reply) {
    ports_.post([this, request = std::move(request), reply] {
        auto render = answer(request);
        io_.post([render = std::move(render), reply] { reply(render()); });
    });
}

Admin::Render Admin::answer(const HttpServerRequest& request) {
    const std::string_view target = request.target;
    const auto mark = target.find('?');
    const auto path = target.substr(0, mark);
    if (request.method == "POST") return post(path, request.body);
    return get(path, mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1));
}

Admin::Render Admin::get(std::string_view path, std::string_view query) {
    if (path == "/healthz") return [] { return plain(200, "ok"); };  // the main thread ran this
    if (path == "/readyz") {
        const bool ready = ports_.ready();
        return [ready] { return ready ? plain(200, "ok") : plain(503, "the Engine or the API server does not answer, or another agent scales there"); };
    }
    if (path == "/metrics") {
        return [text = metrics_text(view_)]() -> HttpServerResponse { return {200, "text/plain; version=0.0.4; charset=utf-8", text()}; };
    }
    if (path == kPolicies) return as_json(200, policies_json(view_));
    if (path == "/api/v1/decisions") return decisions(query);
    if (path.substr(0, kPolicies.size() + 1) == std::string{kPolicies} + "/") {
        const auto name = unescaped(path.substr(kPolicies.size() + 1));
        const auto found = view_.control.find(name);
        if (!found) return as_error(status_of(found.error()), found.error().message);
        return as_json(200, policy_in_full_json(view_, *found));
    }
    return as_error(404, "nothing here");
}

Admin::Render Admin::decisions(std::string_view query) {
    const auto name = parameter(query, "policy").value_or("");
    const auto found = view_.control.find(name);
    if (!found) return as_error(status_of(found.error()), found.error().message);
    const auto since = parse_number(parameter(query, "since").value_or("0"));
    const auto limit = parse_number(parameter(query, "limit").value_or("720"));
    constexpr double kEndOfTime = 1e11;
    if (!since || *since < 0 || *since > kEndOfTime) return as_error(400, "since: a Unix time in seconds is wanted");
    if (!limit || *limit < 1 || *limit > 1e6) return as_error(400, "limit: a number from 1 on is wanted");
    const auto most = std::min(kMostDecisions, static_cast<std::size_t>(*limit));
    return as_json(200, decisions_json(view_, *found, at_unix(*since), most));
}

Admin::Render Admin::post(std::string_view path, std::string_view body) {
    if (path == "/api/v1/overrides") return override_policies(body);
    if (path == "/api/v1/reload") {
        if (!ports_.reload) return as_error(501, "this agent cannot reload");
        if (auto done = ports_.reload(); !done) return as_error(409, done.error().message);
        return as_json(200, Json::object());
    }
    return as_error(404, "nothing here");
}

Admin::Render Admin::override_policies(std::string_view body) {
    auto order = read_order(body, view_.control, ports_.now());
    if (!order) return as_error(status_of(order.error()), order.error().message);
    Json applied = Json::array();
    Json notes = Json::array();
    for (const TargetId target : order->targets) {
        order->set.target = target;
        const auto& spec = view_.control.spec(target);
        applied.push_back(spec.full_name());
        if (order->set.kind == OverrideSet::Kind::pin && order->set.replicas > spec.replicas.max) {
            notes.push_back(fmt::format("{}: {} is above its replicas.max of {}, and is set all the same", spec.full_name(), order->set.replicas, spec.replicas.max));
        }
        ports_.take(order->set);
    }
    const bool ends = order->set.kind != OverrideSet::Kind::resume;
    return as_json(200, {{"applied", std::move(applied)}, {"until", ends ? Json(unix_seconds(order->set.until)) : Json{}}, {"notes", std::move(notes)}});
}

}  // namespace setpoint
