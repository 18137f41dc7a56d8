#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two agents and one Lease, on a real API server: the leader killed, stopped and woken, ended; how long nobody leads, and that
no write of the old leader is accepted once the next one has changed the size.   kube_lease.py [ROUNDS]"""
import json
import pathlib
import signal
import subprocess
import sys
import threading
import time

from agent import BINARY, Agent, check, wait_until
from kube_cluster import Cluster

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


class ClusterAgent(Agent):
    def __init__(self, cluster, name, size):
        super().__init__(cluster.folder / name, POLICY % {"size": size}, "/nowhere")
        self.words += ["--kubeconfig", cluster.kubeconfig]

    def again(self, size):
        """Another process with an empty log, that wants another size."""
        self.kill()
        self.policy.write_text(POLICY % {"size": size})
        self.log.write_text("")
        self.start()


class Sizes(threading.Thread):
    """Each size that the server accepted, with the time it was seen, by a watch."""

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.seen = []
        self.process = subprocess.Popen(
            ["kubectl", "--kubeconfig", cluster.kubeconfig, "get", "deployment", "web", "--watch", "--output", "jsonpath={.spec.replicas}{'\\n'}"],
            stdout=subprocess.PIPE, text=True)
        self.start()

    def run(self):
        for line in self.process.stdout:
            if not self.seen or self.seen[-1][1] != int(line):
                self.seen.append((time.monotonic(), int(line)))

    def __exit__(self, *_):
        self.process.terminate()

    def __enter__(self):
        return self


def holder(cluster):
    done = cluster.kubectl("get", "lease", "setpoint", "-o", "json", check=False)
    return json.loads(done.stdout)["spec"].get("holderIdentity", "") if done.returncode == 0 else ""


def leads(agent):
    return "scales on the API server" in agent.said()


def waits(agent):
    return "waits, and changes no size" in agent.said()


def handed_over(cluster, sizes, old, new, how, size):
    """Ends the leader; the seconds until the next one's size was accepted."""
    began = time.monotonic()
    old.process.send_signal(how)
    wait_until(lambda: leads(new), "the standby leads", 40, new.said)
    wait_until(lambda: sizes.seen[-1][1] == size, "and sets its size", 10, lambda: str(sizes.seen))
    return sizes.seen[-1][0] - began


def one_round(cluster, sizes, agents, how, size, pauses):
    """`agents[0]` leads with the size before; the other one wants `size`."""
    old, new = agents
    new.again(size)
    wait_until(lambda: waits(new), "the other one stands by", 20, new.said)
    status, _ = new.ask("/readyz")
    check(status == 503 and new.ask("/api/v1/policies")[0] == 200, "a standby answers, and is not ready")
    before = holder(cluster)
    pauses.append(handed_over(cluster, sizes, old, new, how, size))
    check(holder(cluster) not in ("", before), "%s: the next one set its size %.1f s later" % (how.name, pauses[-1]))
    if how == signal.SIGSTOP:
        # It wants its own size still, and knows nothing of what happened.
        old.process.send_signal(signal.SIGCONT)
        check(old.process.wait(20) == 1, "the one that was stopped ends as it wakes")
        check("does not lead any more" in old.said(), "and says why")
    elif how == signal.SIGTERM:
        check(old.process.wait(15) == 0, "the one that was asked to ends cleanly")
    time.sleep(3)
    check(sizes.seen[-1][1] == size and [wanted for _, wanted in sizes.seen].count(size) == 1, "no write of the old one was accepted")


def main(rounds):
    with Cluster() as cluster:
        cluster.kubectl("apply", "-f", "-", input=json.dumps(DEPLOYMENT))
        with Sizes(cluster) as sizes, ClusterAgent(cluster, "a", 3) as a, ClusterAgent(cluster, "b", 3) as b:
            wait_until(lambda: leads(a) != leads(b), "one of two leads", 30, lambda: a.said() + b.said())
            pair = [a, b] if leads(a) else [b, a]
            wait_until(lambda: sizes.seen[-1][1] == 3, "and scales", 10, lambda: str(sizes.seen))
            wait_until(lambda: waits(pair[1]), "the other one waits", 10, pair[1].said)
            began = time.monotonic()
            check(pair[1].stop() == 0 and time.monotonic() - began < 2, "a standby ends at once")
            pauses, size = {}, 3
            for _ in range(rounds):
                for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
                    size += 1
                    one_round(cluster, sizes, pair, how, size, pauses.setdefault(how.name, []))
                    pair.reverse()
            for how, seconds in pauses.items():
                print("%s: nobody scaled for %s s" % (how, ", ".join("%.1f" % one for one in seconds)), flush=True)

            pair[1].again(size)
            wait_until(lambda: waits(pair[1]), "the other one stands by", 20, pair[1].said)
            cluster.halt("apiserver")
            check(pair[0].process.wait(40) == 1, "without an API server for longer than the Lease lasts, the leader ends")
            check(pair[1].process.poll() is None, "and the standby waits")
            cluster.start("apiserver")
            wait_until(lambda: leads(pair[1]), "until it may lead", 60, pair[1].said)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
