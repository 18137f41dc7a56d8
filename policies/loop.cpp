// SPDX-License-Identifier: Apache-2.0
#include "policies/loop.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/codec.hpp"
#include "policies/absent_pods.hpp"
#include "policies/catalog.hpp"
#include "policies/guards.hpp"
#include "policies/least_loaded.hpp"

namespace setpoint {
namespace {

/// Ticks further apart than this many intervals are a gap: the windows restart.
constexpr int kIntervalsToAGap = 3;
constexpr Duration kUnknownPace = std::chrono::seconds{100};

/// CPU, memory and time that are negative are a source's mistake, and no reason to shrink.
constexpr double least_of(Dimension dimension) {
    const bool amount = dimension == Dimension::cores || dimension == Dimension::bytes || dimension == Dimension::time;
    return amount ? 0 : SignalRecord::kNoLeast;
}

}  // namespace

Loop::Loop(TargetId id, ScalingSpec spec, Guards* guards)
    : id_(id), spec_(std::move(spec)), guards_(guards), shaper_(spec_), yielding_(spec_.yield), readings_(spec_) {
    for (const auto& signal : spec_.signals) signal_names_.push_back(signal.name);
    board_.signals.resize(spec_.signals.size());
    for (const auto& entry : spec_.policies) {
        auto policy = make_policy(entry.settings, spec_);
        assert(policy && "configuration() checked the spec");
        policies_.push_back(std::move(*policy));
    }
}

void Loop::take(Time now, const Sample& sample) {
    if (index(sample.signal) >= board_.signals.size()) return;
    board_.signals[index(sample.signal)].take(sample, now, board_.ready, least_of(spec_.signals[index(sample.signal)].dimension));
}

void Loop::take(Time now, const TargetState& state) {
    if (known_ && state.replicas != replicas_ && state.replicas == outstanding_) {
        accepted(now, state.replicas);  // what we asked for, seen before its answer
    } else if (known_ && state.replicas != replicas_) {
        changed_by_ = state.changed_by;
        if (changed_by_ != Hand::peer) foreign_from_ = replicas_;
        // HPA yields to nobody; and who only watches shows what it would do without another scaler's doing.
        const bool yields = spec_.mode == Mode::live && spec_.compat == Compat::none;
        if (yields && changed_by_ == Hand::somebody) yielding_.changed(now, replicas_, state.replicas);
        rebased_ = true;
        zero_is_ours_ = changed_by_ == Hand::peer && state.replicas == 0;
        outstanding_.reset();
    }
    known_ = true;
    replicas_ = state.replicas;
    status_ = state.status.value_or(state.replicas);
    ready_ = state.ready;
    most_ = state.most;
    floor_ = state.floor;
    rolling_out_ = state.rolling_out;
    one_by_one_ = state.one_by_one;
    undrainable_at_ = state.undrainable_at;
    board_.ready.set(now, state.ready);
}

void Loop::take(Time now, const PodDelta& delta) {
    board_.apply(delta);
    if (!delta.gone) startup_.observe(now, delta.pod, rolling_out_);
}

void Loop::accepted(Time now, Replicas size) {
    const Time ordered = ordered_at_.value_or(now);  // the answer may come any time later
    if (size > replicas_) {
        last_order_ = ordered;
        ordered_starts_ = std::max(1, size - ready_);
    }
    yielding_.ours();
    shaper_.scaled(ordered, replicas_, size);
    if (guards_ != nullptr) guards_->accepted(now, id_, replicas_, size);
    replicas_ = size;
    zero_is_ours_ = size == 0;
    outstanding_.reset();
    ordered_at_.reset();
}

void Loop::take(Time now, const ApplyResult& result) {
    const bool done = result.outcome == ApplyOutcome::applied || result.outcome == ApplyOutcome::partly;
    if (done && known_ && result.replicas != replicas_) accepted(now, result.replicas);
    if (result.outcome == ApplyOutcome::foreign) {
        // The target's own state tells the size; here we learn only that our wish did not become it.
        if (!foreign_from_) {
            foreign_from_ = result.wanted;
            changed_by_ = Hand::unknown;
        }
        rebased_ = true;
    }
    outstanding_.reset();
    ordered_at_.reset();
    not_applied_.reset();
    if (!done || result.replicas != result.wanted) not_applied_ = result.wanted;
}

void Loop::take(Time, const OverrideSet& set) {
    override_.reset();
    if (set.kind != OverrideSet::Kind::resume) override_ = set;
    else yielding_.end();
}

void Loop::take(Time, const Handover& handover) {
    if (!handover.state.empty()) {
        const std::vector<bool> all(policies_.size(), true);
        const auto untouched = handover_with(all);
        Decoder decoder{handover.state, handover.shift};
        bind_handover(decoder, all);
        if (!decoder.ok()) {
            Decoder back{untouched};
            bind_handover(back, all);
        }
    }
    known_ = false;
    foreign_from_.reset();
    outstanding_.reset();
    ordered_at_.reset();
    not_applied_.reset();
    rebased_ = true;
    shaper_.begin_anew();
}

const Decision& Loop::tick(Time now, WallTime wall) {
    keep_pace(now);
    decision_.target = id_;
    decision_.time = now;
    decision_.current = replicas_;
    decision_.ready = ready_;
    decision_.wanted = replicas_;
    decision_.replicas = replicas_;
    decision_.apply = false;
    decision_.health = Health::active;
    decision_.reason = {};
    decision_.again = yielding_.settling(now);
    decision_.limits.clear();
    if (override_ && now >= override_->until) override_.reset();
    readings_.read(now, board_);
    readings_.record(decision_.seen);
    if (known_) {
        propose(now, wall);
        shaper_.met(now, replicas_);
        decide(now);
        rebased_ = false;
    } else {
        decision_.proposals.clear();
        decision_.health = Health::holding;
        decision_.reason = {Code::target_unknown, {}, {}};
    }
    warn();
    choose_who_leaves();
    if (decision_.apply) {
        outstanding_ = decision_.replicas;
        ordered_at_ = now;
    }
    foreign_from_.reset();
    return decision_;
}

void Loop::keep_pace(Time now) {
    if (last_tick_) {
        const Duration since = now - *last_tick_;
        // Who asks less often than the document says, but steadily, leaves no gap.
        const Duration usual = std::max(spec_.interval, pace_.value_or(kUnknownPace));
        if (since > kIntervalsToAGap * usual) shaper_.gap();
        pace_ = since;
    }
    last_tick_ = now;
}

Bounds Loop::within_most(Bounds bounds) const {
    if (!most_) return bounds;
    return {std::min(bounds.min, *most_), std::min(bounds.max, *most_)};
}

/// The size that laws go by: above its floor another autoscaler has as many as it likes.
Replicas Loop::in_place() const { return floor_ ? std::max(replicas_, status_) : replicas_; }

void Loop::propose(Time now, WallTime wall) {
    Observation seen;
    seen.now = now;
    seen.wall = wall;
    seen.signals = readings_.all();
    seen.pods = board_.pods;
    const auto absent = absent_pods(board_.pods, now, startup_.p99());
    const bool literal = spec_.compat == Compat::hpa;  // which looks at none of this
    waiting_ = literal ? 0 : absent.waiting;
    around_ = literal || rolling_out_ || floor_ ? 0 : around_lost(absent, replicas_, ready_);  // a floor is no size to add to
    seen.replicas = in_place() - around_;
    seen.status = status_;
    seen.ready = ready_;
    seen.accepted = in_place() - around_;
    seen.bounds = within_most(spec_.replicas);
    // One by one, a replica ordered now comes after all those that are still to start.
    seen.lead = startup_.p90() * (one_by_one_ ? std::max(0, replicas_ - ready_) + 1 : 1) + spec_.interval;
    seen.start_p99 = startup_.p99() * (one_by_one_ ? ordered_starts_ : 1);
    seen.coming = absent.waiting + absent.starting;
    seen.lost = absent.lost - around_;
    seen.rolling_out = rolling_out_;
    seen.since_order = last_order_ ? now - *last_order_ : Duration::max();
    seen.limited = not_applied_.has_value();
    seen.rebased = rebased_;
    decision_.proposals.clear();
    for (const auto& policy : policies_) decision_.proposals.push_back(policy->propose(seen));
}

void Loop::limit(Replicas to, Reason reason) {
    if (to == decision_.replicas) return;
    decision_.limits.push_back({decision_.replicas, to, reason});
    decision_.replicas = to;
}

void Loop::decide(Time now) {
    auto combined = combine(decision_.proposals, replicas_ - around_, spec_.replicas, spec_.combine);
    combined.bounds = within_most(combined.bounds);
    decision_.wanted = combined.wanted;
    decision_.reason = combined.reason;
    const bool ours = zero_is_ours_ && spec_.compat == Compat::none;
    if (decision_.again && replicas_ < combined.bounds.min) {
        decision_.replicas = combined.bounds.min;
        yield(now, combined.bounds);
    } else if (replicas_ == 0 && combined.bounds.min > 0 && !ours && !floor_ && !override_) {
        decision_.health = Health::suspended;
        decision_.reason = {Code::disabled_at_zero, {}, {}};
    } else if (combined.bounds.clamp(replicas_) != replicas_) {
        // First of all, and without any signal: a size out of bounds is nobody's wish.
        const Replicas to = combined.bounds.clamp(replicas_);
        limit(to, {Code::out_of_bounds, {}, {static_cast<double>(replicas_), static_cast<double>(to)}});
    } else if (acts_on(combined)) {
        held_since_.reset();
        decision_.replicas = decide_on_signals(now, combined);
        yield(now, combined.bounds);
    } else {
        decision_.replicas = decide_without_signals(now, combined);
        yield(now, combined.bounds);
    }
    wait_for_rollout();
    guard(now, combined.bounds);
    say_what_is_waited_for();
    if (!decision_.limits.empty()) decision_.reason = decision_.limits.back().reason;
    break_glass(now);
    name_other_hand();
    decision_.apply = decision_.replicas != replicas_ && spec_.mode == Mode::live;
    if (!decision_.apply) not_applied_.reset();  // the wish went away; nothing is withheld any more
}

bool Loop::acts_on(const Combined& combined) const {
    if (!combined.valid || combined.held) return false;
    // With a signal missing, only growing is sure; HPA also counts a wish for the size as it is.
    return !combined.missing || combined.wanted > replicas_ - around_ || spec_.compat == Compat::hpa;
}

Replicas Loop::decide_on_signals(Time now, const Combined& combined) {
    decision_.replicas = combined.wanted;
    const bool to_zero = combined.bounds.min == 0 && spec_.compat == Compat::none;
    const Replicas needed = to_zero ? activate(combined.wanted, combined.bounds) : combined.wanted;
    return shaper_.shape(now, replicas_, with_others_for_the_lost(needed), combined.bounds, decision_.limits);
}

Replicas Loop::with_others_for_the_lost(Replicas needed) {
    if (around_ == 0 || needed == 0) return needed;
    const Replicas wanted = needed + around_;
    limit(wanted, {Code::around_crashes, {}, {static_cast<double>(around_), static_cast<double>(needed), static_cast<double>(wanted)}});
    return wanted;
}

Replicas Loop::activate(Replicas wanted, Bounds bounds) {
    bool all_known = true;
    std::optional<std::size_t> active;
    std::optional<std::size_t> inactive;
    const auto readings = readings_.all();
    for (std::size_t i = 0; i < readings.size(); ++i) {
        if (spec_.signals[i].per_pod) continue;  // says nothing at zero replicas
        if (readings[i].state == SignalState::idle) continue;
        if (!readings[i].usable()) all_known = false;
        else if (readings[i].value > spec_.signals[i].activation) active = active.value_or(i);
        else inactive = inactive.value_or(i);
    }
    const auto reason = [&](Code code, std::size_t i) {
        return Reason{code, SignalId{static_cast<std::uint16_t>(i)}, {readings[i].value, spec_.signals[i].activation}};
    };
    if (active) {
        if (wanted < 1) limit(1, reason(replicas_ == 0 ? Code::activated : Code::at_min, *active));
    } else if (inactive && all_known) {
        limit(0, reason(Code::not_active, *inactive));
    } else if (wanted < 1 && replicas_ > 0) {
        limit(1, {Code::at_min, {}, {0, 1}});  // nothing says that it may go to zero
    } else {
        limit(wanted, {});
    }
    return bounds.clamp(decision_.replicas);
}

Replicas Loop::decide_without_signals(Time now, const Combined& combined) {
    shaper_.gap();
    if (!held_since_) held_since_ = now;
    const Duration held = now - *held_since_;
    decision_.health = held > spec_.hold_for ? Health::degraded : Health::holding;
    decision_.wanted = replicas_;
    decision_.replicas = replicas_;
    const auto& missing = spec_.on_missing;
    // With something valid left, only a hold past its limit makes it a matter of onMissing.
    const Duration after = combined.valid ? spec_.hold_for : missing.after;
    if (missing.replicas && held >= after) {
        decision_.health = Health::degraded;
        Replicas to = combined.bounds.clamp(*missing.replicas);
        if (!missing.allow_down) to = std::max(to, replicas_);
        limit(to, {Code::on_missing, combined.reason.signal, {static_cast<double>(to), seconds(held)}});
    } else if (decision_.health == Health::degraded) {
        decision_.limits.push_back({replicas_, replicas_, {Code::degraded, {}, {seconds(held), seconds(spec_.hold_for)}}});
    }
    return decision_.replicas;
}

void Loop::wait_for_rollout() {
    if (!rolling_out_ || spec_.compat != Compat::none || decision_.replicas >= replicas_) return;
    limit(replicas_, {Code::rolling_out, {}, {static_cast<double>(decision_.replicas), static_cast<double>(replicas_)}});
}

/// Nothing more is to be done about replicas that have no place yet, and who reads only the last reason should know of them.
void Loop::say_what_is_waited_for() {
    if (waiting_ == 0 || !decision_.limits.empty() || decision_.replicas != replicas_ || decision_.health != Health::active) return;
    decision_.limits.push_back({replicas_, replicas_, {Code::waits_for_room, {}, {static_cast<double>(waiting_), static_cast<double>(replicas_)}}});
}

void Loop::warn() {
    decision_.warning.reset();
    const Replicas least = std::max<Replicas>(spec_.replicas.min, 1);
    if (!undrainable_at_) decision_.warning = Reason{Code::budgets_unknown, {}, {}};
    else if (least <= *undrainable_at_) decision_.warning = Reason{Code::blocks_drains, {}, {static_cast<double>(least)}};
}

void Loop::choose_who_leaves() {
    decision_.leave_first.clear();
    const auto signal = spec_.find_signal(spec_.leave_first);
    if (!signal || !decision_.apply || decision_.replicas >= replicas_) return;
    least_loaded(readings_.all()[index(*signal)], board_.pods, replicas_ - decision_.replicas, decision_.leave_first);
}

void Loop::yield(Time now, Bounds bounds) {
    if (const auto given = yielding_.limit(now, replicas_, decision_.replicas, bounds)) limit(given->to, given->reason);
}

/// Whatever changed the size besides us stands first among the limits.
void Loop::name_other_hand() {
    const auto from = foreign_from_ ? foreign_from_ : not_applied_;
    if (!from) return;
    const Code code = !foreign_from_                  ? Code::not_applied
                      : changed_by_ == Hand::nobody ? Code::replicas_ended
                                                    : Code::foreign_write;
    decision_.limits.insert(decision_.limits.begin(),
                            {*from, replicas_, {code, {}, {static_cast<double>(*from), static_cast<double>(replicas_)}}});
}

void Loop::guard(Time now, Bounds bounds) {
    if (guards_ == nullptr) return;
    using enum OverrideSet::Kind;
    const auto hand = override_ ? override_->kind : resume;
    // Whoever pins or pauses has the last word anyway: nothing is asked for.
    if (spec_.mode == Mode::off || hand == pause) return guards_->leave_alone(now, id_, replicas_);
    if (hand == pin) return guards_->leave_alone(now, id_, override_->replicas);
    // Without signals, and where a person says so, nothing is given back to others.
    const bool keeps = hand == pause_down || decision_.health != Health::active;
    const Replicas floor = keeps ? std::max(bounds.min, replicas_) : bounds.min;
    decision_.replicas = guards_->allow(now, id_, {replicas_, decision_.replicas, floor, spec_.mode == Mode::live}, decision_.limits);
}

void Loop::break_glass(Time now) {
    if (spec_.mode == Mode::off) {
        overrule(replicas_, {Code::mode_off, {}, {}});
        return;
    }
    if (override_) {
        const double left = seconds(override_->until - now);
        using enum OverrideSet::Kind;
        if (override_->kind == pin) {
            const double beyond = override_->replicas > spec_.replicas.max ? spec_.replicas.max : 0;
            overrule(override_->replicas, {Code::pinned, {}, {static_cast<double>(override_->replicas), left, beyond}});
        } else if (override_->kind == pause || decision_.replicas < replicas_) {
            overrule(replicas_, {Code::paused, {}, {static_cast<double>(replicas_), left}});
        }
    }
    if (spec_.mode == Mode::shadow && decision_.replicas != replicas_) {
        decision_.reason = {Code::mode_shadow, {}, {static_cast<double>(replicas_), static_cast<double>(decision_.replicas)}};
        decision_.limits.push_back({replicas_, decision_.replicas, decision_.reason});
    }
}

void Loop::overrule(Replicas to, Reason reason) {
    decision_.health = Health::suspended;
    decision_.reason = reason;
    limit(to, reason);
}

void Loop::bind_target_state(Fields& fields) {
    fields.state("pods", board_.pods);
    fields.state("readyHistory", board_.ready);
    fields.state("shaper", shaper_);
    fields.state("startup", startup_);
    fields.state("known", known_);
    fields.state("replicas", replicas_);
    fields.state("status", status_);
    fields.state("ready", ready_);
    fields.state("most", most_);
    fields.state("floor", floor_);
    fields.state("zeroIsOurs", zero_is_ours_);
    fields.state("outstanding", outstanding_);
    fields.state("orderedAt", ordered_at_);
    fields.state("foreignFrom", foreign_from_);
    fields.state("changedBy", changed_by_);
    fields.state("yielding", yielding_);
    fields.state("notApplied", not_applied_);
    fields.state("rebased", rebased_);
    fields.state("rollingOut", rolling_out_);
    fields.state("oneByOne", one_by_one_);
    fields.state("undrainableAt", undrainable_at_);
    fields.state("lastOrder", last_order_);
    fields.state("orderedStarts", ordered_starts_);
}

void Loop::bind_state(Fields& fields) {
    fields.open(Field{"signals"});  // by name: their places change with the document
    for (std::size_t i = 0; i < board_.signals.size(); ++i) fields.state(signal_names_[i], board_.signals[i]);
    fields.close();
    fields.open(Field{"target"});
    fields.open(Field{spec_.target});  // another one has other pods and another size
    bind_target_state(fields);
    fields.close();
    fields.close();
    fields.state("lastTick", last_tick_);
    fields.state("pace", pace_);
    fields.state("heldSince", held_since_);
    fields.state("override", override_);
    if (guards_ != nullptr) {
        fields.open(Field{"guarded"});
        guards_->bind_state(id_, fields);
        fields.close();
    }
    fields.open(Field{"policies"});
    for (std::size_t i = 0; i < policies_.size(); ++i) bind_policy(i, fields);
    fields.close();
}

void Loop::bind_policy(std::size_t at, Fields& fields) {
    fields.open(Field{spec_.policies[at].name});
    fields.open(Field{kind_of(spec_.policies[at].settings)});  // another kind has other state
    policies_[at]->bind_state(fields);
    fields.close();
    fields.close();
}

void Loop::bind_handover(Fields& fields, const std::vector<bool>& with) {
    shaper_.bind_handover(fields);
    fields.state("startup", startup_);
    fields.state("zeroIsOurs", zero_is_ours_);
    fields.state("yielding", yielding_);
    fields.state("lastOrder", last_order_);
    fields.state("heldSince", held_since_);
    fields.state("override", override_);
    fields.open(Field{"policies"});
    for (std::size_t i = 0; i < policies_.size(); ++i) {
        if (fields.present(Field{spec_.policies[i].name}, with[i])) bind_policy(i, fields);
    }
    fields.close();
}

std::string Loop::handover_with(const std::vector<bool>& with) {
    std::string state;
    Encoder encoder{state};
    bind_handover(encoder, with);
    return state;
}

std::string Loop::handover(std::size_t most) {
    std::vector<bool> with(policies_.size(), false);
    auto state = handover_with(with);
    if (state.size() > most) return {};
    for (std::size_t i = 0; i < with.size(); ++i) {
        with[i] = true;
        if (auto more = handover_with(with); more.size() <= most) state = std::move(more);
        else with[i] = false;
    }
    return state;
}

}  // namespace setpoint
