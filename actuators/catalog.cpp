// SPDX-License-Identifier: Apache-2.0
#include "actuators/catalog.hpp"

#include <algorithm>
#include <type_traits>

namespace setpoint {
namespace {

std::string identity_of(const DockerTarget& target) { return "docker label " + target.label; }

}  // namespace

void bind(Fields& fields, DockerTarget& target) {
    fields.required("label", target.label, anything(), "the label that all containers of the group carry: app=cart");
}

void validate(const DockerTarget& target, Diagnostics& out) {
    const auto name = target.label.substr(0, target.label.find('='));
    const bool odd = std::ranges::any_of(target.label, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (name.empty() || odd || target.label.size() > 512) {
        out.error("label", "must be a label as name=value, at most 512 characters, was '" + target.label.substr(0, 80) + "'");
    } else if (name.starts_with("setpoint.dev/")) {
        out.error("label", "must not be one of setpoint's own marks, was '" + target.label + "'");
    }
}

std::string_view kind_of(const TargetSettings& settings) {
    return std::visit([](const auto& known) { return std::decay_t<decltype(known)>::kind; }, settings);
}

std::string identity(const TargetSettings& settings) {
    return std::visit([](const auto& known) { return identity_of(known); }, settings);
}

void validate(const TargetSettings& settings, Diagnostics& out) {
    std::visit([&](const auto& known) { validate(known, out); }, settings);
}

}  // namespace setpoint
