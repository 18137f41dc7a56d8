#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two groups on a real Engine share a budget and a limit of starts a minute: in the containers, in what `explain` says, in
the metrics, and still after a restart and a reload."""
import subprocess
import time

from agent import BINARY, Agent, check, wait_until
from engine import Engine, Group

AGENT = """
apiVersion: setpoint.dev/v1alpha1
kind: Agent
spec:
  guards:
    startsPerMinute: %d
    budgets: [ { policies: [ web, api ], replicas: %d } ]
"""
POLICY = """
---
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: %(name)s }
spec:
  target: { docker: { label: app=%(name)s } }
  replicas: { min: 1, max: 8 }
  interval: 2s
  signals: { cpu: cpu }
  policies: [ { track: { signal: cpu, utilization: 60%% } } ]
  behavior: { scaleDown: { stabilizationWindowSeconds: 4, policies: [ { type: Percent, value: 100, periodSeconds: 2 } ] } }
"""
STARTS, BUDGET = 4, 8


def documents(starts, budget):
    return AGENT % (starts, budget) + POLICY % {"name": "web"} + POLICY % {"name": "api"}


def explained(agent, name):
    done = subprocess.run([BINARY, "explain", name, "--state-dir", str(agent.state)], capture_output=True, text=True)
    return done.stdout + done.stderr


def main():
    with Engine() as engine:
        web = Group(engine, "app=web", cpus=0.1)
        api = Group(engine, "app=api", cpus=0.1)
        started = []  # (when, size of both) as seen from outside

        def sizes():
            now = (web.size(), api.size())
            started.append((time.monotonic(), sum(now)))
            return now

        with Agent(engine.folder / "agent", documents(STARTS, BUDGET), engine.socket) as agent:
            agent.wait_until_said("web: 1 replicas, 1 ready")
            web.demand(2.0)
            api.demand(2.0)
            wait_until(lambda: sum(sizes()) >= 2 + STARTS, "the first %d start" % STARTS, 60, agent.said)
            began = time.monotonic()
            wait_until(lambda: "may start %d replicas a minute" % STARTS in explained(agent, "web") + explained(agent, "api"),
                       "explain says that starts are limited", 20, lambda: explained(agent, "web") + explained(agent, "api"))
            status, metrics = agent.ask("/metrics")
            check(status == 200 and 'code="starts_limited"' in metrics, "and the metrics count it")

            check(agent.stop() == 0, "stops in the middle of it")
            agent.start()
            while time.monotonic() < began + 40:
                sizes()
                time.sleep(1)
            check(sum(sizes()) <= 2 + STARTS, "a restart does not forget what was started: %s" % (sizes(),))

            wait_until(lambda: sizes() == (4, 4), "a minute later the rest starts: half of the budget for each", 90, agent.said)
            time.sleep(6)
            check(sizes() == (4, 4), "and no more")
            wait_until(lambda: "a budget of 8 replicas is short" in explained(agent, "web"), "explain says that the budget is short", 20,
                       lambda: explained(agent, "web"))
            check('code="budget_share"' in agent.ask("/metrics")[1], "and the metrics count it")

            agent.policy.write_text(documents(STARTS, 6))
            wait_until(lambda: sizes() == (3, 3), "a smaller budget takes from both", 40, agent.said)

            api.demand(0.02)
            wait_until(lambda: sizes() == (5, 1), "what one does not need the other has", 120, agent.said)
            check(agent.stop() == 0, "stops cleanly")
            agent.replayed()
            done = subprocess.run([BINARY, "replay", str(agent.state / "journal"), "--policy", "nobody"], capture_output=True, text=True)
            check(done.returncode == 2 and "no policy 'nobody' (it has: api, web)" in done.stderr, "a policy that the journal does not have is an error")
        most = max(size for _, size in started)
        check(most <= BUDGET, "never more than the budget: %d" % most)
        quick = max(size - before for at, before in started for then, size in started if 0 <= then - at < 55)
        check(quick <= STARTS, "never more than %d starts a minute: %d" % (STARTS, quick))


main()
