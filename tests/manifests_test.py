#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy/kubernetes, rendered by kubectl and by helm: what is in each folder, who gets which rights, what the agents may do to their node, and that
the chart makes what the folders make. Arguments: the program, the sources. Where tests/kube_tools has neither there is nothing to run: exit code 77."""
import itertools
import json
import pathlib
import subprocess
import sys

import yaml

SETPOINT, SOURCES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
FOLDER = SOURCES / "deploy/kubernetes"
EVERYTHING = SOURCES / "tests/data/manifests/everything.yaml"
CHART = FOLDER / "chart"


def check(truth, what):
    print("%s: %s" % ("ok" if truth else "NOT OK", what))
    if not truth:
        sys.exit(1)


def documents(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    check(done.returncode == 0, " ".join(map(str, words[:3])) + done.stderr)
    return list(yaml.safe_load_all(done.stdout))


def rendered(folder):
    return documents(TOOLS / "kubectl", "kustomize", str(FOLDER / folder))


def charted(*options, release="setpoint", namespace="setpoint"):
    return documents(TOOLS / "helm", "template", release, str(CHART), "--namespace", namespace, "--include-crds", *options)


def refused(*options):
    done = subprocess.run([TOOLS / "helm", "template", "setpoint", str(CHART), *options], capture_output=True, text=True)
    return done.stderr if done.returncode else ""


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


def plain(objects):
    """By kind and name, without what says where they come from: labels, the namespace, comments."""
    found = {}
    for thing in objects:
        bare = json.loads(json.dumps(thing))
        bare["metadata"].pop("labels", None)
        bare["metadata"].pop("namespace", None)
        for subject in bare.get("subjects", []):
            subject.pop("namespace", None)
        found[thing["kind"], thing["metadata"]["name"]] = bare
    return found


def is_as(charts, folders, what):
    one, other = plain(charts), plain(thing for thing in folders if thing["kind"] != "Namespace")
    check(set(one) == set(other), "the chart makes the objects of %s, and no others: %s" % (what, sorted(set(one) ^ set(other))))
    differ = [name for name in sorted(one) if one[name] != other[name]]
    check(not differ, "and makes them the same: %s" % [(one[name], other[name]) for name in differ])


def chart(folders):
    linted = subprocess.run([TOOLS / "helm", "lint", "--strict", CHART], capture_output=True, text=True)
    check(linted.returncode == 0, "helm finds nothing wrong with the chart" + linted.stdout)
    version = subprocess.run([SETPOINT, "--version"], capture_output=True, text=True).stdout.split()[-1]
    check(yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == version, "it is the chart of this version, %s" % version)
    is_as(charted(), folders["."], "deploy/kubernetes")
    without_crd = lambda things: [thing for thing in things if thing["kind"] != "CustomResourceDefinition"]  # noqa: E731
    is_as(without_crd(charted("--set", "replicas=3,shards=6")), folders["shards"], "shards")
    is_as(without_crd(charted("--set", "namespaced=true")), folders["namespaced"], "namespaced")

    more = charted("--set", "podMetrics=kubelet,metrics.serviceMonitor=true,configuration=kind: Source", release="east", namespace="tools")
    names = {thing["metadata"]["name"] for thing in more if thing["kind"] != "CustomResourceDefinition"}
    check(all(name.startswith("east-setpoint") for name in names), "another release has other names: %s" % sorted(names))
    check(all(subject["namespace"] == "tools" for thing in more for subject in thing.get("subjects", [])), "and its own account")
    pod = only(more, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    check({"--lease-name=east-setpoint", "--pod-metrics=kubelet", "--file=/etc/setpoint/configuration"} <= set(pod["args"]), "and is told so: %s" % pod["args"])
    wanted = grants(documents(SETPOINT, "rbac", "--kubelets", "-f", str(EVERYTHING), "--resource", "Queue=queues.example.com"), ("ClusterRole",))
    check(all(granted(grant, grants(more, ("ClusterRole",))) for grant in wanted), "kubelets may be read")
    check(only(more, "ConfigMap")["data"]["configuration.yaml"] == "kind: Source", "its documents are there")
    mine = charted("--set", "rbac.create=false,serviceAccount.create=false,serviceAccount.name=mine")
    check(only(mine, "Deployment")["spec"]["template"]["spec"]["serviceAccountName"] == "mine" and not any("Role" in thing["kind"] for thing in mine), "rights may be one's own")
    for wrong in ("replica=3", "shards=40", "mode=dead", "podMetrics=none"):
        check(wrong.partition("=")[0] in refused("--set", wrong), "%s is refused by its name" % wrong)


def main():
    global TOOLS
    tools = subprocess.run([SOURCES / "tests/kube_tools"], capture_output=True, text=True)
    if tools.returncode != 0:
        print(tools.stderr)
        sys.exit(77)
    TOOLS = pathlib.Path(tools.stdout.strip())
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
    chart({".": whole, "shards": shared, "namespaced": one})
    done = subprocess.run([SETPOINT, "check", FOLDER / "shop/policies.yaml"], capture_output=True, text=True)
    check(done.returncode == 0, "and right: " + done.stdout + done.stderr)


main()
