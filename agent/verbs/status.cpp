// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "agent/replay/wording.hpp"
#include "agent/verbs/admin_client.hpp"
#include "agent/verbs/terminal.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/printable.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::json;

constexpr auto kRedrawEvery = std::chrono::seconds{2};
constexpr std::size_t kNarrowestReason = 24;

struct Flags {
    AdminClientOptions admin;
    bool watch = false;
    bool ready = false;
    std::string format = "text";
};

std::atomic<bool> interrupted{false};

// What comes from another process is shown, not trusted: no field need be there, none may steer the terminal.
std::string text_of(const Json& json, const char* field) {
    const auto found = json.find(field);
    if (found == json.end() || !found->is_string()) return {};
    return printable(found->get<std::string>());
}

std::optional<double> number_of(const Json& json, const char* field) {
    const auto found = json.find(field);
    if (found == json.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
}

std::string count_of(const Json& json, const char* field) {
    const auto number = number_of(json, field);
    return number ? fmt::format("{:.0f}", *number) : "?";
}

std::string amount(double value, const std::string& unit) {
    if (unit == "ratio") return fmt::format("{:.0f}%", value * 100);
    if (unit == "s") return value < 1 ? fmt::format("{:.0f}ms", value * 1000) : fmt::format("{:.2f}s", value);
    const double magnitude = std::abs(value);
    if (magnitude >= 1e9) return fmt::format("{:.1f}G", value / 1e9);
    if (magnitude >= 1e6) return fmt::format("{:.1f}M", value / 1e6);
    if (magnitude >= 1e4) return fmt::format("{:.1f}k", value / 1e3);
    return fmt::format("{:.3g}", value);
}

/// `cpu 84%/70%`, `p95 old 310ms/250ms`, `rps -`.
std::string signals_of(const Json& policy) {
    std::string all;
    for (const auto& signal : policy.value("signals", Json::array())) {
        if (!signal.is_object()) continue;
        if (!all.empty()) all += ", ";
        const auto unit = text_of(signal, "unit");
        const auto state = text_of(signal, "state");
        all += text_of(signal, "name") + " ";
        const auto value = number_of(signal, "value");
        if (state != "fresh") all += state + (value ? " " : "");
        if (value) all += amount(*value, unit);
        if (const auto goal = number_of(signal, "goal"); goal && value) all += "/" + amount(*goal, unit);
    }
    return all;
}

/// `4`, `3/4` where one is not ready, `3/4>6` where more are wished.
std::string size_of(const Json& policy) {
    const auto size = count_of(policy, "replicas");
    const auto ready = count_of(policy, "ready");
    const auto desired = count_of(policy, "desired");
    return (ready == size ? "" : ready + "/") + size + (desired == size ? "" : ">" + desired);
}

std::string override_of(const Json& policy, double now) {
    const auto set = policy.find("override");
    if (set == policy.end() || !set->is_object()) return {};
    auto words = text_of(*set, "kind");
    if (const auto replicas = number_of(*set, "replicas")) words += fmt::format(" {:.0f}", *replicas);
    if (const auto until = number_of(*set, "until")) words += fmt::format(", {} left", roughly(from_seconds(std::max(0.0, *until - now))));
    return fmt::format("[{}: {}] ", words, text_of(*set, "reason"));
}

/// `agrees with the size that is there in 94 % of 1h, +0.2 on average; `
std::string agreement_of(const Json& policy) {
    const auto agreement = policy.find("agreement");
    if (agreement == policy.end() || !agreement->is_object()) return {};
    const auto decisions = number_of(*agreement, "decisions").value_or(0);
    const auto same = number_of(*agreement, "same");
    const auto difference = number_of(*agreement, "meanDifference");
    const auto over = number_of(*agreement, "over");
    if (decisions < 2 || !same || !difference || !over) return {};
    return fmt::format("agrees with the size that is there in {:.0f} % of {}, {:+.1f} on average; ", 100 * *same / decisions,
                       roughly(from_seconds(std::max(0.0, *over))), *difference);
}

struct Row {
    std::vector<std::string> cells;
    std::string reason;
    Ink ink = Ink::plain;
};

Row row_of(const Json& policy, double now) {
    const auto health = text_of(policy, "health");
    const auto mode = text_of(policy, "mode");
    Row row;
    row.cells = {text_of(policy, "id"), mode, size_of(policy), count_of(policy, "min") + "-" + count_of(policy, "max"), health,
                 signals_of(policy)};
    row.reason = override_of(policy, now) + agreement_of(policy) + text_of(policy, "reason");
    if (const auto error = text_of(policy, "error"); !error.empty()) row.reason = "last write failed: " + error + "; " + row.reason;
    if (health == "degraded" || health == "holding" || !text_of(policy, "error").empty()) row.ink = Ink::warning;
    if (health == "suspended" || mode != "live") row.ink = Ink::faint;
    return row;
}

/// `text` in `width` columns; as many characters of UTF-8.
std::string padded(const std::string& text, std::size_t width) {
    const auto columns = static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
    return text + std::string(width > columns ? width - columns : 0, ' ');
}

std::string table_of(const Json& answer, const Style& style) {
    const auto agent = answer.value("agent", Json::object());
    const double now = number_of(agent, "time").value_or(0);
    std::vector<Row> rows{{{"NAME", "MODE", "SIZE", "LIMITS", "HEALTH", "SIGNALS"}, "WHY", Ink::strong}};
    for (const auto& policy : answer.value("policies", Json::array())) {
        if (policy.is_object()) rows.push_back(row_of(policy, now));
    }
    std::vector<std::size_t> widths(rows.front().cells.size());
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row.cells[i].size());
    }
    std::size_t before = 0;
    for (const auto width : widths) before += width + 2;
    const bool own_line = style.width < before + kNarrowestReason;  // no room beside the table
    std::string out = fmt::format("setpoint {} on {}, up {}, {} polic{}\n", text_of(agent, "version"), text_of(agent, "orchestrator"),
                                  roughly(from_seconds(std::max(0.0, now - number_of(agent, "started").value_or(now)))), rows.size() - 1,
                                  rows.size() == 2 ? "y" : "ies");
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < widths.size(); ++i) line += padded(row.cells[i], widths[i]) + "  ";
        if (own_line) {
            out += style.paint(row.ink, line.substr(0, line.find_last_not_of(' ') + 1)) + "\n";
            if (&row == &rows.front()) continue;
            for (const auto& part : wrapped(row.reason, style.width - 4)) out += "    " + style.paint(row.ink, part) + "\n";
            continue;
        }
        const auto parts = wrapped(row.reason, style.width - before);
        out += style.paint(row.ink, line + (parts.empty() ? "" : parts.front())) + "\n";
        for (std::size_t i = 1; i < parts.size(); ++i) out += std::string(before, ' ') + style.paint(row.ink, parts[i]) + "\n";
    }
    return out;
}

int show_once(AdminClient& client, const Flags& flags, const Style& style) {
    const auto answer = client.get("/api/v1/policies");
    if (!answer) {
        fmt::print(stderr, "setpoint: {}\n", answer.error().message);
        return kFailed;
    }
    if (flags.format == "json") fmt::print("{}\n", answer->dump(2, ' ', false, Json::error_handler_t::replace));
    else fmt::print("{}", table_of(*answer, style));
    return kDone;
}

/// Draws the table anew until SIGINT or SIGTERM; an agent that goes is waited for.
int show_again_and_again(AdminClient& client) {
    std::signal(SIGINT, [](int) { interrupted = true; });
    std::signal(SIGTERM, [](int) { interrupted = true; });
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    while (!interrupted) {
        const auto style = style_of(stdout);  // the window may have another width by now
        const auto answer = client.get("/api/v1/policies");
        const auto text = answer ? table_of(*answer, style) : style.paint(Ink::warning, answer.error().message) + "\n";
        fmt::print("{}{}", terminal ? "\033[H\033[2J" : "", text);
        if (std::fflush(stdout) != 0) return kFailed;
        for (auto slept = std::chrono::milliseconds{0}; slept < kRedrawEvery && !interrupted; slept += std::chrono::milliseconds{100}) {
            std::this_thread::sleep_for(std::chrono::milliseconds{100});
        }
    }
    return kDone;
}

/// For health checks: the exit code says it all.
int say_whether_ready(AdminClient& client) {
    if (const auto ready = client.ready(); !ready) {
        fmt::print(stderr, "setpoint: {}\n", ready.error().message);
        return kFailed;
    }
    fmt::print("ready\n");
    return kDone;
}

int status(const Flags& flags) {
    if (flags.watch && flags.format == "json") {
        fmt::print(stderr, "setpoint: --watch draws a table; without it --format json prints once\n");
        return kWrongInput;
    }
    auto client = AdminClient::connect(flags.admin);
    if (!client) {
        fmt::print(stderr, "setpoint: {}\n", client.error().message);
        return kWrongInput;
    }
    if (flags.ready) return say_whether_ready(**client);
    return flags.watch ? show_again_and_again(**client) : show_once(**client, flags, style_of(stdout));
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("status", "All targets of a running agent at a glance");
    auto flags = std::make_shared<Flags>();
    add_admin_options(*verb, flags->admin);
    auto* watch = verb->add_flag("-w,--watch", flags->watch, "Draws it again every 2 s, until interrupted");
    verb->add_flag("--ready", flags->ready, "Only whether it scales: exit code 0, or 1 and why not; for health checks")->excludes(watch);
    verb->add_option("--format", flags->format, "text or json")->check(CLI::IsMember({"text", "json"}));
    verb->callback([flags, &exit_code] { exit_code = status(*flags); });
}

}  // namespace setpoint
