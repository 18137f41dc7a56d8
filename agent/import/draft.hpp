// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "actuators/catalog.hpp"
#include "agent/import/foreign.hpp"
#include "core/replicas.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// A policy document in the making, its parts as they will be written.
struct Draft {
    using Json = nlohmann::ordered_json;

    std::string name;
    std::string name_space;
    KubernetesTarget target;
    Bounds replicas;
    Json signals = Json::object();
    Json policies = Json::array();
    Json behavior;    // null: none
    Json on_missing;  // null: hold
    Compat compat = Compat::hpa;
    Mode mode = Mode::live;
    bool partial = false;  // something that the original decides by is left out

    /// The name of a signal that reads `source`: one that is there, or a new one that is called nearly `wish`.
    [[nodiscard]] std::string signal_for(std::string_view wish, const Json& source);
    /// A `track` policy; `goal` is `utilization`, `averageValue` or `value`.
    void track(const std::string& signal, const char* goal, const std::string& amount);
};

/// How old a value may be. HPA takes whatever its API answers, and metrics-server may look once a minute only.
inline constexpr const char* kOldestValue = "5m";

/// The largest utilization that HPA takes, in percent: it only wants more than 0.
inline constexpr std::int64_t kMostPercent = std::numeric_limits<std::int32_t>::max();

/// A number where `text` is a plain one, else the text itself.
[[nodiscard]] nlohmann::ordered_json amount_of(const std::string& text);

/// The name and the namespace of the object.
void name_draft(Draft& draft, Foreign& metadata);

[[nodiscard]] nlohmann::ordered_json document_of(const Draft& draft);

}  // namespace setpoint
