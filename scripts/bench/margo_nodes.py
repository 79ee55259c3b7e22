"""The measurements of margo_nodes.sh."""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import copper_tree

NETWORK = "ofi+tcp://127.0.0.1"
SETTLE = 10  # seconds, until a JVM has compiled what it runs all the time
SPAN = 20
TEN_MIB = 10 << 20
WARM_UP = 10  # files that are read and not counted, while a JVM compiles what it runs
READS = 15


def say(text=""):
    print(text, flush=True)


def bench(*arguments):
    """The command of copper.transport.margo.RpcBench."""
    java = os.path.join(os.environ["JAVA_HOME"], "bin", "java")
    path = ":".join(os.path.join(ROOT, "build", "maven", each) for each in ("test-classes", "classes", os.path.join("lib", "*")))
    return [
        java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g", f"-Dcopper.native_dir={ROOT}/build/install/lib",
        "-cp", path, "copper.transport.margo.RpcBench", *arguments]


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as source:
        fields = source.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def thread_count(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def load(pid, seconds=SPAN):
    """The percentage of a core that a process uses."""
    before, begin = processor_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return 100 * (processor_seconds(pid) - before) / (time.monotonic() - begin)


class Server:
    """A process of RpcBench that runs until its standard input ends."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(bench(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def rates():
    """Two transports, one calling the other at a rate."""
    with Server("server", NETWORK) as server:
        address = server.process.stdout.readline().split()[1]
        for rate in (0, 100):
            with Server("rate", NETWORK, address, str(rate)) as client:
                time.sleep(SETTLE)
                loads = []
                threads = [
                    threading.Thread(target=lambda pid=each.process.pid: loads.append(load(pid))) for each in (client, server)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                say(f"{rate} RPCs a second: " + ", ".join(f"{each:.2f} %" for each in sorted(loads))
                    + " of a core (two processes, the caller and the callee)")


def lost_parent(run):
    """A node whose parent is stopped, then killed, while programs wait for it."""
    launcher = os.path.join(ROOT, "build", "install", "bin", "cu_fuse")
    target = os.path.join(run, "target")
    os.mkdir(target)
    tree = copper_tree.Tree(copper_tree.OverOfiTcp(launcher), target, os.path.join(run, "lost"), 2)
    with tree:
        parent, child = (node.process for node in tree.nodes)
        time.sleep(SETTLE)
        say(f"a node at rest: {load(child.pid):.2f} % of a core, {thread_count(child.pid)} threads")
        try:
            parent.send_signal(signal.SIGSTOP)
            names = [os.path.join(tree.nodes[1].mount, f"name {i}") for i in range(16)]
            waiting = [subprocess.Popen(["ls", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for name in names]
            time.sleep(1)
            say(f"its parent stopped, 16 programs waiting: {load(child.pid):.2f} % of a core, {thread_count(child.pid)} threads")
        finally:
            parent.kill()
        time.sleep(1)
        say(f"its parent killed: {load(child.pid):.2f} % of a core, {thread_count(child.pid)} threads")
        for process in waiting:
            process.wait()
        copper_tree.unmount(tree.nodes[0].mount, lazy=True)


def write_files(target, count):
    """Writes files of 10 MiB, all different; returns their names."""
    os.mkdir(target)
    names = [f"ten MiB {number}" for number in range(count)]
    for name in names:
        with open(os.path.join(target, name), "wb") as out:
            out.write(os.urandom(TEN_MIB))
    return names


def whole_file(run, kind, label):
    """The median milliseconds of rpc_readfile, which C++ children call, at a node that has the file in its cache."""
    target = os.path.join(run, f"whole {label}")
    path = os.path.join(target, write_files(target, 1)[0])
    with copper_tree.Tree(kind, target, os.path.join(run, f"{label} alone"), 1) as tree:
        result = subprocess.run(
            bench("read", NETWORK, tree.nodes[0].address, path, "21"),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return float(result.stdout)


def through_child(run, parent, child, label):
    """The median milliseconds of reading a file through a child's mount for the first time; the parent has it in its cache."""
    target = os.path.join(run, f"served {label}")
    names = write_files(target, WARM_UP + READS)
    times = []
    with copper_tree.Tree([parent, child], target, os.path.join(run, f"{label} parent"), 2) as tree:
        above, below = (node.mount for node in tree.nodes)
        for name in names:
            read_timed(os.path.join(above, name))
        tree.settle()
        for name in names:
            data, seconds = read_timed(os.path.join(below, name))
            with open(os.path.join(target, name), "rb") as original:
                if original.read() != data:
                    raise copper_tree.TreeError(f"{name} is not what storage has, below a {label} parent")
            times.append(1000 * seconds)
    return statistics.median(times[WARM_UP:])


def read_timed(path):
    begin = time.monotonic()
    with open(path, "rb", buffering=0) as source:
        data = source.readall()
    return data, time.monotonic() - begin


def parents(run, cpp):
    """10 MiB from a parent of either kind that has the file in its cache."""
    options = ["-max_cacheable_byte_size", str(4 * TEN_MIB)]
    ours = copper_tree.OverOfiTcp(os.path.join(ROOT, "build", "install", "bin", "cu_fuse"), options)
    theirs = copper_tree.OfiTcp(cpp, options)
    for what, measure in (
            ("in one answer (rpc_readfile)", lambda kind, label: whole_file(run, kind, label)),
            ("read through the mount of a Java child", lambda kind, label: through_child(run, kind, ours, label))):
        times = {label: measure(kind, label) for label, kind in (("C++", theirs), ("Java", ours))}
        say(f"10 MiB {what}: from a C++ parent {times['C++']:.1f} ms, from ours {times['Java']:.1f} ms, "
            f"{times['C++'] / times['Java']:.1f} times as fast")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench/margo_nodes.sh", description="Measures nodes over Margo.")
    parser.add_argument("--cu-fuse", metavar="PATH", help="the cu_fuse of C++ Copper, to compare with")
    parser.add_argument("--parents-only", action="store_true", help="measure with --cu-fuse's parents only")
    arguments = parser.parse_args()
    copper_tree.raise_on_signals()
    with copper_tree.run_directory("copper-margo-bench-") as run:
        if not arguments.parents_only:
            rates()
            lost_parent(run)
        if arguments.cu_fuse:
            parents(run, os.path.abspath(arguments.cu_fuse))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        print(f"margo_nodes: {problem}", file=sys.stderr)
        sys.exit(1)
    except copper_tree.Interrupted as interrupt:
        print(f"margo_nodes: {interrupt}; everything is unmounted and removed", file=sys.stderr)
        sys.exit(interrupt.code)
