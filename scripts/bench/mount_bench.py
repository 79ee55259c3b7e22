"""Measures single mounts of a folder against the folder itself, side by side in one run, and prints medians as a Markdown
table.

Started by mount.sh. Every candidate is a node that is alone in its tree and reads storage, so that what is measured is the
mount. In every round each is started anew, and measured when it has come to rest; the kernel's pages of the folder itself
are warm, but for the large file, which is read from disk.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import bench
import copper_tree
import package_sets

# Missing names stay so for the whole of a round: what is asked again is the mount's doing.
OPTIONS = ("-max_cacheable_byte_size", "10485760", "-md_enoent_ttl_ms", "600000")
BIG_BYTES = 1 << 30
# Each candidate looks up as many as take it seconds.
STORM_NAMES = {"kernel": 12800, "jnr": 1280}
STORAGE_MS = 5

START = "start to answering mount (s)"
STORM = f"cold lookups in one directory, 64 processes, {STORAGE_MS} ms storage (per s)"
BIG = "1 GiB sequential cold read, user+system of reader and node (s)"
LIST = "readdir of 1,000 entries, again (µs)"
STAT = "stat, known name (µs)"
READ = "open+read+close 4 KiB, known file (µs)"
ORDER = (START, bench.IMPORT_FIRST, bench.IMPORT_SECOND, bench.IMPORT_FOUR, STAT, READ, LIST, BIG, STORM)


def make_big(folder):
    """A file that does not fit a cache of whole files, and a directory of names to look up."""
    path = os.path.join(folder, "big")
    if not os.path.exists(path):
        with open(path + ".partial", "wb") as out:
            for _ in range(BIG_BYTES >> 20):
                out.write(os.urandom(1 << 20))
        os.rename(path + ".partial", path)
    storm = os.path.join(folder, "storm")
    os.makedirs(storm, exist_ok=True)
    for index in range(max(STORM_NAMES.values())):
        with open(os.path.join(storm, f"f{index:04}"), "wb"):
            pass


def drop_pages(path):
    """Takes the file's pages out of memory, as far as nobody has it mapped."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fdatasync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


class MountBench(bench.Bench):
    """Measures places and keeps every value by candidate and label; a candidate may lack some."""

    def single(self, candidate, place, beside=None):
        self.imports(candidate, place, beside)
        for label, mode, path, times in (
                (STAT, "stat-one", "files/stat/f0000", 20000), (READ, "read-one", "files/read/f0000", 5000),
                (None, "list", "files/list", 1), (LIST, "list", "files/list", 300)):
            value = self.run_micro(mode, os.path.join(place, path), times)
            if label:
                self.add(candidate, label, value)

    def run_micro(self, mode, path, times):
        result = subprocess.run(
            [self.micro, mode, path, str(times)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
        if result.returncode:
            raise copper_tree.TreeError(f"{mode} of {path} failed")
        return float(result.stdout)

    def big(self, candidate, folder, place, pid=0):
        """Twice, the second time counted: the first one brings the memory that both need into use."""
        name = os.path.join("files", "big")
        for _ in range(2):
            drop_pages(os.path.join(place, name))
            drop_pages(os.path.join(folder, name))
            before = copper_tree.cpu_ticks(pid)
            children = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.run_micro("stream", os.path.join(place, name), 1)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            reader = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
            node = (copper_tree.cpu_ticks(pid) - before) / os.sysconf("SC_CLK_TCK")
        self.add(candidate, BIG, reader + node)

    def storm(self, candidate, kind, folder, place):
        """A node in a JVM of the tests, whose storage takes its time over each call."""
        os.makedirs(place)
        java = os.path.join(os.environ["JAVA_HOME"], "bin", "java")
        maven = os.path.join(bench.ROOT, "build", "maven")
        classes = ":".join(os.path.join(maven, name) for name in ("test-classes", "classes", "lib/*"))
        storage = os.path.join(folder, "files", "storm")
        node = subprocess.Popen(
            [java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classes, "copper.node.SlowMount", kind,
             str(STORAGE_MS), storage, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=copper_tree.end_with_parent)
        try:
            if not node.stdout.readline().startswith("mounted"):
                raise copper_tree.TreeError(f"{candidate}: the node with slow storage did not start")
            self.add(candidate, STORM, 1e6 / self.run_micro("storm", place, STORM_NAMES[kind]))
        finally:
            node.stdin.close()
            node.wait()

    def table(self, candidates):
        lines = ["| | " + " | ".join(candidates) + " |", "|---" + "|---:" * len(candidates) + "|"]
        for label in ORDER:
            if label in self.values:
                cells = [self.cell(label, candidate, candidates[0]) for candidate in candidates]
                lines.append(f"| {label} | " + " | ".join(cells) + " |")
        return "\n".join(lines)

    def cell(self, label, candidate, native):
        values = self.values[label]
        if candidate not in values:
            return "–"
        ratio = f" ({self.ratio(label, candidate, native):.2f})" if native in values and candidate != native else ""
        return bench.number(statistics.median(values[candidate])) + ratio


@contextlib.contextmanager
def squashed(folder, image, place):
    """A squashfuse_ll mount of an image of the folder."""
    if not os.path.exists(image):
        subprocess.run(
            ["mksquashfs", folder, image, "-comp", "lz4", "-quiet", "-no-progress", "-wildcards", "-e", "files/big"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    os.makedirs(place)
    subprocess.run(["squashfuse_ll", image, place], stdin=subprocess.DEVNULL, check=True)
    try:
        yield
    finally:
        copper_tree.unmount(place)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench/mount.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which medians are taken (default 5)")
    parser.add_argument("--no-import", action="store_true", help="leave the Python imports out")
    parser.add_argument("--no-cpp", action="store_true", help="leave a C++ cu_fuse out even if there is one")
    parser.add_argument("--cpp-cu-fuse", metavar="PATH", help="a C++ cu_fuse to measure in the same run, over ofi+tcp")
    parser.add_argument("--option", action="append", default=[], metavar="FLAG",
                        help="a further flag for our cu_fuse; repeat for more")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds is at least 1")
    return arguments


def measure_nodes(measured, data, run, round_number, kinds):
    # By turns from either end, so that what comes before a start hits all alike.
    for name, kind in list(kinds.items())[::1 if round_number % 2 else -1]:
        place = os.path.join(run, f"{round_number}-{name.replace(' ', '-')}")
        begin = time.monotonic()
        with copper_tree.Tree(kind(), data, place, 1) as tree:
            measured.add(name, START, time.monotonic() - begin)
            tree.settle()
            measured.single(name, tree.leaf.mount, (bench.NATIVE, data))
            try:
                measured.big(name, data, tree.leaf.mount, tree.leaf.process.pid)
            except copper_tree.TreeError as problem:
                bench.say(f"  {name}: {problem}")


def main():
    arguments = parse_arguments()
    copper_tree.raise_on_signals()
    ours = os.path.join(bench.ROOT, "build", "install", "bin", "cu_fuse")
    kinds = {
        name: lambda fuse=fuse: copper_tree.CopperTcp(ours, [*OPTIONS, "-fuse", fuse, *arguments.option])
        for name, fuse in (("kernel", "kernel"), ("jnr-fuse", "jnr"))}
    storms = {"kernel": "kernel", "jnr-fuse": "jnr"}
    cpp = None if arguments.no_cpp else bench.find_cpp(arguments.cpp_cu_fuse)
    if cpp:
        kinds["C++ Copper"] = lambda: copper_tree.OfiTcp(cpp, [*OPTIONS, "-log_type", "file"])
    data = os.path.join(bench.WORK, "data")
    os.makedirs(data, exist_ok=True)
    bench.say("preparing files")
    bench.make_files(os.path.join(data, "files"))
    make_big(os.path.join(data, "files"))
    if not arguments.no_import and package_sets.make(os.path.join(data, "packages"), list(bench.PACKAGES)):
        raise copper_tree.TreeError("PyPI cannot be reached or lacks a package for this Python; --no-import leaves it out")
    measured = MountBench(bench.build_micro(), not arguments.no_import)
    squash = shutil.which("squashfuse_ll") and shutil.which("mksquashfs")
    with copper_tree.run_directory("copper-bench-") as run:
        MountBench(measured.micro, measured.with_import).single(bench.NATIVE, data)  # warms the page cache; not counted
        for round_number in range(1, arguments.rounds + 1):
            bench.say(f"round {round_number} of {arguments.rounds}")
            measured.single(bench.NATIVE, data)
            measured.big(bench.NATIVE, data, data)
            measure_nodes(measured, data, run, round_number, kinds)
            for name, kind in storms.items():
                measured.storm(name, kind, data, os.path.join(run, f"{round_number}-storm-{kind}"))
            if squash:
                place = os.path.join(run, f"{round_number}-squash")
                with squashed(data, os.path.join(bench.WORK, "data.squashfs"), place):
                    measured.single("squashfuse_ll", place, (bench.NATIVE, data))
    print(f"One node, {os.cpu_count()} processors; medians of {arguments.rounds}; in brackets the ratio to the folder\n")
    print(measured.table([bench.NATIVE, *kinds, *(["squashfuse_ll"] if squash else [])]))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        print(f"mount bench: {problem}", file=sys.stderr)
        sys.exit(1)
    except copper_tree.Interrupted as interrupt:
        print(f"mount bench: {interrupt}; everything is unmounted and removed", file=sys.stderr)
        sys.exit(interrupt.code)
