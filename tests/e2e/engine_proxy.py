# SPDX-License-Identifier: Apache-2.0
"""A real Engine with something in front that may answer in its place.

    with EngineProxy(engine) as proxy:
        proxy.fail(lambda method, path: "/containers/create" in path and proxy.count("create") == 3)
        proxy.socket                       # for --docker-host unix://...
"""
import http.client
import json
import pathlib
import socket
import socketserver
import tempfile

from proxy import Conversation, Proxy


class EngineProxy(Proxy):
    def __init__(self, engine):
        super().__init__()
        self.engine = engine
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="proxy.", dir=engine.folder))
        self.socket = str(self.folder / "docker.sock")

    def __enter__(self):
        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
            request_queue_size = 128

        class Handler(EngineConversation):
            proxy = self

        self.serve(Server(self.socket, Handler))
        return self

    def fail(self, which, status=500, message="the test wants it so"):
        self.answer(lambda method, path: (status, json.dumps({"message": message}).encode()) if which(method, path) else None)


class EngineConversation(Conversation):
    def reach(self):
        real = http.client.HTTPConnection("engine")
        real.sock = socket.socket(socket.AF_UNIX)
        real.sock.connect(self.proxy.engine.socket)
        return real
