"""Measures what nodes take of a machine's memory, and prints Markdown tables.

Started by memory.sh. A tree of nodes is measured when it has come to rest after its start, and again after Python imports
through its leaf. Then a tree whose nodes may keep less than what is read through them serves several reading processes
for some minutes; every file's bytes are compared. "PSS" and "RSS" are those of /proc/PID/smaps_rollup.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
import zlib

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import bench
import copper_tree
import package_sets

MIB = 1 << 20
# How many files there are of each range of lengths, in bytes: what comes in bundles, whole, and in chunks.
KINDS = {"small": (2000, 1, 64 << 10), "whole": (200, 300 << 10, 1000 << 10), "large": (16, 16 * MIB, 32 * MIB)}
SAMPLES = 12


def make_files(folder):
    """Files that do not compress, and a manifest of their CRC-32."""
    manifest = os.path.join(folder, "manifest.json")
    if os.path.exists(manifest):
        return
    shutil.rmtree(folder, ignore_errors=True)
    sums = {}
    lengths = random.Random(1)
    for kind, (count, least, most) in KINDS.items():
        for index in range(count):
            name = f"{kind}/{index // 100:02}/{index % 100:02}"
            data = os.urandom(lengths.randint(least, most))
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "wb") as out:
                out.write(data)
            sums[name] = zlib.crc32(data)
    with open(manifest, "w", encoding="ascii") as out:
        json.dump(sums, out)


def read_files(folder, manifest, seed):
    """A reader: reads files at random and compares them until its standard input ends; prints how many bytes those were."""
    with open(manifest, encoding="ascii") as source:
        sums = json.load(source)
    kinds = {kind: [name for name in sums if name.startswith(kind + "/")] for kind in KINDS}
    choose = random.Random(seed)
    os.set_blocking(0, False)
    total = 0
    while not ended():
        # As many large files as small ones would be nothing but large files.
        kind = choose.choices(list(KINDS), (30, 10, 1))[0]
        name = choose.choice(kinds[kind])
        with open(os.path.join(folder, name), "rb", buffering=0) as source:
            # The kernel must ask the node.
            os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            crc = 0
            while data := source.read(MIB):
                crc = zlib.crc32(data, crc)
                total += len(data)
        if crc != sums[name]:
            sys.exit(f"WRONG BYTES in {name}")
    print(total)


def ended():
    try:
        return os.read(0, 1) == b""
    except BlockingIOError:
        return False


def memory(pid):
    """(RSS, PSS) of a process in MiB."""
    fields = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as source:
        for line in source:
            key, _, value = line.partition(":")
            fields[key] = value
    return tuple(int(fields[key].split()[0]) / 1024 for key in ("Rss", "Pss"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def java(node):
    """The process id of a node; its launcher became Java."""
    return node.process.pid


def rows(tree, label):
    lines = []
    for node in tree.nodes:
        rss, pss = memory(java(node))
        lines.append(
            f"| {label}, {tree.role(node.index)} | {rss:.0f} | {pss:.0f} | {threads(java(node))} | {descriptors(java(node))} |")
    return lines


HEAD = ["| | RSS (MiB) | PSS (MiB) | threads | descriptors |", "|---|---:|---:|---:|---:|"]


def quiet_table(arguments, kind, data, place):
    """A tree at rest, and after imports."""
    lines = list(HEAD)
    with copper_tree.Tree(kind, data, place, arguments.nodes) as tree:
        tree.settle()
        time.sleep(arguments.rest)
        lines += rows(tree, "at rest")
        if not arguments.no_import:
            folder = os.path.join(tree.leaf.mount, "packages")
            for label, processes in (("after the first import", 1), ("after four at once", 4)):
                bench.run_imports(folder, processes)
                tree.settle()
                lines += rows(tree, label)
    if not arguments.no_import:
        for node in tree.nodes:
            counts = node.counters()
            arrived = counts.get("rpc_bytes_in", 0) or counts.get("storage_read_bytes", 0)
            bench.say(f"  node {node.index} had {arrived / MIB:.0f} MiB come")
    return lines


def start_readers(arguments, place, manifest):
    # Half of them at the leaf, half at the root: a node serves its children and its own mount.
    return [
        subprocess.Popen(
            [sys.executable, "-B", os.path.abspath(__file__), "--read", place[index % len(place)], manifest, str(index)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=copper_tree.end_with_parent)
        for index in range(arguments.readers)]


def churn_table(arguments, kind, data, place):
    """A tree under load that does not fit its caches, over time."""
    lines = ["| minute | node | RSS (MiB) | PSS (MiB) | threads | descriptors |", "|---:|---|---:|---:|---:|---:|"]
    manifest = os.path.join(data, "manifest.json")
    with copper_tree.Tree(kind, data, place, arguments.nodes) as tree:
        tree.settle()
        readers = start_readers(arguments, [tree.leaf.mount, tree.nodes[0].mount], manifest)
        try:
            total = churn(arguments, tree, readers, lines)
        finally:
            for reader in readers:
                if reader.poll() is None:
                    reader.kill()
                    reader.wait()
    for node in tree.nodes:
        counts = node.counters()
        bench.say("  " + tree.role(node.index) + ": " + json.dumps(
            {key: value for key, value in counts.items() if value and ("bytes" in key or "cache" in key or "spill" in key)}))
    lines.append("")
    lines.append(f"{total / MIB:,.0f} MiB read and compared, {total / MIB / 60 / arguments.minutes:,.0f} MiB/s, "
                 f"of {sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(data) for name in names) / MIB:,.0f} MiB")
    return lines


def churn(arguments, tree, readers, lines):
    begin = time.monotonic()
    for sample in range(1, SAMPLES + 1):
        until = begin + sample * arguments.minutes * 60 / SAMPLES
        while time.monotonic() < until:
            check(readers)
            time.sleep(min(0.5, max(0, until - time.monotonic())))
        for node in tree.nodes:
            rss, pss = memory(java(node))
            lines.append(f"| {(time.monotonic() - begin) / 60:.1f} | {tree.role(node.index)} | {rss:.0f} | {pss:.0f} "
                         f"| {threads(java(node))} | {descriptors(java(node))} |")
            bench.say("  " + lines[-1])
    total = 0
    for reader in readers:
        out, _ = reader.communicate()
        if reader.returncode:
            raise copper_tree.TreeError(f"a reader failed with {reader.returncode}")
        total += int(out)
    return total


def check(readers):
    for reader in readers:
        if reader.poll() is not None:
            raise copper_tree.TreeError(f"a reader failed with {reader.returncode}")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench/memory.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--nodes", type=int, default=3, help="nodes of each tree (default 3, two levels)")
    parser.add_argument("--rest", type=float, default=5, help="seconds of rest before the first measurement (default 5)")
    parser.add_argument("--minutes", type=float, default=3, help="length of the load (default 3)")
    parser.add_argument("--readers", type=int, default=4, help="reading processes (default 4)")
    parser.add_argument("--cache", default="64m", help="-max_cache_bytes of the nodes under load (default 64m)")
    parser.add_argument("--spill", metavar="BYTES", help="also spill so many bytes to a directory, e.g. 256m")
    parser.add_argument("--no-import", action="store_true", help="leave the Python imports out")
    parser.add_argument("--no-quiet", action="store_true", help="leave everything but the load out")
    parser.add_argument("--option", action="append", default=[], metavar="FLAG",
                        help="a further flag for cu_fuse, e.g. --option=-s; repeat for more")
    arguments = parser.parse_args()
    if not 1 <= arguments.nodes <= 31 or arguments.minutes < 0 or arguments.readers < 1:
        parser.error("--nodes is from 1 to 31, --minutes at least 0, --readers at least 1")
    return arguments


def main():
    arguments = parse_arguments()
    copper_tree.raise_on_signals()
    ours = os.path.join(bench.ROOT, "build", "install", "bin", "cu_fuse")
    packages = os.path.join(bench.WORK, "data")
    churned = os.path.join(bench.WORK, "churned")
    os.makedirs(packages, exist_ok=True)
    bench.say("preparing files")
    make_files(churned)
    if not arguments.no_import and not arguments.no_quiet and package_sets.make(
            os.path.join(packages, "packages"), list(bench.PACKAGES)):
        raise copper_tree.TreeError("PyPI cannot be reached or lacks a package for this Python; --no-import leaves it out")
    with copper_tree.run_directory("copper-memory-") as run:
        if not arguments.no_quiet:
            kind = copper_tree.CopperTcp(ours, [*bench.OPTIONS, *arguments.option])
            print("\n".join(quiet_table(arguments, kind, packages, os.path.join(run, "quiet"))), flush=True)
        if arguments.minutes:
            options = [*bench.OPTIONS, "-max_cache_bytes", arguments.cache, *arguments.option]
            if arguments.spill:
                options += ["-cache_dir", os.path.join(run, "spill"), "-max_spill_bytes", arguments.spill]
            kind = copper_tree.CopperTcp(ours, options)
            print("\n".join(["", *churn_table(arguments, kind, churned, os.path.join(run, "churn"))]), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read_files(*sys.argv[2:5])
        sys.exit(0)
    try:
        main()
    except copper_tree.TreeError as error:
        sys.exit(f"memory.sh: {error}")
    except copper_tree.Interrupted as interrupted:
        sys.exit(interrupted.code)
