#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes a queue length, and a group of containers follows it: values, no data, several series, a
server that goes and comes back, one over TLS, and proxies before it that want a token, a password or a certificate."""
import http.server
import pathlib
import re
import signal
import socket
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
    """A CA of our own in ca.pem, a certificate for 127.0.0.1, and one for the agent."""
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test CA", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=prometheus", "-keyout", "key.pem", "-out", "request.pem")
    (pathlib.Path(folder) / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "cert.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=setpoint", "-keyout", "client.key", "-out", "client.request")
    openssl("x509", "-req", "-in", "client.request", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-out", "client.pem")


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


NGINX = """
daemon off; user root; pid %(folder)s/pid; error_log %(folder)s/errors;
events {}
http {
  access_log off;
  map $http_authorization $known { default 0; include %(folder)s/tokens; }
  server {
    listen 127.0.0.1:%(token)d;
    location / { if ($known = 0) { return 401; } proxy_pass http://127.0.0.1:%(behind)d; }
  }
  server {
    listen 127.0.0.1:%(basic)d;
    location / { auth_basic metrics; auth_basic_user_file %(folder)s/passwords; proxy_set_header Authorization ""; proxy_pass http://127.0.0.1:%(behind)d; }
  }
  server {
    listen 127.0.0.1:%(mutual)d ssl;
    ssl_certificate %(certificates)s/cert.pem; ssl_certificate_key %(certificates)s/key.pem;
    ssl_client_certificate %(certificates)s/ca.pem; ssl_verify_client on;
    location / { proxy_pass http://127.0.0.1:%(behind)d; }
  }
}
"""


class Proxy:
    """An nginx before a Prometheus, that wants a bearer token, a password, or a certificate of the same CA."""

    def __init__(self, folder, certificates, behind):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.allow("first")
        hashed = subprocess.run(["openssl", "passwd", "-apr1", "right"], check=True, capture_output=True, text=True).stdout
        (self.folder / "passwords").write_text("reader:" + hashed)
        self.ports = {}
        sockets = [socket.socket() for _ in range(3)]
        for name, free in zip(("token", "basic", "mutual"), sockets):
            free.bind(("127.0.0.1", 0))
            self.ports[name] = free.getsockname()[1]
        for free in sockets:
            free.close()
        (self.folder / "nginx.conf").write_text(NGINX % {"folder": self.folder, "certificates": certificates, "behind": behind, **self.ports})

    def __enter__(self):
        self.process = subprocess.Popen(["nginx", "-c", str(self.folder / "nginx.conf")], stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def allow(self, token):
        (self.folder / "tokens").write_text('"Bearer %s" 1;\n' % token)

    def rotate(self, token):
        self.allow(token)
        self.process.send_signal(signal.SIGHUP)


def proxied(engine, exporter, server):
    """Who may ask: a token that changes, a password, a certificate."""
    folder = engine.folder
    certificate(folder)

    def running():
        return len(engine.docker("ps", "-q", "--filter", "label=app=web").stdout.split())

    def policy(name, scheme, more):
        return POLICY % {"url": "%s://127.0.0.1:%d" % (scheme, proxy.ports[name]), "more": more, "query": "sum(queue_length)"}

    with Proxy(folder / "proxy", folder, server.port) as proxy:
        token = folder / "token"
        token.write_text("first\n")
        exporter.lines = "queue_length 45\n"
        with Agent(folder / "token-agent", policy("token", "http", ", tokenFile: %s" % token), engine.socket) as agent:
            wait_until(lambda: running() == 5, "with its token the server is read: 45 makes 5", 40, agent.said)
            proxy.rotate("second")
            wait_until(lambda: "the signal backlog cannot be read" in agent.said() and "401" in agent.said(), "an old token is refused, and told", 30, agent.said)
            token.write_text("second\n")
            wait_until(lambda: "is read again" in agent.said(), "a rotated token is taken without a restart", 30, agent.said)
            check("first" not in agent.said() and "second" not in agent.said(), "and no log has it")
        password = folder / "password"
        password.write_text("wrong\n")
        exporter.lines = "queue_length 15\n"
        more = ", username: reader, passwordFile: %s" % password
        with Agent(folder / "basic-agent", policy("basic", "http", more), engine.socket) as agent:
            agent.wait_until_said("the signal backlog cannot be read")
            check("401" in agent.said(), "a wrong password is refused, and told")
            password.write_text("right\n")
            wait_until(lambda: running() == 2, "with the right one the server is read: 15 makes 2", 40, agent.said)
        exporter.lines = "queue_length 35\n"
        ca = ", caFile: %s/ca.pem" % folder
        with Agent(folder / "nobody", policy("mutual", "https", ca), engine.socket) as agent:
            agent.wait_until_said("the signal backlog cannot be read")
            check(True, "without a certificate of its own the agent is refused")
        more = ca + ", certificateFile: %s/client.pem, keyFile: %s/client.key" % (folder, folder)
        with Agent(folder / "somebody", policy("mutual", "https", more), engine.socket) as agent:
            wait_until(lambda: running() == 4, "with one the server is read: 35 makes 4", 40, agent.said)


def secure(engine, exporter, folder):
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
            proxied(engine, exporter, server)
        finally:
            server.stop()
        secure(engine, exporter, engine.folder)


main()
