#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Kubernetes client against a real API server, which is killed, stopped, compacted. Usage: kube_client.py TEST_PROGRAM [ARGUMENT...]"""
import os
import subprocess
import sys

from kube_cluster import Cluster

with Cluster() as cluster:
    environment = dict(os.environ, SETPOINT_CLUSTER=str(cluster.folder))
    sys.exit(subprocess.run(sys.argv[1:], env=environment).returncode)
