#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The operator and objects that come, go, and make no sense: the custom resource not there at the start, wrong policies by the dozen,
Deployments and policies deleted in mid-tick and made anew with another UID, renamed, and 1,000 policies made and deleted at once."""
import concurrent.futures
import time

from agent import check, wait_until
from faults import memory_kib
from kube_cluster import Cluster
from kube_proxy import KubeProxy
from kube_scene import Kubelet, Operator, Scene, Trial, deployment, policy
from metrics_apis import MetricsApis, call

DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"
POLICIES = "/apis/setpoint.dev/v1alpha1/namespaces/shop/scalingpolicies"
MANY = 1000


def has_no_resource(scene, operator):
    operator.wait_until_said("scales on the API server", 40)
    wait_until(lambda: "the ScalingPolicies cannot be followed" in operator.said() or "policies are read when" in operator.said(), "it says so", 20, operator.said)
    lines = [line for line in operator.said().splitlines() if "olicies" in line and "warning" in line]
    check(operator.process.poll() is None and len(lines) < 6 and "crd.yaml" in lines[-1], "without the custom resource it waits: %s" % lines[-1])
    scene.define()
    scene.apply(policy("web", "web", high=40))
    wait_until(lambda: scene.has("web", "Ready", "True", "SucceededGetScale"), "once it is there it is followed", 90, operator.said)
    check(True, "once it is there it is followed")


def wrong_ones(trial):
    """Whatever the API server lets through."""
    def changed(name, change):
        document = policy(name, "none-" + name)
        change(document["spec"])
        return document
    documents = [
        changed("twisted", lambda spec: spec["replicas"].update(min=9, max=3)),
        changed("no-signal", lambda spec: spec.update(policies=[{"track": {"signal": "nobody", "utilization": "50%"}}])),
        changed("no-unit", lambda spec: spec.update(policies=[{"pid": {"signal": "cpu", "setpoint": "70 furlongs"}}])),
        changed("two-laws", lambda spec: spec.update(policies=[{"track": {"signal": "cpu", "utilization": "50%"}, "pid": {"signal": "cpu", "setpoint": "70%"}}])),
        changed("typo", lambda spec: spec.update(intervall="5s")),
        changed("address", lambda spec: spec.update(signals={"cpu": {"prometheus": {"url": "http://127.0.0.1:1", "query": "up"}}})),
        changed("odd-text", lambda spec: spec.update(signals={"cpu": {"prometheus": {"query": "\u202e\u0007\u00e9" * 500}}})),
        changed("nowhere", lambda spec: spec["target"]["kubernetes"].update(kind="Nothing"))]
    accepted = [one["metadata"]["name"] for one in documents if isinstance(call(trial.scene.cluster, "POST", POLICIES, one), dict)]
    for name in accepted:
        wait_until(lambda name=name: trial.scene.condition(name, "Ready").get("status") == "False", "%s is told" % name, 40, lambda name=name: str(trial.scene.status(name)))
    told = {name: trial.scene.condition(name, "Ready")["message"] for name in accepted}
    check(all(told.values()), "of %d wrong policies the server refused %d, the others are told: %s" % (len(documents), len(documents) - len(accepted), told))
    trial.settles(trial.other()[1], "and the right one goes on")
    for name in accepted:
        call(trial.scene.cluster, "DELETE", POLICIES + "/" + name)


def deleted_in_mid_tick(trial, proxy, path, apply, what):
    """Between the decision and its patch; then it comes again with another UID, and the size of the day it was written."""
    _, other = trial.other()
    hit = []

    def delete(method, asked):
        if method == "PATCH" and asked.split("?")[0].endswith("/web/scale") and not hit:
            hit.append(call(trial.scene.cluster, "DELETE", path))
    proxy.answer(delete)
    trial.load(other)
    wait_until(lambda: hit, "the patch is on its way", 40, trial.operator.said)
    time.sleep(3)
    proxy.well()
    check(trial.operator.process.poll() is None, "%s deleted in mid-tick" % what)
    apply()
    trial.settles(trial.other()[1], "and made anew it is sized", 90)


def renamed(trial):
    """The same policy by another name, and then the first one goes."""
    trial.scene.apply(policy("web-2", "web", high=40))
    wait_until(lambda: trial.scene.has("web-2", "Conflict", "True", "TargetTaken"), "a second name has a conflict", 40, lambda: str(trial.scene.status("web-2")))
    trial.scene.cluster.kubectl("delete", "sp", "web", "-n", "shop")
    wait_until(lambda: trial.scene.has("web-2", "Ready", "True", "SucceededGetScale"), "until the first one is gone", 40, lambda: str(trial.scene.status("web-2")))
    trial.settles(trial.other()[1], "a renamed policy goes on", 60)
    trial.scene.cluster.kubectl("delete", "sp", "web-2", "-n", "shop")
    trial.scene.apply(policy("web", "web", high=40))
    trial.settles(trial.other()[1], "and back", 60)


def many_at_once(trial):
    operator, cluster = trial.operator, trial.scene.cluster
    names = ["many-%d" % i for i in range(MANY)]

    def all_of(method):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda name: call(cluster, method, POLICIES + ("" if method == "POST" else "/" + name),
                                                   policy(name, "none-" + name, interval="5s") if method == "POST" else None), names))

    def in_force():
        return len(operator.ask("/api/v1/policies")[1]["policies"])
    before, began = memory_kib(operator), time.monotonic()
    all_of("POST")
    made = time.monotonic()
    wait_until(lambda: in_force() == MANY + 1, "all are taken over", 120, lambda: str(in_force()))
    check(True, "%d policies made within %.0f s are in force %.1f s later" % (MANY, made - began, time.monotonic() - made))
    trial.settles(trial.other()[1], "the one that matters is still sized", 60)
    wait_until(lambda: all("conditions" in one.get("status", {}) for one in call(cluster, "GET", POLICIES)["items"]), "each has its status", 240)
    check(True, "each has its status %.0f s after the last was made" % (time.monotonic() - made))
    most = memory_kib(operator)
    all_of("DELETE")
    gone = time.monotonic()
    wait_until(lambda: in_force() == 1, "all are let go", 120, lambda: str(in_force()))
    check(True, "and are let go %.1f s after the last was deleted; memory %d, %d, %d MiB before, with them, after" %
          (time.monotonic() - gone, before // 1024, most // 1024, memory_kib(operator) // 1024))
    trial.settles(trial.other()[1], "and it goes on", 60)


def main():
    with Cluster(controllers=True) as cluster, MetricsApis(cluster) as apis, KubeProxy(cluster) as proxy:
        scene = Scene(cluster)
        cluster.kubectl("create", "namespace", "shop")
        apis.offer("metrics.k8s.io", "v1beta1")
        kubelet = Kubelet(cluster, apis)
        scene.apply(deployment("web", 2))
        with Operator(cluster.folder / "operator", proxy.kubeconfig(cluster.kubeconfig, "first-token")) as operator:
            trial = Trial(scene, kubelet, operator)
            has_no_resource(scene, operator)
            trial.settles(6, "at first", 60)
            wrong_ones(trial)
            deleted_in_mid_tick(trial, proxy, DEPLOYMENT, lambda: scene.apply(deployment("web", 2)), "a Deployment")
            deleted_in_mid_tick(trial, proxy, POLICIES + "/web", lambda: scene.apply(policy("web", "web", high=39)), "a policy")
            renamed(trial)
            many_at_once(trial)
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()
        kubelet.on = False


main()
