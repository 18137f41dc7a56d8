#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command line's conventions: exit codes, results on stdout, talk on stderr. Arguments: the program, the sources.
set -u
setpoint=$1
sources=$2
failures=0

# expect CODE WHERE TEXT ARGUMENTS...: the exit code, and a text that must be on stdout or stderr.
expect() {
    local code=$1 where=$2 text=$3
    shift 3
    local out err got
    err=$(mktemp)
    out=$("$setpoint" "$@" 2>"$err")
    got=$?
    [ "$where" = stdout ] || out=$(cat "$err")
    rm -f "$err"
    if [ "$got" != "$code" ] || [[ $out != *"$text"* ]]; then
        echo "setpoint $*: exit $got, wanted $code with '$text' on $where; said: ${out:0:300}"
        failures=$((failures + 1))
    fi
}

expect 0 stdout "Subcommands:" --help
expect 0 stdout "setpoint 0." --version
expect 0 stdout "Policy files" check --help
expect 0 stdout "order: docker project shop service order, 1 to 8 replicas every 3s by track.cpu (live)" check "$sources/deploy/examples/quickstart.yaml"
expect 0 stdout '"$schema": "https://json-schema.org/draft/2020-12/schema"' schema
expect 0 stdout "name: scalingpolicies.setpoint.dev" schema --crd
hpa=$(mktemp)
printf '%s\n' 'apiVersion: autoscaling/v2' 'kind: HorizontalPodAutoscaler' 'metadata: { name: web }' \
    'spec: { maxReplicas: 3, scaleTargetRef: { kind: Deployment, name: web } }' >"$hpa"
expect 0 stdout "compat: hpa" import "$hpa"
expect 0 stdout "compat: hpa" import - <"$hpa"
"$setpoint" import "$hpa" >"$hpa.yaml"
expect 0 stdout "web: kubernetes Deployment web, 1 to 3 replicas every 15s by track.cpu (live)" check "$hpa.yaml"
expect 0 stdout "resources: [deployments/scale], resourceNames: [web]" rbac -f "$hpa.yaml"
expect 0 stdout "kind: ClusterRole" rbac -f "$hpa.yaml" --cluster-wide
expect 0 stdout "resourceNames: [setpoint-0, setpoint-1]" rbac -f "$hpa.yaml" --shards 2
for wrong in 0 33 -1 two 2.5 '2 '; do
  expect 2 stderr "must be a number from 1 to 32, was '$wrong'" rbac -f "$hpa.yaml" --shards "$wrong"
  expect 2 stderr "must be a number from 1 to 32, was '$wrong'" operator --shards "$wrong"
done
expect 0 stdout "resources: [nodes/metrics]" rbac -f "$hpa.yaml" --kubelets
expect 2 stderr "kubelets are asked only with --pod-metrics kubelet" operator --kubelet-ca "$hpa"
expect 2 stderr "which has no kubelets" run -f "$sources/deploy/examples/quickstart.yaml" --state-dir "$(mktemp -d)" --pod-metrics kubelet
expect 2 stderr "must be NAMESPACE/NAME" rbac -f "$hpa.yaml" --service-account web
expect 2 stderr "must be KIND=PLURAL.GROUP" rbac -f "$hpa.yaml" --resource Rollout
expect 2 stderr "no policy with a kubernetes target" rbac -f "$sources/deploy/examples/quickstart.yaml"
expect 2 stderr "cannot be read" import /nonexistent
printf '%s\n' 'apiVersion: v1' 'kind: Service' >"$hpa"
expect 1 stderr "nothing could be imported" import "$hpa"
printf '%s\n' 'apiVersion: autoscaling/v3' 'kind: HorizontalPodAutoscaler' >"$hpa"
expect 2 stderr "$hpa:1:1: apiVersion: must be one of" import "$hpa"
rm -f "$hpa" "$hpa.yaml"
expect 2 stderr "A subcommand is required"
expect 2 stderr "unknown verb 'dryrun'; did you mean 'dry-run'?" dryrun
expect 2 stderr "required" check
expect 2 stderr "--nonsense" check x.yaml --nonsense
expect 2 stderr "--for is required" pin web 3 --reason x
expect 2 stderr "--reason is required" pause web --for 2h
expect 2 stderr "name a policy, or say --all" off --for 2h --reason x
expect 2 stderr "name a policy, or say --all" resume web --all
policy=$sources/deploy/examples/quickstart.yaml
expect 2 stderr "is there already; --force replaces it" record -f "$policy" -o "$policy" --docker-host unix:///nonexistent
expect 1 stderr "/nonexistent/out: cannot open" record -f "$policy" -o /nonexistent/out
expect 2 stderr "--for: " record -f "$policy" -o - --for 5
expect 2 stderr "--output is required" record -f "$policy"
expect 1 stderr "/dev/full: cannot write: No space left" record -f "$policy" -o /dev/full --force --docker-host unix:///nonexistent --for 60s
expect 2 stderr "--file is required" run
expect 2 stderr "--labels-max-replicas requires --policies-from-labels" run -f "$policy" --labels-max-replicas 5
expect 1 stderr "no agent answers at http://127.0.0.1:9" status --admin http://127.0.0.1:9
expect 1 stderr "no agent answers at http://127.0.0.1:9" status --ready --admin http://127.0.0.1:9
expect 2 stderr "excludes" status --ready --watch
expect 1 stderr "is \`setpoint run\` running there?" resume web --admin http://127.0.0.1:9
expect 2 stderr "must begin with http" status --admin 127.0.0.1:9464
expect 2 stderr "no token can be read" status --token-file /nonexistent
expect 2 stderr "--at: " explain web --at yesterday --state-dir /tmp
expect 1 stderr "/nonexistent" explain web --state-dir /nonexistent
expect 2 stdout "cannot be read: No such file or directory" check /nonexistent.yaml
expect 2 stdout "min must not be above max, was 5 above 2" check "$sources/tests/data/config/bad_min_above_max.yaml"
expect 2 stderr "1 error, 0 warnings" check "$sources/tests/data/config/bad_min_above_max.yaml"
expect 0 stdout ": warning: " check "$sources/tests/data/config/warn_window.yaml"
for arguments in --help --version "check --help" schema "check $sources/deploy/examples/quickstart.yaml"; do
    # shellcheck disable=SC2086
    "$setpoint" $arguments >/dev/full 2>/dev/null
    got=$?
    [ "$got" = 1 ] || { echo "setpoint $arguments on a full disk: exit $got, wanted 1"; failures=$((failures + 1)); }
done
exit $((failures > 0))
