#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the operator says in the cluster, on a real API server: an upgrade from the first CRD, status and columns, Events, break-glass by
annotation, budgets, and that whoever leads next goes on without a jump: killed, its folder lost, stood down, in shadow."""
import base64
import json
import pathlib
import shutil
import time

from agent import check, wait_until
from engine import ROOT
from kube_cluster import Cluster
from kube_scene import Kubelet, Operator, Scene, deployment, least_account, policy
from metrics_apis import MetricsApis, call

POLICIES = "/apis/setpoint.dev/v1alpha1/namespaces/shop/scalingpolicies/"
BUDGETS = """
apiVersion: setpoint.dev/v1alpha1
kind: Agent
spec: { guards: { budgets: [ { namespaces: [ "shop" ], replicas: %d, perNamespace: true } ] } }
"""


class Story(Scene):
    def events(self, name):
        listed = json.loads(self.cluster.kubectl("get", "events", "-n", "shop", "-o", "json").stdout)["items"]
        return [one for one in listed if one["involvedObject"]["name"] == name]

    def happened(self, name, reason, words=""):
        return [one for one in self.events(name) if one["reason"] == reason and words in one["message"]]

    def annotate(self, name, *words):
        self.cluster.kubectl("annotate", "--overwrite", "sp", name, "-n", "shop", *words)

    def table(self):
        return self.cluster.kubectl("get", "sp", "-n", "shop").stdout

    def put_status(self, name, status):
        patch = json.dumps({"status": status})
        call(self.cluster, "PATCH", POLICIES + name + "/status", json.loads(patch))


def upgrades(story):
    """Objects made under the first CRD live on under today's."""
    cluster = story.cluster
    cluster.kubectl("apply", "-f", str(ROOT / "tests/data/crd/first.yaml"))
    cluster.kubectl("wait", "--for=condition=Established", "crd/scalingpolicies.setpoint.dev", "--timeout=60s")
    story.apply(policy("web", "web"))
    story.put_status("web", {"lastDecision": "by an older agent", "currentReplicas": 2})
    before = call(cluster, "GET", POLICIES + "web")
    cluster.kubectl("apply", "-f", str(ROOT / "deploy/kubernetes/crd.yaml"))
    cluster.kubectl("wait", "--for=condition=Established", "crd/scalingpolicies.setpoint.dev", "--timeout=60s")
    wait_until(lambda: "STATE" in story.table(), "the new columns are there", 30, story.table)
    after = call(cluster, "GET", POLICIES + "web")
    check(after["spec"] == before["spec"] and after["metadata"]["uid"] == before["metadata"]["uid"], "an object of the first CRD is what it was")
    check(after["status"] == before["status"], "its status, too")


def reads_well(story, kubelet, operator):
    kubelet.load["web"] = 400
    wait_until(lambda: story.size("web") == 8, "an object of the first CRD is scaled by", 60, operator.said)
    wait_until(lambda: story.happened("web", "SuccessfulRescale", "scaled from"), "each change is an Event", 20, lambda: str(story.events("web")))
    wait_until(lambda: story.status("web").get("state") in ("Steady", "Limited"), "and then it rests", 20, story.table)
    table = story.table()
    print(table)
    print(story.cluster.kubectl("describe", "sp", "web", "-n", "shop").stdout)
    status = story.status("web")
    check(status["effective"]["maxReplicas"] == 10 and status["effective"]["interval"] == "1s", "the settings in force, defaults filled in")
    check(status["effective"]["policies"][0]["track"]["name"] == "track.cpu" and status["effective"]["holdFor"] == "30m", "of policies, too")
    check(len(base64.b64decode(status["checkpoint"])) <= 4096, "a checkpoint of %d bytes" % len(base64.b64decode(status["checkpoint"])))
    check(status["conditions"][0]["reason"] == "SucceededGetScale", "conditions with HPA's words")


def writes_seldom(story):
    """The resource version moves with each write."""
    before, count, end = story.status("web"), 0, time.monotonic() + 30
    version = call(story.cluster, "GET", POLICIES + "web")["metadata"]["resourceVersion"]
    while time.monotonic() < end:
        now = call(story.cluster, "GET", POLICIES + "web")["metadata"]["resourceVersion"]
        count, version = count + (now != version), now
        time.sleep(0.5)
    check(count <= 2, "at rest a status is written %d times in 30 s\n%s\n%s" % (count, before, story.status("web")))


def names_other_hands(story, operator):
    edited = call(story.cluster, "PATCH", "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=anna", {"spec": {"replicas": 9}})
    check(edited["spec"]["replicas"] == 9, "somebody sets a size")
    wait_until(lambda: story.happened("web", "ForeignWrite", "from 8 to 9 by anna"), "who is named", 20, lambda: str(story.events("web")))
    wait_until(lambda: story.status("web").get("state") == "Yielding", "it gives way", 20, story.table)
    story.annotate("web", "setpoint.dev/resume=again-1")
    wait_until(lambda: story.size("web") == 8, "until an annotation says otherwise", 40, operator.said)
    wait_until(lambda: story.status("web").get("resumed") == "again-1", "which is followed once", 80, story.table)


def obeys_annotations(story, operator):
    story.annotate("web", "setpoint.dev/pin=five", "setpoint.dev/for=2h", "setpoint.dev/reason=sale")
    wait_until(lambda: story.has("web", "Ready", "False", "InvalidAnnotation"), "a bad annotation is named", 20, lambda: str(story.status("web")))
    check("five" in story.condition("web", "Ready")["message"], story.condition("web", "Ready")["message"])
    check(story.size("web") == 8, "and changes nothing")
    story.annotate("web", "setpoint.dev/pin=5")
    wait_until(lambda: story.size("web") == 5, "a pin is obeyed at once", 20, operator.said)
    wait_until(lambda: story.status("web").get("state") == "Pinned", "and shown", 20, story.table)
    check(story.status("web")["override"]["by"] == "annotation" and "sale" in story.status("web")["lastDecision"], str(story.status("web")["override"]))
    check("sale" in story.table(), "with its reason:\n" + story.table())
    status, answer = operator.ask("/api/v1/overrides", {"policy": "shop/web", "kind": "resume"})
    check(status == 409 and "setpoint.dev/pin" in answer["error"], "an order does not stand above it: " + str(answer))
    story.annotate("web", "setpoint.dev/pin-", "setpoint.dev/pause=true")
    wait_until(lambda: story.status("web").get("state") == "Paused", "a pause likewise", 20, story.table)
    story.annotate("web", "setpoint.dev/pause-", "setpoint.dev/for-", "setpoint.dev/reason-")
    wait_until(lambda: story.size("web") == 8, "and without them the signals decide", 30, operator.said)
    wait_until(lambda: story.happened("web", "Pinned", "sale") and story.happened("web", "Resumed"), "each is an Event", 20, lambda: str(story.events("web")))


def keeps_budgets(story, operator):
    operator.policy.write_text(BUDGETS % 8)
    operator.wait_until_said("reloaded", 20)
    story.apply(policy("big", "big", low=8))
    wait_until(lambda: story.has("big", "Ready", "False", "BudgetExceeded"), "a newcomer that does not fit waits", 20, lambda: str(story.status("big")))
    wait_until(lambda: story.happened("big", "BudgetExceeded", "budget of 8 replicas"), "an Event says so", 20, lambda: str(story.events("big")))
    operator.policy.write_text(BUDGETS % 30)
    wait_until(lambda: story.size("big") == 8, "with more room it is followed", 40, operator.said)
    check(story.status("web")["state"] != "Invalid", "others go on")
    story.cluster.kubectl("delete", "sp", "big", "-n", "shop")


def outlives_its_folder(story, kubelet, operator):
    wait_until(lambda: "startup" in story.status("web").get("learnt", {}), "something is learnt", 80, lambda: str(story.status("web")))
    story.annotate("web", "setpoint.dev/resume=again-1")  # the same text: nothing new
    status, _ = operator.ask("/api/v1/overrides", {"policy": "shop/web", "kind": "pauseDown", "for": "1h", "reason": "night"})
    check(status == 200, "an order by hand")
    wait_until(lambda: story.status("web").get("override", {}).get("reason") == "night", "is in the status", 20, story.table)
    learnt = story.status("web")["learnt"]
    operator.kill()
    shutil.rmtree(operator.state)
    operator.log.write_text("")
    operator.start()
    operator.wait_until_said("scales on the API server", 60)
    wait_until(lambda: story.status("web").get("override", {}).get("reason") == "night" and story.status("web")["state"] != "Starting",
               "the order holds for who comes next", 30, operator.said)
    check(story.status("web")["learnt"] == learnt, "and what was learnt is known: %s" % learnt)
    check(story.size("web") == 8, "without a jump")
    operator.ask("/api/v1/overrides", {"policy": "shop/web", "kind": "resume"})
    kubelet.load["web"] = 450
    wait_until(lambda: story.size("web") == 9, "it goes on", 40, operator.said)
    operator.replayed()


def refuses_bad_checkpoints(story, operator):
    good = story.status("web")["checkpoint"]
    for what, text in (("damaged", good[:-8] + "AAAAAAA="), ("newer", base64.b64encode(b"\x09" + base64.b64decode(good)[1:]).decode())):
        operator.kill()
        story.put_status("web", {"checkpoint": text})
        shutil.rmtree(operator.state)
        operator.log.write_text("")
        operator.start()
        operator.wait_until_said("scales on the API server", 60)
        check(operator.said().count("begins without the checkpoint in its status") == 1, "a %s checkpoint is passed over, and that is said once" % what)
        wait_until(lambda: story.status("web").get("checkpoint", text) != text, "and replaced", 30, operator.said)
    check(story.size("web") == 9, "sizes stay")


def shadows(story, cluster, account):
    with Operator(cluster.folder / "shadow", account) as shadow:
        shadow.kill()
        shadow.words += ["--mode", "shadow"]
        shadow.log.write_text("")
        shadow.start()
        shadow.wait_until_said("in shadow: changes nothing there", 30)
        wait_until(lambda: shadow.ask("/readyz")[0] == 200, "one in shadow is ready beside the one that leads", 20, shadow.said)
        policies = shadow.ask("/api/v1/policies")[1]["policies"]
        check([one["mode"] for one in policies] == ["shadow"], "and decides")
        holder = json.loads(cluster.kubectl("get", "lease", "setpoint", "-n", "setpoint", "-o", "json").stdout)["spec"]
        check(shadow.stop() == 0 and holder["holderIdentity"], "and holds no Lease")


def steps_down(story, kubelet, operator):
    pid = operator.process.pid
    story.cluster.halt("apiserver")
    operator.wait_until_said("does not lead any more", 30)
    time.sleep(5)
    check(operator.process.poll() is None and operator.ask("/readyz")[0] == 503, "without an API server it stands down, and waits")
    kubelet.load["web"] = 250
    story.cluster.start("apiserver")
    wait_until(lambda: operator.said().count("scales on the API server") == 2, "and leads again when it is back", 60, operator.said)
    check(operator.process.pid == pid and operator.process.poll() is None, "as the same process")
    wait_until(lambda: story.size("web") == 5, "and goes on scaling", 60, operator.said)


def main():
    with Cluster(controllers=True) as cluster, MetricsApis(cluster) as apis:
        story = Story(cluster)
        cluster.kubectl("create", "namespace", "shop")
        upgrades(story)
        apis.offer("metrics.k8s.io", "v1beta1")
        kubelet = Kubelet(cluster, apis)
        story.apply(deployment("web", 2))
        story.apply(deployment("big", 2))
        account = least_account(story, [policy(name, name) for name in ("web", "big")])
        with Operator(cluster.folder / "operator", account) as operator:
            operator.kill()
            operator.policy.write_text(BUDGETS % 1000)
            operator.words += ["-f", str(operator.policy)]
            operator.log.write_text("")
            operator.start()
            operator.wait_until_said("scales on the API server", 30)
            reads_well(story, kubelet, operator)
            writes_seldom(story)
            names_other_hands(story, operator)
            obeys_annotations(story, operator)
            keeps_budgets(story, operator)
            outlives_its_folder(story, kubelet, operator)
            refuses_bad_checkpoints(story, operator)
            shadows(story, cluster, account)
            steps_down(story, kubelet, operator)
            check(operator.stop() == 0, "stops cleanly")
            operator.replayed()
        kubelet.on = False


if __name__ == "__main__":
    main()
