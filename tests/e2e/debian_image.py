# SPDX-License-Identifier: Apache-2.0
"""Images of programs that are installed here as Debian packages: their files and those of what they depend on, and nothing else.
They stand for the public images that a machine without a registry cannot have."""
import os
import pathlib
import re
import subprocess
import tarfile

LEFT_OUT = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/info/", "/usr/share/lintian/")
MERGED = ("bin", "sbin", "lib", "lib64")


def build(engine, name, packages, lines=""):
    """An image of `packages`; `lines` go into its Dockerfile."""
    folder = engine.folder / ("debian-" + name.replace("/", "-").replace(":", "-"))
    folder.mkdir()
    with tarfile.open(folder / "files.tar", "w") as archive:
        for path in sorted(files_of(closure(packages))):
            archive.add(path, recursive=False)
        for link in MERGED:
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, "usr/" + link
            archive.addfile(entry)
        entry = tarfile.TarInfo("tmp")
        entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
        archive.addfile(entry)
    (folder / "Dockerfile").write_text("FROM scratch\nADD files.tar /\n" + lines)
    engine.docker("build", "-q", "-t", name, str(folder))
    (folder / "files.tar").unlink()
    return name


def closure(packages):
    """`packages`, and what they depend on, as installed here."""
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${Package}\t${Provides}\t${Pre-Depends}, ${Depends}\n"],
                            capture_output=True, text=True, check=True).stdout
    needs, provided = {}, {}
    for line in listed.splitlines():
        package, provides, depends = line.split("\t")
        needs[package] = [[re.split(r"[ :(]", choice.strip())[0] for choice in group.split("|")] for group in depends.split(",") if group.strip()]
        for other in provides.split(","):
            provided[re.split(r"[ (]", other.strip())[0]] = package
    found, open_ones = set(), list(packages)
    while open_ones:
        package = open_ones.pop()
        package = package if package in needs else provided.get(package, package)
        if package in found:
            continue
        if package not in needs:
            raise RuntimeError("the package %s is not installed" % package)
        found.add(package)
        for choices in needs[package]:
            open_ones.append(next((choice for choice in choices if choice in needs or choice in provided), choices[0]))
    return found


def files_of(packages):
    """Their files, where they really are (a merged /usr), with the compiled form of Python's."""
    listed = subprocess.run(["dpkg", "-L", *packages], capture_output=True, text=True, check=True).stdout
    files = set()
    for line in listed.splitlines():
        if not line.startswith("/") or line.startswith(LEFT_OUT) or not os.path.lexists(line):
            continue
        path = os.path.join(os.path.realpath(os.path.dirname(line)), os.path.basename(line))
        if os.path.isdir(path) and not os.path.islink(path):
            continue
        files.add(path)
        if path.endswith(".py"):
            files.update(map(str, pathlib.Path(path).parent.glob("__pycache__/%s.cpython-*.pyc" % pathlib.Path(path).stem)))
    return files
