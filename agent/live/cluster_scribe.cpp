// SPDX-License-Identifier: Apache-2.0
#include "agent/live/cluster_scribe.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "agent/documents/settings_json.hpp"
#include "agent/live/status_checkpoint.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

constexpr Duration kDeadline = std::chrono::seconds{5};
const KubeResource kEvents{"", "v1", "events"};

std::string host() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name.data();
}

std::string learnt_json(const StartupTime& startup) {
    if (startup.starts_seen() == 0) return {};
    return nlohmann::ordered_json{{"startup", {{"p90", format_duration(startup.p90())}, {"p99", format_duration(startup.p99())}, {"seen", startup.starts_seen()}}}}.dump();
}

std::string agreement_json(const Agreement& agreement) {
    return nlohmann::ordered_json{{"decisions", agreement.decisions},
                                  {"same", agreement.same},
                                  {"meanDifference", fmt::format("{:+.1f}", agreement.mean_difference)},
                                  {"over", format_duration(agreement.over)}}
        .dump();
}

}  // namespace

ClusterScribe::ClusterScribe(KubeClient& kube, const Clock& clock, spdlog::logger& log, Reducer& control, const Gallery& gallery,
                             std::function<void(std::function<void()>)> post)
    : kube_(kube), clock_(clock), log_(log), control_(control), gallery_(gallery), post_(std::move(post)), events_(host()) {}

void ClusterScribe::write(const std::vector<Line>& lines) {
    std::vector<StatusDesk::Entry> entries;
    for (const auto& line : lines) {
        entries.push_back({&line.verdict->object, status_of(line), std::min(kDeadline, line.may_take), is_sending(line.verdict->object.uid)});
    }
    for (auto& letter : desk_.due(clock_.now(), clock_.wall(), entries, [&](std::size_t i) { return pack(lines[i]); })) send(std::move(letter));
    tell_news(lines, entries);
    for (auto& letter : events_.due(clock_.now())) send(std::move(letter));
}

void ClusterScribe::begin_with(std::uint64_t uid, PolicyMemory memory) {
    glances_.erase(uid);
    desk_.remember(uid, memory);
    memory.checkpoint.clear();
    memories_[uid] = std::move(memory);
}

const Picture* ClusterScribe::picture_of(const Line& line) const { return line.target ? &gallery_.of(*line.target) : nullptr; }

PolicyStatus ClusterScribe::status_of(const Line& line) {
    const auto now = clock_.now();
    StatusSources seen;
    seen.picture = picture_of(line);
    seen.annotation = line.annotation;
    seen.last_scale = memories_[line.verdict->object.uid].last_scale;
    seen.civil = [wall = clock_.wall(), now](Time time) { return wall - std::chrono::duration_cast<WallTime::duration>(now - time); };
    if (line.target) {
        seen.spec = &control_.spec(*line.target);
        const auto& hand = control_.override_of(*line.target);
        if (hand && now < hand->until) {
            seen.hand = ShownOverride{hand->kind, hand->replicas, seen.civil(hand->until), hand->reason, hand->declared};
        }
    }
    return setpoint::status_of(*line.verdict, seen);
}

StatusLuggage ClusterScribe::pack(const Line& line) {
    StatusLuggage luggage;
    luggage.resumed = resumed(line.verdict->object.uid);
    if (!line.target) return luggage;
    const auto& spec = control_.spec(*line.target);
    luggage.effective = settings_json(spec).dump();
    luggage.learnt = learnt_json(control_.startup(*line.target));
    const auto agreement = spec.mode == Mode::shadow ? picture_of(line)->agreement() : std::nullopt;
    if (agreement) luggage.agreement = agreement_json(*agreement);
    auto state = control_.handover(*line.target, StatusCheckpoint::kForState);
    if (!state.empty()) luggage.checkpoint = encode(StatusCheckpoint{spec.name_space, spec.name, clock_.now(), clock_.wall(), std::move(state)});
    return luggage;
}

void ClusterScribe::send(StatusDesk::Letter letter) {
    const auto path = kube_path(kScalingPolicies, letter.ns, letter.name, "status");
    sending_.insert(letter.uid);
    kube_.patch(path, KubeClient::Patch::json, std::move(letter.patch), letter.deadline, [this, post = post_, uid = letter.uid](const Result<std::string>& answer) {
        const bool gone = !answer && answer.error().code == Errc::no_data;
        post([this, uid, why = answer || gone ? std::string{} : answer.error().message] {
            sent(uid, why);
        });
    });
}

/// That none can be is said when it begins, and when it is over.
void ClusterScribe::sent(std::uint64_t uid, const std::string& why) {
    sending_.erase(uid);
    if (!why.empty()) {
        desk_.failed(uid, clock_.now());
        if (unwritten_.empty()) log_.warn("a status is not written: {}", why);
        unwritten_.insert(uid);
    } else if (unwritten_.erase(uid) > 0 && unwritten_.empty()) {
        log_.info("statuses are written again");
    }
}

/// An Event that is not written is no loss; that none can be is said.
void ClusterScribe::send(EventDesk::Letter letter) {
    const auto done = [this, post = post_](const Result<std::string>& answer) {
        const bool gone = !answer && answer.error().code == Errc::no_data;  // its namespace, or itself
        post([this, why = answer || gone ? std::string{} : answer.error().message] {
            if (!why.empty() && event_trouble_.empty()) log_.warn("Events are not written: {}", why);
            event_trouble_ = why;
        });
    };
    if (letter.kind == EventDesk::Letter::Kind::create) kube_.create(kube_path(kEvents, letter.ns), std::move(letter.body), kDeadline, done);
    else kube_.patch(kube_path(kEvents, letter.ns, letter.name), KubeClient::Patch::merge, std::move(letter.body), kDeadline, done);
}

void ClusterScribe::tell_news(const std::vector<Line>& lines, const std::vector<StatusDesk::Entry>& entries) {
    std::set<std::uint64_t> there;
    const auto now = clock_.now();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& object = lines[i].verdict->object;
        there.insert(object.uid);
        const auto before = glances_.find(object.uid);
        auto news = news_of(before == glances_.end() ? nullptr : &before->second, entries[i].status, picture_of(lines[i]), now);
        const auto* told = before == glances_.end() ? memories_[object.uid].condition("Ready") : nullptr;
        const bool known = told != nullptr && told->reason == entries[i].status.condition("Ready").reason;  // another agent told it
        glances_.insert_or_assign(object.uid, std::move(news.glance));
        if (known) continue;
        for (auto& occasion : news.occasions) events_.take(now, clock_.wall(), object, std::move(occasion));
    }
    const auto gone = [&](const auto& known) { return !there.contains(known.first); };
    std::erase_if(glances_, gone);
    std::erase_if(memories_, gone);
    std::erase_if(unwritten_, [&](std::uint64_t uid) { return !there.contains(uid); });
    events_.keep_only(there);
}

}  // namespace setpoint
