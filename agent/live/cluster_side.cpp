// SPDX-License-Identifier: Apache-2.0
#include "agent/live/cluster_side.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <limits>
#include <utility>

#include "agent/live/override_order.hpp"
#include "agent/live/status_checkpoint.hpp"

namespace setpoint {
namespace {

constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::seconds kReadAgain{1};
constexpr auto kEverything = std::numeric_limits<std::size_t>::max();

const PolicyListing kNothing;

PolicyMemory memory_of(const PolicyListing& listing, const PolicyObject& object) {
    const auto found = listing.memories.find(object.uid);
    return found == listing.memories.end() ? PolicyMemory{} : found->second;
}

}  // namespace

ClusterSide::ClusterSide(IoThread& io, Clients clients, const Clock& clock, spdlog::logger& log, Reducer& control, const Gallery& gallery,
                         Settings settings, Ports ports)
    : io_(io), kube_(clients.policies), clock_(clock), log_(log), control_(control), settings_(std::move(settings)), ports_(std::move(ports)),
      scribe_(clients.records, clock, log, control, gallery, ports_.post) {}

std::vector<LivePolicy> ClusterSide::first(std::vector<SourceDocument> sources, const GuardSettings& guards) {
    guards_ = guards;
    policies_.emplace(ClusterPolicies::Settings{settings_.shadow, std::move(sources), guards, settings_.shards});
    auto found = list_policies(kube_, settings_.ns);
    knew_at_first_ = found.has_value();
    if (found) {
        objects_ = std::move(found->objects);
        policies_->look(followed());
        tell_what_is_new();
    } else {
        log_.warn("policies are read when the API server gives them: {}", found.error().message);
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
    PolicyWatch::Heard heard;
    heard.seen = [this](std::vector<PolicyObject> objects) {
        ports_.post([this, objects = std::move(objects)]() mutable { seen(std::move(objects)); });
    };
    heard.trouble = [&log = log_](const std::string& why) { log.warn("{}", why); };
    watch_.emplace(io_, kube_, settings_.ns, std::move(heard));
    timer_.emplace(context);
    reads_again_.emplace(context);
    look_later();
}

void ClusterSide::end() {
    watch_.reset();
    timer_.reset();
    reads_again_.reset();
}

void ClusterSide::seen(std::vector<PolicyObject> objects) {
    if (objects == objects_ && !std::exchange(again_, false)) return;  // statuses, of which most are ours
    objects_ = std::move(objects);
    std::erase_if(aside_, [this](const auto& one) { return std::ranges::find(objects_, one.first, &PolicyObject::uid) == objects_.end(); });
    go_over();
}

/// To those of the objects that are this agent's.
void ClusterSide::go_over() {
    auto next = *policies_;
    const bool changed = next.look(followed());
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

std::vector<PolicyObject> ClusterSide::followed() const {
    return settings_.shards == 1 ? objects_ : of_shards(objects_, held_, settings_.shards);
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
    if (settings_.shards == 1 && !settings_.shadow && !ports_.may_write(0)) return;  // another agent does
    auto all = lines();
    if (settings_.shadow) return;
    std::erase_if(all, [this](ClusterScribe::Line& line) {
        const auto may = ports_.may_write(shard(line.verdict->object));
        line.may_take = may.value_or(Duration{0});
        return !may;
    });
    scribe_.write(all);
}

/// Those in force are the reducer's targets, in its order.
std::vector<ClusterSide::Placed> ClusterSide::placed() const {
    std::vector<Placed> found;
    for (const auto& verdict : policies_->verdicts()) {
        const TargetId target{static_cast<std::uint32_t>(found.size())};
        if (verdict.in_force() && index(target) < control_.targets()) found.push_back({&verdict.object, target});
    }
    return found;
}

std::vector<TargetId> ClusterSide::targets_of(std::size_t of) const {
    std::vector<TargetId> targets;
    for (const auto& [object, target] : placed()) {
        if (shard(*object) == of) targets.push_back(target);
    }
    return targets;
}

bool ClusterSide::is_writing_down(std::size_t of) const {
    return std::ranges::any_of(policies_->verdicts(),
                               [&](const auto& verdict) { return shard(verdict.object) == of && scribe_.is_sending(verdict.object.uid); });
}

std::vector<ClusterScribe::Line> ClusterSide::lines() {
    const auto in_force = placed();
    auto next = in_force.begin();
    std::vector<ClusterScribe::Line> found;
    for (const auto& verdict : policies_->verdicts()) {
        auto& line = found.emplace_back(ClusterScribe::Line{&verdict, std::nullopt, {}});
        if (next == in_force.end() || next->object != &verdict.object) continue;
        line.target = (next++)->target;
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

void ClusterSide::gain(std::size_t shard) {
    coming_[shard] = ++turns_;
    if (!reading_) read_what_is_left();
}

/// Those that come while it is on its way were written until later: they are read after it.
void ClusterSide::read_what_is_left() {
    reading_ = true;
    list_policies(kube_, settings_.ns, [this, post = ports_.post, begun = coming_](Result<PolicyListing> listing) {
        post([this, begun, listing = std::move(listing)] { read(begun, listing); });
    });
}

void ClusterSide::read(const std::map<std::size_t, std::uint64_t>& begun, const Result<PolicyListing>& listing) {
    reading_ = false;
    const bool none_can_be = !listing && listing.error().code == Errc::no_data;  // the cluster knows no ScalingPolicies
    if (!listing && !none_can_be) return read_again(listing.error());
    if (std::exchange(reading_fails_, false)) log_.info("the ScalingPolicies are read");
    std::set<std::size_t> shards;
    for (const auto& coming : begun) {
        const auto still = coming_.find(coming.first);
        if (still == coming_.end() || *still != coming) continue;
        coming_.erase(still);
        shards.insert(coming.first);
    }
    if (listing) objects_ = listing->objects;
    if (!shards.empty()) take_shards(shards, listing ? *listing : kNothing);
    if (!coming_.empty()) read_what_is_left();
}

/// Who led without what was left would write over it.
void ClusterSide::read_again(const Error& why) {
    if (!std::exchange(reading_fails_, true)) log_.warn("waits, and changes no size: the ScalingPolicies and what their statuses keep cannot be read: {}", why.message);
    reads_again_->expires_after(kReadAgain);
    reads_again_->async_wait([this](const boost::system::error_code& failed) {
        if (!failed && !reading_ && !coming_.empty()) read_what_is_left();
    });
}

void ClusterSide::take_shards(const std::set<std::size_t>& shards, const PolicyListing& listing) {
    held_.insert(shards.begin(), shards.end());
    go_over();
    for (const auto& [object, target] : placed()) {
        if (!shards.contains(shard(*object))) continue;
        const auto last = recall(*object, target);
        take_memory(*object, target, last, memory_of(listing, *object));
        if (settings_.shards > 1) ports_.taken_over(target);
    }
    for (const auto& verdict : policies_->verdicts()) {
        if (shards.contains(shard(verdict.object))) scribe_.begin_with(verdict.object.uid, memory_of(listing, verdict.object));
    }
    ports_.gained(shards);
}

std::optional<Time> ClusterSide::recall(const PolicyObject& object, TargetId target) {
    if (const auto last = control_.last_tick(target)) return last;
    auto own = take_aside(object.uid);
    if (!own) own = ports_.remembered(control_.spec(target));
    if (!own) return std::nullopt;
    ports_.take(Handover{target, own->state, own->at - own->written});
    return own->at;
}

void ClusterSide::lose(std::size_t shard) {
    coming_.erase(shard);
    if (!held_.contains(shard)) return;
    if (settings_.shards == 1) return held_.clear();
    put_aside(shard);
    held_.erase(shard);
    go_over();
}

/// A status has no room for all of it.
void ClusterSide::put_aside(std::size_t of) {
    const auto now = clock_.now();
    for (const auto& [object, target] : placed()) {
        if (shard(*object) == of) aside_[object->uid] = Left{control_.handover(target, kEverything), now, now};
    }
}

std::optional<Left> ClusterSide::take_aside(std::uint64_t uid) {
    auto found = aside_.extract(uid);
    if (found.empty()) return std::nullopt;
    return std::move(found.mapped());
}

/// `last`: when this agent decided for it.
void ClusterSide::take_memory(const PolicyObject& object, TargetId target, std::optional<Time> last, const PolicyMemory& memory) {
    auto left = read_status_checkpoint(memory.checkpoint, object.ns, object.name);
    if (!left && left.error().code != Errc::no_data) log_.warn("{}: begins without the checkpoint in its status: {}", object.key(), left.error().message);
    const auto now = clock_.now();
    const auto taken = left ? std::optional{Left{std::move(left->state), left->time, std::min(clock_.translate(left->wall), now)}} : std::nullopt;
    auto handover = succession(last, taken, now);
    if (!handover) return;
    handover->target = target;
    ports_.take(std::move(*handover));
}

}  // namespace setpoint
