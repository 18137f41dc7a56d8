// SPDX-License-Identifier: Apache-2.0
#include "agent/live/label_policies.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace setpoint {
namespace {

constexpr std::size_t kMostFindings = 10;  // of one label; more is counted

/// What somebody else wrote, as lines of a log: nothing in it may look like a line of ours.
std::string line_of(const Finding& finding) {
    auto text = to_string(finding);
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
    return text;
}

std::string errors_of(const std::vector<Finding>& findings) {
    std::string text;
    std::size_t count = 0;
    for (const auto& finding : findings) {
        if (finding.severity != Severity::error || ++count > kMostFindings) continue;
        text += (text.empty() ? "" : "\n") + line_of(finding);
    }
    if (count > kMostFindings) text += fmt::format("\nand {} more", count - kMostFindings);
    return text;
}

bool says_the_same(const LabelClaim& a, const LabelClaim& b) {
    return a.document.text == b.document.text && a.document.name == b.document.name && a.wrong == b.wrong;
}

/// Which policy has what, as the policies are admitted one after the other.
class Register {
public:
    explicit Register(const std::vector<ContainerSummary>& containers) : containers_(containers), owners_(containers.size()) {}

    /// Why a policy may not have this name, this target, and the containers with these labels; empty where it may.
    [[nodiscard]] std::string against(const LivePolicy& policy) const {
        if (const auto other = targets_.find(policy.target); other != targets_.end()) return "it is scaled by " + other->second + " already";
        if (const auto other = names_.find(policy.spec.name); other != names_.end()) {
            return fmt::format("its name '{}' is that of {}: say another one, {}=NAME", policy.spec.name, other->second, kNameLabel);
        }
        for (std::size_t i = 0; i < containers_.size(); ++i) {
            if (owners_[i].empty() || !has(policy, containers_[i])) continue;
            return fmt::format("its container {} is scaled by {} already", containers_[i].name, owners_[i]);
        }
        return {};
    }

    void add(const LivePolicy& policy) {
        const auto who = fmt::format("the policy '{}' of {}", policy.spec.name, policy.origin);
        names_.emplace(policy.spec.name, who);
        targets_.emplace(policy.target, who);
        for (std::size_t i = 0; i < containers_.size(); ++i) {
            if (owners_[i].empty() && has(policy, containers_[i])) owners_[i] = who;
        }
    }

private:
    static bool has(const LivePolicy& policy, const ContainerSummary& container) {
        return !policy.labels.empty() && carries(container, policy.labels);
    }

    const std::vector<ContainerSummary>& containers_;
    std::vector<std::string> owners_;  // of each container
    std::map<std::string, std::string> names_;
    std::map<std::string, std::string> targets_;
};

}  // namespace

LabelPolicies::LabelPolicies(Settings settings) : settings_(settings) { rules_.most_replicas = settings.most_replicas; }

std::vector<LabelPolicies::News> LabelPolicies::renew(const LoadedPolicies& own) {
    own_ = own.policies;
    rules_.sources = own.sources;
    // What was right by the old sources may be wrong by the new ones, and the other way round.
    for (auto& known : known_) {
        if (known.good) {
            auto again = read(known.good->document);
            known.good = again.policy ? std::optional{std::move(again)} : std::nullopt;
            known.version = ++versions_;
        }
        if (!known.good || !known.wrong.empty()) read_claim(known);
    }
    return settle({});
}

std::vector<LabelPolicies::News> LabelPolicies::look(std::vector<ContainerSummary> containers) {
    containers_ = std::move(containers);
    said_ = claims_of(containers_);
    std::erase_if(known_, [&](const Known& known) {
        return std::ranges::find(said_.claims, known.claim.target, &LabelClaim::target) == said_.claims.end();
    });
    std::vector<News> news;
    for (const auto& claim : said_.claims) take(claim, news);
    return settle(std::move(news));
}

void LabelPolicies::take(const LabelClaim& claim, std::vector<News>& news) {
    auto known = std::ranges::find(known_, claim.target, [](const Known& one) { return one.claim.target; });
    const bool fresh = known == known_.end();
    if (fresh && !claim.begun) return;  // about to be: not yet a target at zero
    if (fresh) known = known_.insert(known_.end(), Known{});
    const auto before = std::exchange(known->claim, claim);
    if (claim.disagree && !before.disagree) {
        news.push_back({News::Kind::told, fmt::format("{}: its containers say different things of their policy; the word of {} counts",
                                                      claim.target, claim.container)});
    }
    if (fresh || !says_the_same(before, claim)) read_claim(*known);
}

void LabelPolicies::read_claim(Known& known) {
    known.wrong = known.claim.wrong;
    if (!known.wrong.empty()) return;
    auto reading = read(known.claim.document);
    known.wrong = reading.wrong;
    if (!reading.policy) return;
    known.good = std::move(reading);
    known.version = ++versions_;
    known.told = false;
}

LabelPolicies::Reading LabelPolicies::read(const LabelDocument& document) const {
    Reading reading{document, {}, {}, {}};
    const auto documents = parse_label(document, rules_);
    for (const auto& finding : documents.findings) {
        if (finding.severity == Severity::warning) reading.warnings.push_back(line_of(finding));
    }
    reading.wrong = errors_of(documents.findings);
    if (!documents.ok()) return reading;
    auto policy = live_policy(documents.policies.front());
    if (!policy) {
        reading.wrong = policy.error().message;
        return reading;
    }
    if (settings_.shadow) keep_in_shadow(*policy);
    policy->origin = fmt::format("the label {}", kScaleLabel);
    reading.policy = std::move(*policy);
    return reading;
}

/// Those that run already are asked first, so that a newcomer takes nothing from them.
void LabelPolicies::admit() {
    Register taken{containers_};
    for (const auto& policy : own_) taken.add(policy);
    in_force_.clear();
    for (auto& known : known_) {
        known.refused.clear();
        if (!known.good) continue;
        known.refused = taken.against(*known.good->policy);
        if (known.refused.empty() && in_force_.size() == kMost) known.refused = fmt::format("there are {} policies from labels already, the most", kMost);
        if (!known.refused.empty()) {
            known.told = false;
            continue;
        }
        taken.add(*known.good->policy);
        in_force_.push_back(known.version);
    }
}

std::vector<LabelPolicies::News> LabelPolicies::settle(std::vector<News> news) {
    const auto before = in_force_;
    admit();
    if (in_force_ != before) ++revision_;
    tell_what_is_new(news);
    tell_trouble(news);
    if (news.size() <= kMostNews) return news;
    const auto more = news.size() - kMostNews;
    news.resize(kMostNews);
    news.push_back({News::Kind::trouble, fmt::format("{} more to say of labels is left out", more)});
    return news;
}

void LabelPolicies::tell_what_is_new(std::vector<News>& news) {
    for (auto& known : known_) {
        if (!known.good || !known.refused.empty() || std::exchange(known.told, true)) continue;
        news.push_back({News::Kind::told, fmt::format("{}, says the container {}", summary(*known.good->policy), known.claim.container)});
        for (const auto& warning : known.good->warnings) news.push_back({News::Kind::trouble, warning});
    }
}

void LabelPolicies::tell_trouble(std::vector<News>& news) {
    Troubles now;
    for (const auto& [container, why] : said_.wrong) now[container] = fmt::format("{} has the label {}, and is not scaled: {}", container, kScaleLabel, why);
    for (const auto& known : known_) {
        const auto& target = known.claim.target;
        if (!known.refused.empty()) {
            now[target] = fmt::format("{}: the policy of its label {} is refused, {}", target, kScaleLabel, known.refused);
        } else if (!known.wrong.empty()) {
            now[target] = fmt::format("{}: the policy of its label is wrong, {}:\n{}", target,
                                      known.good ? "it stays as it was" : "it is not scaled", known.wrong);
        }
    }
    for (const auto& [who, what] : now) {
        const auto before = troubles_.find(who);
        if (before == troubles_.end() || before->second != what) news.push_back({News::Kind::trouble, what});
    }
    for (const auto& [who, what] : troubles_) {
        if (!now.contains(who)) news.push_back({News::Kind::told, fmt::format("{}: there is no trouble with its label any more", who)});
    }
    troubles_ = std::move(now);
}

std::vector<LivePolicy> LabelPolicies::all() const {
    auto policies = own_;
    for (const auto& known : known_) {
        if (known.good && known.refused.empty()) policies.push_back(*known.good->policy);
    }
    return policies;
}

}  // namespace setpoint
