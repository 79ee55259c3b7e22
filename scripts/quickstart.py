"""The quickstart: a tree of Copper nodes on this machine, a real import through it, every byte compared, and a table.

Started by quickstart.sh, which installs and builds what is missing.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import copper_tree
import package_sets
import tree_compare

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHOWN_DIFFERENCES = 10


def say(text=""):
    print(text, flush=True)


class Workload:
    """What is run: natively and through each mount, in one process, whose time is taken."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, place):
        """Runs it in the directory `place`, the folder itself or a mount of it; returns seconds."""
        command, environment = self.command(place)
        begin = time.monotonic()
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)
        try:
            output = process.communicate()[0]
        finally:
            if process.poll() is None:  # interrupted: end it with everything it started
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        seconds = time.monotonic() - begin
        if process.returncode:
            text = output.decode(errors="replace").strip().splitlines()
            for line in text[-15:]:
                say("    " + line)
            raise copper_tree.TreeError(f"the command failed in {place} (exit code {process.returncode})")
        return seconds


class Import(Workload):
    def __init__(self, folder, modules):
        super().__init__(folder)
        self.modules = modules

    def command(self, place):
        return package_sets.import_command(place, self.modules), package_sets.environment(place)


class UserCommand(Workload):
    def __init__(self, folder, text):
        super().__init__(folder)
        self.text = text

    def command(self, place):
        text = self.text.replace("{}", shlex.quote(place))
        return ["sh", "-c", text], {**os.environ, "COPPER_PATH": place, "PYTHONDONTWRITEBYTECODE": "1"}


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/quickstart.sh",
        description="Starts a tree of Copper nodes on this machine and runs a program's start through it.")
    parser.add_argument("--path", metavar="DIR", help="a folder of your own to serve, in place of the package set")
    parser.add_argument(
        "--command", metavar="TEXT",
        help="what to run from it, with sh; {} stands for the folder, which is also $COPPER_PATH "
             "(default: read every file)")
    parser.add_argument("--nodes", type=int, default=7, help="nodes of the tree (default 7, three levels)")
    parser.add_argument("--check-only", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--no-compare", action="store_true", help="do not compare every byte through every mount")
    arguments = parser.parse_args()
    if arguments.command and not arguments.path:
        parser.error("--command goes with --path")
    if arguments.path and not os.path.isdir(arguments.path):
        parser.error(f"--path {arguments.path} is not a directory")
    if not 1 <= arguments.nodes <= 31:
        parser.error("--nodes is a number from 1 to 31")
    return arguments


def package_workload():
    """The standard library and, when PyPI can be reached, numpy."""
    folder = os.path.join(ROOT, "build", "quickstart", "packages")
    say("Preparing the packages: the Python standard library, and numpy from PyPI")
    missing = package_sets.make(folder, ["numpy"])
    if missing:
        say("  PyPI cannot be reached (or has no numpy for this Python): going on with the standard library alone")
        return Import(folder, []), "the Python standard library"
    return Import(folder, ["numpy", "numpy.fft", "numpy.linalg", "numpy.random"]), "the Python standard library and numpy"


def user_workload(arguments):
    folder = os.path.realpath(arguments.path)
    if arguments.command:
        return UserCommand(folder, arguments.command), arguments.command
    return UserCommand(folder, "tar -cf - -C {} . | cat >/dev/null"), "reading every file"


def measure(workload, tree):
    """Runs the workload natively, then first and again on a leaf, then first on every other node."""
    workload.run(workload.folder)  # the first run warms the page cache; it is not counted
    native = statistics.median(workload.run(workload.folder) for _ in range(3))
    say(f"  the folder itself: {native:.2f} s")
    first = workload.run(tree.leaf.mount)
    say(f"  through a leaf, for the first time: {first:.2f} s")
    second = workload.run(tree.leaf.mount)
    say(f"  again: {second:.2f} s")
    others = [workload.run(node.mount) for node in tree.nodes[:-1]]
    if others:
        say(f"  on the other {len(others)} nodes, one after the other: {sum(others):.2f} s")
    return native, first, second, others


def compare_all(folder, tree):
    """Compares the folder with each mount; returns the number of differences."""
    total = 0
    for node in tree.nodes:
        result = tree_compare.compare(folder, node.mount)
        total += len(result.differences)
        say(f"  node {node.index} ({tree.role(node.index)}): {result.entries:,} entries, {result.bytes / 1e6:.1f} MB"
            + ("" if result.differences else ", the same"))
        if result.differences:
            say(f"    {len(result.differences)} differences:")
            for line in result.differences[:SHOWN_DIFFERENCES]:
                say("    " + line)
    return total


def table(rows, header):
    """A plain table: the first column to the left, numbers to the right."""
    texts = [header] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(header))]
    for number, row in enumerate(texts):
        cells = [cell.ljust(width) if not column else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        say("  " + "   ".join(cells))
        if not number:
            say("  " + "   ".join("-" * width for width in widths))


def report(tree, times, counters):
    native, first, second, others = times
    rows = [["the folder itself", f"{native:.2f}", "1.0"],
            ["through a leaf, first", f"{first:.2f}", f"{first / native:.1f}"],
            ["through a leaf, again", f"{second:.2f}", f"{second / native:.1f}"]]
    if others:
        median = statistics.median(others)
        rows.append([f"first on each other node (median of {len(others)})", f"{median:.2f}", f"{median / native:.1f}"])
    say()
    table(rows, ["time", "seconds", "ratio"])
    if not all(counters):
        say("\n  (some nodes wrote no counters)")
        return
    asked = {name: sum(each.get(name, 0) for each in counters) for name in counters[0]}
    below = {name: sum(each.get(name, 0) for each in counters[1:]) for name in counters[0]}
    rows = []
    for label, stored, wanted in (
            ("names looked up", "storage_lstat", "fuse_getattr"), ("directories listed", "storage_list", "fuse_readdir"),
            ("reads of files", "storage_read", "fuse_read"), ("links read", "storage_readlink", "fuse_readlink")):
        rows.append([label, f"{counters[0].get(stored, 0):,}", f"{below.get(stored, 0):,}", f"{asked.get(wanted, 0):,}"])
    say()
    table(rows, [f"operations on storage, {len(tree.nodes)} nodes", "by the root", "by all others", "without Copper"])
    say("  Without Copper: what the kernels of all nodes asked of their mounts; each node would have asked storage.")
    if below.get("storage_read", 0):
        say("  What the others read are files of -max_cacheable_byte_size or more, which do not go through the tree.")
    say()
    table(
        [[f"{node.index} ({tree.role(node.index)}, level {tree.level(node.index)})", f"{count.get('rpc_served', 0):,}",
          f"{count.get('rpc_bytes_out', 0) / 1e6:.1f}", f"{count.get('rpc_sent', 0):,}",
          f"{count.get('rpc_bytes_in', 0) / 1e6:.1f}"] for node, count in zip(tree.nodes, counters)],
        ["node", "RPCs answered", "MB sent", "RPCs asked", "MB received"])


def main():
    arguments = parse_arguments()
    if arguments.check_only:  # a mistyped option is better known before the build than after
        return 0
    launcher = os.path.join(ROOT, "build", "install", "bin", "cu_fuse")
    copper_tree.raise_on_signals()
    if arguments.path:
        workload, what = user_workload(arguments)
    else:
        workload, what = package_workload()
    entries, size = package_sets.size(workload.folder)
    say(f"Serving {workload.folder}: {entries:,} entries, {size / 1e6:.1f} MB")
    differences = 0
    with copper_tree.run_directory("copper-quickstart-") as run:
        tree = copper_tree.Tree(copper_tree.CopperTcp(launcher), workload.folder, os.path.join(run, "import"), arguments.nodes)
        say(f"Starting {arguments.nodes} nodes, {tree.level(arguments.nodes - 1) + 1} levels, "
            f"over copper+tcp on 127.0.0.1")
        with tree:
            say(f"Running: {what}")
            times = measure(workload, tree)
        counters = tree.counters()
        if not arguments.no_compare:
            # In a tree of its own, so that the counts above are the program's alone.
            tree_of_comparison = copper_tree.Tree(
                copper_tree.CopperTcp(launcher), workload.folder, os.path.join(run, "compare"), arguments.nodes)
            say("Comparing the folder with what a fresh tree shows on every node")
            with tree_of_comparison:
                differences = compare_all(workload.folder, tree_of_comparison)
        report(tree, times, counters)
    say()
    if differences:
        say(f"FAILED: {differences} differences")
        return 1
    say("Everything is unmounted and removed. Now with a folder and a program of your own:")
    say("  scripts/quickstart.sh --path ~/my-venv --command '{}/bin/python -c \"import numpy\"'")
    say("To mount by hand and in jobs: docs/quickstart.md")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        print(f"quickstart: {problem}", file=sys.stderr)
        sys.exit(1)
    except copper_tree.Interrupted as interrupt:
        print(f"quickstart: {interrupt}; everything is unmounted and removed", file=sys.stderr)
        sys.exit(interrupt.code)
