"""Checks the simulator against a real tree of nodes on this machine, and simulates the same program on thousands.

Started by simulate.sh. In a tree of 15 nodes (processes) a Python import runs on every node at once, with all caches empty, and every
node records what it was asked for. The simulator then has the program of one leaf's recording run on 15 nodes. What both count is
compared: operations on storage, and calls and bytes between nodes. Times are not, since 15 nodes share the processors of one machine
here. For the large simulations the import is recorded once more, on a node that is alone, so that the pauses in it are those of the
program itself.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import copper_tree
import package_sets

ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "build", "bench", "simulate")
BIN = os.path.join(ROOT, "build", "install", "bin")
NODES = 15
# Names are missing for the whole run, so that what is asked for does not depend on how fast this machine is.
OPTIONS = ("-max_cacheable_byte_size", "10485760", "-md_enoent_ttl_ms", "600000")
STORAGE = ("storage_lstat", "storage_list", "storage_read", "storage_readlink")


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_everywhere(mounts, modules):
    """Imports through every mount at once; fails unless all of them succeed."""
    programs = []
    for mount in mounts:
        programs.append(subprocess.Popen(
            package_sets.import_command(mount, modules, False), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            env=package_sets.environment(mount), preexec_fn=copper_tree.end_with_parent))
    if any([program.wait() for program in programs]):
        raise copper_tree.TreeError("an import through the mounts failed")


def read_everywhere(mounts):
    """Reads every file below the mounts from front to end, through all mounts at once."""
    programs = [subprocess.Popen(["sh", "-c", "cat ./* >/dev/null"], cwd=mount, stdin=subprocess.DEVNULL,
                                 preexec_fn=copper_tree.end_with_parent) for mount in mounts]
    if any([program.wait() for program in programs]):
        raise copper_tree.TreeError("reading through the mounts failed")


def make_large_file(folder, mebibytes):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, "large"), "wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(1 << 20))


def record(folder, run, nodes, modules):
    """Runs the import on every node of a tree; returns the tree, whose nodes have ended and left counters and recordings.

    Without modules all files of the folder are read instead.
    """
    kind = copper_tree.CopperTcp(os.path.join(BIN, "cu_fuse"), [*OPTIONS, "-record_trace", "trace.gz"])
    with copper_tree.Tree(kind, folder, run, nodes) as tree:
        tree.settle()
        mounts = [node.mount for node in tree.nodes]
        if modules:
            run_everywhere(mounts, modules)
        else:
            read_everywhere(mounts)
    return tree


def trace_of(node):
    return os.path.join(node.log_dir, "trace.gz")


def simulate(trace, nodes, table, *flags):
    """Runs the simulator, which writes the file `table`; returns its lines."""
    command = [os.path.join(BIN, "copper"), "simulate", "-trace", trace, "-nodes", nodes, "-csv", table, *OPTIONS, *flags]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise copper_tree.TreeError("the simulator failed: " + " ".join(command))
    with open(table, encoding="ascii", newline="") as source:
        return list(csv.DictReader(source))


def median(values):
    return statistics.median_low(list(values))


def compare(tree, lines):
    """What a real tree and a simulated one counted, side by side: (what, real, simulated)."""
    counters = tree.counters()
    whole = next(line for line in lines if line["level"] == "all")
    rows = [("operations on storage", sum(counters[0][name] for name in STORAGE), int(whole["storage_operations"])),
            ("bytes read from storage", counters[0]["storage_read_bytes"], int(whole["storage_bytes"]))]
    for level in range(1, 1 + int(whole["depth"])):
        real = [counts for node, counts in zip(tree.nodes, counters) if tree.level(node.index) == level]
        line = next(line for line in lines if line["level"] == str(level))
        rows.append((f"calls of a node on level {level} (median)", median(c["rpc_sent"] for c in real), int(line["calls_median"])))
        rows.append((f"bytes to a node on level {level} (median)", median(c["rpc_bytes_in"] for c in real), int(line["bytes_in_median"])))
    return rows


def table(rows):
    lines = ["| | real | simulated | differs by |", "|---|---:|---:|---:|"]
    for what, real, simulated in rows:
        lines.append(f"| {what} | {real:,} | {simulated:,} | {100 * (simulated - real) / real:+.1f} % |")
    return "\n".join(lines)


def scaling_table(lines):
    head = ["nodes", "levels below the root", "median (s)", "99th percentile (s)", "slowest (s)", "of the first", "operations on storage",
            "calls of a node (median)", "MB to a node (median)", "MB from the busiest node"]
    out = ["| " + " | ".join(head) + " |", "|" + "---:|" * len(head)]
    whole = [line for line in lines if line["level"] == "all"]
    for line in whole:
        ratio = float(line["seconds_max"]) / float(whole[0]["seconds_max"])
        cells = [f"{int(line['nodes']):,}", line["depth"], f"{float(line['seconds_median']):.2f}", f"{float(line['seconds_p99']):.2f}",
                 f"{float(line['seconds_max']):.2f}", f"{ratio:.2f}", f"{int(line['storage_operations']):,}", f"{int(line['calls_median']):,}",
                 f"{int(line['bytes_in_median']) / 1e6:.1f}", f"{int(line['bytes_out_max']) / 1e6:.1f}"]
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join(out)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench/simulate.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--nodes", default="32,128,512,2048,10624", help="numbers of nodes (default %(default)s; 100000 fits 24 GiB with --small)")
    parser.add_argument("--small", action="store_true", help="a short program, imports from the standard library alone, in directories that hold only what it asks for")
    parser.add_argument("--large-file", type=int, metavar="MIB", help="instead of an import, a program that reads one file of this size")
    parser.add_argument("--tolerance", type=float, default=5, metavar="PERCENT",
                        help="how much the counts of a real tree and a simulated one may differ (default %(default)s)")
    parser.add_argument("--keep-trace", metavar="FILE", help="where to keep the recording that is simulated")
    parser.add_argument("--no-check", action="store_true", help="leave the comparison with a real tree out")
    parser.add_argument("--csv", metavar="FILE", help="where the numbers of the large simulations go")
    parser.add_argument("--plot", metavar="FILE", help="where a picture of them goes, in SVG")
    parser.add_argument("--flag", action="append", default=[], metavar="FLAG", help="a further flag for copper simulate; repeat for more")
    return parser.parse_args()


def check(folder, run, modules, tolerance):
    say(f"{NODES} real nodes")
    tree = record(folder, os.path.join(run, "tree"), NODES, modules)
    rows = compare(tree, simulate(trace_of(tree.leaf), str(NODES), os.path.join(run, "check.csv")))
    print(f"{NODES} nodes\n\n{table(rows)}\n")
    far = [what for what, real, simulated in rows if abs(simulated - real) > real * tolerance / 100]
    if far:
        raise copper_tree.TreeError(f"the simulator is off by more than {tolerance} %: " + "; ".join(far))


def main():
    arguments = parse_arguments()
    copper_tree.raise_on_signals()
    requirements = [] if arguments.small else ["numpy"]
    modules = ["json", "argparse"] if arguments.small else ["numpy"]
    folder = os.path.join(WORK, "standard" if arguments.small else "numpy")
    if arguments.large_file:
        folder, modules = os.path.join(WORK, "large"), []
        make_large_file(folder, arguments.large_file)
    else:
        say("preparing packages")
    if modules and package_sets.make(folder, requirements):
        raise copper_tree.TreeError("PyPI cannot be reached or lacks numpy for this Python; --small does without")
    with copper_tree.run_directory("copper-simulate-") as run:
        if modules:
            run_everywhere([folder], modules)  # warms the page cache
        if not arguments.no_check:
            check(folder, run, modules, arguments.tolerance)
        say("a node that is alone")
        alone = record(folder, os.path.join(run, "alone"), 1, modules)
        if arguments.keep_trace:
            shutil.copyfile(trace_of(alone.leaf), arguments.keep_trace)
        say("simulating")
        plot = ["-plot", arguments.plot] if arguments.plot else []
        # Short directories too, or a hundred thousand nodes would not fit the memory.
        names = ["-from_trace"] if arguments.small else []
        lines = simulate(trace_of(alone.leaf), arguments.nodes, arguments.csv or os.path.join(run, "table.csv"), *plot, *names, *arguments.flag)
    print(scaling_table(lines))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        print(f"simulate: {problem}", file=sys.stderr)
        sys.exit(1)
    except copper_tree.Interrupted as interrupt:
        print(f"simulate: {interrupt}; everything is unmounted and removed", file=sys.stderr)
        sys.exit(interrupt.code)
