// SPDX-License-Identifier: Apache-2.0
#include "agent/live/cluster_side.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <utility>

namespace setpoint {
namespace {

constexpr std::chrono::seconds kLook{1};
constexpr Duration kDeadline = std::chrono::seconds{5};

}  // namespace

ClusterSide::ClusterSide(IoThread& io, KubeClient& kube, const Clock& clock, spdlog::logger& log, const Reducer& control, const Gallery& gallery,
                         Settings settings, Ports ports)
    : io_(io), kube_(kube), clock_(clock), log_(log), control_(control), gallery_(gallery), settings_(std::move(settings)), ports_(std::move(ports)) {}

std::vector<LivePolicy> ClusterSide::first(std::vector<SourceDocument> sources) {
    policies_.emplace(ClusterPolicies::Settings{settings_.shadow, std::move(sources)});
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

std::vector<LivePolicy> ClusterSide::with_sources(std::vector<SourceDocument> sources) {
    policies_.emplace(ClusterPolicies::Settings{settings_.shadow, std::move(sources)});
    policies_->look(objects_);
    tell_what_is_new();
    return policies_->all();
}

void ClusterSide::begin(boost::asio::io_context& context) {
    watch_.emplace(io_, kube_, settings_.ns, [this](Result<std::vector<PolicyObject>> objects) {
        ports_.post([this, objects = std::move(objects)]() mutable { seen(std::move(objects)); });
    });
    timer_.emplace(context);
    write_later();
}

void ClusterSide::end() {
    watch_.reset();
    timer_.reset();
}

void ClusterSide::seen(Result<std::vector<PolicyObject>> objects) {
    if (!objects) return log_.warn("the ScalingPolicies cannot be followed, those known stay in force: {}", objects.error().message);
    auto next = *policies_;
    objects_ = std::move(*objects);
    const bool changed = next.look(objects_);
    if (changed) {
        if (auto adopted = ports_.adopt(next.all()); !adopted) {
            return log_.error("the policies stay as they were, something is wrong with those of the cluster:\n{}", adopted.error().message);
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

void ClusterSide::write_later() {
    timer_->expires_after(kLook);
    timer_->async_wait([this](const boost::system::error_code& failed) {
        if (failed) return;
        write_statuses();
        write_later();
    });
}

void ClusterSide::write_statuses() {
    if (!ports_.writes()) return;
    for (auto& letter : desk_.due(clock_.now(), clock_.wall(), statuses())) {
        const auto path = kube_path(kScalingPolicies, letter.ns, letter.name, "status");
        kube_.patch(path, KubeClient::Patch::merge, std::move(letter.patch), kDeadline, [this, uid = letter.uid](const Result<std::string>& answer) {
            if (answer || answer.error().code == Errc::no_data) return;
            ports_.post([this, uid, why = answer.error().message] {
                log_.warn("a status is not written: {}", why);
                desk_.failed(uid, clock_.now());
            });
        });
    }
}

/// Those in force are the reducer's targets, in its order.
std::vector<StatusDesk::Entry> ClusterSide::statuses() const {
    std::vector<StatusDesk::Entry> entries;
    std::uint32_t next = 0;
    const auto civil = [wall = clock_.wall(), now = clock_.now()](Time time) { return wall - std::chrono::duration_cast<WallTime::duration>(now - time); };
    for (const auto& verdict : policies_->verdicts()) {
        const bool runs = verdict.in_force() && next < control_.targets();
        const TargetId target{next};
        if (verdict.in_force()) ++next;
        entries.push_back({&verdict.object, status_of(verdict, runs ? &control_.spec(target) : nullptr, runs ? &gallery_.of(target) : nullptr, civil)});
    }
    return entries;
}

}  // namespace setpoint
