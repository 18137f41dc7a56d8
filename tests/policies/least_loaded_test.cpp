// SPDX-License-Identifier: Apache-2.0
#include "policies/least_loaded.hpp"

#include <catch2/catch.hpp>

#include "tests/support/rig.hpp"

using namespace setpoint;

namespace {

Pod serving(std::uint64_t id) {
    Pod pod;
    pod.id = PodId{id};
    pod.ready = true;
    return pod;
}

std::vector<PodId> ids(std::initializer_list<std::uint64_t> numbers) {
    std::vector<PodId> out;
    for (const auto number : numbers) out.push_back(PodId{number});
    return out;
}

}  // namespace

TEST_CASE("the serving pods with the least of a signal go first", "[pods]") {
    std::vector<Pod> pods{serving(1), serving(2), serving(3), serving(4)};
    pods[2].ready = false;
    const std::vector<PodReading> values{{PodId{1}, 0.3, {}, {}}, {PodId{2}, 0.1, {}, {}}, {PodId{3}, 0, {}, {}}, {PodId{9}, 0, {}, {}}};
    Reading reading;
    reading.state = SignalState::fresh;
    reading.kind = SampleKind::pods;
    reading.pods = values;
    std::vector<PodId> first;
    least_loaded(reading, pods, 1, first);
    CHECK(first == ids({2}));
    least_loaded(reading, pods, 4, first);
    CHECK(first == ids({2, 1}));  // of the fourth nothing is known
    reading.state = SignalState::stale;
    least_loaded(reading, pods, 4, first);
    CHECK(first.empty());
}

TEST_CASE("of one step down at most twenty are named", "[pods]") {
    std::vector<Pod> pods;
    std::vector<PodReading> values;
    for (std::uint64_t i = 0; i < 50; ++i) {
        pods.push_back(serving(i));
        values.push_back({PodId{i}, 1, {}, {}});
    }
    Reading reading;
    reading.state = SignalState::fresh;
    reading.kind = SampleKind::pods;
    reading.pods = values;
    std::vector<PodId> first;
    least_loaded(reading, pods, 40, first);
    CHECK(first.size() == kMostNamed);
}

TEST_CASE("a step down says who goes first, where the document asks for it", "[pods]") {
    auto spec = plain_spec();
    spec.signals[1] = {.name = "cpu", .dimension = Dimension::cores, .per_pod = true};
    spec.policies.pop_back();
    spec.leave_first = "cpu";
    Rig rig{spec};
    for (std::uint64_t i = 1; i <= 4; ++i) rig.control.reduce({rig.now, PodDelta{Rig::kTarget, false, serving(i)}});
    rig.control.reduce({rig.now, Sample{.target = Rig::kTarget, .signal = SignalId{1}, .kind = SampleKind::pods, .measured = rig.now,
                                        .pods = {{PodId{1}, 0.4, rig.now, {}}, {PodId{2}, 0.2, rig.now, {}}, {PodId{3}, 0.1, rig.now, {}}, {PodId{4}, 0.3, rig.now, {}}}}});
    CHECK(rig.has(4).rps(400).tick().leave_first.empty());
    CHECK(rig.rps(600).tick().leave_first.empty());
    rig.wait(std::chrono::seconds{1});
    const auto& down = rig.has(4).rps(200).tick();
    CHECK(down.replicas == 2);
    CHECK(down.leave_first == ids({3, 2}));
}

TEST_CASE("who goes first must be a signal that each pod has", "[pods]") {
    auto spec = plain_spec();
    spec.leave_first = GENERATE("rps", "nothing");
    Diagnostics out;
    validate(spec, out);
    REQUIRE(out.complaints().size() == 1);
    CHECK(out.complaints()[0].path == "target.kubernetes.deletionCost");
}
