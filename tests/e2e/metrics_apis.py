# SPDX-License-Identifier: Apache-2.0
"""Metrics APIs behind an API server: serves metrics.k8s.io, custom.metrics.k8s.io and external.metrics.k8s.io with what it is told.

    with MetricsApis(cluster) as apis:
        apis.offer("metrics.k8s.io", "v1beta1")             # an APIService, waited for
        apis.answers["/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"] = {...}
        apis.asked                                          # paths and queries, in order
    
The API server reaches it through a Service of type ExternalName, and verifies no certificate: that is between those two.
"""
import datetime
import http.server
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
PARTS = {"metrics.k8s.io": [{"name": "pods", "kind": "PodMetrics", "namespaced": True, "verbs": ["get", "list"]}]}


def stamp(ago):
    """So many seconds ago."""
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def call(cluster, method, path, body=None):
    """As the cluster's administrator; the answer, or the status where it is an error."""
    context = ssl.create_default_context(cafile=cluster.folder / "ca.crt")
    context.load_cert_chain(cluster.folder / "admin.crt", cluster.folder / "admin.key")
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    request = urllib.request.Request("https://127.0.0.1:%d%s" % (cluster.port, path), json.dumps(body).encode() if body else None,
                                     {"Content-Type": kind}, method=method)
    try:
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code


class MetricsApis:
    def __init__(self, cluster):
        self.cluster = cluster
        self.answers, self.status, self.asked, self.served = {}, {}, [], set()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cluster.folder / "server.crt", cluster.folder / "server.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.server.handle_error = lambda *_: None  # who asked has gone
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        call(self.cluster, "POST", "/api/v1/namespaces/kube-system/services", {
            "metadata": {"name": "metrics-apis"},
            "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": self.server.server_port}]}})
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

    def offer(self, group, version, port=None, available="True"):
        """`port`: of a server that is not there, for an API that is installed and does not answer."""
        self.served.add((group, version))
        name = version + "." + group
        wanted = {"metadata": {"name": name}, "spec": {
            "group": group, "version": version, "groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": True,
            "service": {"name": "metrics-apis", "namespace": "kube-system", "port": port or self.server.server_port}}}
        if call(self.cluster, "POST", SERVICES, wanted) == 409:
            call(self.cluster, "PATCH", SERVICES + "/" + name, wanted)
        self.wait_for(group, version, available)

    def wait_for(self, group, version, available, within=180):
        end = time.monotonic() + within
        while True:
            seen = call(self.cluster, "GET", SERVICES + "/" + version + "." + group).get("status", {}).get("conditions", [])
            group_seen = call(self.cluster, "GET", "/apis/" + group)
            versions = [one["version"] for one in group_seen["versions"]] if isinstance(group_seen, dict) else []
            routed = available != "True" or isinstance(call(self.cluster, "GET", "/apis/%s/%s" % (group, version)), dict)
            if version in versions and routed and ("Available", available) in [(one["type"], one["status"]) for one in seen]:
                return
            if time.monotonic() > end:
                raise RuntimeError("%s of %s: %r" % (version, group, seen))
            time.sleep(0.3)
