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
expect 0 stdout "Subcommands:" help
expect 0 stdout "Usage: setpoint check [OPTIONS] file..." help check
expect 2 stderr "unknown verb 'chek'; did you mean 'check'?" help chek
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
expect 2 stderr "unknown option '--recordin'; did you mean '--recording'?" dry-run -f x -r y --recordin z
expect 2 stderr "unknown option '--compare' (known: --help, --file," dry-run -f x -r y --compare hpa
expect 2 stderr "unexpected argument 'more'" status more
expect 0 stdout "Usage: setpoint pin [OPTIONS] policy replicas" pin --help
expect 2 stderr "Usage: setpoint pin [OPTIONS] policy replicas" pin 5 --for 2h --reason x
expect 2 stderr "replicas: must be a whole number from 0 to 100000, was 'five'" pin web five --for 2h --reason x
nobody=http://127.0.0.1:9
expect 2 stderr "--for: " pin web 5 --for 2 --reason x --admin $nobody
expect 2 stderr "--for: 1s to 30d is wanted, was 60d" pin web 5 --for 60d --reason x --admin $nobody
expect 2 stderr "--for: 1s to 30d is wanted, was 0s" pause web --for 0s --reason x --admin $nobody
expect 2 stderr "--reason: say why" off web --for 2h --reason "" --admin $nobody
expect 1 stderr "no agent answers" pin web 5 --for 2h --reason x --admin $nobody
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
expect 2 stderr "/nonexistent" explain web --state-dir /nonexistent
expect 2 stderr "/nonexistent" replay /nonexistent
expect 2 stdout "cannot be read: No such file or directory" check /nonexistent.yaml
expect 2 stdout "min must not be above max, was 5 above 2" check "$sources/tests/data/config/bad_min_above_max.yaml"
expect 2 stderr "1 error, 0 warnings" check "$sources/tests/data/config/bad_min_above_max.yaml"
expect 0 stdout ": warning: " check "$sources/tests/data/config/warn_window.yaml"

# - is the standard input, and is called (stdin).
folder=$(mktemp -d)
expect 0 stdout "order: docker project shop" check - <"$policy"
expect 2 stdout "(stdin):1:1: must be a policy document" check - <<<"nonsense"
expect 2 stderr "(stdin):1:1: must be a policy document" dry-run -f - -r x <<<"nonsense"
expect 2 stderr "(stdin): " import - <<<""
printf 'time,cpu\n0,0.5\n30,50%%\n60,0.6\n' >"$folder/cpu.csv"
expect 0 stdout "order on (stdin)" dry-run -f "$policy" --recording - <"$folder/cpu.csv"
expect 0 stdout "1 number has a percent sign: taken as a share, 70% as 0.7 (first in line 3)" dry-run -f "$policy" --recording "$folder/cpu.csv"
expect 2 stderr "only one of them can be the standard input" dry-run -f - --recording - <"$policy"
expect 2 stderr "the standard input has the observations" decide -f - <"$policy"
expect 2 stderr "which the standard input cannot be" run -f - --state-dir "$folder" <"$policy"
expect 2 stderr "--map cpu=b: cpu is mapped to a already" dry-run -f "$policy" -r "$folder/cpu.csv" --map cpu=a --map cpu=b
expect 2 stderr "the column 'time' is the time" dry-run -f "$policy" -r "$folder/cpu.csv" --map cpu=time

# A signal whose server is nowhere, and a kubeconfig that is not there.
printf '%s\n' 'apiVersion: setpoint.dev/v1alpha1' 'kind: ScalingPolicy' 'metadata: { name: web }' 'spec:' '  target: { docker: { label: app=web } }' \
    '  replicas: { max: 10 }' '  signals: { q: { prometheus: { query: depth } } }' '  policies: [ { track: { signal: q, value: 3 } } ]' >"$folder/query.yaml"
expect 0 stdout "warning: spec.signals.q.prometheus: has no server in these files" check "$folder/query.yaml"
KUBECONFIG=/nonexistent expect 2 stderr "there is no kubeconfig at /nonexistent, which is what --kubeconfig or KUBECONFIG names" promote web

# While the Engine is away the size is unknown, and a hand on it is told all the same.
sed 's/q: .*/cpu: cpu }\n  interval: 1s/; s/signal: q, value: 3/signal: cpu, utilization: 70%/' "$folder/query.yaml" >"$folder/web.yaml"
"$setpoint" run -f "$folder/web.yaml" --docker-host unix:///nonexistent --state-dir "$folder/state" --admin 127.0.0.1:0 2>"$folder/log" &
agent=$!
for _ in $(seq 200); do
    admin=$(grep -so 'http://127.0.0.1:[0-9]*' "$folder/log" | head -1)
    [ -n "$admin" ] && "$setpoint" status --admin "$admin" >/dev/null 2>&1 && break
    sleep 0.1
done
expect 0 stdout "web: 50 is above its replicas.max of 10" pin web 50 --for 1h --reason launch --admin "$admin"
for _ in $(seq 200); do
    "$setpoint" explain web --state-dir "$folder/state" 2>/dev/null | grep -q "pinned to 50" && break
    sleep 0.1
done
expect 0 stdout "web: size unknown at" explain web --state-dir "$folder/state"
expect 0 stdout "It is pinned to 50 until" explain web --state-dir "$folder/state"
expect 0 stdout "? -> ?" replay "$folder/state/journal"
if "$setpoint" explain web --state-dir "$folder/state" | grep -q "Proposed"; then echo "explain: a heading without anything"; failures=$((failures + 1)); fi
kill "$agent" && wait "$agent"
grep -q "web: pinned to 50 until .*: launch" "$folder/log" || { echo "the log has no pin: $(cat "$folder/log")"; failures=$((failures + 1)); }
rm -rf "$folder"
for arguments in --help --version "check --help" schema "check $sources/deploy/examples/quickstart.yaml"; do
    # shellcheck disable=SC2086
    "$setpoint" $arguments >/dev/full 2>/dev/null
    got=$?
    [ "$got" = 1 ] || { echo "setpoint $arguments on a full disk: exit $got, wanted 1"; failures=$((failures + 1)); }
done
exit $((failures > 0))
