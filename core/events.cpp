// SPDX-License-Identifier: Apache-2.0
#include "core/events.hpp"

namespace setpoint {

void bind(Fields& fields, Resources& resources) {
    fields.state("cpu", resources.cpu);
    fields.state("memory", resources.memory);
}

void bind(Fields& fields, PodContainer& container) {
    fields.state("name", container.name);
    fields.state("requests", container.requests);
    fields.state("limits", container.limits);
}

void bind(Fields& fields, Pod& pod) {
    fields.state("id", pod.id);
    fields.state("name", pod.name);
    fields.state("phase", pod.phase);
    fields.state("ready", pod.ready);
    fields.state("readyChanged", pod.ready_changed);
    fields.state("startedAt", pod.started_at);
    fields.state("deleting", pod.deleting);
    fields.state("unschedulable", pod.unschedulable);
    fields.state("crashLooping", pod.crash_looping);
    fields.state("containers", pod.containers);
    fields.state("requests", pod.requests);
    fields.state("limits", pod.limits);
    fields.state("named", pod.named);
}

void bind(Fields& fields, PodReading& reading) {
    fields.state("pod", reading.pod);
    fields.state("value", reading.value);
    fields.state("measured", reading.measured);
    fields.state("window", reading.window);
}

void bind(Fields& fields, Sample& sample) {
    fields.state("target", sample.target);
    fields.state("signal", sample.signal);
    fields.state("kind", sample.kind);
    fields.state("value", sample.value);
    fields.state("measured", sample.measured);
    fields.state("window", sample.window);
    fields.state("pods", sample.pods);
}

void bind(Fields& fields, TargetState& state) {
    fields.state("target", state.target);
    fields.state("replicas", state.replicas);
    fields.state("ready", state.ready);
    fields.state("status", state.status);
    fields.state("changedBy", state.changed_by);
    fields.state("most", state.most);
    fields.state("floor", state.floor);
    fields.state("rollingOut", state.rolling_out);
    fields.state("oneByOne", state.one_by_one);
    fields.state("undrainableAt", state.undrainable_at);
    if (fields.present(Field{"who"}, !state.who.empty())) fields.state("who", state.who);
}

void bind(Fields& fields, PodDelta& delta) {
    fields.state("target", delta.target);
    fields.state("gone", delta.gone);
    fields.state("pod", delta.pod);
}

void bind(Fields& fields, ApplyResult& result) {
    fields.state("target", result.target);
    fields.state("wanted", result.wanted);
    fields.state("replicas", result.replicas);
    fields.state("outcome", result.outcome);
    fields.state("message", result.message);
}

void bind(Fields& fields, OverrideSet& set) {
    fields.state("target", set.target);
    fields.state("kind", set.kind);
    fields.state("replicas", set.replicas);
    fields.state("until", set.until);
    fields.state("reason", set.reason);
    fields.state("declared", set.declared);
}

void bind(Fields& fields, Handover& handover) {
    fields.state("target", handover.target);
    fields.state("state", handover.state);
    fields.state("shift", handover.shift);
}

void bind(Fields& fields, Tick& tick) {
    fields.state("target", tick.target);
    auto wall = tick.wall.time_since_epoch();
    fields.state("wall", wall);
    tick.wall = WallTime{wall};
}

}  // namespace setpoint
