#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two agents and one Lease, on a real API server: the leader ended, killed, stopped and woken, cut off; how long nobody leads, and,
by the API server's audit log, that no write of the old leader is accepted once the next one has changed the size. Each is hit
while it may be writing.   ROUNDS=20 kube_lease.py: each of these 20 times (default 2)"""
import contextlib
import datetime
import json
import os
import random
import signal
import statistics
import time

from agent import Agent, check, wait_until
from kube_cluster import SIZES, Cluster
from wire import Wire

DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
             "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "none"}]}}}}
POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { kubernetes: { kind: Deployment, name: web } }
  replicas: { min: %(size)d, max: %(size)d }
  interval: 1s
  policies: [ { schedule: { windows: [ { cron: "* * * * *", duration: 2m, replicas: %(size)d } ] } } ]
"""
CUT = "cut off"
BLOWS = (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP, CUT)


class ClusterAgent(Agent):
    """Reaches the API server by a wire of its own, as a user of its own: `user` has the token of that name."""

    def __init__(self, cluster, user, wire, size):
        super().__init__(cluster.folder / user, POLICY % {"size": size}, "/nowhere")
        config = json.loads((cluster.folder / "kubeconfig").read_text())
        config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:%d" % wire.port
        config["users"][0]["user"] = {"token": user + "-token"}
        (self.folder / "kubeconfig").write_text(json.dumps(config))
        self.words += ["--kubeconfig", str(self.folder / "kubeconfig")]
        self.user, self.wire = user, wire

    def again(self, size):
        """Another process with an empty log, that wants another size."""
        self.kill()
        self.wants(size)
        self.log.write_text("")
        self.start()

    def wants(self, size):
        self.policy.write_text(POLICY % {"size": size})

    def hit(self, how):
        self.wire.cut() if how == CUT else self.process.send_signal(how)


def writes(cluster):
    """(version, time, user, size) of each size that was accepted, in the order of the object's versions."""
    accepted = []
    for event in cluster.audited():
        if event["responseStatus"].get("code") != 200 or event["objectRef"].get("subresource") != "scale":
            continue
        stamp = event["stageTimestamp"].replace("Z", "+00:00")
        scale = event["responseObject"]
        accepted.append((int(scale["metadata"]["resourceVersion"]), datetime.datetime.fromisoformat(stamp).timestamp(), event["user"]["username"],
                         scale["spec"]["replicas"]))
    return sorted(accepted)


def refused(cluster, user, since):
    """How many writes of this user came to the server since then and were not accepted."""
    events = [event for event in cluster.audited() if event["user"]["username"] == user and event["responseStatus"].get("code") != 200]
    return sum(datetime.datetime.fromisoformat(event["stageTimestamp"].replace("Z", "+00:00")).timestamp() > since for event in events)


def holder(cluster):
    done = cluster.kubectl("get", "lease", "setpoint", "-o", "json", check=False)
    return json.loads(done.stdout)["spec"].get("holderIdentity", "") if done.returncode == 0 else ""


def leads(agent):
    return "scales on the API server" in agent.said()


def waits(agent):
    return "waits, and changes no size" in agent.said()


def first_of(cluster, agent, size):
    """When this agent's size was accepted."""
    return next((when for _, when, user, wanted in writes(cluster) if (user, wanted) == (agent.user, size)), None)


def one_round(cluster, pair, how, size, chance):
    """`pair[0]` leads; the other one wants `size`. The seconds until that was set."""
    old, new = pair
    new.again(size)
    wait_until(lambda: waits(new), "the other one stands by", 20, new.said)
    status, _ = new.ask("/readyz")
    check(status == 503 and new.ask("/api/v1/policies")[0] == 200, "a standby answers, and is not ready")
    before = holder(cluster)
    old.wants(size + 1000)  # which it reads within half a second, and writes, if it still can
    time.sleep(chance.uniform(0, 0.8))
    hit = time.time()
    old.hit(how)
    wait_until(lambda: leads(new), "the standby leads", 40, new.said)
    wait_until(lambda: first_of(cluster, new, size), "and sets its size", 10, new.said)
    set_at = first_of(cluster, new, size)
    check(holder(cluster) not in ("", before), "%s: the next one set its size %.1f s later" % (name_of(how), set_at - hit))
    ends(old, how)
    time.sleep(2)
    accepted = writes(cluster)
    after = accepted[[write[2:] for write in accepted].index((new.user, size)) + 1:]
    check(not after, "no write was accepted after the next one's %s" % (after or ""))
    return set_at - hit, refused(cluster, old.user, set_at)


def ends(old, how):
    """What becomes of the one that was hit."""
    if how == signal.SIGSTOP:
        # It wants its own size still, and knows nothing of what happened.
        old.process.send_signal(signal.SIGCONT)
    if how in (signal.SIGSTOP, CUT):
        old.wait_until_said("does not lead any more", 20)
        wait_until(lambda: old.ask("/readyz")[0] == 503, "the one that was %s stands by, and says why" % name_of(how), 20, old.said)
    if how == CUT:
        old.wire.mend()  # what it wrote meanwhile arrives now
    if how == signal.SIGTERM:
        check(old.process.wait(15) == 0, "the one that was asked to ends cleanly")


def name_of(how):
    return how if how == CUT else how.name


def without_a_server(cluster, pair, size):
    pair[1].again(size)
    wait_until(lambda: waits(pair[1]), "the other one stands by", 20, pair[1].said)
    cluster.halt("apiserver")
    pair[0].log.write_text("")
    pair[0].wait_until_said("does not lead any more", 40)
    check(pair[0].process.poll() is None and pair[1].process.poll() is None, "without an API server for longer than the Lease lasts nobody leads, and both wait")
    cluster.start("apiserver")
    wait_until(lambda: leads(pair[0]) or leads(pair[1]), "until one may", 60, pair[1].said)


def main(rounds):
    chance = random.Random(4)
    with Cluster(audit=SIZES) as cluster, contextlib.ExitStack() as stack:
        cluster.kubectl("apply", "-f", "-", input=json.dumps(DEPLOYMENT))
        a, b = (stack.enter_context(ClusterAgent(cluster, user, stack.enter_context(Wire(cluster.port)), 3)) for user in ("first", "second"))
        wait_until(lambda: leads(a) != leads(b), "one of two leads", 30, lambda: a.said() + b.said())
        pair = [a, b] if leads(a) else [b, a]
        wait_until(lambda: first_of(cluster, pair[0], 3), "and scales", 10, pair[0].said)
        wait_until(lambda: waits(pair[1]), "the other one waits", 10, pair[1].said)
        began = time.monotonic()
        check(pair[1].stop() == 0 and time.monotonic() - began < 2, "a standby ends at once")
        seen, size = {}, 3
        for _ in range(rounds):
            for how in BLOWS:
                size += 1
                seen.setdefault(name_of(how), []).append(one_round(cluster, pair, how, size, chance))
                pair.reverse()
        for how, found in seen.items():
            pauses = [pause for pause, _ in found]
            print("%s, %d times: nobody scaled for %.1f s (median), %.1f s (worst); %d late writes came to the server and were refused" %
                  (how, rounds, statistics.median(pauses), max(pauses), sum(late for _, late in found)), flush=True)
        without_a_server(cluster, pair, size)


main(int(os.environ.get("ROUNDS", "2")))
