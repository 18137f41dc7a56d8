#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A group of containers that really burn CPU grows under load and shrinks afterwards, within its bounds, and
the journal explains every step."""
import time

from agent import Agent, check, wait_until
from engine import Engine, Group

MIN, MAX = 1, 6
POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { min: %d, max: %d }
  interval: 2s
  signals: { cpu: cpu }
  policies: [ { track: { signal: cpu, utilization: 60%% } } ]
  behavior:
    scaleUp: { policies: [ { type: Pods, value: 2, periodSeconds: 4 } ] }
    scaleDown: { stabilizationWindowSeconds: 8, policies: [ { type: Percent, value: 100, periodSeconds: 4 } ] }
""" % (MIN, MAX)


def main():
    with Engine() as engine:
        group = Group(engine, "app=web", cpus=0.1)
        original = group.containers()[0]["ID"]
        sizes = [group.size()]

        def size():
            sizes.append(group.size())
            return sizes[-1]

        with Agent(engine.folder / "agent", POLICY, engine.socket) as agent:
            group.demand(0.04)
            time.sleep(10)
            check(size() == 1, "40 % of one replica leaves it at 1\n" + agent.said())

            # 0.21 cores at 60 % of 0.1 each: 4 replicas (3.5).
            group.demand(0.21)
            wait_until(lambda: size() >= 4, "grows to 4 under load", 60, agent.said)
            time.sleep(10)
            check(size() == 4, "and stays there, at %d" % sizes[-1])

            group.demand(2.0)
            wait_until(lambda: size() >= MAX, "grows to its maximum under a load too large", 60, agent.said)
            time.sleep(8)

            group.demand(0.02)
            wait_until(lambda: size() == 1, "shrinks to 1 when the load is gone", 90, agent.said)
            check(original in [c["ID"] for c in group.containers() if c["State"] == "running"],
                  "the newest went first, the oldest stayed")
            wait_until(lambda: len(group.containers()) == 1, "no container is left over", 20)
            check(agent.stop() == 0, "stops cleanly on SIGTERM")
            check(MIN <= min(sizes) and max(sizes) <= MAX, "never out of bounds: %d to %d" % (min(sizes), max(sizes)))
            explain(agent)


def explain(agent):
    decisions = agent.replayed()
    changes = [d for d in decisions if d.get("apply")]
    check(len(changes) >= 3, "the journal has the changes: %d among %d decisions" % (len(changes), len(decisions)))
    for change in changes:
        check(change["reason"] and MIN <= change["replicas"] <= MAX,
              "%s -> %s: %s" % (change["current"], change["replicas"], change["reason"]))
    scaled = [line for line in agent.said().splitlines() if " scaled from " in line]
    check(len(scaled) >= 3, "the log tells each of them")


main()
