"""A tree of cu_fuse nodes on this machine, for the quickstart and the benchmarks.

A `Tree` owns everything it starts: the nodes (its child processes, known by pid), their mounts, their secret and their
directories. `close` ends all of it, whatever state it is in, and is what `with` and the signal handlers lead to. Only the
standard library is used.
"""

import contextlib
import ctypes
import glob
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

LOOPBACK = "127.0.0.1"
READY_SECONDS = 120
END_SECONDS = 20


class TreeError(Exception):
    """Something a user must know, as one line of text."""


class Interrupted(Exception):
    """SIGINT, SIGTERM or SIGHUP arrived."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


def raise_on_signals():
    """Turns the signals that end a program into an exception, once: a second one must not cut the clean-up short."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def handler(number, _frame):
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(number)

    for number in numbers:
        signal.signal(number, handler)


@contextlib.contextmanager
def signals_held():
    """Holds back the signals that end a program until the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def free_ports(count):
    """Ports of 127.0.0.1 that nobody listens on now, all different."""
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(count):
            probe = stack.enter_context(socket.socket())
            probe.bind((LOOPBACK, 0))
            ports.append(probe.getsockname()[1])
        return ports


def mounted(path):
    """Is there a mount on `path`? Asks the kernel's table: a dead FUSE mount cannot be asked itself."""
    escaped = path.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012")
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        return any(line.split(" ")[4] == escaped for line in table)


def unmount(path, lazy=False):
    """Tries once to unmount; returns what was said against it, or None."""
    command = shutil.which("fusermount3") or shutil.which("fusermount") or "fusermount3"
    result = subprocess.run(
        [command, "-uz" if lazy else "-u", path], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return None if result.returncode == 0 else result.stderr.strip()


def cpu_ticks(pid):
    """The processor time a process has taken, in ticks of 10 ms; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as source:
            fields = source.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def end_with_parent():
    """In a child before exec: SIGTERM when this program dies, even by SIGKILL (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class CopperTcp:
    """How our own cu_fuse is started: over copper+tcp, with a secret."""

    def __init__(self, launcher, options=()):
        self.launcher = launcher
        self.options = list(options)
        self.environment = {}

    def prepare(self, run_dir):
        self.secret = os.path.join(run_dir, "secret")
        descriptor = os.open(self.secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32) + "\n")

    def net_type(self, port, host=LOOPBACK):
        return f"copper+tcp://{host}:{port}"

    def book_address(self, port, host=LOOPBACK):
        return self.net_type(port, host)

    def flags(self):
        return ["-secret_file", self.secret, *self.options]


class OverOfiTcp:
    """How our own cu_fuse is started over ofi+tcp."""

    def __init__(self, launcher, options=()):
        self.launcher = launcher
        self.options = list(options)
        self.environment = {}

    def prepare(self, run_dir):
        pass

    def net_type(self, port, host=LOOPBACK):
        return f"ofi+tcp://{host}:{port}"

    def book_address(self, port, host=LOOPBACK):
        # C++ nodes find themselves by comparing this text with their own address as Mercury prints it.
        return f"ofi+tcp;ofi_rxm://{host}:{port}"

    def flags(self):
        return self.options


class OfiTcp(OverOfiTcp):
    """How a C++ cu_fuse is started: over ofi+tcp, the flags as Copper's own job scripts give them."""

    def __init__(self, program, options=()):
        super().__init__(program, options)
        # Its libraries as a rule lie beside it; some libfabric builds take over SIGSEGV and others when loaded.
        beside = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(program))), "lib")
        libraries = [beside, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        self.environment = {"IPATH_NO_BACKTRACE": "1", "LD_LIBRARY_PATH": os.pathsep.join(libraries)}

    def prepare(self, run_dir):
        # With a network address it demands a node file, whose content a prefiltered book makes meaningless.
        self.node_file = os.path.join(run_dir, "node_file")
        with open(self.node_file, "w", encoding="ascii") as out:
            out.write("localhost\n")

    def flags(self):
        return ["-nf", self.node_file, *self.options, "-s"]


class Node:
    """One cu_fuse in the foreground, a child of this process."""

    def __init__(self, tree, index, port, kind):
        self.kind = kind
        self.index = index
        self.port = port
        self.host = LOOPBACK
        self.prefix = tree.prefix
        self.log_dir = os.path.join(tree.run_dir, f"node-{index}")
        self.mount = os.path.join(tree.run_dir, f"mount-{index}")
        self.output = os.path.join(self.log_dir, "terminal")
        self.process = None

    @property
    def address(self):
        """As the address book has it."""
        return self.kind.book_address(self.port, self.host)

    def start(self, tree):
        os.makedirs(self.log_dir)
        os.mkdir(self.mount)
        kind = self.kind
        command = [
            *self.prefix, kind.launcher, "-tpath", tree.target, "-vpath", self.mount,
            "-net_type", kind.net_type(self.port, self.host),
            "-facility_address_book", tree.book, "-prefiltered_address_book", "1",
            "-trees", str(tree.trees), "-log_output_dir", self.log_dir, *kind.flags(), "-f", self.mount,
        ]
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.log_dir,
                env={**os.environ, **kind.environment}, start_new_session=True, preexec_fn=end_with_parent)

    def wait_ready(self, deadline):
        """Returns when the mount answers; raises TreeError with the node's own words when it never will."""
        while not mounted(self.mount):
            if self.process.poll() is not None:
                raise TreeError(f"node {self.index} ended at its start: {self.last_words()}")
            if time.monotonic() > deadline:
                raise TreeError(f"node {self.index} is not mounted after {READY_SECONDS} s: {self.last_words()}")
            time.sleep(0.02)
        os.stat(self.mount)

    def last_words(self):
        with open(self.output, encoding="utf-8", errors="replace") as source:
            lines = [line.strip() for line in source if line.strip()]
        return lines[-1] if lines else "it said nothing"

    def close(self):
        """Unmounts and ends the node, gently first; returns what could not be done, or None."""
        problem = self.take_down()
        for end in (None, signal.SIGTERM, signal.SIGKILL):
            if self.process is None or self.process.poll() is not None:
                break
            if end is not None:
                self.process.send_signal(end)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1 if problem else END_SECONDS)
        if mounted(self.mount):  # the node died first, or something still works in there
            problem = unmount(self.mount, lazy=True)
            if mounted(self.mount):
                return f"{self.mount} is still mounted: {problem}"
        if os.path.isdir(self.mount):
            os.rmdir(self.mount)
        return None

    def take_down(self):
        """Unmounts, waiting for programs that are just leaving; returns what stood against it, or None."""
        if not mounted(self.mount):
            # A node that has not mounted yet can only be ended.
            return "not mounted"
        deadline = time.monotonic() + END_SECONDS
        while True:
            problem = unmount(self.mount)
            if problem is None or self.process.poll() is not None or time.monotonic() > deadline:
                return problem
            time.sleep(0.1)

    def counters(self):
        """The counts the node wrote when it was unmounted; empty when it writes none."""
        written = glob.glob(os.path.join(glob.escape(self.log_dir), "logs", "*-counters.json"))
        if not written:
            return {}
        with open(max(written, key=os.path.getmtime), encoding="utf-8") as source:
            return json.load(source)


class Tree:
    """`nodes` nodes that mirror `target`, breadth first, each with two children: 7 nodes are three levels.

    `kind` is how each is started, or a list of how each one is; `prefix` is what stands before the command.
    """

    FAN_OUT = 2

    def __init__(self, kind, target, run_dir, nodes=7, trees=1, prefix=()):
        kinds = kind if isinstance(kind, list) else [kind] * nodes
        self.trees = trees
        self.prefix = prefix
        self.target = os.path.realpath(target)
        self.run_dir = os.path.realpath(run_dir)
        self.book = os.path.join(self.run_dir, "address_book.txt")
        os.makedirs(self.run_dir, mode=0o700, exist_ok=True)
        self.nodes = [Node(self, index, port, kinds[index]) for index, port in enumerate(free_ports(nodes))]

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def prepare(self):
        for kind in {id(node.kind): node.kind for node in self.nodes}.values():
            kind.prepare(self.run_dir)
        with open(self.book, "w", encoding="ascii") as book:
            for node in self.nodes:
                book.write(f"localhost {node.address}\n")

    def start(self):
        self.prepare()
        for node in self.nodes:
            node.start(self)
        deadline = time.monotonic() + READY_SECONDS
        for node in self.nodes:
            node.wait_ready(deadline)

    def settle(self):
        """Waits until the nodes have finished what they do after their start: on one machine they share its cores."""
        deadline = time.monotonic() + READY_SECONDS
        before = None
        while time.monotonic() < deadline:
            now = [cpu_ticks(node.process.pid) for node in self.nodes]
            if before is not None and sum(now) - sum(before) <= len(now):
                return
            before = now
            time.sleep(0.5)

    def kill(self, *indices):
        for index in indices:
            self.nodes[index].process.kill()
        for index in indices:
            self.nodes[index].process.wait()

    def send(self, number, index):
        os.kill(self.nodes[index].process.pid, number)

    def restart(self, index):
        """Starts a node anew that has ended."""
        node = self.nodes[index]
        unmount(node.mount, lazy=True)
        shutil.rmtree(node.log_dir)
        os.rmdir(node.mount)
        node.start(self)
        node.wait_ready(time.monotonic() + READY_SECONDS)

    def close(self):
        """Ends every node, leaves first; a signal waits until that is done. May be called again."""
        with signals_held():
            problems = [problem for problem in (node.close() for node in reversed(self.nodes)) if problem]
        if problems:
            raise TreeError("; ".join(problems))

    def counters(self):
        return [node.counters() for node in self.nodes]

    @property
    def leaf(self):
        return self.nodes[-1]

    def level(self, index):
        level = 0
        while index:
            index = (index - 1) // self.FAN_OUT
            level += 1
        return level

    def role(self, index):
        if index == 0:
            return "root"
        return "inner" if self.FAN_OUT * index + 1 < len(self.nodes) else "leaf"


@contextlib.contextmanager
def run_directory(prefix):
    """A private directory for one run, removed at the end, unless something could not be unmounted."""
    path = os.path.realpath(tempfile.mkdtemp(prefix=prefix))
    try:
        yield path
    finally:
        with signals_held(), open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
            if not any(line.split(" ")[4].startswith(path + "/") for line in table):
                shutil.rmtree(path, ignore_errors=True)
