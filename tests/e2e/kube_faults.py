#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The operator on a real API server that misbehaves: slow, 401, 403, 409, 410, 429, 500, garbage, half of an answer, 100 MB of it, etcd
started anew. No size changes for the wrong reason, each trouble is said and not with every try, and the size is right afterwards."""
import shutil
import time

from agent import check, wait_until
from faults import memory_kib
from kube_cluster import Cluster
from kube_proxy import KubeProxy
from kube_scene import Kubelet, Operator, Scene, Trial, deployment, least_account, policy, tokens
from metrics_apis import MetricsApis

SECONDS = 7  # of a fault; less than the Lease lasts


def is_lease(path):
    return "/leases" in path


def slow(trial, proxy):
    proxy.answer(lambda method, path: time.sleep(1.5) if not is_lease(path) else None)
    trial.settles(5, "slow, it scales all the same")


def refused_for_a_while(trial, proxy, status, words, most_lines=8):
    """401, 500: whatever is asked."""
    (size, other), since = trial.other(), len(trial.operator.said())
    proxy.fail(lambda method, path: True, status, "the test wants it so")
    proxy.end_watches()
    trial.load(other)
    trial.stays(size, SECONDS, "%d to everything changes no size" % status)
    lines = trial.said(since, words)
    check(1 <= len(lines) <= most_lines, "%d is said, %d times: %s" % (status, len(lines), lines[:1]))
    proxy.well()
    trial.settles(other, "afterwards it goes on")


def token_renewed(trial, cluster):
    """As a kubelet renews the file; the old one then counts no more."""
    old = (cluster.folder / "least-token").read_text()
    since = len(trial.operator.said())
    cluster.kubectl("apply", "-f", "-", input="""{"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": {
        "name": "setpoint-token-next", "namespace": "setpoint", "annotations": {"kubernetes.io/service-account.name": "setpoint"}}}""")
    wait_until(lambda: len(tokens(cluster)) == 2, "a second token", 30)
    (cluster.folder / "least-token").write_text(next(token for token in tokens(cluster) if token != old))
    for name in cluster.kubectl("get", "secrets", "-n", "setpoint", "-o", "name").stdout.split():
        if name.startswith("secret/setpoint-token-") and name != "secret/setpoint-token-next":
            cluster.kubectl("delete", name, "-n", "setpoint")
    trial.stays(trial.scene.size("web"), 15, "a token that was renewed in its file")
    check(not trial.said(since, "401"), "is taken over without a word")
    trial.settles(4, "and works")


def permission_missing(trial, cluster):
    (size, other), since = trial.other(), len(trial.operator.said())
    binding = cluster.kubectl("get", "rolebinding", "-n", "shop", "-o", "json").stdout
    cluster.kubectl("delete", "rolebinding", "--all", "-n", "shop")
    trial.load(other)
    wait_until(lambda: trial.said(since, "cannot"), "a missing permission is said", 30, trial.operator.said)
    line = trial.said(since, "cannot")[0]
    check("system:serviceaccount:setpoint:setpoint" in line and "in the namespace" in line, "and which: " + line)
    trial.stays(size, 3, "no size changes")
    cluster.kubectl("apply", "-f", "-", input=binding)
    trial.settles(other, "with it, it goes on", 60)


def refuses_writes(trial, proxy, status):
    """409: somebody is faster every time."""
    (size, other), since = trial.other(), len(trial.operator.said())
    proxy.fail(lambda method, path: method in ("PATCH", "PUT") and path.endswith("/scale"), status, "the object has been modified")
    before = proxy.count("PATCH", "/scale")
    trial.load(other)
    trial.stays(size, SECONDS, "%d to each write" % status)
    tries = proxy.count("PATCH", "/scale") - before
    check(1 <= tries <= 2 * SECONDS, "is tried again, %d times in %d s, and said %d times" % (tries, SECONDS, len(trial.said(since, "modified"))))
    proxy.well()
    trial.settles(other, "and works at last")


def forgets_versions(trial, cluster, proxy):
    """410 to a watch that would go on."""
    size, other = trial.other()
    proxy.fail(lambda method, path: "watch=true" in path, 503, "not now")
    proxy.end_watches()
    cluster.kubectl("annotate", "deployment", "web", "-n", "shop", "--overwrite", "test=%f" % time.time())
    time.sleep(2)
    cluster.compact()
    lists = proxy.count("GET", "deployments?", "limit=")
    gone = b'{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410,"message":"too old"}}\n'
    refused = []
    proxy.answers = [lambda method, path: refused.append(path) or (200, gone) if "watch=true" in path and path.split("?")[0] not in [one.split("?")[0] for one in refused] else None]
    wait_until(lambda: proxy.count("GET", "deployments?", "limit=") > lists, "after 410 it lists anew", 40, trial.operator.said)
    check(any("deployments" in path for path in refused), "after 410 it lists anew")
    trial.settles(other, "and goes on", 90)
    proxy.well()


def too_many_requests(trial, proxy):
    size, other = trial.other()
    proxy.fail(lambda method, path: not is_lease(path), 429, "later", {"Retry-After": "3"})
    proxy.end_watches()
    time.sleep(1)
    before, began = len(proxy.asked), time.monotonic()
    trial.load(other)
    trial.stays(size, SECONDS, "429 to everything changes no size")
    rate = sum(not is_lease(path) for _, path in proxy.asked[before:]) / (time.monotonic() - began)
    check(rate < 5, "and Retry-After is honoured: %.1f requests a second" % rate)
    proxy.well()
    trial.settles(other, "afterwards it goes on")


def nonsense(trial, proxy, what, body):
    trial.calms()
    (size, other), since = trial.other(), len(trial.operator.said())
    proxy.body = lambda method, path, real: body(real) if not is_lease(path) else real
    proxy.end_watches()
    trial.load(other)
    trial.stays(size, SECONDS, "%s changes no size" % what)
    lines = trial.operator.said()[since:].splitlines()
    check(1 <= len(lines) <= 25, "%s is said in %d lines: %s" % (what, len(lines), lines[0][:200] if lines else ""))
    proxy.well()
    trial.settles(other, "afterwards it goes on")


def flood(trial, proxy):
    """A list of 100 MB, each time one is asked for."""
    (size, other), before = trial.other(), memory_kib(trial.operator)
    item = b'{"metadata":{"name":"x","namespace":"shop","uid":"1"},"spec":{"containers":[{"name":"' + b"x" * 1000 + b'"}]}},'
    huge = b'{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[' + item * (100 * 2**20 // len(item)) + b"{}]}"
    proxy.answer(lambda method, path: (200, huge) if "limit=500" in path or "/metrics.k8s.io/" in path else None)
    proxy.end_watches()
    trial.load(other)
    trial.stays(size, SECONDS, "100 MB in answer to a list change no size")
    grown = memory_kib(trial.operator) - before
    check(grown < 120 * 1024, "and memory is bounded: %d MiB more" % (grown // 1024))
    proxy.well()
    trial.settles(other, "afterwards it goes on", 60)


def etcd_anew(trial, cluster):
    size, other = trial.other()
    cluster.halt("etcd")
    time.sleep(2)
    cluster.start("etcd")
    trial.settles(other, "etcd started anew", 60)
    check(trial.operator.process.poll() is None, "and the operator is the same")


def begins_blind(trial, proxy, what):
    """An operator that is started while the policies cannot be listed waits for them: what it and their statuses know is not lost, nor written over."""
    status, said = trial.operator.ask("/api/v1/overrides", {"policy": "shop/web", "kind": "pin", "replicas": 7, "for": "5h", "reason": what})
    check(status == 200, "pinned: %s" % said)
    wait_until(lambda: trial.scene.status("web").get("override", {}).get("reason") == what, "the status says so", 20, trial.operator.said)
    wait_until(lambda: trial.scene.size("web") == 7, "it is obeyed", 20, trial.operator.said)
    check(trial.operator.stop() == 0, "stops cleanly")
    if what == "a folder that is empty":
        shutil.rmtree(trial.operator.state)
    since = len(trial.operator.said())
    proxy.fail(lambda method, path: "/scalingpolicies" in path and method == "GET", 503, "not now")
    trial.load(3)
    trial.operator.start()
    wait_until(lambda: trial.said(since, "waits, and changes no size"), "it waits", 40, trial.operator.said)
    trial.stays(7, SECONDS, "without the policies nothing is changed")
    proxy.well()
    wait_until(lambda: trial.said(since, "scales on the API server"), "then it leads", 40, trial.operator.said)
    trial.stays(7, 8, "and knows of the pin, with %s" % what)
    override = trial.scene.status("web").get("override", {})
    check(override.get("reason") == what, "which its status still has: %s" % override)
    check(trial.operator.ask("/api/v1/overrides", {"policy": "shop/web", "kind": "resume"})[0] == 200, "and follows when it is lifted")
    trial.settles(6, "and follows when it is lifted")


def main():
    with Cluster(controllers=True) as cluster, MetricsApis(cluster) as apis, KubeProxy(cluster) as proxy:
        scene = Scene(cluster)
        scene.set()
        apis.offer("metrics.k8s.io", "v1beta1")
        kubelet = Kubelet(cluster, apis)
        scene.apply(deployment("web", 2))
        account = proxy.kubeconfig(least_account(scene, [policy("web", "web")]))
        with Operator(cluster.folder / "operator", account) as operator:
            trial = Trial(scene, kubelet, operator)
            operator.wait_until_said("scales on the API server", 30)
            scene.apply(policy("web", "web", high=40))
            trial.settles(4, "at first")
            slow(trial, proxy)
            proxy.well()
            refused_for_a_while(trial, proxy, 401, "401")
            token_renewed(trial, cluster)
            permission_missing(trial, cluster)
            refuses_writes(trial, proxy, 409)
            forgets_versions(trial, cluster, proxy)
            too_many_requests(trial, proxy)
            refused_for_a_while(trial, proxy, 500, "500")
            nonsense(trial, proxy, "garbage", lambda real: b"\x00<html>none</html>")
            nonsense(trial, proxy, "half of each answer", lambda real: real[:len(real) // 2])
            flood(trial, proxy)
            etcd_anew(trial, cluster)
            begins_blind(trial, proxy, "its own folder")
            begins_blind(trial, proxy, "a folder that is empty")
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()
        kubelet.on = False


main()
