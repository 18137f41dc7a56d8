#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stock HPA controller and setpoint with what `setpoint import` makes of the same HPAs, side by side on twin Deployments with the same
metrics, over a long varied signal: steps, ramps, noise, the edges of the tolerance, gaps, two metrics, rates and windows.
Both look once a second, so that each value of the signal is seen by several syncs of each. At the end of each value, and in the
order of sizes on the way, they must agree.   VALUES=40 kube_twin.py"""
import json
import os
import random
import subprocess
import threading
import time

from agent import BINARY, check, wait_until
from kube_cluster import Cluster
from kube_scene import Kubelet, Operator, Scene, deployment
from metrics_apis import MetricsApis, stamp

EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/"
VALUES = int(os.environ.get("VALUES", "40"))
SECONDS = 5  # of each value
GAP = None   # a value that is not there


def external(metric, average):
    return {"type": "External", "external": {"metric": {"name": metric}, "target": {"type": "AverageValue", "averageValue": average}}}


def step(kind, value, seconds):
    return {"type": kind, "value": value, "periodSeconds": seconds}


# Windows and periods end between the ends of values, where a second more or less changes nothing.
#
# Four things are other in the controller of 1.20 than in newer ones, whose way setpoint goes; nothing here depends on them:
# - Where a rate kept the size below an older wish, 1.20 grows to that wish while the load falls: its stabilization is not bounded by the
#   size that is there. So what has a window for the way down may grow as it likes.
# - A ratio of exactly 1.1 is beyond a tolerance of 0.1 there, since 1.1 - 1 is a little more than 0.1 in binary.
# - What was added within a period does not count for how much may be taken away in it, nor the other way round. So it is over by then.
# - A metric that is missing keeps the others from shrinking the target only in newer ones. So both of `two` are missing at once.
# And a value that does not answer to the size (External with `value`, Pods) moves it again with each look, so there is nothing to compare but
# how often both looked: tests/policies has that arithmetic.
AT_ONCE = {"stabilizationWindowSeconds": 0, "policies": [step("Pods", 20, 1)]}
CALM = {"scaleUp": AT_ONCE, "scaleDown": {"stabilizationWindowSeconds": 8}}
HPAS = {
    "plain": ([external("work", average="10")], None),
    "calm": ([external("work", average="10")], CALM),
    "rates-up": ([external("work", average="10")], {
        "scaleUp": {"stabilizationWindowSeconds": 0, "policies": [step("Pods", 3, 3), step("Percent", 50, 3)], "selectPolicy": "Max"}, "scaleDown": AT_ONCE}),
    "rates-down": ([external("work", average="10")], {
        "scaleUp": AT_ONCE,
        "scaleDown": {"stabilizationWindowSeconds": 0, "policies": [step("Pods", 2, 3), step("Percent", 30, 3)], "selectPolicy": "Min"}}),
    "slow-up": ([external("work", average="10")], {
        "scaleUp": {**AT_ONCE, "stabilizationWindowSeconds": 8}, "scaleDown": AT_ONCE}),
    "only-up": ([external("work", average="10")], {"scaleUp": AT_ONCE, "scaleDown": {"selectPolicy": "Disabled"}}),
    "two": ([external("work", average="10"), external("other", average="10")], CALM),
}


def hpa(name, metrics, behavior):
    return {"apiVersion": "autoscaling/v2beta2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name + "-hpa", "namespace": "shop"},
            "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name + "-hpa"}, "minReplicas": 1, "maxReplicas": 20,
                     "metrics": metrics, **({"behavior": behavior} if behavior else {})}}


def imported(name, original):
    """As a person would: what `setpoint import` prints, for the twin, and every second as the HPA controller of this test."""
    printed = subprocess.run([BINARY, "import", "-"], input=json.dumps(original), capture_output=True, text=True)
    check(printed.returncode == 0, "%s is imported %s" % (name, printed.stderr))
    return printed.stdout.replace("name: %s-hpa" % name, "name: %s-setpoint" % name).replace("interval: 15s", "interval: 1s")


class Signal:
    """What the metrics API says now."""

    def __init__(self, apis):
        self.now = {"work": 20, "other": 10}
        for name in self.now:
            apis.answers[EXTERNAL + name] = lambda name=name: self.external(name)

    def external(self, name):
        value = self.now[name]
        items = [] if value is GAP else [{"metricName": name, "metricLabels": {}, "timestamp": stamp(0), "value": "%dm" % round(1000 * value)}]
        return {"kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": {}, "items": items}


def course():
    """(what it is, values) of each part."""
    chance = random.Random(5)
    work = [("step", 60), ("step", 120), ("step", 30), ("step", 30), ("step", 90)]
    work += [("ramp", 40 + 10.3 * i) for i in range(8)] + [("ramp", 120 - 15 * i) for i in range(7)]
    work += [("edge of the tolerance", value) for value in (21.8, 22.1, 21.9, 18.2, 17.9, 18.1)]
    work += [("gap", GAP), ("gap", GAP), ("after a gap", 25), ("burst", 200), ("burst", 5), ("burst", 5), ("burst", 5)]
    work += [("noise", chance.uniform(10, 190)) for _ in range(VALUES)]
    for what, value in work[:VALUES]:
        yield what, {"work": value, "other": GAP if value is GAP else chance.choice((10, 15, 40))}


class Sizes(threading.Thread):
    """Which sizes each twin had one after the other."""

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.process = subprocess.Popen(
            ["kubectl", "--kubeconfig", cluster.kubeconfig, "get", "deployments", "-n", "shop", "--watch", "--output", "jsonpath={.metadata.name} {.spec.replicas}{'\\n'}"],
            stdout=subprocess.PIPE, text=True)
        self.seen = {}
        self.start()

    def run(self):
        for line in self.process.stdout:
            name, size = line.split()
            if self.seen.setdefault(name, [])[-1:] != [int(size)]:
                self.seen[name].append(int(size))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()

    def since(self, places, name):
        """The sizes on the way from a place in them."""
        return self.seen[name][places.get(name, 1) - 1:]

    def places(self):
        return {name: len(sizes) for name, sizes in self.seen.items()}


def differing(sizes, before):
    """Of each pair that did not have the same sizes since then: both."""
    pairs = {name: (sizes.since(before, name + "-hpa"), sizes.since(before, name + "-setpoint")) for name in HPAS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def compare(signal, sizes, course):
    """The differences, as text; and how many values of the signal were compared."""
    differences, compared = [], 0
    for what, values in course:
        before = sizes.places()
        signal.now = values
        time.sleep(SECONDS)
        for _ in range(2):  # a step that one of them took a moment ago
            if differing(sizes, before):
                time.sleep(1)
        compared += 1
        for name, (theirs, ours) in differing(sizes, before).items():
            differences.append("%s, %s (%s): HPA %s, setpoint %s" % (name, what, values, theirs, ours))
            print("differs: " + differences[-1], flush=True)
    return differences, compared


def main():
    # With its client's own limit of 20 requests a second seven HPAs are not looked at once a second.
    fast = ["--horizontal-pod-autoscaler-sync-period", "1s", "--concurrent-deployment-syncs", "5", "--kube-api-qps", "500", "--kube-api-burst", "1000"]
    with Cluster(controllers=True, more={"controllers": fast}, later=["controllers"]) as cluster, MetricsApis(cluster) as apis:
        scene = Scene(cluster)
        scene.set()
        kubelet = Kubelet(cluster, apis)
        apis.offer("external.metrics.k8s.io", "v1beta1")
        signal = Signal(apis)
        for name in HPAS:
            for twin in ("-hpa", "-setpoint"):
                scene.apply(deployment(name + twin, 2))
        cluster.start("controllers")
        for name, (metrics, behavior) in HPAS.items():
            original = hpa(name, metrics, behavior)
            scene.apply(original)
            cluster.kubectl("apply", "-f", "-", input=imported(name, original))
        with Sizes(cluster) as sizes, Operator(cluster.folder / "operator", cluster.kubeconfig) as operator:
            operator.wait_until_said("scales on the API server", 30)
            settled = lambda: all(scene.size(name + "-hpa") == scene.size(name + "-setpoint") for name in HPAS)  # noqa: E731
            running = lambda: all(pod["status"].get("phase") == "Running" for pod in kubelet.pods()) and len(kubelet.pods()) >= 2 * len(HPAS)  # noqa: E731
            wait_until(lambda: settled() and running(), "both begin with the same", 90, lambda: str(sizes.seen))
            time.sleep(15)
            differences, compared = compare(signal, sizes, course())
            (cluster.folder / "operator.log").write_text(operator.said())
            check(operator.stop() == 0, "stops cleanly")
        kubelet.on = False
        decisions = compared * len(HPAS)
        print("%d of %d agree" % (decisions - len(differences), decisions), flush=True)
        check(not differences, "the same at each of %d values for %d HPAs%s" % (compared, len(HPAS), "".join("\n" + one for one in differences)))


main()
