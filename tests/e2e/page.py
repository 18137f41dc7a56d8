#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The admin API, the metrics and the page, on an agent that scales real containers, in a real browser. With
SHOTS=FOLDER it leaves pictures of the page there."""
import os
import pathlib
import subprocess
import tempfile
import time

from agent import Agent, check, wait_until
from browser import Browser
from engine import Engine, Group
from selenium.webdriver.common.keys import Keys

SHOTS = os.environ.get("SHOTS")
POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: %s }
spec:
  target: { docker: { label: app=%s } }
  replicas: { min: 1, max: 5 }
  interval: 1s
  signals: { cpu: { cpu: {}, maxAge: 20s } }
  policies: [ { track: { signal: cpu, utilization: 60%% } } ]
  behavior:
    scaleDown: { stabilizationWindowSeconds: 4, policies: [ { type: Percent, value: 100, periodSeconds: 4 } ] }
"""


def policy(agent, name="web"):
    return agent.ask("/api/v1/policies/" + name)[1]


def api(agent):
    status, said = agent.ask("/api/v1/policies")
    check(status == 200 and [p["name"] for p in said["policies"]] == ["web", "idle"], "the API lists the policies")
    check(agent.ask("/healthz")[0] == 200 and agent.ask("/readyz")[0] == 200, "it is alive and ready")
    check(agent.ask("/api/v1/policies/none")[0] == 404 and agent.ask("/nothing")[0] == 404, "what is not there is 404")
    check(agent.ask("/api/v1/policies", headers={"Host": "evil.example"})[0] == 403, "a foreign Host is refused")
    order = {"policy": "web", "kind": "pause", "for": "1m", "reason": "test"}
    check(agent.ask("/api/v1/overrides", order, {"Content-Type": "text/plain"})[0] == 415, "a form is no order")
    check(agent.ask("/api/v1/overrides", order, {"Origin": "http://evil.example"})[0] == 403, "nor is another site's page")
    check(agent.ask("/api/v1/overrides", {**order, "for": "31d"})[0] == 400, "an override ends within 30 days")
    check("reason" in agent.ask("/api/v1/overrides", {**order, "reason": ""})[1]["error"], "and has a reason")
    decisions = agent.ask("/api/v1/decisions?policy=web&limit=3")[1]["decisions"]
    check(len(decisions) == 3 and decisions[0]["time"] < decisions[2]["time"], "decisions come oldest first")
    text = agent.ask("/metrics")[1]
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    check(done.returncode == 0 and not done.stderr, "promtool finds nothing wrong with /metrics: " + done.stderr)
    check('setpoint_replicas{policy="web"} ' in text, "which has the sizes")


def overrides(agent, group):
    order = {"policy": "web", "kind": "pin", "replicas": 3, "for": "1h", "reason": "test"}
    check(agent.ask("/api/v1/overrides", order)[1]["applied"] == ["web"], "a pin is taken")
    wait_until(lambda: group.size() == 3, "and carried out", 30, agent.said)
    wait_until(lambda: policy(agent)["override"]["kind"] == "pin" and policy(agent)["health"] == "suspended", "and shown", 10)
    agent.kill()
    agent.start()
    agent.wait_until_said("resumes 2 of 2")
    wait_until(lambda: policy(agent)["replicas"] == 3, "the agent killed and started", 20, agent.said)
    time.sleep(3)
    check(group.size() == 3 and policy(agent)["override"]["reason"] == "test", "a restart keeps the pin")
    check(agent.ask("/api/v1/overrides", {"all": True, "kind": "resume"})[1]["applied"] == ["web", "idle"], "resume ends it")
    wait_until(lambda: policy(agent)["override"] is None, "the pin is gone", 10)


def page(agent, group):
    with Browser(shots=SHOTS) as browser:
        browser.open(agent.url() + "/")
        browser.wait(lambda: len(browser.all("#policies > li")) == 2, "the page lists both policies")
        browser.shoot("list")
        browser.one("#policies > li:last-child button").click()
        browser.wait(lambda: len(browser.all("#plots canvas")) >= 4, "two plots are drawn")
        browser.wait(lambda: browser.all("#decisions li"), "decisions are told")
        check("replicas" in browser.one("#now").text, "the size is said: " + browser.one("#now").text)
        group.demand(0.25)
        browser.wait(lambda: " → " in browser.one("#decisions").text, "a change is told as it happens", 60)
        time.sleep(8)
        browser.shoot("open")
        order(browser, agent)
        hosts = browser.run("return performance.getEntriesByType('resource').map(e => new URL(e.name).origin)")
        check(set(hosts) <= {agent.url()}, "nothing is asked of anyone else")
        complaints = browser.complaints()
        check(not complaints, "the console has no complaint: %s" % complaints)


def order(browser, agent):
    pin = [b for b in browser.all("#glass button") if b.text.startswith("Pin")][0]
    pin.send_keys(Keys.ENTER)  # by keyboard
    browser.wait(lambda: browser.one("#order").get_attribute("open") is not None, "the form opens")
    browser.one("#size").clear()
    browser.one("#size").send_keys("2", Keys.ENTER)
    browser.wait(lambda: "why" in browser.one("#orderError").text, "a pin without a reason is refused")
    browser.shoot("order")
    browser.one("#reason").send_keys("<img src=x onerror=alert(1)>", Keys.ENTER)
    browser.wait(lambda: "Pinned to 2" in browser.one("#glass").text, "the pin is shown")
    check("<img src=x" in browser.one("#glass").text and not browser.all("#glass img"), "its reason is text, no markup")
    browser.shoot("pinned")
    [b for b in browser.all("#glass button") if b.text == "Resume"][0].click()
    browser.wait(lambda: "Pinned" not in browser.one("#glass").text, "and resumed")
    check(policy(agent)["override"] is None, "the agent agrees")


def phone_and_dark(agent):
    with Browser(width=390, height=844, dark=True, shots=SHOTS) as browser:
        browser.open(agent.url() + "/")
        browser.wait(lambda: browser.all("#policies > li"), "the list is there")
        browser.shoot("phone-list")
        browser.open(agent.url() + "/#web")
        browser.wait(lambda: len(browser.all("#plots canvas")) >= 4, "the plots are there")
        time.sleep(1)
        browser.shoot("phone-open")
        width = browser.run("return document.documentElement.scrollWidth")
        check(width <= 390, "nothing is wider than a phone (%d px)" % width)


def many(folder):
    text = "---".join(POLICY % ("policy-%04d" % i, "p%d" % i) for i in range(1000)).replace("interval: 1s", "interval: 5s")
    with Agent(folder / "many", text, str(folder / "none.sock")) as agent:
        wait_until(lambda: len(agent.ask("/api/v1/policies")[1]["policies"]) == 1000, "1,000 policies are listed", 20, agent.said)
        time.sleep(6)
        for path in ("/api/v1/policies", "/metrics"):
            begin = time.monotonic()
            size = len(str(agent.ask(path)[1]))
            check(time.monotonic() - begin < 3, "%s of 1,000 policies: %d KB in %.0f ms" % (path, size / 1000, 1000 * (time.monotonic() - begin)))
        with Browser(shots=SHOTS) as browser:
            browser.open(agent.url() + "/")
            browser.wait(lambda: len(browser.all("#policies > li")) == 1000, "the page lists them")
            browser.one("#filter").send_keys("policy-0777")
            browser.wait(lambda: browser.run("return document.querySelectorAll('#policies > li:not([hidden])').length") == 1, "the filter finds one")
            browser.shoot("many")
        check(agent.stop() == 0, "stops cleanly")


def refusals(folder):
    with Agent(folder / "first", POLICY % ("web", "web"), str(folder / "none.sock")) as first:
        address = first.url().removeprefix("http://")
        second = Agent(folder / "second", POLICY % ("web", "web"), str(folder / "none.sock"), "--admin", address)
        second.start()
        check(second.process.wait(10) == 1 and "--admin" in second.said(), "a port that is taken: " + second.said().splitlines()[-1])
    open_wide = Agent(folder / "wide", POLICY % ("web", "web"), str(folder / "none.sock"), "--admin", "0.0.0.0:0")
    open_wide.start()
    check(open_wide.process.wait(10) == 2 and "--admin-token-file" in open_wide.said(), "off loopback without TLS and token: refused")


def secure(folder):
    files = {name: str(folder / name) for name in ("cert.pem", "key.pem", "token")}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", files["key.pem"], "-out", files["cert.pem"]], check=True, capture_output=True)
    pathlib.Path(files["token"]).write_text("0123456789abcdef0123456789abcdef\n")
    with Agent(folder / "secure", POLICY % ("web", "web"), str(folder / "none.sock"), "--admin", "0.0.0.0:0", "--admin-cert",
               files["cert.pem"], "--admin-key", files["key.pem"], "--admin-token-file", files["token"]) as agent:
        url = agent.url().replace("0.0.0.0", "localhost")

        def curl(*words):
            return subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", files["cert.pem"], "-w", "%{http_code}", "-o", "/dev/null", *words],
                                  capture_output=True, text=True).stdout
        token = ("-H", "Authorization: Bearer 0123456789abcdef0123456789abcdef")
        check(url.startswith("https://") and curl(*token, url + "/metrics") == "200", "with TLS and the token it answers")
        check(curl(url + "/metrics") == "401" and curl("-H", "Authorization: Bearer x", url + "/api/v1/policies") == "401", "without, it does not")
        check(curl(url + "/") == "200" and curl(url + "/healthz") == "200", "but for the page's own text and its health")
        check(curl(*token, url.replace("https:", "http:") + "/metrics") == "000", "and never in plain text")


def main():
    with tempfile.TemporaryDirectory(prefix="setpoint-page.") as name:
        folder = pathlib.Path(name)
        refusals(folder)
        secure(folder)
        many(folder)
    with Engine() as engine:
        group = Group(engine, "app=web", cpus=0.1)
        Group(engine, "app=idle", cpus=0.1)
        with Agent(engine.folder / "agent", POLICY % ("web", "web") + "---" + POLICY % ("idle", "idle"), engine.socket) as agent:
            wait_until(lambda: agent.ask("/readyz")[0] == 200, "ready", 20, agent.said)
            time.sleep(5)
            api(agent)
            page(agent, group)
            phone_and_dark(agent)
            overrides(agent, group)
            check(agent.stop() == 0, "stops cleanly")


main()
