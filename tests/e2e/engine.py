# SPDX-License-Identifier: Apache-2.0
"""A Docker Engine of one's own: on its own socket, with its own data, stopped by its process ID.

    with Engine() as engine:
        engine.docker("run", ...)          # the docker command on that Engine
        engine.socket                      # for --docker-host unix://...

There is no registry to ask: images are built from scratch.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A container whose oom_score_adj is below ours needs CAP_SYS_RESOURCE, which sandboxes often lack: runc then
# fails with "can't get final child's PID from pipe". This runtime asks for no adjustment.
RUNTIME = """#!%s -IS
import json, os, pathlib, sys
words = sys.argv[1:]
bundle = pathlib.Path(words[words.index("--bundle") + 1] if "--bundle" in words else ".")
config = bundle / "config.json"
if config.exists():
    document = json.loads(config.read_text())
    if document.get("process", {}).get("oomScoreAdj", 0) < 0:
        document["process"]["oomScoreAdj"] = 0
        config.write_text(json.dumps(document))
os.execvp("runc", ["runc"] + words)
"""


class Engine:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="setpoint-engine."))
        self.socket = str(self.folder / "docker.sock")
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, within=60):
        runtime = self.folder / "runtime"
        runtime.write_text(RUNTIME % sys.executable)  # no lookup: it is started for every health check
        runtime.chmod(0o755)
        # Its own identity: without, all Engines of a machine say the same ID.
        config = self.folder / "daemon.json"
        config.write_text(json.dumps({"deprecated-key-path": str(self.folder / "key.json")}))
        self.log = open(self.folder / "dockerd.log", "ab")
        self.process = subprocess.Popen(
            ["dockerd", "--host", "unix://" + self.socket, "--data-root", str(self.folder / "data"),
             "--exec-root", str(self.folder / "exec"), "--pidfile", str(self.folder / "dockerd.pid"),
             "--config-file", str(config), "--cgroup-parent", self.prefer_containers(),
             "--bridge", "none", "--iptables=false", "--ip6tables=false",
             "--add-runtime", "plain=" + str(runtime), "--default-runtime", "plain"],
            stdout=self.log, stderr=self.log, start_new_session=True)
        end = time.monotonic() + within
        while self.docker("version", check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                tail = (self.folder / "dockerd.log").read_text()[-2000:]
                raise RuntimeError("dockerd did not start:\n" + tail)
            time.sleep(0.25)

    @staticmethod
    def prefer_containers():
        """A parent cgroup with a high CPU weight, so that a busy machine does not starve the small loads that the
        tests measure. Where it cannot be had, tests still work on a machine that is not busy."""
        for file, weight in (("/sys/fs/cgroup/cpu/setpoint-tests/cpu.shares", "100000"),
                             ("/sys/fs/cgroup/setpoint-tests/cpu.weight", "10000")):
            try:
                pathlib.Path(file).parent.mkdir(exist_ok=True)
                pathlib.Path(file).write_text(weight)
                break
            except OSError:
                continue
        return "/setpoint-tests"

    def stop(self):
        if self.process and self.process.poll() is None:
            names = self.docker("ps", "-aq", check=False).stdout.split()
            if names:
                self.docker("rm", "-f", *names, check=False)
            self.docker("network", "prune", "-f", check=False)  # their bridges would stay
            self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)
        for cgroup in pathlib.Path("/sys/fs/cgroup").glob("**/setpoint-tests"):
            try:
                cgroup.rmdir()
            except OSError:
                pass  # another test's Engine uses it

    def halt(self):
        """Stops the daemon, and with it the containers; `start` starts it again on what it had."""
        self.process.send_signal(signal.SIGTERM)  # it ends its containerd too
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def docker(self, *words, check=True):
        done = subprocess.run(["docker", "--host", "unix://" + self.socket, *words], capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError("docker %s: %s" % (" ".join(words), done.stderr.strip()))
        return done

    def build_load_image(self, name="setpoint-load"):
        """The program in load.c, alone in an image."""
        folder = self.folder / "image"
        folder.mkdir(exist_ok=True)
        source = ROOT / "tests/e2e/load.c"
        subprocess.run(["gcc", "-O2", "-static", "-o", str(folder / "load"), str(source)], check=True)
        (folder / "Dockerfile").write_text('FROM scratch\nCOPY load /load-program\nENTRYPOINT ["/load-program"]\n')
        self.docker("build", "-q", "-t", name, str(folder))
        return name


class Group:
    """Replicas of the load program with one label, sharing one demand."""

    def __init__(self, engine, label, cpus):
        self.engine, self.label = engine, label
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="load.", dir=engine.folder))
        self.folder.chmod(0o777)
        self.demand(0)
        image = engine.build_load_image()
        engine.docker("run", "-d", "--name", label.split("=")[-1] + "-1", "--label", label, "--cpus", str(cpus),
                      "--network", "none", "--volume", "%s:/load" % self.folder, image)

    def demand(self, cores):
        new = self.folder / "demand.new"
        new.write_text("%.1f\n" % (cores * 1000))
        new.rename(self.folder / "demand")

    def containers(self):
        """[{Names, State, ...}] of all containers of the group, stopped ones too."""
        out = self.engine.docker("ps", "-a", "--no-trunc", "--filter", "label=" + self.label, "--format", "{{json .}}").stdout
        return [json.loads(line) for line in out.splitlines()]

    def size(self):
        return sum(1 for container in self.containers() if container["State"] == "running")
