#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Containers that say their own policy: a docker-compose project is scaled with no policy file at all; a changed label is taken
over, a wrong one is named, a forbidden one refused, a policy of a file not taken over; and without the flag nothing happens."""
import os
import subprocess
import time

from agent import Agent, check, wait_until
from engine import Engine, Group

DOWN = "behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [ { type: Percent, value: 100, periodSeconds: 1 } ] } }"
SPEC = """replicas: { min: %d, max: %d }
interval: 1s
signals: { cpu: cpu }
policies: [ { track: { signal: cpu, utilization: 60%% } } ]
""" + DOWN + "\n"
ASKING = """replicas: { min: 2, max: 3 }
signals:
  rps: { prometheus: { query: up, %s } }
policies: [ { track: { signal: rps, averageValue: 1 } } ]
"""
FILE = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { min: 2, max: 4 }
  interval: 1s
  signals: { cpu: cpu }
  policies: [ { track: { signal: cpu, utilization: 60% } } ]
"""
SOURCE = """
apiVersion: setpoint.dev/v1alpha1
kind: Source
metadata: { name: main }
spec: { prometheus: { url: "http://127.0.0.1:9" } }
"""
PROJECT = """
version: "2.4"
services:
  cart:
    image: setpoint-load
    cpus: 0.1
    network_mode: none
    volumes: [ "%s:/load" ]
    labels:
      setpoint.dev/scale: |
        %s
"""


class Project:
    def __init__(self, engine):
        self.engine = engine
        self.image = engine.build_load_image()
        self.folder = engine.folder / "shop"
        self.folder.mkdir()
        self.load = engine.folder / "idle"
        self.load.mkdir()
        self.load.chmod(0o777)
        (self.load / "demand").write_text("0.0\n")

    def compose(self, *words):
        done = subprocess.run(["docker-compose", "-p", "shop", *words], cwd=self.folder, capture_output=True, text=True,
                              env={**os.environ, "DOCKER_HOST": "unix://" + self.engine.socket}, timeout=120)
        check(done.returncode == 0, "docker-compose %s\n%s" % (" ".join(words), done.stderr))

    def up(self, spec):
        """`docker-compose up -d` with this text in the label."""
        text = PROJECT % (self.load, spec.strip().replace("\n", "\n        "))
        (self.folder / "docker-compose.yml").write_text(text)
        self.compose("up", "-d", "-t", "1")

    def run(self, group, spec, *more):
        """A plain container of a group, by the docker command."""
        self.engine.docker("run", "-d", "--name", group + "-1", "--cpus", "0.1", "--network", "none", "--volume", "%s:/load" % self.load,
                           "--label", "setpoint.dev/group=" + group, "--label", "setpoint.dev/scale=" + spec, *more, self.image)

    def size(self, label="com.docker.compose.project=shop"):
        return len(self.engine.docker("ps", "-q", "--filter", "label=" + label).stdout.split())


def without_the_flag(engine, project):
    with Agent(engine.folder / "deaf", FILE, engine.socket) as agent:
        agent.wait_until_said("scales on the Engine")
        time.sleep(5)
        check(project.size() == 1 and "shop-cart" not in agent.said(), "without the flag a label is nothing")
        check(agent.stop() == 0, "stops cleanly")


def with_no_file_at_all(engine, project):
    with Agent(engine.folder / "agent", None, engine.socket, "--policies-from-labels") as agent:
        wait_until(lambda: project.size() == 3, "a Compose service is scaled by the policy in its label", 40, agent.said)
        check("shop-cart: docker project shop service cart, 3 to 5 replicas, every 1s (live), says the container shop_cart_1" in agent.said(),
              "and the log says whose word it is\n" + agent.said())
        _, answer = agent.ask("/api/v1/policies")
        check([(p["name"], p["from"]) for p in answer["policies"]] == [("shop-cart", "the label setpoint.dev/scale")], "so does the API")

        project.up(SPEC % (2, 5))
        agent.wait_until_said("2 to 5 replicas")
        wait_until(lambda: project.size() == 2, "a changed label is taken over", 40, agent.said)

        project.up(SPEC % (9, 5))
        agent.wait_until_said("label setpoint.dev/scale:1:1: replicas: min must not be above max, was 9 above 5")
        check("it stays as it was" in agent.said(), "a wrong label is named with its line and column, and changes nothing\n" + agent.said())
        project.run("mail", SPEC % (2, 4))
        wait_until(lambda: project.size("setpoint.dev/group=mail") == 2, "another policy begins meanwhile, of a plain container", 40, agent.said)
        wait_until(lambda: project.size() == 2, "and the wrong one goes on by its last good form", 40, agent.said)
        check(agent.said().count("was 9 above 5") == 1, "which is said once, not at every look\n" + agent.said())

        project.run("spy", ASKING % "url: 'http://127.0.0.1:9'")
        agent.wait_until_said("label setpoint.dev/scale:3:3: signals.rps.prometheus.url: a label must not say where a server is")
        check(project.size("setpoint.dev/group=spy") == 1, "a server in a label is refused")
        engine.docker("rm", "-f", "spy-1")

        project.up(SPEC % (1, 5))
        agent.wait_until_said("docker project shop service cart: there is no trouble with its label any more")
        wait_until(lambda: project.size() == 1, "a label that is right again counts again", 40, agent.said)
        check(agent.stop() == 0, "stops cleanly")
        agent.replayed()

        agent.start()
        agent.wait_until_said("resumes 2 of 2 policies")
        check(True, "after a restart they remember what they learnt")
        project.compose("down", "-v", "-t", "1")
        agent.wait_until_said("shop-cart: no policy any more")
        check(agent.stop() == 0, "a policy goes with the last of its containers")


def beside_a_file(engine, project):
    group = Group(engine, "app=web", cpus=0.1)
    project.run("mine", SPEC % (3, 4), "--label", "app=web")
    project.run("asks", ASKING % "source: main")
    project.run("many", SPEC % (1, 9))
    with Agent(engine.folder / "both", FILE + "---" + SOURCE, engine.socket, "--policies-from-labels", "--labels-max-replicas", "5") as agent:
        agent.wait_until_said("its container mine-1 is scaled by the policy 'web' of %s:2 already" % agent.policy)
        agent.wait_until_said("web: 2 replicas, 2 ready")
        check(group.size() == 2, "what a file's policy scales is its alone")
        wait_until(lambda: project.size("setpoint.dev/group=asks") == 2, "a label may use a Source of the agent's own files", 40, agent.said)
        agent.wait_until_said("replicas.max: must be at most 5, the most for policies from labels (--labels-max-replicas), was 9")
        agent.policy.write_text(SOURCE)
        agent.wait_until_said("reloaded: ")
        agent.wait_until_said("mine: docker label setpoint.dev/group=mine, 3 to 4 replicas")
        wait_until(lambda: project.size("setpoint.dev/group=mine") >= 3, "and a label's again when the file's is gone", 40, agent.said)
        check(agent.stop() == 0, "stops cleanly")


def main():
    with Engine() as engine:
        project = Project(engine)
        project.up(SPEC % (3, 5))
        without_the_flag(engine, project)
        with_no_file_at_all(engine, project)
        beside_a_file(engine, project)


main()
