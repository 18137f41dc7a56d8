// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "clients/kube_cluster.hpp"
#include "tests/support/collecting.hpp"
#include "tests/support/fake_kube.hpp"
#include "tests/support/fake_kubelets.hpp"

namespace setpoint::test {

/// A list of these nodes, and a watch that goes on.
inline std::vector<FakeKube::Answer> nodes(const std::vector<std::string>& all) {
    std::string items;
    for (const auto& one : all) items += (items.empty() ? "" : ",") + one;
    return {{200, R"({"metadata":{"resourceVersion":"5"},"items":[)" + items + "]}", {}, true, "nodes"}, {200, "", {}, false, "nodes"}};
}

/// What a kubelet says of container `web` of the pod `shop/POD`: so many seconds of CPU, and a MiB, so long before the first
/// of these was made.
inline HttpResponse counted(const std::string& pod, double cpu, int seconds_ago) {
    static const auto first = wall_seconds_ago(0);
    const auto time = " " + std::to_string((first - std::chrono::seconds{seconds_ago}).time_since_epoch().count()) + "\n";
    const auto labels = R"({container="web",namespace="shop",pod=")" + pod + "\"} ";
    return {200, "container_cpu_usage_seconds_total" + labels + std::to_string(cpu) + time + "container_memory_working_set_bytes" + labels + "1048576" + time};
}

/// A cluster whose nodes have kubelets.
struct KubeletRoom {
    explicit KubeletRoom(std::vector<FakeKube::Answer> answers) : kube(io, std::move(answers)), fakes(io), cluster(io, kube.take_client(), clock) {}

    Clock clock;
    IoThread io;
    FakeKube kube;
    FakeKubelets fakes;
    KubeCluster cluster;
};

}  // namespace setpoint::test
