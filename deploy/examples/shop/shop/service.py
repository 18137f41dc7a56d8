# SPDX-License-Identifier: Apache-2.0
"""What the services of the shop have in common: settings, health, latencies for Prometheus, and a calm end.

    PORT             where it listens (8000)
    THREADS          requests at once (8)
    DRAIN_SECONDS    after SIGTERM it goes on serving for this long, while /healthz already says 503 (3)
"""
import logging
import os
import signal
import threading
import time

import prometheus_client
import waitress
from flask import Flask, Response, g, jsonify, request

LATENCY = prometheus_client.Histogram(
    "shop_request_duration_seconds", "From when the balancer took the request, or else this service, to its answer",
    ["route", "code"],
    buckets=(.01, .025, .05, .075, .1, .15, .2, .25, .3, .4, .5, .75, 1, 1.5, 2.5, 5, 10))
LONGEST_WAIT = 60  # s; a stamp that is older is none of this request


def setting(name, default):
    """An environment variable as a number; a bad one ends the program with its name."""
    text = os.environ.get(name, str(default))
    try:
        value = type(default)(text)
    except ValueError:
        value = -1
    if value < 0:
        raise SystemExit("%s must be a number of at least 0, was '%s'" % (name, text))
    return value


def waited():
    """Seconds that the request waited before it came here. The balancer stamps it (X-Request-Start: t=MICROSECONDS): what waits
    for a thread is not seen otherwise, and that is the part of a latency that more replicas cure."""
    stamp = request.headers.get("X-Request-Start", "")
    try:
        wait = time.time() - int(stamp.removeprefix("t=")) / 1e6
    except ValueError:
        return 0.0
    return wait if 0 < wait < LONGEST_WAIT else 0.0


class Service:
    def __init__(self, name):
        self.app = Flask(name)
        self.draining = threading.Event()
        self.app.before_request(self.begin)
        self.app.after_request(self.end)
        self.app.add_url_rule("/healthz", view_func=self.healthz)
        self.app.add_url_rule("/metrics", view_func=self.metrics)
        self.app.register_error_handler(ValueError, lambda error: (jsonify(error=str(error)), 400))

    def healthz(self):
        if self.draining.is_set():
            return Response("draining\n", 503, mimetype="text/plain")
        return Response("ok\n", mimetype="text/plain")

    def metrics(self):
        return Response(prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST)

    def begin(self):
        g.began = time.perf_counter()
        g.waited = waited()

    def end(self, response):
        if request.method == "POST" and request.url_rule:
            LATENCY.labels(request.url_rule.rule, response.status_code).observe(g.waited + time.perf_counter() - g.began)
        return response

    def serve(self):
        logging.basicConfig(format="%(levelname)s %(name)s %(message)s", level=logging.INFO)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that requests wait is what the metrics say
        server = waitress.create_server(self.app, host="0.0.0.0", port=setting("PORT", 8000), threads=setting("THREADS", 8))
        drain_for = setting("DRAIN_SECONDS", 3.0)

        def drain(*_):
            if not self.draining.is_set():
                self.draining.set()
                logging.info("serves for another %g s", drain_for)
                threading.Timer(drain_for, os.kill, (os.getpid(), signal.SIGINT)).start()

        signal.signal(signal.SIGTERM, drain)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it
        logging.info("%s serves on port %s", self.app.name, server.effective_port)
        server.run()  # until SIGINT; then what is being answered is answered
