// SPDX-License-Identifier: Apache-2.0
#include "agent/live/recorder.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace setpoint {
namespace {

std::vector<ScalingSpec> watching(const std::vector<LivePolicy>& policies) {
    std::vector<ScalingSpec> specs;
    for (const auto& policy : policies) {
        specs.push_back(policy.spec);
        specs.back().mode = Mode::shadow;
    }
    return specs;
}

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::make(RecorderSettings settings, RecordingFile& file, spdlog::logger& log) {
    std::unique_ptr<Recorder> made{new Recorder{std::move(settings), file, log}};
    if (auto done = made->attach_all(); !done) return tl::unexpected<Error>(std::move(done.error()));
    return made;
}

Recorder::Recorder(RecorderSettings settings, RecordingFile& file, spdlog::logger& log)
    : settings_(std::move(settings)), file_(file), log_(log) {}

Result<> Recorder::attach_all() {
    auto config = configuration(watching(settings_.policies));
    if (!config) return tl::unexpected<Error>(std::move(config.error()));
    auto outside = Outside::make(io_, clock_, log_, settings_.where);
    if (!outside) return tl::unexpected<Error>(std::move(outside.error()));
    outside_ = std::move(*outside);
    control_.reduce({began_, std::move(*config)});
    const auto count = settings_.policies.size();
    nobody_.reserve(count);  // the scheduler keeps their addresses
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto& policy = settings_.policies[i];
        auto attached = outside_->attach(TargetId{i}, policy, Orchestrator::Use::watch, {});
        if (!attached) return tl::unexpected<Error>(std::move(attached.error()));
        attached_.push_back(std::move(*attached));
        nobody_.emplace_back(TargetId{i});
        auto steered = setpoint::steered(policy, attached_.back(), TargetId{i});
        scheduler_.add(Steered{std::move(steered.feeds), steered.watcher, nobody_.back(), steered.key, std::move(steered.together)});
        auto& noted = noted_.emplace_back();
        if (count > 1) noted.heard.policy = policy.spec.name;
        noted.values.resize(policy.spec.signals.size());
    }
    return {};
}

Result<> Recorder::run() {
    contact_.emplace(io_, outside_->orchestrator(), [this](const Result<std::string>& id) {
        scheduler_.post([this, answers = id.has_value(), why = id ? std::string{} : id.error().message] { contacted(answers, why); });
    });
    if (settings_.length) {
        end_.expires_after(*settings_.length);
        end_.async_wait([this](const boost::system::error_code& failed) {
            if (!failed) scheduler_.stop();
        });
    }
    scheduler_.on_hangup([this] { scheduler_.stop(); });
    scheduler_.open();
    scheduler_.run();
    contact_.reset();
    for (std::uint32_t i = 0; i < noted_.size(); ++i) write_line(TargetId{i}, clock_.now());
    if (outcome_) outcome_ = file_.finish();
    return outcome_;
}

void Recorder::contacted(bool answers, const std::string& why) {
    if (answers == engine_answers_) return;
    engine_answers_ = answers;
    const auto& name = outside_->orchestrator().name();
    if (answers) log_.info("{} answers", name);
    else log_.warn("{} does not answer, nothing of it is recorded until it does: {}", name, why);
}

void Recorder::saw(const Event& event, const Decision* decision) {
    if (const auto* sample = std::get_if<Sample>(&event.body)) note(*sample, event.time);
    if (const auto* state = std::get_if<TargetState>(&event.body)) noted_[index(state->target)].heard.state = *state;
    if (decision != nullptr) write_line(decision->target, event.time);
}

void Recorder::note(Sample sample, Time at) {
    auto& heard = noted_[index(sample.target)].heard;
    const auto same = [&](const Sample& other) { return other.signal == sample.signal; };
    // A late answer, and then the one in time: each has its own line.
    if (std::ranges::any_of(heard.samples, same)) write_line(sample.target, at);
    heard.samples.push_back(std::move(sample));
}

void Recorder::write_line(TargetId target, Time at) {
    auto& [heard, values] = noted_[index(target)];
    if (!outcome_ || (!heard.state && heard.samples.empty())) return;
    heard.time = at;
    const auto& spec = control_.spec(target);
    const auto pods = control_.pods(target);
    for (const auto& sample : heard.samples) {
        if (recorded_value(sample, spec.signals[index(sample.signal)], pods) || recorded_sum(sample, pods)) ++values[index(sample.signal)];
    }
    outcome_ = file_.append(recorded_line(heard, spec, pods));
    heard.state.reset();
    heard.samples.clear();
    if (!outcome_) return scheduler_.stop();
    ++lines_;
    if (settings_.progress) settings_.progress(at - began_, lines_);
}

std::vector<std::string> Recorder::silent() const {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < noted_.size(); ++i) {
        const auto& spec = settings_.policies[i].spec;
        for (std::size_t s = 0; s < spec.signals.size(); ++s) {
            if (noted_[i].values[s] == 0) found.push_back(spec.name + ": " + spec.signals[s].name);
        }
    }
    return found;
}

}  // namespace setpoint
