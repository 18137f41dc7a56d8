#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The operator on a real API server, with no more rights than `setpoint rbac` prints: Deployments sized by CPU, statuses and
conditions, wrong and rival policies, other hands, an HPA on the same target, an API server that goes, many policies at once."""
import time

from agent import check, wait_until
from kube_cluster import Cluster
from kube_scene import USAGE, Kubelet, Operator, Scene, deployment, least_account, policy
from metrics_apis import MetricsApis


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
    wait_until(lambda: scene.has("web", "Active", "False", "FailedGetResourceMetric"), "without metrics it says so", 60, lambda: str(scene.status("web")))
    time.sleep(5)
    check(scene.size("web") == 8, "and shrinks nobody")
    del apis.status[USAGE]
    kubelet.load["web"] = 300
    scene.cluster.halt("apiserver")
    time.sleep(4)
    scene.cluster.start("apiserver")
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
        scene.set()
        apis.offer("metrics.k8s.io", "v1beta1")
        kubelet = Kubelet(cluster, apis)
        scene.apply(deployment("web", 2))
        names = ["web", "odd", "rival"] + ["many-%d" % i for i in range(200)]
        account = least_account(scene, [policy(name, name) for name in names])
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


if __name__ == "__main__":
    main()
