"""Uses a tree of seven nodes for a long time, and tells whether memory, threads, descriptors and latency stay flat.

Started by soak.sh. On each mount a program walks directories, imports Python packages, reads large files and asks for names that are
missing, while the tree is reset again and again and its caches are too small for what is read. The last quarter of the time is
compared with the second one; the first is for the caches to fill and the JVM to compile.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "bench")]

import copper_tree
import faults
import faults_load
import memory

NODES = 7
SAMPLES = 24
RESET_SECONDS = 15
END_SECONDS = 120
BUCKETS_PER_DOUBLING = 4


# ---- a program on one mount ---------------------------------------------------------------------------------------------


class SoakLoad(faults_load.Load):
    """Does steps at random for as long as it is left to; writes down how long operations took."""

    def __init__(self, mount, manifest, seed):
        super().__init__(mount, manifest, 0, 0)
        self.random = random.Random(seed)
        self.buckets = {}
        self.lock = threading.Lock()

    def timed(self, what, operation):
        begin = time.monotonic()
        super().timed(what, operation)
        if not what.startswith(("import", "read large")):
            bucket = math.ceil(math.log2((time.monotonic() - begin) * 1e6 + 1) * BUCKETS_PER_DOUBLING)
            with self.lock:
                self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def missing(self):
        name = os.path.join(self.mount, f"none{self.random.randrange(1000)}")

        def ask():
            if os.path.exists(name):
                self.wrong.append(name)
        self.timed("stat what is missing", ask)

    def run(self, steps):
        while not self.ending.is_set():
            step = self.random.randrange(steps)
            die = self.random.random()
            if die < 0.03:
                self.load_package(step - step % 3)
            elif die < 0.08:
                self.timed(f"read large{step - step % 8}", lambda: self.check(f"large{step - step % 8}"))
            elif die < 0.5:
                self.missing()
            else:
                self.walk(f"walk{step}")
            self.ending.wait(0.02)

    def tell(self):
        """Prints the latencies since the last time, and all that went wrong."""
        with self.lock:
            buckets, self.buckets = self.buckets, {}
        print(json.dumps({**self.report(), "at": time.monotonic(), "buckets": buckets}), flush=True)


def load(mount, manifest_file, seed):
    """A program on one mount: every line of its standard input is answered with what it saw since the last one."""
    with open(manifest_file, encoding="ascii") as source:
        program = SoakLoad(mount, json.load(source), int(seed))

    def answer():
        for _ in sys.stdin:
            program.tell()
        program.ending.set()
    threading.Thread(target=answer, daemon=True).start()
    program.run(faults.STEPS)


# ---- the run ------------------------------------------------------------------------------------------------------------


class Programs:
    """The programs on the mounts, children of this process."""

    def __init__(self, tree, manifest_file):
        self.all = [
            subprocess.Popen([sys.executable, "-B", os.path.abspath(__file__), "--load", node.mount, manifest_file, str(node.index)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=copper_tree.end_with_parent)
            for node in tree.nodes]

    def ask(self):
        """Returns what each has seen since it was asked last."""
        memory.check(self.all)
        for process in self.all:
            process.stdin.write("\n")
            process.stdin.flush()
        return [json.loads(process.stdout.readline()) for process in self.all]

    def close(self):
        for process in self.all:
            process.kill()
            process.wait()


class Sample:
    """Of one moment: the nodes' figures, the worst node's each, and latencies since the last one."""

    def __init__(self, minute, tree, reports):
        self.minute = minute
        figures = [(*memory.memory(memory.java(node)), memory.threads(memory.java(node)), memory.descriptors(memory.java(node)))
                   for node in tree.nodes]
        rss, pss, threads, descriptors = zip(*figures)
        buckets = {}
        for report in reports:
            for bucket, count in report["buckets"].items():
                buckets[int(bucket)] = buckets.get(int(bucket), 0) + count
        self.values = {
            "RSS (MiB)": sum(rss) / NODES, "PSS (MiB)": sum(pss) / NODES, "threads": sum(threads) / NODES,
            "descriptors": sum(descriptors) / NODES, "p50 (µs)": quantile(buckets, 0.5), "p99 (µs)": quantile(buckets, 0.99)}

    def row(self):
        return f"| {self.minute:.1f} | " + " | ".join(f"{value:,.0f}" for value in self.values.values()) + " |"


def quantile(buckets, part):
    left = part * sum(buckets.values())
    for bucket in sorted(buckets):
        left -= buckets[bucket]
        if left <= 0:
            return 2 ** (bucket / BUCKETS_PER_DOUBLING)
    return 0.0


# What may be there at the end of what was there before: times so much, and so much more. A run of minutes is one of a JVM that is still
# compiling, on a machine with other work: no latency is judged then.
BOUNDS = {"RSS (MiB)": (1.1, 10), "PSS (MiB)": (1.1, 10), "threads": (1.1, 4), "descriptors": (1.1, 8),
          "p50 (µs)": (1.5, 50), "p99 (µs)": (2, 1000)}
LOOSE_BOUNDS = {"RSS (MiB)": (1.3, 40), "PSS (MiB)": (1.3, 40), "threads": (1.3, 16), "descriptors": (1.3, 32)}
LOOSE_MINUTES = 10


def judge(samples, bounds):
    """Returns lines of a table, and what is not flat."""
    quarter = len(samples) // 4
    lines = ["| | second quarter | last quarter | may be | |", "|---|---:|---:|---:|---|"]
    risen = []
    for name in samples[0].values:
        before, after = (statistics.median(sample.values[name] for sample in part)
                         for part in (samples[quarter:2 * quarter], samples[-quarter:]))
        most = before * bounds[name][0] + bounds[name][1] if name in bounds else math.inf
        verdict = "not judged" if most == math.inf else "flat" if after <= most else "RISEN"
        lines.append(f"| {name} | {before:,.0f} | {after:,.0f} | {most:,.0f} | {verdict} |")
        if after > most:
            risen.append(name)
    return lines, risen


def soak(given, tree, programs):
    samples, wrong, resets = [], [], []
    command = [os.path.join(given.install, "bin", "copper"), "reset", "--mount", tree.nodes[0].mount]
    begin, next_reset, reset = time.monotonic(), 0.0, None
    print("| minute | " + " | ".join(BOUNDS) + " |\n|" + "---:|" * (len(BOUNDS) + 1), flush=True)
    for number in range(1, SAMPLES + 1):
        until = begin + number * given.minutes * 60 / SAMPLES
        while time.monotonic() < until:
            memory.check(programs.all)
            if reset is not None and reset.poll() is not None:
                resets.append(reset.returncode)
                reset = None
            if reset is None and time.monotonic() > next_reset:
                next_reset = time.monotonic() + RESET_SECONDS
                reset = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         preexec_fn=copper_tree.end_with_parent)
            time.sleep(min(0.2, max(0, until - time.monotonic())))
        reports = programs.ask()
        samples.append(Sample((time.monotonic() - begin) / 60, tree, reports))
        print(samples[-1].row(), flush=True)
    if reset is not None:
        resets.append(reset.wait(END_SECONDS))
    for index, report in enumerate(reports):
        wrong += [f"mount {index}: {words}" for words in report["wrong"][:5] + report["named"]]
    return samples, wrong, resets, sum(report["operations"] for report in reports)


def run(given, folder):
    manifest_file = os.path.join(folder, "manifest")
    target = os.path.join(folder, "target")
    with open(manifest_file, "w", encoding="ascii") as out:
        json.dump(faults.make_storage(target), out)
    options = ["-log_level", "3", "-log_type", "file", "-max_cache_bytes", given.cache, *given.options.split()]
    kind = copper_tree.CopperTcp(os.path.join(given.install, "bin", "cu_fuse"), options)
    with copper_tree.Tree(kind, target, os.path.join(folder, "run"), NODES) as tree:
        programs = Programs(tree, manifest_file)
        try:
            samples, wrong, resets, operations = soak(given, tree, programs)
        finally:
            programs.close()
    lines, risen = judge(samples, BOUNDS if given.minutes >= LOOSE_MINUTES else LOOSE_BOUNDS)
    print("\n" + "\n".join(lines))
    print(f"\n{operations:,} operations, {len(resets)} resets; memory, threads and descriptors are the mean of {NODES} nodes")
    for words in wrong:
        print(f"WRONG {words}")
    if any(resets):
        print(f"{sum(map(bool, resets))} resets were not done by all")
    return 1 if risen or wrong or any(resets) else 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=60, help="how long (default 60); below 10 the bounds are loose")
    parser.add_argument("--cache", default="32m", help="-max_cache_bytes of the nodes (default 32m)")
    parser.add_argument("--options", default="", help="further flags of cu_fuse")
    parser.add_argument("--install", default=os.path.join(os.path.dirname(HERE), "build", "install"), help="what to test")
    parser.add_argument("--no-build", action="store_true", help="take what is installed")
    given = parser.parse_args()
    copper_tree.raise_on_signals()
    with copper_tree.run_directory("copper-soak-") as folder:
        return run(given, folder)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        load(*sys.argv[2:])
        sys.exit(0)
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        sys.exit(f"soak.sh: {problem}")
    except copper_tree.Interrupted as interrupted:
        sys.exit(interrupted.code)
