// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/decision_news.hpp"

namespace setpoint {

bool DecisionNews::is_news(const Decision& decision) {
    const std::size_t at = index(decision.target);
    if (at >= last_.size()) last_.resize(at + 1);
    auto& last = last_[at];
    const bool news = !last.any || decision.apply || last.replicas != decision.replicas ||
                      last.code != decision.reason.code || last.health != decision.health ||
                      (again_ && decision.time - last.at >= *again_);
    if (news) last = {true, decision.time, decision.replicas, decision.reason.code, decision.health};
    return news;
}

void DecisionNews::forget(TargetId target) {
    if (index(target) < last_.size()) last_[index(target)].any = false;
}

}  // namespace setpoint
