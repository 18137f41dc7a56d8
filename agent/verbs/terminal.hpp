// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdio>
#include <string_view>

#include "agent/replay/style.hpp"

namespace setpoint {

/// What may be written to `stream`: colour only on a terminal and where NO_COLOR is not set, characters
/// beyond ASCII where the locale has UTF-8, lines as wide as the terminal (100 columns where there is none).
[[nodiscard]] Style style_of(std::FILE* stream);

/// A bar on stderr, where that is a terminal, for work that takes longer than a second.
class ProgressBar {
public:
    ProgressBar();
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// `share` of `what` is done, 0 to 1.
    void show(std::string_view what, double share);
    void clear();

private:
    Style style_;
    bool terminal_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace setpoint
