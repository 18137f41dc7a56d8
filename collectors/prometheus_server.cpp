// SPDX-License-Identifier: Apache-2.0
#include "collectors/prometheus_server.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "clients/asked_once.hpp"
#include "clients/base64.hpp"
#include "clients/lane.hpp"
#include "clients/rest_http.hpp"
#include "clients/secret_file.hpp"
#include "clients/server_url.hpp"
#include "collectors/prometheus_answer.hpp"
#include "collectors/promql.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kMostAnswer = 1U << 20U;    // of one number; a thousand series still get their message

/// The Authorization header, read anew each time: secrets rotate. Empty without credentials.
Result<std::string> authorization(const PrometheusSettings& settings) {
    if (!settings.token_file.empty()) {
        auto token = read_secret(settings.token_file);
        if (!token) return token;
        return "Bearer " + *token;
    }
    if (settings.username.empty()) return std::string{};
    auto password = read_secret(settings.password_file);
    if (!password) return password;
    return "Basic " + base64(settings.username + ":" + *password);
}

}  // namespace

/// Lives on the I/O thread.
class PrometheusServer::State : public std::enable_shared_from_this<PrometheusServer::State> {
public:
    State(const Clock& clock, std::unique_ptr<HttpClient> http, PrometheusSettings settings, std::string prefix)
        : clock_(clock),
          http_(std::move(http)),
          settings_(std::move(settings)),
          prefix_(std::move(prefix)),
          queries_(std::make_shared<Queries>(clock, [this](const std::string& query, Deadline deadline, const Answered& answered) { put(query, deadline, answered); })) {}

    void ask(const std::string& query, Duration fresh, Deadline deadline, Done done) { queries_->ask(query, fresh, deadline, std::move(done)); }

    void close() {
        queries_->close();
        http_.reset();
    }

private:
    using Queries = AskedOnce<PrometheusReading>;
    using Answered = Queries::Answered;

    void put(const std::string& query, Deadline deadline, const Answered& answered) {
        const Time asked = clock_.now();
        send(query, deadline, [self = shared_from_this(), query, deadline, asked, answered](const Result<PrometheusAnswer>& value) {
            if (!value) return answered(tl::unexpected<Error>(value.error()));
            if (!is_bare_selector(query)) return answered(PrometheusReading{value->value, asked});
            self->put_age(query, deadline, *value, [asked, answered, number = value->value](const Result<Duration>& age) {
                answered(age.map([&](Duration old) { return PrometheusReading{number, asked - old}; }));
            });
        });
    }

    /// How old what a bare selector gave is: both by the server's clock, so its difference to ours does not matter.
    void put_age(const std::string& query, Deadline deadline, const PrometheusAnswer& value, const std::function<void(Result<Duration>)>& answered) {
        send("min(timestamp(" + query + "))", deadline, [evaluated = value.evaluated, answered](const Result<PrometheusAnswer>& scraped) {
            if (!scraped) return answered(tl::unexpected<Error>(scraped.error()));
            const double age = evaluated - scraped->value;
            if (!std::isfinite(age)) return answered(fail(Errc::bad_reply, "its timestamp is no number"));
            answered(from_seconds(std::clamp(age, 0.0, 86'400.0)));
        });
    }

    void send(const std::string& query, Deadline deadline, const std::function<void(Result<PrometheusAnswer>)>& answered) {
        if (!http_) return answered(fail(Errc::unreachable, "the agent is stopping"));
        auto secret = authorization(settings_);
        if (!secret) return answered(tl::unexpected<Error>(std::move(secret.error())));
        HttpRequest request;
        request.method = "GET";
        request.target = prefix_ + "/api/v1/query?query=" + percent_encoded(query);
        request.headers.emplace_back("Accept", "application/json");
        if (!secret->empty()) request.headers.emplace_back("Authorization", *secret);
        for (const auto& [name, value] : settings_.headers) request.headers.emplace_back(name, value);
        request.deadline = deadline.left();
        request.max_body = kMostAnswer;
        http_->send(std::move(request), [answered](const Result<HttpResponse>& response) {
            if (!response) return answered(tl::unexpected<Error>(response.error()));
            answered(parse_prometheus(*response));
        });
    }

    const Clock& clock_;
    std::unique_ptr<HttpClient> http_;
    const PrometheusSettings settings_;
    const std::string prefix_;
    const std::shared_ptr<Queries> queries_;
};

Result<std::unique_ptr<PrometheusServer>> PrometheusServer::connect(IoThread& io, const Clock& clock, const PrometheusSettings& settings) {
    auto url = parse_server_url(settings.url);
    if (!url) return tl::unexpected<Error>(std::move(url.error()));
    if (auto secret = authorization(settings); !secret) return tl::unexpected<Error>(std::move(secret.error()));
    RestEndpoint endpoint{url->host, url->port, {}};
    if (url->tls) endpoint.tls = TlsFiles{settings.ca_file.empty() ? kSystemRoots : settings.ca_file, settings.certificate_file, settings.key_file};
    auto transport = rest_http(io, std::move(endpoint));
    if (!transport) return tl::unexpected<Error>(std::move(transport.error()));
    return std::make_unique<PrometheusServer>(io, clock, std::make_unique<Lane>(io, std::move(*transport)), settings, url->prefix);
}

PrometheusServer::PrometheusServer(IoThread& io, const Clock& clock, std::unique_ptr<HttpClient> http, PrometheusSettings settings,
                                   std::string prefix)
    : io_(io), state_(std::make_shared<State>(clock, std::move(http), std::move(settings), std::move(prefix))) {}

PrometheusServer::~PrometheusServer() {
    io_.run([this] { state_->close(); });
}

void PrometheusServer::ask(const std::string& query, Duration fresh, Deadline deadline, Done done) {
    state_->ask(query, fresh, deadline, std::move(done));
}

}  // namespace setpoint
