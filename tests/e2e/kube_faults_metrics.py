#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The operator whose metrics API is not there, empty, old, negative, absurd, or away for longer than holdFor: the size is kept, the status
says why, and when it is back nobody is shrunk by its first sample."""
import time

from agent import check, wait_until
from kube_cluster import Cluster
from kube_scene import USAGE, Kubelet, Operator, Scene, Trial, deployment, least_account, policy
from metrics_apis import MetricsApis, stamp

WINDOW = 10  # seconds of stabilization


def says(trial, reason, within=40):
    wait_until(lambda: trial.scene.has("web", "Active", "False", reason), "the status says %s" % reason, within,
               lambda: "%s\n%s" % (trial.scene.status("web"), trial.operator.said()[-3000:]))
    return trial.scene.condition("web", "Active")["message"]


def listed(kubelet, cpu, ago=1):
    return {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": [
        {"metadata": {"name": pod["metadata"]["name"], "namespace": "shop"}, "timestamp": stamp(ago), "window": "10s",
         "containers": [{"name": "app", "usage": {"cpu": cpu, "memory": "1Mi"}}]} for pod in kubelet.pods()]}


def is_absent(trial, apis):
    message = says(trial, "FailedGetResourceMetric")
    line = trial.said(0, "install metrics-server")
    check(len(line) == 1 and trial.scene.size("web") == 2, "without the API the size is kept: %s" % message)
    apis.offer("metrics.k8s.io", "v1beta1")
    trial.settles(6, "once it is there, it scales", 60)


def tells_nothing_of_use(trial, apis, what, answer):
    size = trial.scene.size("web")
    apis.answers[USAGE] = answer
    message = says(trial, "FailedGetResourceMetric", 90)
    trial.stays(size, 5, "%s: the size is kept: %s" % (what, message))
    apis.answers[USAGE] = trial.kubelet.usage
    trial.settles(trial.other()[1], "and afterwards it follows", 60)


def is_absurd(trial, apis, high):
    """Thousands of cores in a pod: no size above the maximum, and back when it is over."""
    apis.answers[USAGE] = lambda: listed(trial.kubelet, "5000")
    wait_until(lambda: trial.scene.size("web") >= high, "absurd values lead to the maximum", 90, trial.operator.said)
    trial.stays(high, 5, "absurd values lead to the maximum, and no further")
    apis.answers[USAGE] = trial.kubelet.usage
    trial.settles(6, "and back", 90)


def is_away(trial, apis):
    """For several times holdFor; meanwhile the load has gone."""
    size = trial.scene.size("web")
    apis.status[USAGE] = 503
    trial.load(1)
    wait_until(lambda: trial.scene.has("web", "Degraded", "True", "HeldTooLong"), "past holdFor it is degraded", 60, lambda: str(trial.scene.status("web")))
    trial.stays(size, 15, "an outage of several times holdFor changes no size: " + trial.scene.condition("web", "Degraded")["message"])
    del apis.status[USAGE]
    back = time.monotonic()
    wait_until(lambda: trial.scene.has("web", "Active", "True", "ValidMetricFound") or trial.scene.size("web") != size, "it is back", 60, trial.operator.said)
    wait_until(lambda: trial.scene.size("web") < size, "then it shrinks", 90, trial.operator.said)
    waited = time.monotonic() - back
    check(waited > WINDOW, "the first samples shrink nobody: %.1f s, with a window of %d s" % (waited, WINDOW))
    wait_until(lambda: trial.scene.has("web", "Degraded", "False", "WithinHoldFor"), "and is degraded no more", 30)


def main():
    with Cluster(controllers=True) as cluster, MetricsApis(cluster) as apis:
        scene = Scene(cluster)
        scene.set()
        kubelet = Kubelet(cluster, apis)
        scene.apply(deployment("web", 2))
        document = policy("web", "web", high=12, holdFor="10s")
        document["spec"]["behavior"] = {"scaleDown": {"stabilizationWindowSeconds": WINDOW}}
        with Operator(cluster.folder / "operator", least_account(scene, [document])) as operator:
            trial = Trial(scene, kubelet, operator)
            operator.wait_until_said("scales on the API server", 30)
            scene.apply(document)
            is_absent(trial, apis)
            tells_nothing_of_use(trial, apis, "an empty list", lambda: listed(kubelet, "1m") | {"items": []})
            tells_nothing_of_use(trial, apis, "values of ten minutes ago", lambda: listed(kubelet, "1m", 600))
            tells_nothing_of_use(trial, apis, "negative values", lambda: listed(kubelet, "-50m"))
            tells_nothing_of_use(trial, apis, "values that are none", lambda: listed(kubelet, "NaN"))
            tells_nothing_of_use(trial, apis, "more cores than there are", lambda: listed(kubelet, "900000000000000"))
            tells_nothing_of_use(trial, apis, "numbers of 400 digits", lambda: listed(kubelet, "9" * 400))
            is_absurd(trial, apis, 12)
            is_away(trial, apis)
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()
        kubelet.on = False


main()
