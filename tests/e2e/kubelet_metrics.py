# SPDX-License-Identifier: Apache-2.0
"""What metrics-server does, for the one node of a test: reads the kubelet's counters of CPU now and then, and answers metrics.k8s.io
with what was used between the last two."""
import datetime
import json
import ssl
import threading
import urllib.request

EVERY = 5  # seconds; a kubelet counts anew about every 10
USAGE = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"


class KubeletMetrics(threading.Thread):
    def __init__(self, cluster, apis):
        super().__init__(daemon=True)
        self.port = json.loads((cluster.folder / "kubelet.json").read_text())["port"]
        self.trust = ssl._create_unverified_context()  # whatever its certificate is
        self.trust.load_cert_chain(cluster.folder / "admin.crt", cluster.folder / "admin.key")
        self.last = {}  # (pod, container) -> [(time, core nanoseconds, bytes)], the newest two
        self.done = threading.Event()
        apis.answers[USAGE] = self.usage

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()

    def run(self):
        while not self.done.wait(EVERY):
            try:
                with urllib.request.urlopen("https://127.0.0.1:%d/stats/summary" % self.port, context=self.trust, timeout=5) as answer:
                    self.take(json.load(answer))
            except OSError:
                pass  # as with metrics-server, there is nothing new then

    def take(self, summary):
        for pod in summary["pods"]:
            if pod["podRef"]["namespace"] != "shop":
                continue
            for container in pod.get("containers") or []:
                cpu = container.get("cpu", {})
                if "usageCoreNanoSeconds" not in cpu:
                    continue
                seen = self.last.setdefault((pod["podRef"]["name"], container["name"]), [])
                if not seen or seen[-1][0] != cpu["time"]:
                    seen.append((cpu["time"], cpu["usageCoreNanoSeconds"], container.get("memory", {}).get("workingSetBytes", 0)))
                    del seen[:-2]

    def usage(self):
        items = []
        for (pod, container), seen in list(self.last.items()):
            if len(seen) < 2:
                continue
            (began, before, _), (ended, after, memory) = seen
            seconds = moment(ended) - moment(began)
            items.append({"metadata": {"name": pod, "namespace": "shop"}, "timestamp": ended, "window": "%.3fs" % seconds,
                          "containers": [{"name": container, "usage": {"cpu": "%dn" % ((after - before) / seconds), "memory": str(memory)}}]})
        return {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items}


def moment(stamp):
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()
