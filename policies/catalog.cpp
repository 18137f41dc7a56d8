// SPDX-License-Identifier: Apache-2.0
#include "policies/catalog.hpp"

#include <type_traits>

#include "policies/spec.hpp"

namespace setpoint {

std::string_view kind_of(const PolicySettings& settings) {
    return std::visit([](const auto& known) { return std::decay_t<decltype(known)>::kind; }, settings);
}

std::string_view signal_of(const PolicySettings& settings) {
    return std::visit(
        [](const auto& known) -> std::string_view {
            if constexpr (requires { known.signal; }) return known.signal;
            else return {};
        },
        settings);
}

void validate(const PolicySettings& settings, const ScalingSpec& spec, Diagnostics& out) {
    std::visit([&](const auto& known) { validate(known, spec, out); }, settings);
}

Result<std::unique_ptr<Policy>> make_policy(const PolicySettings& settings, const ScalingSpec& spec) {
    return std::visit([&](const auto& known) { return make(known, spec); }, settings);
}

}  // namespace setpoint
