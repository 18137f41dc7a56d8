// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/admin/why.hpp"
#include "agent/decide/decision_json.hpp"
#include "agent/journal/explanation.hpp"
#include "agent/journal/files.hpp"
#include "agent/live/state_folder.hpp"
#include "agent/replay/wording.hpp"
#include "agent/verbs/terminal.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

struct Flags {
    std::string policy;
    std::string at;       // empty: now
    std::string state;    // empty: default_state_folder
    std::string format = "text";
};

/// RFC 3339, Unix seconds, or `10m` ago.
Result<std::optional<Time>> time_of(const std::string& text) {
    if (text.empty()) return std::optional<Time>{};
    if (const auto time = parse_time(text)) return std::optional{Time{time->time_since_epoch()}};
    if (const auto unix = parse_number(text); unix && *unix > 1e9 && *unix < 1e11) return std::optional{at_unix(*unix)};
    auto ago = std::string_view{text};
    if (ago.ends_with(" ago")) ago.remove_suffix(4);
    if (const auto before = parse_duration(ago)) {
        const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
        return std::optional{Time{now.time_since_epoch() - *before}};
    }
    return fail(Errc::bad_config, "--at: wanted a time (2026-01-31T08:00:00Z), Unix seconds, or how long ago (10m), was '" + text + "'");
}

std::string seen_line(const Seen& seen, const ScalingSpec& spec) {
    const auto& signal = spec.signals[index(seen.signal)];
    if (seen.state == SignalState::missing || seen.state == SignalState::idle) return fmt::format("{}: {}", signal.name, name_of(seen.state));
    return fmt::format("{}: {}, {}, {} old, of {:.3g} ready replicas", signal.name, shown(seen.value, signal), name_of(seen.state),
                       format_duration(seen.age), seen.mean_ready);
}

std::string proposal_line(const Proposal& proposal, const std::string& name, const std::vector<std::string>& signals) {
    const auto reason = sentence(proposal.reason, signals);
    switch (proposal.kind) {
        case ProposalKind::wish: return fmt::format("{} wishes {:.4g}: {}", name, proposal.replicas, reason);
        case ProposalKind::floor: return fmt::format("{} wishes at least {:.4g}: {}", name, proposal.replicas, reason);
        case ProposalKind::bounds: return fmt::format("{} bounds it to {} to {}: {}", name, proposal.bounds.min, proposal.bounds.max, reason);
        case ProposalKind::hold: return fmt::format("{} holds: {}", name, reason);
        case ProposalKind::none: return fmt::format("{} has no objection: {}", name, reason);
    }
    return name;
}

std::string turning_line(const Turning& turning, const Decision& decision, const ScalingSpec& spec) {
    const auto& signal = spec.signals[index(turning.signal)];
    std::string line = fmt::format("{} was {}", signal.name, shown(turning.value, signal));
    if (turning.up) line += fmt::format("; from {} on, {} instead of {}", shown(*turning.up, signal), turning.more, decision.replicas);
    if (turning.down) line += fmt::format("; at {} and below, {}", shown(*turning.down, signal), turning.fewer);
    return line;
}

std::string outcome_line(const Explanation& why) {
    if (!why.decision.apply) return why.decision.replicas == why.decision.current ? "nothing to change" : "not written (mode or override)";
    if (!why.applied) return "written; its answer is not on record";
    if (why.applied->outcome == ApplyOutcome::applied) return fmt::format("carried out: {} replicas", why.applied->replicas);
    return fmt::format("not carried out, {} replicas: {}", why.applied->replicas, why.applied->message);
}

class Page {
public:
    explicit Page(Style style) : style_(style) {}
    void heading(std::string_view text) { text_ += "\n" + style_.paint(Ink::strong, text) + "\n"; }
    void item(const std::string& text) {
        bool first = true;
        for (const auto& line : wrapped(text, style_.width - 4)) {
            text_ += fmt::format("  {} {}\n", first ? style_.either("•", "-") : " ", line);
            first = false;
        }
    }
    void line(const std::string& text) { text_ += text + "\n"; }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    Style style_;
    std::string text_;
};

std::string text_of(const Explanation& why, const Style& style) {
    const auto& decision = why.decision;
    const auto signals = signal_names(why.spec);
    Page page{style};
    const bool known = is_known(decision);
    const auto size = known ? fmt::format("{} replicas", decision.replicas) : std::string{"size unknown"};
    page.line(style.paint(Ink::strong, fmt::format("{}: {} at {} UTC", why.spec.full_name(), size, civil(decision.time))));
    const auto had = known ? fmt::format("It had {}, {} of them ready", decision.current, decision.ready) : std::string{"How many replicas it had was not known"};
    page.line(fmt::format("{}; {} to {} are allowed.", had, why.spec.replicas.min, why.spec.replicas.max));
    if (why.hand) page.line(fmt::format("It is {}", hand_in_words(*why.hand)));
    if (!decision.seen.empty()) page.heading("Seen");
    for (const auto& seen : decision.seen) page.item(seen_line(seen, why.spec));
    if (!decision.proposals.empty()) page.heading("Proposed");
    for (std::size_t i = 0; i < decision.proposals.size(); ++i) {
        page.item(proposal_line(decision.proposals[i], why.spec.policies[i].name, signals));
    }
    page.heading("Decided");
    if (decision.limits.empty()) page.item(sentence(decision.reason, signals));
    for (const auto& limit : decision.limits) page.item(fmt::format("{} {} {}: {}", limit.from, style.either("→", "->"), limit.to, sentence(limit.reason, signals)));
    if (known) page.item(outcome_line(why));
    page.heading("What would have had to change");
    for (const auto& turning : why.turnings) page.item(turning_line(turning, decision, why.spec));
    if (!known) page.item("the target has to be seen: nothing is decided before");
    else if (why.turnings.empty()) page.item("no value of a single fresh signal, 64 times up or down, would have made it another size");
    if (why.change) {
        page.heading("The change before");
        page.item(fmt::format("{} {} {} at {} UTC: {}", why.change->from, style.either("→", "->"), why.change->to, civil(why.change->time), why.change->reason));
    }
    return page.text();
}

Json json_of(const Explanation& why) {
    Json json{{"policy", why.spec.full_name()}, {"decision", decision_json(why.decision, why.spec)}};
    json["outcome"] = is_known(why.decision) ? Json(outcome_line(why)) : Json{};
    json["override"] = why.hand ? Json(hand_in_words(*why.hand)) : Json{};
    json["turnings"] = Json::array();
    for (const auto& turning : why.turnings) {
        Json one{{"signal", why.spec.signals[index(turning.signal)].name}, {"value", json_number(turning.value)}};
        one["up"] = turning.up ? Json{{"value", json_number(*turning.up)}, {"replicas", turning.more}} : Json{};
        one["down"] = turning.down ? Json{{"value", json_number(*turning.down)}, {"replicas", turning.fewer}} : Json{};
        json["turnings"].push_back(std::move(one));
    }
    json["change"] = nullptr;
    if (why.change) {
        json["change"] = {{"time", unix_seconds(why.change->time)}, {"from", why.change->from}, {"to", why.change->to}, {"reason", why.change->reason}};
    }
    return json;
}

int complain(const Error& error) {
    fmt::print(stderr, "setpoint: {}\n", error.message);
    return error.code == Errc::bad_config ? kWrongInput : kFailed;
}

bool is_journal_there(const std::filesystem::path& folder) {
    const auto segments = list_segments(folder, Stream::events);
    return segments && !segments->empty();
}

int explain_verb(const Flags& flags) {
    const auto at = time_of(flags.at);
    if (!at) return complain(at.error());
    std::filesystem::path state = flags.state;
    if (flags.state.empty()) {
        auto folder = default_state_folder(::getenv, ::getuid());
        if (!folder) return complain(folder.error());
        state = std::move(*folder);
    }
    const auto journal = state / "journal";
    const auto why = explain(journal, flags.policy, *at);
    if (!why) return is_journal_there(journal) ? complain(why.error()) : complain({Errc::bad_config, why.error().message});
    if (flags.format == "json") fmt::print("{}\n", json_of(*why).dump(2, ' ', false, Json::error_handler_t::replace));
    else fmt::print("{}", text_of(*why, style_of(stdout)));
    return kDone;
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("explain", "Why this size and no other: from the journal, the agent need not run");
    auto flags = std::make_shared<Flags>();
    verb->add_option("policy", flags->policy, "The policy's name; in a cluster NAMESPACE/NAME where several have it")->required()->type_name(kPolicyWord);
    verb->add_option("--at", flags->at, "The decision in force then: RFC 3339, Unix seconds, or how long ago (default: the last one)");
    verb->add_option("--state-dir", flags->state, "The agent's (default: as for run)")->type_name(kFolderWord);
    verb->add_option("--format", flags->format, "text or json")->check(CLI::IsMember({"text", "json"}));
    verb->callback([flags, &exit_code] { exit_code = explain_verb(*flags); });
}

}  // namespace setpoint
