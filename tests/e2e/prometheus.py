#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes a queue length, and a group of containers follows it: values, no data, several series, a
server that goes and comes back, and one over TLS."""
import http.server
import pathlib
import re
import subprocess
import threading
import time

from agent import Agent, check, wait_until
from engine import Engine, Group
from prometheus_server import Prometheus

POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: Source
metadata: { name: main }
spec: { prometheus: { url: '%(url)s'%(more)s } }
---
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { min: 1, max: 6 }
  interval: 1s
  signals: { backlog: { prometheus: { query: '%(query)s' }, maxAge: 6s } }
  policies: [ { track: { signal: backlog, averageValue: 10 } } ]
  behavior:
    scaleUp: { policies: [ { type: Pods, value: 4, periodSeconds: 2 } ] }
    scaleDown: { stabilizationWindowSeconds: 3, policies: [ { type: Percent, value: 100, periodSeconds: 2 } ] }
"""


class Exporter:
    """Exposes `lines` for a scrape."""

    def __init__(self):
        self.lines = ""
        exporter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = exporter.lines.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def certificate(folder):
    """A CA of our own in ca.pem, and a certificate for 127.0.0.1."""
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test CA", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=prometheus", "-keyout", "key.pem", "-out", "request.pem")
    (pathlib.Path(folder) / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "cert.pem")


def plain(engine, exporter, server):
    url = "http://127.0.0.1:%d" % server.port
    group = Group(engine, "app=web", cpus=0.1)
    exporter.lines = 'queue_length{queue="jobs"} 35\n'
    with Agent(engine.folder / "agent", POLICY % {"url": url, "more": "", "query": 'queue_length{queue="jobs"}'}, engine.socket) as agent:
        wait_until(lambda: group.size() == 4, "a backlog of 35 at 10 a replica makes 4", 40, agent.said)
        exporter.lines = 'queue_length{queue="jobs"} 15\n'
        wait_until(lambda: group.size() == 2, "a backlog of 15 makes 2", 40, agent.said)

        exporter.lines = ""
        wait_until(lambda: "holds" in agent.said() or "no data" in agent.said(), "a series that is gone is missing and told", 60, agent.said)
        check(group.size() == 2, "and changes nothing")

        exporter.lines = 'queue_length{queue="jobs"} 55\n'
        wait_until(lambda: group.size() == 6, "goes on when it is back", 40, agent.said)

        server.stop()
        wait_until(lambda: "the signal backlog cannot be read" in agent.said(), "a server that is gone is told", 30, agent.said)
        exporter.lines = 'queue_length{queue="jobs"} 5\n'
        time.sleep(8)
        check(group.size() == 6, "and nobody is shrunk meanwhile")
        server.start()
        wait_until(lambda: "is read again" in agent.said(), "it is told that the server is back", 60, agent.said)
        wait_until(lambda: group.size() == 1, "and control goes on", 60, agent.said)
        check(agent.stop() == 0, "stops cleanly")
        told = len(re.findall("the signal backlog cannot be read", agent.said()))
        check(told <= 3, "trouble is told when it begins, not at each tick: %d" % told)


def several(engine, exporter, server):
    exporter.lines = 'queue_length{queue="a"} 1\nqueue_length{queue="b"} 2\n'
    time.sleep(3)
    policy = POLICY % {"url": "http://127.0.0.1:%d" % server.port, "more": "", "query": "queue_length"}
    with Agent(engine.folder / "several", policy, engine.socket) as agent:
        agent.wait_until_said("series, one is wanted: aggregate them")
        check(True, "several series are told with the cure")


def secure(engine, exporter, folder):
    certificate(folder)
    server = Prometheus(folder / "secure", exporter.port,
                        "tls_server_config: { cert_file: %s/cert.pem, key_file: %s/key.pem }\n" % (folder, folder)).start()
    url = "https://127.0.0.1:%d" % server.port
    exporter.lines = "queue_length 25\n"
    try:
        with Agent(engine.folder / "untrusted", POLICY % {"url": url, "more": "", "query": "sum(queue_length)"}, engine.socket) as agent:
            agent.wait_until_said("the signal backlog cannot be read")
            check(True, "a certificate of an unknown authority is not believed")
        more = ", caFile: %s/ca.pem" % folder
        with Agent(engine.folder / "trusted", POLICY % {"url": url, "more": more, "query": "sum(queue_length)"}, engine.socket) as agent:
            wait_until(lambda: "scaled from" in agent.said() and "to 3" in agent.said(), "with its CA the server is read over TLS: 3", 40, agent.said)
    finally:
        server.stop()


def main():
    with Engine() as engine:
        exporter = Exporter()
        server = Prometheus(engine.folder / "prometheus", exporter.port).start()
        try:
            plain(engine, exporter, server)
            several(engine, exporter, server)
        finally:
            server.stop()
        secure(engine, exporter, engine.folder)


main()
