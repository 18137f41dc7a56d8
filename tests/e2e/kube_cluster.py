# SPDX-License-Identifier: Apache-2.0
"""A Kubernetes cluster of one's own, on loopback: etcd and an API server, and what else is asked for.

    with Cluster(controllers=True) as cluster:
        cluster.kubectl("get", "nodes")    # kubectl on that cluster
        cluster.kubeconfig                 # for KUBECONFIG
        cluster.halt("apiserver"); cluster.start("apiserver")

Debian packages have no Kubernetes control plane, only its source: `build` makes it once, in SETPOINT_CACHE. Where
KUBEBUILDER_ASSETS is set, its etcd and kube-apiserver are used, and the other programs where they are there too.
"""
import contextlib
import glob
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import engine  # noqa: E402

PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
SOURCES = """Types: deb-src
URIs: %s
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
# For `audit`: each change of a size, with who made it and what came of it.
SIZES = [{"level": "RequestResponse", "verbs": ["create", "update", "patch", "delete"], "omitStages": ["RequestReceived"],
            "resources": [{"group": "apps", "resources": ["deployments", "deployments/scale"]}]}, {"level": "None"}]


def say(text):
    print("cluster: " + text, file=sys.stderr, flush=True)


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, **options)


def install(**packages):
    """Of each command that is not there, the package that has it."""
    missing = [package for command, package in packages.items() if not shutil.which(command.replace("_", "-"))]
    if missing:
        say("installing " + " ".join(missing))
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, stdout=subprocess.DEVNULL,
            env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))


def programs():
    """The folder that `build` fills."""
    cache = os.environ.get("SETPOINT_CACHE") or os.path.expanduser("~/.cache/setpoint")
    return pathlib.Path(cache) / "kubernetes-1.20" / "bin"


def build():
    """From Debian's source package by Debian's Go, as its own package does; minutes."""
    into = programs()
    if all((into / name).exists() for name in PROGRAMS):
        return
    say("building Kubernetes into %s, once; this takes minutes" % into)
    listed = pathlib.Path("/etc/apt/sources.list.d/setpoint-source.sources")
    if not subprocess.run(["grep", "-rqs", "deb-src", "/etc/apt/sources.list.d", "/etc/apt/sources.list"]).returncode == 0:
        mirrors = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
                                 capture_output=True, text=True, check=True).stdout.split()
        listed.write_text(SOURCES % next(uri for uri in mirrors if uri.rstrip("/").endswith("/debian")))
    run("apt-get", "update", "-qq", stdout=subprocess.DEVNULL)
    go = "/usr/lib/go-1.19/bin"
    install(rsync="rsync", make="make", gcc="gcc", dpkg_source="dpkg-dev", **({} if os.path.exists(go) else {"setpoint-go": "golang-1.19-go"}))
    with tempfile.TemporaryDirectory(prefix="setpoint-kubernetes.", ignore_cleanup_errors=True) as work:
        run("apt-get", "source", "--download-only", "-qq", "kubernetes", cwd=work)
        run("tar", "xf", *glob.glob(work + "/kubernetes_*.orig.tar.*"), cwd=work)
        tree = pathlib.Path(next(path for path in glob.glob(work + "/kubernetes-*") if os.path.isdir(path)))
        place = tree / ".gopath/src/k8s.io"
        place.mkdir(parents=True)
        (place / "kubernetes").symlink_to(tree)
        renew_reflect2(tree)
        environment = {name: value for name, value in os.environ.items() if name != "GOFLAGS"}
        environment.update(PATH=go + ":" + os.environ["PATH"], GOPATH=str(tree / ".gopath"), GO111MODULE="off", CGO_ENABLED="0")
        run("make", "WHAT=" + " ".join("cmd/" + name for name in PROGRAMS), "GOLDFLAGS=-s -w", cwd=tree, env=environment, stdout=sys.stderr)
        into.mkdir(parents=True, exist_ok=True)
        for name in PROGRAMS:
            made = into / (name + ".new")
            shutil.copy(tree / "_output/bin" / name, made)
            made.rename(into / name)
        run("chmod", "-R", "u+w", work)  # Go's module cache is read-only


def renew_reflect2(tree):
    """The copy of reflect2 in its sources walks maps by a layout that Go 1.18 changed: an API server with custom resources
    crashes now and then. Debian has the release that does not."""
    install(golang_github_modern_go_reflect2_dev="golang-github-modern-go-reflect2-dev")
    copy = tree / "vendor/github.com/modern-go/reflect2"
    for old in [*copy.glob("*.go"), *copy.glob("*.s")]:
        old.unlink()
    fresh = pathlib.Path("/usr/share/gocode/src/github.com/modern-go/reflect2")
    for new in [*fresh.glob("*.go"), *fresh.glob("*.s")]:
        if not new.name.endswith("_test.go"):
            shutil.copy(new, copy)


def free_ports(count):
    with contextlib.ExitStack() as open_ones:
        sockets = [open_ones.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def ended(pid):
    """Reaps it where it is a child of ours."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


class Cluster:
    """`folder` keeps a cluster that outlives this process: its programs' IDs, logs, data and words are all in it.
    `controllers` may name those of the controller manager that are wanted, `audit` has rules of an audit policy, `more` further
    options of a program ({"controllers": ["--horizontal-pod-autoscaler-sync-period", "1s"]}), `later` the programs that are started by hand."""

    def __init__(self, controllers=False, node=False, folder=None, audit=None, more=None, later=()):
        self.controllers, self.node = controllers or node, node
        self.audit, self.more, self.later = audit, more or {}, later
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="setpoint-cluster."))
        self.kubeconfig = str(self.folder / "kubeconfig")
        self.known = {}  # how each program is started

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        assets = os.environ.get("KUBEBUILDER_ASSETS")
        self.bin = pathlib.Path(assets) if assets else programs()
        if not assets:
            build()
            install(etcd="etcd-server")
        install(openssl="openssl", kubectl="kubernetes-client")
        for name in (["kube-controller-manager"] if self.controllers else []) + (["kube-scheduler", "kubelet"] if self.node else []):
            if not (self.bin / name).exists():
                raise RuntimeError("%s has no %s" % (self.bin, name))
        self.certify()
        self.describe(str(self.bin / "etcd") if assets else "etcd")
        for name in ("etcd", "apiserver"):
            self.start(name)
        if self.controllers and "controllers" not in self.later:
            self.start("controllers")
        if self.node:
            self.add_node()

    def certify(self):
        """A CA, which signs the API server's certificate and an administrator's, and the key of service accounts' tokens."""
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=setpoint-test-ca",
                     "-keyout", "ca.key", "-out", "ca.crt")
        self.sign("server", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,IP:10.0.0.1,IP:%s,DNS:localhost,DNS:kubernetes.default.svc" % self.host)
        self.sign("admin", "/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth")
        self.sign("kubelet", "/O=system:nodes/CN=system:node:node1", self.kubelet_names)
        self.openssl("genrsa", "-out", "accounts.key", "2048")
        # Three that may all, and one that may nothing.
        may_all = ['%s-token,%s,%s,"system:masters"' % (name, name, name) for name in ("first", "second", "third")]
        (self.folder / "tokens.csv").write_text("\n".join([*may_all, "poor-token,poor,poor", ""]))

    def sign(self, name, subject, extension):
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", name + ".key", "-out", name + ".csr")
        (self.folder / "extension").write_text(extension)
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
                     "-extfile", "extension", "-out", name + ".crt")

    def openssl(self, *words):
        run("openssl", *words, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def describe(self, etcd):
        at = self.folder
        client, peer, self.port = free_ports(3)
        self.etcd = "http://127.0.0.1:%d" % client
        self.known["etcd"] = [etcd, "--data-dir", at / "etcd", "--listen-client-urls", self.etcd, "--advertise-client-urls", self.etcd,
                              "--listen-peer-urls", "http://127.0.0.1:%d" % peer]
        self.known["apiserver"] = [
            self.bin / "kube-apiserver", "--etcd-servers", self.etcd, "--bind-address", "127.0.0.1", "--secure-port", self.port,
            "--advertise-address", "127.0.0.1", "--endpoint-reconciler-type", "none",
            "--tls-cert-file", at / "server.crt", "--tls-private-key-file", at / "server.key", "--client-ca-file", at / "ca.crt",
            "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-signing-key-file", at / "accounts.key",
            "--service-account-key-file", at / "accounts.key", "--token-auth-file", at / "tokens.csv", "--authorization-mode", "RBAC",
            "--service-cluster-ip-range", "10.0.0.0/24", *([] if self.node else ["--disable-admission-plugins", "ServiceAccount"]),
            "--kubelet-preferred-address-types", "InternalIP,Hostname"]
        if self.audit:
            (at / "audit-policy.json").write_text(json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": self.audit}))
            self.known["apiserver"] += ["--audit-policy-file", at / "audit-policy.json", "--audit-log-path", at / "audit.log"]
        self.known["controllers"] = [
            self.bin / "kube-controller-manager", "--kubeconfig", self.kubeconfig, "--leader-elect=false", "--bind-address", "127.0.0.1",
            "--secure-port", free_ports(1)[0], "--service-account-private-key-file", at / "accounts.key", "--root-ca-file", at / "ca.crt",
            "--controllers", self.controllers if isinstance(self.controllers, str) else "*,-nodeipam"] + (["--port", 0] if "1.20" in str(self.bin) else [])
        for name, words in self.more.items():
            self.known[name] += words
        (at / "kubeconfig").write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "cluster",
            "clusters": [{"name": "cluster", "cluster": {"server": "https://127.0.0.1:%d" % self.port, "certificate-authority": str(at / "ca.crt")}}],
            "users": [{"name": "admin", "user": {"client-certificate": str(at / "admin.crt"), "client-key": str(at / "admin.key")}}],
            "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": "admin"}}]}, indent=1))
        self.remember()

    def audited(self):
        """The events of the audit log, in order; of `audit` alone."""
        return [json.loads(line) for line in (self.folder / "audit.log").read_text().splitlines()]

    def remember(self):
        (self.folder / "programs.json").write_text(json.dumps(
            {name: [str(word) for word in words] for name, words in self.known.items()}, indent=1))

    @classmethod
    def again(cls, folder):
        """One that another process brought up."""
        cluster = cls(folder=folder)
        cluster.known = json.loads((cluster.folder / "programs.json").read_text())
        cluster.port = int(cluster.known["apiserver"][cluster.known["apiserver"].index("--secure-port") + 1])
        return cluster

    def start(self, name, within=120):
        """And waits until it serves."""
        with open(self.folder / (name + ".log"), "ab") as log:
            process = subprocess.Popen([str(word) for word in self.known[name]], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True)
        (self.folder / (name + ".pid")).write_text(str(process.pid))
        if name == "apiserver":
            self.wait_for(name, self.ready, within)

    def wait_for(self, name, condition, within):
        end = time.monotonic() + within
        while not condition():
            if ended(self.pid(name)) or time.monotonic() > end:
                log = (self.folder / (name + ".log")).read_text(errors="replace")
                raise RuntimeError("%s did not start:\n%s" % (name, log[-2000:]))
            time.sleep(0.2)

    def ready(self):
        trust = ssl.create_default_context(cafile=self.folder / "ca.crt")
        try:
            with urllib.request.urlopen("https://127.0.0.1:%d/readyz" % self.port, context=trust, timeout=5) as answer:
                return answer.read() == b"ok"
        except OSError:
            return False

    def pid(self, name):
        file = self.folder / (name + ".pid")
        return int(file.read_text()) if file.exists() else None

    def halt(self, name):
        """Its data stays; `start` starts it again. An API server would wait a minute for its watches: it is killed sooner."""
        within = 3 if name == "apiserver" else 30
        pid = self.pid(name)
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + within
        while not ended(pid):
            if time.monotonic() > end:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
        (self.folder / (name + ".pid")).unlink()

    def compact(self, name="etcd"):
        """Makes etcd forget all older versions, so that whoever asks for one is told 410."""
        urls = self.known[name]
        url = urls[urls.index("--advertise-client-urls") + 1]

        def call(what, body):
            request = urllib.request.Request(url + "/v3/kv/" + what, json.dumps(body).encode())
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        call("compaction", {"revision": call("range", {"key": "Lw=="})["header"]["revision"], "physical": True})

    def add_node(self):
        """Real pods: a Docker Engine with a bridge of its own, a kubelet, and the scheduler. Images are local: imagePullPolicy: Never."""
        self.add_bridge()
        self.make_cgroups()
        docker = self.folder / "docker"
        docker.mkdir(exist_ok=True)
        runtime = docker / "runtime"
        runtime.write_text(engine.RUNTIME % sys.executable)
        runtime.chmod(0o755)
        (docker / "daemon.json").write_text(json.dumps({"deprecated-key-path": str(docker / "key.json")}))
        self.known["docker"] = [
            "dockerd", "--host", self.docker_host, "--data-root", docker / "data", "--exec-root", docker / "exec", "--pidfile", docker / "dockerd.pid",
            "--config-file", docker / "daemon.json", "--bridge", self.bridge, "--iptables=false", "--ip6tables=false", "--ip-masq=false",
            "--add-runtime", "plain=%s" % runtime, "--default-runtime", "plain"]
        (self.folder / "kubelet.json").write_text(json.dumps({
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriver": "cgroupfs", "cgroupRoot": "/" + self.bridge, "failSwapOn": False,
            "tlsCertFile": str(self.folder / "kubelet.crt"), "tlsPrivateKeyFile": str(self.folder / "kubelet.key"),
            "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True, "cacheTTL": "1s"},
                               "x509": {"clientCAFile": str(self.folder / "ca.crt")}},
            "authorization": {"mode": "Webhook", "webhook": {"cacheAuthorizedTTL": "1s", "cacheUnauthorizedTTL": "1s"}},
            "port": free_ports(1)[0], "healthzPort": 0, "readOnlyPort": 0, "enforceNodeAllocatable": [],
            "evictionHard": {"nodefs.available": "1%", "imagefs.available": "1%"},
            "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99}))
        self.known["kubelet"] = [
            self.bin / "kubelet", "--kubeconfig", self.kubeconfig, "--config", self.folder / "kubelet.json", "--container-runtime", "docker",
            "--docker-endpoint", self.docker_host, "--docker", self.docker_host, "--docker-root", docker / "data", "--network-plugin", "", "--pod-infra-container-image", "setpoint-pause:local",
            "--root-dir", self.folder / "kubelet", "--hostname-override", "node1", "--node-ip", self.host, "--cert-dir", self.folder / "kubelet-pki"]
        self.known["scheduler"] = [
            self.bin / "kube-scheduler", "--kubeconfig", self.kubeconfig, "--leader-elect=false", "--bind-address", "127.0.0.1",
            "--secure-port", free_ports(1)[0], "--port", 0]
        self.remember()
        self.start("docker")
        self.wait_for("docker", lambda: self.docker("version", check=False).returncode == 0, 60)
        self.build_pause_image()
        self.start("scheduler")
        self.start("kubelet")
        self.wait_for("kubelet", lambda: "True" in self.kubectl(
            "get", "node", "node1", "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}', check=False).stdout, 120)

    @property
    def docker_host(self):
        return "unix://%s/docker/docker.sock" % self.folder

    def docker(self, *words, check=True):
        return subprocess.run(["docker", "--host", self.docker_host, *words], capture_output=True, text=True, check=check)

    def kubectl(self, *words, check=True, **options):
        return subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, *words], capture_output=True, text=True, check=check, **options)

    @property
    def bridge(self):
        """Of its own, so that several clusters run beside each other."""
        return "sp-kube-%06x" % (self.number & 0xffffff)

    @property
    def host(self):
        """As its pods see it."""
        return "10.213.%d.1" % (self.number % 250)

    @property
    def kubelet_names(self):
        """Whom its kubelet's certificate is for."""
        return "subjectAltName=IP:127.0.0.1,IP:%s,DNS:node1" % self.host

    @property
    def number(self):
        return zlib.crc32(str(self.folder).encode())

    def add_bridge(self):
        install(ip="iproute2", dockerd="docker.io")
        if subprocess.run(["ip", "link", "show", self.bridge], capture_output=True).returncode == 0:
            raise RuntimeError("the bridge %s was left behind: `ip link delete %s` removes it" % (self.bridge, self.bridge))
        run("ip", "link", "add", self.bridge, "type", "bridge")
        run("ip", "addr", "add", self.host + "/24", "dev", self.bridge)
        run("ip", "link", "set", self.bridge, "up")

    def cgroups(self):
        """A folder of its own in each hierarchy, since a kubelet ends whatever it does not know of in its root."""
        version2 = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
        tops = ["/sys/fs/cgroup"] if version2 else [top for top in glob.glob("/sys/fs/cgroup/*") if os.path.exists(top + "/tasks")]
        return [pathlib.Path(top) / self.bridge for top in tops]

    def make_cgroups(self):
        for folder in self.cgroups():
            folder.mkdir(exist_ok=True)

    def remove_cgroups(self):
        """Those that are in use stay."""
        for top in self.cgroups():
            for folder, _, _ in os.walk(top, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)

    def build_pause_image(self):
        """What holds a pod's namespaces: it only waits."""
        with tempfile.TemporaryDirectory() as work:
            source = pathlib.Path(work) / "pause.c"
            source.write_text("#include <unistd.h>\nint main(void) {\n    for (;;) pause();\n}\n")
            run("gcc", "-static", "-O2", "-o", work + "/pause", source)
            (pathlib.Path(work) / "Dockerfile").write_text("FROM scratch\nCOPY pause /pause\nENTRYPOINT [\"/pause\"]\n")
            self.docker("build", "-q", "-t", "setpoint-pause:local", work)

    def down(self):
        had_node = self.pid("docker") is not None
        for name in ("kubelet", "scheduler", "controllers"):
            self.halt(name)
        if had_node:
            names = self.docker("ps", "-aq", check=False).stdout.split()
            if names:
                self.docker("rm", "-f", *names, check=False)
            self.halt("docker")
            subprocess.run(["ip", "link", "delete", self.bridge], capture_output=True)
            self.remove_cgroups()
        for name in ("apiserver", "etcd"):
            self.halt(name)
        mounts = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
        for mount in sorted((m for m in mounts if m.startswith(str(self.folder) + "/")), reverse=True):
            subprocess.run(["umount", "-l", mount], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
