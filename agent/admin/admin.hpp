// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/admin/answers.hpp"
#include "agent/admin/gate.hpp"
#include "clients/http_server.hpp"
#include "clients/io_thread.hpp"

namespace setpoint {

/// The admin API, metrics and page over HTTP, on a thread of its own. What is known is read on the main thread;
/// text is made of it on the other one.
class Admin {
public:
    /// Listens from here on, where the settings say so; answers once the main thread runs what is posted. Errors as HttpServer::listen.
    [[nodiscard]] static Result<std::unique_ptr<Admin>> open(AdminSettings settings, const Reducer& control,
                                                             const Gallery& gallery, AdminPorts ports);

    /// Where it can be reached: http://127.0.0.1:9464. Empty: nowhere.
    [[nodiscard]] std::string url() const;
    /// Where anybody reads the metrics. Empty: nowhere.
    [[nodiscard]] std::string metrics_url() const;

private:
    /// Makes the answer's text, away from the main thread.
    using Render = std::function<HttpServerResponse()>;

    Admin(AdminSettings settings, const Reducer& control, const Gallery& gallery, AdminPorts ports);
    [[nodiscard]] Result<> listen();
    void handle(HttpServerRequest request, const HttpServer::Reply& reply);
    void show(HttpServerRequest request, const HttpServer::Reply& reply);
    void answer_with(HttpServerRequest request, const HttpServer::Reply& reply);
    [[nodiscard]] Render answer(const HttpServerRequest& request);
    [[nodiscard]] Render get(std::string_view path, std::string_view query);
    [[nodiscard]] Render post(std::string_view path, std::string_view body);
    [[nodiscard]] Render override_policies(std::string_view body);
    [[nodiscard]] Render decisions(std::string_view query);

    const AdminSettings settings_;
    const AdminPorts ports_;
    const AdminView view_;
    IoThread io_;
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<HttpServer> metrics_;
};

}  // namespace setpoint
