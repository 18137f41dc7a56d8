// SPDX-License-Identifier: Apache-2.0
#include "collectors/catalog.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>
#include <type_traits>

#include "clients/server_url.hpp"

namespace setpoint {

namespace {

void bind_container(Fields& fields, std::string& container) {
    fields.optional("container", container, dns_label(), "in a cluster: only the container with this name; by default all of a pod");
}

void bind_metric(Fields& fields, std::string& name, std::string& selector) {
    fields.required("name", name, {}, "the metric's name in that API");
    fields.optional("selector", selector, {}, "only of series with these labels: queue=jobs,tier in (a, b)");
}

void validate_metric(const std::string& name, Diagnostics& out) {
    // It becomes a part of a path.
    const bool odd = std::ranges::any_of(name, [](unsigned char c) { return c <= ' ' || c == '/' || c == '%' || c == 0x7f; });
    if (odd || name == "." || name == "..") out.error("name", "must be the name of a metric, without blanks, / and %, was '" + name.substr(0, 80) + "'");
}

}  // namespace

void bind(Fields& fields, CpuSource& source) {
    static constexpr std::array<std::string_view, 3> bases{"request", "limit", "cores"};
    bind_container(fields, source.container);
    fields.choice("of", source.of, bases, "what utilization is a share of; cores: the signal stays in cores");
}

void bind(Fields& fields, MemorySource& source) {
    static constexpr std::array<std::string_view, 3> bases{"request", "limit", "bytes"};
    bind_container(fields, source.container);
    fields.choice("of", source.of, bases, "what utilization is a share of; bytes: the signal stays in bytes");
}

void bind(Fields& fields, PodMetricSource& source) { bind_metric(fields, source.name, source.selector); }
void bind(Fields& fields, ExternalMetricSource& source) { bind_metric(fields, source.name, source.selector); }

static void bind(Fields& fields, DescribedObject& object) {
    fields.required("kind", object.kind, identifier(), "Service, Ingress, or another kind");
    fields.required("name", object.name, {}, "its name");
    fields.optional("apiVersion", object.api_version, {}, "of a kind that Kubernetes does not have itself");
}

void bind(Fields& fields, ObjectMetricSource& source) {
    bind_metric(fields, source.name, source.selector);
    fields.required("object", source.object, {}, "what the metric describes");
}

void bind(Fields& fields, PrometheusSource& source) {
    fields.required("query", source.query, {}, "PromQL whose answer is one number: sum(rate(http_requests_total[1m]))");
    fields.optional("source", source.source, identifier(), "the name of the Source that answers; by default the only one of its kind");
    fields.optional("url", source.url, {}, "the server itself, in place of a source: http://prometheus:9090");
}

bool operator<(const PrometheusSettings& a, const PrometheusSettings& b) {
    const auto all = [](const PrometheusSettings& s) {
        return std::tie(s.url, s.ca_file, s.token_file, s.username, s.password_file, s.certificate_file, s.key_file, s.headers);
    };
    return all(a) < all(b);
}

void bind(Fields& fields, PrometheusSettings& settings) {
    fields.required("url", settings.url, {}, "http://HOST:PORT or https://HOST:PORT, with the path before /api/v1 where there is one");
    fields.optional("caFile", settings.ca_file, {}, "the CA that signed the server's certificate; by default the system's");
    fields.optional("tokenFile", settings.token_file, {}, "a file with a bearer token; read at each request, so that it may rotate");
    fields.optional("username", settings.username, {}, "for basic authentication, with passwordFile");
    fields.optional("passwordFile", settings.password_file, {}, "a file with the password");
    fields.optional("certificateFile", settings.certificate_file, {}, "the agent's own certificate, with keyFile");
    fields.optional("keyFile", settings.key_file, {}, "the key of certificateFile");
    fields.optional("headers", settings.headers, {}, "sent with each request, such as X-Scope-OrgID; for nothing secret");
}

namespace {

bool is_header_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
}

bool is_header_value(std::string_view value) {
    return std::ranges::all_of(value, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
}

}  // namespace

void validate(const PrometheusSettings& settings, Diagnostics& out) {
    const auto url = parse_server_url(settings.url);
    if (!url) out.error("url", url.error().message);
    const bool tls = url && url->tls;
    if (settings.username.empty() != settings.password_file.empty()) out.error("username", "username and passwordFile go together");
    if (settings.certificate_file.empty() != settings.key_file.empty()) out.error("certificateFile", "certificateFile and keyFile go together");
    if (!settings.token_file.empty() && !settings.username.empty()) out.error("tokenFile", "a token or a username, not both");
    if (url && !tls && (!settings.ca_file.empty() || !settings.certificate_file.empty())) {
        out.error("caFile", "certificates are for https://, the url says http://");
    }
    const bool local = url && (url->host == "localhost" || url->host == "127.0.0.1" || url->host == "::1");
    if (url && !tls && !local && (!settings.token_file.empty() || !settings.username.empty())) {
        out.warning("url", "credentials travel in plain text: https:// keeps them secret");
    }
    for (const auto& [name, value] : settings.headers) {
        if (!is_header_name(name) || !is_header_value(value)) out.error("headers", "'" + name + "' is no HTTP header");
        std::string lower = name;
        std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (lower == "authorization" || lower == "cookie") out.error("headers", "'" + name + "' would be a secret in the text: use tokenFile, or username and passwordFile");
    }
}

std::string_view kind_of(const SourceSettings& settings) {
    return std::visit([](const auto& known) { return std::decay_t<decltype(known)>::kind; }, settings);
}

Dimension dimension_of(const SourceSettings& settings) {
    return std::visit([](const auto& known) { return std::decay_t<decltype(known)>::dimension; }, settings);
}

bool is_per_pod(const SourceSettings& settings) {
    return std::visit([](const auto& known) { return std::decay_t<decltype(known)>::per_pod; }, settings);
}

Basis basis_of(const SourceSettings& settings) {
    if (const auto* cpu = std::get_if<CpuSource>(&settings)) return cpu->of;
    const auto* memory = std::get_if<MemorySource>(&settings);
    return memory != nullptr ? memory->of : Basis::request;
}

std::string container_of(const SourceSettings& settings) {
    if (const auto* cpu = std::get_if<CpuSource>(&settings)) return cpu->container;
    const auto* memory = std::get_if<MemorySource>(&settings);
    return memory != nullptr ? memory->container : std::string{};
}

namespace {

void validate_one(const CpuSource&, Diagnostics&) {}
void validate_one(const MemorySource&, Diagnostics&) {}
void validate_one(const PodMetricSource& source, Diagnostics& out) { validate_metric(source.name, out); }
void validate_one(const ObjectMetricSource& source, Diagnostics& out) { validate_metric(source.name, out); }
void validate_one(const ExternalMetricSource& source, Diagnostics& out) { validate_metric(source.name, out); }

void validate_one(const PrometheusSource& source, Diagnostics& out) {
    if (source.query.find_first_not_of(" \t\r\n") == std::string::npos) out.error("query", "is empty");
    if (!source.url.empty() && !source.source.empty()) out.error("url", "a source or a url, not both");
    if (source.url.empty()) return;
    if (const auto url = parse_server_url(source.url); !url) out.error("url", url.error().message);
}

}  // namespace

void validate(const SourceSettings& settings, Diagnostics& out) {
    std::visit([&out](const auto& source) { validate_one(source, out); }, settings);
}

}  // namespace setpoint
