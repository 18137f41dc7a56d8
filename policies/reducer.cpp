// SPDX-License-Identifier: Apache-2.0
#include "policies/reducer.hpp"

#include <fmt/core.h>

#include <string>
#include <type_traits>
#include <variant>

#include "core/codec.hpp"
#include "policies/guards.hpp"
#include "policies/loop.hpp"

namespace setpoint {

Reducer::Reducer() = default;
Reducer::~Reducer() = default;
Reducer::Reducer(Reducer&&) noexcept = default;
Reducer& Reducer::operator=(Reducer&&) noexcept = default;

const Decision* Reducer::reduce(const Event& event) {
    return std::visit(
        [&](const auto& body) -> const Decision* {
            using Body = std::decay_t<decltype(body)>;
            if constexpr (std::is_same_v<Body, ConfigSet>) {
                configure(body);
                return nullptr;
            } else {
                if (index(body.target) >= loops_.size()) return nullptr;
                Loop& loop = *loops_[index(body.target)];
                const Decision* decision = nullptr;
                if constexpr (std::is_same_v<Body, Tick>) {
                    decision = &loop.tick(event.time, body.wall);
                } else {
                    loop.take(event.time, body);
                }
                tell_guards(body.target);
                return decision;
            }
        },
        event.body);
}

void Reducer::configure(const ConfigSet& set) {
    std::string learnt;
    if (!loops_.empty()) {
        Encoder encoder{learnt};
        bind_state(encoder);
    }
    loops_.clear();
    guard_settings_ = set.guards;
    guards_ = set.guards.any() ? std::make_unique<Guards>(set.guards, set.specs) : nullptr;
    for (const auto& spec : set.specs) {
        loops_.push_back(std::make_unique<Loop>(TargetId{static_cast<std::uint32_t>(loops_.size())}, spec, guards_.get()));
    }
    if (!learnt.empty()) {
        Decoder decoder{learnt};
        bind_state(decoder);
    }
}

void Reducer::tell_guards(TargetId target) {
    if (!guards_) return;
    const Loop& loop = *loops_[index(target)];
    guards_->stands(target, loop.replicas(), loop.outstanding(), loop.ordered_at());
}

std::size_t Reducer::targets() const { return loops_.size(); }

const ScalingSpec& Reducer::spec(TargetId target) const { return loops_[index(target)]->spec(); }

std::span<const std::string> Reducer::signal_names(TargetId target) const {
    return loops_[index(target)]->signal_names();
}

std::span<const Pod> Reducer::pods(TargetId target) const { return loops_[index(target)]->pods(); }

const std::optional<OverrideSet>& Reducer::override_of(TargetId target) const {
    return loops_[index(target)]->override_set();
}

const StartupTime& Reducer::startup(TargetId target) const { return loops_[index(target)]->startup(); }

std::optional<Time> Reducer::last_tick(TargetId target) const { return loops_[index(target)]->last_tick(); }

std::string Reducer::handover(TargetId target, std::size_t most) { return loops_[index(target)]->handover(most); }

Result<TargetId> Reducer::find(std::string_view policy) const {
    std::vector<TargetId> found;
    std::string names;
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        const TargetId id{static_cast<std::uint32_t>(i)};
        const std::string name = spec(id).full_name();
        if (name == policy) return id;
        if (spec(id).name != policy) continue;
        found.push_back(id);
        names += (names.empty() ? "" : ", ") + name;
    }
    if (found.empty()) return fail(Errc::no_data, fmt::format("there is no policy '{}'", policy));
    if (found.size() > 1) return fail(Errc::conflict, fmt::format("several namespaces have a policy '{}': say which one ({})", policy, names));
    return found.front();
}

void Reducer::bind_state(Fields& fields) {
    for (std::uint32_t i = 0; i < loops_.size(); ++i) {
        const std::string name = loops_[i]->spec().name_space + "/" + loops_[i]->spec().name;
        fields.open(Field{name});
        bind_state(TargetId{i}, fields);
        fields.close();
    }
    fields.open(Field{"guards"});  // no name of a target: those have a slash
    bind_guard_state(fields);
    fields.close();
}

void Reducer::bind_state(TargetId target, Fields& fields) {
    loops_[index(target)]->bind_state(fields);
    tell_guards(target);
}

void Reducer::bind_guard_state(Fields& fields) {
    if (guards_) guards_->bind_state(fields);
}

}  // namespace setpoint
