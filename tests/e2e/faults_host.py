#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A machine that fails the agent: the disk full under journal and checkpoint, a checkpoint that is old, torn or of a newer version, the
civil clock stepped an hour either way. Scaling goes on, it is said once, and the size is right."""
import contextlib
import os
import pathlib
import subprocess
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
  behavior: { scaleDown: { stabilizationWindowSeconds: 5, policies: [ { type: Percent, value: 100, periodSeconds: 1 } ] } }
"""


@contextlib.contextmanager
def small_disk(folder, size="3m"):
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=" + size, "setpoint-test", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder):
    with open(folder / "filler", "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 512):
            pass


def scaled(agent, group, size):
    agent.policy.write_text(POLICY % size)
    wait_until(lambda: group.size() == size, "the group has %d" % size, 30, agent.said)


def full_disk(engine, group):
    agent = Agent(engine.folder / "full", POLICY % 1, engine.socket)
    with small_disk(agent.state), agent:
        agent.wait_until_said("web: 1 replicas, 1 ready")
        fill(agent.state)
        scaled(agent, group, 3)
        agent.wait_until_said("the journal cannot be written, scaling goes on without", 30)
        agent.wait_until_said("the checkpoint cannot be written", 30)
        scaled(agent, group, 2)
        time.sleep(3)
        check(group.size() == 2, "on a full disk scaling goes on")
        said = agent.said()
        check(said.count("cannot be written") == 2, "said once for the journal and once for the checkpoint\n" + said)
        (agent.state / "filler").unlink()
        agent.wait_until_said("the journal is written again", 30)
        scaled(agent, group, 1)  # a write is followed by a checkpoint
        agent.wait_until_said("the checkpoint is written again", 60)
        check(agent.stop() == 0, "with room again both are written, and it stops cleanly")
        agent.replayed()
        agent.start()
        agent.wait_until_said("resumes 1 of 1 policies", 10)
        check(agent.stop() == 0, "and the next start remembers")


def checkpoints(engine, group):
    agent = Agent(engine.folder / "checkpoints", POLICY % 3, engine.socket)
    with agent:
        wait_until(lambda: group.size() == 3, "the group has 3", 30, agent.said)
        check(agent.stop() == 0, "a checkpoint of 3 replicas is kept")
        file = agent.state / "checkpoint"
        old = file.read_bytes()
        agent.policy.write_text(POLICY % 1)
        agent.start()
        wait_until(lambda: group.size() == 1, "the group has 1", 60, agent.said)
        check(agent.stop() == 0, "and one of 1")

        for name, content, words in (
                ("old", old, "resumes 1 of 1 policies"),
                ("torn", old[:len(old) // 2], "the checkpoint cannot be used: %s: damaged" % file),
                ("empty", b"", "the checkpoint cannot be used: %s: damaged" % file),
                ("newer", old[:8] + (999).to_bytes(4, "little") + old[12:], "version 999 is newer than this program reads")):
            file.write_bytes(content)
            before = len(agent.said())
            agent.start()
            wait_until(lambda: words in agent.said()[before:], "with a checkpoint that is %s the log says '%s'" % (name, words), 10, agent.said)
            wait_until(lambda: "web: 1 replicas, 1 ready" in agent.said()[before:], "and the agent decides", 20, agent.said)
            time.sleep(3)
            check(group.size() == 1, "a checkpoint that is %s changes no size" % name)
            check(agent.stop() == 0, "and is replaced by a good one")
            check(file.read_bytes() not in (content, b""), "which is another")
        agent.replayed()


def build_stepped_clock(folder):
    library = folder / "stepped_clock.so"
    source = pathlib.Path(__file__).with_name("stepped_clock.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


def stepped_clock(engine, group):
    """The agent's clock steps; the Engine's stamps are of the other time from then on, as after a step of both."""
    step = engine.folder / "step"
    step.write_text("0")
    os.environ.update(LD_PRELOAD=str(build_stepped_clock(engine.folder)), STEPPED_CLOCK=str(step))
    try:
        agent = Agent(engine.folder / "clock", POLICY % 1, engine.socket)
        agent.start()
    finally:
        del os.environ["LD_PRELOAD"]
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(agent.kill)
        group.demand(0.16)  # at 60 % of 0.1 each: 3 replicas (2.7)
        wait_until(lambda: group.size() == 3, "3 replicas for the load", 40, agent.said)
        time.sleep(8)
        for seconds, what in ((3600, "an hour forward"), (-3600, "two hours back"), (0, "where it was")):
            changes = agent.said().count("scaled from")
            step.write_text(str(seconds))
            time.sleep(6)
            check(group.size() == 3 and agent.said().count("scaled from") == changes, "the clock stepped %s changes nothing\n%s" % (what, agent.said()))
            check("keeps its" not in agent.said(), "and decisions go on")
        step.write_text("-3600")
        group.demand(0.27)  # 5 replicas (4.5), or one more by the noise of the machine
        wait_until(lambda: group.size() >= 5, "and new load is followed", 40, agent.said)
        group.demand(0.02)
        wait_until(lambda: group.size() == 1, "up and down", 60, agent.said)
        check(agent.stop() == 0, "stops cleanly")
        agent.replayed()


def main():
    with Engine() as engine:
        group = Group(engine, "app=web", cpus=0.1)
        full_disk(engine, group)
        checkpoints(engine, group)
        stepped_clock(engine, group)


main()
