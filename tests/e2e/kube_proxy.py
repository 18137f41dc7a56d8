# SPDX-License-Identifier: Apache-2.0
"""A real API server with something in front that may answer in its place, and may tamper with what it streams.

    with KubeProxy(cluster) as proxy:
        proxy.kubeconfig(of)                                 # that kubeconfig, but through here
        proxy.fail(lambda method, path: method == "PATCH", 409)
        proxy.lines = lambda path, line: [line, line]        # of watches: each change told twice
        proxy.body = lambda method, path, body: body[:100]   # of everything else that it answers
        proxy.end_watches()
"""
import http.client
import http.server
import json
import pathlib
import socket
import ssl
import threading

from proxy import Conversation, Proxy


class KubeProxy(Proxy):
    def __init__(self, cluster):
        super().__init__()
        self.cluster = cluster
        self.trust = ssl.create_default_context(cafile=cluster.folder / "ca.crt")
        self.watching = set()  # connections to the server
        self.flows = threading.Event()  # of the watches that begin now
        self.flows.set()
        self.well()

    def __enter__(self):
        class Handler(KubeConversation):
            proxy = self

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # who asked has gone
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cluster.folder / "server.crt", self.cluster.folder / "server.key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = server.server_address[1]
        self.serve(server)
        return self

    def well(self):
        """From now on it is as if it were not there."""
        self.answers = []
        self.lines = self.body = None

    def kubeconfig(self, of, token=None):
        """With this token in place of what it has; a client certificate does not come through."""
        config = json.loads(pathlib.Path(of).read_text())
        config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:%d" % self.port
        if token:
            config["users"][0]["user"] = {"token": token}
        path = pathlib.Path(str(of) + ".proxy")
        path.write_text(json.dumps(config))
        return str(path)

    def fail(self, which, status, message="the test wants it so", headers=()):
        text = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": message}).encode()
        self.answer(lambda method, path: (status, text, headers) if which(method, path) else None)

    def stall(self):
        """The watches that there are now say nothing more."""
        self.flows.clear()
        self.flows = threading.Event()
        self.flows.set()

    def end_watches(self):
        """In the middle of whatever they were saying."""
        with self.lock:
            for real in self.watching:
                real.sock.shutdown(socket.SHUT_RDWR)


class KubeConversation(Conversation):
    passed_on = ("content-type", "accept", "authorization")

    def reach(self):
        self.real = http.client.HTTPSConnection("127.0.0.1", self.proxy.cluster.port, context=self.proxy.trust)
        return self.real

    def pieces(self, answer):
        if "watch=true" in self.path:
            return self.changes(answer)
        body = answer.read()
        tamper = self.proxy.body
        return [tamper(self.command, self.path, body) if tamper else body]

    def changes(self, answer):
        """A line each, until somebody ends it."""
        flows = self.proxy.flows
        with self.proxy.lock:
            self.proxy.watching.add(self.real)
        try:
            while line := answer.readline():
                flows.wait()
                tamper = self.proxy.lines
                yield from tamper(self.path, line) if tamper else [line]
        finally:
            with self.proxy.lock:
                self.proxy.watching.discard(self.real)
