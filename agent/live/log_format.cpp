// SPDX-License-Identifier: Apache-2.0
#include "agent/live/log_format.hpp"

#include <spdlog/pattern_formatter.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/units.hpp"

namespace setpoint {
namespace {

class JsonLines final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override {
        const auto level = spdlog::level::to_string_view(message.level);
        const nlohmann::ordered_json line{{"time", format_time(std::chrono::floor<Duration>(message.time))},
                                          {"level", std::string{level.data(), level.size()}},
                                          {"message", std::string{message.payload.data(), message.payload.size()}}};
        const auto text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
        to.append(text.data(), text.data() + text.size());
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonLines>(); }
};

}  // namespace

std::unique_ptr<spdlog::formatter> text_lines() {
    return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%e%z %l: %v");
}

std::unique_ptr<spdlog::formatter> json_lines() { return std::make_unique<JsonLines>(); }

}  // namespace setpoint
