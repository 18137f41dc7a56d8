#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stock HPA controller and setpoint with what `setpoint import` makes of the same HPAs, side by side on twin Deployments with the same
metrics, over a long varied signal: steps, ramps, noise, the edges of the tolerance, gaps, one metric of two, pods without a value, rates and windows.
Both look once a second, so that each value of the signal is seen by several syncs of each. At the end of each value, and in the
order of sizes on the way, they must agree.   VALUES=40 kube_twin.py"""
import json
import os
import random
import subprocess
import sys
import threading
import time

from agent import BINARY, check, wait_until
from kube_cluster import Cluster
from kube_scene import Kubelet, Operator, Scene, deployment
from metrics_apis import MetricsApis, call, stamp

EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/"
CUSTOM = "/apis/custom.metrics.k8s.io/%s/namespaces/shop/pods/*/"
VALUES = int(os.environ.get("VALUES", "40"))
SECONDS = 5  # of each value
GAP = None   # a value that is not there


def external(metric, **target):
    return {"type": "External", "external": {"metric": {"name": metric}, "target": {"type": "Value" if "value" in target else "AverageValue", **target}}}


def of_pods(metric, average):
    return {"type": "Pods", "pods": {"metric": {"name": metric}, "target": {"type": "AverageValue", "averageValue": average}}}


def step(kind, value, seconds):
    return {"type": kind, "value": value, "periodSeconds": seconds}


# Windows and periods end between the ends of values, where a second more or less changes nothing.
CALM = {"scaleDown": {"stabilizationWindowSeconds": 12}}
HPAS = {
    "plain": ([external("work", averageValue="10")], None),
    "calm": ([external("work", averageValue="10")], CALM),
    "ratio": ([external("level", value="100")], CALM),
    "rates": ([external("work", averageValue="10")], {
        "scaleUp": {"stabilizationWindowSeconds": 0, "policies": [step("Pods", 3, 8), step("Percent", 50, 8)], "selectPolicy": "Max"},
        "scaleDown": {"stabilizationWindowSeconds": 7, "policies": [step("Pods", 2, 8), step("Percent", 30, 8)], "selectPolicy": "Min"}}),
    "slow-up": ([external("work", averageValue="10")], {
        "scaleUp": {"stabilizationWindowSeconds": 12, "policies": [step("Percent", 100, 8)]}, "scaleDown": {"stabilizationWindowSeconds": 2}}),
    "only-up": ([external("work", averageValue="10")], {"scaleDown": {"selectPolicy": "Disabled"}}),
    "pods": ([of_pods("hits", "10")], CALM),
    "two": ([external("work", averageValue="10"), external("other", averageValue="10")], CALM),
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
    """What the metrics APIs say now. Of the pods' metric one in four pods has no value while `some`."""

    def __init__(self, apis, kubelet):
        self.kubelet, self.now = kubelet, {"work": 20, "other": 10, "level": 100, "hits": 10}
        self.some = False
        for name in ("work", "other", "level"):
            apis.answers[EXTERNAL + name] = lambda name=name: self.external(name)
        for version in ("v1beta1", "v1beta2"):
            apis.answers[CUSTOM % version + "hits"] = lambda version=version: self.of_pods(version)

    def external(self, name):
        value = self.now[name]
        items = [] if value is GAP else [{"metricName": name, "metricLabels": {}, "timestamp": stamp(0), "value": "%dm" % round(1000 * value)}]
        return {"kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": {}, "items": items}

    def of_pods(self, version):
        items, value = [], self.now["hits"]
        pods = [(pod["metadata"]["name"], pod["metadata"]["labels"]["app"]) for pod in self.kubelet.pods()]
        for name, app in pods:
            peers = sorted(other for other, its in pods if its == app)
            if value is GAP or (self.some and peers.index(name) % 4 == 3):
                continue
            named = {"metric": {"name": "hits"}} if version == "v1beta2" else {"metricName": "hits"}
            items.append({"describedObject": {"kind": "Pod", "namespace": "shop", "name": name, "apiVersion": "/v1"}, "timestamp": stamp(0),
                          "value": "%dm" % round(1000 * value), **named})
        return {"kind": "MetricValueList", "apiVersion": "custom.metrics.k8s.io/" + version, "metadata": {}, "items": items}


def course():
    """(what it is, values) of each part."""
    chance = random.Random(5)
    work = [("step", 60), ("step", 120), ("step", 30), ("step", 30), ("step", 90)]
    work += [("ramp", 40 + 10 * i) for i in range(8)] + [("ramp", 120 - 15 * i) for i in range(7)]
    work += [("edge of the tolerance", value) for value in (22, 22.1, 21.9, 18, 17.9, 18.1)]
    work += [("gap", GAP), ("gap", GAP), ("after a gap", 25), ("burst", 200), ("burst", 5), ("burst", 5), ("burst", 5)]
    work += [("noise", chance.uniform(10, 190)) for _ in range(VALUES)]
    for number, (what, value) in enumerate(work[:VALUES]):
        known = value is not GAP
        yield what, {"work": value, "other": chance.choice((15, 40, GAP)) if number % 3 else 10,
                     "level": chance.choice((100, 110, 110.5, 89.9, 90, 130, 60)) if known else GAP, "hits": 5 + (value % 20) if known else GAP}, number % 4 == 3


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


def compare(signal, sizes, course):
    """The differences, as text; and how many values of the signal were compared."""
    differences, compared = [], 0
    for what, values, some in course:
        before = sizes.places()
        signal.now, signal.some = values, some
        time.sleep(SECONDS)
        compared += 1
        for name in HPAS:
            theirs, ours = sizes.since(before, name + "-hpa"), sizes.since(before, name + "-setpoint")
            if theirs != ours:
                differences.append("%s, %s (%s%s): HPA %s, setpoint %s" % (name, what, values, ", some pods without" if some else "", theirs, ours))
                print("differs: " + differences[-1], flush=True)
    return differences, compared


def main():
    # With its client's own limit of 20 requests a second seven HPAs are not looked at once a second.
    fast = ["--horizontal-pod-autoscaler-sync-period", "1s", "--concurrent-deployment-syncs", "5", "--kube-api-qps", "500", "--kube-api-burst", "1000"]
    with Cluster(controllers=True, more={"controllers": fast}, later=["controllers"]) as cluster, MetricsApis(cluster) as apis:
        scene = Scene(cluster)
        scene.set()
        kubelet = Kubelet(cluster, apis)
        for group, version in (("external.metrics.k8s.io", "v1beta1"), ("custom.metrics.k8s.io", "v1beta1"), ("custom.metrics.k8s.io", "v1beta2")):
            apis.offer(group, version)
        signal = Signal(apis, kubelet)
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
