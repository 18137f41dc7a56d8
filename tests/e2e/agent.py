# SPDX-License-Identifier: Apache-2.0
"""A setpoint that runs, and what it left behind."""
import json
import os
import pathlib
import signal
import subprocess
import time

from engine import ROOT

BINARY = os.environ.get("SETPOINT", str(ROOT / "build/release/setpoint"))


class Agent:
    """`setpoint run` with one policy file; its talk goes to `log`."""

    def __init__(self, folder, policy, socket, *more):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.policy = self.folder / "policy.yaml"
        self.policy.write_text(policy)
        self.state = self.folder / "state"
        self.log = self.folder / "log"
        self.words = [BINARY, "run", "-f", str(self.policy), "--state-dir", str(self.state),
                      "--docker-host", "unix://" + socket, *more]
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
