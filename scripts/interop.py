"""Trees of our nodes and C++ Copper's, mixed, over ofi+tcp on this machine; started by interop.sh.

For each arrangement all nodes are started, the leaves first, so that children ask for parents that are still starting.
Every mount is compared with the original in everything a program can see. Then cu_fuse_shutdown ends all nodes; C++ nodes
end their network only, and are unmounted here. What is known to be wrong in C++ Copper is tolerated where it cannot be
avoided, and said.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import copper_tree
import interop_cases

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NODES = 7
SHOWN_DIFFERENCES = 10
PATIENCE = 60
PACKAGES = ["requests", "markupsafe"]  # C++ nodes are slow; larger ones take minutes a tree

# Which nodes are C++ ones, by their index in their tree: 0 is the root, 1 and 2 its children, 3 to 6 theirs.
LAYOUTS = {
    "C++ root, Java children": lambda index: index == 0,
    "Java root, C++ children": lambda index: index != 0,
    "Java in the middle": lambda index: index not in (1, 2),
    "alternating": lambda index: index % 2 == 0,
}


def say(text=""):
    print(text, flush=True)


class Position:
    """Where a node of the book stands."""

    def __init__(self, index, trees, is_cpp):
        regular = NODES // trees
        dealt = regular * trees
        self.tree, self.index = (index // regular, index % regular) if index < dealt else (index - dealt, regular)
        self.cpp = is_cpp(self.index)
        self.kind = "C++" if self.cpp else "Java"
        above = (self.index - 1) // 2 if self.index else None
        self.ancestors = []  # are they C++ nodes? the parent first
        while above is not None:
            self.ancestors.append(is_cpp(above))
            above = (above - 1) // 2 if above else None

    @property
    def parent(self):
        return "storage" if not self.ancestors else "C++" if self.ancestors[0] else "Java"

    def unreadable(self):
        """What may come of reading a file that no node may read: what is right, and what C++ makes of it."""
        # C++ Copper takes the failure of a read for a file without bytes, unless one of ours says what it was.
        forgets = self.cpp and (not self.ancestors or self.ancestors[0])
        return {"EACCES"}, {"0 B"} if forgets else set()


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/interop.sh", description="Mixes our nodes and C++ Copper's in trees and compares every mount.")
    parser.add_argument("--cu-fuse", metavar="PATH", required=True, help="the cu_fuse of C++ Copper")
    parser.add_argument("--layout", choices=LAYOUTS, action="append", help="only this arrangement; may be given again")
    parser.add_argument("--trees", type=int, choices=(1, 2), help="only this number of trees (default: 1 and 2)")
    parser.add_argument(
        "--package", action="append", help=f"what the served environment holds, from PyPI (default {' '.join(PACKAGES)})")
    parser.add_argument("--check-only", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not os.access(arguments.cu_fuse, os.X_OK):
        parser.error(f"--cu-fuse {arguments.cu_fuse} cannot be run")
    arguments.package = arguments.package or PACKAGES
    return arguments


def prepare(run, arguments):
    """Makes what is served."""
    folder = os.path.join(ROOT, "build", "interop", "env")
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    if interop_cases.python_environment(folder, arguments.package):
        say("PyPI cannot be reached, or lacks a package for this Python: the environment is an empty one")
    target = os.path.join(run, "target")
    os.mkdir(target)
    shutil.copytree(folder, os.path.join(target, "env"), symlinks=True)
    interop_cases.make_cases(target)
    interop_cases.settle(target)
    return target


def restricted():
    """The command that takes from a superuser what would let the nodes read every file."""
    if os.geteuid():
        return []
    program = shutil.which("setpriv")
    if not program:
        raise copper_tree.TreeError("setpriv, of util-linux, is missing: as root the nodes could read every file")
    return [program, "--bounding-set", "-dac_override,-dac_read_search"]


class Arrangement:
    """One tree, or two, of mixed nodes."""

    def __init__(self, name, trees, target, run, cpp):
        self.name = f"{name}, {trees} tree{'s' if trees > 1 else ''}"
        options = [
            "-max_cacheable_byte_size", str(interop_cases.CACHEABLE), "-md_enoent_ttl_ms", "2000", "-log_level", "4",
            "-log_type", "file"]
        self.launcher = os.path.join(ROOT, "build", "install", "bin", "cu_fuse")
        ours, theirs = copper_tree.OverOfiTcp(self.launcher, options), copper_tree.OfiTcp(cpp, options)
        self.positions = [Position(index, trees, LAYOUTS[name]) for index in range(NODES)]
        self.tree = copper_tree.Tree(
            [theirs if position.cpp else ours for position in self.positions], target, run, NODES, trees, restricted())
        self.problems = []
        self.rows = []
        self.times = []

    def problem(self, index, text):
        self.problems.append(f"node {index} ({self.positions[index].kind}): {text}")

    def start(self):
        """Starts the leaves first; each mount is looked at from its first moment on, while parents still start."""
        self.tree.prepare()
        failures = []

        def wait(node):
            try:
                node.wait_ready(time.monotonic() + copper_tree.READY_SECONDS)
            except (copper_tree.TreeError, OSError) as failure:
                failures.append(f"node {node.index}: {failure}")

        threads = []
        for index in sorted(range(NODES), key=lambda each: -self.positions[each].index):
            self.tree.nodes[index].start(self.tree)
            threads.append(threading.Thread(target=wait, args=(self.tree.nodes[index],), daemon=True))
            threads[-1].start()
            time.sleep(0.3)
        for thread in threads:
            thread.join(copper_tree.READY_SECONDS + PATIENCE)
        if failures or any(thread.is_alive() for thread in threads):
            raise copper_tree.TreeError("; ".join(failures) or "a mount does not answer")

    def check(self):
        """Compares through every mount, all at once: every node waits for its parent's first answers."""
        with concurrent.futures.ThreadPoolExecutor(NODES) as pool:
            self.rows = list(pool.map(self.check_node, range(NODES)))

    def check_node(self, index):
        """Compares through one mount; returns the row of the table."""
        node, position = self.tree.nodes[index], self.positions[index]
        begin = time.monotonic()
        result = interop_cases.compare(self.tree.target, node.mount)
        seconds = time.monotonic() - begin
        for line in result.differences:
            self.problem(index, line)
        right, tolerated = position.unreadable()
        outcome = interop_cases.unreadable_outcome(node.mount)
        if outcome not in right | tolerated:
            self.problem(index, f"the unreadable file gives {outcome}, not {' or '.join(sorted(right))}")
        if position.cpp and position.ancestors and "parent readiness confirmed" not in self.log(node):
            self.problem(index, "its parent's readiness was not confirmed")
        return [
            index, position.kind, f"{position.tree}.{position.index}", position.parent, f"{result.entries:,}",
            f"{result.bytes / 1e6:.1f}", f"{seconds:.1f}", outcome + (" *" if outcome in tolerated else ""),
            len(result.differences)]

    def log(self, node):
        text = ""
        for folder, _, names in os.walk(os.path.join(node.log_dir, "logs")):
            for name in names:
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as source:
                    text += source.read()
        return text

    def shut_down(self):
        """Ends all nodes by cu_fuse_shutdown; C++ ones then have no network any more, which nobody else can see."""
        first = self.tell_to_end()
        if first != f"{NODES} of {NODES} nodes have agreed to end":
            self.problems.append(f"cu_fuse_shutdown says: {first}")
        for index, node in enumerate(self.tree.nodes):
            deadline = time.monotonic() + PATIENCE
            while not self.positions[index].cpp and (node.process.poll() is None or copper_tree.mounted(node.mount)):
                if time.monotonic() > deadline:
                    self.problem(index, "was told to end and has not")
                    break
                time.sleep(0.05)
        last = self.tell_to_end()
        if last != f"0 of {NODES} nodes have agreed to end":
            self.problems.append(f"cu_fuse_shutdown says, when all have ended: {last}")

    def tell_to_end(self):
        """Runs cu_fuse_shutdown with the book that one of ours has written; returns its last word."""
        ours = next(node for node, position in zip(self.tree.nodes, self.positions) if not position.cpp)
        command = [os.path.join(os.path.dirname(self.launcher), "cu_fuse_shutdown"), "0", os.path.join(ours.log_dir, "logs")]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return (result.stdout.strip() or result.stderr.strip()).splitlines()[-1]

    def run(self):
        try:
            for step in (self.start, self.check, self.shut_down):
                begin = time.monotonic()
                step()
                self.times.append(f"{step.__name__} {time.monotonic() - begin:.0f} s")
        except copper_tree.TreeError as failure:
            self.problems.append(str(failure))
        finally:
            self.tree.close()

    def report(self):
        header = ["node", "is", "tree.index", "parent", "entries", "MB", "s", "unreadable file", "differences"]
        texts = [header] + [[str(cell) for cell in row] for row in self.rows]
        widths = [max(len(row[column]) for row in texts) for column in range(len(header))]
        say(f"\n{self.name}: {'FAILED' if self.problems else 'the same everywhere'} ({', '.join(self.times)})")
        for row in texts:
            say("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths)))
        for line in self.problems[:SHOWN_DIFFERENCES]:
            say("  " + line)
        if len(self.problems) > SHOWN_DIFFERENCES:
            say(f"  and {len(self.problems) - SHOWN_DIFFERENCES} more")


def main():
    arguments = parse_arguments()
    if arguments.check_only:  # a mistyped option is better known before the build than after
        return 0
    copper_tree.raise_on_signals()
    failed = 0
    with copper_tree.run_directory("copper-interop-") as run:
        target = prepare(run, arguments)
        for trees in (arguments.trees,) if arguments.trees else (1, 2):
            for number, name in enumerate(arguments.layout or LAYOUTS):
                place = os.path.join(run, f"{trees}-{number}")
                arrangement = Arrangement(name, trees, target, place, os.path.abspath(arguments.cu_fuse))
                arrangement.run()
                arrangement.report()
                failed += bool(arrangement.problems)
    say("\n  * a C++ node has taken the failure of a read for a file without bytes: a known defect of C++ Copper")
    say(f"\n{'FAILED: ' + str(failed) + ' arrangements' if failed else 'All nodes show the same.'}")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        print(f"interop: {problem}", file=sys.stderr)
        sys.exit(1)
    except copper_tree.Interrupted as interrupt:
        print(f"interop: {interrupt}; everything is unmounted and removed", file=sys.stderr)
        sys.exit(interrupt.code)
