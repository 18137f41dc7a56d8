// SPDX-License-Identifier: Apache-2.0
#include "agent/import/adoption.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <chrono>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "agent/live/policy_object.hpp"
#include "agent/verbs/live_options.hpp"
#include "agent/verbs/verbs.hpp"
#include "clients/kube_client.hpp"
#include "clients/kube_discovery.hpp"
#include "clients/kube_kinds.hpp"

namespace setpoint {
namespace {

constexpr Duration kPatience = std::chrono::seconds{15};

struct AdoptionOptions {
    LiveOptions live;
    std::string policy;
    std::string ns;
    std::string to;  // empty: the next stage in that direction
};

/// A cluster, asked one thing after the other.
class Inquiry {
public:
    [[nodiscard]] static Result<std::unique_ptr<Inquiry>> open(const KubeAccess& access) {
        auto inquiry = std::make_unique<Inquiry>();
        auto client = KubeClient::connect(inquiry->io_, access);
        if (!client) return tl::unexpected<Error>(std::move(client.error()));
        inquiry->client_ = std::move(*client);
        inquiry->discovery_.emplace(inquiry->io_, *inquiry->client_, inquiry->clock_);
        return inquiry;
    }

    [[nodiscard]] Result<std::string> get(const std::string& path) {
        return answer<std::string>([&](auto done) { client_->get(path, kPatience, std::move(done)); });
    }

    [[nodiscard]] Result<KubeResource> resource_of(const std::string& kind, const std::string& api_version) {
        if (const auto* known = known_kind(kind, api_version)) return known->resource();
        return answer<KubeServedKind>([&](auto done) {
                   io_.post([this, kind, api_version, done] { discovery_->find(kind, api_version, KubeDiscovery::kServes, Deadline{kPatience}, done); });
               })
            .map([](const KubeServedKind& served) { return served.resource; });
    }

private:
    template <class T, class Ask>
    [[nodiscard]] Result<T> answer(const Ask& ask) {
        const auto promise = std::make_shared<std::promise<Result<T>>>();
        ask([promise](Result<T> result) { promise->set_value(std::move(result)); });
        return promise->get_future().get();
    }

    IoThread io_;
    Clock clock_;
    std::unique_ptr<KubeClient> client_;
    std::optional<KubeDiscovery> discovery_;
};

Result<> look_for_autoscalers(Inquiry& cluster, Adoption& adoption) {
    for (const char* kind : {"HorizontalPodAutoscaler", "ScaledObject"}) {
        const auto list = cluster.get(kube_path(known_kind(kind)->resource(), adoption.ns));
        if (!list && list.error().code == Errc::no_data) continue;  // no KEDA there
        if (!list) return tl::unexpected<Error>(list.error());
        if (const auto added = add_autoscalers(adoption, kind, *list); !added) return added;
    }
    return {};
}

Stage next_stage(const Adoption& adoption, bool up) {
    if (!up) return adoption.stage == Stage::full && adoption.other ? Stage::floor : Stage::shadow;
    return adoption.stage == Stage::shadow && adoption.other ? Stage::floor : Stage::full;
}

/// Who else writes what the policy will write at this stage.
Result<> look_for_hands(Inquiry& cluster, Adoption& adoption, Stage to) {
    if (to == Stage::shadow) return {};
    const bool floor = to == Stage::floor && adoption.other;
    const auto scaled = scaled_by(adoption);
    const auto kind = floor ? adoption.other->kind : scaled.kind;
    const auto name = floor ? adoption.other->name : scaled.name;
    auto resource = cluster.resource_of(kind, floor ? std::string{} : scaled.api_version);
    if (!resource) return tl::unexpected<Error>(std::move(resource.error()));
    return cluster.get(kube_path(*resource, adoption.ns, name)).and_then([&](const std::string& object) { return add_hands(adoption, object); });
}

void print(const Adoption& adoption, Stage to, const Way& way) {
    fmt::print("{}/{}: from {} to {}\n", adoption.ns, adoption.name, name_of(adoption.stage), name_of(to));
    if (!way.first.empty()) fmt::print("\nFirst\n");
    for (const auto& trouble : way.first) fmt::print("  ! {}\n", trouble);
    fmt::print("\nSteps\n");
    for (std::size_t i = 0; i < way.steps.size(); ++i) fmt::print("  {}. {}\n     $ {}\n", i + 1, way.steps[i].why, way.steps[i].command);
    if (!way.afterwards.empty()) fmt::print("\n{}\n", way.afterwards);
}

Result<Stage> stage_called(const std::string& name) {
    for (const auto stage : {Stage::shadow, Stage::floor, Stage::full}) {
        if (name == name_of(stage)) return stage;
    }
    return fail(Errc::bad_config, "there is no stage '" + name + "'");
}

Result<> show_way(const AdoptionOptions& options, bool up) {
    auto access = cluster_of(options.live);
    if (!access) return tl::unexpected<Error>(std::move(access.error()));
    auto cluster = Inquiry::open(access->access);
    if (!cluster) return tl::unexpected<Error>(std::move(cluster.error()));
    const auto slash = options.policy.find('/');
    const auto own = options.ns.empty() ? access->access.own_namespace : options.ns;
    const auto ns = slash == std::string::npos ? own : options.policy.substr(0, slash);
    const auto name = slash == std::string::npos ? options.policy : options.policy.substr(slash + 1);
    auto adoption = (*cluster)->get(kube_path(kScalingPolicies, ns, name)).and_then([](const std::string& json) { return read_adoption(json); });
    if (!adoption) return tl::unexpected<Error>(in("the ScalingPolicy " + ns + "/" + name)(std::move(adoption.error())));
    if (auto looked = look_for_autoscalers(**cluster, *adoption); !looked) return looked;
    auto to = options.to.empty() ? Result<Stage>{next_stage(*adoption, up)} : stage_called(options.to);
    if (!to) return tl::unexpected<Error>(std::move(to.error()));
    if (auto looked = look_for_hands(**cluster, *adoption, *to); !looked) return looked;
    auto way = way_to(*adoption, *to);
    if (!way) return tl::unexpected<Error>(std::move(way.error()));
    print(*adoption, *to, *way);
    return {};
}

void add_verb(CLI::App& app, int& exit_code, const char* name, const char* help, const char* stages, bool up) {
    auto* verb = app.add_subcommand(name, help);
    auto options = std::make_shared<AdoptionOptions>();
    verb->add_option("policy", options->policy, "The ScalingPolicy: its name, or NAMESPACE/NAME")->required();
    verb->add_option("-n,--namespace", options->ns, "Its namespace (default: the context's)");
    verb->add_option("--to", options->to, stages)->check(CLI::IsMember({"shadow", "floor", "full"}));
    add_cluster_options(*verb, options->live);
    verb->callback([options, up, &exit_code] {
        const auto shown = show_way(*options, up);
        exit_code = shown ? kDone : complain(shown.error());
    });
}

}  // namespace

void add_adoption(CLI::App& app, int& exit_code) {
    add_verb(app, exit_code, "promote", "Prints the steps by which a policy in a cluster takes over more of its target from another autoscaler; changes nothing",
             "floor (it moves the other autoscaler's minimum) or full (it alone sets the size); default: the next one", true);
    add_verb(app, exit_code, "demote", "Prints the steps by which it gives that back; changes nothing", "floor or shadow (it only decides); default: the next one", false);
}

}  // namespace setpoint
