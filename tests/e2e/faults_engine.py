#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An Engine that is stopped and started in the middle of a scale-up, answers 500 to everything for a while, or answers with 100 MB.
Nothing is lost, memory is bounded, each trouble is said once, and the size is right afterwards."""
import time

from agent import Agent, check, wait_until
from engine import Engine
from engine_proxy import EngineProxy
from faults import memory_kib
from plain import ShellGroup, build_shell_image, write_policies

HUGE = b'{"message": "' + b"x" * (100 << 20) + b'"}'


def resize(agent, group, size):
    group.size = (size, size)
    write_policies(agent.policy, [group])


def wait_for_size(agent, group, size, within):
    wait_until(lambda: group.running() == size and len(group.containers()) == size, "%d run, and nothing else is there" % size, within,
               lambda: "%s\n%s" % (group.containers(), agent.said()))
    check(True, "%d run, and nothing else is there" % size)


def restarted_in_mid_scale(engine, agent, group):
    """Containers with a restart policy come back with the Engine."""
    resize(agent, group, 8)
    wait_until(lambda: len(group.containers()) > 2, "the scale-up begins", 20, agent.said)
    engine.halt()
    check(True, "the Engine is stopped in mid-scale")
    agent.wait_until_said("does not answer", 30)
    time.sleep(3)
    engine.start()
    wait_for_size(agent, group, 8, 60)
    check("web-1" in group.containers(), "the one that was there first is one of them")
    agent.wait_until_said("answers", 30)
    resize(agent, group, 3)
    wait_for_size(agent, group, 3, 40)
    engine.halt()
    time.sleep(1)
    engine.start()
    wait_for_size(agent, group, 3, 60)


def answers_500(proxy, agent, group):
    failing = [True]
    proxy.fail(lambda method, path: failing[0], 500, "out of order")
    resize(agent, group, 5)
    time.sleep(12)
    said = [line for line in agent.said().splitlines() if "out of order" in line]
    check(1 <= len(said) <= 3, "500 to everything is said, not with every try: %s" % said)
    failing[0] = False
    wait_for_size(agent, group, 5, 40)


def answers_100_mb(proxy, agent, group):
    flooding = [True]
    served = [0]

    def flood(method, path):
        if not flooding[0] or method != "GET" or not ("/containers/" in path):
            return None
        served[0] += 1
        return 200, HUGE

    before = memory_kib(agent)
    proxy.answer(flood)
    resize(agent, group, 2)
    most = 0
    end = time.monotonic() + 10
    while time.monotonic() < end:
        most = max(most, memory_kib(agent))
        time.sleep(0.1)
    check(served[0] >= 3, "100 MB answers to lists, inspections and statistics, %d of them" % served[0])
    check(most < before + 64 * 1024, "cost %d MiB of memory at most" % ((most - before) >> 10))
    check(group.running() == 5, "and change no size")
    flooding[0] = False
    wait_for_size(agent, group, 2, 60)


def main():
    with Engine() as engine, EngineProxy(engine) as proxy:
        build_shell_image(engine)
        group = ShellGroup(engine, "web", words=["--restart", "unless-stopped", "--stop-timeout", "1"])
        agent = Agent(engine.folder / "agent", group.policy(), proxy.socket)
        with agent:
            agent.wait_until_said("web: 1 replicas, 1 ready", 20)
            restarted_in_mid_scale(engine, agent, group)
            answers_500(proxy, agent, group)
            answers_100_mb(proxy, agent, group)
            check(agent.stop() == 0, "stops cleanly")
            agent.replayed()


if __name__ == "__main__":
    main()
