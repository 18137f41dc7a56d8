#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Services of a real Swarm of one node: sized by the CPU that they really burn, with others who scale, roll out, remove and
remake them, and an agent that is killed in between."""
import json
import socket
import subprocess
import sys
import time

from agent import BINARY, Agent, check, wait_until
from engine import Engine

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: %(name)s }
spec:
  target: { docker: { service: %(name)s } }
  replicas: { min: %(min)d, max: %(max)d }
  interval: 1s
  signals: { %(signals)s }
  policies: [ %(law)s ]
  yield: { toIncrease: 5s }
  behavior: { scaleDown: { stabilizationWindowSeconds: 4, policies: [ { type: Percent, value: 100, periodSeconds: 1 } ] } }
"""
TRACK = "{ track: { signal: cpu, utilization: 60% } }"


def policy(name, least, most, law=TRACK, signals="cpu: cpu"):
    return POLICY % {"name": name, "min": least, "max": most, "law": law, "signals": signals}


class Service:
    """A service of the load program; all its tasks share one demand."""

    def __init__(self, engine, name, *words, image="setpoint-load"):
        self.engine, self.name, self.words, self.image = engine, name, words, image
        self.folder = engine.folder / ("load-" + name)
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.demand(0)
        self.create()

    def create(self):
        self.docker("create", "--detach", "--name", self.name, "--limit-cpu", "0.1", "--limit-memory", "64m", "--stop-grace-period", "1s",
                    "--mount", "type=bind,source=%s,target=/load" % self.folder, *self.words, self.image)

    def docker(self, *words):
        return self.engine.docker("service", *words)

    def demand(self, cores):
        new = self.folder / "demand.new"
        new.write_text("%.1f\n" % (cores * 1000))
        new.rename(self.folder / "demand")

    def inspect(self):
        return json.loads(self.docker("inspect", self.name).stdout)[0]

    def size(self):
        return self.inspect()["Spec"]["Mode"]["Replicated"]["Replicas"]

    def running(self):
        out = self.engine.docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name=" + self.name).stdout
        return len(out.split())

    def rollout(self):
        return (self.inspect().get("UpdateStatus") or {}).get("State", "none")

    def remove(self):
        self.docker("rm", self.name)
        wait_until(lambda: self.running() == 0, "its tasks are gone", 30)


def changed(before, after):
    """What differs between two specs, by path."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [key + ("." + rest if rest else "") for key in sorted({*before, *after}) for rest in changed(before.get(key), after.get(key))]
    return [] if before == after else [""]


def by_cpu(engine):
    service = Service(engine, "web", "--env", "TEAM=shop", "--label", "tier=front", "--update-failure-action", "rollback",
                      "--update-max-failure-ratio", "0.3", "--restart-delay", "2s")
    before = service.inspect()["Spec"]
    with Agent(engine.folder / "web", policy("web", 1, 6), engine.socket) as agent:
        service.demand(0.21)  # at 60 % of 0.1 each: 4 replicas (3.5)
        wait_until(lambda: service.size() == 4, "grows to 4 under load", 60, agent.said)
        wait_until(lambda: service.running() == 4, "and Swarm runs them", 30, agent.said)
        time.sleep(6)
        check(service.size() == 4, "and stays there\n" + agent.said())
        check(changed(before, service.inspect()["Spec"]) == ["Mode.Replicated.Replicas"], "nothing else of its spec has changed")

        service.docker("scale", "--detach", "web=6")
        agent.wait_until_said("somebody else")
        wait_until(lambda: service.size() == 4, "what somebody else asked for is control's again", 60, agent.said)

        service.demand(0.02)
        wait_until(lambda: service.size() == 1 and service.running() == 1, "shrinks to 1 when the load is gone", 90, agent.said)
        check(agent.stop() == 0, "stops cleanly")
        agent.replayed()
        told = subprocess.run([BINARY, "explain", "web", "--state-dir", str(agent.state)], capture_output=True, text=True)
        check(told.returncode == 0 and "web" in told.stdout, "explain tells why: %s" % " ".join(told.stdout.split())[:200])
        check("cpu" in told.stdout and "not carried out" not in told.stdout, "by its CPU, and nothing was refused\n" + told.stdout)


def killed(engine):
    service = Service(engine, "api")
    with Agent(engine.folder / "api", policy("api", 1, 9), engine.socket) as agent:
        wait_until(lambda: (agent.state / "checkpoint").exists(), "a checkpoint is written", 40, agent.said)
        agent.policy.write_text(policy("api", 6, 9))
        wait_until(lambda: service.size() == 6, "the scale-up begins", 20, agent.said)
        agent.kill()
        check(service.running() < 6, "killed while Swarm still makes them: %d of 6 run" % service.running())
        agent.start()
        wait_until(lambda: service.running() == 6, "they come without it", 30, agent.said)
        agent.wait_until_said("resumes 1 of 1 policies")
        time.sleep(3)
        check(service.size() == 6 and "somebody else" not in agent.said(), "and the next start takes them for its own\n" + agent.said())
        check(agent.stop() == 0, "stops cleanly")
        agent.replayed()


def rollouts(engine):
    service = Service(engine, "cart", "--replicas", "2", "--update-delay", "6s", "--update-monitor", "1s", "--update-failure-action", "rollback")
    with Agent(engine.folder / "cart", policy("cart", 2, 6), engine.socket) as agent:
        agent.wait_until_said("cart: 2 replicas")
        service.docker("update", "--detach", "--env-add", "RELEASE=2", "cart")
        wait_until(lambda: service.rollout() == "updating", "a rollout that may go back begins", 10)
        agent.policy.write_text(policy("cart", 4, 6))
        agent.wait_until_said("automatic rollback")
        check(service.rollout() == "updating" and service.size() == 2, "in the middle of it the size stays")
        wait_until(lambda: service.rollout() == "completed", "the rollout ends as it would have", 40, agent.said)
        wait_until(lambda: service.size() == 4, "and then it grows", 40, agent.said)
        agent.wait_until_said("the rollout of the service is over")

        service.docker("update", "--detach", "--update-failure-action", "pause", "cart")
        service.docker("update", "--detach", "--image", "setpoint-nothing", "--no-resolve-image", "cart")
        wait_until(lambda: service.rollout() == "paused", "a rollout of an image that is not there is paused", 60, agent.said)
        agent.policy.write_text(policy("cart", 5, 6))
        agent.wait_until_said("docker service rollback cart")
        time.sleep(5)
        check(service.rollout() == "paused" and service.size() == 4, "a paused rollout is not started again by a new size\n" + agent.said())
        service.docker("rollback", "--detach", "cart")
        wait_until(lambda: service.size() == 5, "once somebody went back, it grows", 60, agent.said)
        wait_until(lambda: service.running() == 5, "with the image that works", 60, agent.said)
        check(service.inspect()["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"].startswith("setpoint-load"), "which is the one before")
        check(agent.stop() == 0, "stops cleanly")
        agent.replayed()


def refused(engine):
    everywhere = Service(engine, "watch", "--mode", "global")
    with Agent(engine.folder / "watch", policy("watch", 2, 6), engine.socket) as agent:
        agent.wait_until_said("it is global")
        check("--mode replicated" in agent.said(), "a global service is refused, with the cure")
        everywhere.remove()
        agent.wait_until_said("not found")
        everywhere.words = ()
        everywhere.create()
        wait_until(lambda: everywhere.size() == 2, "made again as a replicated one, it is scaled", 40, agent.said)
        agent.wait_until_said("can be scaled again")

        everywhere.remove()
        everywhere.words = ("--publish", "mode=host,published=18080,target=80")
        everywhere.create()
        agent.wait_until_said("each node runs one replica")
        wait_until(lambda: everywhere.size() == 2, "removed and made again with another size, it is control's", 40, agent.said)
        agent.wait_until_said("replicas find no node")
        agent.policy.write_text(policy("watch", 4, 6))
        agent.wait_until_said("replicas that there are find no node")
        check(everywhere.size() == 2, "where replicas find no node, none are added")
        check(agent.stop() == 0, "stops cleanly")


def zero(engine):
    service = Service(engine, "batch", "--replicas", "2")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
    config = engine.folder / "prometheus.yml"
    config.write_text("global: {}\n")
    server = subprocess.Popen(["prometheus", "--config.file", str(config), "--storage.tsdb.path", str(engine.folder / "prometheus"),
                               "--web.listen-address", address], stderr=subprocess.DEVNULL)

    def with_backlog(jobs):
        return policy("batch", 0, 6, "{ track: { signal: jobs, averageValue: 10 } }",
                      "jobs: { prometheus: { query: 'vector(%d)', url: 'http://%s' } }" % (jobs, address))
    try:
        with Agent(engine.folder / "batch", with_backlog(0), engine.socket) as agent:
            wait_until(lambda: service.size() == 0 and service.running() == 0, "without work it goes to zero", 60, agent.said)
            time.sleep(3)
            agent.policy.write_text(with_backlog(25))
            wait_until(lambda: service.running() == 3, "and work wakes it", 60, agent.said)
            check("somebody else" not in agent.said(), "all of it by its own hand")
            check(agent.stop() == 0, "stops cleanly")
    finally:
        server.terminate()
        server.wait()


def outside_a_swarm(engine):
    """Before there is one."""
    with Agent(engine.folder / "none", policy("web", 1, 6), engine.socket) as agent:
        agent.wait_until_said("docker swarm init")
        check("not a swarm manager" in agent.said(), "an Engine that manages no Swarm is told, with the cure")
        check(agent.stop() == 0, "stops cleanly")


def main():
    parts = [by_cpu, killed, rollouts, refused, zero]
    with Engine() as engine:
        outside_a_swarm(engine)
        engine.docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:0")
        engine.build_load_image()
        for part in parts:
            if sys.argv[1:] and part.__name__ not in sys.argv[1:]:
                continue
            print("== " + part.__name__, flush=True)
            part(engine)


main()
