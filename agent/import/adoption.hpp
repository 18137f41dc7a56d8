// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/managed_fields.hpp"
#include "core/result.hpp"

namespace setpoint {

/// How much of a target a policy has, beside another autoscaler of it:
enum class Stage : std::uint8_t {
    shadow,  // it decides and writes nothing
    floor,   // it moves the other one's minimum
    full,    // it is the only one
};
[[nodiscard]] std::string_view name_of(Stage stage);

/// What a cluster says of a policy that is to take a target over, or to give it back.
struct Adoption {
    struct Autoscaler {
        std::string kind;  // HorizontalPodAutoscaler, ScaledObject
        std::string name;
        std::string target_kind;
        std::string target;
        std::string api_version;  // of its target, as it is written there
    };

    std::string ns;
    std::string name;
    Stage stage = Stage::shadow;
    std::string target_kind;  // of the policy
    std::string target;
    std::string api_version;  // of a kind that is not known by itself
    std::string not_ready;    // why it is not ready; empty: it is
    std::optional<Autoscaler> other;
    std::vector<FieldWriter> hands;  // who else wrote the field that the policy writes, or will write; autoscalers apart
};

/// The policy as the API server has it. `bad_reply` for what is no ScalingPolicy, `bad_config` for one whose target is in no cluster.
[[nodiscard]] Result<Adoption> read_adoption(std::string_view policy);

/// Adds what a list of HorizontalPodAutoscalers or ScaledObjects of its namespace says of the policy's target, or of the object that is its target.
[[nodiscard]] Result<> add_autoscalers(Adoption& adoption, std::string_view kind, std::string_view list);

/// Adds who else writes the size of the scaled object, as its `managedFields` say it. `bad_reply` for what is no object.
[[nodiscard]] Result<> add_hands(Adoption& adoption, std::string_view object);

/// The kind and name of what is scaled in the end: the policy's target, or that of the autoscaler which is its target.
struct Scaled {
    std::string kind;
    std::string name;
    std::string api_version;  // empty: of a kind that is known
};
[[nodiscard]] Scaled scaled_by(const Adoption& adoption);

struct Step {
    std::string why;
    std::string command;  // empty: something to do by hand
};
struct Way {
    std::vector<std::string> first;  // what stands in the way and should be done before
    std::vector<Step> steps;
    std::string afterwards;
};

/// From the stage it has to `to`. `refused` where there is nothing to do, or where the stage needs an autoscaler that is not there.
[[nodiscard]] Result<Way> way_to(const Adoption& adoption, Stage to);

}  // namespace setpoint
