# SPDX-License-Identifier: Apache-2.0
"""What stands between setpoint and a real server, and may answer in its place. An Engine's is in engine_proxy.py, a cluster's in
kube_proxy.py.

        proxy.answer(lambda method, path: (500, b"{}") if "/create" in path else None)
        proxy.asked                        # [(monotonic time, "POST /v1.41/containers/create?name=web-2")]
"""
import http.client
import http.server
import threading
import time


class Proxy:
    def __init__(self):
        self.asked = []
        self.lock = threading.Lock()
        self.answers = []  # [function of (method, path) that gives (status, body) or (status, body, headers) or None]

    def serve(self, server):
        self.server = server
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1})
        self.thread.start()

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def answer(self, function):
        """In place of the server, or None to ask it."""
        self.answers.append(function)

    def note(self, method, path):
        with self.lock:
            self.asked.append((time.monotonic(), method + " " + path))

    def count(self, *words):
        """How many questions had all of these words."""
        with self.lock:
            return sum(all(word in text for word in words) for _, text in self.asked)


class Conversation(http.server.BaseHTTPRequestHandler):
    """With one client. What is derived says which `proxy` it is of, and how to `reach` its server."""
    protocol_version = "HTTP/1.1"
    passed_on = ("content-type", "host")

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
            self.close_connection = True  # as the server did

    def say(self, status, body, headers=()):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # who asked has had enough

    def pass_on(self, body):
        real = self.reach()
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() in self.passed_on}
            real.request(self.command, self.path, body, headers)
            answer = real.getresponse()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type") or "application/json")
            if answer.status in (204, 304):
                return self.end_headers()
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in self.pieces(answer):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        finally:
            real.close()

    def pieces(self, answer):
        while piece := answer.read1(65536):
            yield piece

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = relay
