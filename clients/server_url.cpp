// SPDX-License-Identifier: Apache-2.0
#include "clients/server_url.hpp"

#include <algorithm>
#include <charconv>

namespace setpoint {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Result<ServerUrl> parse_server_url(std::string_view text) {
    ServerUrl url;
    auto rest = text;
    if (rest.starts_with("https://")) url.tls = true;
    else if (!rest.starts_with("http://")) return fail(Errc::bad_config, "must begin with http:// or https://");
    rest.remove_prefix(url.tls ? 8 : 7);
    if (rest.find('@') != std::string_view::npos) {
        return fail(Errc::bad_config, "must not hold a user or a password: name files with them (username, passwordFile, tokenFile)");
    }
    if (!is_printable(rest) || rest.find_first_of("?#") != std::string_view::npos) {
        return fail(Errc::bad_config, "must be http(s)://HOST[:PORT][/PATH], without a query");
    }
    const auto slash = std::min(rest.find('/'), rest.size());
    url.prefix = rest.substr(slash);
    while (url.prefix.ends_with('/')) url.prefix.pop_back();
    auto host = rest.substr(0, slash);
    std::string_view port;
    const auto bracket = host.starts_with('[') ? host.find(']') : std::string_view::npos;
    const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        port = host.substr(colon + 1);
        host = host.substr(0, colon);
    }
    if (bracket != std::string_view::npos && host.size() == bracket + 1) host = host.substr(1, bracket - 1);
    if (host.empty() || host.find_first_of("[]") != std::string_view::npos) return fail(Errc::bad_config, "names no host");
    url.host = host;
    url.port = url.tls ? kHttpsPort : kHttpPort;
    if (colon == std::string_view::npos) return url;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc{} || end != port.data() + port.size() || url.port == 0) {
        return fail(Errc::bad_config, "the port must be 1 to 65535");
    }
    return url;
}

std::string percent_encoded(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size() * 3);
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

}  // namespace setpoint
