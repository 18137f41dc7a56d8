# SPDX-License-Identifier: Apache-2.0
"""Runs the measures and prints one table: what, how much, and a baseline from the same run beside it.

    python3 tests/bench/table.py BUILD_FOLDER
"""
import json
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from engine import Engine  # noqa: E402
ROWS = 2_100_000  # a year of 15 s samples

POLICY = """\
apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: {{ name: {name} }}
spec:
  target: {{ docker: {{ label: app={name} }} }}
  replicas: {{ min: 2, max: 40 }}
  interval: 15s
  {compat}
  signals: {{ cpu: cpu }}
  policies: [ {policy} ]
"""
PID = "{ pid: { signal: cpu, setpoint: 70% } }"
HPA = "{ track: { signal: cpu, utilization: 70% } }"


def policy(name, law, compat=""):
    return POLICY.format(name=name, policy=law, compat=compat)


class Run:
    """A finished command: wall seconds, and the peak of its resident memory in MiB."""

    def __init__(self, command, output=subprocess.DEVNULL):
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, cwd=ROOT)
        self.stderr = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds = time.monotonic() - start
        self.peak = usage.ru_maxrss / 1024
        self.code = os.waitstatus_to_exitcode(status)
        if self.code != 0:
            raise SystemExit(f"{' '.join(map(str, command))}: exit {self.code}\n{self.stderr}")


def median(values):
    return sorted(values)[len(values) // 2]


def row(what, value, baseline, note=""):
    print(f"{what:<58} {value:>16}   {baseline:<44} {note}", flush=True)


def ticks(build, folder):
    done = subprocess.run([build / "tests/bench_ticks", "10000", "100", folder / "journal"],
                          capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    bare = f"{seen['bare']:,.0f}/s bare PID and window, no trace"
    row("ticks, 10,000 policies (PID and window)", f"{seen['plain']:,.0f}/s", bare)
    row("  with the journal", f"{seen['journal']:,.0f}/s", bare,
        f"{seen['journalBytesPerTick']:.0f} bytes a tick, {seen['lost']} entries lost")
    row("  allocations a tick, without and with the journal",
        f"{seen['allocations']:.4f}/{seen['allocationsJournal']:.4f}", "0")
    one = json.loads(subprocess.run([build / "tests/bench_ticks", "1", "10", folder / "journal"],
                                    capture_output=True, text=True, check=True).stdout)
    row("resident memory of the core, 10,000 policies", f"{seen['residentMiB']:.1f} MiB",
        f"{one['residentMiB']:.1f} MiB with 1 policy", f"{seen['bytesPerPolicy']:,.0f} bytes a policy")


def recording(path):
    with open(path, "w", encoding="ascii") as out:
        out.write("time,cpu\n")
        for i in range(ROWS):
            day = math.sin(2 * math.pi * i / 5760)
            noise = ((i * 2654435761) % 1000) / 1000 - 0.5
            out.write(f"{1700000000 + 15 * i},{0.6 + 0.25 * day + 0.1 * noise:.4f}\n")


def dry_run(build, folder):
    path = folder / "year.csv"
    recording(path)
    plain = Run(["awk", "-F,", "{ s += $2 } END { print s }", path])
    baseline = f"{ROWS / plain.seconds:,.0f} rows/s, awk summing the file ({plain.seconds:.2f} s)"
    for name, law, compat in (("pid", PID, ""), ("hpa", HPA, "compat: hpa")):
        document = folder / f"{name}.yaml"
        document.write_text(policy(name, law, compat))
        seen = Run([build / "setpoint", "dry-run", "-f", document, "--recording", path])
        row(f"dry run of a year of 15 s samples, {name}", f"{seen.seconds:.2f} s", baseline,
            f"{ROWS / seen.seconds:,.0f} rows/s, peak {seen.peak:.0f} MiB")


def resident_of(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def daemon(build, folder):
    """Start to the first decision, and memory at rest, beside a real Engine without containers, so that the decision is a hold."""
    with Engine() as engine:
        beside(engine, build, folder)


def beside(engine, build, folder):
    document = folder / "one.yaml"
    document.write_text(policy("one", PID).replace("15s", "1s"))
    version = [Run([build / "setpoint", "--version"]) for _ in range(5)]
    starts, resident = [], 0
    for attempt in range(5):
        state = folder / f"state-{attempt}"
        begin = time.monotonic()
        process = subprocess.Popen([build / "setpoint", "run", "-f", document, "--state-dir", state,
                                    "--docker-host", f"unix://{engine.socket}", "--admin", "127.0.0.1:0"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while time.monotonic() - begin < 20:
                if any(f.stat().st_size > 200 for f in state.glob("**/decisions-*")):
                    starts.append(time.monotonic() - begin)
                    break
                time.sleep(0.002)
            time.sleep(1)
            resident = resident_of(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    row("start to the first decision on disk (a hold)", f"{1000 * median(starts):.0f} ms" if starts else "none in 20 s",
        f"{1000 * median([r.seconds for r in version]):.0f} ms, setpoint --version",
        "of which up to 200 ms are the journal's, which is flushed so often")
    row("resident memory of the daemon, 1 policy", f"{resident:.1f} MiB",
        f"{version[0].peak:.1f} MiB, setpoint --version")


def live_loop(build, folder):
    """The live loop with its journal and checkpoint, for a minute of real time; its targets are simulated."""
    seen = {}
    for policies in (1, 1000):
        output = subprocess.run([build / "tests/soak", "1", folder / f"live-{policies}", str(policies), "5"],
                                capture_output=True, text=True, check=True).stdout
        numbers = re.search(r"([\d.]+) % of a core; .* ([\d.]+) ms \(median\), ([\d.]+) ms \(99 %\), (\d+) orders", output)
        seen[policies] = (*map(float, numbers.groups()), float(re.findall(r"([\d.]+) MiB resident", output)[-1]))
    cpu, middle, worst, orders, resident = seen[1000]
    row("CPU, 1,000 policies (track and pid) every 5 s", f"{cpu:.2f} %", f"{seen[1][0]:.2f} % with 1 policy", "of one core")
    row("  from a sample to its order, median / 99 %", f"{middle:.2f} / {worst:.2f} ms", f"{seen[1][1]:.2f} ms with 1 policy", f"{orders:.0f} orders")
    row("  resident memory", f"{resident:.1f} MiB", f"{seen[1][4]:.1f} MiB with 1 policy")


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="setpoint-bench."))
    try:
        row("what", "measured", "baseline, same run", "")
        ticks(build, folder)
        dry_run(build, folder)
        daemon(build, folder)
        live_loop(build, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
