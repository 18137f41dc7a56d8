// SPDX-License-Identifier: Apache-2.0
// Break-glass: pin, pause, resume, off.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/verbs/admin_client.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/replicas.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::json;

struct Order {
    AdminClientOptions admin;
    std::string policy;
    bool all = false;
    std::string kind;
    std::optional<Replicas> replicas;
    std::string lasting;
    std::string reason;
    bool down_only = false;
};

std::string told(const Order& order, const Json& answer) {
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
    if (order.kind == "pin") return fmt::format("{}: pinned to {}{}", who, *order.replicas, until);
    return fmt::format("{}: {}{}", who, order.kind == "pauseDown" ? "does not shrink" : "paused", until);
}

int send(const Order& order) {
    if (order.all == !order.policy.empty()) {
        fmt::print(stderr, "setpoint: name a policy, or say --all\n");
        return kWrongInput;
    }
    Json body{{"kind", order.kind}};
    if (order.all) body["all"] = true;
    else body["policy"] = order.policy;
    if (order.replicas) body["replicas"] = *order.replicas;
    if (!order.lasting.empty()) body["for"] = order.lasting;
    if (!order.reason.empty()) body["reason"] = order.reason;
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

/// A verb with the options that all of them have.
CLI::App* add_order(CLI::App& app, const char* name, const char* help, const std::shared_ptr<Order>& order) {
    auto* verb = app.add_subcommand(name, help);
    verb->add_option("policy", order->policy, "The policy's name; in a cluster NAMESPACE/NAME where several have it")->type_name(kPolicyWord);
    add_admin_options(*verb, order->admin);
    return verb;
}

/// What ends by itself, and why it was done: both must be said.
void add_limits(CLI::App& verb, const std::shared_ptr<Order>& order) {
    verb.add_option("--for", order->lasting, "How long, such as 2h; at most 30d. It ends by itself")->required();
    verb.add_option("--reason", order->reason, "Why; others read it in status, log and journal")->required();
}

}  // namespace

void add_overrides(CLI::App& app, int& exit_code) {
    const auto pin = std::make_shared<Order>();
    auto* verb = add_order(app, "pin", "Keeps a policy's target at a size, whatever the signals say, for a while", pin);
    verb->add_option("replicas", pin->replicas, "The size")->required()->check(CLI::Range(0, kMaxReplicas));
    add_limits(*verb, pin);
    verb->callback([pin, &exit_code] {
        pin->kind = "pin";
        exit_code = send(*pin);
    });

    const auto pause = std::make_shared<Order>();
    verb = add_order(app, "pause", "Keeps the size that there is, for a while", pause);
    verb->add_flag("--all", pause->all, "All policies");
    verb->add_flag("--down-only", pause->down_only, "It may still grow");
    add_limits(*verb, pause);
    verb->callback([pause, &exit_code] {
        pause->kind = pause->down_only ? "pauseDown" : "pause";
        exit_code = send(*pause);
    });

    const auto off = std::make_shared<Order>();
    verb = add_order(app, "off", "Stops scaling at once, for a while: a pause, of one policy or with --all of the whole agent", off);
    verb->add_flag("--all", off->all, "All policies");
    add_limits(*verb, off);
    verb->callback([off, &exit_code] {
        off->kind = "pause";
        exit_code = send(*off);
    });

    const auto resume = std::make_shared<Order>();
    verb = add_order(app, "resume", "Ends a pin, a pause or an off", resume);
    verb->add_flag("--all", resume->all, "All policies");
    verb->callback([resume, &exit_code] {
        resume->kind = "resume";
        exit_code = send(*resume);
    });
}

}  // namespace setpoint
