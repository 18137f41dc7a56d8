#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The agent and an Engine that is absent, refuses, hangs, drips, closes in mid-answer, babbles or floods; clean
stops; shadow mode; files that must not start it."""
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

from agent import BINARY, Agent, check, wait_until
from engine import Engine, Group
from fake_engine import FakeEngine

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { min: %d, max: 5 }
  interval: 1s
  signals: { cpu: { cpu: {}, maxAge: 6s } }
  policies: [ { track: { signal: cpu, utilization: 60%% } } ]
"""


def memory_kib(agent):
    for line in pathlib.Path("/proc/%d/status" % agent.process.pid).read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])


def waits_for_an_engine(folder, name, socket):
    with Agent(folder / name, POLICY % 1, socket) as agent:
        agent.wait_until_said("does not answer", 15)
        time.sleep(3)
        check(agent.process.poll() is None, "an Engine that %s: the agent waits and says so" % name)
        check(agent.said().count("does not answer") == 1, "once, not with every try")
        check(memory_kib(agent) < 64 * 1024, "in bounded memory (%d KiB)" % memory_kib(agent))
        begin = time.monotonic()
        check(agent.stop() == 0 and time.monotonic() - begin < 5, "and stops at once when told to")


def absent_then_there(folder):
    path = str(folder / "later.sock")
    with Agent(folder / "absent", POLICY % 1, path) as agent:
        agent.wait_until_said("does not answer", 10)
        check(path in agent.said(), "an absent socket is named")
        check(agent.stop(signal.SIGINT) == 0, "SIGINT stops it as SIGTERM does")


def real_engine():
    with Engine() as engine:
        group = Group(engine, "app=web", cpus=0.1)
        shadow(engine, group)
        damaged_checkpoint(engine)
        one_agent(engine)
        engine_gone(engine, group)


def shadow(engine, group):
    with Agent(engine.folder / "shadow", POLICY % 3, engine.socket, "--mode", "shadow") as agent:
        agent.wait_until_said("would be scaled from 1 to 3", 15)
        time.sleep(3)
        check(len(group.containers()) == 1, "shadow mode changes nothing, and says what it would")
        check(agent.stop() == 0, "and stops cleanly")


def damaged_checkpoint(engine):
    with Agent(engine.folder / "damaged", POLICY % 1, engine.socket) as agent:
        agent.wait_until_said("scales on the Engine", 10)
        check(agent.stop() == 0, "stops cleanly, with a checkpoint")
        checkpoint = agent.state / "checkpoint"
        checkpoint.write_bytes(checkpoint.read_bytes()[:-3] + b"xyz")
        agent.start()
        agent.wait_until_said("starts afresh, the checkpoint cannot be used", 10)
        time.sleep(2)
        check(agent.stop() == 0, "a damaged checkpoint is said, and the agent starts without it")


def one_agent(engine):
    with Agent(engine.folder / "first", POLICY % 1, engine.socket) as first:
        first.wait_until_said("scales on the Engine", 10)
        second = Agent(engine.folder / "second", POLICY % 1, engine.socket)
        second.start()
        check(second.process.wait(15) == 1, "a second agent on one Engine is refused")
        check("already scales this Engine" in second.said(), "and told why")
        third = Agent(engine.folder / "first", POLICY % 1, engine.socket)
        third.start()
        check(third.process.wait(15) == 1, "and one on the same state folder")
        check(first.stop() == 0, "the first is not disturbed")


def engine_gone(engine, group):
    """The Engine stops answering while the agent runs: sizes stay, and all goes on when it answers again."""
    with Agent(engine.folder / "gone", POLICY % 1, engine.socket) as agent:
        agent.wait_until_said("scales on the Engine", 10)
        time.sleep(3)
        engine.process.send_signal(signal.SIGSTOP)
        try:
            agent.wait_until_said("does not answer", 40)
            agent.wait_until_said("keeps its 1 replicas", 40)
        finally:
            engine.process.send_signal(signal.SIGCONT)
        agent.wait_until_said("decides again", 60)
        check(group.size() == 1, "an Engine that hangs for a while changes no size")
        check(agent.stop() == 0, "and the agent stops cleanly")


def bad_files(folder):
    for name, text, wanted in [
        ("typo", (POLICY % 1).replace("replicas:", "replica:"), "replica"),
        ("two errors", (POLICY % 9).replace("interval: 1s", "interval: 1"), "interval"),
        ("empty", "", "empty"),
        ("a kind without a size", (POLICY % 1).replace("docker: { label: app=web }", "kubernetes: { kind: DaemonSet, name: web }"), "daemonset"),
        ("a query without a server", (POLICY % 1).replace("cpu: {},", "prometheus: { query: up },")
            .replace("utilization: 60%", "averageValue: 60"), "kind: source"),
        ("a server that is no URL", (POLICY % 1).replace("cpu: {},", "prometheus: { query: up, url: 'prometheus:9090' },")
            .replace("utilization: 60%", "averageValue: 60"), "must begin with http"),
    ]:
        file = folder / "bad.yaml"
        file.write_text(text)
        done = subprocess.run([BINARY, "run", "-f", str(file), "--state-dir", str(folder / "bad"),
                               "--docker-host", "unix://" + str(folder / "none.sock"), "--admin", "off"],
                              capture_output=True, text=True, timeout=20)
        check(done.returncode == 2 and wanted in done.stderr.lower(),
              "a bad file does not start it (%s): %s" % (name, done.stderr.strip()))
        check(not (folder / "bad").exists(), "and leaves nothing behind")


def main():
    with tempfile.TemporaryDirectory(prefix="setpoint-faults.") as name:
        folder = pathlib.Path(name)
        bad_files(folder)
        absent_then_there(folder)
        failures = []

        def try_one(behaviour):
            try:
                with FakeEngine(folder, behaviour) as socket:
                    waits_for_an_engine(folder, behaviour, socket)
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=try_one, args=(b,))
                   for b in ("refuses", "hangs", "drips", "closes", "babbles", "floods")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for failure in failures:
            raise failure
    real_engine()


if __name__ == "__main__":
    main()
