// SPDX-License-Identifier: Apache-2.0
#include "actuators/pod_news.hpp"

#include <iterator>
#include <utility>

namespace setpoint {

void PodNews::there(const Pod& pod) { say({target_, false, pod}); }

void PodNews::gone(const Pod& pod) {
    if (told_.contains(pod.id)) say({target_, true, pod});
    else unsay(pod.id);
}

std::vector<PodDelta> PodNews::take() {
    of_.clear();
    std::vector<PodDelta> taken;
    taken.reserve(words_.size());
    for (auto& word : std::exchange(words_, {})) {
        if (word.gone) told_.erase(word.pod.id);
        else told_.insert(word.pod.id);
        taken.push_back(std::move(word));
    }
    return taken;
}

void PodNews::say(PodDelta word) {
    const auto [known, is_first] = of_.try_emplace(word.pod.id, words_.end());
    if (is_first) known->second = words_.insert(words_.end(), std::move(word));
    else *known->second = std::move(word);
}

void PodNews::unsay(PodId pod) {
    const auto known = of_.find(pod);
    if (known == of_.end()) return;
    words_.erase(known->second);
    of_.erase(known);
}

}  // namespace setpoint
