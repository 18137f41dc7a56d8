# SPDX-License-Identifier: Apache-2.0
"""Real pods under a load that says how much CPU they burn together: a Deployment `web` in the namespace `shop`, on a cluster with a node."""
import json
import subprocess

from engine import ROOT


def build_load_image(cluster):
    folder = cluster.folder / "image"
    folder.mkdir()
    subprocess.run(["gcc", "-O2", "-static", "-o", str(folder / "load"), str(ROOT / "tests/e2e/load.c")], check=True)
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY load /load-program\nENTRYPOINT ["/load-program"]\n')
    cluster.docker("build", "-q", "-t", "setpoint-load:latest", str(folder))


def load(cluster, cores):
    """Shared by all pods of `web`; each has a tenth of a core at most."""
    folder = cluster.folder / "load"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    (folder / "demand.new").write_text("%.1f\n" % (cores * 1000))
    (folder / "demand.new").rename(folder / "demand")


def workload(cluster):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"terminationGracePeriodSeconds": 1, "automountServiceAccountToken": False,
                         "volumes": [{"name": "load", "hostPath": {"path": str(cluster.folder / "load")}}],
                         "containers": [{"name": "app", "image": "setpoint-load:latest", "imagePullPolicy": "Never",
                                         "resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "100m"}},
                                         "volumeMounts": [{"name": "load", "mountPath": "/load"}]}]}}}}


def pods(cluster, ns, app):
    listed = json.loads(cluster.kubectl("get", "pods", "-n", ns, "-l", "app=" + app, "-o", "json").stdout)["items"]
    return [pod for pod in listed if "deletionTimestamp" not in pod["metadata"]]


def running(cluster, ns, app):
    return [pod["metadata"]["name"] for pod in pods(cluster, ns, app)
            if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", []))]
