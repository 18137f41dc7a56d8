// SPDX-License-Identifier: Apache-2.0
#include "policies/decision.hpp"

namespace setpoint {

void bind(Fields& fields, Terms& terms) {
    std::uint64_t size = terms.size_;
    fields.state("size", size);
    terms.size_ = size < Terms::kRoom ? size : Terms::kRoom;
    for (std::size_t i = 0; i < terms.size_; ++i) {
        fields.state("term", terms.entries_[i].term);
        fields.state("value", terms.entries_[i].value);
    }
}

void bind(Fields& fields, Bounds& bounds) {
    fields.state("min", bounds.min);
    fields.state("max", bounds.max);
}

void bind(Fields& fields, Proposal& proposal) {
    fields.state("kind", proposal.kind);
    fields.state("replicas", proposal.replicas);
    fields.state("bounds", proposal.bounds);
    fields.state("reason", proposal.reason);
    fields.state("terms", proposal.terms);
}

void bind(Fields& fields, Seen& seen) {
    fields.state("signal", seen.signal);
    fields.state("state", seen.state);
    fields.state("value", seen.value);
    fields.state("age", seen.age);
    fields.state("meanReady", seen.mean_ready);
}

void bind(Fields& fields, Limit& limit) {
    fields.state("from", limit.from);
    fields.state("to", limit.to);
    fields.state("reason", limit.reason);
}

void bind(Fields& fields, Decision& decision) {
    fields.state("target", decision.target);
    fields.state("time", decision.time);
    fields.state("current", decision.current);
    fields.state("ready", decision.ready);
    fields.state("wanted", decision.wanted);
    fields.state("replicas", decision.replicas);
    fields.state("apply", decision.apply);
    fields.state("health", decision.health);
    fields.state("reason", decision.reason);
    fields.state("warning", decision.warning);
    fields.state("seen", decision.seen);
    fields.state("proposals", decision.proposals);
    fields.state("limits", decision.limits);
}

}  // namespace setpoint
