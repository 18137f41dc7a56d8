#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The alerts: valid, firing when they should, made of documented metrics, each with its page. Argument: the sources.
set -euo pipefail
cd "$1"
rules=deploy/prometheus/setpoint.rules.yaml
promtool check rules "$rules"
promtool test rules deploy/prometheus/setpoint.rules.test.yaml
for metric in $(grep -oE '\bsetpoint_[a-z_]+' "$rules" | sort -u); do
    grep -q "\`$metric\`" docs/metrics.md || { echo "$metric is not in docs/metrics.md"; exit 1; }
done
for page in $(grep -oE 'docs/runbooks/[a-z-]+\.md' "$rules"); do
    [ -s "$page" ] || { echo "$page is missing"; exit 1; }
done
