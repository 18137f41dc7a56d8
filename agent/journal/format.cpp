// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/format.hpp"

#include <bit>
#include <type_traits>

#include <fmt/format.h>

#include "agent/journal/decision_digest.hpp"
#include "agent/journal/bytes.hpp"

namespace setpoint {
namespace {

constexpr std::uint64_t kMaxNames = 1'000;

std::int64_t ms(Time time) { return time.time_since_epoch().count(); }

void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out.append(text);
}

void bind(Fields& fields, Opening& opening) {
    fields.state("stream", opening.stream);
    fields.state("opened", opening.opened);
    fields.state("program", opening.program);
    fields.state("architecture", opening.architecture);
}

void bind(Fields& fields, Gap& gap) {
    fields.state("entries", gap.entries);
    fields.state("from", gap.from);
    fields.state("to", gap.to);
}

template <class... Bodies>
void emplace_at(std::variant<Bodies...>& body, std::size_t at) {
    std::size_t i = 0;
    ((i++ == at ? (void)body.template emplace<Bodies>() : void()), ...);
}

}  // namespace

std::string_view to_string(Stream stream) { return stream == Stream::events ? "events" : "decisions"; }

std::string program_version() { return SETPOINT_VERSION; }

std::string architecture() {
#if defined(__x86_64__)
    return "x86_64";
#elif defined(__aarch64__)
    return "aarch64";
#else
    return "other";
#endif
}

Outcome outcome_of(const Decision& decision) {
    return {digest(decision), decision.replicas, decision.reason.code, decision.health, decision.apply};
}

void EntryEncoder::begin(FrameKind kind) {
    frame_.clear();
    (void)begin_frame(frame_, kind);
}

void EntryEncoder::begin(FrameKind kind, Time time) {
    begin(kind);
    put_difference(frame_, last_, ms(time));
    last_ = ms(time);
}

std::string_view EntryEncoder::end() {
    end_frame(frame_, 0);
    return frame_;
}

std::string_view EntryEncoder::opening(const Opening& opening) {
    begin(FrameKind::opening);
    Opening written = opening;
    bind(encoder_, written);
    restart(opening.opened);
    return end();
}

void EntryEncoder::restart(Time opened) {
    last_ = ms(opened);
    wall_offset_ = 0;
}

std::string_view EntryEncoder::snapshot(Time time, Reducer& reducer) {
    begin(FrameKind::snapshot, time);
    reducer.bind_state(encoder_);
    return end();
}

std::string_view EntryEncoder::event(const Event& event) {
    if (const auto* taken = std::get_if<Sample>(&event.body)) return sample(event.time, *taken);
    begin(FrameKind::event, event.time);
    put_varint(frame_, event.body.index());
    std::visit([this](const auto& body) { bind(encoder_, const_cast<std::decay_t<decltype(body)>&>(body)); },
               event.body);  // an encoder only reads
    return end();
}

std::string_view EntryEncoder::sample(Time time, const Sample& sample) {
    // A member more in these would not be written: the bindings stop compiling then.
    const auto& [target, signal, kind, value, measured, window, pods] = sample;
    begin(FrameKind::sample, time);
    put_varint(frame_, index(target));
    put_varint(frame_, index(signal));
    put_varint(frame_, static_cast<std::uint64_t>(kind));
    put_fixed(frame_, std::bit_cast<std::uint64_t>(value), 8);
    put_difference(frame_, ms(time), ms(measured));
    put_difference(frame_, 0, window.count());
    put_varint(frame_, pods.size());
    for (const auto& [pod, pod_value, pod_measured, pod_window] : pods) {
        put_fixed(frame_, static_cast<std::uint64_t>(pod), 8);
        put_fixed(frame_, std::bit_cast<std::uint64_t>(pod_value), 8);
        put_difference(frame_, ms(measured), ms(pod_measured));
        put_difference(frame_, window.count(), pod_window.count());
    }
    return end();
}

std::string_view EntryEncoder::tick(Time time, const Tick& tick, const Outcome& outcome) {
    begin(FrameKind::tick, time);
    put_varint(frame_, index(tick.target));
    const std::int64_t offset = tick.wall.time_since_epoch().count() - ms(time);
    put_difference(frame_, wall_offset_, offset);
    wall_offset_ = offset;
    put_fixed(frame_, outcome.digest, 8);
    put_difference(frame_, 0, outcome.replicas);
    put_varint(frame_, static_cast<std::uint64_t>(outcome.code));
    put_varint(frame_, static_cast<std::uint64_t>(outcome.health) << 1 | (outcome.apply ? 1U : 0U));
    return end();
}

std::string_view EntryEncoder::decision(const Decision& decision, const ScalingSpec& spec) {
    begin(FrameKind::decision);
    put_text(frame_, spec.name);
    put_text(frame_, spec.name_space);
    put_varint(frame_, spec.signals.size());
    for (const auto& signal : spec.signals) put_text(frame_, signal.name);
    put_varint(frame_, spec.policies.size());
    for (const auto& policy : spec.policies) put_text(frame_, policy.name);
    setpoint::bind(encoder_, const_cast<Decision&>(decision));
    return end();
}

std::string_view EntryEncoder::gap(const Gap& gap) {
    begin(FrameKind::gap);
    Gap written = gap;
    bind(encoder_, written);
    return end();
}

Result<const Entry*> EntryDecoder::decode(std::string_view frame) {
    const std::string_view payload = frame.substr(kFrameHeader);
    const FrameKind kind = kind_of_frame(frame);
    bool sense = false;
    switch (kind) {
        case FrameKind::opening: sense = opening(payload); break;
        case FrameKind::snapshot: sense = snapshot(payload); break;
        case FrameKind::event: sense = event(payload); break;
        case FrameKind::sample: sense = sample(payload); break;
        case FrameKind::tick: sense = tick(payload); break;
        case FrameKind::decision: sense = decision(payload); break;
        case FrameKind::gap: sense = gap(payload); break;
    }
    if (!sense) return fail(Errc::bad_reply, fmt::format("an entry of kind {} makes no sense", static_cast<int>(kind)));
    return &entry_;
}

Time EntryDecoder::time(std::int64_t since_epoch) {
    last_ = since_epoch;
    return Time{Duration{since_epoch}};
}

bool EntryDecoder::opening(std::string_view payload) {
    auto& opening = entry_.emplace<Opening>();
    Decoder decoder{payload};
    bind(decoder, opening);
    last_ = ms(opening.opened);
    wall_offset_ = 0;
    return decoder.ok() && opening.stream <= Stream::decisions;
}

bool EntryDecoder::snapshot(std::string_view payload) {
    Bytes bytes{payload};
    const Time at = time(bytes.difference(last_));
    entry_ = Snapshot{at, std::string{bytes.rest()}};
    return bytes.ok();
}

bool EntryDecoder::event(std::string_view payload) {
    Bytes bytes{payload};
    auto& happening = entry_.emplace<Happening>();
    happening.event.time = time(bytes.difference(last_));
    const std::uint64_t at = bytes.varint();
    if (!bytes.ok() || at >= std::variant_size_v<EventBody>) return false;
    emplace_at(happening.event.body, at);
    Decoder decoder{bytes.rest()};
    std::visit([&](auto& body) { bind(decoder, body); }, happening.event.body);
    return decoder.ok();
}

bool EntryDecoder::sample(std::string_view payload) {
    Bytes bytes{payload};
    auto& happening = entry_.emplace<Happening>();
    happening.event.time = time(bytes.difference(last_));
    auto& sample = happening.event.body.emplace<Sample>();
    sample.target = TargetId{static_cast<std::uint32_t>(bytes.varint())};
    sample.signal = SignalId{static_cast<std::uint16_t>(bytes.varint())};
    const std::uint64_t kind = bytes.varint();
    sample.kind = static_cast<SampleKind>(kind);
    sample.value = std::bit_cast<double>(bytes.fixed(8));
    sample.measured = Time{Duration{bytes.difference(last_)}};
    sample.window = Duration{bytes.difference(0)};
    const std::uint64_t pods = bytes.varint();
    // Each takes at least 18 bytes: a count that cannot be true allocates nothing.
    if (!bytes.ok() || kind > static_cast<std::uint64_t>(SampleKind::failed) || pods > bytes.rest().size() / 18) return false;
    for (std::uint64_t i = 0; i < pods; ++i) {
        auto& pod = sample.pods.emplace_back();
        pod.pod = PodId{bytes.fixed(8)};
        pod.value = std::bit_cast<double>(bytes.fixed(8));
        pod.measured = Time{Duration{bytes.difference(ms(sample.measured))}};
        pod.window = Duration{bytes.difference(sample.window.count())};
    }
    return bytes.ok();
}

bool EntryDecoder::tick(std::string_view payload) {
    Bytes bytes{payload};
    auto& happening = entry_.emplace<Happening>();
    happening.event.time = time(bytes.difference(last_));
    Tick tick;
    tick.target = TargetId{static_cast<std::uint32_t>(bytes.varint())};
    wall_offset_ = bytes.difference(wall_offset_);
    tick.wall = WallTime{Duration{last_ + wall_offset_}};
    happening.event.body = tick;
    Outcome outcome;
    outcome.digest = bytes.fixed(8);
    outcome.replicas = static_cast<Replicas>(bytes.difference(0));
    outcome.code = static_cast<Code>(bytes.varint());
    const std::uint64_t flags = bytes.varint();
    outcome.health = static_cast<Health>(flags >> 1);
    outcome.apply = (flags & 1U) != 0;
    happening.outcome = outcome;
    return bytes.ok();
}

bool EntryDecoder::decision(std::string_view payload) {
    Bytes bytes{payload};
    auto& record = entry_.emplace<DecisionRecord>();
    const auto names = [&](std::vector<std::string>& list) {
        const std::uint64_t size = bytes.varint();
        for (std::uint64_t i = 0; i < size && size <= kMaxNames && bytes.ok(); ++i) list.push_back(std::string{bytes.text()});
        return size <= kMaxNames && bytes.ok();
    };
    record.policy = bytes.text();
    record.name_space = bytes.text();
    if (!names(record.signals) || !names(record.policies)) return false;
    Decoder decoder{bytes.rest()};
    setpoint::bind(decoder, record.decision);
    return decoder.ok();
}

bool EntryDecoder::gap(std::string_view payload) {
    Decoder decoder{payload};
    bind(decoder, entry_.emplace<Gap>());
    return decoder.ok();
}

}  // namespace setpoint
