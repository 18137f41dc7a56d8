#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What pods mean, on a real API server: a container's own request, limits and cores, pods without a request, without a place, that
crash again and again, of StatefulSets, in rollouts, that should go first; and disruption budgets."""
import json
import subprocess
import threading
import time

from agent import BINARY, Agent, check, wait_until
from engine import ROOT
from kube_cluster import Cluster
from metrics_apis import MetricsApis, call, stamp

PODS = "/api/v1/namespaces/shop/pods"
USAGE = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"
POLICIES = "/apis/setpoint.dev/v1alpha1/namespaces/shop/scalingpolicies/"
COST = "controller.kubernetes.io/pod-deletion-cost"


def container(name, request=None, limit=None):
    amounts = {kind: {"cpu": amount} for kind, amount in (("requests", request), ("limits", limit)) if amount}
    return {"name": name, "image": "none", "resources": amounts}


def workload(name, replicas, containers, kind="Deployment", **more):
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, **more,
                     "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}}}}


def policy(name, cpu=None, policies=None, low=1, high=12, target=None, **more):
    return {"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"target": {"kubernetes": {"kind": "Deployment", "name": name, **(target or {})}}, "replicas": {"min": low, "max": high},
                     "interval": "1s", "signals": {"cpu": {"cpu": cpu or {}}},
                     "policies": policies or [{"track": {"signal": "cpu", "utilization": "50%"}}],
                     "behavior": {"scaleDown": {"stabilizationWindowSeconds": 3}}, **more}}


class Kubelet(threading.Thread):
    """Says of each pod what `fate` of its app says of the number it has among its app's pods, oldest first. Each app uses as much
    CPU as its `load` says, shared among the first containers of those that serve, unless `own` says what each uses."""

    def __init__(self, cluster, apis):
        super().__init__(daemon=True)
        self.cluster, self.load, self.own, self.fate, self.told, self.order, self.on = cluster, {}, {}, {}, {}, {}, True
        apis.answers[USAGE] = self.usage
        self.start()

    def pods(self):
        listed = call(self.cluster, "GET", PODS)
        return [pod for pod in listed["items"] if "deletionTimestamp" not in pod["metadata"]] if isinstance(listed, dict) else []

    def listed(self):
        try:
            return self.pods()
        except OSError:  # the cluster is on its way out
            return []

    def status(self, fate, app):
        if fate == "pending":
            return {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]}
        conditions = [{"type": "PodScheduled", "status": "True"},
                      {"type": "Ready", "status": "True" if fate == "serves" else "False", "lastTransitionTime": stamp(590)}]
        waits = {"name": app, "image": "none", "imageID": "", "ready": False, "restartCount": 9,
                 "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}}
        return {"phase": "Running", "startTime": stamp(600), "conditions": conditions, "containerStatuses": [waits] if fate == "crashes" else []}

    def run(self):
        while self.on:
            for pod in self.listed():
                name, app = pod["metadata"]["name"], pod["metadata"]["labels"]["app"]
                number = self.order.setdefault(app, {}).setdefault(name, len(self.order[app]))
                fate = self.fate.get(app, lambda _: "serves")(number)
                if self.told.get(name) != fate:
                    self.told[name] = fate
                    call(self.cluster, "PATCH", "%s/%s/status" % (PODS, name), {"status": self.status(fate, app)})
            time.sleep(0.3)

    def usage(self):
        items, running = [], {}
        for pod in self.pods():
            if self.told.get(pod["metadata"]["name"]) in ("serves", "starts"):
                running.setdefault(pod["metadata"]["labels"]["app"], []).append(pod)
        for app, pods in running.items():
            serving = [pod for pod in pods if self.told[pod["metadata"]["name"]] == "serves"]
            for pod in pods:
                name = pod["metadata"]["name"]
                share = self.load.get(app, 50) / len(serving) if pod in serving else 5
                used = self.own[app](self.order[app][name]) if app in self.own else share
                names = [one["name"] for one in pod["spec"]["containers"]]
                items.append({"metadata": {"name": name, "namespace": "shop"}, "timestamp": stamp(1), "window": "10s",
                              "containers": [{"name": one, "usage": {"cpu": "%dm" % (used if one == names[0] else 5), "memory": "1Mi"}} for one in names]})
        return {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": items}


class Scene:
    def __init__(self, cluster, kubelet):
        self.cluster, self.kubelet = cluster, kubelet

    def apply(self, *things):
        listed = {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": list(things)}
        done = subprocess.run(["kubectl", "--kubeconfig", self.cluster.kubeconfig, "apply", "-f", "-"], input=json.dumps(listed), capture_output=True, text=True)
        check(done.returncode == 0, "apply %s %s" % (", ".join(one["metadata"]["name"] for one in things), done.stderr.strip()))

    def size(self, name, plural="deployments"):
        return call(self.cluster, "GET", "/apis/apps/v1/namespaces/shop/%s/%s" % (plural, name))["spec"]["replicas"]

    def status(self, name):
        return call(self.cluster, "GET", POLICIES + name).get("status", {})

    def why(self, name):
        return self.status(name).get("lastDecision", "")

    def has(self, name, kind, status, reason):
        condition = next((c for c in self.status(name).get("conditions", []) if c["type"] == kind), {})
        return (condition.get("status"), condition.get("reason")) == (status, reason)

    def reaches(self, name, size, what, within=60, plural="deployments"):
        wait_until(lambda: self.size(name, plural) == size, what, within, lambda: "%s has %d: %s" % (name, self.size(name, plural), self.why(name)))


class Operator(Agent):
    def __init__(self, folder, kubeconfig):
        super().__init__(folder, None, "/nowhere")
        self.words = [BINARY, "operator", "-n", "shop", "--kubeconfig", kubeconfig, "--state-dir", str(self.state), "--admin", "127.0.0.1:0"]


def measures_what_it_says(scene):
    """400m are used in all, 50 % is wanted: of the app's own 100m it is 8 replicas, of its limit of 200m it is 4, of all of the pod's
    1000m it would be 1."""
    sidecar = [container("app", "100m", "200m"), container("proxy", "900m", "900m")]
    for name, cpu in (("own", {"container": "app"}), ("limit", {"container": "app", "of": "limit"})):
        scene.kubelet.load[name] = 400
        scene.apply(workload(name, 2, sidecar), policy(name, cpu))
    scene.reaches("own", 8, "a container's utilization is of its own request")
    scene.reaches("limit", 4, "or of its limit")
    scene.kubelet.load["bare"] = 400
    scene.apply(workload("bare", 2, [container("app")]), policy("bare"))
    wait_until(lambda: scene.has("bare", "Active", "False", "FailedGetResourceMetric"), "without a request there is no utilization", 30, lambda: str(scene.status("bare")))
    check("state no request" in scene.why("bare") and "absolute" in scene.why("bare"), scene.why("bare"))
    check(scene.size("bare") == 2, "and the size stays")
    scene.apply(policy("bare", {"of": "cores"}, [{"track": {"signal": "cpu", "averageValue": "100m"}}]))
    scene.reaches("bare", 4, "but there are cores")
    scene.cluster.kubectl("delete", "sp,deployments", "own", "limit", "bare", "-n", "shop")


def asks_once_for_what_has_no_place(scene):
    """Steps climb with every new sample for as long as the two that serve have too much to do."""
    scene.kubelet.load["full"] = 400
    scene.kubelet.fate["full"] = lambda number: "serves" if number < 2 else "pending"
    steps = [{"step": {"signal": "cpu", "bands": [{"from": 0.6, "change": "+2"}]}}]
    scene.apply(workload("full", 2, [container("app", "100m")]), policy("full", policies=steps))
    scene.reaches("full", 4, "a shortage is asked for")
    begun = time.monotonic()
    wait_until(lambda: "cannot be scheduled" in scene.why("full"), "that there is no place is said", 90, lambda: scene.why("full"))
    time.sleep(max(0, 75 - (time.monotonic() - begun)))  # longer than a start takes
    check(scene.size("full") == 4, "and asked for once")
    scene.kubelet.load["full"] = 100  # of two: 50 %, no band
    time.sleep(5)
    check(scene.size("full") == 4, "and they lower nothing")
    scene.cluster.kubectl("delete", "sp,deployments", "full", "-n", "shop")


def goes_around_crashes(scene):
    scene.kubelet.load["crashing"] = 150  # 3 replicas are needed
    scene.kubelet.fate["crashing"] = lambda number: "crashes" if number == 0 else "serves"
    scene.apply(workload("crashing", 3, [container("app", "100m")]), policy("crashing"))
    scene.reaches("crashing", 4, "another is asked for in the place of one that crashes again and again")
    wait_until(lambda: "crash again and again" in scene.why("crashing"), "and the status says so", 30, lambda: scene.why("crashing"))
    scene.kubelet.fate["crashing"] = lambda number: "serves"
    scene.reaches("crashing", 3, "until it serves")
    scene.cluster.kubectl("delete", "sp,deployments", "crashing", "-n", "shop")


def waits_for_rollouts(scene):
    scene.kubelet.load["rolled"] = 250
    scene.apply(workload("rolled", 5, [container("app", "100m")]), policy("rolled"))
    wait_until(lambda: scene.has("rolled", "Active", "True", "ValidMetricFound"), "five replicas serve", 60, lambda: str(scene.status("rolled")))
    known = dict(scene.kubelet.order["rolled"])
    scene.kubelet.fate["rolled"] = lambda number: "serves" if number < len(known) else "starts"
    scene.cluster.kubectl("set", "env", "deployment/rolled", "VERSION=2", "-n", "shop")
    time.sleep(3)
    scene.kubelet.load["rolled"] = 100
    wait_until(lambda: scene.has("rolled", "Limited", "True", "RolloutUnderWay"), "nothing is lowered in a rollout", 60, lambda: str(scene.status("rolled")))
    check(scene.size("rolled") == 5, "five stay")
    scene.kubelet.fate["rolled"] = lambda number: "serves"
    scene.reaches("rolled", 2, "after it they do not", 120)
    scene.cluster.kubectl("delete", "sp,deployments", "rolled", "-n", "shop")


def sizes_a_stateful_set(scene):
    scene.kubelet.load["db"] = 150
    scene.apply(workload("db", 1, [container("app", "100m")], "StatefulSet", serviceName="db"), policy("db", target={"kind": "StatefulSet"}))
    scene.reaches("db", 3, "a StatefulSet is sized", 60, "statefulsets")
    scene.kubelet.load["db"] = 50
    scene.reaches("db", 1, "and down again", 90, "statefulsets")
    scene.cluster.kubectl("delete", "sp/db", "statefulset/db", "-n", "shop")


def warns_of_budgets(scene, operator):
    budget = {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "kept", "namespace": "shop"},
              "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "kept"}}}}
    scene.kubelet.load["kept"] = 100
    scene.apply(workload("kept", 2, [container("app", "100m")]), policy("kept", low=2), budget)
    wait_until(lambda: scene.has("kept", "Drainable", "False", "MinAtDisruptionBudget"), "a budget that blocks drains is warned of", 60, lambda: str(scene.status("kept")))
    operator.wait_until_said("kept: at 2 replicas, which is the least allowed here, a PodDisruptionBudget lets no pod be evicted", 20)
    scene.apply(policy("kept", low=3))
    wait_until(lambda: scene.has("kept", "Drainable", "True", "BudgetsLeaveRoom"), "a larger least size leaves room", 60, lambda: str(scene.status("kept")))
    scene.cluster.kubectl("delete", "sp/kept", "deployment/kept", "pdb/kept", "-n", "shop")


def marks_who_should_go(scene):
    """The controllers of this version know no deletion cost and take the youngest: the marks of older ones stay to be seen."""
    scene.kubelet.own["marked"] = lambda number: 20 + 20 * number
    scene.apply(workload("marked", 2, [container("app", "100m")]))
    wait_until(lambda: len(scene.kubelet.order.get("marked", {})) == 2, "two pods are there", 60)
    time.sleep(2)  # ages are in whole seconds
    scene.cluster.kubectl("scale", "deployment", "marked", "--replicas=4", "-n", "shop")
    wait_until(lambda: len(scene.kubelet.order["marked"]) == 4, "and two younger ones", 60)
    by_load = sorted(scene.kubelet.order["marked"], key=scene.kubelet.order["marked"].get)
    scene.apply(policy("marked", {"of": "cores"}, [{"track": {"signal": "cpu", "averageValue": "50m"}}], target={"deletionCost": "cpu"}))
    wait_until(lambda: scene.has("marked", "Active", "True", "ValidMetricFound"), "20m, 40m, 60m and 80m are four of 50m", 60, lambda: str(scene.status("marked")))
    check(scene.size("marked") == 4, "and four stay")
    scene.kubelet.own["marked"] = lambda number: 10 + 10 * number  # 100m are two of 50m
    scene.reaches("marked", 2, "half of it are two")

    def costs():
        return {pod["metadata"]["name"]: pod["metadata"].get("annotations", {}).get(COST) for pod in scene.kubelet.pods()
                if pod["metadata"]["labels"]["app"] == "marked"}
    check(costs() == {name: "-1000" for name in by_load[:2]}, "the two least loaded were to go: %s" % costs())
    scene.cluster.kubectl("delete", "sp/marked", "deployment/marked", "-n", "shop")


def main():
    with Cluster(controllers=True) as cluster, MetricsApis(cluster) as apis:
        cluster.kubectl("create", "namespace", "shop")
        cluster.kubectl("apply", "-f", str(ROOT / "deploy/kubernetes/crd.yaml"))
        cluster.kubectl("wait", "--for=condition=Established", "crd/scalingpolicies.setpoint.dev", "--timeout=60s")
        apis.offer("metrics.k8s.io", "v1beta1")
        kubelet = Kubelet(cluster, apis)
        scene = Scene(cluster, kubelet)
        with Operator(cluster.folder / "operator", cluster.kubeconfig) as operator:
            operator.wait_until_said("scales on the API server", 30)
            measures_what_it_says(scene)
            goes_around_crashes(scene)
            waits_for_rollouts(scene)
            sizes_a_stateful_set(scene)
            warns_of_budgets(scene, operator)
            asks_once_for_what_has_no_place(scene)
            marks_who_should_go(scene)
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()
        kubelet.on = False


main()
