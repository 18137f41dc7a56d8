# SPDX-License-Identifier: Apache-2.0
"""The operator as pods of a cluster's real node: its image, and what it says."""
import subprocess

from agent import BINARY
from engine import ROOT
from kube_load import build_load_image


def build_images(cluster):
    with subprocess.Popen([ROOT / "deploy/image/context", BINARY], stdout=subprocess.PIPE) as context:
        subprocess.run(["docker", "--host", cluster.docker_host, "build", "-q", "-t", "setpoint:latest", "-"], stdin=context.stdout, check=True,
                       capture_output=True, timeout=120)
    build_load_image(cluster)


def said(cluster):
    """What the operator's pods say; through the Engine, since a kubelet's logs would need its certificate."""
    names = cluster.docker("ps", "-aq", "--filter", "label=io.kubernetes.container.name=setpoint").stdout.split()
    logs = [cluster.docker("logs", name) for name in names]
    return "\n".join(log.stdout + log.stderr for log in logs)
