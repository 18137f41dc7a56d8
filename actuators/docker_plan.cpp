// SPDX-License-Identifier: Apache-2.0
#include "actuators/docker_plan.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace setpoint {
namespace {

bool serves(const ContainerSummary& container) {
    return container.state == ContainerState::running && container.health != ContainerHealth::unhealthy &&
           container.health != ContainerHealth::starting;
}

struct Numbered {
    std::string stem;
    std::optional<int> number;
};

/// `cart-12` is `cart-` and 12; a name without a number, or with one too long to count, is all stem.
Numbered split(const std::string& name) {
    const auto last = name.find_last_not_of("0123456789");
    if (last == std::string::npos || last + 1 == name.size()) return {name, std::nullopt};
    if (std::string_view{"-_."}.find(name[last]) == std::string_view::npos) return {name, std::nullopt};
    int number = 0;
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + last + 1, end, number);
    if (error != std::errc{} || number > 1'000'000'000) return {name, std::nullopt};
    return {name.substr(0, last + 1), number};
}

}  // namespace

DockerPlan::DockerPlan(std::vector<Container> containers, std::string policy, Ids leaving)
    : containers_(std::move(containers)), policy_(std::move(policy)), leaving_(std::move(leaving)) {}

bool DockerPlan::is_ours(const Container& container) const {
    const auto mark = container.labels.find(kPolicyMark);
    return mark != container.labels.end() && mark->second == policy_;
}

bool DockerPlan::counts(const Container& container) const {
    const bool up = container.running() || container.state == ContainerState::restarting;
    return up && !leaving_.contains(container.id);
}

Replicas DockerPlan::size() const {
    return static_cast<Replicas>(std::ranges::count_if(containers_, [&](const auto& c) { return counts(c); }));
}

std::vector<ContainerSummary> DockerPlan::to_stop(Replicas count) const {
    std::vector<Container> candidates;
    std::ranges::copy_if(containers_, std::back_inserter(candidates), [&](const auto& c) { return counts(c); });
    std::ranges::sort(candidates, [&](const Container& a, const Container& b) {
        const auto rank = [&](const Container& c) { return std::tuple{!is_ours(c), serves(c)}; };
        if (rank(a) != rank(b)) return rank(a) < rank(b);
        if (a.created != b.created) return a.created > b.created;
        // The list has whole seconds only; of one operation the higher number is the newer.
        const auto number = [](const Container& c) { return split(c.name).number.value_or(0); };
        return std::tuple{number(a), a.name} > std::tuple{number(b), b.name};
    });
    candidates.resize(std::min(candidates.size(), static_cast<std::size_t>(std::max(count, Replicas{0}))));
    return candidates;
}

const ContainerSummary* DockerPlan::original() const {
    const auto rank = [&](const Container& c) {
        return std::tuple{!is_ours(c), c.running(), !leaving_.contains(c.id), c.created, c.name};
    };
    const auto best = std::ranges::max_element(
        containers_, [&](const Container& a, const Container& b) { return rank(a) < rank(b); });
    return best == containers_.end() ? nullptr : &*best;
}

std::vector<ContainerSummary> DockerPlan::strays() const {
    std::vector<Container> found;
    for (const auto& container : containers_) {
        const bool idle = container.state == ContainerState::created || container.state == ContainerState::exited ||
                          container.state == ContainerState::dead;
        if (idle && is_ours(container) && !leaving_.contains(container.id)) found.push_back(container);
    }
    if (found.empty() || found.size() < containers_.size()) return found;
    // Nothing else is left: the newest that ever ran stays.
    const auto kept = std::ranges::max_element(found, [](const Container& a, const Container& b) {
        const auto rank = [](const Container& c) { return std::tuple{c.state == ContainerState::exited, c.created}; };
        return rank(a) < rank(b);
    });
    found.erase(kept);
    return found;
}

bool DockerPlan::has_ended() const {
    return std::ranges::any_of(strays(), [](const Container& stray) { return stray.state != ContainerState::created; });
}

Result<void> check_compose_name(const ContainerSummary& container) {
    const auto service = container.labels.find("com.docker.compose.service");
    if (service == container.labels.end()) return {};
    const auto named = split(container.name);
    // shop_cart_1 of version 1, shop-cart-1 of version 2.
    const auto stem = std::string_view{named.stem};
    for (const char separator : {'_', '-'}) {
        const auto ending = separator + service->second + separator;
        if (named.number && stem.ends_with(ending) && stem.size() > ending.size()) return {};
    }
    return fail(Errc::refused, "the container " + container.name + " has a name of its own, which only one can have: remove container_name: from the service " +
                                   service->second + " and bring it up again");
}

NextNames::NextNames(const std::string& original, const std::vector<ContainerSummary>& group) {
    const auto named = split(original);
    stem_ = named.number ? named.stem : original + "-";
    number_ = named.number.value_or(1);
    for (const auto& container : group) {
        const auto other = split(container.name);
        if (other.number && other.stem == stem_) number_ = std::max(number_, *other.number);
    }
}

NextNames::Name NextNames::next() {
    ++number_;
    return {stem_ + std::to_string(number_), number_};
}

}  // namespace setpoint
