// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_scale.hpp"

#include <algorithm>
#include <charconv>

#include "clients/reply_json.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

/// Zero where it is left out, as the API does.
Result<Replicas> replicas_of(const Json* value) {
    const auto number = count(value);
    if (value != nullptr && !number) return fail(Errc::bad_reply, "the Scale has no whole number of replicas");
    return static_cast<Replicas>(std::min<std::uint64_t>(number.value_or(0), kMaxReplicas));
}

}  // namespace

Result<KubeScale> read_kube_scale(std::string_view json) {
    const auto object = read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    if (text(member(*object, "kind")) != "Scale") return fail(Errc::bad_reply, "the answer is no Scale");
    const auto replicas = replicas_of(member(*object, "spec", "replicas"));
    if (!replicas) return tl::unexpected<Error>(replicas.error());
    const auto exist = replicas_of(member(*object, "status", "replicas"));
    if (!exist) return tl::unexpected<Error>(exist.error());
    const auto written = text(member(*object, "status", "selector"));
    if (written.empty()) return fail(Errc::bad_reply, "its scale names no selector, so nothing says which pods are its own (labelSelectorPath of a CustomResourceDefinition)");
    auto selector = parse_selector(written);
    if (!selector) return tl::unexpected<Error>(std::move(selector.error()));
    KubeScale scale{*replicas, *exist, std::move(*selector), 0};
    const auto version = text(member(*object, "metadata", "resourceVersion"));
    std::from_chars(version.data(), version.data() + version.size(), scale.version);
    return scale;
}

}  // namespace setpoint
