# SPDX-License-Identifier: Apache-2.0
"""Metrics APIs behind an API server: serves metrics.k8s.io, custom.metrics.k8s.io and external.metrics.k8s.io with what it is told.

    with MetricsApis(cluster) as apis:
        apis.offer("metrics.k8s.io", "v1beta1")             # an APIService, waited for
        apis.answers["/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"] = {...}
        apis.asked                                          # paths and queries, in order
        apis.withdraw("metrics.k8s.io", "v1beta1")

The API server reaches it through a Service of type ExternalName, and verifies no certificate: that is between those two.
"""
import http.server
import json
import ssl
import subprocess
import threading
import time
import urllib.parse

PARTS = {"metrics.k8s.io": [{"name": "pods", "kind": "PodMetrics", "namespaced": True, "verbs": ["get", "list"]}]}


class MetricsApis:
    def __init__(self, cluster):
        self.cluster = cluster
        self.answers, self.status, self.asked, self.served = {}, {}, [], set()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cluster.folder / "server.crt", cluster.folder / "server.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.cluster.kubectl("apply", "-f", "-", input=json.dumps({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "metrics-apis", "namespace": "kube-system"},
            "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": self.server.server_port}]}}))
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def handler(self):
        apis = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, body = apis.answer(self.path)
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass
        return Handler

    def answer(self, target):
        path = urllib.parse.unquote(target.split("?")[0])
        parts = path.strip("/").split("/")
        if len(parts) == 3 and tuple(parts[1:]) in self.served:  # discovery, which also says that we are there
            return 200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "/".join(parts[1:]), "resources": PARTS.get(parts[1], [])}
        if len(parts) > 3:
            self.asked.append(target)
        if path in self.status:
            return self.status[path], {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": self.status[path], "message": "told to fail"}
        if path in self.answers:
            answer = self.answers[path]
            return 200, answer() if callable(answer) else answer
        return 404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "message": "nothing known of " + path}

    def offer(self, group, version, port=None, wait="True"):
        """`port`: of a server that is not there, for an API that is installed and does not answer."""
        self.served.add((group, version))
        self.cluster.kubectl("apply", "-f", "-", input=json.dumps({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": version + "." + group},
            "spec": {"group": group, "version": version, "groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": True,
                     "service": {"name": "metrics-apis", "namespace": "kube-system", "port": port or self.server.server_port}}}))
        self.wait_for(group, version, wait)

    def wait_for(self, group, version, wanted, within=60):
        end = time.monotonic() + within
        while True:
            said = self.cluster.kubectl("get", "apiservice", version + "." + group, "-o", 'jsonpath={.status.conditions[?(@.type=="Available")].status}',
                                        check=False).stdout
            found = self.cluster.kubectl("get", "--raw", "/apis/%s" % group, check=False).returncode == 0
            if said == wanted and found:
                return
            if time.monotonic() > end:
                raise subprocess.SubprocessError("%s of %s is available: '%s'" % (version, group, said))
            time.sleep(0.2)

    def withdraw(self, group, version):
        self.served.discard((group, version))
        self.cluster.kubectl("delete", "apiservice", version + "." + group)
