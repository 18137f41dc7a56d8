#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A running agent takes changed policies over, whole or not at all: an edited file, a wrong one, SIGHUP, a policy more and one less,
and the service manager is told."""
import os
import signal
import socket
import time

from agent import Agent, check, wait_until
from engine import Engine, Group

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { min: %d, max: 6 }
  interval: 1s
  signals: { cpu: cpu }
  policies: [ { track: { signal: cpu, utilization: 60%% } } ]
  behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [ { type: Percent, value: 100, periodSeconds: 1 } ] } }
"""
OTHER = POLICY.replace("name: web", "name: api").replace("app=web", "app=api")


def replace(path, text):
    """As editors do."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


def manager(folder):
    """A service manager's end of the notify socket."""
    path = str(folder / "notify")
    listens = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listens.bind(path)
    listens.settimeout(10)
    os.environ["NOTIFY_SOCKET"] = path
    os.environ["WATCHDOG_USEC"] = "1000000"
    return listens


def heard(listens, wanted):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if listens.recv(4096).decode() == wanted:
            return True
    return False


def drain(listens):
    listens.setblocking(False)
    try:
        while True:
            listens.recv(4096)
    except BlockingIOError:
        listens.settimeout(10)


def main():
    with Engine() as engine:
        listens = manager(engine.folder)
        group = Group(engine, "app=web", cpus=0.1)
        other = Group(engine, "app=api", cpus=0.1)
        with Agent(engine.folder / "agent", POLICY % 1, engine.socket) as agent:
            check(heard(listens, "READY=1"), "the service manager hears that the agent is ready")
            check(heard(listens, "WATCHDOG=1"), "and that it lives")
            agent.wait_until_said("web: 1 replicas, 1 ready")

            replace(agent.policy, POLICY % 3)
            wait_until(lambda: group.size() == 3, "a changed file is obeyed without a restart", 20, agent.said)

            replace(agent.policy, POLICY % 9)
            agent.wait_until_said("the policies stay as they were")
            check("min must not be above max, was 9 above 6" in agent.said(), "a wrong file is told with its errors")
            time.sleep(2)
            check(group.size() == 3, "and changes nothing")
            status, answer = agent.ask("/api/v1/reload", body={})
            check(status == 409 and "9 above 6" in answer["error"], "asked over the API, it says the same")

            before = agent.said().count("reloaded:")
            replace(agent.policy, POLICY % 2 + "---" + OTHER % 2)
            wait_until(lambda: other.size() == 2, "a policy more is scaled", 20, agent.said)
            check(group.size() == 3 or group.size() == 2, "and the first goes on")
            wait_until(lambda: group.size() == 2, "with its own new minimum", 30, agent.said)

            replace(agent.policy, OTHER % 1)
            wait_until(lambda: "web: no policy any more" in agent.said(), "a policy less is told", 20, agent.said)
            wait_until(lambda: other.size() == 1, "the other one goes on in its new place", 30, agent.said)
            check(group.size() == 2, "and what it scaled stays as it is")

            agent.process.send_signal(signal.SIGHUP)
            wait_until(lambda: agent.said().count("reloaded:") >= before + 3, "SIGHUP reads the files again", 10, agent.said)
            drain(listens)  # a manager that does not listen loses what comes
            check(agent.stop() == 0, "stops cleanly")
            check(heard(listens, "STOPPING=1"), "and says so")
            agent.replayed()


main()
