"""Measures trees of nodes with -push off, on and auto: one program on all nodes, at once or later on half of them, and different ones.

Started by push.sh. Every measurement has a fresh tree, whose caches are empty (storage's page cache is warm); in each round every
mode has its turn at every program, so that drift of the machine hits all alike. All nodes and programs share this machine's
processors: times are for comparison with each other alone.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main says otherwise: no traceback from among the imports

import argparse
import os
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

WORK = os.path.join(ROOT, "build", "bench", "push")
MODES = ("off", "on", "auto")
# As Copper's own job scripts set them.
OPTIONS = ("-max_cacheable_byte_size", "10485760", "-md_enoent_ttl_ms", "2000")
NUMPY = ("numpy",)
# The library's own modules, none of which numpy needs much of.
OTHER = ("asyncio", "email.mime.text", "http.server", "multiprocessing.pool", "sqlite3", "unittest.mock", "xml.dom.minidom", "xmlrpc.client")
LATE_SECONDS = 2
SAME, LATE, DIFFERENT = "one program, at once", f"one program, half of the nodes {LATE_SECONDS} s later", "two programs, in turn"
SCENARIOS = (SAME, LATE, DIFFERENT)


def say(text):
    print(text, file=sys.stderr, flush=True)


def start(mount, modules):
    return subprocess.Popen(
        package_sets.import_command(mount, modules, False), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        env=package_sets.environment(mount), preexec_fn=copper_tree.end_with_parent)


def run_programs(mounts, scenario):
    """Runs a program through every mount; returns seconds until the last has ended."""
    begin = time.monotonic()
    programs = []
    if scenario == LATE:
        programs += [start(mount, NUMPY) for mount in mounts[::2]]
        time.sleep(LATE_SECONDS)
        programs += [start(mount, NUMPY) for mount in mounts[1::2]]
    else:
        for number, mount in enumerate(mounts):
            programs.append(start(mount, OTHER if scenario == DIFFERENT and number % 2 else NUMPY))
    if any([program.wait() for program in programs]):
        raise copper_tree.TreeError("an import through the mounts failed")
    return time.monotonic() - begin


def measure(folder, place, nodes, mode, scenario):
    """What one run took: numbers by name."""
    kind = copper_tree.CopperTcp(os.path.join(ROOT, "build", "install", "bin", "cu_fuse"), [*OPTIONS, "-push", mode])
    with copper_tree.Tree(kind, folder, place, nodes) as tree:
        tree.settle()
        pids = [node.process.pid for node in tree.nodes]
        before = sum(map(copper_tree.cpu_ticks, pids))
        seconds = run_programs([node.mount for node in tree.nodes], scenario)
        ticks = sum(map(copper_tree.cpu_ticks, pids)) - before
    counters = tree.counters()

    def total(name):
        return sum(counts[name] for counts in counters)

    return {
        "seconds": seconds, "processor": ticks / os.sysconf("SC_CLK_TCK"), "calls": total("rpc_sent"),
        "mb": (total("rpc_bytes_in") + total("pushed_bytes")) / 1e6, "pushed": total("pushed"),
        "taken": total("push_taken"), "used": total("push_used"), "storage": total("storage_read_bytes")}


def table(results):
    """Medians, times as ratios to -push off."""
    head = ["program", "-push", "wall time", "processor time of the nodes", "calls", "MB to all nodes", "sent unasked", "of these kept", "and used"]
    lines = ["| " + " | ".join(head) + " |", "|---|---" + "|---:" * (len(head) - 2) + "|"]
    for scenario in SCENARIOS:
        middle = {}
        for mode in MODES:
            runs = results[scenario, mode]
            middle[mode] = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        for mode in MODES:
            here, off = middle[mode], middle["off"]
            lines.append("| " + " | ".join([
                scenario, mode, f"{here['seconds'] / off['seconds']:.2f}", f"{here['processor'] / off['processor']:.2f}", f"{here['calls']:,.0f}",
                f"{here['mb']:,.0f}", f"{here['pushed']:,.0f}", f"{here['taken']:,.0f}", f"{here['used']:,.0f}"]) + " |")
    return "\n".join(lines)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench/push.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which medians are taken (default %(default)s)")
    parser.add_argument("--nodes", type=int, default=15, help="nodes of each tree (default %(default)s, four levels)")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or not 3 <= arguments.nodes <= 31:
        parser.error("--rounds is at least 1, --nodes from 3 to 31")
    return arguments


def main():
    arguments = parse_arguments()
    copper_tree.raise_on_signals()
    folder = os.path.join(WORK, "packages")
    os.makedirs(WORK, exist_ok=True)
    say("preparing packages")
    if package_sets.make(folder, ["numpy"]):
        raise copper_tree.TreeError("PyPI cannot be reached or lacks numpy for this Python")
    results = {(scenario, mode): [] for scenario in SCENARIOS for mode in MODES}
    with copper_tree.run_directory("copper-push-") as run:
        for scenario in (SAME, DIFFERENT):
            run_programs([folder] * 2, scenario)  # warms the page cache
        for round_number in range(arguments.rounds):
            for number, (scenario, mode) in enumerate(results):
                place = os.path.join(run, f"{round_number}-{number}")
                found = measure(folder, place, arguments.nodes, mode, scenario)
                results[scenario, mode].append(found)
                say(f"  {scenario}, -push {mode}: " + ", ".join(f"{name} {value:,.2f}" for name, value in found.items()))
    print(f"{arguments.nodes} nodes, one machine, {os.cpu_count()} processors; medians of {arguments.rounds}; times as ratios to -push off\n")
    print(table(results))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        print(f"push: {problem}", file=sys.stderr)
        sys.exit(1)
    except copper_tree.Interrupted as interrupt:
        print(f"push: {interrupt}; everything is unmounted and removed", file=sys.stderr)
        sys.exit(interrupt.code)
