// SPDX-License-Identifier: Apache-2.0
#include "agent/decide_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::json;

constexpr int kMostNesting = 16;
constexpr std::size_t kMostPods = 100'000;
constexpr double kLastSecond = 253'402'300'799;  // of the year 9999

/// Thrown and caught in this file only: nlohmann's own readers throw as well.
struct Refused {
    std::string message;
};

[[noreturn]] void refuse(std::string_view path, std::string_view wanted, const Json& seen) {
    auto shown = seen.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
    throw Refused{fmt::format("{}: must be {}, was {}", path, wanted, shown)};
}

const Json* find(const Json& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() ? nullptr : &*at;
}

/// An object with no other keys than `known`.
void check_object(const Json& json, std::string_view path, std::initializer_list<std::string_view> known) {
    if (!json.is_object()) refuse(path, "an object", json);
    for (const auto& [key, unused] : json.items()) {
        if (std::ranges::find(known, key) == known.end()) {
            throw Refused{fmt::format("{}: unknown key '{}' (known: {})", path, key, fmt::join(known, ", "))};
        }
    }
}

double read_number(const Json& json, std::string_view path) {
    if (!json.is_number()) refuse(path, "a number", json);
    return json.get<double>();
}

bool read_bool(const Json& json, std::string_view path) {
    if (!json.is_boolean()) refuse(path, "true or false", json);
    return json.get<bool>();
}

std::string read_text(const Json& json, std::string_view path) {
    if (!json.is_string()) refuse(path, "a text", json);
    return json.get<std::string>();
}

Replicas read_replicas(const Json& json, std::string_view path) {
    const double value = json.is_number() ? json.get<double>() : -1;
    if (!(value >= 0 && value <= kMaxReplicas) || value != std::floor(value)) {
        refuse(path, fmt::format("a whole number, 0 to {}", kMaxReplicas), json);
    }
    return static_cast<Replicas>(value);
}

Time read_time(const Json& json, std::string_view path) {
    const double value = read_number(json, path);
    if (!(value >= 0 && value <= kLastSecond)) {
        refuse(path, value > kLastSecond ? "Unix seconds (not milliseconds)" : "Unix seconds, 0 or more", json);
    }
    return at_unix(value);
}

WallTime read_wall(const Json& json, std::string_view path) {
    if (!json.is_string()) return WallTime{read_time(json, path).time_since_epoch()};
    const auto time = parse_time(json.get<std::string>());
    if (!time) refuse(path, "Unix seconds or an RFC 3339 time", json);
    return *time;
}

/// CPU or memory: a number in cores or bytes, or a Kubernetes quantity.
double read_quantity(const Json& json, std::string_view path) {
    double value = -1;
    if (json.is_string())
        value = parse_quantity(json.get<std::string>()).value_or(-1);
    else
        value = read_number(json, path);
    if (!(value >= 0)) refuse(path, "a quantity of 0 or more (0.5, \"500m\", \"1Gi\")", json);
    return value;
}

Resources read_resources(const Json& json, const std::string& path) {
    check_object(json, path, {"cpu", "memory"});
    Resources resources;
    if (const auto* cpu = find(json, "cpu")) resources.cpu = read_quantity(*cpu, path + ".cpu");
    if (const auto* memory = find(json, "memory")) resources.memory = read_quantity(*memory, path + ".memory");
    return resources;
}

/// A value as Prometheus writes the ones that JSON has no number for; what is bad about it the board says.
double read_value(const Json& json, std::string_view path) {
    if (json.is_number()) return json.get<double>();
    if (json.is_string()) {
        const auto text = json.get<std::string>();
        if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
        if (text == "+Inf" || text == "Inf" || text == "Infinity") return std::numeric_limits<double>::infinity();
        if (text == "-Inf" || text == "-Infinity") return -std::numeric_limits<double>::infinity();
    }
    refuse(path, "a number, null, \"NaN\", \"+Inf\", \"-Inf\" or an object with value, time and window", json);
}

struct Value {
    bool there = true;
    double value = 0;
    Time measured{};
    Duration window{};
};

Value read_signal_value(const Json& json, const std::string& path, Time now) {
    if (json.is_null()) return {false, 0, now, {}};
    if (!json.is_object()) return {true, read_value(json, path), now, {}};
    check_object(json, path, {"value", "time", "window"});
    Value result{.measured = now};
    const auto* value = find(json, "value");
    if (value == nullptr) throw Refused{path + ".value: is missing"};
    result.there = !value->is_null();
    if (result.there) result.value = read_value(*value, path + ".value");
    if (const auto* time = find(json, "time")) result.measured = read_time(*time, path + ".time");
    if (const auto* window = find(json, "window")) {
        const double length = read_number(*window, path + ".window");
        if (!(length >= 0 && length <= 86'400)) refuse(path + ".window", "0 to 86400 seconds", *window);
        result.window = from_seconds(length);
    }
    return result;
}

class LineReader {
public:
    LineReader(const ScalingSpec& spec, DecideInput& input) : spec_(spec), input_(input) {}

    void read(const Json& line) {
        check_object(line, "line", {"time", "wall", "target", "applied", "signals", "pods", "override"});
        input_.time = read_time(required(line, "time"), "time");
        input_.wall = WallTime{input_.time.time_since_epoch()};
        if (const auto* wall = find(line, "wall")) input_.wall = read_wall(*wall, "wall");
        read_target(required(line, "target"));
        if (const auto* applied = find(line, "applied"); applied != nullptr && !applied->is_null())
            read_applied(*applied);
        if (const auto* signals = find(line, "signals")) read_signals(*signals);
        if (const auto* pods = find(line, "pods"); pods != nullptr && !pods->is_null()) read_pods(*pods);
        if (const auto* set = find(line, "override"); set != nullptr && !set->is_null()) read_override(*set);
    }

private:
    static const Json& required(const Json& object, const char* key) {
        const auto* found = find(object, key);
        if (found == nullptr) throw Refused{fmt::format("{}: is missing", key)};
        return *found;
    }

    void read_target(const Json& json) {
        check_object(json, "target", {"replicas", "ready", "status"});
        const auto* replicas = find(json, "replicas");
        if (replicas == nullptr) throw Refused{"target.replicas: is missing"};
        input_.target.replicas = read_replicas(*replicas, "target.replicas");
        if (const auto* ready = find(json, "ready"); ready != nullptr && !ready->is_null()) {
            input_.target.ready = read_replicas(*ready, "target.ready");
            input_.ready_given = true;
        }
        if (const auto* status = find(json, "status"); status != nullptr && !status->is_null()) {
            input_.target.status = read_replicas(*status, "target.status");
        }
    }

    void read_applied(const Json& json) {
        check_object(json, "applied", {"replicas", "ok"});
        DecideInput::Applied applied;
        const auto* replicas = find(json, "replicas");
        if (replicas == nullptr) throw Refused{"applied.replicas: is missing"};
        applied.replicas = read_replicas(*replicas, "applied.replicas");
        if (const auto* ok = find(json, "ok")) applied.ok = read_bool(*ok, "applied.ok");
        input_.applied = applied;
    }

    SignalId signal_named(const std::string& name, std::string_view path) const {
        if (const auto id = spec_.find_signal(name)) return *id;
        std::vector<std::string_view> known;
        for (const auto& signal : spec_.signals) known.push_back(signal.name);
        throw Refused{fmt::format("{}: unknown signal '{}' (known: {})", path, name, fmt::join(known, ", "))};
    }

    void read_signals(const Json& json) {
        if (!json.is_object()) refuse("signals", "an object", json);
        for (const auto& [name, given] : json.items()) {
            const SignalId id = signal_named(name, "signals");
            const auto value = read_signal_value(given, "signals." + name, input_.time);
            Sample sample;
            sample.signal = id;
            sample.measured = value.measured;
            sample.window = value.window;
            sample.value = value.value;
            if (value.there)
                sample.kind = spec_.signals[index(id)].per_pod ? SampleKind::pods_mean : SampleKind::scalar;
            input_.samples.push_back(std::move(sample));
        }
    }

    void read_pods(const Json& json) {
        if (!json.is_array()) refuse("pods", "an array", json);
        if (json.size() > kMostPods) throw Refused{fmt::format("pods: at most {}, were {}", kMostPods, json.size())};
        input_.pods.emplace();
        std::set<std::string> names;
        for (std::size_t i = 0; i < json.size(); ++i) {
            const auto path = fmt::format("pods[{}]", i);
            Pod pod = read_pod(json[i], path);
            if (!names.insert(pod.name).second)
                throw Refused{fmt::format("{}.name: '{}' is there twice", path, pod.name)};
            input_.pods->push_back(std::move(pod));
        }
    }

    Pod read_pod(const Json& json, const std::string& path) {
        check_object(json, path,
                     {"name", "phase", "ready", "readyChanged", "startedAt", "deleting", "unschedulable", "containers",
                      "requests", "limits", "signals"});
        Pod pod;
        const auto* name = find(json, "name");
        if (name == nullptr) throw Refused{path + ".name: is missing"};
        pod.name = read_text(*name, path + ".name");
        if (pod.name.empty() || pod.name.size() > 253) refuse(path + ".name", "1 to 253 characters", *name);
        pod.id = pod_id(pod.name);
        const auto given = [&](const char* key) -> const Json* {
            const auto* found = find(json, key);
            return found != nullptr && !found->is_null() ? found : nullptr;
        };
        if (const auto* phase = given("phase")) pod.phase = read_phase(*phase, path + ".phase");
        if (const auto* ready = given("ready")) pod.ready = read_bool(*ready, path + ".ready");
        if (const auto* changed = given("readyChanged"))
            pod.ready_changed = read_time(*changed, path + ".readyChanged");
        if (const auto* started = given("startedAt")) pod.started_at = read_time(*started, path + ".startedAt");
        if (const auto* deleting = given("deleting")) pod.deleting = read_bool(*deleting, path + ".deleting");
        if (const auto* stuck = given("unschedulable")) pod.unschedulable = read_bool(*stuck, path + ".unschedulable");
        if (const auto* containers = given("containers")) {
            pod.containers =
                static_cast<std::uint16_t>(std::min(read_replicas(*containers, path + ".containers"), 1000));
        }
        if (const auto* requests = given("requests")) pod.requests = read_resources(*requests, path + ".requests");
        if (const auto* limits = given("limits")) pod.limits = read_resources(*limits, path + ".limits");
        if (const auto* signals = given("signals")) read_pod_signals(*signals, path + ".signals", pod.id);
        return pod;
    }

    static PodPhase read_phase(const Json& json, std::string_view path) {
        static constexpr std::string_view names[] = {"Pending", "Running", "Succeeded", "Failed", "Unknown"};
        const auto text = json.is_string() ? json.get<std::string>() : std::string{};
        const auto* found = std::ranges::find(names, text);
        if (found == std::end(names)) refuse(path, fmt::format("one of {}", fmt::join(names, ", ")), json);
        return static_cast<PodPhase>(found - std::begin(names));
    }

    void read_pod_signals(const Json& json, const std::string& path, PodId pod) {
        if (!json.is_object()) refuse(path, "an object", json);
        for (const auto& [name, given] : json.items()) {
            const SignalId id = signal_named(name, path);
            const auto value = read_signal_value(given, path + "." + name, input_.time);
            Sample& sample = pod_sample(id, path);
            if (!value.there) continue;
            sample.kind = SampleKind::pods;
            if (sample.pods.empty() || value.measured > sample.measured) {
                sample.measured = value.measured;
                sample.window = value.window;
            }
            sample.pods.push_back({pod, value.value, value.measured, value.window});
        }
    }

    /// The sample that collects a signal's values over the pods.
    Sample& pod_sample(SignalId id, const std::string& path) {
        const auto known = std::ranges::find(input_.samples, id, &Sample::signal);
        if (known == input_.samples.end()) {
            per_pod_.insert(id);
            input_.samples.push_back({.target = {},
                                      .signal = id,
                                      .kind = SampleKind::no_data,
                                      .value = 0,
                                      .measured = input_.time,
                                      .window = {},
                                      .pods = {}});
            return input_.samples.back();
        }
        if (!per_pod_.contains(id)) {
            throw Refused{
                fmt::format("{}: '{}' is also given for all pods, under signals", path, spec_.signals[index(id)].name)};
        }
        return *known;
    }

    void read_override(const Json& json) {
        check_object(json, "override", {"pin", "pause", "resume", "until", "reason"});
        OverrideSet set;
        int kinds = 0;
        if (const auto* pin = find(json, "pin")) {
            set.kind = OverrideSet::Kind::pin;
            set.replicas = read_replicas(*pin, "override.pin");
            ++kinds;
        }
        if (const auto* pause = find(json, "pause")) {
            if (*pause == Json("down"))
                set.kind = OverrideSet::Kind::pause_down;
            else if (*pause == Json(true))
                set.kind = OverrideSet::Kind::pause;
            else
                refuse("override.pause", "true or \"down\"", *pause);
            ++kinds;
        }
        if (const auto* resume = find(json, "resume")) {
            if (!read_bool(*resume, "override.resume")) refuse("override.resume", "true", *resume);
            ++kinds;
        }
        if (kinds != 1) throw Refused{"override: must have exactly one of pin, pause, resume"};
        const auto* until = find(json, "until");
        if (until != nullptr)
            set.until = read_time(*until, "override.until");
        else if (set.kind != OverrideSet::Kind::resume)
            throw Refused{"override.until: is missing; a pin or a pause must end"};
        if (const auto* reason = find(json, "reason")) set.reason = read_text(*reason, "override.reason");
        input_.override_set = std::move(set);
    }

    const ScalingSpec& spec_;
    DecideInput& input_;
    std::set<SignalId> per_pod_;
};

/// nlohmann keeps the last of equal keys without a word, and knows no limit of nesting.
class StrictKeys {
public:
    bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
        if (depth > kMostNesting) throw Refused{fmt::format("nested deeper than {}", kMostNesting)};
        if (event == Json::parse_event_t::object_start)
            open_.emplace_back();
        else if (event == Json::parse_event_t::object_end)
            open_.pop_back();
        else if (event == Json::parse_event_t::key && !open_.back().insert(parsed.get<std::string>()).second) {
            throw Refused{fmt::format("key '{}' is there twice", parsed.get<std::string>())};
        }
        return true;
    }

private:
    std::vector<std::set<std::string>> open_;
};

std::string explained(const Json::exception& error, std::string_view line) {
    std::string_view what = error.what();
    if (const auto end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
    std::string message = fmt::format("not JSON: {}", what);
    for (const std::string_view literal : {"NaN", "Infinity"}) {
        if (line.find(literal) != std::string_view::npos)
            message += fmt::format("; JSON has no {0}: write \"{0}\", as a text", literal);
    }
    return message;
}

}  // namespace

Result<DecideInput> parse_decide_line(std::string_view line, const ScalingSpec& spec) {
    if (line.size() > kMostLine)
        return fail(Errc::bad_config, fmt::format("a line has at most {} bytes, this one {}", kMostLine, line.size()));
    DecideInput input;
    try {
        StrictKeys strict;
        const auto json = Json::parse(line, std::ref(strict));
        LineReader{spec, input}.read(json);
    } catch (const Refused& refused) {
        return fail(Errc::bad_config, refused.message);
    } catch (const Json::exception& error) {
        return fail(Errc::bad_config, explained(error, line));
    }
    return input;
}

}  // namespace setpoint
