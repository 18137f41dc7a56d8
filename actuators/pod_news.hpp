// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/events.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// What became of a target's pods since it was told last. Of each pod only the last word is kept, so there are never more words than pods
/// that are there, or were when it was told last. Who came and went in between is not told of.
class PodNews {
public:
    explicit PodNews(TargetId target) : target_(target) {}

    /// It is new, or changed.
    void there(const Pod& pod);
    void gone(const Pod& pod);

    [[nodiscard]] std::size_t size() const { return words_.size(); }
    /// In the order in which the pods had their first news, so that a pod goes before another one takes its name.
    [[nodiscard]] std::vector<PodDelta> take();

private:
    void say(PodDelta word);
    void unsay(PodId pod);

    TargetId target_;
    std::list<PodDelta> words_;
    std::unordered_map<PodId, std::list<PodDelta>::iterator> of_;
    std::unordered_set<PodId> told_;  // that these are there
};

}  // namespace setpoint
