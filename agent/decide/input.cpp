// SPDX-License-Identifier: Apache-2.0
#include "agent/decide/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "agent/decide/values.hpp"
#include "agent/decide/strict_json.hpp"
#include "core/units.hpp"
#include "policies/share_of.hpp"

namespace setpoint {
namespace {

using namespace decide_line;
using Json = nlohmann::json;

constexpr std::size_t kMostPods = 100'000;
constexpr std::size_t kMostContainers = 1000;

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
        check_object(json, "target", {"replicas", "ready", "status", "changedBy", "most", "floor", "rollingOut", "oneByOne"});
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
        if (const auto* hand = find(json, "changedBy"); hand != nullptr && !hand->is_null()) input_.target.changed_by = read_hand(*hand);
        if (const auto* most = find(json, "most"); most != nullptr && !most->is_null()) input_.target.most = read_replicas(*most, "target.most");
        if (const auto* floor = find(json, "floor"); floor != nullptr && !floor->is_null()) input_.target.floor = read_bool(*floor, "target.floor");
        if (const auto* rolling = find(json, "rollingOut")) input_.target.rolling_out = read_bool(*rolling, "target.rollingOut");
        if (const auto* ordered = find(json, "oneByOne")) input_.target.one_by_one = read_bool(*ordered, "target.oneByOne");
    }

    static Hand read_hand(const Json& json) {
        if (json == "somebody") return Hand::somebody;
        if (json == "nobody") return Hand::nobody;
        throw Refused{"target.changedBy: must be \"somebody\" or \"nobody\""};
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

    [[nodiscard]] SignalId signal_named(const std::string& name, std::string_view path) const {
        if (const auto id = spec_.find_signal(name)) return *id;
        std::vector<std::string_view> known;
        for (const auto& signal : spec_.signals) known.push_back(signal.name);
        constexpr std::size_t kShown = 60;
        const auto shown = name.size() > kShown ? name.substr(0, kShown) + "..." : name;
        throw Refused{fmt::format("{}: unknown signal '{}' (known: {})", path, shown, fmt::join(known, ", "))};
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
            warn_of_percent(name, id, sample);
            input_.samples.push_back(std::move(sample));
        }
    }

    /// Shares above 1000 % exist, where little is requested; mostly somebody meant percent.
    void warn_of_percent(const std::string& name, SignalId id, const Sample& sample) {
        constexpr double kMostLikely = 10;
        const auto& signal = spec_.signals[index(id)];
        if (sample.kind != SampleKind::pods_mean || !share_of(signal).is_share() || !(sample.value > kMostLikely)) return;
        input_.warnings.push_back(fmt::format("signals.{}: {} is {}; {} is {}", name, sample.value, format_percentage(sample.value),
                                              sample.value / 100, format_percentage(sample.value / 100)));
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
        trust_silence(*input_.pods);
        for (std::size_t i = 0; i < spec_.signals.size(); ++i) {
            const SignalId id{static_cast<std::uint16_t>(i)};
            const bool given = std::ranges::find(input_.samples, id, &Sample::signal) != input_.samples.end();
            if (spec_.signals[i].per_pod && !given) (void)pod_sample(id);
        }
    }

    /// A list that says nothing at all of readiness means pods that serve, not pods that never will.
    static void trust_silence(std::vector<Pod>& pods) {
        const auto says = [](const Pod& pod) { return pod.ready || pod.ready_changed || pod.started_at; };
        if (std::ranges::any_of(pods, says)) return;
        for (auto& pod : pods) {
            if (pod.phase == PodPhase::running) pod.ready = true;
        }
    }

    Pod read_pod(const Json& json, const std::string& path) {
        check_object(json, path,
                     {"name", "phase", "ready", "readyChanged", "startedAt", "deleting", "unschedulable", "crashLooping",
                      "containers", "requests", "limits", "signals"});
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
        if (const auto* loops = given("crashLooping")) pod.crash_looping = read_bool(*loops, path + ".crashLooping");
        if (const auto* containers = given("containers")) read_containers(*containers, path + ".containers", pod);
        if (const auto* requests = given("requests")) pod.requests = read_resources(*requests, path + ".requests");
        if (const auto* limits = given("limits")) pod.limits = read_resources(*limits, path + ".limits");
        request_what_is_the_limit(pod.requests, pod.limits);
        if (pod.named.empty()) take_as_containers(pod);
        if (const auto* signals = given("signals")) read_pod_signals(*signals, path + ".signals", pod.id);
        return pod;
    }

    /// How many there are, or each by its name.
    static void read_containers(const Json& json, const std::string& path, Pod& pod) {
        if (!json.is_object()) {
            pod.containers = static_cast<std::uint16_t>(std::min<Replicas>(read_replicas(json, path), kMostContainers));
            return;
        }
        if (json.size() > kMostContainers) throw Refused{fmt::format("{}: at most {}, were {}", path, kMostContainers, json.size())};
        for (const auto& [name, container] : json.items()) {
            const auto own = fmt::format("{}.{}", path, name);
            check_object(container, own, {"requests", "limits"});
            PodContainer read{name, {}, {}};
            if (const auto* requests = find(container, "requests")) read.requests = read_resources(*requests, own + ".requests");
            if (const auto* limits = find(container, "limits")) read.limits = read_resources(*limits, own + ".limits");
            request_what_is_the_limit(read.requests, read.limits);
            pod.named.push_back(std::move(read));
        }
        pod.containers = static_cast<std::uint16_t>(std::max<std::size_t>(json.size(), 1));
    }

    /// As Kubernetes does where only a limit is stated; and Docker knows nothing but limits.
    static void request_what_is_the_limit(Resources& requests, const Resources& limits) {
        if (!requests.cpu) requests.cpu = limits.cpu;
        if (!requests.memory) requests.memory = limits.memory;
    }

    /// A pod that does not tell its containers apart states the amounts of the one that is read.
    void take_as_containers(Pod& pod) const {
        for (const auto& signal : spec_.signals) {
            if (!signal.container.empty()) pod.named.push_back({signal.container, pod.requests, pod.limits});
        }
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
            Sample& sample = pod_sample(id);
            if (!value.there) continue;
            sample.kind = SampleKind::pods;
            if (sample.pods.empty() || value.measured > sample.measured) {
                sample.measured = value.measured;
                sample.window = value.window;
            }
            sample.pods.push_back({pod, value.value, value.measured, value.window});
        }
    }

    /// The sample that collects a signal's values over the pods; until one has a value it says that none has.
    Sample& pod_sample(SignalId id) {
        const bool first = per_pod_.insert(id).second;
        // What each pod says counts, not the mean that may stand beside it.
        if (first) std::erase_if(input_.samples, [&](const Sample& mean) { return mean.signal == id; });
        if (!first) return *std::ranges::find(input_.samples, id, &Sample::signal);
        input_.samples.push_back({.target = {},
                                  .signal = id,
                                  .kind = SampleKind::no_data,
                                  .value = 0,
                                  .measured = input_.time,
                                  .window = {},
                                  .pods = {}});
        return input_.samples.back();
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
        if (until != nullptr && set.until <= input_.time) input_.warnings.emplace_back("override.until: is over already, so this orders nothing");
        if (const auto* reason = find(json, "reason")) set.reason = read_text(*reason, "override.reason");
        input_.override_set = std::move(set);
    }

    const ScalingSpec& spec_;
    DecideInput& input_;
    std::set<SignalId> per_pod_;
};

}  // namespace

Result<DecideInput> parse_decide_line(std::string_view line, const ScalingSpec& spec) {
    if (line.size() > kMostLine) {
        return fail(Errc::bad_config, fmt::format("a line has at most {} bytes, this one {}", kMostLine, line.size()));
    }
    const auto json = parse_strict_json(line);
    if (!json) return tl::unexpected<Error>(json.error());
    DecideInput input;
    try {
        LineReader{spec, input}.read(*json);
    } catch (const Refused& refused) {
        return fail(Errc::bad_config, refused.message);
    }
    return input;
}

}  // namespace setpoint
