#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`setpoint record` beside an agent that scales the same group under load: what it wrote is what the Engine had, and
`dry-run` replays it with the same document."""
import datetime
import json
import signal
import subprocess
import threading
import time

from agent import BINARY, Agent, check, wait_until
from engine import Engine, Group

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: %(name)s }
spec:
  target: { docker: { label: app=%(name)s } }
  replicas: { min: 1, max: 4 }
  interval: 1s
  signals: { cpu: cpu, memory: memory }
  policies: [ { track: { signal: cpu, utilization: 60%% } } ]
  behavior: { scaleDown: { stabilizationWindowSeconds: 3, policies: [ { type: Percent, value: 100, periodSeconds: 1 } ] } }
"""
NEAR = 2.5  # s: a look, and what the machine takes for it


class Observer:
    """Asks the Engine itself, twice a second."""

    def __init__(self, group):
        self.group, self.seen, self.ended = group, [], threading.Event()
        self.thread = threading.Thread(target=self.observe)
        self.thread.start()

    def observe(self):
        while not self.ended.wait(0.5):
            before = time.time()
            size = self.group.size()
            self.seen.append((before, time.time(), size))

    def stop(self):
        self.ended.set()
        self.thread.join()

    def sizes_near(self, when):
        return {size for before, after, size in self.seen if before - NEAR <= when <= after + NEAR}


def lines_of(path):
    text = path.read_text()
    assert not text or text.endswith("\n"), "a reader sees whole lines only"
    return [json.loads(line) for line in text.splitlines()]


def record(*words, **more):
    return subprocess.Popen([BINARY, "record", *words], stderr=subprocess.PIPE, text=True, **more)


def beside_an_agent(engine, group, folder):
    out = folder / "web.jsonl"
    with Agent(folder / "agent", POLICY % {"name": "web"}, engine.socket) as agent:
        agent.wait_until_said("web: 1 replicas, 1 ready")
        recorder = record("-f", str(agent.policy), "-o", str(out), "--docker-host", "unix://" + engine.socket)
        observer = Observer(group)
        try:
            group.demand(0.02)
            time.sleep(5)
            group.demand(0.17)  # at 60 % of 0.1 each: 3 replicas (2.8)
            wait_until(lambda: len(lines_of(out)) >= 8, "a reader can follow", 10)
            wait_until(lambda: group.size() == 3, "the agent grows the group to 3", 30, agent.said)
            time.sleep(6)
            group.demand(0.02)
            wait_until(lambda: group.size() == 1, "and shrinks it", 40, agent.said)
            time.sleep(3)
        finally:
            observer.stop()
            recorder.send_signal(signal.SIGINT)
            said = recorder.communicate(timeout=10)[1]
        check(recorder.returncode == 0, "Ctrl-C ends the recording: " + said)
        check("\x1b" not in said and "recording: " not in said, "no progress where there is no terminal")
        check(agent.stop() == 0, "the agent was not disturbed")
        agent.replayed()
    lines = lines_of(out)
    check(len(lines) > 20, "a line a second: %d" % len(lines))
    compare(lines, observer)
    return out, agent.policy, lines


def compare(lines, observer):
    wrong = [(line["time"], line["target"]["replicas"]) for line in lines
             if "target" in line and line["target"]["replicas"] not in observer.sizes_near(line["time"])]
    check(not wrong, "the recorded sizes are the Engine's: %s" % wrong)
    sizes = [line["target"]["replicas"] for line in lines if "target" in line]
    check(set(sizes) == {1, 2, 3} or set(sizes) == {1, 3}, "all of them: %s" % sizes)
    check(all(0 <= line["target"]["ready"] <= line["target"]["replicas"] for line in lines if "target" in line), "and so the ready ones")
    values = [line["signals"]["cpu"] for line in lines if line["signals"].get("cpu")]
    check(all(value["time"] <= line["time"] for line in lines for value in [line["signals"].get("cpu")] if value), "a sample's time is its own")
    # The first question is the base of the first difference.
    first = next(line for line in lines if "cpu" in line["signals"])
    check(first["signals"]["cpu"] is None, "the first reading of a counter has no value, and is not zero")
    check(max(v["value"] for v in values if v["value"] is not None) > 0.6, "the load is in it")
    check(all(0.5 <= v["window"] <= 5 for v in values), "with the windows: %.1f to %.1f s" % (min(v["window"] for v in values), max(v["window"] for v in values)))
    last = next(line for line in reversed(lines) if line["signals"].get("cpu"))
    pods = [pod for pod in last["pods"] if "cpu" in pod.get("signals", {})]
    used = sum(pod["signals"]["cpu"]["value"] for pod in pods)
    check(pods and abs(used / (0.1 * len(pods)) - last["signals"]["cpu"]["value"]) < 0.01 + 0.5 * (len(pods) > 1), "and the cores of each replica")


def dry_run(out, policy, lines):
    done = subprocess.run([BINARY, "dry-run", "-f", str(policy), "--recording", str(out), "--format", "json"], capture_output=True, text=True)
    check(done.returncode == 0, "dry-run replays it with the same document and nothing else: " + done.stderr)
    decisions = json.loads(done.stdout)["decisions"]
    check(abs(len(decisions) - (lines[-1]["time"] - lines[0]["time"])) < 5, "a decision a second: %d" % len(decisions))
    sizes = {decision["replicas"] for decision in decisions}
    check(decisions[0]["replicas"] == 1 and max(sizes) >= 3, "that grow under the recorded load as the agent did: %s" % sorted(sizes))
    text = subprocess.run([BINARY, "dry-run", "-f", str(policy), "--recording", str(out)], capture_output=True, text=True).stdout
    check("as recorded    1 to 3" in text, "and the report has the recorded sizes\n" + text)
    began = datetime.datetime.fromtimestamp(lines[0]["time"], datetime.timezone.utc).strftime("%Y-%m-%d %H:%M")
    check(began in text, "at their times")


def dry_run_by_amount(out, folder):
    """The same load held by cores instead of a share of the limit: 60m of 100m is the same goal."""
    policy = folder / "amount.yaml"
    policy.write_text((POLICY % {"name": "web"}).replace("utilization: 60%", "averageValue: 60m"))
    done = subprocess.run([BINARY, "dry-run", "-f", str(policy), "--recording", str(out), "--format", "json"], capture_output=True, text=True)
    sizes = {decision["replicas"] for decision in json.loads(done.stdout)["decisions"]}
    check(min(sizes) == 1 and max(sizes) >= 3, "and with a policy that counts cores: %s" % sorted(sizes))


def several(engine, folder):
    """Two policies in one file; and to the standard output, for a while."""
    policies = folder / "two.yaml"
    policies.write_text(POLICY % {"name": "web"} + "---" + POLICY % {"name": "api"})
    recorder = record("-f", str(policies), "-o", "-", "--for", "4s", "--docker-host", "unix://" + engine.socket, stdout=subprocess.PIPE)
    text, said = recorder.communicate(timeout=20)
    check(recorder.returncode == 0, "two policies for 4 s: " + said)
    lines = [json.loads(line) for line in text.splitlines()]
    check({line["policy"] for line in lines} == {"web", "api"}, "each line says whose it is")
    check("api: cpu had no value" in said, "and what had no value is told")
    both = folder / "both.jsonl"
    both.write_text(text)
    for name, size in (("web", 1), ("api", 0)):
        recorded = {line["target"]["replicas"] for line in lines if line["policy"] == name and "target" in line}
        check(recorded == {size}, "%s has %d: %s" % (name, size, recorded))
    done = subprocess.run([BINARY, "dry-run", "-f", str(policies), "--policy", "web", "--recording", str(both)], capture_output=True, text=True)
    check(done.returncode == 0 and "1 to 1" in done.stdout, "dry-run takes the lines of its policy\n" + done.stdout + done.stderr)


def main():
    with Engine() as engine:
        group = Group(engine, "app=web", cpus=0.1)
        out, policy, lines = beside_an_agent(engine, group, engine.folder)
        dry_run(out, policy, lines)
        dry_run_by_amount(out, engine.folder)
        refused = record("-f", str(policy), "-o", str(out), "--docker-host", "unix://" + engine.socket)
        check(refused.wait(10) == 2 and "is there already" in refused.stderr.read(), "a recording is not overwritten unasked")
        several(engine, engine.folder)


main()
