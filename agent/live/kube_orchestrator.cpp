// SPDX-License-Identifier: Apache-2.0
#include "agent/live/kube_orchestrator.hpp"

#include <fmt/core.h>

#include <utility>

#include "actuators/kube_target.hpp"
#include "clients/engine_json.hpp"

namespace setpoint {
namespace {

Result<std::string> read_uid(const std::string& json) {
    const auto object = engine_json::read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    auto uid = engine_json::text(engine_json::member(*object, "metadata", "uid"));
    if (uid.empty()) return fail(Errc::bad_reply, "the answer has no UID");
    return uid;
}

}  // namespace

Result<std::unique_ptr<KubeOrchestrator>> KubeOrchestrator::make(IoThread& io, const Clock& clock, spdlog::logger& log, const KubeAccess& access) {
    auto client = KubeClient::connect(io, access);
    if (!client) return tl::unexpected<Error>(std::move(client.error()));
    return std::unique_ptr<KubeOrchestrator>{new KubeOrchestrator{io, clock, log, access, std::move(*client)}};
}

KubeOrchestrator::KubeOrchestrator(IoThread& io, const Clock& clock, spdlog::logger& log, const KubeAccess& access, std::unique_ptr<KubeClient> client)
    : io_(io), clock_(clock), log_(log), name_(fmt::format("the API server of {}", access.name)), own_namespace_(access.own_namespace), cluster_(io, std::move(client)) {}

void KubeOrchestrator::ask(Duration deadline, std::function<void(Result<std::string>)> done) {
    // The namespace that every cluster has tells it from others.
    cluster_.client().get(kube_path({"", "v1", "namespaces"}, {}, "kube-system"), deadline, [done = std::move(done)](Result<std::string> answer) {
        done(answer.and_then([](const std::string& json) { return read_uid(json); }));
    });
}

void KubeOrchestrator::claim(const std::string&, std::function<void(Result<>)> done) { done({}); }

Result<Attached> KubeOrchestrator::attach(TargetId id, const LivePolicy& policy, Use, std::function<void()> changed) {
    const auto& workload = *policy.workload;
    const auto told = [this, name = policy.spec.name](bool trouble, const std::string& text) {
        log_.log(trouble ? spdlog::level::warn : spdlog::level::info, "{}: {}", name, text);
    };
    const auto ns = policy.spec.name_space.empty() ? own_namespace_ : policy.spec.name_space;
    auto target = std::make_shared<KubeTarget>(io_, cluster_, clock_,
                                               KubeTarget::Settings{id, workload.object_kind, ns, workload.name, std::move(changed)},
                                               [] { return Result<void>{}; }, told);
    Attached attached;
    attached.watcher = target;
    attached.actuator = std::move(target);
    return attached;
}

}  // namespace setpoint
