// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace setpoint {

enum class Severity { error, warning };

/// One complaint about a configuration. `path` is relative to what was validated (`utilization`,
/// `policies[1].track.signal`); whoever knows the text adds file, line and column.
struct Complaint {
    Severity severity = Severity::error;
    std::string path;
    std::string message;  // what is wrong, what was seen, what is allowed
};

/// Collects complaints; nothing stops at the first.
class Diagnostics {
public:
    void error(std::string path, std::string message) {
        complaints_.push_back({Severity::error, std::move(path), std::move(message)});
    }
    void warning(std::string path, std::string message) {
        complaints_.push_back({Severity::warning, std::move(path), std::move(message)});
    }
    [[nodiscard]] bool ok() const {
        for (const auto& complaint : complaints_) {
            if (complaint.severity == Severity::error) return false;
        }
        return true;
    }
    [[nodiscard]] const std::vector<Complaint>& complaints() const { return complaints_; }

    /// Takes over what was said of a part, under the part's path.
    void adopt(std::string_view prefix, const Diagnostics& part) {
        for (const auto& complaint : part.complaints_) {
            std::string path{prefix};
            if (!complaint.path.empty()) {
                if (!path.empty() && complaint.path.front() != '[') path += '.';
                path += complaint.path;
            }
            complaints_.push_back({complaint.severity, std::move(path), complaint.message});
        }
    }

private:
    std::vector<Complaint> complaints_;
};

}  // namespace setpoint
