// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/documents/document.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// A policy that this version can run live: what to decide, whom to scale, and where the signals come from.
struct LivePolicy {
    ScalingSpec spec;
    std::vector<std::string> labels; // that all its containers carry: app=cart
    std::string service;             // of a Swarm, by its name; empty for containers that we make ourselves
    std::optional<KubernetesTarget> workload;  // in place of these two
    std::string target;              // as people call it: docker label app=cart
    std::string origin;              // where it stands: cart.yaml:1
    std::optional<SignalId> cpu;     // of the Engine's statistics
    std::optional<SignalId> memory;
    struct Query {
        SignalId signal{};
        PrometheusSettings server;
        std::string text;
    };
    std::vector<Query> queries;      // to Prometheus servers
    /// What a cluster's own APIs answer.
    struct Metric {
        SignalId signal{};
        std::variant<CpuSource, MemorySource, PodMetricSource, ObjectMetricSource, ExternalMetricSource> source;
        friend bool operator==(const Metric&, const Metric&) = default;
    };
    std::vector<Metric> metrics;     // of a workload
    std::size_t shard = 0;           // of a cluster's policies, where agents share them
};

/// Whether the same objects can go on for `b` as for `a`: the same target, and the same signals from the same places.
[[nodiscard]] bool same_outside(const LivePolicy& a, const LivePolicy& b);

/// What a policy asks of others alone, as one text: those with the same one hear the same answers, so it is best that they ask at the same
/// time. Empty where it reads its own target, or nothing.
[[nodiscard]] std::string shared_question(const LivePolicy& policy);

/// `cart: docker label app=cart, 2 to 40 replicas, every 5s (live)`
[[nodiscard]] std::string summary(const LivePolicy& policy);

/// Makes live ones shadow.
void keep_in_shadow(LivePolicy& policy);

struct LoadedPolicies {
    std::vector<LivePolicy> policies;
    GuardSettings guards;  // over all of them
    std::vector<SourceDocument> sources;
    std::vector<std::string> warnings;
};
/// Whether files must hold a policy, or whether containers or a cluster say theirs.
enum class PoliciesFrom : std::uint8_t { files, files_or_elsewhere };
/// Every policy of the files, or everything that is wrong with them, a line each. `shadow` makes live ones shadow.
[[nodiscard]] Result<LoadedPolicies> load_policies(const std::vector<std::string>& files, bool shadow,
                                                   PoliciesFrom from = PoliciesFrom::files);

/// `bad_config` for a target or a source that a document may name and this version cannot run live; the
/// message names it.
[[nodiscard]] Result<LivePolicy> live_policy(const PolicyDocument& document);

}  // namespace setpoint
