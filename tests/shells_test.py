#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The completions, typed in real shells, and the man page, read by its tools. Arguments: the program, the sources."""
import http.server
import os
import pathlib
import pty
import re
import select
import shlex
import subprocess
import sys
import tempfile
import threading
import time

SETPOINT, SOURCES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
QUICKSTART = "deploy/examples/quickstart"
VERBS = sorted(re.findall(r"^  ([a-z][a-z-]*)  ", subprocess.run([SETPOINT, "--help"], text=True, capture_output=True).stdout, re.M))

# A line that is being typed, and what may come next.
CASES = [
    ("setpoint ", VERBS),
    ("setpoint sta", ["status"]),
    ("setpoint status --fo", ["--format"]),
    ("setpoint status --format ", ["json", "text"]),
    ("setpoint status --format j", ["json"]),
    ("setpoint completion ", ["bash", "fish", "zsh"]),
    ("setpoint run --file x --mo", ["--mode"]),
    ("setpoint pause --all --down-only --r", ["--reason"]),
    ("setpoint nonsense --", []),
    ("setpoint check %s" % QUICKSTART, ["quickstart.yaml"]),
    ("setpoint run --state-dir %s" % QUICKSTART[:-6], []),  # no folder begins like that
    ("setpoint run --state-dir deploy/exam", ["examples"]),
    ("setpoint pin --admin {agent} ca", ["cart", "catalog"]),
    ("setpoint explain ca", []),  # $SETPOINT_ADMIN: nobody answers there
]


def check(truth, what):
    if not truth:
        raise AssertionError(what)


class Api(http.server.BaseHTTPRequestHandler):
    """Lists policies as an agent does, one with a name that a shell would run."""

    def do_GET(self):
        body = b'{"policies": [{"id": "cart"}, {"id": "catalog"}, {"id": "web"}, {"id": "ca$(reboot)"}, {"id": 7}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Terminal:
    """An interactive shell, typed into."""

    def __init__(self, words, environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(SOURCES)
            os.execvpe(words[0], words, environment)

    def type(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, pattern, within=20):
        said, end = "", time.monotonic() + within
        while not (found := re.search(pattern, said, re.S)):
            check(time.monotonic() < end, "no %r in what the shell said: %r" % (pattern, said))
            if select.select([self.fd], [], [], 0.2)[0]:
                said += os.read(self.fd, 65536).decode(errors="replace")
        return found

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def in_bash(script, line, environment):
    """As readline asks: COMPREPLY, or the names of files where the completion leaves it to readline."""
    asked = """
        source %s
        complete -p setpoint >/dev/null || exit 9
        compopt() { left_to=$2; }   # outside of readline there is nothing to set
        COMP_WORDBREAKS='=' COMP_WORDS=(%s) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _setpoint
        case ${left_to-} in
            default) compgen -f -- "${COMP_WORDS[COMP_CWORD]}" ;;
            dirnames) compgen -d -S / -- "${COMP_WORDS[COMP_CWORD]}" ;;
            *) printf '%%s\\n' "${COMPREPLY[@]}" ;;
        esac; true""" % (script, " ".join(shlex.quote(word) for word in line.split(" ")))
    done = subprocess.run(["bash", "--norc", "-c", asked], text=True, capture_output=True, env=environment, cwd=SOURCES)
    check(done.returncode == 0 and not done.stderr, "bash: %s: %s" % (line, done.stderr))
    return done.stdout.split()


def in_fish(script, line, environment):
    done = subprocess.run(["fish", "--no-config", "-c", "source %s; complete -C %s" % (script, shlex.quote(line))],
                          text=True, capture_output=True, env=environment, cwd=SOURCES)
    check(done.returncode == 0 and not done.stderr, "fish: %s: %s" % (line, done.stderr))
    return [found.split("\t")[0] for found in done.stdout.splitlines()]


class Zsh:
    """One that prints what `compadd` is given, by a key of ours."""
    SETUP = """
        autoload -Uz compinit && compinit -u -D
        source %s
        compadd() {
            [[ ${@[(I)-[OAD]]} -gt 0 ]] && { builtin compadd "$@"; return }
            local -a __found
            builtin compadd -O __found "$@"
            (( $#__found )) && found+=("${IPREFIX}${(@)^__found}")
            builtin compadd "$@"
        }
        show() {
            local -aU found=()
            zle complete-word
            print -r -- "<<${(j: :)found}>>"
            BUFFER=
        }
        zle -N show; bindkey '^X' show; PS1=; unsetopt beep zle_bracketed_paste 2>/dev/null; print READY$((1+1))
    """

    def __init__(self, script, environment, folder):
        self.setup = folder / "setup.zsh"
        self.setup.write_text(self.SETUP % script)
        self.terminal = Terminal(["zsh", "-f", "-i"], {**environment, "TERM": "dumb", "ZDOTDIR": str(folder)})
        self.terminal.type("source %s\n" % self.setup)
        self.terminal.read_until("READY2")

    def ask(self, line):
        self.terminal.type(line + "\x18")
        return self.terminal.read_until(r"<<(.*?)>>").group(1).split()


def completions(folder, agent):
    environment = {**os.environ, "PATH": "%s:%s" % (SETPOINT.parent, os.environ["PATH"]), "SETPOINT_ADMIN": "http://127.0.0.1:9",
                   "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    scripts = {}
    for shell in ("bash", "fish", "zsh"):
        scripts[shell] = folder / shell
        scripts[shell].write_text(subprocess.run([SETPOINT, "completion", shell], text=True, capture_output=True, check=True).stdout)
        subprocess.run([shell, "-n", scripts[shell]], check=True)
    zsh = Zsh(scripts["zsh"], environment, folder)
    for line, wanted in CASES:
        line = line.replace("{agent}", agent)
        answers = {"bash": in_bash(scripts["bash"], line, environment), "fish": in_fish(scripts["fish"], line, environment),
                   "zsh": zsh.ask(line)}
        for shell, found in answers.items():
            names = sorted(pathlib.PurePath(name).name for name in found)  # zsh says them without their folder
            check(names == wanted, "%s completes '%s' to %s, not %s" % (shell, line, found, wanted))
    zsh.terminal.close()
    check(in_bash(scripts["bash"], "setpoint status --format = j", environment) == ["json"], "bash splits at =")
    check(in_fish(scripts["fish"], "setpoint status --format=j", environment) == ["--format=json"], "fish does not")


def readable_manual(folder):
    page = folder / "setpoint.1"
    page.write_bytes(subprocess.run([SETPOINT, "manual"], capture_output=True, check=True).stdout)
    for words in (["mandoc", "-Tlint"], ["groff", "-man", "-ww", "-z"]):
        done = subprocess.run([*words, page], text=True, capture_output=True)
        check(done.returncode == 0 and not done.stdout + done.stderr, "%s: %s%s" % (words[0], done.stdout, done.stderr))
    # mandoc's own line breaks aside, every verb with every word of its --help.
    text = re.sub(r"\s+", " ", subprocess.run(["mandoc", "-Tutf8", "-Owidth=1000", page], text=True, capture_output=True, check=True).stdout)
    text = re.sub(".\b", "", text)
    for verb in VERBS:
        help = subprocess.run([SETPOINT, verb, "--help"], text=True, capture_output=True, check=True).stdout
        check("setpoint " + verb in text and help.splitlines()[0] in text, "the man page has " + verb)
        for name in re.findall(r"(?<=[ ,])--[a-z-]+", help):
            check(name in text, "the man page has %s of %s" % (name, verb))


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="setpoint-shells.") as name:
        completions(pathlib.Path(name), "http://127.0.0.1:%d" % server.server_address[1])
        readable_manual(pathlib.Path(name))


main()
