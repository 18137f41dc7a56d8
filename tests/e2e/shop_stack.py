# SPDX-License-Identifier: Apache-2.0
"""deploy/compose on an Engine of the tests, with images made of what is installed here."""
import json
import os
import pathlib
import socket
import subprocess
import urllib.request

import debian_image
from agent import BINARY
from engine import ROOT

COMPOSE = ROOT / "deploy/compose"


def build_setpoint_image(engine, name="setpoint"):
    """As deploy/image/build does with the program that is built already."""
    with subprocess.Popen([ROOT / "deploy/image/context", BINARY], stdout=subprocess.PIPE) as context:
        subprocess.run(["docker", "--host", "unix://" + engine.socket, "build", "-q", "-t", name, "-"], stdin=context.stdout,
                       check=True, capture_output=True, timeout=120)
    if context.returncode != 0:
        raise RuntimeError("no context")
    return name


def build_images(engine):
    build_setpoint_image(engine)
    debian_image.build(engine, "setpoint-haproxy", ["haproxy"], "ENV PATH=/usr/sbin:/usr/bin\n")
    debian_image.build(engine, "setpoint-prometheus", ["prometheus"], 'WORKDIR /prometheus\nENTRYPOINT ["/usr/bin/prometheus"]\n')
    debian_image.build(engine, "setpoint-python", ["python3-flask", "python3-waitress", "python3-prometheus-client", "dash", "coreutils"])
    # Its RUN lines reach no network.
    engine.docker("build", "-q", "--network", "none", "--build-arg", "BASE=setpoint-python", "-t", "setpoint-shop", str(ROOT / "deploy/examples/shop"))


def prefer(process):
    """Beside the containers in the tests' cgroup, so that a busy machine does not slow the load and the Engine down."""
    for file in ("/sys/fs/cgroup/cpu/setpoint-tests/cgroup.procs", "/sys/fs/cgroup/setpoint-tests/cgroup.procs"):
        try:
            pathlib.Path(file).write_text(str(process.pid))
            return
        except OSError:
            continue


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Shop:
    """`docker-compose` on deploy/compose, as a stranger calls it; ports and images are the test's own."""

    def __init__(self, engine):
        self.engine = engine
        self.ports = {name: free_port() for name in ("SHOP_PORT", "SETPOINT_PORT", "PROMETHEUS_PORT")}
        lock = engine.folder / "lock"
        lock.mkdir()
        lock.chmod(0o1777)
        self.environment = {
            **os.environ, **{name: str(port) for name, port in self.ports.items()}, "DOCKER_HOST": "unix://" + engine.socket,
            "COMPOSE_PROJECT_NAME": "shop", "DOCKER_SOCKET": engine.socket, "DOCKER_GID": str(os.stat(engine.socket).st_gid),
            "LOCK_FOLDER": str(lock), "HAPROXY_IMAGE": "setpoint-haproxy", "PROMETHEUS_IMAGE": "setpoint-prometheus"}
        self.shop = "http://127.0.0.1:%d" % self.ports["SHOP_PORT"]
        self.page = "http://127.0.0.1:%d" % self.ports["SETPOINT_PORT"]
        self.prometheus = "http://127.0.0.1:%d" % self.ports["PROMETHEUS_PORT"]

    def compose(self, *words):
        done = subprocess.run(["docker-compose", *words], cwd=COMPOSE, capture_output=True, text=True, env=self.environment, timeout=120)
        if done.returncode != 0:
            raise AssertionError("docker-compose %s\n%s" % (" ".join(words), done.stderr))
        return done.stdout

    def start(self, *words, **more):
        """A docker-compose that goes on."""
        return subprocess.Popen(["docker-compose", *words], cwd=COMPOSE, env=self.environment, **more)

    def get(self, url):
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()

    def price(self):
        """The status of one cart through the balancer; 0 where nothing answers."""
        ask = urllib.request.Request(self.shop + "/cart/price", b'{"items": [{"article": "a001"}]}', {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(ask, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def policy(self, name):
        """What setpoint says of it, through the published port."""
        return next(policy for policy in json.loads(self.get(self.page + "/api/v1/policies"))["policies"] if policy["name"] == name)

    def running(self, service):
        """Names of the service's containers that run."""
        return sorted(self.engine.docker("ps", "--filter", "label=com.docker.compose.service=" + service, "--format", "{{.Names}}").stdout.split())

    def asked(self):
        """{address: prices that this cart replica has answered}, as Prometheus has it."""
        query = urllib.request.quote('sum by (instance) (shop_request_duration_seconds_count{job="cart"})')
        found = json.loads(self.get(self.prometheus + "/api/v1/query?query=" + query))["data"]["result"]
        return {one["metric"]["instance"]: float(one["value"][1]) for one in found}

    def logs(self):
        return self.compose("logs", "--no-color", "--tail", "80")
