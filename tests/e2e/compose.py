#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A service of a real docker-compose project: scaled up and down, and Compose takes the new containers for its own."""
import os
import subprocess
import time

from agent import BINARY, Agent, check, wait_until
from engine import Engine

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: %(name)s }
spec:
  target: { docker: { project: shop, service: %(name)s } }
  replicas: { min: %(min)d, max: 5 }
  interval: 1s
  signals: { cpu: cpu }
  policies: [ { track: { signal: cpu, utilization: 60%% } } ]
  behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [ { type: Percent, value: 100, periodSeconds: 1 } ] } }
"""
PROJECT = """
version: "2.4"
services:
  cart:
    image: setpoint-load
    cpus: 0.1
    networks: [ front, back ]
    volumes: [ "%(load)s:/load", /scratch ]
    labels: { team: shop }
  named:
    image: setpoint-load
    cpus: 0.1
    container_name: the-only-one
    volumes: [ "%(load)s:/load" ]
networks: { front: {}, back: {} }
"""


class Project:
    def __init__(self, engine):
        self.engine = engine
        self.folder = engine.folder / "shop"
        self.folder.mkdir()
        load = engine.folder / "idle"
        load.mkdir()
        load.chmod(0o777)
        (load / "demand").write_text("0.0\n")
        (self.folder / "docker-compose.yml").write_text(PROJECT % {"load": load})
        self.image = engine.build_load_image()

    def compose(self, *words):
        done = subprocess.run(["docker-compose", "-p", "shop", *words], cwd=self.folder, capture_output=True, text=True,
                              env={**os.environ, "DOCKER_HOST": "unix://" + self.engine.socket}, timeout=120)
        check(done.returncode == 0, "docker-compose %s\n%s" % (" ".join(words), done.stderr))
        return done.stdout

    def running(self, service):
        """{name: ID} of the service's containers that run."""
        out = self.engine.docker("ps", "--no-trunc", "--filter", "label=com.docker.compose.service=" + service,
                                 "--filter", "label=com.docker.compose.project=shop", "--format", "{{.Names}} {{.ID}}").stdout
        return dict(line.split() for line in out.splitlines())

    def inspect(self, name, template):
        return self.engine.docker("inspect", "--format", template, name).stdout.strip()


def main():
    with Engine() as engine:
        project = Project(engine)
        project.compose("up", "-d", "cart", "named")
        before = project.running("cart")
        check(list(before) == ["shop_cart_1"], "Compose has made one")
        with Agent(engine.folder / "agent", POLICY % {"name": "cart", "min": 3}, engine.socket) as agent:
            wait_until(lambda: len(project.running("cart")) == 3, "grows to its minimum", 30, agent.said)
            check(set(project.running("cart")) == {"shop_cart_1", "shop_cart_2", "shop_cart_3"}, "with the next numbers")
            for template in ('{{index .Config.Labels "com.docker.compose.config-hash"}}', "{{.HostConfig.NanoCpus}}",
                             '{{index .Config.Labels "team"}}', "{{len .NetworkSettings.Networks}}"):
                check(project.inspect("shop_cart_3", template) == project.inspect("shop_cart_1", template), "the same " + template)
            check(project.inspect("shop_cart_3", '{{index .Config.Labels "com.docker.compose.container-number"}}') == "3", "its own number")
            check("cart" in project.inspect("shop_cart_2", "{{range .NetworkSettings.Networks}}{{.Aliases}}{{end}}"), "the service's alias")
            volume = "{{range .Mounts}}{{if eq .Type \"volume\"}}{{.Name}}{{end}}{{end}}"
            check(project.inspect("shop_cart_2", volume) != project.inspect("shop_cart_1", volume), "an anonymous volume of its own")
            check(agent.stop() == 0, "stops cleanly")

        three = project.running("cart")
        check("shop_cart_3" in project.compose("ps"), "compose ps shows them")
        project.compose("up", "-d", "--scale", "cart=3", "cart")
        check(project.running("cart") == three, "compose up with that size leaves them alone: none was made anew")

        with Agent(engine.folder / "agent", POLICY % {"name": "cart", "min": 1}, engine.socket) as agent:
            wait_until(lambda: len(project.running("cart")) == 1, "shrinks when idle", 60, agent.said)
            check(project.running("cart") == before, "and the first one stays")
            wait_until(lambda: project.compose("ps", "-q", "cart").split() == [before["shop_cart_1"]], "nothing is left over", 30, agent.said)
            project.compose("up", "-d", "--scale", "cart=2", "cart")
            agent.wait_until_said("somebody else changed the size from 1 to 2", 3)
            time.sleep(10)
            check(len(project.running("cart")) == 2, "what somebody else adds is a floor for a while")
            subprocess.run([BINARY, "resume", "cart", "--admin", agent.url()], check=True)
            wait_until(lambda: len(project.running("cart")) == 1, "until a person says so", 60, agent.said)

        project.compose("up", "-d", "--scale", "cart=2", "cart")
        two = project.running("cart")
        with Agent(engine.folder / "anew", POLICY % {"name": "cart", "min": 2}, engine.socket) as agent:
            agent.wait_until_said("cart: 2 replicas")
            project.compose("up", "-d", "--force-recreate", "--scale", "cart=2", "cart")
            anew = project.running("cart")
            check(len(anew) == 2 and not set(anew.values()) & set(two.values()), "Compose makes both anew")
            agent.wait_until_said("somebody else changed the size from 2 to")
            wait_until(lambda: "somebody" not in agent.ask("/api/v1/policies")[1]["policies"][0]["reason"], "who did that is waited for, and then it was no change", 40, agent.said)
            check("scaled from" not in agent.said(), "setpoint has added none in between: %s" % agent.said())
            check(project.running("cart") == anew, "nor taken one away")

        with Agent(engine.folder / "named", POLICY % {"name": "named", "min": 2}, engine.socket) as agent:
            agent.wait_until_said("container_name")
            check(len(project.running("named")) == 1, "a service with container_name is refused, with the cure")
        project.compose("down", "-v")
        check(project.running("cart") == {}, "compose down removes everything")


main()
