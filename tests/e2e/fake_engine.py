# SPDX-License-Identifier: Apache-2.0
"""A socket that looks like an Engine's and behaves badly.

    with FakeEngine(folder, "drips") as socket: ...

refuses  the socket file is there, nobody listens
hangs    takes connections, never answers
drips    answers a byte a second, without end
closes   closes in the middle of the answer
babbles  answers with what is no HTTP
floods   a header without end
"""
import os
import pathlib
import socket
import threading


class FakeEngine:
    def __init__(self, folder, behaviour):
        self.path = str(pathlib.Path(folder) / (behaviour + ".sock"))
        self.behaviour = getattr(self, behaviour)
        self.ended = threading.Event()
        self.listening = behaviour != "refuses"

    def __enter__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        if self.listening:
            self.socket.listen(64)
            self.socket.settimeout(0.2)
            self.thread = threading.Thread(target=self.serve)
            self.thread.start()
        return self.path

    def __exit__(self, *_):
        self.ended.set()
        if self.listening:
            self.thread.join()
        self.socket.close()
        os.unlink(self.path)

    def serve(self):
        while not self.ended.is_set():
            try:
                connection, _ = self.socket.accept()
            except socket.timeout:
                continue
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        with connection:
            try:
                connection.recv(65536)
                self.behaviour(connection)
            except OSError:
                pass  # the other side left, as it should

    def refuses(self, connection):
        pass

    def hangs(self, connection):
        self.ended.wait()

    def drips(self, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n")
        while not self.ended.wait(1):
            connection.sendall(b" ")

    def closes(self, connection):
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"ID": "AB')

    def babbles(self, connection):
        connection.sendall(b"\x00\xff\x17 not a word of HTTP\r\n\r\n")

    def floods(self, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not self.ended.is_set():
            connection.sendall(b"X-Again: " + b"x" * 8000 + b"\r\n")
