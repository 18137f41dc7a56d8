// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/collector.hpp"
#include "collectors/prometheus_server.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// The signals of one target that one Prometheus server answers.
class PrometheusCollector final : public Collector {
public:
    struct Query {
        SignalId signal{};
        std::string text;
    };
    struct Settings {
        TargetId target{};
        std::vector<Query> queries;
        Duration fresh{};     // an answer that another policy got so long ago serves, too
    };

    /// Says when a signal that worked fails, and why; and once more when it works again. On the I/O thread.
    using Told = std::function<void(SignalId, const std::optional<Error>&)>;

    PrometheusCollector(IoThread& io, const Clock& clock, PrometheusServer& server, Settings settings, Told told);
    ~PrometheusCollector() override;

    /// A value also where it is NaN: the board tells that apart from none. A query without a result is `no_data`,
    /// everything else that gives no number `failed`.
    void collect(Duration deadline, Sink& sink) override;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
