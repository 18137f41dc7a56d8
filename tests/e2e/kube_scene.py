# SPDX-License-Identifier: Apache-2.0
"""What the tests of the operator have in common: a namespace `shop` with Deployments and policies, something in a kubelet's place,
an account with no more rights than `setpoint rbac` prints, and the operator as a process."""
import base64
import json
import subprocess
import threading
import time

from agent import BINARY, Agent, check, wait_until
from engine import ROOT
from metrics_apis import call, stamp

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

    def pods(self, which=""):
        listed = call(self.cluster, "GET", PODS + which)
        return [pod for pod in listed["items"] if "deletionTimestamp" not in pod["metadata"]] if isinstance(listed, dict) else []

    def run(self):
        while self.on:
            try:
                for pod in self.pods("?fieldSelector=status.phase%3DPending"):
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

    def set(self):
        """The namespace, and what a policy is."""
        self.cluster.kubectl("create", "namespace", "shop")
        self.define()

    def define(self):
        """The custom resource."""
        self.cluster.kubectl("apply", "-f", str(ROOT / "deploy/kubernetes/crd.yaml"))
        self.cluster.kubectl("wait", "--for=condition=Established", "crd/scalingpolicies.setpoint.dev", "--timeout=60s")

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


def tokens(cluster):
    """Of the operator's account."""
    listed = json.loads(cluster.kubectl("get", "secrets", "-n", "setpoint", "-o", "json").stdout)["items"]
    return [base64.b64decode(one["data"]["token"]).decode() for one in listed if one["metadata"]["name"].startswith("setpoint-token-") and "data" in one]


def least_account(scene, policies, *options):
    """A kubeconfig of a ServiceAccount that has what `setpoint rbac` prints with these options, and no more."""
    cluster = scene.cluster
    for words in (("create", "namespace", "setpoint"), ("create", "serviceaccount", "setpoint", "-n", "setpoint")):
        cluster.kubectl(*words)
    role_of(scene, policies, *options)
    wait_until(lambda: tokens(cluster), "the account has a token", 60)
    (cluster.folder / "least-token").write_text(tokens(cluster)[0])
    config = json.loads((cluster.folder / "kubeconfig").read_text())
    config["users"][0]["user"] = {"tokenFile": str(cluster.folder / "least-token")}
    config["contexts"][0]["context"]["namespace"] = "setpoint"
    path = cluster.folder / "least-kubeconfig"
    path.write_text(json.dumps(config))
    return str(path)


def role_of(scene, policies, *options):
    """What `setpoint rbac` prints for these, for the account setpoint in the namespace setpoint."""
    cluster = scene.cluster
    file = cluster.folder / "policies.json"
    file.write_text("\n---\n".join(json.dumps(one) for one in policies))
    printed = subprocess.run([BINARY, "rbac", "-f", str(file), *options], capture_output=True, text=True)
    check(printed.returncode == 0, "rbac prints Roles " + printed.stderr)
    (cluster.folder / "roles.yaml").write_text(printed.stdout)
    cluster.kubectl("apply", "-f", str(cluster.folder / "roles.yaml"))


class Operator(Agent):
    def __init__(self, folder, kubeconfig):
        super().__init__(folder, None, "/nowhere")
        self.words = [BINARY, "operator", "-n", "shop", "--kubeconfig", kubeconfig, "--state-dir", str(self.state), "--admin", "127.0.0.1:0"]


class Trial:
    """The operator and a Deployment `web`, whose load says which size it is to have."""

    def __init__(self, scene, kubelet, operator):
        self.scene, self.kubelet, self.operator = scene, kubelet, operator

    def load(self, size):
        self.kubelet.load["web"] = 50 * size  # of 100m requested each, at 50 %

    def settles(self, size, what, within=40):
        self.load(size)
        wait_until(lambda: self.scene.size("web") == size, "%s: %d replicas" % (what, size), within,
                   lambda: "%d\n%s\n%s" % (self.scene.size("web"), self.scene.status("web"), self.operator.said()))
        check(True, "%s: %d replicas" % (what, size))

    def other(self):
        """The size now, and one that is far enough from it."""
        size = self.scene.size("web")
        return size, 9 if size <= 6 else 6

    def calms(self, seconds=15):
        """Until nothing is under way: a window in which the number of pods changed weighs samples for its whole length."""
        wanted = self.scene.size("web")
        self.stays(wanted, seconds, "it is calm at %d" % wanted)

    def stays(self, size, seconds, what):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.scene.size("web") != size:
                raise AssertionError("%s: %d replicas, not %d\n%s" % (what, self.scene.size("web"), size, self.operator.said()))
            time.sleep(0.3)
        check(True, what)

    def said(self, since, *words):
        """The lines since then that have all of these words."""
        return [line for line in self.operator.said()[since:].splitlines() if all(word in line for word in words)]
