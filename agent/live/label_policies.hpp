// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/documents/label_document.hpp"
#include "agent/live/label_claims.hpp"
#include "agent/live/live_policy.hpp"
#include "clients/docker_types.hpp"

namespace setpoint {

/// The policies that containers say in their labels, beside those of the agent's own files, which come first. What is wrong
/// with one concerns that one alone: it is left out, or stays as it was last right. Pure; a value, so that a change can be
/// tried before it counts.
class LabelPolicies {
public:
    struct Settings {
        bool shadow = false;          // makes live ones shadow
        Replicas most_replicas = LabelRules{}.most_replicas;
    };
    /// Something to tell, once: what is new, what is wrong, and what no longer is.
    struct News {
        enum class Kind : std::uint8_t { told, trouble };
        Kind kind = Kind::told;
        std::string text;
    };

    static constexpr std::size_t kMost = 200;     // policies from labels
    static constexpr std::size_t kMostNews = 50;  // of one look; more is counted

    explicit LabelPolicies(Settings settings);

    /// Takes over what the agent's own files say, at first and whenever they changed.
    std::vector<News> renew(const LoadedPolicies& own);
    /// Takes over what all containers of the Engine say now.
    std::vector<News> look(std::vector<ContainerSummary> containers);

    /// All policies: those of the files, then those in force of the labels, the oldest first.
    [[nodiscard]] std::vector<LivePolicy> all() const;
    /// Another number whenever `all` says something else.
    [[nodiscard]] std::uint64_t revision() const { return revision_; }

private:
    struct Reading {
        LabelDocument document;
        std::optional<LivePolicy> policy;
        std::string wrong;                  // why there is none
        std::vector<std::string> warnings;
    };
    /// A target whose containers say a policy.
    struct Known {
        LabelClaim claim;
        std::string wrong;                  // what it says now; empty where `good` is that
        std::optional<Reading> good;        // the last that was right
        std::uint64_t version = 0;          // of `good`
        std::string refused;                // why it is not in force although it is right
        bool told = false;                  // that it is in force
    };
    using Troubles = std::map<std::string, std::string>;

    [[nodiscard]] Reading read(const LabelDocument& document) const;
    void read_claim(Known& known);
    void take(const LabelClaim& claim, std::vector<News>& news);
    void admit();
    [[nodiscard]] std::vector<News> settle(std::vector<News> news);
    void tell_what_is_new(std::vector<News>& news);
    void tell_trouble(std::vector<News>& news);

    Settings settings_;
    LabelRules rules_;
    std::vector<LivePolicy> own_;
    std::vector<ContainerSummary> containers_;
    LabelClaims said_;
    std::vector<Known> known_;              // in the order they came
    std::vector<std::uint64_t> in_force_;   // versions
    std::uint64_t versions_ = 0;
    std::uint64_t revision_ = 0;
    Troubles troubles_;                     // as told, by whom they are about
};

}  // namespace setpoint
