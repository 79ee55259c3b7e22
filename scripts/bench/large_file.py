"""Measures one large file on its way down a tree, and prints medians as a Markdown table.

Started by large_file.sh. Every measurement has a tree of its own, whose caches are empty; storage's page cache is warm. All nodes
and readers share this machine's processors. So the time to one leaf tells how well the levels work at the same time, while the
time to all nodes is bounded by the work: 15 nodes move 15 times the file. The processor time of nodes and readers, per GiB that
a reader got, is told beside both.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import bench
import copper_tree

NODES = 15
# Files over the limit are read from storage by every C++ node; ours take no notice of it among themselves.
OPTIONS = ("-max_cacheable_byte_size", str(4 << 30))
TICKS = os.sysconf("SC_CLK_TCK")


def make_file(path, mib):
    """A file that does not compress; kept between runs."""
    if os.path.exists(path) and os.path.getsize(path) == mib << 20:
        return
    with open(path + ".partial", "wb") as out:
        for _ in range(mib):
            out.write(os.urandom(1 << 20))
    os.rename(path + ".partial", path)


class Measurement:
    """How long readers took, and what it cost all together."""

    def __init__(self, mib):
        self.gib = mib / 1024
        self.values = {}

    def add(self, place, candidate, seconds, processor):
        self.values.setdefault(place, {}).setdefault(candidate, []).append((seconds, processor))
        bench.say(f"  {candidate}: {place}: {seconds:.2f} s, {processor:.2f} s of processor time per GiB")

    def read(self, place, candidate, tree, nodes, name):
        """Reads the file through the mounts of `nodes` at once."""
        before = sum(copper_tree.cpu_ticks(node.process.pid) for node in tree.nodes)
        children = used()
        begin = time.monotonic()
        readers = [start_reader(os.path.join(node.mount, name)) for node in nodes]
        wait_all(readers)
        seconds = time.monotonic() - begin
        ticks = sum(copper_tree.cpu_ticks(node.process.pid) for node in tree.nodes) - before
        self.add(place, candidate, seconds, (ticks / TICKS + used() - children) / self.gib / len(nodes))

    def table(self, candidates):
        head = ["", *(f"{candidate} (s) | processor time per GiB (s)" for candidate in candidates)]
        columns = 2 * len(candidates)
        lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * columns + "|"]
        for place, by_candidate in self.values.items():
            cells = [place]
            for candidate in candidates:
                values = by_candidate.get(candidate)
                cells += [f"{statistics.median(each):.2f}" for each in zip(*values)] if values else ["–", "–"]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines)


def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def start_reader(path):
    return subprocess.Popen(
        ["dd", f"if={path}", "of=/dev/null", "bs=1M", "status=none"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)


def wait_all(readers):
    try:
        errors = [reader.communicate()[1] for reader in readers]
    finally:
        for reader in readers:
            if reader.poll() is None:
                reader.kill()
                reader.wait()
    for reader, error in zip(readers, errors):
        if reader.returncode:
            raise copper_tree.TreeError(error.decode(errors="replace").strip())


def check(tree, mib):
    """Fails if a node but the root read storage, or asked for any part of the file twice."""
    counters = tree.counters()
    if not all(counters):
        return
    for index, counts in enumerate(counters):
        stored, came = counts["storage_read_bytes"] >> 20, counts["rpc_bytes_in"] >> 20
        if (stored > 0) != (index == 0 and mib > 0) or max(stored, came) > mib * 1.02 + 1:
            raise copper_tree.TreeError(f"node {index} read {stored} MiB from storage and {came} MiB from its parent")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench/large_file.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which medians are taken (default 3)")
    parser.add_argument("--mib", type=int, default=1024, help="the file's length in MiB (default 1024)")
    parser.add_argument("--no-all", action="store_true", help="leave the 15 readers at once out")
    parser.add_argument("--no-cpp", action="store_true", help="leave a C++ cu_fuse out even if there is one")
    parser.add_argument("--cpp-cu-fuse", metavar="PATH", help="a C++ cu_fuse to measure in the same run, over ofi+tcp")
    parser.add_argument("--option", action="append", default=[], metavar="FLAG",
                        help="a further flag for our cu_fuse; repeat for more")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.mib < 1:
        parser.error("--rounds and --mib are at least 1")
    return arguments


def main():
    arguments = parse_arguments()
    copper_tree.raise_on_signals()
    ours = os.path.join(bench.ROOT, "build", "install", "bin", "cu_fuse")
    kinds = {"Copper for Java": lambda: copper_tree.CopperTcp(ours, [*OPTIONS, *arguments.option])}
    cpp = None if arguments.no_cpp else bench.find_cpp(arguments.cpp_cu_fuse)
    if cpp:
        kinds["C++ Copper"] = lambda: copper_tree.OfiTcp(cpp, [*OPTIONS, "-log_type", "file"])
    data = os.path.join(bench.WORK, "large")
    os.makedirs(data, exist_ok=True)
    bench.say("preparing the file")
    make_file(os.path.join(data, "file"), arguments.mib)
    cases = [
        # label, nodes of the tree, which of them read
        ("one hop: a child of the root", 2, slice(1, 2)),
        ("three hops: one leaf of 15 nodes", NODES, slice(NODES - 1, NODES))]
    if not arguments.no_all:
        cases.append(("all 15 nodes at once, the last", NODES, slice(0, NODES)))
    measured = Measurement(arguments.mib)
    with copper_tree.run_directory("copper-bench-") as run:
        wait_all([start_reader(os.path.join(data, "file"))])
        for round_number in range(1, arguments.rounds + 1):
            bench.say(f"round {round_number} of {arguments.rounds}")
            for name, kind in kinds.items():
                for index, (label, nodes, readers) in enumerate(cases):
                    place = os.path.join(run, f"{round_number}-{index}-{name.replace(' ', '-')}")
                    with copper_tree.Tree(kind(), data, place, nodes) as tree:
                        tree.settle()
                        measured.read(label, name, tree, tree.nodes[readers], "file")
                    if name != "C++ Copper":
                        check(tree, arguments.mib)
    print(f"{arguments.mib} MiB, one machine, {os.cpu_count()} processors; medians of {arguments.rounds}\n")
    print(measured.table(list(kinds)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        print(f"large file bench: {problem}", file=sys.stderr)
        sys.exit(1)
    except copper_tree.Interrupted as interrupt:
        print(f"large file bench: {interrupt}; everything is unmounted and removed", file=sys.stderr)
        sys.exit(interrupt.code)
