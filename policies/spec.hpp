// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.hpp"
#include "core/fields.hpp"
#include "core/ids.hpp"
#include "core/pods.hpp"
#include "core/replicas.hpp"
#include "core/samples.hpp"
#include "core/time.hpp"
#include "policies/catalog.hpp"
#include "policies/yielding.hpp"

namespace setpoint {

/// What control needs to know of a signal; where it comes from is the collectors' business.
struct SignalSpec {
    std::string name;
    Dimension dimension = Dimension::none;
    bool per_pod = false;                 // one value a replica (cpu, memory)
    std::string idle_when;                // the companion rate; empty: none
    std::optional<Duration> max_age;      // default: 3 times the resolution
    Duration resolution = std::chrono::seconds{15};  // how often the source has something new
    double activation = 0;                // scale to zero: active above it
    Basis of = Basis::request;            // of cpu and memory: what they are a share of
    std::string container;                // ... and the only container that counts; empty: all of the pod

    [[nodiscard]] Duration oldest_allowed() const { return max_age.value_or(3 * resolution); }
};

/// HPA v2's `behavior`: periods and windows in whole seconds, as there.
struct ScalingRule {
    enum class Type : std::uint8_t { pods, percent };
    Type type = Type::percent;
    std::int64_t value = 100;
    std::int64_t period_seconds = 15;
    friend bool operator==(const ScalingRule&, const ScalingRule&) = default;
};

struct ScalingRules {
    enum class Select : std::uint8_t { max, min, disabled };
    std::optional<std::int64_t> stabilization_window_seconds;
    Select select = Select::max;
    std::vector<ScalingRule> policies;    // empty: HPA's default of the direction
    std::optional<double> tolerance;      // of the direction; overrides the policies' own default
    friend bool operator==(const ScalingRules&, const ScalingRules&) = default;
};

struct Behavior {
    ScalingRules scale_up;
    ScalingRules scale_down;
    friend bool operator==(const Behavior&, const Behavior&) = default;
};

/// What to do when nothing valid is left: hold, or after a while a stated size.
struct OnMissing {
    std::optional<Replicas> replicas;     // absent: hold
    Duration after = std::chrono::minutes{3};
    bool allow_down = false;
};

/// How several wishes become one.
enum class Combine : std::uint8_t { max, min };

enum class Mode : std::uint8_t { live, shadow, off };

/// Whose literal arithmetic to reproduce.
enum class Compat : std::uint8_t { none, hpa };

/// One entry of `policies`.
struct PolicyEntry {
    std::string name;                     // default: kind, a dot, the signal
    PolicySettings settings;
};

/// A policy document, as far as control goes: the reducer needs nothing else.
struct ScalingSpec {
    std::string name;
    std::string name_space;               // empty outside a cluster
    std::string target;                   // in words; of another one no size and no pod is known
    Bounds replicas;
    Duration interval = std::chrono::seconds{5};
    std::vector<SignalSpec> signals;
    std::vector<PolicyEntry> policies;
    Combine combine = Combine::max;
    std::optional<Behavior> behavior;
    OnMissing on_missing;
    Duration hold_for = std::chrono::minutes{30};
    Mode mode = Mode::live;
    Compat compat = Compat::none;
    YieldSettings yield;
    std::string leave_first;              // the per-pod signal of which the replicas with the least go first; empty: as the orchestrator chooses

    [[nodiscard]] std::optional<SignalId> find_signal(std::string_view name) const;
    /// `shop/cart` in a cluster, `cart` outside: no other policy of an agent is called that.
    [[nodiscard]] std::string full_name() const;
};

/// Binds everything a journal must hold to replay: the canonical form, not the document's syntax.
void bind(Fields& fields, ScalingSpec& spec);
void bind(Fields& fields, Behavior& behavior);
void bind(Fields& fields, ScalingRules& rules);
void bind(Fields& fields, ScalingRule& rule);

/// The rules that span several fields. Paths are those of a document's `spec`.
void validate(const ScalingSpec& spec, Diagnostics& out);

/// Names the policies that have none: kind, a dot, the signal; a number where that is taken.
void name_policies(ScalingSpec& spec);

}  // namespace setpoint
