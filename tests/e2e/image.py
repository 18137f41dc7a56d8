#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The image of setpoint: small, with nothing in it that it does not need; it scales a group from a container that is read-only, is not
root and has no capability; and its health check says what is."""
import json
import os

from agent import check, wait_until
from engine import Engine, Group
from shop_stack import build_setpoint_image

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { min: 1, max: 4 }
  interval: 1s
  signals: { cpu: cpu }
  policies:
    - track: { signal: cpu, utilization: 60% }
    - schedule: { timezone: Europe/Berlin, windows: [ { days: [ mon ], from: "08:00", to: "09:00", min: 1, max: 4 } ] }
  behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [ { type: Percent, value: 100, periodSeconds: 1 } ] } }
"""
MOST_BYTES = 30_000_000


def run(engine, policies, lock, name, *more):
    """The agent in a container, as docs/image.md says."""
    engine.docker("run", "-d", "--name", name, "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
                  "--network", "none", "--group-add", str(os.stat(engine.socket).st_gid), "--health-interval", "1s",
                  "--volume", engine.socket + ":/var/run/docker.sock", "--volume", "%s:/etc/setpoint/policies:ro" % policies,
                  "--volume", "%s:/run/lock" % lock, *more, "setpoint")


def health(engine, name):
    return engine.docker("inspect", "--format", "{{.State.Health.Status}}", name).stdout.strip()


def said(engine, name):
    logs = engine.docker("logs", name)
    return logs.stdout + logs.stderr


def contents(engine):
    """The image is what it says."""
    found = json.loads(engine.docker("image", "inspect", "setpoint").stdout)[0]
    check(found["Size"] < MOST_BYTES, "the image has %.1f MB, below 30" % (found["Size"] / 1e6))
    check(found["Config"]["User"] == "65532:65532", "is not run as root")
    check(found["Config"]["Labels"]["org.opencontainers.image.title"] == "setpoint", "says what it is")
    check(engine.docker("run", "--rm", "--network", "none", "setpoint", "--version").stdout.startswith("setpoint "), "its program runs")
    shell = engine.docker("run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", "setpoint", check=False)
    check(shell.returncode == 127, "there is no shell in it")


def scales(engine, group, policies, lock):
    run(engine, policies, lock, "agent", "--volume", "state:/var/lib/setpoint")
    talk = lambda: said(engine, "agent")  # noqa: E731
    wait_until(lambda: health(engine, "agent") == "healthy", "is healthy", 60, talk)
    group.demand(0.15)  # at 60 % of 0.1 each: 3 replicas (2.5)
    wait_until(lambda: group.size() == 3, "scales a group up", 60, talk)
    run(engine, policies, lock, "second")
    wait_until(lambda: "already scales this Engine" in said(engine, "second"), "a second one in another container is refused", 30)
    wait_until(lambda: health(engine, "second") != "healthy", "and is not healthy", 30)
    engine.docker("rm", "-f", "second")
    group.demand(0.02)
    wait_until(lambda: group.size() == 1, "and down", 60, talk)
    check(health(engine, "agent") == "healthy", "and is healthy still")
    engine.docker("stop", "agent")
    code = engine.docker("inspect", "--format", "{{.State.ExitCode}}", "agent").stdout.strip()
    check(code == "0", "SIGTERM ends it: %s\n%s" % (code, talk()))
    engine.docker("start", "agent")
    wait_until(lambda: talk().count("no checkpoint") == 1 and talk().count("scales on the Engine") == 2, "goes on from its state in the volume", 30, talk)


def main():
    with Engine() as engine:
        build_setpoint_image(engine)
        contents(engine)
        group = Group(engine, "app=web", cpus=0.1)
        policies, lock = engine.folder / "policies", engine.folder / "lock"
        policies.mkdir()
        lock.mkdir()
        lock.chmod(0o1777)
        (policies / "web.yaml").write_text(POLICY)
        scales(engine, group, policies, lock)


main()
