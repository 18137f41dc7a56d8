// SPDX-License-Identifier: Apache-2.0
#include "actuators/swarm_news.hpp"

#include <utility>

namespace setpoint {
namespace {

using Line = SwarmNews::Line;

Line rollout_line(const ServiceDetails& service) {
    switch (service.rollout) {
        case Rollout::none:
        case Rollout::completed:
        case Rollout::rolled_back: return {};
        case Rollout::updating:
            if (!service.rolls_back) return {false, "a rollout of the service is under way: until it is over it does not shrink"};
            return {false, "a rollout of the service is under way that goes back by itself when it fails: until it is over its size stays, "
                           "and after 15 min it may grow all the same"};
        case Rollout::rolling_back: return {false, "the service is going back to what it was before: until it is there it does not shrink"};
        case Rollout::paused:
        case Rollout::rollback_paused: break;
    }
    const auto& name = service.name;
    return {true, "the rollout of the service is paused, and another size would start it again, so its size stays: go on with "
                  "'docker service update " + name + "', or back with 'docker service rollback " + name + "'"};
}

/// How many of it the nodes take, where its spec bounds that.
std::string placement_text(const ServiceDetails& service) {
    if (!service.host_ports.empty()) {
        return "the port " + std::to_string(service.host_ports.front()) +
               " is published on the nodes themselves (mode=host): each node runs one replica, more of them wait for a node";
    }
    if (service.most_per_node == 0) return {};
    return "each node runs at most " + std::to_string(service.most_per_node) + " replicas (--replicas-max-per-node): more of them wait for a node";
}

}  // namespace

void SwarmNews::say(Topic topic, Line line, const std::string& end, std::vector<Line>& out) {
    const auto before = std::exchange(said_[topic], line.text);
    if (before == line.text) return;
    if (!line.text.empty()) out.push_back(std::move(line));
    else if (!end.empty()) out.push_back({false, end});
}

std::vector<Line> SwarmNews::failed(const Error& why) {
    std::vector<Line> lines;
    say(scalable, {true, "cannot be scaled, and is looked at again: " + why.message}, {}, lines);
    return lines;
}

std::vector<Line> SwarmNews::seen(const ServiceDetails& service, const TaskCount& tasks) {
    std::vector<Line> lines;
    say(scalable, {}, "can be scaled again", lines);
    say(rollout, rollout_line(service), "the rollout of the service is over", lines);
    say(bound, {false, placement_text(service)}, {}, lines);
    const auto homeless = tasks.no_node.empty() ? std::string{} : "replicas find no node, and none are added to them: " + tasks.no_node;
    say(placement, {true, homeless}, "all replicas have a node again", lines);
    const bool spread_out = reads_ == Reads::this_engine && tasks.nodes.size() > 1;
    // Once is enough: tasks move.
    if (spread_out && said_[spread].empty()) {
        say(spread, {true, "its replicas run on several nodes, and CPU and memory are read of those on this node alone: the others count as "
                           "missing; read them from a Prometheus"}, {}, lines);
    }
    return lines;
}

std::vector<Line> SwarmNews::resized(const ServiceDetails& before) {
    if (before.previous_image.empty() || before.previous_image == before.image) return {};
    return {{false, "its size was set: 'docker service rollback' goes back to the size before alone, no more to the image before, " +
                        before.previous_image.substr(0, 200)}};
}

}  // namespace setpoint
