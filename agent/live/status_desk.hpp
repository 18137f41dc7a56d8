// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/live/policy_status.hpp"
#include "core/time.hpp"

namespace setpoint {

/// Decides which statuses are written when: what changed at once, but few at a time; new words for the same state once a
/// minute; nothing where nothing is new. Where more is due than that, first come those that were never written, then those that
/// changed, then new words, and of these who waited longest. Pure.
class StatusDesk {
public:
    static constexpr Duration kWordsEvery = std::chrono::minutes{1};
    static constexpr Duration kAfterFailure = std::chrono::seconds{10};
    static constexpr std::size_t kMostAtOnce = 20;

    struct Entry {
        const PolicyObject* object = nullptr;
        PolicyStatus status;
        Duration deadline{};    // of the write
        bool is_sending = false;  // one is on its way, which another must not overtake
    };
    struct Letter {
        std::uint64_t uid = 0;
        std::string ns;
        std::string name;
        std::string patch;
        Duration deadline{};
    };

    /// What goes along with an entry, asked for only where it is written.
    using Pack = std::function<StatusLuggage(std::size_t entry)>;
    /// What is to be written now; `entries` are all there are. Counts as written unless `failed` says otherwise.
    [[nodiscard]] std::vector<Letter> due(Time now, WallTime wall, const std::vector<Entry>& entries, const Pack& pack);
    void failed(std::uint64_t uid, Time now);
    /// What another agent wrote of an object since we did, if we did: what holds still has held since then.
    void remember(std::uint64_t uid, const PolicyMemory& memory) {
        known_.insert_or_assign(uid, Known{{}, memory.conditions});
    }

private:
    struct Known {
        PolicyStatus written;
        std::vector<PolicyMemory::Condition> before;  // by another agent
        Time at{};
        bool fresh = true;      // nothing was written yet
        Time not_before{};
    };
    enum class Due : std::uint8_t { unwritten, changed, reworded, no };
    [[nodiscard]] static Due due_of(const Known& known, const PolicyStatus& status, Time now);
    static void note(Known& known, const PolicyStatus& status, Time now, WallTime wall);

    std::map<std::uint64_t, Known> known_;
};

}  // namespace setpoint
