#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The chart, by helm, on a real node: installed, it scales real pods with the chart's own rights; upgraded to shards its agents share them; taken
away it leaves the custom resource, the policies and every size. Without a helm there is nothing to run: exit code 77."""
import json
import os
import pathlib
import subprocess
import sys

from agent import check, wait_until
from engine import ROOT
from kube_agents import build_images, said
from kube_cluster import Cluster
from kube_load import load, pods, running, workload
from kube_scene import Scene, policy
from kubelet_metrics import KubeletMetrics
from metrics_apis import MetricsApis
from wire import Wire

LIMITS = """
apiVersion: setpoint.dev/v1alpha1
kind: Agent
spec: { guards: { budgets: [ { namespaces: [ shop ], replicas: 4 } ] } }
"""


class Helm:
    def __init__(self, cluster, values):
        self.cluster, self.values = cluster, cluster.folder / "values.json"
        self.values.write_text(json.dumps(values))

    def __call__(self, *words):
        done = subprocess.run([TOOLS / "helm", *words], capture_output=True, text=True, timeout=120,
                              env=dict(os.environ, KUBECONFIG=self.cluster.kubeconfig, HELM_CACHE_HOME=str(self.cluster.folder / "helm")))
        check(done.returncode == 0, "helm %s %s" % (" ".join(words[:2]), done.stderr))
        return done.stdout

    def put(self, *more):
        return self("upgrade", "--install", "setpoint", str(ROOT / "deploy/kubernetes/chart"), "-n", "setpoint", "--create-namespace", "-f", str(self.values), *more)


def holders(cluster, *names):
    found = json.loads(cluster.kubectl("get", "leases", "-n", "setpoint", "-o", "json").stdout)["items"]
    return [one["spec"].get("holderIdentity", "") for one in found if one["metadata"]["name"] in names]


def agents_run(cluster, count):
    def all_new():
        seen = json.loads(cluster.kubectl("get", "deployment", "setpoint", "-n", "setpoint", "-o", "json").stdout)["status"]
        return seen.get("updatedReplicas", 0) == seen.get("readyReplicas", 0) == seen.get("replicas", 0) == count
    wait_until(all_new, "%d agents run" % count, 120, lambda: said(cluster) + cluster.kubectl("describe", "pods", "-n", "setpoint").stdout)


def main():
    with Cluster(node=True) as cluster, MetricsApis(cluster) as apis, Wire(cluster.port, cluster.host) as wire, KubeletMetrics(cluster, apis):
        scene = Scene(cluster)
        cluster.kubectl("create", "namespace", "shop")
        build_images(cluster)
        load(cluster, 0.06)
        scene.apply(workload(cluster))
        apis.offer("metrics.k8s.io", "v1beta1")
        # There is no kube-proxy on this node: the API server is where the node's bridge is.
        server = {"KUBERNETES_SERVICE_HOST": cluster.host, "KUBERNETES_SERVICE_PORT": str(wire.port)}
        helm = Helm(cluster, {"env": [{"name": name, "value": value} for name, value in server.items()], "configuration": LIMITS})
        print(helm.put())
        agents_run(cluster, 2)
        check(len(holders(cluster, "setpoint")) == 1, "two agents run, and one of them leads")
        document = policy("web", "web", low=1, high=6)
        document["spec"].update(interval="5s", policies=[{"track": {"signal": "cpu", "utilization": "60%"}}])
        scene.apply(document)
        load(cluster, 0.36)  # of 0.1 each, at 60 %: 6 pods
        talk = lambda: said(cluster) + cluster.kubectl("describe", "sp", "-n", "shop").stdout  # noqa: E731
        wait_until(lambda: scene.size("web") == 4, "they scale with the chart's own rights", 120, talk)
        wait_until(lambda: scene.condition("web", "Limited").get("status") == "True", "up to the budget of their configuration", 120, talk)
        check("forbidden" not in said(cluster), "they scale with the chart's own rights, up to the budget of their configuration: " + scene.condition("web", "Limited")["message"])

        cluster.kubectl("scale", "deployment", "setpoint", "-n", "setpoint", "--replicas=0")  # as the documentation has it
        wait_until(lambda: not pods(cluster, "setpoint", "setpoint"), "they stop", 60)
        helm.put("--set", "shards=4")
        agents_run(cluster, 2)
        shards = ["setpoint-%d" % shard for shard in range(4)]
        wait_until(lambda: len([one for one in holders(cluster, *shards) if one]) == 4 and len(set(holders(cluster, *shards))) == 2, "they share four shards", 90,
                   lambda: said(cluster) + str(holders(cluster, *shards)))
        check(True, "after an upgrade they share four shards")
        size = scene.size("web")

        helm("uninstall", "setpoint", "-n", "setpoint", "--wait")
        wait_until(lambda: not pods(cluster, "setpoint", "setpoint"), "they go", 60)
        check(scene.size("web") == size and scene.status("web")["currentReplicas"] == size, "taken away, it leaves policies and sizes as they are")
        left = cluster.kubectl("get", "clusterrole,clusterrolebinding,role,rolebinding,pdb,networkpolicy", "-A", "-o", "name").stdout
        check("setpoint" not in left, "and nothing of its own: %s" % [line for line in left.split() if "setpoint" in line])


found = subprocess.run([ROOT / "tests/kube_tools"], capture_output=True, text=True)
if found.returncode != 0:
    print(found.stderr)
    sys.exit(77)
TOOLS = pathlib.Path(found.stdout.strip())
main()
