// SPDX-License-Identifier: Apache-2.0
#include "collectors/prometheus_server.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

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
constexpr std::size_t kMostQueries = 10'000;      // remembered answers; more are simply asked again

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
        : clock_(clock), http_(std::move(http)), settings_(std::move(settings)), prefix_(std::move(prefix)) {}

    void ask(const std::string& query, Duration fresh, Deadline deadline, Done done) {
        if (queries_.size() >= kMostQueries) std::erase_if(queries_, [](const auto& entry) { return entry.second.waiting.empty(); });
        auto& entry = queries_[query];
        if (entry.waiting.empty() && entry.last && clock_.now() - entry.asked <= fresh) return done(*entry.last);
        entry.waiting.push_back(std::move(done));
        if (entry.waiting.size() > 1) return;
        entry.asked = clock_.now();
        send(query, deadline, [self = shared_from_this(), query, deadline](Result<PrometheusAnswer> value) {
            self->valued(query, deadline, std::move(value));
        });
    }

    void close() {
        http_.reset();
        queries_.clear();
    }

private:
    struct Query {
        Time asked{};
        std::optional<Result<PrometheusReading>> last;
        std::vector<Done> waiting;
    };
    using Answered = std::function<void(Result<PrometheusAnswer>)>;

    void send(const std::string& query, Deadline deadline, const Answered& answered) {
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

    /// The value is there; of a bare selector its age is asked for too.
    void valued(const std::string& query, Deadline deadline, Result<PrometheusAnswer> value) {
        const auto entry = queries_.find(query);
        if (entry == queries_.end()) return;
        if (!value || !is_bare_selector(query)) return finish(query, std::move(value), Duration{0});
        send("min(timestamp(" + query + "))", deadline, [self = shared_from_this(), query, value](const Result<PrometheusAnswer>& scraped) {
            if (!scraped) return self->finish(query, tl::unexpected<Error>(scraped.error()), Duration{0});
            // Both by the server's clock, so its difference to ours does not matter.
            const double age = value->evaluated - scraped->value;
            if (!std::isfinite(age)) return self->finish(query, fail(Errc::bad_reply, "its timestamp is no number"), Duration{0});
            self->finish(query, value, from_seconds(std::clamp(age, 0.0, 86'400.0)));
        });
    }

    void finish(const std::string& query, Result<PrometheusAnswer> value, Duration age) {
        const auto found = queries_.find(query);
        if (found == queries_.end()) return;
        auto& entry = found->second;
        if (value) entry.last = PrometheusReading{value->value, entry.asked - age};
        else entry.last = tl::unexpected<Error>(std::move(value.error()));
        const auto result = *entry.last;
        for (const auto& done : std::exchange(entry.waiting, {})) done(result);
    }

    const Clock& clock_;
    std::unique_ptr<HttpClient> http_;
    const PrometheusSettings settings_;
    const std::string prefix_;
    std::map<std::string, Query> queries_;
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
