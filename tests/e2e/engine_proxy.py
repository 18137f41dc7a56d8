# SPDX-License-Identifier: Apache-2.0
"""A real Engine with something in front that may answer in its place.

    with EngineProxy(engine) as proxy:
        proxy.fail(lambda method, path: "/containers/create" in path and proxy.count("create") == 3)
        proxy.socket                       # for --docker-host unix://...
        proxy.asked                        # [(monotonic time, "POST /v1.41/containers/create?name=web-2")]
"""
import http.client
import http.server
import json
import pathlib
import socket
import socketserver
import tempfile
import threading
import time


class EngineProxy:
    def __init__(self, engine):
        self.engine = engine
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="proxy.", dir=engine.folder))
        self.socket = str(self.folder / "docker.sock")
        self.asked = []
        self.lock = threading.Lock()
        self.answers = []  # [function of (method, path) that gives (status, body) or None]

    def __enter__(self):
        proxy = self

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
            request_queue_size = 128

        class Handler(Conversation):
            pass

        Handler.proxy = proxy
        self.server = Server(self.socket, Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def answer(self, function):
        """`function(method, path)` gives (status, body) in place of the Engine, or None to ask it."""
        self.answers.append(function)

    def fail(self, which, status=500, message="the test wants it so"):
        self.answer(lambda method, path: (status, json.dumps({"message": message}).encode()) if which(method, path) else None)

    def note(self, method, path):
        with self.lock:
            self.asked.append((time.monotonic(), method + " " + path))

    def count(self, *words):
        """How many questions had all of these words."""
        with self.lock:
            return sum(all(word in text for word in words) for _, text in self.asked)


class Conversation(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "agent"

    def log_message(self, *_):
        pass

    def relay(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.proxy.note(self.command, self.path)
        for answer in list(self.proxy.answers):
            given = answer(self.command, self.path)
            if given is not None:
                return self.say(*given)
        try:
            self.pass_on(body)
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # as the Engine did

    def say(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # who asked has had enough

    def pass_on(self, body):
        real = http.client.HTTPConnection("engine")
        real.sock = socket.socket(socket.AF_UNIX)
        try:
            real.sock.connect(self.proxy.engine.socket)
            headers = {name: value for name, value in self.headers.items() if name.lower() in ("content-type", "host")}
            real.request(self.command, self.path, body, headers)
            answer = real.getresponse()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type") or "application/json")
            if answer.status in (204, 304):
                return self.end_headers()
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while piece := answer.read1(65536):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        finally:
            real.close()

    do_GET = do_POST = do_DELETE = do_HEAD = relay
