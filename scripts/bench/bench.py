"""Measures mounts against the folder they mirror, side by side in one run, and prints medians as a Markdown table.

Started by run.sh. In every round each candidate gets a fresh 7-node tree, whose caches are empty (storage's page cache is
warm); when all nodes have come to rest, its leaf is measured; the folder itself is measured in the same round, and what imports
take again by turns with those through the leaf. So drift of the machine hits all alike.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import copper_tree
import package_sets

WORK = os.path.join(ROOT, "build", "bench")
PACKAGES = ("numpy", "pandas", "scipy", "sympy")
MODULES = ("numpy", "pandas", "scipy.stats", "sympy")
FILES = 1000
STREAM_BYTES = 64 << 20
TURNS = 3
NATIVE = "the folder itself"
# As Copper's own job scripts set them.
OPTIONS = ("-max_cacheable_byte_size", "10485760", "-md_enoent_ttl_ms", "2000")

IMPORT_FIRST, IMPORT_SECOND, IMPORT_FOUR = "import, first (s)", "import, second (s)", "import, 4 at once (s)"
MICRO = (
    # label, mode, path below the data folder, repetitions; the order matters: each "first" finds its files untouched
    ("stat, 1,000 names for the first time (µs each)", "stat-each", "files/stat", FILES),
    ("stat, known name (µs)", "stat-one", "files/stat/f0000", 20000),
    ("open+read+close 4 KiB, 1,000 files for the first time (µs each)", "read-each", "files/read", FILES),
    ("open+read+close 4 KiB, known file (µs)", "read-one", "files/read/f0000", 5000),
    ("readdir of 1,000 entries, first time (µs)", "list", "files/list", 1),
    ("readdir of 1,000 entries, again (µs)", "list", "files/list", 100),
    ("64 MiB sequential read, first (µs)", "stream", "files/stream", 1),
    ("64 MiB sequential read, again (µs)", "stream", "files/stream", 1),
)
LABELS = (IMPORT_FIRST, IMPORT_SECOND, IMPORT_FOUR, *(label for label, _, _, _ in MICRO))


def say(text):
    print(text, file=sys.stderr, flush=True)


def make_files(folder):
    """Three directories of 1,000 files of 4 KiB, and one file of 64 MiB that does not compress."""
    if os.path.isdir(folder):
        return
    partial = folder + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    for name in ("stat", "read", "list"):
        os.makedirs(os.path.join(partial, name))
        for index in range(FILES):
            with open(os.path.join(partial, name, f"f{index:04}"), "wb") as out:
                out.write(os.urandom(4096))
    with open(os.path.join(partial, "stream"), "wb") as out:
        for _ in range(STREAM_BYTES >> 20):
            out.write(os.urandom(1 << 20))
    os.rename(partial, folder)


def build_micro():
    program = os.path.join(WORK, "micro")
    subprocess.run(["gcc", "-O2", "-Wall", "-o", program, os.path.join(HERE, "micro.c")], check=True)
    return program


class Bench:
    """Measures one place (the folder or a mount of it) and keeps every value by candidate and label."""

    def __init__(self, micro, with_import):
        self.micro = micro
        self.with_import = with_import
        self.values = {}
        self.ratios = {}

    def add(self, candidate, label, value):
        self.values.setdefault(label, {}).setdefault(candidate, []).append(value)
        say(f"  {candidate}: {label}: {number(value)}")

    def measure(self, candidate, place, beside=None):
        """Measures `place`; `beside`, a name and a place, by turns with it where that can be repeated."""
        self.imports(candidate, place, beside)
        for label, mode, path, times in MICRO:
            result = subprocess.run(
                [self.micro, mode, os.path.join(place, path), str(times)], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, text=True, check=False)
            if result.returncode:
                raise copper_tree.TreeError(f"{candidate}: {label} failed")
            self.add(candidate, label, float(result.stdout))

    def imports(self, candidate, place, beside=None):
        if not self.with_import:
            return
        self.add(candidate, IMPORT_FIRST, import_from(place, 1))
        for label, processes in ((IMPORT_SECOND, 1), (IMPORT_FOUR, 4)) if beside else ():
            for _ in range(TURNS):
                pair = [import_from(folder, processes) for folder in (beside[1], place)]
                self.add(beside[0], label, pair[0])
                self.add(candidate, label, pair[1])
                self.ratios.setdefault((label, candidate), []).append(pair[1] / pair[0])

    def ratio(self, label, candidate, native):
        """How many times as long as `native` it takes: the median of pairs that ran one after the other, or in the same round, so
        that a machine that is slow for a while slows both."""
        values = self.values[label]
        rounds = (mine / theirs for mine, theirs in zip(values[candidate], values[native]))
        return statistics.median(self.ratios.get((label, candidate)) or rounds)

    def table(self, candidates):
        """The Markdown table: medians, and each candidate's ratio to the folder itself (see `ratio`)."""
        head = ["", candidates[0]]
        for candidate in candidates[1:]:
            head += [candidate, "ratio"]
        lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
        for label in LABELS:
            by_candidate = self.values.get(label)
            if not by_candidate:
                continue
            cells = [label, number(statistics.median(by_candidate[candidates[0]]))]
            for candidate in candidates[1:]:
                median = statistics.median(by_candidate[candidate])
                cells += [number(median), f"{self.ratio(label, candidate, candidates[0]):.2f}"]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines)


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def import_from(place, processes):
    return run_imports(os.path.join(place, "packages"), processes)


def run_imports(packages, processes):
    """Starts so many imports at once; returns seconds until the last has ended."""
    begin = time.monotonic()
    running = [
        subprocess.Popen(
            package_sets.import_command(packages, MODULES, standard=False), env=package_sets.environment(packages),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)]
    try:
        errors = [process.communicate()[1] for process in running]
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()
    seconds = time.monotonic() - begin
    for process, error in zip(running, errors):
        if process.returncode:
            raise copper_tree.TreeError(f"importing from {packages} failed: {error.strip().splitlines()[-1]}")
    return seconds


def find_cpp(given):
    """A C++ cu_fuse: the one given, or the first on the PATH that is not a launcher script like ours."""
    if given:
        if not os.access(given, os.X_OK):
            raise copper_tree.TreeError(f"--cpp-cu-fuse {given} cannot be run")
        return given
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        program = os.path.join(folder, "cu_fuse")
        if os.access(program, os.X_OK) and os.path.isfile(program):
            with open(program, "rb") as source:
                if source.read(4) == b"\x7fELF":
                    return program
    return None


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench/run.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which medians are taken (default 5)")
    parser.add_argument("--nodes", type=int, default=7, help="nodes of each tree (default 7, three levels)")
    parser.add_argument("--no-import", action="store_true", help="leave the Python imports out")
    parser.add_argument("--no-cpp", action="store_true", help="leave a C++ cu_fuse out even if there is one")
    parser.add_argument("--cpp-cu-fuse", metavar="PATH", help="a C++ cu_fuse to measure in the same run, over ofi+tcp")
    parser.add_argument("--option", action="append", default=[], metavar="FLAG",
                        help="a further flag for our cu_fuse, e.g. --option=-s; repeat for more")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or not 1 <= arguments.nodes <= 31:
        parser.error("--rounds is at least 1, --nodes from 1 to 31")
    return arguments


def main():
    arguments = parse_arguments()
    copper_tree.raise_on_signals()
    ours = os.path.join(ROOT, "build", "install", "bin", "cu_fuse")
    kinds = {"Copper for Java": lambda: copper_tree.CopperTcp(ours, [*OPTIONS, *arguments.option])}
    cpp = None if arguments.no_cpp else find_cpp(arguments.cpp_cu_fuse)
    if cpp:
        kinds["C++ Copper"] = lambda: copper_tree.OfiTcp(cpp, [*OPTIONS, "-log_type", "file"])
    data = os.path.join(WORK, "data")
    os.makedirs(data, exist_ok=True)
    say("preparing files" + ("" if arguments.no_import else " and packages: " + ", ".join(PACKAGES)))
    make_files(os.path.join(data, "files"))
    if not arguments.no_import and package_sets.make(os.path.join(data, "packages"), list(PACKAGES)):
        raise copper_tree.TreeError("PyPI cannot be reached or lacks a package for this Python; --no-import leaves it out")
    bench = Bench(build_micro(), not arguments.no_import)
    with copper_tree.run_directory("copper-bench-") as run:
        Bench(bench.micro, bench.with_import).measure(NATIVE, data)  # warms the page cache; not counted
        for round_number in range(1, arguments.rounds + 1):
            say(f"round {round_number} of {arguments.rounds}")
            bench.measure(NATIVE, data)
            for name, kind in kinds.items():
                place = os.path.join(run, f"{round_number}-{name.replace(' ', '-')}")
                tree = copper_tree.Tree(kind(), data, place, arguments.nodes)
                with tree:
                    tree.settle()
                    bench.measure(name, tree.leaf.mount, beside=(NATIVE, data))
    print(f"Leaf of {arguments.nodes} nodes, {tree.level(arguments.nodes - 1) + 1} levels, one machine, "
          f"{os.cpu_count()} processors; medians of {arguments.rounds}\n")
    print(bench.table([NATIVE, *kinds]))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        print(f"bench: {problem}", file=sys.stderr)
        sys.exit(1)
    except copper_tree.Interrupted as interrupt:
        print(f"bench: {interrupt}; everything is unmounted and removed", file=sys.stderr)
        sys.exit(interrupt.code)
