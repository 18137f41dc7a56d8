#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Break-glass from the command line on a real Engine: pin, kept over a kill, shown, taken back; pause; and what status says."""
import json
import re
import subprocess
import urllib.error
import urllib.request

from agent import BINARY, Agent, check, wait_until
from engine import Engine, Group

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { min: 1, max: 6 }
  interval: 1s
  signals: { cpu: cpu }
  policies: [ { track: { signal: cpu, utilization: 60% } } ]
  behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [ { type: Percent, value: 100, periodSeconds: 1 } ] } }
"""


def setpoint(agent, *words):
    return subprocess.run([BINARY, *words, "--admin", agent.url()], capture_output=True, text=True, timeout=30)


def status(agent):
    done = setpoint(agent, "status", "--format", "json")
    check(done.returncode == 0, "status answers " + done.stderr)
    return json.loads(done.stdout)["policies"][0]


def check_metrics_alone(agent):
    """What --metrics shows is for everybody, by any name; the rest is not there."""
    port = re.search(r"metrics for everybody at http://0\.0\.0\.0:(\d+)/metrics", agent.said()).group(1)
    ask = lambda path: urllib.request.Request("http://127.0.0.1:" + port + path, headers={"Host": "setpoint.example:" + port})
    with urllib.request.urlopen(ask("/metrics"), timeout=10) as answer:
        check("setpoint_build_info" in answer.read().decode(), "metrics at their own address")
    for path in ("/", "/api/v1/policies"):
        try:
            urllib.request.urlopen(ask(path), timeout=10)
        except urllib.error.HTTPError as error:
            check(error.code == 404, "%s is not shown there, but %d" % (path, error.code))
        else:
            check(False, path + " is not shown there")


def main():
    with Engine() as engine:
        group = Group(engine, "app=web", cpus=0.1)
        with Agent(engine.folder / "agent", POLICY, engine.socket, "--metrics", "0.0.0.0:0") as agent:
            agent.wait_until_said("scales on the Engine")
            check_metrics_alone(agent)
            done = setpoint(agent, "pin", "web", "3", "--for", "10m", "--reason", "launch at noon")
            check(done.returncode == 0 and "pinned to 3 until" in done.stdout, "pin: " + done.stdout + done.stderr)
            wait_until(lambda: group.size() == 3, "an idle group is pinned to 3", 30, agent.said)

            agent.kill()
            agent.start()
            agent.wait_until_said("resumes 1 of 1 policies")
            wait_until(lambda: agent.said().count("scales on the Engine") == 2, "the next agent runs", 20, agent.said)
            wait_until(lambda: (status(agent)["override"] or {}).get("replicas") == 3, "which still has the pin", 20, agent.said)
            check(group.size() == 3, "and the size")
            text = setpoint(agent, "status").stdout
            check("launch at noon" in text and "pin 3" in text, "status shows it:\n" + text)

            check(setpoint(agent, "pin", "wbe", "3", "--for", "1h", "--reason", "x").returncode == 2, "a policy that is not there is an error")
            done = setpoint(agent, "pin", "web", "3", "--for", "99d", "--reason", "x")
            check(done.returncode == 2 and "30d" in done.stderr, "and so is a pin without an end in sight: " + done.stderr)

            check(setpoint(agent, "off", "--all", "--for", "5m", "--reason", "incident").returncode == 0, "off --all")
            wait_until(lambda: status(agent)["override"]["kind"] == "pause", "pauses everything", 10, agent.said)
            check(setpoint(agent, "resume", "--all").returncode == 0, "resume --all")
            wait_until(lambda: group.size() == 1, "and control goes on", 60, agent.said)
            check(status(agent)["override"] is None, "without an override")
            check(agent.stop() == 0, "stops cleanly")


main()
