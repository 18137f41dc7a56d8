// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// What must survive a restart: agent time, and the state of each policy document, by its name. Settings
/// are not state: they come from the documents again.
struct Checkpoint {
    struct Policy {
        std::string name;
        std::string name_space;
        std::string state;  // as Reducer::bind_state of one target writes it
    };
    Time time{};
    std::vector<Policy> policies;
    std::string guards;  // as Reducer::bind_guard_state writes it
    std::optional<std::uint64_t> term;  // in which its agent wrote, where several take turns (Orchestrator::Term)
    bool last = false;                  // its agent wrote nothing after it
};

/// The state of all targets now.
[[nodiscard]] Checkpoint take_checkpoint(Time now, Reducer& reducer);

struct Restored {
    std::size_t policies = 0;              // found again and filled
    std::vector<std::string> unreadable;   // names whose state made no sense; they start new
};

/// Fills the targets of a configured reducer from policies of the same name; the others start new.
[[nodiscard]] Restored restore(const Checkpoint& checkpoint, Reducer& reducer);

/// The file's bytes, versioned and checksummed; and back. Errors as of load_checkpoint.
[[nodiscard]] std::string encode(const Checkpoint& checkpoint);
[[nodiscard]] Result<Checkpoint> decode_checkpoint(std::string_view bytes);

/// Replaces the file in one step: after a crash there is the old one or the new one. Errc::io.
[[nodiscard]] Result<> save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Every error means: start without, and say so. no_data: there is none. bad_reply: it is damaged or no
/// checkpoint. refused: a newer version wrote it. io: it cannot be read.
[[nodiscard]] Result<Checkpoint> load_checkpoint(const std::filesystem::path& path);

}  // namespace setpoint
