// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_pods.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "clients/dom_json.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

namespace dom = simdjson::dom;
using namespace dom_json;

constexpr std::size_t kLongestName = 63;
// They differ between pods of one template, and no selector asks for them.
constexpr std::array<std::string_view, 2> kNumbering{"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"};

/// Unix seconds of a stamp; 0 where there is none.
std::uint32_t stamp(const std::optional<dom::element>& value) {
    const auto time = parse_time(text(value));
    if (!time) return 0;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, UINT32_MAX));
}

PodPhase phase_of(std::string_view text) {
    if (text == "Pending" || text.empty()) return PodPhase::pending;
    if (text == "Running") return PodPhase::running;
    if (text == "Succeeded") return PodPhase::succeeded;
    return text == "Failed" ? PodPhase::failed : PodPhase::unknown;
}

/// In thousandths, upwards, as the Kubernetes controllers add them up.
std::optional<double> quantity(const std::optional<dom::element>& value) {
    constexpr double kRounding = 1e-6;
    const auto amount = parse_quantity(text(value));
    if (!amount || *amount < 0) return std::nullopt;
    return std::ceil(*amount * 1000 - kRounding) / 1000;
}

Resources resources(const dom::element& container, const char* kind) {
    return {quantity(member(container, "resources", kind, "cpu")), quantity(member(container, "resources", kind, "memory"))};
}

using Amount = std::optional<double> Resources::*;
using Kind = Resources PodContainer::*;

std::optional<double> sum(const std::vector<PodContainer>& containers, Kind kind, Amount amount) {
    double thousandths = 0;
    for (const auto& container : containers) {
        const auto& one = container.*kind.*amount;
        if (!one) return std::nullopt;
        thousandths += std::round(*one * 1000);
    }
    return containers.empty() ? std::nullopt : std::optional{thousandths / 1000};
}

Resources sum(const std::vector<PodContainer>& containers, Kind kind) {
    return {sum(containers, kind, &Resources::cpu), sum(containers, kind, &Resources::memory)};
}

/// What is said of the pod as a whole goes before the sum.
Resources whole(const dom::element& spec, const char* kind, const Resources& added) {
    auto said = resources(spec, kind);
    if (!said.cpu) said.cpu = added.cpu;
    if (!said.memory) said.memory = added.memory;
    return said;
}

KubePodTemplate template_of(const dom::element& pod) {
    KubePodTemplate made;
    for_each(member(pod, "metadata", "ownerReferences"), [&](const dom::element& owner) {
        if (is_true(member(owner, "controller"))) made.owner = hash_of(text(member(owner, "uid")));
    });
    dom::object labels;
    if (const auto all = member(pod, "metadata", "labels"); all && all->get(labels) == simdjson::SUCCESS) {
        for (const auto label : labels) {
            if (std::ranges::find(kNumbering, label.key) == kNumbering.end()) made.labels.emplace(label.key, text(label.value));
        }
    }
    const auto add = [&](const dom::element& container) {
        made.containers.push_back({std::string{text(member(container, "name"))}, resources(container, "requests"), resources(container, "limits")});
    };
    for_each(member(pod, "spec", "containers"), add);
    for_each(member(pod, "spec", "initContainers"), [&](const dom::element& container) {
        if (text(member(container, "restartPolicy")) == "Always") add(container);
    });
    const auto spec = member(pod, "spec");
    made.requests = whole(*spec, "requests", sum(made.containers, &PodContainer::requests));
    made.limits = whole(*spec, "limits", sum(made.containers, &PodContainer::limits));
    return made;
}

void read_conditions(const dom::element& pod, KubePod& into) {
    for_each(member(pod, "status", "conditions"), [&](const dom::element& condition) {
        const auto type = text(member(condition, "type"));
        const auto status = text(member(condition, "status"));
        if (type == "Ready") {
            into.ready = status == "True" ? KubePod::Ready::yes : KubePod::Ready::no;
            into.ready_changed = stamp(member(condition, "lastTransitionTime"));
        } else if (type == "PodScheduled") {
            into.unschedulable = status == "False" && text(member(condition, "reason")) == "Unschedulable";
        }
    });
}

/// Runs again, not ready yet, after it failed more than once and was kept waiting: a kubelet waits 10 s or more before it starts what fails
/// again and again, and starts at once what failed after ten good minutes.
bool tries_again(const dom::element& status) {
    constexpr std::uint32_t kShortestWait = 10;  // s
    const auto failed = stamp(member(status, "lastState", "terminated", "finishedAt"));
    const auto started = stamp(member(status, "state", "running", "startedAt"));
    const bool was_kept_waiting = failed != 0 && started >= failed + kShortestWait;
    return was_kept_waiting && integer(member(status, "restartCount")) >= 2 && integer(member(status, "lastState", "terminated", "exitCode")) != 0 &&
           !is_true(member(status, "ready"));
}

bool crash_loops(const dom::element& pod) {
    bool found = false;
    const auto look = [&](const dom::element& status) {
        found = found || text(member(status, "state", "waiting", "reason")) == "CrashLoopBackOff" || tries_again(status);
    };
    for_each(member(pod, "status", "containerStatuses"), look);
    for_each(member(pod, "status", "initContainerStatuses"), look);
    return found;
}

/// Tells templates apart.
std::string written(const KubePodTemplate& made) {
    std::string all = std::to_string(made.owner);
    const auto add = [&](std::string_view part) { all.append(1, '\0').append(part); };
    const auto add_resources = [&](const Resources& of) {
        for (const auto& amount : {of.cpu, of.memory}) add(amount ? format_number(*amount) : "");
    };
    for (const auto& [name, value] : made.labels) {
        add(name);
        add(value);
    }
    for (const auto& container : made.containers) {
        add(container.name);
        add_resources(container.requests);
        add_resources(container.limits);
    }
    add_resources(made.requests);
    add_resources(made.limits);
    return all;
}

/// Values that many have in common, each kept once while somebody has it.
template <class V>
class Shared {
public:
    template <class Make>
    std::shared_ptr<const V> get(std::string key, const Make& make) {
        if (auto found = known_[key].lock()) return found;
        auto made = std::make_shared<const V>(make());
        if (known_.size() > sweep_at_) {
            std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
            sweep_at_ = 2 * known_.size() + kFew;
        }
        known_[std::move(key)] = made;
        return made;
    }

private:
    static constexpr std::size_t kFew = 64;
    std::unordered_map<std::string, std::weak_ptr<const V>> known_;
    std::size_t sweep_at_ = kFew;
};

KubePod::Cost cost_of(const dom::element& pod) {
    const auto annotations = member(pod, "metadata", "annotations");
    if (!annotations) return KubePod::Cost::none;
    if (member(*annotations, kCostIsOurs)) return KubePod::Cost::ours;
    return member(*annotations, kDeletionCost) ? KubePod::Cost::others : KubePod::Cost::none;
}

}  // namespace

class KubePodReader::State {
public:
    Result<KubePod> read(std::string_view json) {
        dom::element pod;
        if (const auto error = parser_.parse(json.data(), json.size()).get(pod)) {
            return fail(Errc::bad_reply, std::string{"a pod: "} + simdjson::error_message(error));
        }
        if (!member(pod, "spec", "containers")) return fail(Errc::bad_reply, "a pod has containers");
        KubePod read;
        auto made = template_of(pod);
        auto key = written(made);
        read.made_from = templates_.get(std::move(key), [&] { return std::move(made); });
        if (const auto node = text(member(pod, "spec", "nodeName")); !node.empty()) {
            read.node = nodes_.get(std::string{node}, [&] { return std::string{node}; });
        }
        read.phase = phase_of(text(member(pod, "status", "phase")));
        read.started = stamp(member(pod, "status", "startTime"));
        read.deleting = !text(member(pod, "metadata", "deletionTimestamp")).empty();
        read_conditions(pod, read);
        read.crash_looping = crash_loops(pod);
        read.cost = cost_of(pod);
        return read;
    }

private:
    dom::parser parser_;
    Shared<KubePodTemplate> templates_;
    Shared<std::string> nodes_;
};

KubePodReader::KubePodReader() : state_(std::make_unique<State>()) {}
KubePodReader::~KubePodReader() = default;

Result<KubePod> KubePodReader::read(std::string_view json) { return state_->read(json); }

Pod as_pod(std::string_view name, std::uint64_t uid, const KubePod& pod, const std::function<Time(WallTime)>& agent_time,
           std::span<const std::string> named) {
    const auto time = [&](std::uint32_t seconds) -> std::optional<Time> {
        if (seconds == 0) return std::nullopt;
        return agent_time(WallTime{std::chrono::seconds{seconds}});
    };
    Pod seen;
    seen.id = PodId{uid};
    seen.name = name.substr(0, kLongestName);
    seen.phase = pod.phase;
    if (pod.ready != KubePod::Ready::unknown) seen.ready = pod.ready == KubePod::Ready::yes;
    seen.ready_changed = time(pod.ready_changed);
    seen.started_at = time(pod.started);
    seen.deleting = pod.deleting;
    seen.unschedulable = pod.unschedulable;
    seen.crash_looping = pod.crash_looping;
    seen.containers = static_cast<std::uint16_t>(std::min<std::size_t>(pod.made_from->containers.size(), UINT16_MAX));
    seen.requests = pod.made_from->requests;
    seen.limits = pod.made_from->limits;
    for (const auto& container : pod.made_from->containers) {
        if (std::ranges::find(named, container.name) != named.end()) seen.named.push_back(container);
    }
    return seen;
}

std::unique_ptr<KubePods> watch_pods(IoThread& io, KubeClient& kube, const std::string& ns) {
    const auto reader = std::make_shared<KubePodReader>();
    return std::make_unique<KubePods>(io, kube, KubeSelection{{"", "v1", "pods"}, ns},
                                      [reader](std::string_view json) { return reader->read(json); });
}

}  // namespace setpoint
