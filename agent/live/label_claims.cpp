// SPDX-License-Identifier: Apache-2.0
#include "agent/live/label_claims.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <tuple>
#include <utility>

#include "actuators/docker_plan.hpp"
#include "agent/documents/scalar_text.hpp"
#include "agent/documents/suggestion.hpp"
#include "core/result.hpp"

namespace setpoint {
namespace {

std::string label_of(const ContainerSummary& container, const char* name) {
    const auto found = container.labels.find(name);
    return found == container.labels.end() ? std::string{} : found->second;
}

/// Of one that `compose run` made: it is no replica of its service.
bool one_off(const ContainerSummary& container) {
    const auto mark = label_of(container, "com.docker.compose.oneoff");
    return !mark.empty() && mark != "False";
}

bool says_something(const ContainerSummary& container) {
    const bool leaves = container.state == ContainerState::removing || container.state == ContainerState::dead;
    return container.labels.contains(kScaleLabel) && !leaves && !one_off(container);
}

/// Names of projects and services are shown, and are part of what others are called by.
bool is_plain(std::string_view name) {
    constexpr std::size_t kLongest = 255;
    return !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    });
}

Result<DockerTarget> target_of(const ContainerSummary& container) {
    const auto group = label_of(container, kGroupLabel);
    const auto project = label_of(container, "com.docker.compose.project");
    const auto service = label_of(container, "com.docker.compose.service");
    const auto swarm = label_of(container, "com.docker.swarm.service.name");
    const bool composed = !project.empty() && !service.empty() && !label_of(container, "com.docker.compose.oneoff").empty();
    if ((composed || !swarm.empty()) && container.labels.contains(kGroupLabel)) {
        return fail(Errc::bad_config, fmt::format("it belongs to the service {}: leave the label {} out", shown(composed ? service : swarm), kGroupLabel));
    }
    if ((composed && !(is_plain(project) && is_plain(service))) || (!swarm.empty() && !is_plain(swarm))) {
        return fail(Errc::bad_config, "the names of its project and service must be letters, digits, and - _ .");
    }
    if (composed) return DockerTarget{{}, service, project};
    if (!swarm.empty()) return DockerTarget{{}, swarm, {}};
    if (!container.labels.contains(kGroupLabel)) {
        return fail(Errc::bad_config, fmt::format("it belongs to no Compose service: name its group by another label, {}=NAME", kGroupLabel));
    }
    if (!is_identifier(group)) {
        return fail(Errc::bad_config, fmt::format("{} must be letters, digits, and - _ . inside, at most 63, was {}", kGroupLabel, shown(group)));
    }
    return DockerTarget{fmt::format("{}={}", kGroupLabel, group), {}, {}};
}

/// `shop-cart` for a Compose service, `web` for a group; in lower case, with dashes for all that names do not have.
std::string name_for(const DockerTarget& target) {
    constexpr std::size_t kLongest = 63;
    auto name = target.label.empty() ? (target.project.empty() ? "" : target.project + "-") + target.service
                                     : target.label.substr(target.label.find('=') + 1);
    for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : '-';
    name.resize(std::min(name.size(), kLongest));
    while (name.ends_with('-')) name.pop_back();
    name.erase(0, name.find_first_not_of('-'));
    return name;
}

/// Whose word counts comes last.
auto weight(const ContainerSummary& container) {
    const bool up = container.running() || container.state == ContainerState::restarting;
    return std::tuple{!container.labels.contains(kPolicyMark), up, container.created, container.name};
}

struct Group {
    DockerTarget target;
    std::vector<const ContainerSummary*> containers;

    [[nodiscard]] WallTime since() const { return (*std::ranges::min_element(containers, {}, &ContainerSummary::created))->created; }
};

bool say_the_same(const ContainerSummary& a, const ContainerSummary& b) {
    return label_of(a, kScaleLabel) == label_of(b, kScaleLabel) && label_of(a, kNameLabel) == label_of(b, kNameLabel);
}

LabelClaim claim_of(const Group& group) {
    const auto& speaker = **std::ranges::max_element(group.containers, {}, [](const ContainerSummary* c) { return weight(*c); });
    LabelClaim claim;
    claim.target = identity(group.target);
    claim.labels = labels_of(group.target);
    claim.container = speaker.name;
    claim.disagree = std::ranges::any_of(group.containers, [&](const ContainerSummary* other) { return !say_the_same(speaker, *other); });
    claim.begun = std::ranges::any_of(group.containers, [](const ContainerSummary* c) { return c->state != ContainerState::created; });
    const bool named = speaker.labels.contains(kNameLabel);
    claim.document = {label_of(speaker, kScaleLabel), fmt::format("container {}, label {}", speaker.name, kScaleLabel),
                      named ? label_of(speaker, kNameLabel) : name_for(group.target), group.target};
    if (!is_dns_label(claim.document.name)) {
        claim.wrong = named ? fmt::format("container {}, label {}: must be lower case letters, digits, and - inside, at most 63, was {}", speaker.name,
                                          kNameLabel, shown(claim.document.name))
                            : fmt::format("container {}: no name can be made of its target's: say one, {}=NAME", speaker.name, kNameLabel);
    }
    return claim;
}

}  // namespace

bool carries(const ContainerSummary& container, const std::vector<std::string>& labels) {
    return std::ranges::all_of(labels, [&](const std::string& label) {
        const auto mark = label.find('=');
        const auto found = container.labels.find(label.substr(0, mark));
        return found != container.labels.end() && (mark == std::string::npos || found->second == std::string_view{label}.substr(mark + 1));
    });
}

LabelClaims claims_of(const std::vector<ContainerSummary>& containers) {
    LabelClaims said;
    std::map<std::string, Group> groups;
    for (const auto& container : containers) {
        if (!says_something(container)) continue;
        const auto target = target_of(container);
        if (!target) {
            said.wrong.emplace("container " + container.name, target.error().message);
            continue;
        }
        auto& group = groups[identity(*target)];
        group.target = *target;
        group.containers.push_back(&container);
    }
    std::vector<const Group*> ordered;
    for (const auto& [called, group] : groups) ordered.push_back(&group);
    std::ranges::stable_sort(ordered, {}, [](const Group* group) { return group->since(); });
    for (const auto* group : ordered) said.claims.push_back(claim_of(*group));
    return said;
}

}  // namespace setpoint
