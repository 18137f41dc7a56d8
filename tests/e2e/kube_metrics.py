#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The collectors of the metrics APIs against a real API server and APIServices behind it. Usage: kube_metrics.py METRICS_PROBE"""
import contextlib
import json
import os
import subprocess
import sys

from kube_cluster import Cluster, free_ports
from metrics_apis import MetricsApis, call, stamp

NAMESPACE = "shop"
RESOURCE = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"
CUSTOM = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop"
EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop"


def check(what, seen, wanted):
    if seen != wanted:
        sys.exit("%s: seen %r, wanted %r" % (what, seen, wanted))
    print("ok: %s" % what, flush=True)


def check_told(what, seen, *words):
    if not seen or not all(word in seen for word in words):
        sys.exit("%s: told %r, wanted in it %r" % (what, seen, words))
    print("ok: %s: %s" % (what, seen), flush=True)


class Rounds:
    """The probe, which goes on while the cluster's APIs change."""
    def __init__(self, program, kubeconfig, signals):
        self.signals = signals
        self.process = subprocess.Popen([program, "1000", NAMESPACE, *signals], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=dict(os.environ, KUBECONFIG=kubeconfig))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)

    def next(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        seen = json.loads(self.process.stdout.readline())
        for number, told in seen["told"].items():
            seen["samples"][number]["told"] = told
        return [seen["samples"][str(i)] for i in range(len(self.signals))]


def make_pod(cluster, name, containers, started):
    """One that runs, as a kubelet would say."""
    call(cluster, "POST", "/api/v1/namespaces/shop/pods",
          {"metadata": {"name": name, "labels": {"app": "cart"}}, "spec": {"containers": [{"name": c, "image": "none"} for c in containers]}})
    call(cluster, "PATCH", "/api/v1/namespaces/shop/pods/%s/status" % name,
          {"status": {"phase": "Running", "startTime": stamp(started), "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": stamp(started)}]}})


def usage(name, ago=10, **containers):
    return {"metadata": {"name": name, "namespace": NAMESPACE}, "timestamp": stamp(ago), "window": "15.2s",
            "containers": [{"name": c, "usage": {"cpu": cpu, "memory": memory}} for c, (cpu, memory) in containers.items()]}


def value(amount, name="", ago=10):
    return {"describedObject": {"kind": "Pod", "namespace": NAMESPACE, "name": name, "apiVersion": "/v1"}, "metric": {"name": "m", "selector": None},
            "timestamp": stamp(ago), "windowSeconds": 60, "value": amount}


def listed(kind, *items):
    return {"kind": kind, "apiVersion": "v1", "metadata": {}, "items": list(items)}


def resource_metrics(cluster, apis, program):
    with Rounds(program, cluster.kubeconfig, ["cpu", "memory", "cpu/proxy"]) as rounds:
        cpu = rounds.next()[0]
        check("without the API the signal failed", cpu["kind"], "failed")
        check_told("and says what to install", cpu["told"], "install metrics-server")

        apis.answers[RESOURCE] = lambda: listed("PodMetricsList", usage("cart-a", web=("250m", "64Mi"), proxy=("1500000n", "1Mi")),
                                                usage("cart-b", web=("1", "128Mi"), proxy=("500m", "1Mi")), usage("other", web=("7", "1Gi")))
        apis.offer("metrics.k8s.io", "v1beta1")
        cpu, memory, proxy = rounds.next()
        check("then there are cores of the pods", {name: pod["value"] for name, pod in cpu["pods"].items()}, {"cart-a": 0.2515, "cart-b": 1.5})
        check("and bytes", memory["pods"]["cart-a"]["value"], 65 * 2**20)
        check("and one container's", proxy["pods"]["cart-b"]["value"], 0.5)
        check("dated when they were measured", 9 <= cpu["pods"]["cart-a"]["age"] <= 15, True)
        check("over their window", cpu["pods"]["cart-a"]["window"], 15.2)
        check("the trouble is over", cpu["told"], "")
        check("one list serves all signals", len(apis.asked), 1)

        apis.answers[RESOURCE] = lambda: listed("PodMetricsList", usage("cart-a", web=("-1", "1")), usage("cart-b", web=("1", "1"), proxy=("1", "1")))
        cpu = rounds.next()[0]
        check("a pod with a negative value is missing alone", list(cpu["pods"]), ["cart-b"])
        check_told("and named", cpu["told"], "1 of 2 pods", "cart-a", "'-1'")

        apis.answers[RESOURCE] = lambda: listed("PodMetricsList")
        cpu = rounds.next()[0]
        check("an empty list is no data", cpu["kind"], "no_data")
        check_told("and a trouble", cpu["told"], "it has none of any pod")

        apis.answers[RESOURCE] = lambda: listed("PodMetricsList", *(usage(name, 300, web=("1", "1"), proxy=("1", "1")) for name in ("cart-a", "cart-b")))
        cpu = rounds.next()[0]
        check("stale metrics have their age", 299 <= cpu["age"] <= 310, True)
        check_told("and are told of", cpu["told"], "the newest metrics are 5m")

        apis.status[RESOURCE] = 500
        check_told("an error of the API's server", rounds.next()[0]["told"], "kubernetes says 500", "told to fail")
        del apis.status[RESOURCE]

        apis.offer("metrics.k8s.io", "v1beta1", port=free_ports(1)[0], available="False")
        check_told("an API whose server is down", rounds.next()[0]["told"], "installed and does not answer", "503")
        apis.offer("metrics.k8s.io", "v1beta1")
        apis.answers[RESOURCE] = lambda: listed("PodMetricsList", usage("cart-a", web=("1", "1"), proxy=("1", "1")), usage("cart-b", web=("1", "1"), proxy=("1", "1")))
        cpu = rounds.next()[0]
        check("and when it is back", cpu["kind"], "pods")

        # As a StatefulSet does: the same name, another pod.
        cluster.kubectl("-n", NAMESPACE, "delete", "pod", "cart-b", "--grace-period=0", "--force")
        make_pod(cluster, "cart-b", ["web", "proxy"], 1)
        while True:
            cpu = rounds.next()[0]
            if list(cpu["pods"]) == ["cart-a"]:
                break
        print("ok: a pod made anew under its name does not inherit the metrics", flush=True)


def custom_metrics(cluster, apis, program):
    signals = ["pods/hits", "object/Service/door/hits", "object/ReplicationController/rc/hits", "object/Namespace/x/hits", "external/depth/queue=jobs"]
    with Rounds(program, cluster.kubeconfig, signals) as rounds:
        samples = rounds.next()
        check("without these APIs the signals failed", [sample["kind"] for sample in samples], ["failed"] * 5)
        check_told("custom metrics say what to install", samples[0]["told"], "no custom.metrics.k8s.io", "install")
        check_told("and external ones", samples[4]["told"], "no external.metrics.k8s.io", "KEDA")
    apis.answers[CUSTOM + "/pods/*/hits"] = lambda: listed("MetricValueList", value("1500m", "cart-a"), value("3", "other"))
    apis.answers[CUSTOM + "/services/door/hits"] = lambda: listed("MetricValueList", value("12", "door"))
    apis.answers[CUSTOM + "/metrics/hits"] = lambda: listed("MetricValueList", value("99", "shop"))
    apis.answers[EXTERNAL + "/depth"] = lambda: listed("ExternalMetricValueList", value("30", ago=20), value("12", ago=5))
    apis.offer("custom.metrics.k8s.io", "v1beta1")
    apis.offer("custom.metrics.k8s.io", "v1beta2")
    apis.offer("external.metrics.k8s.io", "v1beta1")
    del apis.asked[:]
    with Rounds(program, cluster.kubeconfig, signals) as rounds:
        pods, door, unknown, namespace, external = rounds.next()
        check("a metric of the pods", {name: pod["value"] for name, pod in pods["pods"].items()}, {"cart-a": 1.5})
        check("a metric of a Service", (door["kind"], door["value"], door["window"]), ("scalar", 12, 60))
        check("a metric that nobody knows is no data", unknown["kind"], "no_data")
        check_told("and says so", unknown["told"], "does not know it", "replicationcontrollers/rc/hits")
        check("a metric of the namespace", namespace["value"], 99)
        check("an external metric is the sum of its series", (external["kind"], external["value"]), ("scalar", 42))
        check("as old as the oldest", 19 <= external["age"] <= 25, True)
        check("the selector is sent along", EXTERNAL + "/depth?labelSelector=queue%3Djobs" in apis.asked, True)
        check("in the newest version", [path for path in apis.asked if "v1beta1" in path and "custom" in path], [])


def permissions(cluster, program):
    """Of one who may list pods and nothing else."""
    config = json.loads((cluster.folder / "kubeconfig").read_text())
    config["users"] = [{"name": "admin", "user": {"token": "poor-token"}}]
    poor = cluster.folder / "poor.kubeconfig"
    poor.write_text(json.dumps(config))
    cluster.kubectl("create", "clusterrole", "pods", "--verb=list,watch", "--resource=pods")
    cluster.kubectl("create", "clusterrolebinding", "pods", "--clusterrole=pods", "--user=poor")
    with Rounds(program, str(poor), ["cpu", "external/depth"]) as rounds:
        cpu, external = rounds.next()
        check_told("a missing permission is named", cpu["told"], "Role lacks a permission", 'cannot list resource \"pods\" in API group \"metrics.k8s.io\"')
        check_told("for external metrics, too", external["told"], 'cannot list resource \"depth\" in API group \"external.metrics.k8s.io\"')


def main(program):
    with Cluster() as cluster, contextlib.ExitStack() as stack:
        apis = stack.enter_context(MetricsApis(cluster))
        cluster.kubectl("create", "namespace", NAMESPACE)
        for name in ("cart-a", "cart-b"):
            make_pod(cluster, name, ["web", "proxy"], 3600)
        resource_metrics(cluster, apis, program)
        custom_metrics(cluster, apis, program)
        permissions(cluster, program)


main(sys.argv[1])
