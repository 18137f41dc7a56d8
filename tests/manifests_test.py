#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy/kubernetes, rendered by kubectl: what is in each folder, who gets which rights, and what the agents may do to their node.
Arguments: the program, the sources. Without a kubectl of 1.21 or later, whose kustomize reads them, there is nothing to run: exit code 77."""
import itertools
import json
import pathlib
import shutil
import subprocess
import sys

import yaml

SETPOINT, SOURCES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
FOLDER = SOURCES / "deploy/kubernetes"
EVERYTHING = SOURCES / "tests/data/manifests/everything.yaml"


def check(truth, what):
    print("%s: %s" % ("ok" if truth else "NOT OK", what))
    if not truth:
        sys.exit(1)


def documents(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    check(done.returncode == 0, " ".join(map(str, words[:3])) + done.stderr)
    return list(yaml.safe_load_all(done.stdout))


def rendered(folder):
    return documents("kubectl", "kustomize", str(FOLDER / folder))


def grants(objects, kinds):
    """(group, resource, verb) of each rule of these kinds of role; a rule for given names is none for all."""
    rules = [rule for role in objects if role["kind"] in kinds for rule in role["rules"] if "resourceNames" not in rule]
    return {grant for rule in rules for grant in itertools.product(rule["apiGroups"], rule["resources"], rule["verbs"])}


def granted(wanted, given):
    group, resource, verb = wanted
    part = "*/" + resource.partition("/")[2]
    return any(one in given for one in (wanted, (group, "*", verb), ("*", part, verb)))


def only(objects, kind):
    found = [thing for thing in objects if thing["kind"] == kind]
    check(len(found) == 1, "one " + kind)
    return found[0]


def kubectl_minor():
    """The 21 of 1.21.3; 0 without kubectl."""
    if not shutil.which("kubectl"):
        return 0
    said = subprocess.run(["kubectl", "version", "--client", "-o", "json"], capture_output=True, text=True).stdout
    return int(json.loads(said)["clientVersion"]["minor"].rstrip("+"))


def main():
    if kubectl_minor() < 21:
        print("no kubectl of 1.21 or later")
        sys.exit(77)
    whole, one = rendered("."), rendered("namespaced")
    check(only(whole, "CustomResourceDefinition")["metadata"]["name"] == "scalingpolicies.setpoint.dev", "the custom resource comes with the cluster's")
    check(not any(thing["kind"].startswith("Cluster") or thing["kind"] == "CustomResourceDefinition" for thing in one), "nothing of one namespace's is the cluster's")
    check(all(thing["metadata"].get("namespace") == "setpoint" for thing in whole
              if thing["kind"] not in ("Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition")), "all the rest is in the namespace setpoint")
    check(only(whole, "ClusterRoleBinding")["subjects"][0]["namespace"] == "setpoint", "whose service account has the rights")

    needed = grants(documents(SETPOINT, "rbac", "--cluster-wide", "--resource", "Queue=queues.example.com", "-f", str(EVERYTHING)), ("ClusterRole", "Role"))
    for name, given in (("cluster", grants(whole, ("ClusterRole", "Role"))), ("namespace", grants(one, ("Role",)))):
        missing = [grant for grant in sorted(needed) if not granted(grant, given)]
        check(len(needed) > 10 and not missing, "the %s's role grants what the policies need, without %s" % (name, missing))

    for objects in (whole, one):
        pod = only(objects, "Deployment")["spec"]["template"]
        container = pod["spec"]["containers"][0]
        closed = container["securityContext"]
        check(pod["spec"]["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}} and
              closed == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}, "the agents may do nothing to their node")
        check(container["ports"][0]["name"] == container["livenessProbe"]["httpGet"]["port"] == "metrics", "they are asked whether they live")
        check(only(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items(), "the network policy is theirs")
    check("--namespace=$(NAMESPACE)" in only(one, "Deployment")["spec"]["template"]["spec"]["containers"][0]["args"], "one namespace's agent keeps to it")

    shared = rendered("shards")
    check("--shards=6" in only(shared, "Deployment")["spec"]["template"]["spec"]["containers"][0]["args"], "agents that share the policies are told so")
    leases = [role["rules"] for role in shared if role["kind"] == "Role"]
    wanted = [role["rules"] for role in documents(SETPOINT, "rbac", "--shards", "6", "-f", str(EVERYTHING), "--resource", "Queue=queues.example.com")
              if role["kind"] == "Role" and role["metadata"]["name"] == "setpoint-lease"]
    named = [{name for rule in rules[0] for name in itertools.product(rule.get("resourceNames", [""]), rule["verbs"])} for rules in (leases, wanted)]
    check(len(leases) == 1 and named[0] == named[1], "and may use their Leases, and no others")

    monitor = rendered("monitoring")
    service = only(monitor, "Service")
    check(only(monitor, "ServiceMonitor")["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items(), "the ServiceMonitor finds the Service")
    check(service["spec"]["selector"].items() <= only(whole, "Deployment")["spec"]["template"]["metadata"]["labels"].items(), "and that the agents")

    shop = rendered("shop")
    targets = {thing["metadata"]["name"] for thing in shop if thing["kind"] == "Deployment"}
    policies = [thing for thing in shop if thing["kind"] == "ScalingPolicy"]
    check(len(policies) == 2 and {thing["spec"]["target"]["kubernetes"]["name"] for thing in policies} == targets, "the shop's policies are for its Deployments")
    done = subprocess.run([SETPOINT, "check", FOLDER / "shop/policies.yaml"], capture_output=True, text=True)
    check(done.returncode == 0, "and right: " + done.stdout + done.stderr)


main()
