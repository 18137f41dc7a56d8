# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus, for tests."""
import pathlib
import signal
import socket
import subprocess

from agent import wait_until


class Prometheus:
    """A Prometheus of its own, on loopback."""

    def __init__(self, folder, scrapes, web_config=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        (self.folder / "prometheus.yml").write_text(
            "global: { scrape_interval: 1s }\n"
            "scrape_configs: [ { job_name: e, static_configs: [ { targets: ['127.0.0.1:%d'] } ] } ]\n" % scrapes)
        (self.folder / "web.yml").write_text(web_config)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["prometheus", "--config.file", str(self.folder / "prometheus.yml"), "--web.config.file", str(self.folder / "web.yml"),
                 "--storage.tsdb.path", str(self.folder / "data"), "--web.listen-address", "127.0.0.1:%d" % self.port],
                stdout=log, stderr=log)
        wait_until(lambda: "ready to receive" in (self.folder / "log").read_text(), "Prometheus is ready", 30)
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
