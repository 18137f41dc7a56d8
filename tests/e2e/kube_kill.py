#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Operators die by SIGKILL at random moments, again and again, while the load moves; each is started anew at once. The size is right
afterwards, the next start remembers what the one before knew, and every journal, torn ends included, replays to the same decisions.
Several run side by side, each in a namespace and by a Lease of its own, since each waits until the Lease of the dead one has run out.
    ROUNDS=25 OPERATORS=4 kube_kill.py"""
import os
import random
import threading
import time

from agent import BINARY, Agent, check, wait_until
from kube_cluster import Cluster
from kube_scene import Scene, deployment
from metrics_apis import MetricsApis, call, stamp

ROUNDS = int(os.environ.get("ROUNDS", "2"))
OPERATORS = int(os.environ.get("OPERATORS", "2"))
EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1/namespaces/%s/work"
SIZES = (2, 4, 7, 12, 5, 9)


def policy(ns):
    return {"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {"name": "web", "namespace": ns},
            "spec": {"target": {"kubernetes": {"kind": "Deployment", "name": "web"}}, "replicas": {"min": 1, "max": 20}, "interval": "1s",
                     "signals": {"work": {"externalMetric": {"name": "work"}}}, "policies": [{"track": {"signal": "work", "averageValue": 10}}],
                     "behavior": {"scaleUp": {"policies": [{"type": "Percent", "value": 900, "periodSeconds": 1}]},
                                  "scaleDown": {"stabilizationWindowSeconds": 2}}}}


class Operator(Agent):
    def __init__(self, cluster, ns):
        super().__init__(cluster.folder / ns, None, "/nowhere")
        self.words = [BINARY, "operator", "-n", ns, "--kubeconfig", cluster.kubeconfig, "--state-dir", str(self.state), "--admin", "127.0.0.1:0",
                      "--lease-name", ns, "--lease-namespace", ns]


class Stage(threading.Thread):
    """One namespace, its load, and its operator's lives."""

    def __init__(self, cluster, apis, number):
        super().__init__()
        self.cluster, self.ns, self.chance = cluster, "shop-%d" % number, random.Random(number)
        self.want, self.wrong, self.kills, self.moments = 2, [], 0, []
        apis.answers[EXTERNAL % self.ns] = self.metric

    def metric(self):
        return {"kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": {},
                "items": [{"metricName": "work", "metricLabels": {}, "timestamp": stamp(0), "value": str(10 * self.want)}]}

    def size(self):
        return call(self.cluster, "GET", "/apis/apps/v1/namespaces/%s/deployments/web" % self.ns)["spec"]["replicas"]

    def run(self):
        try:
            with Operator(self.cluster, self.ns) as operator:
                for _ in range(ROUNDS):
                    self.one_life(operator)
                self.settles(operator, "at last")
                if operator.stop() != 0:
                    self.wrong.append("does not stop cleanly")
                operator.replayed()
        except Exception as error:  # noqa: BLE001: told by the main thread
            self.wrong.append(str(error))

    def one_life(self, operator):
        """It is killed at some moment after the load has moved, mostly while it leads; what it knew is known by the next."""
        self.settles(operator, "before")
        self.want = self.chance.choice([size for size in SIZES if size != self.want])
        moment = self.chance.uniform(0, 2.5)
        time.sleep(moment)
        operator.kill()
        self.kills += 1
        self.moments.append((moment, self.size() == self.want))
        if self.chance.random() < 0.5:
            self.want = self.chance.choice(SIZES)  # and nobody is there to see it
        before, saved = len(operator.said()), (operator.state / "checkpoint").exists()
        operator.start()
        wait_until(lambda: "scales on the API server" in operator.said()[before:], "%s leads again" % self.ns, 60, operator.said)
        self.settles(operator, "after kill %d, %.2f s into a change" % (self.kills, moment))
        said = operator.said()[before:]
        for bad in ("cannot be used", "makes no sense", "somebody else"):
            if bad in said:
                self.wrong.append("after kill %d: %s" % (self.kills, next(line for line in said.splitlines() if bad in line)))
        if saved and "resumes 1 of 1 policies" not in said:
            self.wrong.append("after kill %d it does not remember: %s" % (self.kills, said))

    def settles(self, operator, when):
        wait_until(lambda: self.size() == self.want, "%s: %s has %d, not %d" % (when, self.ns, self.size(), self.want), 60, operator.said)


def main():
    with Cluster() as cluster, MetricsApis(cluster) as apis:
        Scene(cluster).set()
        apis.offer("external.metrics.k8s.io", "v1beta1")
        stages = [Stage(cluster, apis, number) for number in range(OPERATORS)]
        for stage in stages:
            cluster.kubectl("create", "namespace", stage.ns)
            for thing in (deployment("web", 2), policy(stage.ns)):
                thing["metadata"]["namespace"] = stage.ns
                Scene(cluster).apply(thing)
        for stage in stages:
            stage.start()
        for stage in stages:
            stage.join()
            written = sum(done for _, done in stage.moments)
            check(not stage.wrong, "%s: killed %d times, %d of them with the new size written already; %s" %
                  (stage.ns, stage.kills, written, "\n".join(stage.wrong) or "right each time"))
        check(True, "%d kills" % sum(stage.kills for stage in stages))


main()
