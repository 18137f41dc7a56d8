#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Three agents share forty policies in five shards, on a real API server: who drives what, an agent that ends, dies, is stopped and woken,
comes back, and the last one alone; how long nobody scales, and, by the API server's audit log, that no two agents write one target or one
status in turn."""
import contextlib
import datetime
import json
import signal
import time

from agent import BINARY, Agent, check, wait_until
from kube_cluster import SIZES, Cluster
from kube_scene import Operator, Scene, deployment, least_account
from metrics_apis import call

SHARDS, POLICIES = 5, 40
NAMES = ["web-%d" % number for number in range(POLICIES)]
USERS = ("first", "second", "third")
STATUSES = [{"level": "Metadata", "verbs": ["patch"], "omitStages": ["RequestReceived"],
             "resources": [{"group": "setpoint.dev", "resources": ["scalingpolicies/status"]}]}]
TOKENS = "serviceaccount,serviceaccount-token"  # no pods: there are sizes alone
POLICY = "/apis/setpoint.dev/v1alpha1/namespaces/shop/scalingpolicies/"
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"


def policy(name, target, size):
    return {"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"target": {"kubernetes": {"kind": "Deployment", "name": target}}, "replicas": {"min": 1, "max": 500}, "interval": "1s",
                     "policies": [{"schedule": {"windows": [{"cron": "* * * * *", "duration": "2m", "replicas": size}]}}],
                     "behavior": {"scaleUp": {"policies": [{"type": "Percent", "value": 900, "periodSeconds": 1}]}}}}


class Sharer(Agent):
    """One of the operators, as a user of its own."""

    def __init__(self, cluster, user):
        super().__init__(cluster.folder / user, None, "/nowhere")
        config = json.loads((cluster.folder / "kubeconfig").read_text())
        config["users"][0]["user"] = {"token": user + "-token"}
        (self.folder / "kubeconfig").write_text(json.dumps(config))
        self.user = user
        self.words = [BINARY, "operator", "-n", "shop", "--kubeconfig", str(self.folder / "kubeconfig"), "--state-dir", str(self.state),
                      "--admin", "127.0.0.1:0", "--shards", str(SHARDS)]

    def again(self):
        self.kill()
        self.log.write_text("")
        self.start()

    def lives(self):
        return self.process.poll() is None

    def held(self):
        """The shards that it says it holds."""
        lines = self.ask("/metrics")[1].splitlines()
        return {int(line.split('"')[1]) for line in lines if line.startswith("setpoint_shard_held{") and line.endswith("} 1")}

    def drives(self):
        return {one["id"].rpartition("/")[2] for one in self.ask("/api/v1/policies")[1]["policies"]}


class Stage:
    def __init__(self, cluster, scene, agents):
        self.cluster, self.scene, self.agents, self.size, self.since = cluster, scene, agents, 2, 0

    def said(self):
        return "\n".join("%s:\n%s" % (agent.user, agent.said()) for agent in self.agents)

    def held(self):
        return [agent.held() for agent in self.agents if agent.lives()]

    def is_even(self):
        """Each shard has one holder, and nobody two more than another."""
        held = self.held()
        counts = [len(one) for one in held]
        return sorted(shard for one in held for shard in one) == list(range(SHARDS)) and max(counts) - min(counts) <= 1

    def becomes_even(self, what, within=90):
        began = time.monotonic()
        wait_until(self.is_even, what, within, lambda: "%s\n%s" % (self.held(), self.said()))
        check(True, "%s: %s, %.0f s" % (what, [len(one) for one in self.held()], time.monotonic() - began))

    def want(self, size, names=NAMES):
        """Sizes that all policies want from now on."""
        self.size = size
        for name in names:
            call(self.cluster, "PATCH", POLICY + name, {"spec": policy(name, name, size)["spec"]})

    def sizes(self):
        return {one["metadata"]["name"]: one["spec"]["replicas"] for one in call(self.cluster, "GET", DEPLOYMENTS)["items"]}

    def reached(self, names=NAMES, within=60):
        """The seconds until all of these have the size that is wanted."""
        began = time.monotonic()
        wait_until(lambda: all(self.sizes()[name] == self.size for name in names), "%d replicas each" % self.size, within,
                   lambda: "%s\n%s" % (self.sizes(), self.said()))
        return time.monotonic() - began

    def writers(self, resource, subresource):
        """(user, time) of the accepted writes of each object since the last `mark`, in their order."""
        found = {}
        for event in self.cluster.audited():
            if event["objectRef"].get("subresource") != subresource or event["objectRef"]["resource"] != resource or event["responseStatus"].get("code") != 200:
                continue
            when = datetime.datetime.fromisoformat(event["requestReceivedTimestamp"].replace("Z", "+00:00")).timestamp()
            if when >= self.since and event["user"]["username"] in USERS:
                found.setdefault(event["objectRef"]["name"], []).append((when, event["user"]["username"]))
        return {name: [user for _, user in sorted(writes)] for name, writes in found.items()}

    def mark(self):
        self.since = time.time()

    def each_by_one(self, what, moves=0):
        """Since the last mark each target, and each status, passed from one agent to the next at most `moves` times."""
        for resource, subresource, called in (("deployments", "scale", "sizes"), ("scalingpolicies", "status", "statuses")):
            writers = self.writers(resource, subresource)
            changes = {name: sum(a != b for a, b in zip(users, users[1:])) for name, users in writers.items()}
            worst = max(changes.values(), default=0)
            check(worst <= moves, "%s: %d writes of %d %s, none changed hands more than %d times %s" % (
                what, sum(map(len, writers.values())), len(writers), called, worst, "" if worst <= moves else writers))


def shares(stage):
    stage.becomes_even("three agents share the shards")
    stage.reached()
    driven = [agent.drives() for agent in stage.agents]
    check(sorted(name for one in driven for name in one) == sorted(NAMES), "each policy is driven by one agent: %s" % [len(one) for one in driven])
    stage.mark()
    stage.want(3)
    stage.reached()
    writers = stage.writers("deployments", "scale")
    right = all(set(writers[name]) == {agent.user} for agent, names in zip(stage.agents, driven) for name in names)
    check(right, "and sized by that one")
    time.sleep(3)
    stage.each_by_one("three agents beside each other")
    check(all(agent.ask("/readyz")[0] == 200 for agent in stage.agents), "all three are ready")


def tells_each_thing_once(stage):
    stage.mark()
    for number in range(6):
        stage.scene.apply(policy("rival-%d" % number, "web-%d" % number, 9))
    odd = policy("odd", "web-0", 9)
    odd["spec"]["replcas"] = 3
    stage.scene.apply(odd)
    for number in range(6):
        wait_until(lambda: stage.scene.has("rival-%d" % number, "Conflict", "True", "TargetTaken"), "a rival meets the policy that has its target", 20, stage.said)
    wait_until(lambda: stage.scene.has("odd", "Ready", "False", "InvalidPolicy"), "a wrong one is told", 20, stage.said)
    time.sleep(3)
    stage.each_by_one("conflicts and errors")
    stage.cluster.kubectl("delete", "sp", "-n", "shop", "odd", *["rival-%d" % number for number in range(6)])


def passes_on(stage, how, within):
    """An agent ends while others go on; the seconds until its policies were scaled by others."""
    agent = next(one for one in stage.agents if len(one.held()) == 2)
    mine = sorted(agent.drives())
    paused = mine[0]
    check(agent.ask("/api/v1/overrides", {"policy": "shop/" + paused, "kind": "pause", "for": "1h", "reason": "sale"})[0] == 200, "a policy is paused")
    wait_until(lambda: stage.scene.status(paused).get("override"), "and its status says so", 20, stage.said)
    stage.mark()
    agent.process.send_signal(how)
    began = time.monotonic()
    stage.want(stage.size + 1, [name for name in NAMES if name not in mine])
    stage.reached([name for name in NAMES if name not in mine], 10)
    others = time.monotonic() - began
    stage.want(stage.size, mine)
    rest = mine[1:]
    stage.reached(rest)
    gap = time.monotonic() - began
    check(gap < within, "%s: the %d policies of that agent are scaled by others %.1f s later, those of the others all the while (%.1f s)" %
          (how.name, len(mine), gap, others))
    stage.becomes_even("the others share its shards", 30)
    check(stage.sizes()[paused] == stage.size - 1, "a pause is passed on")
    holder = next(one for one in stage.agents if one is not agent and paused in one.drives())
    check(holder.ask("/api/v1/overrides", {"policy": "shop/" + paused, "kind": "resume"})[0] == 200, "and ended at its new agent")
    stage.reached([paused], 20)
    return agent


def ends(stage):
    agent = passes_on(stage, signal.SIGTERM, 12)
    check(agent.process.wait(15) == 0, "it ended cleanly")
    stage.each_by_one("an agent that ends", moves=1)
    comes_back(stage, agent)


def dies(stage):
    agent = passes_on(stage, signal.SIGKILL, 40)
    agent.process.wait()
    stage.each_by_one("an agent that dies", moves=1)
    comes_back(stage, agent)


def comes_back(stage, agent):
    stage.mark()
    agent.again()
    for _ in range(30):
        stage.want(stage.size + 1)
        stage.reached()
        if stage.is_even():
            break
    stage.becomes_even("one that comes gets its part while sizes change")
    stage.want(stage.size + 1)
    stage.reached()
    time.sleep(3)
    stage.each_by_one("shards that are handed on", moves=1)


def is_woken(stage):
    """One that is stopped believes for long that it leads."""
    agent = next(one for one in stage.agents if len(one.held()) == 2)
    before = len(agent.said())
    stage.mark()
    agent.process.send_signal(signal.SIGSTOP)
    others = [one for one in stage.agents if one is not agent]
    wait_until(lambda: sum(len(one.held()) for one in others) == SHARDS, "the others hold all shards", 60, lambda: "")
    stage.want(stage.size + 1)
    stage.reached()
    agent.process.send_signal(signal.SIGCONT)
    wait_until(lambda: "does not scale shard" in agent.said()[before:], "it finds that it leads no more", 20, agent.said)
    time.sleep(5)
    late = [name for name, users in stage.writers("deployments", "scale").items() if agent.user in users]
    check(not late, "one that is woken writes nothing any more")
    stage.becomes_even("and gets its part again")


def is_alone(stage):
    stage.mark()
    last = stage.agents[0]
    for agent in stage.agents[1:]:
        agent.kill()
    began = time.monotonic()
    wait_until(lambda: len(last.held()) == SHARDS, "the last one holds all", 60, last.said)
    check(last.drives() == set(NAMES), "the one that is alone drives all %d policies, %.0f s later" % (POLICIES, time.monotonic() - began))
    stage.want(stage.size + 1)
    stage.reached()
    check(last.stop() == 0, "and ends cleanly")
    holders = [lease["spec"].get("holderIdentity") for lease in json.loads(stage.cluster.kubectl("get", "leases", "-n", "default", "-o", "json").stdout)["items"]
               if lease["metadata"]["name"].startswith("setpoint-")]
    check(len(holders) == SHARDS + 1 and not any(holders), "all %d Leases are let go" % SHARDS)
    for agent in stage.agents:
        check(len(agent.replayed()) > 0, "the journal of the %s replays" % agent.user)


def needs_no_more(stage):
    """Than `setpoint rbac --shards` prints."""
    account = least_account(stage.scene, [policy(name, name, 2) for name in NAMES], "--shards", str(SHARDS))
    operator = Operator(stage.cluster.folder / "least", account)
    operator.words += ["--shards", str(SHARDS)]
    with operator:
        operator.wait_until_said("holds %d of %d" % (SHARDS, SHARDS), 60)
        time.sleep(3)
        check("403" not in operator.said(), "rights that rbac prints suffice\n" + operator.said())


def main():
    with Cluster(controllers=TOKENS, audit=STATUSES + SIZES) as cluster, contextlib.ExitStack() as stack:
        scene = Scene(cluster)
        scene.set()
        for name in NAMES:
            call(cluster, "POST", DEPLOYMENTS, deployment(name, 1))
            call(cluster, "POST", POLICY[:-1], policy(name, name, 2))
        agents = [stack.enter_context(Sharer(cluster, user)) for user in USERS]
        stage = Stage(cluster, scene, agents)
        shares(stage)
        tells_each_thing_once(stage)
        ends(stage)
        dies(stage)
        is_woken(stage)
        is_alone(stage)
        needs_no_more(stage)


main()
