#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An hour without metrics, with nothing shortened: policies as people write them, all defaults, and MINUTES (60) of real time in which the metrics
APIs answer 503. The sizes stay, the status says why and since when; at its end nobody is shrunk by first samples, and who needs more has it at once."""
import os
import time

from agent import check, wait_until
from kube_cluster import Cluster
from kube_scene import USAGE, Kubelet, Operator, Scene, deployment, least_account
from metrics_apis import MetricsApis, stamp

MINUTES = float(os.environ.get("MINUTES", "60"))
WINDOW = 300  # seconds: of stabilization, as it is where no policy says otherwise
HOLD_FOR = 1800
QUEUE = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue"
CPU = {"signals": {"cpu": "cpu"}, "policies": [{"track": {"signal": "cpu", "utilization": "50%"}}]}
WAITING = {"signals": {"queue": {"externalMetric": {"name": "queue"}}}, "policies": [{"track": {"signal": "queue", "averageValue": 10}}]}
SIGNALS = {"calm": CPU, "busy": CPU, "jobs": WAITING}


def document(name):
    return {"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"target": {"kubernetes": {"kind": "Deployment", "name": name}}, "replicas": {"min": 1, "max": 20}, **SIGNALS[name]}}


class Levels:
    """What the metrics APIs say."""

    def __init__(self, apis, kubelet):
        self.apis, self.kubelet, self.queue = apis, kubelet, 0
        apis.answers[QUEUE] = lambda: {"kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": {}, "items": [
            {"metricName": "queue", "metricLabels": {}, "timestamp": stamp(0), "value": str(self.queue)}]}

    def set(self, **sizes):
        for name, size in sizes.items():
            if name == "jobs":
                self.queue = 10 * size
            else:
                self.kubelet.load[name] = 50 * size  # of 100m requested each, at 50 %

    def go(self):
        self.apis.status.update({USAGE: 503, QUEUE: 503})

    def come_back(self):
        self.apis.status.clear()


def keep(scene, sizes, seconds, said):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = {name: scene.size(name) for name in sizes}
        if found != sizes:
            raise AssertionError("%s became %s\n%s" % (sizes, found, said()[-4000:]))
        time.sleep(1)


def is_away(scene, levels, operator, sizes):
    began = time.monotonic()
    levels.go()
    levels.set(calm=2, busy=12, jobs=2)
    for name in sizes:
        wait_until(lambda name=name: scene.condition(name, "Active")["status"] == "False", "%s holds" % name, 180, operator.said)
        check(True, "%s holds: %s" % (name, scene.condition(name, "Active")["message"]))
    keep(scene, sizes, began + 60 * MINUTES - time.monotonic(), operator.said)
    for name in sizes if MINUTES * 60 > HOLD_FOR + 60 else []:
        check(scene.has(name, "Degraded", "True", "HeldTooLong"), "%s is degraded: %s" % (name, scene.condition(name, "Degraded")["message"]))
    check(True, "%g minutes without metrics change no size" % MINUTES)


def comes_back(scene, levels, operator, sizes):
    levels.come_back()
    back, went, first = time.monotonic(), {}, dict(sizes)
    wait_until(lambda: scene.size("busy") == 12, "who needs more has it", 120, operator.said)
    went["busy"] = time.monotonic() - back
    check(went["busy"] < 60, "who needs more has it %.0f s after the metrics are back" % went["busy"])
    while len(went) < len(sizes) and time.monotonic() < back + 3 * WINDOW:
        for name in ("calm", "jobs"):
            if name not in went and scene.size(name) != first[name]:
                went[name] = time.monotonic() - back
        time.sleep(1)
    for name in ("calm", "jobs"):
        check(name in went, "%s is smaller in the end" % name)
        check(went[name] >= WINDOW - 15, "and was for no first samples: %.0f s after, with a window of %d s" % (went[name], WINDOW))
    wait_until(lambda: {scene.size(name) for name in ("calm", "jobs")} == {2}, "both arrive", 120, operator.said)
    for name in sizes:
        wait_until(lambda name=name: not scene.has(name, "Degraded", "True", "HeldTooLong"), "%s is degraded no more" % name, 90)


def main():
    with Cluster(controllers=True) as cluster, MetricsApis(cluster) as apis:
        scene = Scene(cluster)
        scene.set()
        kubelet = Kubelet(cluster, apis)
        levels = Levels(apis, kubelet)
        sizes = {"calm": 6, "busy": 6, "jobs": 8}
        levels.set(**sizes)
        for group in ("metrics.k8s.io", "external.metrics.k8s.io"):
            apis.offer(group, "v1beta1")
        documents = [document(name) for name in sizes]
        with Operator(cluster.folder / "operator", least_account(scene, documents)) as operator:
            operator.wait_until_said("scales on the API server", 30)
            for one in documents:
                scene.apply(deployment(one["metadata"]["name"], 2))
                scene.apply(one)
            wait_until(lambda: {name: scene.size(name) for name in sizes} == sizes, "each has its size", 120, operator.said)
            is_away(scene, levels, operator, sizes)
            comes_back(scene, levels, operator, sizes)
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()
        kubelet.on = False


main()
