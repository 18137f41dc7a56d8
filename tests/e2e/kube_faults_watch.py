#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The operator whose watches misbehave: cut off in mid-line, each change told twice, told out of order, and silent without an end. What it
knows of policies, Deployments and pods is right afterwards, and so is the size."""
import threading
import time

from agent import check, wait_until
from kube_cluster import Cluster
from kube_proxy import KubeProxy
from kube_scene import Kubelet, Operator, Scene, Trial, deployment, least_account, policy
from metrics_apis import MetricsApis

SILENCE = 100  # seconds after which a watch counts as stalled


class Shuffle:
    """Holds every second change of a path back until the next one."""

    def __init__(self):
        self.held, self.on, self.swapped, self.lock = {}, True, 0, threading.Lock()

    def __call__(self, path, line):
        with self.lock:
            held = self.held.pop(path, None)
            if held is not None:
                self.swapped += 1
                return [line, held] if self.on else [held, line]
            if self.on and b"BOOKMARK" not in line:
                self.held[path] = line
                return []
            return [line]


def bounds(trial, high):
    """Whether the policy is in force with this maximum."""
    return trial.scene.status("web").get("effective", {}).get("maxReplicas") == high


def lists_of(proxy):
    """How often a watch had to begin anew; metrics are listed all the time."""
    return proxy.count("limit=") - proxy.count("limit=", "metrics.k8s.io")


def cut_off(trial, proxy):
    _, other = trial.other()
    before = lists_of(proxy)
    for _ in range(5):
        proxy.end_watches()
        time.sleep(0.7)
    trial.settles(other, "watches that are cut off, five times")
    check(lists_of(proxy) - before < 8, "go on where they were: %d lists for them" % (lists_of(proxy) - before))


def told_twice(trial, proxy):
    proxy.lines = lambda path, line: [line, line]
    proxy.end_watches()
    for high in (30, 31):
        trial.scene.apply(policy("web", "web", high=high))
    _, other = trial.other()
    trial.settles(other, "each change told twice")
    wait_until(lambda: bounds(trial, 31), "and the policy is the newest", 30, lambda: str(trial.scene.status("web")))
    trial.settles(trial.other()[1], "and once more")
    proxy.well()


def out_of_order(trial, proxy):
    shuffle = proxy.lines = Shuffle()
    proxy.end_watches()
    time.sleep(3)
    for high in (32, 33, 34, 35):
        trial.scene.apply(policy("web", "web", high=high))
    for _ in range(2):
        trial.load(trial.other()[1])
        time.sleep(8)
    shuffle.on = False
    for _ in range(2):
        trial.scene.cluster.kubectl("annotate", "deployment,sp,pods", "--all", "-n", "shop", "--overwrite", "test=%f" % time.time())
    check(shuffle.swapped > 5, "%d changes told before the one before them" % shuffle.swapped)
    wait_until(lambda: bounds(trial, 35), "the newest policy is in force", 60, lambda: str(trial.scene.status("web")))
    trial.settles(trial.other()[1], "and the size follows", 60)
    proxy.well()


def silent(trial, proxy):
    """Connected still, and not a word: bookmarks would have come."""
    proxy.stall()
    began = time.monotonic()
    trial.scene.apply(policy("web", "web", high=36))
    wait_until(lambda: bounds(trial, 36), "silence is noticed", SILENCE + 60, lambda: trial.operator.said()[-3000:])
    check(time.monotonic() - began > 30, "silence is noticed, after %d s" % (time.monotonic() - began))
    trial.settles(trial.other()[1], "and the size follows", 60)


def main():
    with Cluster(controllers=True) as cluster, MetricsApis(cluster) as apis, KubeProxy(cluster) as proxy:
        scene = Scene(cluster)
        scene.set()
        apis.offer("metrics.k8s.io", "v1beta1")
        kubelet = Kubelet(cluster, apis)
        scene.apply(deployment("web", 2))
        account = proxy.kubeconfig(least_account(scene, [policy("web", "web")]))
        with Operator(cluster.folder / "operator", account) as operator:
            trial = Trial(scene, kubelet, operator)
            operator.wait_until_said("scales on the API server", 30)
            scene.apply(policy("web", "web", high=40))
            trial.settles(6, "at first")
            cut_off(trial, proxy)
            told_twice(trial, proxy)
            out_of_order(trial, proxy)
            silent(trial, proxy)
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()
        kubelet.on = False


main()
