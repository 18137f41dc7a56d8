// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/diagnostics.hpp"
#include "core/fields.hpp"
#include "core/pods.hpp"
#include "core/samples.hpp"

namespace setpoint {

/// `cpu: cpu` or `cpu: { cpu: {} }`
struct CpuSource {
    static constexpr std::string_view kind = "cpu";
    static constexpr std::string_view help = "CPU of the target's own pods, in cores";
    static constexpr Dimension dimension = Dimension::cores;
    static constexpr bool per_pod = true;
    std::string container;  // in a cluster: only the one with this name; empty: all of the pod
    Basis of = Basis::request;
    friend bool operator==(const CpuSource&, const CpuSource&) = default;
};

/// `memory: memory`
struct MemorySource {
    static constexpr std::string_view kind = "memory";
    static constexpr std::string_view help = "Memory of the target's own pods, in bytes, without the page cache";
    static constexpr Dimension dimension = Dimension::bytes;
    static constexpr bool per_pod = true;
    std::string container;
    Basis of = Basis::request;
    friend bool operator==(const MemorySource&, const MemorySource&) = default;
};

/// A Prometheus server: of a `kind: Source` document, or only its URL, beside the query.
struct PrometheusSettings {
    static constexpr std::string_view kind = "prometheus";
    static constexpr std::string_view help = "A Prometheus server, or another that speaks its query API";
    std::string url;
    std::string ca_file;
    std::string token_file;
    std::string username;
    std::string password_file;
    std::string certificate_file;
    std::string key_file;
    std::map<std::string, std::string> headers;

    friend bool operator<(const PrometheusSettings&, const PrometheusSettings&);
};

void bind(Fields& fields, PrometheusSettings& settings);
/// Paths are those of the settings.
void validate(const PrometheusSettings& settings, Diagnostics& out);

/// `requests: { prometheus: { query: 'sum(rate(http_requests_total[1m]))' } }`
struct PrometheusSource {
    static constexpr std::string_view kind = "prometheus";
    static constexpr std::string_view help = "An instant query to a Prometheus server; its answer is one number";
    static constexpr Dimension dimension = Dimension::none;
    static constexpr bool per_pod = false;
    std::string query;
    std::string source;  // the name of a `kind: Source` document; empty: the only one of its kind
    std::string url;     // in place of `source`
    // The server meant, once all documents are read; absent: values come from elsewhere, as in a dry run.
    std::optional<PrometheusSettings> server;
};

/// `requests: { podMetric: { name: http_requests_per_second } }`
struct PodMetricSource {
    static constexpr std::string_view kind = "podMetric";
    static constexpr std::string_view help = "A metric of each of the target's pods, from the cluster's custom.metrics.k8s.io";
    static constexpr Dimension dimension = Dimension::none;
    static constexpr bool per_pod = true;
    std::string name;
    std::string selector;  // of the metric's series, as kubectl writes one: verb=GET,code!=500
    friend bool operator==(const PodMetricSource&, const PodMetricSource&) = default;
};

/// The object that a metric describes.
struct DescribedObject {
    std::string kind;
    std::string name;
    std::string api_version;  // empty: a kind that Kubernetes itself has
    friend bool operator==(const DescribedObject&, const DescribedObject&) = default;
};

/// `requests: { objectMetric: { name: hits, object: { kind: Ingress, name: shop } } }`
struct ObjectMetricSource {
    static constexpr std::string_view kind = "objectMetric";
    static constexpr std::string_view help = "A metric of one object in the policy's namespace, from the cluster's custom.metrics.k8s.io";
    static constexpr Dimension dimension = Dimension::none;
    static constexpr bool per_pod = false;
    std::string name;
    std::string selector;
    DescribedObject object;
    friend bool operator==(const ObjectMetricSource&, const ObjectMetricSource&) = default;
};

/// `backlog: { externalMetric: { name: queue_depth, selector: queue=jobs } }`
struct ExternalMetricSource {
    static constexpr std::string_view kind = "externalMetric";
    static constexpr std::string_view help = "The sum of a metric's series, from the cluster's external.metrics.k8s.io";
    static constexpr Dimension dimension = Dimension::none;
    static constexpr bool per_pod = false;
    std::string name;
    std::string selector;
    friend bool operator==(const ExternalMetricSource&, const ExternalMetricSource&) = default;
};

void bind(Fields& fields, PrometheusSource& source);
void bind(Fields& fields, CpuSource& source);
void bind(Fields& fields, MemorySource& source);
void bind(Fields& fields, PodMetricSource& source);
void bind(Fields& fields, ObjectMetricSource& source);
void bind(Fields& fields, ExternalMetricSource& source);

/// Every kind of source: one line each, here and above. Read it with `Fields::tagged`.
using SourceSettings = std::variant<  //
    CpuSource, MemorySource, PrometheusSource, PodMetricSource, ObjectMetricSource, ExternalMetricSource>;

[[nodiscard]] std::string_view kind_of(const SourceSettings& settings);
[[nodiscard]] Dimension dimension_of(const SourceSettings& settings);
[[nodiscard]] bool is_per_pod(const SourceSettings& settings);
/// What cpu and memory are a share of, and the only container that counts; of others neither means anything.
[[nodiscard]] Basis basis_of(const SourceSettings& settings);
[[nodiscard]] std::string container_of(const SourceSettings& settings);

void validate(const SourceSettings& settings, Diagnostics& out);

}  // namespace setpoint
