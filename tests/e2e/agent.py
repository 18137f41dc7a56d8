# SPDX-License-Identifier: Apache-2.0
"""A setpoint that runs, and what it left behind."""
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

from engine import ROOT

BINARY = os.environ.get("SETPOINT", str(ROOT / "build/release/setpoint"))


class Agent:
    """`setpoint run` with one policy file, or none; its talk goes to `log`."""

    def __init__(self, folder, policy, socket, *more):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.policy = self.folder / "policy.yaml"
        if policy is not None:
            self.policy.write_text(policy)
        self.state = self.folder / "state"
        self.log = self.folder / "log"
        self.words = [BINARY, "run", *([] if policy is None else ["-f", str(self.policy)]), "--state-dir", str(self.state),
                      "--docker-host", "unix://" + socket, *more]
        if "--admin" not in more:
            self.words += ["--admin", "127.0.0.1:0"]
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self, with_signal=signal.SIGTERM, within=15):
        """Its exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(within)

    def said(self):
        return self.log.read_text()

    def wait_until_said(self, text, within=20):
        wait_until(lambda: text in self.said(), "the log says '%s'" % text, within, self.said)

    def url(self):
        """Of its page and API."""
        self.wait_until_said("page, API and metrics at ")
        return re.findall(r"page, API and metrics at (\S+)", self.said())[-1]

    def ask(self, path, body=None, headers=(), method=None):
        """(status, JSON or text) of a GET, or of a POST of `body`."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url() + path, data, {"Content-Type": "application/json", **dict(headers)}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                status, kind, text = answer.status, answer.headers["Content-Type"], answer.read().decode()
        except urllib.error.HTTPError as error:
            status, kind, text = error.code, error.headers["Content-Type"], error.read().decode()
        return status, json.loads(text) if kind == "application/json" else text

    def replayed(self):
        """The decisions that `setpoint replay` makes of the journal; all must be those that were made."""
        done = subprocess.run([BINARY, "replay", str(self.state / "journal"), "--format", "json"],
                              capture_output=True, text=True)
        check(done.returncode == 0, "replay gives the same decisions: " + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


def wait_until(condition, what, within, show=lambda: ""):
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("not within %d s: %s\n%s" % (within, what, show()))
        time.sleep(0.2)


def check(truth, what):
    if not truth:
        raise AssertionError(what)
    print("ok: " + what.splitlines()[0], flush=True)
