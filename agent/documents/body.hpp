// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actuators/catalog.hpp"
#include "collectors/catalog.hpp"
#include "core/fields.hpp"
#include "policies/spec.hpp"

namespace setpoint {

inline constexpr std::string_view kApiVersion = "setpoint.dev/v1alpha1";
inline constexpr std::string_view kPolicyKind = "ScalingPolicy";

// A policy document as it is written: the shape that the reader fills and the schema describes.

struct MetadataBody {
    std::string name;
    std::string name_space;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
};

struct SignalBody {
    std::optional<SourceSettings> source;  // absent: values are fed in, as in a dry run
    std::optional<Dimension> unit;         // absent: that of the source
    std::string idle_when;
    std::optional<Duration> max_age;
    Duration resolution = SignalSpec{}.resolution;
    double activation = 0;

    [[nodiscard]] Dimension dimension() const;
    [[nodiscard]] bool resource() const;  // cpu or memory of the target's own pods, as a share of something
};

struct BoundsBody {
    Bounds bounds;
};

struct PolicyBody {
    PolicyEntry entry;
};

struct OnMissingBody {
    OnMissing on_missing;
};

struct SpecBody {
    TargetSettings target;
    BoundsBody replicas;
    Duration interval = ScalingSpec{}.interval;
    std::map<std::string, SignalBody> signals;
    std::vector<PolicyBody> policies;
    Combine combine = Combine::max;
    std::optional<Behavior> behavior;
    OnMissingBody on_missing;
    Duration hold_for = ScalingSpec{}.hold_for;
    Mode mode = Mode::live;
    Compat compat = Compat::none;
    YieldSettings yield;
};

struct DocumentBody {
    MetadataBody metadata;
    SpecBody spec;
};

void bind(Fields& fields, MetadataBody& metadata);

/// What every document begins with: `apiVersion`, and its `kind`, the only one of `kinds`.
void bind_head(Fields& fields, std::span<const std::string_view> kinds);

/// All of a document; a row's value may be used by later rows, so a reader sees `signals` before `policies`.
void bind(Fields& fields, DocumentBody& body);

/// What control needs of it. The names are filled in, nothing is checked.
[[nodiscard]] ScalingSpec scaling_spec(const DocumentBody& body);

}  // namespace setpoint
