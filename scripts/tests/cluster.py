"""Hosts on one machine, for the tests of the launch scripts.

Each host has a name, processes and mounts of its own (namespaces of Linux); they share files and the loopback network, on which
they have an address each. A host is held by a process of this one, and everything on it ends with that.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INSTALL = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build", "install")
PATIENCE = 120


def needed():
    """What is missing for hosts of this kind, or None."""
    for program in ("unshare", "nsenter", "timeout", "setsid"):
        if not shutil.which(program):
            return f"{program} is not here"
    probe = subprocess.run([*HOLD, "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return f"no namespaces here: {probe.stderr.strip()}" if probe.returncode else None


HOLD = ["unshare", "--uts", "--mount", "--propagation", "slave", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]
if os.geteuid() != 0:
    HOLD[1:1] = ["--user", "--map-root-user"]


class Cluster:
    """Some hosts and the directory they share; `close` ends all of it."""

    def __init__(self, names, tools=("ssh",)):
        self.names = list(names)
        self.base = os.path.realpath(tempfile.mkdtemp(prefix="copper-cluster-"))
        self.local = os.path.join(self.base, "local")
        self.holders = {}
        self.pids = {}
        try:
            for folder in ("bin", "home", "local", "logs"):
                os.mkdir(os.path.join(self.base, folder))
            for tool in tools:
                shutil.copy(os.path.join(HERE, "standin.py"), os.path.join(self.base, "bin", tool))
                os.chmod(os.path.join(self.base, "bin", tool), 0o755)
            for name in self.names:
                self.hold(name)
            self.write("hosts.json", self.pids)
        except BaseException:
            self.close()
            raise

    def hold(self, name):
        # The machine's own FUSE mounts are not this host's, and would be held by it.
        script = r"""
          while read -r _ mount type _; do
            case $type in fuse*) umount -lc "$(printf '%b' "$mount")" ;; esac
          done </proc/self/mounts
          hostname "$1" && mount -t tmpfs none "$2" && echo ready && exec sleep 1000000"""
        holder = subprocess.Popen(
            [*HOLD, "sh", "-c", script, "sh", name, self.local], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.holders[name] = holder
        if holder.stdout.readline() != "ready\n":
            raise RuntimeError(f"the host {name} cannot be made")
        with open(f"/proc/{holder.pid}/task/{holder.pid}/children", encoding="ascii") as source:
            self.pids[name] = int(source.read().split()[0])

    def write(self, name, value):
        with open(os.path.join(self.base, name), "w", encoding="ascii") as out:
            json.dump(value, out)

    def text(self, name, text):
        path = os.path.join(self.base, name)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        return path

    def environment(self, **more):
        """What a job script has: the stand-ins before everything else, and nothing of a scheduler but `more`."""
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("PBS_", "SLURM", "PALS_", "PMI", "COPPER_"))}
        return {**clean, "PATH": os.path.join(self.base, "bin") + ":" + os.environ["PATH"],
                "HOME": os.path.join(self.base, "home"), "TMPDIR": self.base, **more}

    def run(self, script, *words, prefix=INSTALL, **environment):
        """Runs one of the scripts on no host in particular."""
        return subprocess.run(
            [os.path.join(prefix, "bin", script), *words], env=self.environment(**environment), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=4 * PATIENCE, check=False, cwd=self.base)

    def on(self, name, *command, **more):
        """Runs a command on a host."""
        return subprocess.run(
            ["nsenter", "--target", str(self.pids[name]), "--mount", "--uts", "--pid", *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False, **more)

    def nodes(self, name):
        """The process ids, on the host itself, of what runs Copper there."""
        return self.running(name, "copper.cli.CuFus[e]")

    def guardians(self, name):
        return self.running(name, "guardian.s[h]")

    def running(self, name, pattern):
        found = self.on(name, "sh", "-c", f"grep -lazs '{pattern}' /proc/[0-9]*/cmdline")
        return [int(path.split("/")[2]) for path in found.stdout.split()]

    def mounts(self, name):
        table = self.on(name, "cat", "/proc/self/mounts").stdout
        return [line.split()[1] for line in table.splitlines()
                if line.split()[2].startswith("fuse") and line.split()[1].startswith(self.base)]

    def left(self):
        """What is left of Copper on any host."""
        return {name: found for name in self.names if (found := self.nodes(name) + self.mounts(name))}

    def close(self):
        for holder in self.holders.values():
            holder.send_signal(signal.SIGKILL)  # its child, the host's first process, dies with it, and all others with that
            holder.wait()
            holder.stdout.close()
        deadline = time.monotonic() + PATIENCE
        while any(os.path.exists(f"/proc/{pid}") for pid in self.pids.values()) and time.monotonic() < deadline:
            time.sleep(0.02)
        shutil.rmtree(self.base, ignore_errors=True)
