// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "clients/docker_types.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

/// What we mark the containers with that we make.
inline constexpr const char* kPolicyMark = "setpoint.dev/policy";
inline constexpr const char* kOperationMark = "setpoint.dev/operation";

/// The containers of one group as one list shows them, and what may be done with them. Pure.
class DockerPlan {
public:
    using Container = ContainerSummary;
    using Ids = std::set<std::string>;

    /// `leaving`: those that we stop already.
    DockerPlan(std::vector<Container> containers, std::string policy, Ids leaving);

    /// Those that run or start and were not told to stop.
    [[nodiscard]] Replicas size() const;

    [[nodiscard]] const std::vector<Container>& containers() const { return containers_; }
    [[nodiscard]] bool is_ours(const Container& container) const;
    [[nodiscard]] bool counts(const Container& container) const;

    /// The `count` to stop first: ours before what was there before us, what does not serve before what does,
    /// then the newest first.
    [[nodiscard]] std::vector<Container> to_stop(Replicas count) const;

    /// What new ones are made after: the newest that somebody else made, running before stopped; without any, the
    /// newest of ours. nullptr in an empty group.
    [[nodiscard]] const Container* original() const;

    /// Ours that do not run and are not being stopped: an operation that was cut off made them, or they fell
    /// over. The last container of the group is never one: it is the template.
    [[nodiscard]] std::vector<Container> strays() const;
    /// Whether one of them ran before.
    [[nodiscard]] bool has_ended() const;

private:
    std::vector<Container> containers_;
    std::string policy_;
    Ids leaving_;
};

/// Whether Compose named this container by its service and number; `refused`, with the cure, for one of a Compose service that
/// has a name of its own (`container_name`), which only one can have. Containers that Compose did not make may have any name.
[[nodiscard]] Result<void> check_compose_name(const ContainerSummary& container);

/// Numbered names like those there are: after `cart-1` and `cart-3` comes `cart-4`, after `cart` alone `cart-2`.
class NextNames {
public:
    NextNames(const std::string& original, const std::vector<ContainerSummary>& group);
    struct Name {
        std::string text;
        int number = 0;
    };
    [[nodiscard]] Name next();

private:
    std::string stem_;   // with the separator
    int number_ = 1;     // the highest that is taken
};

}  // namespace setpoint
