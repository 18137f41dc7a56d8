#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The agent dies by SIGKILL in the middle of a scale-up; the next start ends at the right size, with no stray
container, and remembers what the first one knew. An argument says how often (the moments differ)."""
import random
import sys
import time

from agent import Agent, check, wait_until
from engine import Engine, Group

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { min: %d, max: 8 }
  interval: 2s
  signals: { cpu: cpu }
  policies: [ { track: { signal: cpu, utilization: 60%% } } ]
  behavior:
    scaleDown: { stabilizationWindowSeconds: 4 }
"""
SMALL, LARGE = POLICY % 1, POLICY % 6


def kill_in_scale_up(engine, group, round_number, moment):
    """Kills the agent `moment` seconds after the first new container exists."""
    with Agent(engine.folder / ("agent-%d" % round_number), SMALL, engine.socket) as agent:
        wait_until(lambda: group.size() == 1, "begins with 1", 60, agent.said)
        wait_until(lambda: (agent.state / "checkpoint").exists(), "a checkpoint is written", 40, agent.said)
        check(agent.stop() == 0, "stops cleanly")

        agent.policy.write_text(LARGE)
        agent.start()
        wait_until(lambda: len(group.containers()) > 1, "the scale-up begins", 20, agent.said)
        time.sleep(moment)
        agent.kill()
        left = group.containers()
        check(True, "killed %.2f s into the scale-up, with %d of 6 containers, %d running" %
              (moment, len(left), sum(c["State"] == "running" for c in left)))

        before = len(agent.said())
        agent.start()
        wait_until(lambda: "resumes 1 of 1 policies" in agent.said()[before:], "the next start remembers", 10, agent.said)
        wait_until(lambda: "scales on the Engine" in agent.said()[before:], "and reaches the Engine", 10, agent.said)
        wait_until(lambda: group.size() == 6, "and ends at 6", 30, agent.said)
        time.sleep(5)
        # A start that was on its way when the agent died may still be carried out, and is one too many for a moment.
        wait_until(lambda: [c["State"] for c in group.containers()] == ["running"] * 6, "and stays there, with no stray container", 40, agent.said)
        check(agent.stop() == 0, "stops cleanly again")
        agent.replayed()  # every segment, the torn one too, gives the same decisions

        agent.policy.write_text(SMALL)
        agent.start()
        wait_until(lambda: group.size() == 1, "and back to 1", 60, agent.said)
        wait_until(lambda: len(group.containers()) == 1, "with nothing left over", 20)
        check(agent.stop() == 0, "stops cleanly at last")


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    chance = random.Random(1)
    with Engine() as engine:
        group = Group(engine, "app=web", cpus=0.1)
        for number in range(rounds):
            print("== round %d of %d" % (number + 1, rounds), flush=True)
            kill_in_scale_up(engine, group, number, 0.1 if rounds == 1 else chance.uniform(0, 2.5))


main()
