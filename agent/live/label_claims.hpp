// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/documents/label_document.hpp"
#include "clients/docker_types.hpp"

namespace setpoint {

/// What a container says of its policy.
inline constexpr const char* kScaleLabel = "setpoint.dev/scale";  // the policy's spec, without the target
inline constexpr const char* kNameLabel = "setpoint.dev/name";    // its name, in place of one that is made of the target's
inline constexpr const char* kGroupLabel = "setpoint.dev/group";  // of a plain container: the group that it is a replica of

/// What the containers of one target say of their policy: the word of one of them counts.
struct LabelClaim {
    std::string target;       // as people call it: docker project shop service cart
    std::vector<std::string> labels;  // that all its containers carry
    LabelDocument document;
    std::string wrong;        // why the document cannot even be read; empty
    std::string container;    // whose word counts
    bool disagree = false;    // others say something else
    bool begun = false;       // one of them was started, ever
};

struct LabelClaims {
    std::vector<LabelClaim> claims;            // that of the target seen first, by the age of its containers, first
    std::map<std::string, std::string> wrong;  // container -> why it belongs to no target
};

/// The targets of all containers that carry a scale label. Of several the word counts of one that setpoint did not make
/// before its copies, of one that runs before one that stopped, then of the newest: of the one that new ones are made after.
[[nodiscard]] LabelClaims claims_of(const std::vector<ContainerSummary>& containers);

/// Whether a container carries all of `labels` (`app=cart`, or `app` for any value).
[[nodiscard]] bool carries(const ContainerSummary& container, const std::vector<std::string>& labels);

}  // namespace setpoint
