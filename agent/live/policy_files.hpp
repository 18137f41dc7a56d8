// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/live/live_policy.hpp"

namespace setpoint {

/// What can be seen of policy files without reading them: names, sizes, times, and the links followed. Another text, in
/// whatever way it came there, gives another one.
[[nodiscard]] std::string fingerprint(const std::vector<std::string>& paths);

/// Watches policy files on a thread of its own, and reads them there when they changed or when it is asked to. A change
/// is read once it has rested for a look, so that a file half written is not.
class PolicyFiles {
public:
    struct Settings {
        std::vector<std::string> paths;
        bool shadow = false;
        PoliciesFrom from = PoliciesFrom::files;
    };
    /// Called on the watching thread.
    using Read = std::function<void(Result<LoadedPolicies>)>;

    static constexpr auto kLookEvery = std::chrono::milliseconds{500};

    PolicyFiles(Settings settings, Read read);
    /// `read` is not called any more once this returns.
    ~PolicyFiles();
    PolicyFiles(const PolicyFiles&) = delete;
    PolicyFiles& operator=(const PolicyFiles&) = delete;

    /// Reads them now. From any thread; never blocks.
    void ask();

private:
    void run();

    const Settings settings_;
    const Read read_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool asked_ = false;
    bool stop_ = false;
    std::thread thread_;  // last: it uses everything above
};

}  // namespace setpoint
