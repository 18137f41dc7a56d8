#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real pods under real CPU load are scaled by what their node's kubelet counts, with the rights that `setpoint rbac --kubelets` prints,
and without metrics.k8s.io. Without the permission the status says which one; with a certificate that nobody signed the kubelet is not read and
told no token, and metrics.k8s.io takes its place, until the certificate is the right one again."""
import re
import shutil
import statistics
import time

from agent import check, wait_until
from kube_cluster import Cluster
from kube_load import build_load_image, load, running, workload
from kube_scene import USAGE, Operator, Scene, least_account, policy
from kubelet_metrics import KubeletMetrics
from metrics_apis import MetricsApis, call

ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/setpoint-kubelets"
FORBIDDEN = "the agent lacks the permission to `get` nodes/metrics"


class Test:
    def __init__(self, cluster, scene, operator):
        self.cluster, self.scene, self.operator = cluster, scene, operator

    def seen(self):
        return "%d\n%s\n%s" % (self.scene.size("web"), self.scene.status("web").get("conditions"), self.operator.said()[-6000:])

    def follows(self, cores, size, what, within=150):
        load(self.cluster, cores)
        wait_until(lambda: self.scene.size("web") == size, what, within, self.seen)
        wait_until(lambda: len(running(self.cluster, "shop", "web")) == size, "and they run", 90, self.seen)
        check(True, "%s: %d pods" % (what, size))

    def is_active(self, status, reason, within=60):
        wait_until(lambda: self.scene.has("web", "Active", status, reason), "Active is %s, for %s" % (status, reason), within, self.seen)
        return self.scene.condition("web", "Active")["message"]

    def metric(self, name):
        found = re.findall(r'^%s\{policy="shop/web"[^}]*\} (\S+)$' % name, self.operator.ask("/metrics")[1], re.M)
        return float(found[0]) if found else None

    def ages(self, what, over=40):
        """How old the signal is, looked at once a second."""
        seen = []
        end = time.monotonic() + over
        while time.monotonic() < end:
            age = self.metric("setpoint_signal_age_seconds")
            if age is not None:
                seen.append(age)
            time.sleep(1)
        check(len(seen) > over / 2, "age of cpu from %s: %.1f s in the median, %.1f s at most" % (what, statistics.median(seen), max(seen)))

    def said(self, text):
        return self.operator.said().count(text)

    def serve_with(self, certificate):
        """The kubelet reads its certificate when it starts."""
        self.cluster.halt("kubelet")
        for kind in ("crt", "key"):
            shutil.copy(self.cluster.folder / ("%s.%s" % (certificate, kind)), self.cluster.folder / ("kubelet." + kind))
        self.cluster.start("kubelet")


def is_forbidden(test):
    """Nobody may read the node's metrics any more; and there is no other API yet."""
    rules = call(test.cluster, "GET", ROLE)["rules"]
    size = test.scene.size("web")
    call(test.cluster, "PATCH", ROLE, {"rules": [rule for rule in rules if rule["resources"] != ["nodes/metrics"]]})
    wait_until(lambda: FORBIDDEN in test.scene.condition("web", "Active").get("message", ""), "the status says which permission is missing", 120, test.seen)
    message = test.scene.condition("web", "Active")["message"]
    check("resource=nodes" in message and "system:serviceaccount:setpoint:setpoint" in message, "403: the status says which permission is missing: " + message)
    check(test.scene.size("web") == size, "and the size is kept")
    check(test.said("the kubelet of node1: it says 403") == 2, "the log says it once of the node, and once of the signal")
    call(test.cluster, "PATCH", ROLE, {"rules": rules})
    test.is_active("True", "ValidMetricFound")
    check(test.said("the kubelet of node1 is read again") == 1, "with the permission it is read again")


def is_not_verified(test, apis):
    cluster = test.cluster
    cluster.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=stranger", "-addext", cluster.kubelet_names,
                    "-keyout", "stranger.key", "-out", "stranger.crt")
    for kind in ("crt", "key"):
        shutil.copy(cluster.folder / ("kubelet." + kind), cluster.folder / ("signed." + kind))
    test.serve_with("stranger")
    wait_until(lambda: "does not verify" in test.scene.condition("web", "Active").get("message", ""), "the status says what became of the certificate", 150, test.seen)
    message = test.is_active("True", "MetricsDetour")
    check("the kubelet of node1" in message and "metrics.k8s.io" in message, "a certificate that nobody signed: " + message)
    check(test.metric("setpoint_metrics_detour") == 1, "so do the metrics")
    check(any(target.startswith(USAGE) for target in apis.asked), "metrics.k8s.io is asked")
    test.follows(0.05, 1, "it scales by metrics.k8s.io")
    test.ages("metrics.k8s.io, read anew every 5 s")
    test.serve_with("signed")
    test.is_active("True", "ValidMetricFound", 150)
    check(test.metric("setpoint_metrics_detour") == 0, "with the right certificate the kubelet is read again")
    asked = len(apis.asked)
    test.follows(0.16, 3, "and scales by it")
    check(len(apis.asked) == asked, "without a question to metrics.k8s.io")


def main():
    with Cluster(node=True) as cluster, MetricsApis(cluster) as apis:
        scene = Scene(cluster)
        scene.set()
        build_load_image(cluster)
        load(cluster, 0.06)
        scene.apply(workload(cluster))
        wait_until(lambda: len(running(cluster, "shop", "web")) == 2, "pods run", 90, lambda: cluster.kubectl("describe", "pods", "-n", "shop").stdout)
        document = policy("web", "web", low=1, high=6)
        document["spec"].update(interval="5s", policies=[{"track": {"signal": "cpu", "utilization": "60%"}}],
                                behavior={"scaleDown": {"stabilizationWindowSeconds": 20}})
        operator = Operator(cluster.folder / "operator", least_account(scene, [document], "--kubelets"))
        operator.words += ["--pod-metrics", "kubelet"]
        with operator:
            test = Test(cluster, scene, operator)
            operator.wait_until_said("scales on the API server", 30)
            scene.apply(document)
            test.follows(0.22, 4, "by its node's kubelet it scales up")
            check(not [target for target in apis.asked if target.startswith(USAGE)], "without metrics.k8s.io")
            check(test.metric("setpoint_metrics_detour") == 0, "and no detour")
            test.ages("the kubelet")
            is_forbidden(test)
            apis.offer("metrics.k8s.io", "v1beta1")
            with KubeletMetrics(cluster, apis):
                is_not_verified(test, apis)
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()


main()
