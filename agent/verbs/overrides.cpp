// SPDX-License-Identifier: Apache-2.0
// Break-glass: pin, pause, resume, off.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/admin/orders.hpp"
#include "agent/documents/suggestion.hpp"
#include "agent/verbs/admin_client.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/printable.hpp"
#include "core/replicas.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::json;

struct Asked {
    AdminClientOptions admin;
    std::string policy;
    bool all = false;
    std::string kind;
    std::optional<Replicas> replicas;
    std::string lasting;
    std::string reason;
    bool down_only = false;
};

/// What the agent adds, a line each.
std::string notes_of(const Json& answer) {
    std::string lines;
    for (const auto& note : answer.value("notes", Json::array())) {
        if (note.is_string()) lines += "\n" + printable(note.get<std::string>());
    }
    return lines;
}

std::string told(const Asked& order, const Json& answer) {
    std::vector<std::string> names;
    for (const auto& name : answer.value("applied", Json::array())) {
        if (name.is_string()) names.push_back(name.get<std::string>());
    }
    const auto who = fmt::format("{}", fmt::join(names, ", "));
    if (order.kind == "resume") return who + ": resumed";
    std::string until;
    if (const auto at = answer.find("until"); at != answer.end() && at->is_number()) {
        until = " until " + format_time(WallTime{from_seconds(at->get<double>())});
    }
    if (order.kind == "pin") return fmt::format("{}: pinned to {}{}{}", who, *order.replicas, until, notes_of(answer));
    return fmt::format("{}: {}{}", who, order.kind == "pauseDown" ? "does not shrink" : "paused", until);
}

Json body_of(const Asked& order) {
    Json body{{"kind", order.kind}};
    if (order.all) body["all"] = true;
    else body["policy"] = order.policy;
    if (order.replicas) body["replicas"] = *order.replicas;
    if (!order.lasting.empty()) body["for"] = order.lasting;
    if (!order.reason.empty()) body["reason"] = order.reason;
    return body;
}

int wrong(const std::string& message) {
    fmt::print(stderr, "setpoint: {}\n", message);
    return kWrongInput;
}

int send(const Asked& order) {
    if (order.all == !order.policy.empty()) return wrong("name a policy, or say --all");
    const auto body = body_of(order);
    // By the agent's own rules: what is wrong is wrong also while none runs.
    if (const auto checked = check_order(body.dump()); !checked) return wrong("--" + checked.error().message);
    auto client = AdminClient::connect(order.admin);
    const auto answer = client ? (*client)->post("/api/v1/overrides", body) : Result<Json>{tl::unexpected<Error>(client.error())};
    if (!answer) {
        fmt::print(stderr, "setpoint: {}\n", answer.error().message);
        const auto code = answer.error().code;
        return code == Errc::refused || code == Errc::bad_config ? kWrongInput : kFailed;
    }
    fmt::print("{}\n", told(order, *answer));
    return kDone;
}

enum class Of : std::uint8_t { one, one_or_all };

std::string size_trouble(const std::string& text) {
    std::int64_t size = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    const bool good = error == std::errc{} && end == text.data() + text.size() && size >= 0 && size <= kMaxReplicas;
    return good ? std::string{} : fmt::format("must be a whole number from 0 to {}, was {}", kMaxReplicas, shown(text));
}

/// A verb with the options that all of them have.
CLI::App* add_order(CLI::App& app, const char* name, const char* help, const std::shared_ptr<Asked>& order, Of of = Of::one_or_all) {
    auto* verb = app.add_subcommand(name, help);
    verb->add_option("policy", order->policy, "The policy's name; in a cluster NAMESPACE/NAME where several have it")->type_name(kPolicyWord)->required(of == Of::one);
    add_admin_options(*verb, order->admin);
    return verb;
}

/// What ends by itself, and why it was done: both must be said.
void add_limits(CLI::App& verb, const std::shared_ptr<Asked>& order) {
    verb.add_option("--for", order->lasting, "How long, such as 2h; at most 30d. It ends by itself")->required();
    verb.add_option("--reason", order->reason, "Why; others read it in status, log and journal")->required();
}

}  // namespace

void add_overrides(CLI::App& app, int& exit_code) {
    const auto pin = std::make_shared<Asked>();
    auto* verb = add_order(app, "pin", "Keeps a policy's target at a size, whatever the signals say, for a while", pin, Of::one);
    verb->add_option("replicas", pin->replicas, "The size; it may be above the policy's maximum")->required()->check(size_trouble);
    add_limits(*verb, pin);
    verb->callback([pin, &exit_code] {
        pin->kind = "pin";
        exit_code = send(*pin);
    });

    const auto pause = std::make_shared<Asked>();
    verb = add_order(app, "pause", "Keeps the size that there is, for a while", pause);
    verb->add_flag("--all", pause->all, "All policies");
    verb->add_flag("--down-only", pause->down_only, "It may still grow");
    add_limits(*verb, pause);
    verb->callback([pause, &exit_code] {
        pause->kind = pause->down_only ? "pauseDown" : "pause";
        exit_code = send(*pause);
    });

    const auto off = std::make_shared<Asked>();
    verb = add_order(app, "off", "Stops scaling at once, for a while: a pause, of one policy or with --all of the whole agent", off);
    verb->add_flag("--all", off->all, "All policies");
    add_limits(*verb, off);
    verb->callback([off, &exit_code] {
        off->kind = "pause";
        exit_code = send(*off);
    });

    const auto resume = std::make_shared<Asked>();
    verb = add_order(app, "resume", "Ends a pin, a pause or an off", resume);
    verb->add_flag("--all", resume->all, "All policies");
    verb->callback([resume, &exit_code] {
        resume->kind = "resume";
        exit_code = send(*resume);
    });
}

}  // namespace setpoint
