"""The shell blocks of the documentation: finds them, and runs those that can run on one machine.

A block of shell lines stands between ```sh and ```, and the line before says, in a comment that readers do not see, what
becomes of it: <!-- test -->, <!-- not run: WHY --> or <!-- tested by scripts/tests/FILE -->. The tested blocks of a page run in their order in one shell, at the
top of the source tree; /tmp and the ports 70xx and 71xx stand for a scratch directory and free ports, and `module` is that of
Lmod or of Environment Modules. A page may therefore build on what it did further up, and leaves its traces in /tmp and build/
alone.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile

import installed
import test_modules

PORT = re.compile(r"\b7[01]\d\d\b")


class Block:
    def __init__(self, line, mark, text):
        self.line, self.mark, self.text = line, mark, text

    @property
    def tested(self):
        return self.mark == "<!-- test -->"

    @property
    def is_marked(self):
        elsewhere = re.match(r"<!-- tested by (scripts/tests/\w+\.py) -->$", self.mark)
        if elsewhere:
            return os.path.exists(os.path.join(installed.ROOT, elsewhere.group(1)))
        return self.tested or bool(re.match(r"<!-- not run: .+ -->$", self.mark))


def blocks(path):
    """Returns the shell blocks of a page."""
    with open(path, encoding="utf-8") as source:
        lines = source.read().split("\n")
    found, number = [], 0
    while number < len(lines):
        if re.match(r"^```\s*(sh|bash|shell|console)\b", lines[number]):
            end = lines.index("```", number)
            found.append(Block(number + 1, lines[number - 1] if number else "", "\n".join(lines[number + 1: end])))
            number = end
        number += 1
    return found


MODULE = """
module() { local said; said=$(%s bash "$@"); eval "$said"; }
"""


def needs_modules(path):
    """Tells whether a page's tested blocks load modules."""
    return any(block.tested and re.search(r"(?m)^module ", block.text) for block in blocks(path))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def script(path, scratch):
    """Returns the lines of a page's tested blocks as one script, on this machine's places and ports."""
    text = "".join("# %s:%d\n%s\n" % (os.path.basename(path), block.line, block.text)
                   for block in blocks(path) if block.tested)
    ports = {}
    text = PORT.sub(lambda match: str(ports.setdefault(match.group(), free_port())), text)
    text = text.replace("/tmp/", scratch + "/")
    if needs_modules(path):
        _, words = sorted(test_modules.COMMANDS.items())[0]
        text = MODULE % " ".join(map(shlex.quote, words)) + text
    return text


def run(path):
    """Runs a page's tested blocks; returns None, or what went wrong. Leaves no mount and no process."""
    scratch = os.path.realpath(tempfile.mkdtemp(prefix="copper-doc-"))
    env = dict(os.environ, USER="alice", TMPDIR=scratch)
    for name in ("COPPER_SECRET_FILE", "COPPER_ROOT", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "MODULEPATH"):
        env.pop(name, None)
    log = os.path.join(scratch, "said")
    try:
        with open(log, "w", encoding="utf-8") as said:
            process = subprocess.Popen(["bash", "-eux", "-c", script(path, scratch)], cwd=installed.ROOT, env=env,
                                       stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True)
            try:
                code = process.wait(300)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                code = "no end after 300 s"
        with open(log, encoding="utf-8", errors="replace") as said:
            text = said.read()
        mounts = mounted_below(scratch)
        if code != 0:
            return "ended with %s:\n%s" % (code, text)
        return "left mounted: %s\n%s" % (mounts, text) if mounts else None
    finally:
        for mount in mounted_below(scratch):
            subprocess.run(["fusermount3", "-uz", mount], check=False)
        shutil.rmtree(scratch, ignore_errors=True)


def mounted_below(directory):
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as table:
        return [line.split()[1] for line in table if line.split()[1].startswith(directory + "/")]
