#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom, and which library may be seen where. Usage: architecture_test.py SOURCE_DIR"""
import pathlib
import re
import sys

# A folder may include what stands here, and itself.
MAY_INCLUDE = {
    "core": set(),
    "policies": {"core"},
    "clients": {"core"},
    "collectors": {"clients", "core"},
    "actuators": {"clients", "core"},
    "agent/replay": {"policies", "core"},
    "agent/decide": {"policies", "core"},
    "agent/documents": {"collectors", "actuators", "clients", "policies", "core"},
    "agent/import": {"agent/documents", "actuators", "clients", "policies", "core"},
    "agent/journal": {"agent/decide", "agent/replay", "policies", "core"},
    "agent/admin": {"agent/decide", "clients", "policies", "core"},
    "agent/live": {"agent/admin", "agent/documents", "agent/journal", "agent/replay", "collectors", "actuators", "clients", "policies", "core"},
    "agent": {"agent/admin", "agent/decide", "agent/documents", "agent/import", "agent/journal", "agent/live", "agent/replay",
              "collectors", "actuators", "clients", "policies", "core"},
}

# Libraries that stay where they are, by how their headers begin: folders, and of which files.
STAYS = {
    r"yaml-cpp/": ("agent/documents",),
    r"CLI/": ("agent/verbs", "agent/*.cpp"),
    r"spdlog/": ("agent/live", "agent/verbs"),
    r"cpprest/|pplx/": ("clients",),
    r"boost/beast": ("clients",),
    r"boost/": ("clients", "agent"),
    r"Eigen/": ("policies/*.cpp",),
    r"date/": ("policies/*.cpp",),
    r"nlohmann/json\.hpp": ("clients", "collectors", "actuators", "agent"),
    r"prometheus/": ("agent/admin",),
    r"simdjson": ("clients", "collectors", "agent/replay"),
}

# core and policies are pure: nothing that waits, reads a clock, a file or a socket, or starts a thread.
IMPURE = r"(thread|mutex|condition_variable|future|fstream|iostream|filesystem|ctime|unistd\.h|sys/.*|pthread\.h|random)"
CLOCKS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)\b|\b(std::)?(getenv|rand|time)\(")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)


def folder_of(path):
    name = path.as_posix()
    return max((f for f in MAY_INCLUDE if name.startswith(f + "/")), key=len, default=None)


def allowed_at(path, places):
    return any(path.match(place) if "*" in place else path.as_posix().startswith(place + "/") for place in places)


def complaints(root):
    for file in sorted(p for f in ("core", "policies", "clients", "collectors", "actuators", "agent") for p in (root / f).rglob("*.[hc]pp")):
        path = file.relative_to(root)
        text = file.read_text(encoding="utf-8")
        here = folder_of(path)
        pure = here in ("core", "policies")
        for quote, name in INCLUDE.findall(text):
            there = folder_of(pathlib.PurePosixPath(name))
            if quote == '"' and there is None:
                yield f"{path}: includes \"{name}\"; own headers are named from the root of the tree"
            if there not in (None, here) and there not in MAY_INCLUDE[here]:
                yield f"{path}: {here} must not include {name} (may: {', '.join(sorted(MAY_INCLUDE[here])) or 'nothing else'})"
            for library, places in STAYS.items():
                if quote == "<" and re.match(library, name):
                    if not allowed_at(path, places):
                        yield f"{path}: <{name}> stays in {', '.join(places)}"
                    break
            if pure and quote == "<" and re.fullmatch(IMPURE, name):
                yield f"{path}: {here} is pure, <{name}> is not"
        if pure and CLOCKS.search(text):
            yield f"{path}: {here} is pure, and reads a clock or the environment: {CLOCKS.search(text).group(0)}"
        if not text.startswith("// SPDX-License-Identifier: Apache-2.0\n"):
            yield f"{path}: does not begin with its SPDX line"


def main():
    root = pathlib.Path(sys.argv[1])
    found = list(complaints(root))
    print("\n".join(found) or "every include points the right way")
    sys.exit(1 if found else 0)


main()
