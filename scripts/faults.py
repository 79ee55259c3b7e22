"""Injects faults into a tree of 15 nodes on this machine, and tells what programs on its leaves saw.

Started by faults.sh. Every fault has a tree of its own, with empty caches. On each leaf a program (faults_load.py) reads what
nobody has read there before, so that its node keeps asking; a node that is killed takes the programs on its own mount with it,
which are not counted. What counts: no wrong byte, no error that storage would not have given, how long the longest single
operation took, and whether any process or mount was left behind.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import contextlib
import glob
import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import copper_tree

NODES = 15
LEAVES = range(7, NODES)
STEPS = 360
WALK_FILES = 6
LARGE = 3_000_000
END_SECONDS = 60
GRACE_SECONDS = 2


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---- storage ------------------------------------------------------------------------------------------------------------


def make_storage(path):
    """Writes what the programs read; returns relative path → SHA-256."""
    manifest = {}
    seeded = random.Random(1)

    def write(relative, content):
        full = os.path.join(path, relative)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as out:
            out.write(content)
        manifest[relative] = hashlib.sha256(content).hexdigest()

    for step in range(STEPS):
        for number in range(WALK_FILES):
            write(f"walk{step}/file{number}", seeded.randbytes(seeded.choice((0, 700, 5_000, 70_000))))
        if step % 3 == 0:
            package = f"packages/pack{step}"
            write(f"{package}/__init__.py", f"from .a import value\nfrom . import b\nassert b.value == {step}\n".encode())
            write(f"{package}/a.py", f"value = {step}\n".encode())
            write(f"{package}/b.py", f"from .a import value\n# {'x' * 3000}\n".encode())
        if step % 8 == 0:
            write(f"large{step}", seeded.randbytes(LARGE))
    return manifest


# ---- nodes and what stands between them ------------------------------------------------------------------------------------


class Network:
    """A network namespace for each node, and one for the switch between them."""

    def __init__(self, hosts):
        self.switch = f"copper-{os.getpid()}-switch"
        self.names = [f"copper-{os.getpid()}-{index}" for index in range(hosts)]
        self.relay = None

    def __enter__(self):
        try:
            self.run("ip", "netns", "add", self.switch)
            self.in_switch("ip", "link", "add", "bridge", "type", "bridge")
            self.in_switch("ip", "link", "set", "bridge", "up")
            for index, name in enumerate(self.names):
                port = self.port(index)
                self.run("ip", "netns", "add", name)
                self.in_switch("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
                self.in_switch("ip", "link", "set", port, "master", "bridge", "up")
                for words in (("addr", "add", f"{self.host(index)}/24", "dev", "eth0"), ("link", "set", "eth0", "up"),
                              ("link", "set", "lo", "up")):
                    self.run("ip", "-n", name, *words)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.end_relay()
        for name in (self.switch, *self.names):
            if os.path.exists(f"/run/netns/{name}"):
                self.run("ip", "netns", "del", name)

    @staticmethod
    def run(*words):
        try:
            result = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise copper_tree.TreeError(f"network faults need {words[0]}; install it with the system's packages") from error
        if result.returncode:
            raise copper_tree.TreeError(f"{' '.join(words)}: {result.stderr.strip()}; network faults need root")

    def in_switch(self, *words):
        self.run("ip", "netns", "exec", self.switch, *words)

    @staticmethod
    def port(index):
        return f"node{index}"

    @staticmethod
    def host(index):
        return f"10.77.0.{index + 1}"

    def prefix(self, index):
        """What has a command run in the namespace of a node."""
        return ["nsenter", f"--net=/run/netns/{self.names[index]}"]

    def cut(self, *indices):
        for index in indices:
            self.in_switch("ip", "link", "set", self.port(index), "down")

    def heal(self, *indices):
        for index in indices:
            self.in_switch("ip", "link", "set", self.port(index), "up")

    def slow(self, index, rate):
        """Both ways; what does not fit waits in line for up to 400 ms, and is lost beyond that."""
        shape = ("root", "tbf", "rate", rate, "burst", "32kb", "latency", "400ms")
        self.in_switch("tc", "qdisc", "replace", "dev", self.port(index), *shape)
        self.run("tc", "-n", self.names[index], "qdisc", "replace", "dev", "eth0", *shape)

    def fast(self, index):
        self.in_switch("tc", "qdisc", "del", "dev", self.port(index), "root")
        self.run("tc", "-n", self.names[index], "qdisc", "del", "dev", "eth0", "root")

    def delay(self, index, milliseconds):
        """Both ways."""
        port = self.port(index)
        self.in_switch("ip", "link", "add", "far", "type", "veth", "peer", "name", "near")
        self.in_switch("ip", "link", "set", "far", "up")
        self.in_switch("ip", "link", "set", port, "nomaster")
        self.in_switch("ip", "link", "set", "near", "master", "bridge", "up")
        self.relay = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self.switch}", sys.executable, "-B", os.path.join(HERE, "faults_delay.py"), port, "far",
             str(milliseconds)], stdin=subprocess.DEVNULL, preexec_fn=copper_tree.end_with_parent)

    def prompt(self, index):
        self.end_relay()
        self.in_switch("ip", "link", "del", "near")
        self.in_switch("ip", "link", "set", self.port(index), "master", "bridge")

    def end_relay(self):
        if self.relay:
            self.relay.kill()
            self.relay.wait()
            self.relay = None

    def lose(self, percent):
        """Loses so many of all packets, on their way into the switch."""
        ports = ", ".join(self.port(index) for index in range(len(self.names)))
        self.in_switch("nft", f"table netdev loss {{ chain in {{ type filter hook ingress devices = {{ {ports} }} priority 0; "
                       f"numgen random mod 100 < {percent} drop; }}; }}")

    def keep(self):
        self.in_switch("nft", "delete table netdev loss")


class OwnClock(copper_tree.CopperTcp):
    """Nodes whose time of day (not the time since the start) is what a file says, by libfaketime."""

    def prepare(self, run_dir):
        super().prepare(run_dir)
        libraries = [*glob.glob("/usr/lib*/faketime/libfaketimeMT.so.1"), *glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")]
        if not libraries:
            raise copper_tree.TreeError("a clock that is set back needs libfaketime; install it with the system's packages")
        clock = os.path.join(run_dir, "clock")
        set_clock(run_dir, "+0")
        self.environment = {
            **self.environment, "LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_CACHE_DURATION": "1",
            # Without the last one, timed waits of Java's end at once, for ever.
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}


def set_clock(run_dir, offset):
    clock = os.path.join(run_dir, "clock")
    with open(clock + ".new", "w", encoding="ascii") as out:
        out.write(offset)
    os.rename(clock + ".new", clock)


class FaultTree(copper_tree.Tree):
    """15 nodes, of which some may be gone in the end."""

    def __init__(self, kinds, target, run_dir, network):
        super().__init__(kinds, target, run_dir, nodes=NODES)
        self.killed = set()
        self.excused = set()
        self.storage_well = float("inf")
        self.network = network
        for node in self.nodes if network else ():
            node.host = network.host(node.index)
            node.prefix = network.prefix(node.index)

    def close(self):
        try:
            super().close()
        finally:
            for node in self.nodes:
                # libfaketime's own memory, which Java's end leaves there.
                for left in glob.glob(f"/dev/shm/*faketime_s*_{node.process.pid}") if node.process else ():
                    os.unlink(left)

    def kill(self, *indices):
        super().kill(*indices)
        self.killed.update(indices)
        self.excused.update(indices)

    def restart(self, index):
        super().restart(index)
        self.killed.discard(index)

    def stats(self, index):
        if isinstance(self.nodes[index].kind, copper_tree.OfiTcp):
            return {}  # a C++ node
        environment = {**os.environ, **self.nodes[index].kind.environment}
        program = os.path.join(os.path.dirname(self.nodes[index].kind.launcher), "copper")
        result = subprocess.run(
            [program, "stats", "--json", "--mount", self.nodes[index].mount], capture_output=True, text=True, check=False,
            env=environment, timeout=60)
        try:
            return json.loads(result.stdout)["nodes"][0]
        except (ValueError, LookupError):
            return {}


# ---- faults -----------------------------------------------------------------------------------------------------------------

FAULTS = {}


def fault(words, seconds=25, **options):
    def add(function):
        FAULTS[function.__name__.replace("_", "-")] = (words, seconds, function, options)
        return function
    return add


@fault("nothing, for comparison")
def none(tree):
    pass


@fault("SIGKILL of a leaf")
def kill_leaf(tree):
    tree.kill(14)


@fault("SIGKILL of an inner node")
def kill_inner(tree):
    tree.kill(1)


@fault("SIGKILL of the root")
def kill_root(tree):
    tree.kill(0)


@fault("SIGKILL of the root and its successor at once")
def kill_root_and_successor(tree):
    tree.kill(0, 1)


@fault("SIGKILL of half of the nodes (all that are no leaves), one every 4 s", 40)
def kill_half(tree):
    for index in (3, 0, 5, 1, 2, 6, 4):
        tree.kill(index)
        time.sleep(4)


@fault("SIGSTOP of an inner node for 60 s", 75)
def stop_inner(tree):
    tree.send(signal.SIGSTOP, 1)
    time.sleep(60)
    tree.send(signal.SIGCONT, 1)


@fault("SIGSTOP of the root for 60 s", 75)
def stop_root(tree):
    tree.send(signal.SIGSTOP, 0)
    time.sleep(60)
    tree.send(signal.SIGCONT, 0)


@fault("SIGKILL and restart of an inner node", 40)
def restart_inner(tree):
    tree.kill(1)
    time.sleep(5)
    tree.restart(1)


@fault("SIGTERM of an inner node, as in a rolling update, and restart", 40)
def end_inner(tree):
    tree.nodes[1].process.terminate()
    tree.nodes[1].process.wait()
    tree.excused.add(1)
    time.sleep(3)
    tree.restart(1)


@fault("an inner node cut off for 30 s without a word, then healed", 50, network=True)
def cut_inner(tree):
    tree.network.cut(1)
    time.sleep(30)
    tree.network.heal(1)


@fault("all inner nodes cut off for 20 s, then healed", 45, network=True)
def cut_all(tree):
    tree.network.cut(*range(7))
    time.sleep(20)
    tree.network.heal(*range(7))


@fault("a link of 8 Mbit/s, with up to 400 ms in line, to an inner node for 30 s", 40, network=True)
def slow_link(tree):
    tree.network.slow(1, "8mbit")
    time.sleep(30)
    tree.network.fast(1)


@fault("a link that takes 50 ms each way, to an inner node, for 30 s", 40, network=True)
def delayed_link(tree):
    tree.network.delay(1, 50)
    time.sleep(30)
    tree.network.prompt(1)


@fault("one packet in 20 lost on every link for 30 s", 40, network=True)
def lost_packets(tree):
    tree.network.lose(5)
    time.sleep(30)
    tree.network.keep()


def storage_fault(tree, command, seconds):
    tree.storage.command(command)
    time.sleep(seconds)
    tree.storage.command("")
    tree.storage_well = time.monotonic()


# Python takes a package whose __init__.py it cannot look at for one without.
IMPORT_ERRORS = ("ModuleNotFoundError", "ImportError", "AttributeError")


@fault("storage answers EIO for 10 s", 30, storage=True, allowed=("EIO", *IMPORT_ERRORS))
def storage_eio(tree):
    storage_fault(tree, "EIO", 10)


@fault("storage answers EACCES for 10 s", 30, storage=True, allowed=("EACCES", *IMPORT_ERRORS))
def storage_eacces(tree):
    storage_fault(tree, "EACCES", 10)


@fault("storage answers ESTALE for 10 s", 30, storage=True, allowed=("ESTALE", *IMPORT_ERRORS))
def storage_estale(tree):
    storage_fault(tree, "ESTALE", 10)


@fault("storage hangs for 30 s", 50, storage=True)
def storage_hang(tree):
    storage_fault(tree, "hang", 30)


@fault("storage loses a directory for 10 s", 30, storage=True, allowed=("ENOENT", *IMPORT_ERRORS))
def storage_loses(tree):
    storage_fault(tree, "lose packages", 10)


@fault("disk full under the log directory", 25, full_disk=True)
def disk_full(tree):
    with open(os.path.join(tree.run_dir, "filler"), "wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(4096))
        except OSError as full:
            say(f"    {full}")


@fault("memory limit of 4 MiB on every node", 25, flags=("-max_cache_bytes", "4m"))
def little_memory(tree):
    pass


@fault("descriptor limit of an inner node lowered to what it has open", 25)
def few_descriptors(tree):
    limit_descriptors(tree, 1, 0)


@fault("descriptor limit of the root lowered to three more than it has open", 25)
def few_root_descriptors(tree):
    limit_descriptors(tree, 0, 3)


def limit_descriptors(tree, index, left):
    pid = tree.nodes[index].process.pid
    limit = len(os.listdir(f"/proc/{pid}/fd")) + left
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))


@fault("clock of all nodes set back by a day, then a day ahead", 30, kind=OwnClock)
def clock_set_back(tree):
    set_clock(tree.run_dir, "-1d")
    time.sleep(15)
    set_clock(tree.run_dir, "+1d")


# ---- faulty storage ---------------------------------------------------------------------------------------------------------


class FaultyStorage:
    """A directory as faults_storage.py shows it, in a process that is owned here."""

    def __init__(self, source, run_dir):
        self.mount = os.path.join(run_dir, "storage")
        self.commands = os.path.join(run_dir, "storage-command")
        os.mkdir(self.mount)
        self.command("")
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(HERE, "faults_storage.py"), source, self.commands, self.mount],
            stdin=subprocess.DEVNULL, preexec_fn=copper_tree.end_with_parent)
        deadline = time.monotonic() + copper_tree.READY_SECONDS
        while not copper_tree.mounted(self.mount):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise copper_tree.TreeError("faults_storage.py does not mount; it needs mfusepy, which pip installs")
            time.sleep(0.05)

    def command(self, words):
        with open(self.commands + ".new", "w", encoding="ascii") as out:
            out.write(words)
        os.rename(self.commands + ".new", self.commands)

    def close(self):
        self.command("")
        copper_tree.unmount(self.mount, lazy=True)
        try:
            self.process.wait(copper_tree.END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


# ---- a run ------------------------------------------------------------------------------------------------------------------


class Programs:
    """The programs on the leaves, children of this process."""

    def __init__(self, tree, manifest_file, pause):
        self.processes = {}
        for index in LEAVES:
            self.processes[index] = subprocess.Popen(
                [sys.executable, "-B", os.path.join(HERE, "faults_load.py"), tree.nodes[index].mount, manifest_file,
                 str(STEPS), str(index * 3), str(pause)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=copper_tree.end_with_parent)

    def finish(self, excused):
        """Ends all; returns the reports of those whose node was not killed."""
        for process in self.processes.values():
            process.stdin.close()
        reports = {}
        for index, process in self.processes.items():
            try:
                text = process.stdout.read() if self.waits(process) else ""
            finally:
                process.kill()
                process.wait()
            if index not in excused:
                reports[index] = json.loads(text) if text else None
        return reports

    @staticmethod
    def waits(process):
        timer = threading.Timer(END_SECONDS, process.kill)
        timer.start()
        try:
            process.stdin = None
            return process.wait() == 0
        finally:
            timer.cancel()


def read_storage(stats):
    return sum(stats.get(name, 0) for name in ("storage_lstat", "storage_list", "storage_read", "storage_readlink"))


def served(tree, stats):
    """Who serves whom, by numbers."""
    numbers = {node.address: str(node.index) for node in tree.nodes}
    words = []
    for each in stats:
        role, _, address = each.get("served_by", "?").partition(" ")
        if role != "parent":
            words.append(f"{numbers.get(each.get('address'), '?')} by {role} {numbers.get(address, address)}".strip())
    return ", ".join(words)


class Outcome:
    def __init__(self, name, words):
        self.name = name
        self.words = words
        self.operations = self.wrong = self.readers = 0
        self.longest = 0.0
        self.errors = {}
        self.given = {}
        self.named = []
        self.left = []
        self.what = "-"

    def add(self, index, report, storage_well):
        """Errors of storage are those that it may give, until a little after it is well again."""
        if report is None:
            self.left.append(f"the program on node {index} did not end within {END_SECONDS} s")
            return
        self.operations += report["operations"]
        if report["longest"] > self.longest:
            self.longest = report["longest"]
            self.what = report["longest_what"]
        for name, begin in report["errors"]:
            allowed = begin < storage_well + GRACE_SECONDS and name.startswith(FAULTS[self.name][3].get("allowed", ()))
            kind = self.given if allowed else self.errors
            kind[name] = kind.get(name, 0) + 1
        self.wrong += len(report["wrong"])
        self.named += report["named"] + report["wrong"]

    def is_good(self):
        return not self.errors and not self.wrong and not self.left

    def row(self, times):
        errors = ", ".join(f"{name} × {count}" for name, count in sorted(self.errors.items())) or "0"
        given = f"{sum(self.given.values()):,}"
        left = "; ".join(self.left) or "nothing"
        return (f"| {self.words} | {times} | {self.operations:,} | {self.longest:.1f} | {errors} | {given} | {self.wrong} | "
                f"{self.readers} | {left} |")


HEAD = """| fault | times | operations | longest (s) | errors of ours | errors of storage | wrong bytes | nodes that read storage | left behind |
|---|---:|---:|---:|---|---:|---:|---:|---|"""


def keep_logs(tree, directory):
    for node in tree.nodes:
        logs = os.path.join(node.log_dir, "logs")
        if os.path.isdir(logs):
            shutil.copytree(logs, os.path.join(directory, f"node-{node.index}"), dirs_exist_ok=True)


def inject(name, kinds, target, manifest_file, given):
    words, seconds, function, options = FAULTS[name]
    outcome = Outcome(name, words)
    with contextlib.ExitStack() as around:
        run_dir = around.enter_context(copper_tree.run_directory("copper-faults-"))
        around.enter_context(LogFileSystem(options, run_dir))
        try:
            storage = network = None
            if options.get("storage"):
                storage = around.enter_context(contextlib.closing(FaultyStorage(target, run_dir)))
            if options.get("network"):
                network = around.enter_context(Network(NODES))
            with FaultTree(kinds, storage.mount if storage else target, run_dir, network) as tree:
                tree.storage = storage
                tree.settle()
                programs = Programs(tree, manifest_file, given.pause)
                try:
                    time.sleep(3)
                    begin = time.monotonic()
                    function(tree)
                    time.sleep(max(0.0, seconds - (time.monotonic() - begin)))
                finally:
                    reports = programs.finish(tree.excused)
                    if given.logs:
                        keep_logs(tree, os.path.join(given.logs, name))
                for index, report in reports.items():
                    outcome.add(index, report, tree.storage_well)
                stats = [tree.stats(index) for index in range(NODES) if index not in tree.killed]
                outcome.readers = sum(1 for each in stats if read_storage(each) > 0)
                say("    " + served(tree, stats))
        except (copper_tree.TreeError, OSError) as problem:
            outcome.left.append(str(problem))
    for index in range(NODES):
        if copper_tree.mounted(os.path.join(run_dir, f"mount-{index}")):
            outcome.left.append(f"mount-{index}")
    return outcome


class LogFileSystem:
    """Where `full_disk` is asked for, the nodes' log directories lie on a file system of 2 MiB."""

    def __init__(self, options, run_dir):
        self.wanted = options.get("full_disk")
        self.run_dir = run_dir

    def __enter__(self):
        if self.wanted:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "copper-faults", self.run_dir], check=True)

    def __exit__(self, *_):
        if self.wanted:
            subprocess.run(["umount", "-l", self.run_dir], check=False)


def arguments():
    parser = argparse.ArgumentParser(prog="faults.sh", description="Injects faults into a tree of 15 nodes.",
        epilog="faults: " + "; ".join(f"{name}: {each[0]}" for name, each in FAULTS.items()))
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="which (default: all)")
    parser.add_argument("--times", type=int, default=1, help="how often each is injected (default 1)")
    parser.add_argument("--pause", type=float, default=0.3, help="of the programs after each step, in s (default 0.3)")
    parser.add_argument("--install", default=os.path.join(os.path.dirname(HERE), "build", "install"), help="what to test")
    parser.add_argument("--over", choices=("copper+tcp", "ofi+tcp"), default="copper+tcp", help="the network")
    parser.add_argument("--cpp-root", metavar="CU_FUSE", help="a C++ cu_fuse that is the root (with --over ofi+tcp)")
    parser.add_argument("--options", default="", help="further flags of cu_fuse")
    parser.add_argument("--logs", metavar="DIR", help="keep the nodes' logs there")
    parser.add_argument("--no-build", action="store_true", help="take what is installed")
    given = parser.parse_args()
    for name in given.faults:
        if name not in FAULTS:
            parser.error(f"there is no fault {name}; --help lists them")
    return given


def main():
    given = arguments()
    copper_tree.raise_on_signals()
    launcher = os.path.join(given.install, "bin", "cu_fuse")
    options = ["-log_level", "4", "-log_type", "file", *given.options.split()]
    bad = 0
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory(prefix="copper-faults-data-") as data:
        target = os.path.join(data, "target")
        manifest_file = os.path.join(data, "manifest")
        with open(manifest_file, "w", encoding="ascii") as out:
            json.dump(make_storage(target), out)
        for name in given.faults or FAULTS:
            together = Outcome(name, FAULTS[name][0])
            for turn in range(given.times):
                kind = copper_tree.CopperTcp if given.over == "copper+tcp" else copper_tree.OverOfiTcp
                flags = FAULTS[name][3].get("flags", ())
                kind = FAULTS[name][3].get("kind", kind)
                kinds = [kind(launcher, [*options, *flags])] * NODES
                if given.cpp_root:
                    kinds[0] = copper_tree.OfiTcp(given.cpp_root)
                one = inject(name, kinds, target, manifest_file, given)
                say(f"  {name} {turn + 1}: longest {one.longest:.1f} s ({one.what}); "
                    f"{'; '.join(one.named) or 'no error'}; {'; '.join(one.left) or 'nothing left'}")
                together.operations += one.operations
                together.longest = max(together.longest, one.longest)
                together.wrong += one.wrong
                together.readers = max(together.readers, one.readers)
                together.left += one.left
                for mine, theirs in ((together.errors, one.errors), (together.given, one.given)):
                    for error, count in theirs.items():
                        mine[error] = mine.get(error, 0) + count
            bad += not together.is_good()
            print(together.row(given.times), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.Interrupted as interrupted:
        sys.exit(interrupted.code)
    except copper_tree.TreeError as problem:
        say(f"faults.sh: {problem}")
        sys.exit(1)
