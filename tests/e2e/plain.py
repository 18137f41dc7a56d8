# SPDX-License-Identifier: Apache-2.0
"""Groups of containers that run a line of shell, and the policies that size them."""
import json
import shutil

IMAGE = "setpoint-shell"
POLICY = """
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: %(name)s }
spec:
  target: { docker: { label: app=%(name)s } }
  replicas: { min: %(min)d, max: %(max)d }
  interval: 1s
  signals: { cpu: cpu }
  policies: [ { track: { signal: cpu, utilization: 60%% } } ]
  behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [ { type: Percent, value: 100, periodSeconds: 1 } ] } }
"""


def build_shell_image(engine, name=IMAGE):
    """Busybox, alone in an image."""
    folder = engine.folder / "shell-image"
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy("/bin/busybox", folder / "bin/busybox")
    for word in ("sh", "sleep", "touch", "test"):
        link = folder / "bin" / word
        if not link.exists():
            link.symlink_to("busybox")
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY bin /bin\nLABEL name=%s\n" % name)
    engine.docker("build", "-q", "-t", name, str(folder))
    return name


class ShellGroup:
    """`name-1` with the label app=name, and whatever is made after it; `size` is what the document asks for."""

    def __init__(self, engine, name, script="exec sleep 100000", words=(), image=IMAGE):
        self.engine, self.name, self.size = engine, name, (1, 1)
        self.flags = engine.folder / ("flags-" + name)
        self.flags.mkdir()
        engine.docker("run", "-d", "--name", name + "-1", "--label", "app=" + name, "--cpus", "0.2", "--network", "none",
                      "--volume", "%s:/flags" % self.flags, *words, image, "/bin/sh", "-c", script)

    def policy(self):
        return POLICY % {"name": self.name, "min": self.size[0], "max": self.size[1]}

    def containers(self):
        """{name: state} of all, stopped ones too."""
        out = self.engine.docker("ps", "-a", "--filter", "label=app=" + self.name, "--format", "{{json .}}").stdout
        return {found["Names"]: found["State"] for found in map(json.loads, out.splitlines())}

    def running(self):
        return sum(state == "running" for state in self.containers().values())


def write_policies(path, groups):
    """As editors do."""
    new = path.with_suffix(".new")
    new.write_text("---".join(group.policy() for group in groups))
    new.rename(path)
