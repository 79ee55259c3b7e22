"""Brings a Python environment to several nodes in the ways people use, side by side, and prints medians as a Markdown table.

Started by alternatives.sh. In every round each candidate begins with nothing on any node, and ends when a first import has
finished on all of them, which start it at once. Reading storage is told in bytes, since all of it is in this machine's page cache
and costs next to nothing here. All nodes and programs share this machine's processors.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import copper_tree
import package_sets

WORK = os.path.join(ROOT, "build", "bench", "alternatives")
CU_FUSE = os.path.join(ROOT, "build", "install", "bin", "cu_fuse")
# Names that are missing stay so for the whole job, as in an image or an unpacked tar.
OPTIONS = ("-max_cacheable_byte_size", "10485760", "-md_enoent_ttl_ms", "600000")
MB = 1e6


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*command):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode:
        raise copper_tree.TreeError(f"{command[0]} failed: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def wait_all(processes, what):
    if any([process.wait() for process in processes]):
        raise copper_tree.TreeError(f"{what} failed on a node")


def start(*command, **options):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=copper_tree.end_with_parent, **options)


def import_everywhere(folders, modules):
    wait_all([start(*package_sets.import_command(folder, modules, False), env=package_sets.environment(folder)) for folder in folders],
             "the import")


def private_memory(pid):
    """The memory of a process, what it shares with others divided among them (PSS)."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as source:
        return sum(int(line.split()[1]) * 1024 for line in source if line.startswith("Pss:"))


def bytes_read(pid):
    with open(f"/proc/{pid}/io", encoding="ascii") as source:
        return int(next(line.split()[1] for line in source if line.startswith("rchar:")))


def cached(paths):
    """How much of these files is in the page cache."""
    total = 0
    for first in range(0, len(paths), 500):
        out = run("fincore", "--bytes", "--noheadings", "--output", "RES", *paths[first:first + 500])
        total += sum(int(word) for word in out.split())
    return total


def files_below(folder):
    return [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names if not os.path.islink(os.path.join(place, name))]


def disk_usage(folder):
    return int(run("du", "--summarize", "--block-size=1", folder).split()[0])


class Run:
    """One candidate in one round: when all nodes were ready, when all had imported, and what that took."""

    def __init__(self):
        self.begin = time.monotonic()
        self.ready = self.done = self.storage = self.memory = 0

    def now_ready(self):
        self.ready = time.monotonic() - self.begin

    def now_done(self):
        self.done = time.monotonic() - self.begin


class Copper:
    """A tree of nodes, cold; starting them is part of the time."""

    name = "Copper"
    made = 0.0

    def __init__(self, env, nodes):
        self.env, self.nodes = env, nodes

    def measure(self, place, modules):
        result = Run()
        with copper_tree.Tree(copper_tree.CopperTcp(CU_FUSE, OPTIONS), self.env.folder, place, self.nodes) as tree:
            result.now_ready()
            import_everywhere([node.mount for node in tree.nodes], modules)
            result.now_done()
            node = tree.nodes[self.nodes // 2]  # an ordinary one
            result.memory = private_memory(node.process.pid) + cached(self.env.below(node.mount))
        result.storage = sum(counters.get("storage_read_bytes", 0) for counters in tree.counters())
        return result


class Squash:
    """An image of the environment, mounted on each node with squashfuse; with copy, from the node's own copy in memory."""

    def __init__(self, env, nodes, copy):
        self.env, self.nodes, self.copy = env, nodes, copy
        self.name = "SquashFS, image copied to each node" if copy else "SquashFS, image on storage"
        self.made = env.image_seconds

    def measure(self, place, modules):
        result = Run()
        homes = [os.path.join(place, f"node-{index}") for index in range(self.nodes)]
        images = [self.env.image for _ in homes]
        mounts = [os.path.join(home, "mount") for home in homes]
        for mount in mounts:
            os.makedirs(mount)
        with contextlib.ExitStack() as stack:
            if self.copy:
                images = [os.path.join(home, "image") for home in homes]
                wait_all([start("cp", self.env.image, image) for image in images], "copying the image")
                result.storage = self.nodes * os.path.getsize(self.env.image)
            servers = [self.serve(stack, image, mount) for image, mount in zip(images, mounts)]
            result.now_ready()
            import_everywhere(mounts, modules)
            result.now_done()
            if not self.copy:
                result.storage = sum(bytes_read(server.pid) for server in servers)
            own = private_memory(servers[0].pid) + cached(self.env.below(mounts[0]))
            # The image's pages, which on one machine the nodes share and elsewhere each has; a copy lies in memory whole.
            result.memory = own + (os.path.getsize(images[0]) if self.copy else min(result.storage // self.nodes, os.path.getsize(images[0])))
        return result

    @staticmethod
    def serve(stack, image, mount):
        program = shutil.which("squashfuse_ll") or "squashfuse"
        server = start(program, "-f", image, mount, start_new_session=True)
        stack.callback(Squash.end, server, mount)
        deadline = time.monotonic() + copper_tree.READY_SECONDS
        while not copper_tree.mounted(mount):
            if server.poll() is not None or time.monotonic() > deadline:
                raise copper_tree.TreeError(f"{program} does not mount {image}")
            time.sleep(0.005)
        return server

    @staticmethod
    def end(server, mount):
        with copper_tree.signals_held():
            deadline = time.monotonic() + copper_tree.END_SECONDS
            while copper_tree.mounted(mount) and copper_tree.unmount(mount, lazy=time.monotonic() > deadline):
                time.sleep(0.05)
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


class Tar:
    """A tar that each node unpacks into its memory, straight from storage; no second copy is needed for that."""

    name = "tar unpacked into each node's memory"

    def __init__(self, env, nodes):
        self.env, self.nodes, self.made = env, nodes, env.tar_seconds

    def measure(self, place, modules):
        result = Run()
        homes = [os.path.join(place, f"node-{index}") for index in range(self.nodes)]
        for home in homes:
            os.mkdir(home)
        wait_all([start("tar", "-xf", self.env.tar, "-C", home) for home in homes], "unpacking")
        result.now_ready()
        import_everywhere(homes, modules)
        result.now_done()
        result.storage = self.nodes * os.path.getsize(self.env.tar)
        result.memory = disk_usage(homes[0])
        return result


class Environment:
    """The environment on storage as a folder, as an image and as a tar."""

    def __init__(self, requirements, compression):
        self.folder = os.path.join(WORK, "-".join(requirements))
        if package_sets.make(self.folder, requirements):
            raise copper_tree.TreeError("PyPI cannot be reached or lacks " + " ".join(requirements) + " for this Python")
        self.entries, self.bytes = package_sets.size(self.folder)
        self.names = [os.path.relpath(path, self.folder) for path in files_below(self.folder)]
        self.image = os.path.join(WORK, "image.squashfs")
        self.tar = os.path.join(WORK, "environment.tar")
        begin = time.monotonic()
        run("mksquashfs", self.folder, self.image, "-noappend", "-no-progress", "-quiet", "-comp", compression)
        self.image_seconds = time.monotonic() - begin
        begin = time.monotonic()
        run("tar", "-cf", self.tar, "-C", self.folder, ".")
        self.tar_seconds = time.monotonic() - begin

    def below(self, mount):
        return [os.path.join(mount, name) for name in self.names]


def median(results, field):
    return statistics.median(getattr(result, field) for result in results)


def table(candidates, results):
    head = ["", "made beforehand (s)", "all nodes ready (s)", "first import ended on all (s)", "read from storage (MB)", "memory of a node (MB)"]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for candidate in candidates:
        of = results[candidate.name]
        made = f"{candidate.made:.1f}" if candidate.made else "–"
        lines.append(f"| {candidate.name} | {made} | {median(of, 'ready'):.2f} | {median(of, 'done'):.2f} | "
                     f"{median(of, 'storage') / MB:,.0f} | {median(of, 'memory') / MB:,.0f} |")
    return "\n".join(lines)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench/alternatives.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--nodes", type=int, default=7, help="how many nodes (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default %(default)s)")
    parser.add_argument("--packages", default="numpy,pandas", metavar="NAME,...", help="what the environment has and a program imports (default %(default)s)")
    parser.add_argument("--compression", default="zstd", help="of the image: gzip, lz4, xz, zstd (default %(default)s)")
    parser.add_argument("--memory", default="/dev/shm", metavar="DIR", help="a tmpfs for what nodes hold in memory (default %(default)s)")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    copper_tree.raise_on_signals()
    packages = arguments.packages.split(",")
    say("preparing packages, image and tar")
    env = Environment(packages, arguments.compression)
    import_everywhere([env.folder], packages)  # warms the page cache
    candidates = [Copper(env, arguments.nodes), Squash(env, arguments.nodes, False), Squash(env, arguments.nodes, True), Tar(env, arguments.nodes)]
    results = {candidate.name: [] for candidate in candidates}
    for number in range(arguments.rounds):
        for candidate in candidates[number % len(candidates):] + candidates[:number % len(candidates)]:
            with memory_directory(arguments.memory) as place:
                result = candidate.measure(place, packages)
            results[candidate.name].append(result)
            say(f"round {number + 1}: {candidate.name}: ready {result.ready:.2f} s, done {result.done:.2f} s")
    print(f"{arguments.nodes} nodes, {arguments.packages}: {env.entries:,} files and folders, {env.bytes / MB:,.0f} MB; "
          f"image {os.path.getsize(env.image) / MB:,.0f} MB ({arguments.compression}), tar {os.path.getsize(env.tar) / MB:,.0f} MB\n")
    print(table(candidates, results))
    return 0


@contextlib.contextmanager
def memory_directory(parent):
    """A directory of one round's nodes in memory, removed at the end unless something is still mounted in it."""
    path = os.path.realpath(tempfile.mkdtemp(prefix="copper-alternatives-", dir=parent))
    try:
        yield path
    finally:
        with copper_tree.signals_held(), open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
            if not any(line.split(" ")[4].startswith(path + "/") for line in mounts):
                shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        print(f"alternatives: {problem}", file=sys.stderr)
        sys.exit(1)
    except copper_tree.Interrupted as interrupt:
        print(f"alternatives: {interrupt}; everything is unmounted and removed", file=sys.stderr)
        sys.exit(interrupt.code)
