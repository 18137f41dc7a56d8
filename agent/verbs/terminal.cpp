// SPDX-License-Identifier: Apache-2.0
#include "agent/verbs/terminal.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace setpoint {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kWidestReport = 140;

bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

bool utf8_locale() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        if (!is_set(name)) continue;
        const std::string_view value = std::getenv(name);
        return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos ||
               value.find("utf-8") != value.npos;
    }
    return false;
}

}  // namespace

Style style_of(std::FILE* stream) {
    Style style;
    style.unicode = utf8_locale();
    if (::isatty(::fileno(stream)) == 0) return style;
    const char* terminal = std::getenv("TERM");
    style.color = !is_set("NO_COLOR") && terminal != nullptr && std::string_view{terminal} != "dumb";
    struct winsize size {};
    if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        style.width = std::clamp<std::size_t>(size.ws_col, 50, kWidestReport);
    }
    return style;
}

ProgressBar::ProgressBar()
    : style_(style_of(stderr)), terminal_(::isatty(STDERR_FILENO) != 0), next_(std::chrono::steady_clock::now() + 1s) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::show(std::string_view what, double share) {
    if (!terminal_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + 100ms;
    constexpr std::size_t kCells = 30;
    const auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kCells);
    std::string bar;
    for (std::size_t i = 0; i < kCells; ++i) bar += i < full ? style_.either("█", "#") : style_.either("░", ".");
    fmt::print(stderr, "\r{:<10} {} {:3.0f} %", what, bar, 100 * share);
    std::fflush(stderr);
    shown_ = true;
}

void ProgressBar::clear() {
    if (shown_) fmt::print(stderr, "\r\033[K");
    shown_ = false;
}

}  // namespace setpoint
