// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "clients/clock.hpp"
#include "clients/deadline.hpp"
#include "clients/io_thread.hpp"
#include "collectors/catalog.hpp"
#include "core/http.hpp"
#include "core/result.hpp"

namespace setpoint {

/// One value of one query.
struct PrometheusReading {
    double value = 0;
    Time measured{};   // agent time: of the evaluation; of a bare selector, of the oldest scrape
};

/// A Prometheus server, for all policies that ask it: who asks the same while an answer is on its way, or is fresh
/// enough, shares it.
class PrometheusServer {
public:
    using Done = std::function<void(const Result<PrometheusReading>&)>;

    /// `bad_config`: a file that cannot be read, a URL that makes no sense.
    [[nodiscard]] static Result<std::unique_ptr<PrometheusServer>> connect(IoThread& io, const Clock& clock,
                                                                           const PrometheusSettings& settings);

    PrometheusServer(IoThread& io, const Clock& clock, std::unique_ptr<HttpClient> http, PrometheusSettings settings, std::string prefix);
    ~PrometheusServer();
    PrometheusServer(const PrometheusServer&) = delete;
    PrometheusServer& operator=(const PrometheusServer&) = delete;

    /// Only on the I/O thread. An answer asked for less than `fresh` ago serves, a failure for two seconds at most. `done` is called exactly once, unless
    /// the server is destroyed before; maybe at once.
    void ask(const std::string& query, Duration fresh, Deadline deadline, Done done);

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
