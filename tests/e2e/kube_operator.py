#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The operator on a real API server, with no more rights than `setpoint rbac` prints: Deployments sized by CPU, statuses and
conditions, wrong and rival policies, other hands, an HPA on the same target, an API server that goes, many policies at once."""
import base64
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


def deployment(name, replicas):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}},
                                  "spec": {"containers": [{"name": "app", "image": "none", "resources": {"requests": {"cpu": "100m"}}}]}}}}


def policy(name, target, low=1, high=10, **more):
    return {"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"target": {"kubernetes": {"kind": "Deployment", "name": target}}, "replicas": {"min": low, "max": high}, "interval": "1s",
                     "signals": {"cpu": "cpu"}, "policies": [{"track": {"signal": "cpu", "utilization": "50%"}}],
                     "behavior": {"scaleDown": {"stabilizationWindowSeconds": 3}}, **more}}


class Kubelet(threading.Thread):
    """Says of each pod that it runs, as a kubelet would; every pod uses as much CPU as its app's `load` gives it."""

    def __init__(self, cluster, apis):
        super().__init__(daemon=True)
        self.cluster, self.load, self.begun, self.on = cluster, {}, {}, True
        apis.answers[USAGE] = self.usage
        self.start()

    def pods(self):
        listed = call(self.cluster, "GET", PODS)
        return [pod for pod in listed["items"] if "deletionTimestamp" not in pod["metadata"]] if isinstance(listed, dict) else []

    def run(self):
        while self.on:
            try:
                for pod in self.pods():
                    name = pod["metadata"]["name"]
                    if name not in self.begun:
                        self.begun[name] = stamp(60)
                        call(self.cluster, "PATCH", "%s/%s/status" % (PODS, name), {"status": {
                            "phase": "Running", "startTime": self.begun[name],
                            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": stamp(50)}]}})
            except OSError:
                pass  # the API server is away
            time.sleep(0.3)

    def usage(self):
        found = {}
        for pod in self.pods():
            found.setdefault(pod["metadata"]["labels"]["app"], []).append(pod["metadata"]["name"])
        return {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": [
            {"metadata": {"name": name, "namespace": "shop"}, "timestamp": stamp(1), "window": "10s",
             "containers": [{"name": "app", "usage": {"cpu": "%dm" % (self.load.get(app, 50) / len(names)), "memory": "1Mi"}}]}
            for app, names in found.items() for name in names]}


class Scene:
    def __init__(self, cluster):
        self.cluster = cluster

    def apply(self, thing):
        done = subprocess.run(["kubectl", "--kubeconfig", self.cluster.kubeconfig, "apply", "-f", "-"], input=json.dumps(thing), capture_output=True, text=True)
        check(done.returncode == 0, "apply %s %s %s" % (thing["kind"], thing["metadata"]["name"], done.stderr.strip()))

    def size(self, name):
        return call(self.cluster, "GET", "/apis/apps/v1/namespaces/shop/deployments/" + name)["spec"]["replicas"]

    def status(self, name):
        return call(self.cluster, "GET", "/apis/setpoint.dev/v1alpha1/namespaces/shop/scalingpolicies/" + name).get("status", {})

    def condition(self, name, kind):
        return next((c for c in self.status(name).get("conditions", []) if c["type"] == kind), {})

    def has(self, name, kind, status, reason):
        condition = self.condition(name, kind)
        return (condition.get("status"), condition.get("reason")) == (status, reason)


def poor_account(scene, policies):
    """A kubeconfig of a ServiceAccount that has what `setpoint rbac` prints, and no more."""
    cluster = scene.cluster
    for words in (("create", "namespace", "setpoint"), ("create", "serviceaccount", "setpoint", "-n", "setpoint")):
        cluster.kubectl(*words)
    file = cluster.folder / "policies.json"
    file.write_text("\n---\n".join(json.dumps(one) for one in policies))
    printed = subprocess.run([BINARY, "rbac", "-f", str(file)], capture_output=True, text=True)
    check(printed.returncode == 0, "rbac prints Roles " + printed.stderr)
    (cluster.folder / "roles.yaml").write_text(printed.stdout)
    cluster.kubectl("apply", "-f", str(cluster.folder / "roles.yaml"))

    def token():
        listed = json.loads(cluster.kubectl("get", "secrets", "-n", "setpoint", "-o", "json").stdout)["items"]
        return [base64.b64decode(one["data"]["token"]).decode() for one in listed if one["metadata"]["name"].startswith("setpoint-token-")]
    wait_until(token, "the account has a token", 60)
    config = json.loads((cluster.folder / "kubeconfig").read_text())
    config["users"][0]["user"] = {"token": token()[0]}
    config["contexts"][0]["context"]["namespace"] = "setpoint"
    path = cluster.folder / "poor-kubeconfig"
    path.write_text(json.dumps(config))
    return str(path)


class Operator(Agent):
    def __init__(self, folder, kubeconfig):
        super().__init__(folder, None, "/nowhere")
        self.words = [BINARY, "operator", "-n", "shop", "--kubeconfig", kubeconfig, "--state-dir", str(self.state), "--admin", "127.0.0.1:0"]


def scales(scene, kubelet, operator):
    kubelet.load["web"] = 400  # of 100m requested each, at 50 %: 8 replicas
    scene.apply(policy("web", "web"))
    wait_until(lambda: scene.size("web") == 8, "sized by the CPU of its pods", 60, operator.said)
    wait_until(lambda: scene.has("web", "Ready", "True", "SucceededGetScale") and scene.status("web")["desiredReplicas"] == 8, "and says so", 20, operator.said)
    shown = scene.cluster.kubectl("get", "sp", "-n", "shop").stdout
    check("web" in shown and "8" in shown, "kubectl get sp:\n" + shown)
    kubelet.load["web"] = 100
    wait_until(lambda: scene.size("web") == 2, "and down again", 60, operator.said)


def tells_what_is_wrong(scene, operator):
    odd = policy("odd", "web-of-nobody")
    odd["spec"]["replcas"] = 3
    scene.apply(odd)
    wait_until(lambda: scene.has("odd", "Ready", "False", "InvalidPolicy"), "a typo is named", 20, lambda: str(scene.status("odd")))
    check("replcas" in scene.condition("odd", "Ready")["message"], scene.condition("odd", "Ready")["message"])
    del odd["spec"]["replcas"]
    scene.apply(odd)
    wait_until(lambda: scene.has("odd", "Ready", "False", "FailedGetScale"), "then that its target is not there", 20, lambda: str(scene.status("odd")))
    scene.apply(policy("rival", "web", 5, 9))
    wait_until(lambda: scene.has("rival", "Conflict", "True", "TargetTaken"), "a second policy for one target has a conflict", 20, lambda: str(scene.status("rival")))
    check(scene.size("web") == 2, "and sizes nothing")
    broken = policy("web", "web")
    broken["spec"]["signals"] = {"cpu": {"nonsense": {}}}
    scene.apply(broken)
    wait_until(lambda: scene.has("web", "Ready", "False", "InvalidPolicy"), "a policy that becomes wrong says so", 20, lambda: str(scene.status("web")))
    check("in force" in scene.condition("web", "Ready")["message"], "and goes on as it was last right")
    scene.apply(policy("web", "web"))
    wait_until(lambda: scene.has("web", "Ready", "True", "SucceededGetScale"), "until it is right again", 20)
    for name in ("odd", "rival"):
        scene.cluster.kubectl("delete", "sp", name, "-n", "shop")


def gives_way(scene, kubelet, operator):
    scene.cluster.kubectl("scale", "deployment", "web", "--replicas=5", "-n", "shop")
    wait_until(lambda: scene.has("web", "Conflict", "True", "ForeignWrite"), "another hand is named", 30, operator.said)
    time.sleep(6)
    check(scene.size("web") == 5, "and its size is a floor")
    status, _ = operator.ask("/api/v1/overrides", {"policy": "shop/web", "kind": "resume"})
    check(status == 200, "until a person says so")
    wait_until(lambda: scene.size("web") == 2, "then the signals decide", 60, operator.said)
    hpa = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web-hpa", "namespace": "shop"},
           "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 2}}
    scene.apply(hpa)
    operator.wait_until_said("the HorizontalPodAutoscaler shop/web-hpa scales it already", 30)
    kubelet.load["web"] = 400
    wait_until(lambda: scene.has("web", "Ready", "False", "FailedUpdateScale"), "what an HPA scales is left to it", 40, lambda: str(scene.status("web")))
    check(scene.size("web") == 2, "no size is written")
    scene.cluster.kubectl("delete", "hpa", "web-hpa", "-n", "shop")
    wait_until(lambda: scene.size("web") == 8, "until that is gone", 90, operator.said)


def outlives_the_server(scene, kubelet, apis, operator):
    apis.status[USAGE] = 500
    wait_until(lambda: scene.has("web", "Active", "False", "FailedGetMetrics"), "without metrics it says so", 60, lambda: str(scene.status("web")))
    time.sleep(5)
    check(scene.size("web") == 8, "and shrinks nobody")
    del apis.status[USAGE]
    kubelet.load["web"] = 300
    scene.cluster.halt("apiserver")
    time.sleep(4)
    scene.cluster.start("apiserver")
    time.sleep(15)  # as long as the Lease lasts: where the server was away for longer, a kubelet starts it again
    if operator.process.poll() is not None:
        check(operator.process.returncode == 1 and "does not lead any more" in operator.said(), "it ends where it lost the Lease")
        operator.start()
    wait_until(lambda: scene.size("web") == 6, "after an outage of the API server it goes on", 120, operator.said)


def many_at_once(scene, operator, count=200):
    listed = {"kind": "List", "apiVersion": "v1", "metadata": {"name": "many"}, "items": [policy("many-%d" % i, "none-%d" % i) for i in range(count)]}
    scene.apply(listed)

    def in_force():
        return len(operator.ask("/api/v1/policies")[1]["policies"])
    wait_until(lambda: in_force() == count + 1, "%d policies are taken over" % count, 60, lambda: str(in_force()))
    wait_until(lambda: scene.has("many-%d" % (count - 1), "Ready", "False", "FailedGetScale"), "each with its status", 90)
    scene.cluster.kubectl("delete", "sp", "-n", "shop", *["many-%d" % i for i in range(count)])
    wait_until(lambda: in_force() == 1, "and let go", 60, lambda: str(in_force()))
    check(scene.size("web") == 6, "the one that stays is as it was")


def main():
    with Cluster(controllers=True) as cluster, MetricsApis(cluster) as apis:
        scene = Scene(cluster)
        cluster.kubectl("create", "namespace", "shop")
        cluster.kubectl("apply", "-f", str(ROOT / "deploy/kubernetes/crd.yaml"))
        cluster.kubectl("wait", "--for=condition=Established", "crd/scalingpolicies.setpoint.dev", "--timeout=60s")
        apis.offer("metrics.k8s.io", "v1beta1")
        kubelet = Kubelet(cluster, apis)
        scene.apply(deployment("web", 2))
        names = ["web", "odd", "rival"] + ["many-%d" % i for i in range(200)]
        account = poor_account(scene, [policy(name, name) for name in names])
        with Operator(cluster.folder / "operator", account) as operator:
            operator.wait_until_said("scales on the API server", 30)
            scales(scene, kubelet, operator)
            tells_what_is_wrong(scene, operator)
            gives_way(scene, kubelet, operator)
            outlives_the_server(scene, kubelet, apis, operator)
            many_at_once(scene, operator)
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()
        kubelet.on = False


main()
