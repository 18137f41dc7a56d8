// SPDX-License-Identifier: Apache-2.0
#include "collectors/prometheus.hpp"

#include <utility>

#include "collectors/promql.hpp"

namespace setpoint {

/// Lives on the I/O thread.
class PrometheusCollector::State : public std::enable_shared_from_this<PrometheusCollector::State> {
public:
    State(const Clock& clock, PrometheusServer& server, Settings settings, Told told)
        : clock_(clock), server_(server), settings_(std::move(settings)), told_(std::move(told)), troubled_(settings_.queries.size()) {}

    void collect(Deadline deadline, Sink& sink) {
        if (closed_) return;
        for (std::size_t i = 0; i < settings_.queries.size(); ++i) {
            server_.ask(settings_.queries[i].text, settings_.fresh, deadline,
                        [self = shared_from_this(), i, &sink](const Result<PrometheusReading>& reading) { self->post(i, reading, sink); });
        }
    }

    void close() { closed_ = true; }

private:
    void post(std::size_t i, const Result<PrometheusReading>& reading, Sink& sink) {
        if (closed_) return;
        const auto& query = settings_.queries[i];
        Sample sample;
        sample.target = settings_.target;
        sample.signal = query.signal;
        sample.measured = clock_.now();
        if (reading) {
            sample.kind = SampleKind::scalar;
            sample.value = reading->value;
            sample.measured = reading->measured;
            sample.window = longest_range(query.text).value_or(Duration{0});
        } else {
            sample.kind = reading.error().code == Errc::no_data ? SampleKind::no_data : SampleKind::failed;
        }
        tell(i, reading);
        sink.post(std::move(sample));
    }

    void tell(std::size_t i, const Result<PrometheusReading>& reading) {
        const bool failed = !reading && reading.error().code != Errc::no_data;
        if (failed == troubled_[i] || !told_) return;
        troubled_[i] = failed;
        told_(settings_.queries[i].signal, failed ? std::optional{reading.error()} : std::nullopt);
    }

    const Clock& clock_;
    PrometheusServer& server_;
    const Settings settings_;
    const Told told_;
    std::vector<bool> troubled_;
    bool closed_ = false;
};

PrometheusCollector::PrometheusCollector(IoThread& io, const Clock& clock, PrometheusServer& server, Settings settings, Told told)
    : io_(io), state_(std::make_shared<State>(clock, server, std::move(settings), std::move(told))) {}

PrometheusCollector::~PrometheusCollector() {
    io_.run([this] { state_->close(); });
}

void PrometheusCollector::collect(Duration deadline, Sink& sink) {
    io_.post([state = state_, deadline = Deadline{deadline}, &sink] { state->collect(deadline, sink); });
}

}  // namespace setpoint
