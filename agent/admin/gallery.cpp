// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/gallery.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "agent/admin/why.hpp"
#include "agent/decide/decision_json.hpp"

namespace setpoint {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

/// The goal of this policy is a share of what a pod requests.
bool asks_for_utilization(const PolicySettings& settings, const SignalSpec& signal) {
    if (!signal.per_pod || (signal.dimension != Dimension::cores && signal.dimension != Dimension::bytes)) return false;
    if (const auto* track = std::get_if<TrackSettings>(&settings)) return track->utilization.has_value();
    return std::holds_alternative<PidSettings>(settings);
}

std::optional<double> term_of(const Proposal& proposal, Term term) {
    for (const auto& entry : proposal.terms.entries()) {
        if (entry.term == term) return entry.value;
    }
    return std::nullopt;
}

template <class T>
T* find_by_name(std::vector<T>& all, const std::string& name) {
    const auto found = std::ranges::find(all, name, &T::name);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::string_view unit_of(const ScalingSpec& spec, SignalId id) {
    const auto& signal = spec.signals[index(id)];
    for (const auto& policy : spec.policies) {
        if (signal_of(policy.settings) == signal.name && asks_for_utilization(policy.settings, signal)) return "ratio";
    }
    switch (signal.dimension) {
        case Dimension::none: return "";
        case Dimension::cores: return "cores";
        case Dimension::bytes: return "B";
        case Dimension::time: return "s";
        case Dimension::rate: return "/s";
        case Dimension::ratio: return "ratio";
    }
    return "";
}

std::optional<Agreement> Picture::agreement() const {
    if (past.empty()) return std::nullopt;
    Agreement agreement;
    agreement.decisions = past.size();
    agreement.same = static_cast<std::size_t>(std::ranges::count_if(past, [](const PastDecision& one) { return one.replicas == one.current; }));
    double difference = 0;
    for (const auto& one : past) difference += one.replicas - one.current;
    agreement.mean_difference = difference / static_cast<double>(past.size());
    const auto newest = (oldest + past.size() - 1) % past.size();
    agreement.over = past[newest].time - past[oldest].time;
    return agreement;
}

void Gallery::saw(const Event& event, const Decision* decision) {
    if (std::holds_alternative<ConfigSet>(event.body)) return configure(event.time);
    if (decision != nullptr && index(decision->target) < pictures_.size()) return decided(*decision);
    if (const auto* result = std::get_if<ApplyResult>(&event.body)) {
        if (index(result->target) < pictures_.size()) applied(event.time, *result);
    } else if (const auto* handover = std::get_if<Handover>(&event.body)) {
        if (index(handover->target) < pictures_.size()) pictures_[index(handover->target)].found_anew = true;
    } else if (const auto* state = std::get_if<TargetState>(&event.body)) {
        if (!state->who.empty() && index(state->target) < pictures_.size()) pictures_[index(state->target)].who = state->who;
    } else if (const auto* sample = std::get_if<Sample>(&event.body)) {
        if (sample->kind != SampleKind::failed || index(sample->target) >= pictures_.size()) return;
        if (index(sample->signal) >= pictures_[index(sample->target)].signals.size()) return;
        ++source_errors_[source_of_(sample->target, sample->signal)];
    }
}

void Gallery::configure(Time now) {
    configured_ = now;
    std::vector<Picture> before = std::exchange(pictures_, {});
    for (std::size_t i = 0; i < control_.targets(); ++i) {
        const auto& spec = control_.spec(TargetId{static_cast<std::uint32_t>(i)});
        const auto names = control_.signal_names(TargetId{static_cast<std::uint32_t>(i)});
        const auto name = spec.full_name();
        auto* known = find_by_name(before, name);
        Picture picture = known != nullptr ? std::move(*known) : Picture{};
        picture.name = name;
        if (!std::ranges::equal(picture.signal_names, names)) {
            // Places changed: what is known by place says nothing any more.
            picture.signal_names.assign(names.begin(), names.end());
            picture.past.clear();
            picture.values.clear();
            picture.oldest = 0;
            picture.last.reset();
        }
        picture.signals.assign(names.size(), {});
        if (picture.last && picture.last->proposals.size() != spec.policies.size()) picture.last.reset();
        if (picture.last) picture.last->target = TargetId{static_cast<std::uint32_t>(i)};
        pictures_.push_back(std::move(picture));
    }
}

void Gallery::decided(const Decision& decision) {
    auto& picture = pictures_[index(decision.target)];
    look_at_signals(picture, decision);
    if (is_known(decision)) remember(picture, decision);  // its sizes are none
    ++picture.decisions[decision.reason.code];
    const bool holds = decision.health == Health::holding || decision.health == Health::degraded;
    if (!holds) picture.held_since.reset();
    if (holds && !picture.held_since) picture.held_since = decision.time;
    const bool comparable = picture.last && is_known(*picture.last) && !picture.found_anew;
    if (is_known(decision)) picture.found_anew = false;
    if (comparable && picture.size != decision.current) {
        const auto not_ours = std::ranges::find_if(decision.limits, [](const Limit& limit) {
            return limit.reason.code == Code::foreign_write || limit.reason.code == Code::replicas_ended;
        });
        const bool ours = not_ours == decision.limits.end();
        auto reason = ours ? why(*picture.last, picture.signal_names) : sentence(not_ours->reason, picture.signal_names);
        picture.change = Picture::Change{decision.time, picture.size, decision.current, std::move(reason), ours, ours ? "" : picture.who};
        if (ours) picture.scaled = decision.time;
        picture.who.clear();
    }
    picture.last = decision;
    picture.size = decision.current;
    if (!decision.apply) picture.failure.clear();  // nothing is to be written any more
}

Picture* Gallery::told_by(const Teller& teller) {
    auto* picture = find_by_name(pictures_, teller.name);
    if (picture == nullptr || teller.turn < picture->told_by) return nullptr;
    picture->told_by = teller.turn;
    return picture;
}

void Gallery::hindered(const Teller& teller, std::optional<Obstacle> obstacle) {
    if (auto* picture = told_by(teller)) picture->obstacle = std::move(obstacle);
}

void Gallery::detoured(const Teller& teller, std::string why) {
    if (auto* picture = told_by(teller)) picture->detour = std::move(why);
}

void Gallery::look_at_signals(Picture& picture, const Decision& decision) const {
    const auto& spec = control_.spec(decision.target);
    for (const auto& seen : decision.seen) {
        auto& shown = picture.signals[index(seen.signal)];
        const bool valued = seen.state == SignalState::fresh || seen.state == SignalState::stale;
        const bool converted = unit_of(spec, seen.signal) == "ratio" && spec.signals[index(seen.signal)].dimension != Dimension::ratio;
        if (!valued) shown.value.reset();
        if (valued && !converted) shown.value = seen.value;
    }
    for (std::size_t i = 0; i < decision.proposals.size(); ++i) {
        const auto signal = spec.find_signal(signal_of(spec.policies[i].settings));
        if (!signal) continue;
        auto& shown = picture.signals[index(*signal)];
        if (const auto goal = term_of(decision.proposals[i], Term::goal)) {
            shown.goal = *goal;
            // Of a goal for each replica the ratio says what each had.
            const auto ratio = term_of(decision.proposals[i], Term::ratio);
            const auto measured = term_of(decision.proposals[i], Term::measured);
            if (ratio || measured) shown.value = ratio ? *goal * *ratio : *measured;
        }
    }
}

void Gallery::remember(Picture& picture, const Decision& decision) const {
    const std::size_t room = std::clamp(kRoom / pictures_.size(), kLeastEach, kMostEach);
    const std::size_t count = picture.signals.size();
    std::size_t place = picture.past.size();
    if (place < room && picture.oldest == 0) {
        picture.past.emplace_back();
        picture.values.resize(picture.values.size() + count);
    } else {
        place = picture.oldest;
        picture.oldest = (picture.oldest + 1) % picture.past.size();
    }
    picture.past[place] = {decision.time, decision.current, decision.ready, decision.replicas, decision.reason};
    for (std::size_t i = 0; i < count; ++i) {
        const bool fresh = i < decision.seen.size() && decision.seen[i].state == SignalState::fresh;
        picture.values[place * count + i] = fresh ? picture.signals[i].value.value_or(kNothing) : kNothing;
    }
}

void Gallery::applied(Time now, const ApplyResult& result) {
    auto& picture = pictures_[index(result.target)];
    ++outcomes_[std::min(static_cast<std::size_t>(result.outcome), kOutcomes - 1)];
    const bool done = result.outcome == ApplyOutcome::applied || result.outcome == ApplyOutcome::partly;
    picture.failure = result.outcome == ApplyOutcome::applied ? "" : result.message;
    if (!done || !picture.last || result.replicas == picture.size) return;
    const int direction = result.replicas > picture.size ? 1 : -1;
    ++(direction > 0 ? picture.ups : picture.downs);
    if (direction == -picture.direction) ++picture.reversals;
    picture.direction = direction;
    picture.change = Picture::Change{now, picture.size, result.replicas, why(*picture.last, picture.signal_names), true, {}};
    picture.scaled = now;
    picture.who.clear();
    picture.size = result.replicas;
}

}  // namespace setpoint
