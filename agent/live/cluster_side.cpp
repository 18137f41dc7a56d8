// SPDX-License-Identifier: Apache-2.0
#include "agent/live/cluster_side.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <utility>

#include "agent/live/override_order.hpp"
#include "agent/live/status_checkpoint.hpp"
#include "agent/live/succession.hpp"

namespace setpoint {
namespace {

constexpr std::chrono::seconds kLook{1};

}  // namespace

ClusterSide::ClusterSide(IoThread& io, Clients clients, const Clock& clock, spdlog::logger& log, Reducer& control, const Gallery& gallery,
                         Settings settings, Ports ports)
    : io_(io), kube_(clients.policies), clock_(clock), log_(log), control_(control), settings_(std::move(settings)), ports_(std::move(ports)),
      scribe_(clients.records, clock, log, control, gallery, ports_.post) {}

std::vector<LivePolicy> ClusterSide::first(std::vector<SourceDocument> sources, const GuardSettings& guards) {
    guards_ = guards;
    policies_.emplace(ClusterPolicies::Settings{settings_.shadow, std::move(sources), guards});
    auto found = list_policies(kube_, settings_.ns);
    if (found) {
        objects_ = std::move(*found);
        policies_->look(objects_);
        tell_what_is_new();
    } else {
        log_.warn("policies are read when the API server gives them; what they learnt before is lost: {}", found.error().message);
    }
    return policies_->all();
}

Result<> ClusterSide::renew(std::vector<SourceDocument> sources, const GuardSettings& guards) {
    auto next = *policies_;
    next.renew(std::move(sources), guards);
    if (auto adopted = ports_.adopt(next.all(), guards); !adopted) return adopted;
    policies_ = std::move(next);
    guards_ = guards;
    tell_what_is_new();
    return {};
}

void ClusterSide::begin(boost::asio::io_context& context) {
    watch_.emplace(io_, kube_, settings_.ns, [this](Result<std::vector<PolicyObject>> objects) {
        ports_.post([this, objects = std::move(objects)]() mutable { seen(std::move(objects)); });
    });
    timer_.emplace(context);
    look_later();
}

void ClusterSide::end() {
    watch_.reset();
    timer_.reset();
}

void ClusterSide::seen(Result<std::vector<PolicyObject>> objects) {
    if (!objects) return log_.warn("the ScalingPolicies cannot be followed, those known stay in force: {}", objects.error().message);
    if (*objects == objects_ && !std::exchange(again_, false)) return;  // statuses, of which most are ours
    auto next = *policies_;
    objects_ = std::move(*objects);
    const bool changed = next.look(objects_);
    if (changed) {
        if (auto adopted = ports_.adopt(next.all(), guards_); !adopted) {
            log_.error("the policies stay as they were, something is wrong with those of the cluster:\n{}", adopted.error().message);
            policies_->turn_down(next, adopted.error().message);
            again_ = true;
            return tell_what_is_new();
        }
    }
    policies_ = std::move(next);
    tell_what_is_new();
}

/// What is in force, and what is wrong, each once.
void ClusterSide::tell_what_is_new() {
    std::map<std::uint64_t, std::string> now;
    for (const auto& verdict : policies_->verdicts()) {
        const auto& object = verdict.object;
        const auto text = verdict.wrong.empty() ? summary(*verdict.good) : verdict.wrong;
        now[object.uid] = text;
        const auto before = told_.find(object.uid);
        if (before != told_.end() && before->second == text) continue;
        if (verdict.wrong.empty()) log_.info("{}/{}", object.ns, text);
        else log_.warn("{} is {}: {}", object.key(), verdict.in_force() ? "in force as it was before its last change" : "not in force", text);
    }
    told_ = std::move(now);
}

void ClusterSide::look_later() {
    timer_->expires_after(kLook);
    timer_->async_wait([this](const boost::system::error_code& failed) {
        if (failed) return;
        look();
        look_later();
    });
}

void ClusterSide::look() {
    const bool writes = ports_.writes();
    if (!writes && !settings_.shadow) return;  // another agent does
    const auto all = lines();
    if (writes) scribe_.write(all);
}

/// Those in force are the reducer's targets, in its order.
std::vector<ClusterScribe::Line> ClusterSide::lines() {
    std::vector<ClusterScribe::Line> found;
    std::uint32_t next = 0;
    for (const auto& verdict : policies_->verdicts()) {
        auto& line = found.emplace_back(ClusterScribe::Line{&verdict, std::nullopt, {}});
        if (!verdict.in_force() || next >= control_.targets()) continue;
        line.target = TargetId{next++};
        line.annotation = follow_annotations(verdict.object, *line.target);
    }
    return found;
}

std::string ClusterSide::follow_annotations(const PolicyObject& object, TargetId target) {
    const auto declared = read_annotations(object.annotations, clock_.wall());
    if (!declared) return declared.error().message;
    const bool resumes = !declared->resume.empty() && scribe_.resumed(object.uid) != declared->resume;
    const auto until = clock_.translate(declared->until);
    if (auto order = order_of(*declared, until, resumes, control_.override_of(target), clock_.now())) {
        order->target = target;
        ports_.take(std::move(*order));
    }
    if (resumes) scribe_.set_resumed(object.uid, declared->resume);
    return {};
}

void ClusterSide::take_over(std::function<void()> ready) {
    list_policy_memories(kube_, settings_.ns, [this, ready = std::move(ready)](Result<PolicyMemories> memories) {
        ports_.post([this, ready, memories = std::move(memories)] {
            take_memories(memories);
            ready();
        });
    });
}

void ClusterSide::take_memories(const Result<PolicyMemories>& memories) {
    if (!memories) log_.warn("what the policies' statuses keep cannot be read, nothing of it is taken over: {}", memories.error().message);
    std::uint32_t next = 0;
    for (const auto& verdict : policies_->verdicts()) {
        if (!verdict.in_force() || next >= control_.targets()) continue;
        const TargetId target{next++};
        const auto found = memories ? memories->find(verdict.object.uid) : PolicyMemories::const_iterator{};
        take_memory(verdict.object, target, memories && found != memories->end() ? found->second : PolicyMemory{});
    }
    scribe_.begin(memories ? *memories : PolicyMemories{});
}

void ClusterSide::take_memory(const PolicyObject& object, TargetId target, const PolicyMemory& memory) {
    auto left = read_status_checkpoint(memory.checkpoint, object.ns, object.name);
    if (!left && left.error().code != Errc::no_data) log_.warn("{}: begins without the checkpoint in its status: {}", object.key(), left.error().message);
    const auto now = clock_.now();
    const auto taken = left ? std::optional{Left{std::move(left->state), left->time, std::min(clock_.translate(left->wall), now)}} : std::nullopt;
    auto handover = succession(control_.last_tick(target), taken, now);
    if (!handover) return;
    handover->target = target;
    ports_.take(std::move(*handover));
}

}  // namespace setpoint
