#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Containers and an Engine that fail in the middle of a scale-up: what is new dies at once, ignores its stop signal, never gets
healthy; the third create of five fails, a start fails; the image is gone; somebody renames and removes. Nothing is lost, no storm of
creates, each trouble is said once, and the size is right afterwards."""
import time

from agent import Agent, check, wait_until
from engine import Engine
from engine_proxy import EngineProxy
from plain import ShellGroup, build_shell_image, write_policies


class Scene:
    """One agent, all groups."""

    def __init__(self, engine, proxy, groups):
        self.engine, self.proxy, self.groups = engine, proxy, groups
        self.agent = Agent(engine.folder / "agent", "", proxy.socket)
        write_policies(self.agent.policy, groups)

    def resize(self, **sizes):
        """min and max of some groups."""
        for group in self.groups:
            if group.name in sizes:
                group.size = (sizes[group.name], sizes[group.name])
        write_policies(self.agent.policy, self.groups)

    def lines(self, *words):
        return [line for line in self.agent.said().splitlines() if all(word in line for word in words)]

    def wait_for_size(self, group, size, within=30):
        wait_until(lambda: group.running() == size, "%s has %d" % (group.name, size), within,
                   lambda: "%s\n%s" % (group.containers(), self.agent.said()))


def main():
    with Engine() as engine, EngineProxy(engine) as proxy:
        build_shell_image(engine)
        dies = ShellGroup(engine, "dies", "if test -e /flags/die; then exit 7; fi; exec sleep 100000")
        stubborn = ShellGroup(engine, "stubborn", 'trap "" TERM; while :; do sleep 1; done', ["--stop-timeout", "4"])
        sick = ShellGroup(engine, "sick", words=["--health-cmd", "test -e /healthy", "--health-interval", "1s", "--health-retries", "2"])
        third = ShellGroup(engine, "third")
        start = ShellGroup(engine, "start")
        build_shell_image(engine, "setpoint-gone")
        gone = ShellGroup(engine, "gone", image="setpoint-gone")
        named = ShellGroup(engine, "named")
        engine.docker("exec", "sick-1", "touch", "/healthy")
        scene = Scene(engine, proxy, [dies, stubborn, sick, third, start, gone, named])
        with scene.agent:
            for group in scene.groups:
                scene.agent.wait_until_said(group.name + ": 1 replicas, 1 ready", 40)
            (dies.flags / "die").touch()
            began = time.monotonic()
            creates = {"third": 0, "start": 0}
            proxy.fail(lambda method, path: "create?name=third-" in path and count(creates, "third") == 3)
            fail_third_start(proxy, engine, creates)
            engine.docker("rmi", "-f", "setpoint-gone")
            proxy.fail(lambda method, path: "create?name=gone-" in path and not (gone.flags / "back").exists(), 404, "No such image: sha256:feed")
            scene.resize(dies=4, stubborn=3, sick=3, third=6, start=6, gone=3, named=3)
            the_third_of_five(scene, third, start)
            an_image_that_is_gone(scene, gone)
            hands(scene, named)
            ignores_its_stop_signal(scene, stubborn)
            dies_at_once(scene, dies, began)
            never_healthy(scene, sick)
            check(scene.agent.stop() == 0, "stops cleanly")
            scene.agent.replayed()


def count(of, name):
    of[name] += 1
    return of[name]


def fail_third_start(proxy, engine, counts):
    """The third start of a container of the group `start`, whose name the path does not have."""
    def which(method, path):
        if method != "POST" or not path.endswith("/start"):
            return False
        name = engine.docker("inspect", "--format", "{{.Name}}", path.split("/")[3]).stdout
        return name.startswith("/start-") and count(counts, "start") == 3
    proxy.fail(which)


def the_third_of_five(scene, third, start):
    for group, what in ((third, "create"), (start, "start")):
        scene.wait_for_size(group, 6)
        said = scene.lines("%s could not be scaled from 1 to 6" % group.name)
        check(len(said) == 1 and "the test wants it so" in said[0], "a %s that fails on the third of five is said once: %s" % (what, said))
        wait_until(lambda: len(group.containers()) == 6, "and leaves nothing behind", 10, lambda: str(group.containers()))


def an_image_that_is_gone(scene, gone):
    scene.agent.wait_until_said("No such image")
    time.sleep(5)
    said = scene.lines("gone", "No such image")
    check(len(said) == 1, "an image that is gone is said once: %s" % said)
    asked = scene.proxy.count("create?name=gone-")
    # Two at a time, after 1, 2, 4, 8 and 16 s at most in this while.
    check(asked <= 12, "and asked for with growing pauses: %d times" % asked)
    (gone.flags / "back").touch()
    scene.wait_for_size(gone, 3, 40)
    check(True, "an image without a name serves all the same, and the group grows when it is there")


def hands(scene, named):
    scene.wait_for_size(named, 3)
    scene.engine.docker("rename", "named-1", "renamed")
    scene.engine.docker("rename", "named-2", "named-9")
    time.sleep(3)
    check(named.containers() == {"renamed": "running", "named-9": "running", "named-3": "running"}, "renamed containers stay what they are")
    check(not scene.lines("named", "somebody else"), "and are no change of the size")
    scene.resize(named=4)
    scene.wait_for_size(named, 4)
    check("named-10" in named.containers() or "renamed-2" in named.containers(), "the next one has the next name: %s" % sorted(named.containers()))
    scene.engine.docker("rm", "-f", "named-3")
    scene.agent.wait_until_said("named: somebody else changed the size from 4 to 3")
    scene.wait_for_size(named, 4)
    check(True, "a removed one is named, and the size below min corrected")


def ignores_its_stop_signal(scene, stubborn):
    scene.wait_for_size(stubborn, 3)
    scene.resize(stubborn=1)
    begin = time.monotonic()
    scene.agent.wait_until_said("stubborn scaled from 3 to 1")
    check(time.monotonic() - begin < 4, "a container that ignores its stop signal holds nobody up")
    wait_until(lambda: len(stubborn.containers()) == 1, "it is killed after its grace, and removed", 20, lambda: str(stubborn.containers()))
    stops = [text for _, text in scene.proxy.asked if "/stop" in text]
    check(len(stops) == len(set(stops)), "and told to stop once: %d stops" % len(stops))


def dies_at_once(scene, dies, began):
    while time.monotonic() - began < 40:
        time.sleep(1)
    creates = scene.proxy.count("create?name=dies-")
    check(creates <= 8, "containers that die at once are no storm: %d creates in 40 s" % creates)
    check(dies.running() == 1, "the one that was there stays")
    said = scene.lines("dies could not be scaled", "exit code 7")
    check(len(said) == 1, "it is said once, with the exit code: %s" % said)
    check(len(dies.containers()) <= 3, "none pile up: %s" % dies.containers())
    (dies.flags / "die").unlink()
    scene.wait_for_size(dies, 4, 100)
    check(True, "and when they live again the group grows")


def never_healthy(scene, sick):
    check(sick.running() == 3, "containers that never get healthy are made once")
    creates = scene.proxy.count("create?name=sick-")
    check(creates == 2, "not again and again: %d creates" % creates)
    scene.agent.wait_until_said("sick: 2 of 3 replicas do not serve", 90)
    time.sleep(3)
    check(len(scene.lines("sick", "do not serve")) == 1, "it is said once")
    for name in sick.containers():
        scene.engine.docker("exec", name, "touch", "/healthy")
    scene.agent.wait_until_said("sick: all 3 replicas serve again", 30)


main()
