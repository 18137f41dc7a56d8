// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_values.hpp"

#include <utility>

#include "clients/asked_once.hpp"
#include "clients/kube_discovery.hpp"
#include "clients/kube_kinds.hpp"

namespace setpoint {
namespace {

using Answer = KubeValues::Answer;
using Answers = AskedOnce<std::shared_ptr<const Answer>>;
using Documents = AskedOnce<std::string>;

constexpr Duration kDiscovery = std::chrono::minutes{1};  // how long what the cluster serves is taken for unchanged

Result<std::shared_ptr<const Answer>> read(const Result<std::string>& json) {
    // The API itself is there, discovery said so.
    if (!json && json.error().code == Errc::no_data) return std::make_shared<const Answer>(Answer{{}, json.error().message});
    if (!json) return tl::unexpected(json.error());
    auto values = parse_metric_values(*json);
    if (!values) return tl::unexpected(values.error());
    return std::make_shared<const Answer>(Answer{std::move(*values), {}});
}

}  // namespace

/// Lives on the I/O thread.
class KubeValues::State : public std::enable_shared_from_this<KubeValues::State> {
public:
    State(IoThread& io, KubeClient& kube, const Clock& clock)
        : kinds_(io, kube, clock),
          documents_(std::make_shared<Documents>(clock, [&kube](const std::string& path, Deadline deadline, Documents::Answered answered) {
              kube.get(path, deadline.left(), std::move(answered));
          })),
          answers_(std::make_shared<Answers>(clock, [&kube](const std::string& path, Deadline deadline, const Answers::Answered& answered) {
              kube.get(path, deadline.left(), [answered](const Result<std::string>& json) { answered(read(json)); });
          })) {}

    void ask(const KubeMetricsApi& api, const std::string& path, Duration fresh, Deadline deadline, Done done) {
        const auto root = "/apis/" + std::string{api.group};
        documents_->ask(root, kDiscovery, deadline,
                        [answers = answers_, api, root, path, fresh, deadline, done = std::move(done)](const Result<std::string>& group) {
                            if (!group) return done(tl::unexpected(group.error()));
                            const auto version = newest_version(api, *group);
                            if (!version) return done(tl::unexpected(version.error()));
                            answers->ask(root + "/" + *version + path, fresh, deadline, done);
                        });
    }

    void resource(const KubeObjectMetric& metric, Deadline deadline, const std::function<void(const Result<std::string>&)>& done) {
        if (auto known = known_resource(metric)) return done(std::move(*known));
        kinds_.find(metric.kind, metric.api_version, KubeDiscovery::kServes, deadline, [done](const Result<KubeServedKind>& found) {
            done(found.map([](const KubeServedKind& kind) { return qualified_plural(kind.resource); }));
        });
    }

    void close() {
        documents_->close();
        answers_->close();
    }

private:
    KubeDiscovery kinds_;
    std::shared_ptr<Documents> documents_;
    std::shared_ptr<Answers> answers_;
};

KubeValues::KubeValues(IoThread& io, KubeClient& kube, const Clock& clock) : io_(io), state_(std::make_shared<State>(io, kube, clock)) {}

KubeValues::~KubeValues() {
    io_.run([this] { state_->close(); });
}

void KubeValues::ask(const KubeMetricsApi& api, const std::string& path, Duration fresh, Deadline deadline, Done done) {
    state_->ask(api, path, fresh, deadline, std::move(done));
}

void KubeValues::resource(const KubeObjectMetric& metric, Deadline deadline, std::function<void(const Result<std::string>&)> done) {
    state_->resource(metric, deadline, done);
}

}  // namespace setpoint
