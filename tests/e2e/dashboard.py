#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Grafana dashboard: well made, of documented metrics only, and every expression of it answered by a real Prometheus
that scrapes a real agent."""
import itertools
import json
import re
import urllib.parse
import urllib.request

from agent import Agent, check, wait_until
from engine import ROOT, Engine, Group
from prometheus_server import Prometheus

DASHBOARD = json.loads((ROOT / "deploy/grafana/setpoint.json").read_text())
NEEDS_MORE = {"Learnt"}  # five starts
POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { min: 1, max: 3 }
  interval: 1s
  signals: { cpu: cpu }
  policies: [ { track: { signal: cpu, utilization: 60% } } ]
"""


def overlap(one, other):
    a, b = one["gridPos"], other["gridPos"]
    return a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]


def well_made():
    panels, variables = DASHBOARD["panels"], {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    check(DASHBOARD["schemaVersion"] >= 36 and DASHBOARD["uid"] == "setpoint", "a dashboard of Grafana 9 or later")
    check({"datasource", "instance", "policy"} == variables, "its variables: data source, agents, policies")
    check(len({panel["id"] for panel in panels}) == len(panels), "no two panels have one ID")
    check(all(panel["title"] and panel["description"].endswith(".") for panel in panels), "each says what it shows")
    check(all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels), "none is beyond the edge")
    pairs = [(a["title"], b["title"]) for a, b in itertools.combinations(panels, 2) if overlap(a, b)]
    check(not pairs, "none lies on another %s" % pairs)
    drawn = [panel for panel in panels if panel["type"] != "row"]
    check(all(panel["datasource"]["uid"] == "${datasource}" and panel["targets"] for panel in drawn), "each asks the chosen data source")
    check(all(panel["fieldConfig"]["defaults"].get("unit") for panel in drawn), "and has a unit")
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD))) - {"__rate_interval", "__all"}
    check(used == variables, "every variable is used, and no other")
    named = {target["legendFormat"] for panel in drawn for target in panel["targets"]}
    coloured = {override["matcher"]["options"] for panel in drawn if panel["type"] == "timeseries" for override in panel["fieldConfig"]["overrides"]
                if override["matcher"]["id"] == "byName"}
    check(coloured <= named, "what is coloured is there")


def expressions():
    """(title, expression) of every panel and variable, for the policy web."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], re.fullmatch(r"label_values\((.*), \w+\)", variable["definition"]).group(1)


def documented():
    known = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs/metrics.md").read_text(), re.M))
    for title, expression in expressions():
        for metric in re.findall(r"\b(?:setpoint|process)_\w+", expression):
            check(re.sub("_bucket$", "", metric) in known, "%s: %s is documented" % (title, metric))


def asked(server, expression):
    for variable, value in (("$instance", ".+"), ("$policy", "web"), ("$__rate_interval", "10s")):
        expression = expression.replace(variable, value)
    url = "http://127.0.0.1:%d/api/v1/query?%s" % (server.port, urllib.parse.urlencode({"query": expression}))
    with urllib.request.urlopen(url, timeout=10) as answer:  # an expression that is wrong is HTTP 400
        return json.load(answer)["data"]["result"]


def answered(engine):
    Group(engine, "app=web", cpus=0.1)
    with Agent(engine.folder / "agent", POLICY, engine.socket) as agent:
        server = Prometheus(engine.folder / "prometheus", int(agent.url().rsplit(":", 1)[1])).start()
        try:
            wait_until(lambda: asked(server, "setpoint_proposal_replicas"), "the agent decides and is scraped", 30, agent.said)
            order = {"policy": "web", "kind": "pin", "replicas": 2, "for": "10m", "reason": "test"}
            check(agent.ask("/api/v1/overrides", order)[0] == 200, "a pin, so that there is one to show")
            wait_until(lambda: asked(server, "setpoint_override_active == 1"), "it is scraped", 20, agent.said)
            wait_until(lambda: asked(server, "setpoint_proposal_replicas"), "and the law goes on proposing", 20, agent.said)
            empty = {title for title, expression in expressions() if not asked(server, expression)}
            check(empty == NEEDS_MORE, "every panel has data, but for %s" % sorted(empty))
            desired = 'max by (policy) (setpoint_desired_replicas{policy=~"$policy"}) == 2'
            wait_until(lambda: asked(server, desired), "such as the size of the pin", 20, agent.said)
        finally:
            server.stop()


def main():
    well_made()
    documented()
    with Engine() as engine:
        answered(engine)


main()
