// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agent/admin/gate.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/orchestrator.hpp"
#include "core/result.hpp"

namespace CLI {
class App;
class Option;
}

namespace setpoint {

/// What the verbs that read live signals have in common.
struct LiveOptions {
    std::vector<std::string> files;
    std::string docker_host;  // empty: as the environment says
    std::string kubeconfig;   // empty: as the environment says
    std::string context;      // empty: the current one
    std::string lease_name = ClusterSettings{}.lease_name;
    std::string lease_namespace;  // empty: our own
    std::string pod_metrics = "api";  // or kubelet
    std::string kubelet_ca;           // empty: the cluster's CA
    std::string log_format = "text";
};

/// The option for the files, which must be given unless the verb says otherwise.
CLI::Option* add_live_options(CLI::App& verb, LiveOptions& options);

/// The part of them that is about a cluster and the log.
void add_cluster_options(CLI::App& verb, LiveOptions& options);
/// Of those of them that scale.
void add_lease_options(CLI::App& verb, LiveOptions& options);
/// `--shards`, from 1 to kMostShards.
void add_shards_option(CLI::App& verb, std::size_t& shards, const std::string& help);
/// Of those of them that scale in a cluster: where CPU and memory of pods come from.
void add_kubelet_options(CLI::App& verb, LiveOptions& options);
/// Of the verbs that scale. `state`: the folder; empty for the default one.
void add_agent_options(CLI::App& verb, std::string& state, AdminOptions& admin);

/// What was given for it, or the default one.
[[nodiscard]] Result<std::filesystem::path> state_folder(const std::string& given);

/// Of a verb that watches its files: `bad_config` where one of them cannot be read twice.
[[nodiscard]] Result<> files_of(const LiveOptions& options);

/// The policies of the files; warnings, and everything that is wrong, are told on stderr first. `shadow` makes live
/// ones shadow.
[[nodiscard]] Result<LoadedPolicies> policies_of(const LiveOptions& options, bool shadow, PoliciesFrom from = PoliciesFrom::files);
/// As kubectl finds it, but for a pod's own account where nobody names a kubeconfig.
[[nodiscard]] Result<ClusterSettings> cluster_of(const LiveOptions& options);
/// Where these policies' targets run: all on one Engine (of whose lock the folders are), or all in one cluster. `bad_config`
/// for some here and some there.
[[nodiscard]] Result<Whereabouts> whereabouts_of(const LiveOptions& options, const std::vector<LivePolicy>& policies,
                                     std::vector<std::filesystem::path> lock_folders = {});
/// As it is called at the start: `the Engine at unix:///run/docker.sock`.
[[nodiscard]] std::string name_of(const Whereabouts& where);
/// On stderr, a line each.
[[nodiscard]] std::shared_ptr<spdlog::logger> log_of(const LiveOptions& options);

/// Says what is wrong on stderr; the exit code for it.
int complain(const Error& error);

}  // namespace setpoint
