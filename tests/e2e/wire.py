# SPDX-License-Identifier: Apache-2.0
"""A TCP connection to a server of this machine that can be cut, as a network is: nobody is told, and what was on its way then
arrives when it is mended.

    with Wire(port) as wire:
        wire.port                 # for clients
        wire.cut(); wire.mend()
"""
import contextlib
import socket
import threading


class Wire:
    def __init__(self, port, host="127.0.0.1"):
        self.to, self.host = port, host
        self.passes = threading.Event()
        self.passes.set()

    def __enter__(self):
        self.listener = socket.create_server((self.host, 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.passes.set()

    def cut(self):
        self.passes.clear()

    def mend(self):
        self.passes.set()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                threading.Thread(target=self.connect, args=(near,), daemon=True).start()

    def connect(self, near):
        self.passes.wait()
        try:
            far = socket.create_connection(("127.0.0.1", self.to))
        except OSError:
            return near.close()
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    def carry(self, one, other):
        """Whatever one says, until it has ended."""
        with contextlib.suppress(OSError):
            while piece := one.recv(65536):
                self.passes.wait()
                other.sendall(piece)
        self.passes.wait()
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)
