// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "clients/io_thread.hpp"
#include "core/http.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace CLI {
class App;
}

namespace setpoint {

/// How a verb finds the agent.
struct AdminClientOptions {
    std::string url;         // empty: $SETPOINT_ADMIN, else http://127.0.0.1:9464
    std::string token_file;
    std::string ca_file;     // empty: the system's authorities
    Duration patience = std::chrono::seconds{10};  // with an answer
};

/// `--admin`, `--token-file` and `--ca-file`.
void add_admin_options(CLI::App& verb, AdminClientOptions& options);

/// Asks a running agent over its admin API; waits for the answer.
class AdminClient {
public:
    /// `bad_config` for an address, a token or a CA that cannot be used.
    [[nodiscard]] static Result<std::unique_ptr<AdminClient>> connect(const AdminClientOptions& options);

    /// The answer's JSON. `unreachable` where no agent answers, with what to do about it; `refused` with the agent's own
    /// words where it says no.
    [[nodiscard]] Result<nlohmann::json> get(const std::string& path);
    [[nodiscard]] Result<nlohmann::json> post(const std::string& path, const nlohmann::json& body);

    /// Whether the agent scales (`/readyz`); if not, `refused` with its own words.
    [[nodiscard]] Result<void> ready();

private:
    AdminClient() = default;
    [[nodiscard]] Result<HttpResponse> send(HttpRequest request);
    [[nodiscard]] Result<nlohmann::json> ask(HttpRequest request);

    std::string url_;
    Duration patience_{};
    std::string prefix_;
    std::string token_;
    IoThread io_;
    std::unique_ptr<HttpClient> http_;
};

}  // namespace setpoint
