// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "clients/http_server.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Where the admin server listens and whom it answers.
struct AdminSettings {
    bool on = false;
    HttpServerSettings server;
    std::string token;  // secret; empty: none is asked for
    std::optional<HttpServerSettings> metrics;  // where what may_be_seen() is answered to everybody
};

struct AdminOptions {
    std::string address = "127.0.0.1:9464";  // or `off`
    std::string certificate;                 // PEM files
    std::string key;
    std::string token_file;
    std::string metrics = "off";             // or an address
};

/// Reads the addresses, the files' names and the token. `bad_config` for an address off loopback without TLS and a
/// token (that of the metrics excepted), for a certificate without its key, and for a token that is too short.
[[nodiscard]] Result<AdminSettings> admin_settings(const AdminOptions& options);

/// Why this request is not answered, if it is not: 401 without the token, 403 for a page of somewhere else.
/// Without a token only requests to a loopback name are answered, so that no name that somebody resolves to this
/// machine (DNS rebinding) reaches it; a POST is JSON and from the agent's own page, if from any.
[[nodiscard]] std::optional<HttpServerResponse> refusal(const HttpServerRequest& request, const AdminSettings& settings);

/// Whether this is answered at the address of the metrics: /metrics and the probes, which change nothing.
[[nodiscard]] bool may_be_seen(const HttpServerRequest& request);

/// {"error": message}
[[nodiscard]] HttpServerResponse error_answer(int status, std::string_view message);

}  // namespace setpoint
