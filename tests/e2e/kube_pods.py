#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real pods on a real node, under real CPU load, are scaled up and down by the operator, which runs as a pod there itself: two of it by the
Deployment of deploy/kubernetes, not as root, on a read-only file system, with the Role that `setpoint rbac` prints for the policy and
no other right. One of the two is then deleted, and the other one scales."""
import json
import shutil

from agent import check, wait_until
from engine import ROOT
from kube_agents import build_images, said
from kube_cluster import Cluster
from kube_load import load, pods, running, workload
from kube_scene import Scene, policy, role_of
from kubelet_metrics import KubeletMetrics
from metrics_apis import MetricsApis
from wire import Wire

OVERLAY = """
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [base]
patchesStrategicMerge: [without.yaml, pods.yaml]
"""
# The rights come from `setpoint rbac`; and this API server knows no policy/v1.
WITHOUT = """
{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: { name: setpoint }, $patch: delete }
---
{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: { name: setpoint }, $patch: delete }
---
{ apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: { name: setpoint-lease, namespace: setpoint }, $patch: delete }
---
{ apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: { name: setpoint-lease, namespace: setpoint }, $patch: delete }
---
{ apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: { name: setpoint, namespace: setpoint }, $patch: delete }
"""
# There is no kube-proxy on this node: the API server is where the node's bridge is.
PODS = """
apiVersion: apps/v1
kind: Deployment
metadata: { name: setpoint, namespace: setpoint }
spec:
  template:
    spec:
      containers:
        - name: setpoint
          args: [operator, --metrics, "0.0.0.0:9465", -n, shop]
          env: [ { name: KUBERNETES_SERVICE_HOST, value: "%s" }, { name: KUBERNETES_SERVICE_PORT, value: "%d" } ]
"""


def deploy(cluster, api_port):
    """deploy/kubernetes, as `kubectl apply -k` takes it."""
    folder = cluster.folder / "deploy"
    shutil.copytree(ROOT / "deploy/kubernetes", folder / "base")
    for name, text in (("kustomization.yaml", OVERLAY), ("without.yaml", WITHOUT), ("pods.yaml", PODS % (cluster.host, api_port))):
        (folder / name).write_text(text)
    cluster.kubectl("apply", "-k", str(folder))


def is_confined(cluster):
    name = cluster.docker("ps", "-q", "--filter", "label=io.kubernetes.container.name=setpoint").stdout.split()[0]
    found = json.loads(cluster.docker("inspect", name).stdout)[0]
    check(found["Config"]["User"] not in ("", "0", "root"), "the operator is not root: %s" % found["Config"]["User"])
    check(found["HostConfig"]["ReadonlyRootfs"], "its file system is read-only")
    check(found["HostConfig"]["CapDrop"] == ["ALL"] and not found["HostConfig"]["Privileged"], "it has no capability")
    check("no-new-privileges" in str(found["HostConfig"]["SecurityOpt"]), "and gets none")


def scales(cluster, scene):
    talk = lambda: said(cluster) + cluster.kubectl("get", "pods", "-A", "-o", "wide").stdout + cluster.kubectl("describe", "sp", "-n", "shop").stdout  # noqa: E731
    load(cluster, 0.24)  # of 0.1 each, at 60 %: 4 pods
    wait_until(lambda: scene.size("web") == 4, "by the CPU of real pods it scales up", 120, talk)
    wait_until(lambda: len(running(cluster, "shop", "web")) == 4, "and they run", 90, talk)
    check(True, "by the CPU of real pods it scales up: 4 run")
    load(cluster, 0.06)
    wait_until(lambda: scene.size("web") == 1, "and down", 150, talk)
    wait_until(lambda: len(pods(cluster, "shop", "web")) == 1, "the others end", 60, talk)
    check(True, "and down: 1 runs")
    print(cluster.kubectl("get", "sp", "-n", "shop").stdout, flush=True)


def survives_its_leader(cluster, scene):
    holder = json.loads(cluster.kubectl("get", "lease", "setpoint", "-n", "setpoint", "-o", "json").stdout)["spec"]["holderIdentity"]
    cluster.kubectl("delete", "pod", holder.rpartition("_")[0], "-n", "setpoint", "--wait=false")
    load(cluster, 0.18)
    wait_until(lambda: scene.size("web") == 3, "its leader's pod deleted, the other one scales", 120, lambda: said(cluster))
    check(True, "its leader's pod deleted, the other one scales")
    wait_until(lambda: len(running(cluster, "setpoint", "setpoint")) == 2, "and there are two again", 90, lambda: said(cluster))
    restarts = [status["restartCount"] for pod in pods(cluster, "setpoint", "setpoint") for status in pod["status"]["containerStatuses"]]
    check(restarts == [0, 0], "the probes ended nobody: %s" % restarts)


def main():
    with Cluster(node=True) as cluster, MetricsApis(cluster) as apis, Wire(cluster.port, cluster.host) as wire, KubeletMetrics(cluster, apis):
        scene = Scene(cluster)
        scene.set()
        build_images(cluster)
        load(cluster, 0.06)
        scene.apply(workload(cluster))
        wait_until(lambda: len(running(cluster, "shop", "web")) == 2, "pods run", 90, lambda: cluster.kubectl("describe", "pods", "-n", "shop").stdout)
        apis.offer("metrics.k8s.io", "v1beta1")
        document = policy("web", "web", low=1, high=6)
        document["spec"].update(interval="5s", policies=[{"track": {"signal": "cpu", "utilization": "60%"}}],
                                behavior={"scaleDown": {"stabilizationWindowSeconds": 20}})
        deploy(cluster, wire.port)
        role_of(scene, [document])
        scene.apply(document)
        wait_until(lambda: len(running(cluster, "setpoint", "setpoint")) == 2, "two operators run, and are ready", 120,
                   lambda: said(cluster) + cluster.kubectl("describe", "pods", "-n", "setpoint").stdout)
        check(True, "two operators run as pods, and are ready")
        is_confined(cluster)
        scales(cluster, scene)
        survives_its_leader(cluster, scene)


main()
