// SPDX-License-Identifier: Apache-2.0
#include "agent/live/state_folder.hpp"

#include <string>

namespace setpoint {

Result<std::filesystem::path> default_state_folder(const std::function<const char*(const char*)>& getenv, unsigned uid) {
    const auto value = [&](const char* name) {
        const char* text = getenv(name);
        return std::string{text == nullptr ? "" : text};
    };
    // systemd separates several folders with colons; the first one is ours.
    if (const auto given = value("STATE_DIRECTORY"); !given.empty()) return given.substr(0, given.find(':'));
    if (uid == 0) return "/var/lib/setpoint";
    if (const auto state = value("XDG_STATE_HOME"); !state.empty()) return std::filesystem::path{state} / "setpoint";
    if (const auto home = value("HOME"); !home.empty()) return std::filesystem::path{home} / ".local/state/setpoint";
    return fail(Errc::bad_config, "no state folder: HOME is not set; say --state-dir");
}

}  // namespace setpoint
