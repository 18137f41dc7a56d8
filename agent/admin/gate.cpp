// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/gate.hpp"

#include <utility>  // before Asio, which forgets it

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

namespace setpoint {
namespace {

constexpr std::size_t kShortestToken = 16;
constexpr std::size_t kLongestToken = 1024;

struct HostPort {
    std::string_view host;
    std::string_view port;  // empty: none
};

/// `127.0.0.1:9464`, `[::1]:9464`, `localhost`.
HostPort split(std::string_view text) {
    if (!text.empty() && text.front() == '[') {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return {text, {}};
        const auto rest = text.substr(end + 1);
        return {text.substr(1, end - 1), rest.empty() ? rest : rest.substr(1)};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "localhost.") return true;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(std::string{host}, error);
    return !error && address.is_loopback();
}

/// Takes as long for any guess of the same length.
bool same(std::string_view a, std::string_view b) {
    unsigned different = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
        different |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b.empty() ? '\0' : b[i % b.size()]);
    }
    return different == 0;
}

Result<std::string> read_token(const std::string& path) {
    std::ifstream file{path};
    std::string token(kLongestToken + 1, '\0');
    if (!file) return fail(Errc::bad_config, "the token file '" + path + "' cannot be read");
    file.read(token.data(), static_cast<std::streamsize>(token.size()));
    token.resize(static_cast<std::size_t>(file.gcount()));
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
    if (token.size() < kShortestToken || token.size() > kLongestToken) {
        return fail(Errc::bad_config, "the token in '" + path + "' has " + std::to_string(token.size()) +
                                          " characters; 16 to 1024 are wanted (openssl rand -hex 32)");
    }
    return token;
}

Result<HttpServerSettings> read_address(std::string_view option, std::string_view text) {
    HttpServerSettings server;
    const auto [host, port] = split(text);
    unsigned number = 0;
    const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : std::string{host}, error);
    if (error || port.empty() || read.ec != std::errc{} || read.ptr != port.data() + port.size() || number > 65535) {
        return fail(Errc::bad_config, std::string{option} + " '" + std::string{text} + "' is no address: an IP address and a port "
                                          "(127.0.0.1:9464, [::1]:9464), or off");
    }
    server.address = address.to_string();
    server.port = static_cast<std::uint16_t>(number);
    return server;
}

}  // namespace

Result<AdminSettings> admin_settings(const AdminOptions& options) {
    AdminSettings settings;
    if (options.metrics != "off") {
        auto metrics = read_address("--metrics", options.metrics);
        if (!metrics) return tl::unexpected<Error>(std::move(metrics.error()));
        settings.metrics = std::move(*metrics);
    }
    if (options.address == "off") return settings;
    auto server = read_address("--admin", options.address);
    if (!server) return tl::unexpected<Error>(std::move(server.error()));
    settings.on = true;
    settings.server = std::move(*server);
    settings.server.certificate = options.certificate;
    settings.server.key = options.key;
    if (options.certificate.empty() != options.key.empty()) {
        return fail(Errc::bad_config, "--admin-cert and --admin-key go together: a certificate needs its key");
    }
    if (!options.token_file.empty()) {
        auto token = read_token(options.token_file);
        if (!token) return tl::unexpected<Error>(std::move(token.error()));
        settings.token = std::move(*token);
    }
    if (!is_loopback(settings.server.address) && (settings.token.empty() || settings.server.certificate.empty())) {
        return fail(Errc::bad_config, "--admin " + options.address + " can be reached from other machines: give --admin-cert, "
                                          "--admin-key and --admin-token-file too, or listen on 127.0.0.1");
    }
    return settings;
}

std::optional<HttpServerResponse> refusal(const HttpServerRequest& request, const AdminSettings& settings) {
    if (settings.token.empty()) {
        if (!is_loopback(split(request.host).host)) {
            return error_answer(403, "ask for localhost or 127.0.0.1: other names are answered only with a token");
        }
    } else {
        // The page itself says nothing; it asks for the token.
        static constexpr std::string_view kScheme = "Bearer ";
        const std::string_view given = request.authorization;
        const bool page = request.method != "POST" && (request.target == "/" || request.target == "/healthz");
        const bool known = given.substr(0, kScheme.size()) == kScheme && same(given.substr(kScheme.size()), settings.token);
        if (!page && !known) {
            auto answer = error_answer(401, "this needs the agent's token (Authorization: Bearer ...)");
            answer.headers.emplace_back("WWW-Authenticate", "Bearer");
            return answer;
        }
    }
    if (request.method != "POST") return std::nullopt;
    // A form of another site cannot send this type without asking first, and nothing answers that question.
    if (request.content_type.rfind("application/json", 0) != 0) return error_answer(415, "send JSON, as application/json");
    const auto site = request.origin.find("://");
    if (!request.origin.empty() && (site == std::string::npos || request.origin.substr(site + 3) != request.host)) {
        return error_answer(403, "requests of other sites' pages are not answered");
    }
    return std::nullopt;
}

bool may_be_seen(const HttpServerRequest& request) {
    const auto path = std::string_view{request.target}.substr(0, request.target.find('?'));
    return request.method != "POST" && (path == "/metrics" || path == "/healthz" || path == "/readyz");
}

HttpServerResponse error_answer(int status, std::string_view message) {
    const nlohmann::json body{{"error", message}};
    return {status, "application/json", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

}  // namespace setpoint
