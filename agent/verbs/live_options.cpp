// SPDX-License-Identifier: Apache-2.0
#include "agent/verbs/live_options.hpp"

#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "agent/documents/scalar_text.hpp"
#include "agent/live/kubeconfig.hpp"
#include "agent/live/log_format.hpp"
#include "agent/live/shards.hpp"
#include "agent/live/state_folder.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/standard_input.hpp"

namespace setpoint {

CLI::Option* add_live_options(CLI::App& verb, LiveOptions& options) {
    auto* files = verb.add_option("-f,--file", options.files, "Policy files, or folders of them (*.yaml, *.yml)")->required()->type_name(kFileWord);
    verb.add_option("--docker-host", options.docker_host,
                    "The Engine: unix:///run/docker.sock or tcp://host:2376 (default: $DOCKER_HOST)");
    add_cluster_options(verb, options);
    return files;
}

void add_cluster_options(CLI::App& verb, LiveOptions& options) {
    verb.add_option("--kubeconfig", options.kubeconfig,
                    "How to reach the cluster that policies speak of (default: $KUBECONFIG, the pod's service account, ~/.kube/config)")
        ->type_name(kFileWord);
    verb.add_option("--context", options.context, "The context of the kubeconfig (default: its current one)");
    verb.add_option("--log-format", options.log_format, "text, or json: an object a line")->check(CLI::IsMember({"text", "json"}));
}

void add_lease_options(CLI::App& verb, LiveOptions& options) {
    const auto is_name = [](const std::string& text) {
        return is_dns_label(text) ? std::string{} : text + " is no name: lower case letters, digits and dashes, at most 63";
    };
    verb.add_option("--lease-name", options.lease_name, "In a cluster, of the agents with the same Lease one scales and the others stand by")
        ->check(is_name)
        ->capture_default_str();
    verb.add_option("--lease-namespace", options.lease_namespace, "Where that Lease is (default: the pod's or the context's namespace)")->check(is_name);
}

void add_shards_option(CLI::App& verb, std::size_t& shards, const std::string& help) {
    const auto is_count = [](const std::string& text) {
        std::size_t count = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
        const bool good = error == std::errc{} && end == text.data() + text.size() && count >= 1 && count <= kMostShards;
        return good ? std::string{} : fmt::format("must be a number from 1 to {}, was '{}'", kMostShards, text);
    };
    verb.add_option("--shards", shards, help)->check(is_count)->capture_default_str()->type_name("N");
}

void add_kubelet_options(CLI::App& verb, LiveOptions& options) {
    verb.add_option("--pod-metrics", options.pod_metrics,
                    "In a cluster, where CPU and memory of pods come from: api (metrics.k8s.io) or kubelet (of their nodes, where its certificate verifies; else the API)")
        ->check(CLI::IsMember({"api", "kubelet"}))
        ->capture_default_str();
    verb.add_option("--kubelet-ca", options.kubelet_ca, "Who signed the kubelets' certificates, PEM (default: the cluster's CA)")->type_name(kFileWord);
}

void add_agent_options(CLI::App& verb, std::string& state, AdminOptions& admin) {
    verb.add_option("--state-dir", state,
                    "Where journal and checkpoint are kept (default: $STATE_DIRECTORY; /var/lib/setpoint as root; else "
                    "~/.local/state/setpoint)")
        ->type_name(kFolderWord);
    verb.add_option("--admin", admin.address, "Where page, API and metrics are served, or off. Off loopback it needs the next three")
        ->capture_default_str();
    verb.add_option("--admin-cert", admin.certificate, "TLS for --admin: the certificate and its chain, PEM")->type_name(kFileWord);
    verb.add_option("--admin-key", admin.key, "Its key, PEM")->type_name(kFileWord);
    verb.add_option("--metrics", admin.metrics, "Where /metrics, /healthz and /readyz are served to everybody, as 0.0.0.0:9465: no page, no API, no TLS")
        ->capture_default_str();
    verb.add_option("--admin-token-file", admin.token_file, "Who has this file's token may use --admin")->type_name(kFileWord);
}

Result<std::filesystem::path> state_folder(const std::string& given) {
    return given.empty() ? default_state_folder(::getenv, ::getuid()) : Result<std::filesystem::path>{given};
}

Result<> files_of(const LiveOptions& options) {
    if (std::ranges::none_of(options.files, is_standard_input)) return {};
    return fail(Errc::bad_config, "-f -: the files are read again when they change, which the standard input cannot be: name a file");
}

Result<LoadedPolicies> policies_of(const LiveOptions& options, bool shadow, PoliciesFrom from) {
    auto loaded = load_policies(options.files, shadow, from);
    if (!loaded) {
        fmt::print(stderr, "{}\n", loaded.error().message);
        return fail(Errc::bad_config, "does not start with wrong policies");
    }
    for (const auto& warning : loaded->warnings) fmt::print(stderr, "{}\n", warning);
    return loaded;
}

Result<ClusterSettings> cluster_of(const LiveOptions& options) {
    const bool kubelets = options.pod_metrics == "kubelet";
    if (!kubelets && !options.kubelet_ca.empty()) return fail(Errc::bad_config, "--kubelet-ca: kubelets are asked only with --pod-metrics kubelet");
    const auto environment = [&](const char* name) -> const char* {
        if (std::string_view{name} == "KUBECONFIG" && !options.kubeconfig.empty()) return options.kubeconfig.c_str();
        return ::getenv(name);
    };
    const bool named = environment("KUBECONFIG") != nullptr || !options.context.empty();
    auto access = !named && is_in_cluster(::getenv) ? in_cluster(::getenv) : read_kubeconfig(environment, options.context);
    if (!access) return tl::unexpected<Error>(std::move(access.error()));
    ClusterSettings settings{std::move(*access), options.lease_namespace, options.lease_name};
    settings.kubelets = kubelets;
    settings.kubelet_ca = options.kubelet_ca;
    return settings;
}

Result<Whereabouts> whereabouts_of(const LiveOptions& options, const std::vector<LivePolicy>& policies, std::vector<std::filesystem::path> lock_folders) {
    const auto in_a_cluster = [](const LivePolicy& policy) { return policy.workload.has_value(); };
    if (std::ranges::any_of(policies, in_a_cluster)) {
        const auto other = std::ranges::find_if_not(policies, in_a_cluster);
        if (other == policies.end()) return cluster_of(options).map([](ClusterSettings cluster) { return Whereabouts{std::move(cluster)}; });
        return fail(Errc::bad_config, fmt::format("{}: {} runs on an Engine, and others in a cluster: run an agent for each", other->origin, other->target));
    }
    if (options.pod_metrics == "kubelet") return fail(Errc::bad_config, "--pod-metrics kubelet: the policies speak of an Engine, which has no kubelets");
    const auto environment = [&](const char* name) -> const char* {
        if (std::string_view{name} == "DOCKER_HOST" && !options.docker_host.empty()) return options.docker_host.c_str();
        return ::getenv(name);
    };
    return docker_endpoint(environment).map([&](DockerEndpoint endpoint) { return Whereabouts{DockerSettings{std::move(endpoint), std::move(lock_folders)}}; });
}

std::string name_of(const Whereabouts& where) {
    if (const auto* engine = std::get_if<DockerSettings>(&where)) return "the Engine at " + engine->endpoint.name;
    return "the API server of " + std::get<ClusterSettings>(where).access.name;
}

std::shared_ptr<spdlog::logger> log_of(const LiveOptions& options) {
    auto log = std::make_shared<spdlog::logger>("setpoint", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    log->set_formatter(options.log_format == "json" ? json_lines() : text_lines());
    log->flush_on(spdlog::level::trace);
    return log;
}

int complain(const Error& error) {
    fmt::print(stderr, "setpoint: {}\n", error.message);
    return error.code == Errc::bad_config ? kWrongInput : kFailed;
}

}  // namespace setpoint
