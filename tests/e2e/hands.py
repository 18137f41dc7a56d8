#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Other hands on a group: seen by the Engine's events long before the next round, named, and yielded to; a container that
falls over is nobody's wish and is replaced."""
import os
import signal
import time

from agent import Agent, check, wait_until
from engine import Engine, Group

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: hands }
spec:
  target: { docker: { label: app=hands } }
  replicas: { min: 1, max: 9 }
  interval: 5m
  signals: { cpu: cpu }
  policies:
    - schedule: { timezone: UTC, windows: [ { cron: "* * * * *", duration: 1h, replicas: 3 } ] }
  yield: { toIncrease: 30m, toDecrease: 10m }
"""


def seen_within(agent, text, limit, began):
    wait_until(lambda: text in agent.said(), "the log says '%s'" % text, 60, agent.said)
    took = time.monotonic() - began
    print("%.2f s until '%s'" % (took, text))
    check(took < limit, "seen by the events, not at the next round in five minutes: '%s'" % text)


def main():
    with Engine() as engine:
        group = Group(engine, "app=hands", 0.1)
        with Agent(engine.folder / "agent", POLICY, engine.socket) as agent:
            agent.wait_until_said("hands scaled from 1 to 3")

            process = int(engine.docker("inspect", "--format", "{{.State.Pid}}", "hands-1").stdout)
            began = time.monotonic()
            os.kill(process, signal.SIGKILL)
            seen_within(agent, "replicas came or went by themselves: 3 became 2", 60, began)
            wait_until(lambda: group.size() == 3, "and replaced", 30, agent.said)

            began = time.monotonic()
            engine.docker("run", "-d", "--name", "hands-by-hand", "--label", "app=hands", "--network", "none",
                          "--volume", "%s:/load" % group.folder, "setpoint-load")
            seen_within(agent, "somebody else changed the size from 3 to 4", 60, began)
            check(group.size() == 4, "and yielded to: a floor")

            began = time.monotonic()
            engine.docker("rm", "-f", "hands-by-hand", "hands-2")
            seen_within(agent, "somebody else changed the size from 4 to 2", 60, began)
            time.sleep(3)
            check(group.size() == 2, "and yielded to: kept")
            status, policies = agent.ask("/api/v1/policies")
            check(status == 200 and "somebody else lowered the size: 2 is kept" in str(policies), "it is shown: %s" % policies)
            agent.ask("/api/v1/overrides", {"policy": "hands", "kind": "resume"})
            check(agent.stop() == 0, "stops cleanly")
            agent.replayed()


main()
