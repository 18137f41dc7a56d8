// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_custom.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "collectors/pod_readings.hpp"

namespace setpoint {
namespace {

const std::string& name_of(const KubeCustom::Metric& metric) {
    return std::visit([](const auto& known) -> const std::string& { return known.name; }, metric);
}

const KubeMetricsApi& api_of(const KubeCustom::Metric& metric) {
    return std::holds_alternative<KubeExternalMetric>(metric) ? kExternalMetrics : kCustomMetrics;
}

// Of a pod that is there more than once: which of them would be meant?
const KubeMetricValue kSeveral{{}, 0, {}, {}, "it has several values of this pod: a selector chooses"};

Result<PodAmount> amount_of(const KubeMetricValue* value, const KubePod& pod, WallTime now) {
    if (value == nullptr) return fail(Errc::no_data, "it does not have this pod");
    if (!value->wrong.empty()) return fail(Errc::no_data, value->wrong);
    if (auto when = check_time(value->measured, pod, now); !when) return tl::unexpected(when.error());
    return PodAmount{value->value, std::min(value->measured, now), value->window};
}

}  // namespace

/// Lives on the I/O thread.
class KubeCustom::State : public std::enable_shared_from_this<KubeCustom::State> {
public:
    State(const Clock& clock, KubeValues& values, Settings settings, Troubles::Told told)
        : clock_(clock), values_(values), settings_(std::move(settings)), troubles_(std::move(told)) {}

    void collect(Deadline deadline, Sink& sink) {
        if (closed_) return;
        for (const auto& signal : settings_.signals) std::visit([&](const auto& metric) { ask(signal, metric, deadline, sink); }, signal.metric);
    }

    void close() { closed_ = true; }

private:
    using Answer = std::shared_ptr<const KubeValues::Answer>;

    void ask(const Signal& signal, const KubePodMetric& metric, Deadline deadline, Sink& sink) {
        const auto selector = settings_.pod_selector ? settings_.pod_selector() : std::string{};
        send(signal, metric_path(metric, settings_.ns, selector), deadline, sink);
    }

    void ask(const Signal& signal, const KubeExternalMetric& metric, Deadline deadline, Sink& sink) {
        send(signal, metric_path(metric, settings_.ns), deadline, sink);
    }

    void ask(const Signal& signal, const KubeObjectMetric& metric, Deadline deadline, Sink& sink) {
        values_.resource(metric, deadline, [self = shared_from_this(), &signal, &metric, deadline, &sink](const Result<std::string>& resource) {
            if (self->closed_) return;
            if (!resource) return self->fail_with({"kind", in(self->about(signal))(resource.error())}, signal, sink);
            self->send(signal, metric_path(metric, self->settings_.ns, *resource), deadline, sink);
        });
    }

    /// `signal` is one of our settings, which live as long as we do.
    void send(const Signal& signal, const std::string& path, Deadline deadline, Sink& sink) {
        values_.ask(api_of(signal.metric), path, settings_.fresh, deadline,
                    [self = shared_from_this(), &signal, &sink](const Result<Answer>& answer) { self->take(signal, answer, sink); });
    }

    void take(const Signal& signal, const Result<Answer>& answer, Sink& sink) {
        if (closed_) return;
        if (!answer) return fail_with(explain(api_of(signal.metric), about(signal), answer.error()), signal, sink);
        auto sample = sample_of(signal);
        std::optional<Trouble> trouble;
        if (!(*answer)->unknown.empty()) trouble = unknown(signal, (*answer)->unknown);
        else if (std::holds_alternative<KubePodMetric>(signal.metric)) trouble = read_pods(signal, (*answer)->values, sample);
        else trouble = read_number(signal, (*answer)->values, sample);
        troubles_.now(signal.signal, trouble);
        sink.post(std::move(sample));
    }

    std::optional<Trouble> read_pods(const Signal& signal, const std::vector<KubeMetricValue>& values, Sample& sample) const {
        std::unordered_map<std::string_view, const KubeMetricValue*> by_name;
        for (const auto& value : values) {
            if (!by_name.emplace(value.object, &value).second) by_name[value.object] = &kSeveral;
        }
        const auto now = clock_.wall();
        PodReadings readings{now};
        settings_.pods([&](PodId id, const std::string& name, const KubePod& pod) {
            const auto found = by_name.find(name);
            readings.add(id, name, pod, amount_of(found == by_name.end() ? nullptr : found->second, pod, now));
        });
        readings.finish(sample, clock_);
        return readings.trouble(about(signal));
    }

    std::optional<Trouble> read_number(const Signal& signal, const std::vector<KubeMetricValue>& values, Sample& sample) const {
        const auto number = std::holds_alternative<KubeExternalMetric>(signal.metric) ? sum_of(values) : only_value(values);
        if (!number) {
            const bool none = number.error().code == Errc::no_data;
            sample.kind = none ? SampleKind::no_data : SampleKind::failed;
            return Trouble{none ? "empty" : "nonsense", in(about(signal))(number.error())};
        }
        sample.kind = SampleKind::scalar;
        sample.value = number->value;
        sample.measured = clock_.translate(number->measured);
        sample.window = number->window;
        return std::nullopt;
    }

    Trouble unknown(const Signal& signal, const std::string& words) const {
        return {"unknown", {Errc::no_data, about(signal) + ": the server behind this API does not know it: " + words}};
    }

    void fail_with(const Trouble& trouble, const Signal& signal, Sink& sink) {
        auto sample = sample_of(signal);
        sample.kind = SampleKind::failed;
        troubles_.now(signal.signal, trouble);
        sink.post(std::move(sample));
    }

    /// Of `no_data`, now.
    Sample sample_of(const Signal& signal) const {
        Sample sample;
        sample.target = settings_.target;
        sample.signal = signal.signal;
        sample.measured = clock_.now();
        return sample;
    }

    std::string about(const Signal& signal) const {
        return std::string{api_of(signal.metric).group} + ", metric " + name_of(signal.metric) + " in namespace " + settings_.ns;
    }

    const Clock& clock_;
    KubeValues& values_;
    const Settings settings_;
    Troubles troubles_;
    bool closed_ = false;
};

KubeCustom::KubeCustom(IoThread& io, const Clock& clock, KubeValues& values, Settings settings, Troubles::Told told)
    : io_(io), state_(std::make_shared<State>(clock, values, std::move(settings), std::move(told))) {}

KubeCustom::~KubeCustom() {
    io_.run([this] { state_->close(); });
}

void KubeCustom::collect(Duration deadline, Sink& sink) {
    io_.post([state = state_, deadline = Deadline{deadline}, &sink] { state->collect(deadline, sink); });
}

}  // namespace setpoint
