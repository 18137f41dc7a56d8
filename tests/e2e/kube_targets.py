#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the operator sizes besides workloads of Kubernetes' own kinds, on a real API server and beside its real HPA controller: custom
resources with a scale, the floors of HPAs and of ScaledObjects; and what it leaves alone, and why it says so."""
import json
import threading
import time

from agent import check, wait_until
from kube_cluster import Cluster
from kube_scene import Kubelet, Operator, Scene, deployment, least_account, policy
from metrics_apis import MetricsApis, call

SYNC = ["--horizontal-pod-autoscaler-sync-period", "1s", "--horizontal-pod-autoscaler-downscale-stabilization", "4s",
        "--horizontal-pod-autoscaler-initial-readiness-delay", "1s", "--horizontal-pod-autoscaler-cpu-initialization-period", "1s"]
QUEUES = "/apis/example.com/v1/namespaces/shop/queues/"
HPAS = "/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers/"
SCALED = "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/"
HPA_VERSION = "autoscaling/v2beta2"  # the newest that 1.20 serves; the operator speaks v1


def definition(plural, kind, group="example.com", version="v1", scale=None):
    """Of a kind without rules: what is in an object is its own business."""
    open_object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    subresources = {"status": {}} if scale is None else {"status": {}, "scale": scale}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": plural + "." + group},
            "spec": {"group": group, "scope": "Namespaced", "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
                     "versions": [{"name": version, "served": True, "storage": True, "subresources": subresources,
                                   "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": open_object, "status": open_object}}}}]}}


SCALE = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector"}
BLIND = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}


def custom(kind, name, replicas=1):
    return {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": {"replicas": replicas}}


def on(kind, name, called, api_version=None, **more):
    made = policy(called, name, **more)
    made["spec"]["target"]["kubernetes"]["kind"] = kind
    if api_version:
        made["spec"]["target"]["kubernetes"]["apiVersion"] = api_version
    return made


def hpa(name, target, least, most):
    return {"apiVersion": HPA_VERSION, "kind": "HorizontalPodAutoscaler", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}, "minReplicas": least, "maxReplicas": most,
                     "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}],
                     "behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 100, "periodSeconds": 1}]}}}}


def scaled_object(name, target, **more):
    return {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"scaleTargetRef": {"name": target}, "triggers": [], **more}}


class QueueController(threading.Thread):
    """Makes a Queue's pods as its controller would: by a Deployment of its name. Says how many there are, and which."""

    def __init__(self, cluster, name):
        super().__init__(daemon=True)
        self.cluster, self.name, self.on = cluster, name, True
        self.start()

    def run(self):
        while self.on:
            wanted = call(self.cluster, "GET", QUEUES + self.name)["spec"]["replicas"]
            call(self.cluster, "PATCH", "/apis/apps/v1/namespaces/shop/deployments/" + self.name, {"spec": {"replicas": wanted}})
            call(self.cluster, "PATCH", QUEUES + self.name + "/status", {"status": {"replicas": wanted, "selector": "app=" + self.name}})
            time.sleep(0.3)


def becomes(read, wanted, what, within=60, show=lambda: ""):
    wait_until(lambda: read() == wanted, "%s: %s" % (what, wanted), within, lambda: "%s\n%s" % (read(), show()))
    check(True, "%s: %s" % (what, wanted))


def change(scene, name, spec):
    scene.cluster.kubectl("patch", "sp", name, "-n", "shop", "--type", "merge", "-p", json.dumps({"spec": spec}))


def sizes_custom_resources(scene, kubelet, operator):
    def size():
        return call(scene.cluster, "GET", QUEUES + "jobs")["spec"]["replicas"]
    controller = QueueController(scene.cluster, "jobs")
    kubelet.load["jobs"] = 300
    scene.apply(on("Queue", "jobs", "jobs", "example.com/v1"))
    becomes(size, 6, "a custom resource is sized by the CPU of the pods that its scale selects", 60, operator.said)
    wait_until(lambda: scene.status("jobs").get("desiredReplicas") == 6 and scene.has("jobs", "Ready", "True", "SucceededGetScale"), "and its policy says so", 20,
               lambda: str(scene.status("jobs")))
    kubelet.load["jobs"] = 100
    becomes(size, 2, "and down again", 60, operator.said)
    for replicas in (0, 3):  # a size of zero is left out of a Scale: it is written by the version of the object
        status, said = operator.ask("/api/v1/overrides", {"policy": "shop/jobs", "kind": "pin", "replicas": replicas, "for": "10m", "reason": "test"})
        check(status == 200, "pinned: %s" % said)
        becomes(size, replicas, "pinned", 60, operator.said)
    operator.ask("/api/v1/overrides", {"policy": "shop/jobs", "kind": "resume"})
    becomes(size, 2, "resumed", 60, operator.said)
    controller.on = False


def says_what_cannot_be_sized(scene, operator):
    for name, kind, api_version, words in (
            ("plain", "Plain", "example.com/v1", "the kind Plain of example.com/v1 has no scale subresource"),
            ("blind", "Blind", "example.com/v1", "names no selector"),
            ("secret", "Secret", "example.com/v1", "kubernetes says 403: secrets.example.com \"secret\" is forbidden"),
            ("missing", "Missing", "example.com/v1", "the cluster has no kind Missing in example.com/v1"),
            ("nowhere", "Queue", "nowhere.example.com/v1", "the cluster has no nowhere.example.com/v1"),
            ("gone", "Queue", "example.com/v1", "there is no Queue shop/gone")):
        scene.apply(on(kind, name, name, api_version))
        wait_until(lambda: scene.has(name, "Ready", "False", "FailedGetScale") and words in scene.condition(name, "Ready")["message"], "%s: %s" % (name, words), 60,
                   lambda: "%s\n%s" % (scene.status(name), operator.said()))
        check(True, scene.condition(name, "Ready")["message"])
        scene.cluster.kubectl("delete", "sp", name, "-n", "shop")


def drives_the_floor_of_an_hpa(scene, kubelet, operator):
    def floor():
        return call(scene.cluster, "GET", HPAS + "web")["spec"]["minReplicas"]
    kubelet.load["web"] = 240  # of 100m each: 3 at the HPA's 80 %, 5 at the policy's 50 %
    scene.apply(hpa("web", "web", 1, 12))
    becomes(lambda: scene.size("web"), 3, "the cluster's own HPA scales", 90)
    scene.apply(policy("web", "web", high=20, mode="shadow"))
    wait_until(lambda: scene.status("web").get("desiredReplicas") == 5, "in shadow the policy says what it would do", 60, lambda: str(scene.status("web")))
    check(floor() == 1 and scene.size("web") == 3, "and changes nothing")
    check(scene.has("web", "Conflict", "False", "NotWritten"), scene.condition("web", "Conflict")["message"])
    change(scene, "web", {"mode": "live", "target": {"kubernetes": {"kind": "HorizontalPodAutoscaler"}}})
    becomes(floor, 5, "live it raises the floor", 60, operator.said)
    check(not scene.has("web", "Conflict", "True", "ForeignWrite"), "the size of another target is nobody's change")
    becomes(lambda: scene.size("web"), 5, "and the HPA scales up to it", 60, operator.said)
    check(call(scene.cluster, "GET", HPAS.replace("v1", "v2beta2") + "web")["spec"]["behavior"]["scaleUp"]["policies"][0]["value"] == 100, "the rest of the HPA is as it was")
    kubelet.load["web"] = 900  # 12 at 80 %; the policy's 18 are above the HPA's maximum
    becomes(floor, 12, "the floor is never above the HPA's maximum", 60, operator.said)
    wait_until(lambda: scene.has("web", "Limited", "True", "TooManyReplicas"), "which is said", 20, lambda: str(scene.status("web")))
    kubelet.load["web"] = 100
    becomes(floor, 2, "it is lowered with the load", 60, operator.said)
    becomes(lambda: scene.size("web"), 2, "and the HPA follows", 60, operator.said)


def outlives_the_operator(scene, kubelet, operator):
    def floor():
        return call(scene.cluster, "GET", HPAS + "web")["spec"]["minReplicas"]
    kubelet.load["web"] = 200
    becomes(floor, 4, "a floor of four", 60, operator.said)
    check(operator.stop() == 0, "setpoint stops")
    kubelet.load["web"] = 640
    becomes(lambda: scene.size("web"), 8, "the HPA still answers to the load", 90)
    kubelet.load["web"] = 50
    becomes(lambda: scene.size("web"), 4, "and goes down to the floor that was left", 90)
    operator.start()
    becomes(floor, 1, "setpoint is back and lowers it", 90, operator.said)


def gives_way_to_another_hand(scene, operator):
    def floor():
        return call(scene.cluster, "GET", HPAS + "web")["spec"]["minReplicas"]
    call(scene.cluster, "PATCH", HPAS + "web", {"spec": {"minReplicas": 7}})
    wait_until(lambda: scene.has("web", "Conflict", "True", "ForeignWrite"), "another hand at the floor is named", 30, lambda: str(scene.status("web")))
    time.sleep(5)
    check(floor() == 7, "and its floor stays")
    operator.ask("/api/v1/overrides", {"policy": "shop/web", "kind": "resume"})
    becomes(floor, 1, "until a person says so", 60, operator.said)


def takes_over(scene, kubelet, operator):
    change(scene, "web", {"target": {"kubernetes": {"kind": "Deployment"}}})
    wait_until(lambda: scene.has("web", "Conflict", "True", "ScaledByAutoscaler"), "the workload itself is left to the HPA", 60, lambda: str(scene.status("web")))
    check("the HorizontalPodAutoscaler shop/web scales it already" in scene.condition("web", "Conflict")["message"], scene.condition("web", "Conflict")["message"])
    call(scene.cluster, "PATCH", HPAS + "web", {"spec": {"minReplicas": 4}})
    kubelet.load["web"] = 150  # the policy's 3
    becomes(lambda: scene.size("web"), 4, "which has the say", 60, operator.said)
    wait_until(lambda: scene.has("web", "Ready", "False", "FailedUpdateScale"), "and keeps it", 60, lambda: str(scene.status("web")))
    check(scene.size("web") == 4, "whatever the policy wishes")
    scene.cluster.kubectl("delete", "hpa", "web", "-n", "shop")
    becomes(lambda: scene.size("web"), 3, "then the policy sizes it", 90, operator.said)
    wait_until(lambda: scene.has("web", "Conflict", "False", "NoConflict") and scene.has("web", "Ready", "True", "SucceededGetScale"), "and all is well", 30,
               lambda: str(scene.status("web")))
    print(scene.cluster.kubectl("get", "sp", "-n", "shop").stdout, flush=True)


def knows_keda(scene, kubelet, operator):
    def floor():
        return call(scene.cluster, "GET", SCALED + "cart")["spec"].get("minReplicaCount")
    scene.apply(policy("cart", "cart"))
    wait_until(lambda: scene.has("cart", "Conflict", "False", "NoConflict"), "without KEDA nobody is in the way", 60, lambda: str(scene.status("cart")))
    scene.apply(definition("scaledobjects", "ScaledObject", "keda.sh", "v1alpha1"))
    scene.cluster.kubectl("wait", "--for=condition=Established", "crd/scaledobjects.keda.sh", "--timeout=60s")
    scene.apply(scaled_object("cart", "cart"))
    wait_until(lambda: scene.has("cart", "Conflict", "True", "ScaledByAutoscaler"), "KEDA that is installed later is seen", 150,
               lambda: "%s\n%s" % (scene.status("cart"), operator.said()))
    check("the ScaledObject shop/cart scales it already" in scene.condition("cart", "Conflict")["message"], scene.condition("cart", "Conflict")["message"])
    size = scene.size("cart")
    kubelet.load["cart"] = 300
    wait_until(lambda: scene.has("cart", "Ready", "False", "FailedUpdateScale"), "what KEDA scales is left to it", 60, lambda: str(scene.status("cart")))
    check(scene.size("cart") == size, "no size is written")
    scene.apply(on("ScaledObject", "cart", "cart", high=10))
    wait_until(lambda: scene.has("cart", "Conflict", "False", "NoConflict"), "its floor is no conflict", 60, lambda: str(scene.status("cart")))
    becomes(floor, 6, "and is driven, though nothing was written there before", 60, operator.said)
    check(scene.size("cart") == size, "the workload is KEDA's")
    scene.apply(scaled_object("cart", "cart", minReplicaCount=6, maxReplicaCount=4))
    becomes(floor, 4, "never above its maximum", 60, operator.said)


def main():
    with Cluster(controllers=True, more={"controllers": SYNC}) as cluster, MetricsApis(cluster) as apis:
        scene = Scene(cluster)
        scene.set()
        apis.offer("metrics.k8s.io", "v1beta1")
        kubelet = Kubelet(cluster, apis)
        for plural, kind, scale in (("queues", "Queue", SCALE), ("blinds", "Blind", BLIND), ("secrets", "Secret", SCALE), ("plains", "Plain", None)):
            scene.apply(definition(plural, kind, scale=scale))
            cluster.kubectl("wait", "--for=condition=Established", "crd/%s.example.com" % plural, "--timeout=60s")
        for thing in (deployment("web", 1), deployment("jobs", 1), deployment("cart", 2), custom("Queue", "jobs"), custom("Blind", "blind"), custom("Secret", "secret")):
            scene.apply(thing)
        account = least_account(scene, [
            on("Queue", name, name, "example.com/v1") for name in ("jobs", "gone")] + [on("Blind", "blind", "blind", "example.com/v1")] + [
            policy(name, name) for name in ("plain", "secret", "missing", "nowhere", "cart", "web")] + [
            on("HorizontalPodAutoscaler", "web", "floor-of-web"), on("ScaledObject", "cart", "floor-of-cart")],
            "--resource", "Queue=queues.example.com", "--resource", "Blind=blinds.example.com")
        with Operator(cluster.folder / "operator", account) as operator:
            operator.wait_until_said("scales on the API server", 30)
            sizes_custom_resources(scene, kubelet, operator)
            says_what_cannot_be_sized(scene, operator)
            drives_the_floor_of_an_hpa(scene, kubelet, operator)
            outlives_the_operator(scene, kubelet, operator)
            gives_way_to_another_hand(scene, operator)
            takes_over(scene, kubelet, operator)
            knows_keda(scene, kubelet, operator)
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()
        kubelet.on = False


main()
