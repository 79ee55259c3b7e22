"""Asks a tree of seven nodes at random while storage changes, nodes are reset and nodes fail, and judges every answer.

Started by model.sh. Sixteen processes (model_load.py) ask the seven mounts; one changes storage, one resets. What each answer may be
is what model_oracle.py says; every other one is printed with all that is needed to look into it. Ends with 1 if there was one.
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

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import copper_tree
import model_load
import model_oracle

NODES = 7
WORKERS = 16
MUTATOR, RESETTER = WORKERS, WORKERS + 1
LEVELS = 3
ENOENT_SLACK = 3.0
STALLED_SECONDS = 150
STOPPED_SECONDS = (1, 5)

# What docs/reliability.md tells of files that change without a reset; never wrong or old bytes.
KNOWN = {"ENOTDIR", "ELOOP", "ESTALE", "ESTALE again", "attributes of one version, bytes of another", "cut at a reset"}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Processes:
    """The processes of a run, children of this one."""

    def __init__(self, settings_file, folder):
        self.settings_file = settings_file
        self.folder = folder
        self.all = {}

    def start(self, role, index):
        with open(self.output(index), "wb") as output:
            self.all[index] = subprocess.Popen(
                [sys.executable, "-B", os.path.join(HERE, "model_load.py"), role, str(index), self.settings_file],
                stdin=subprocess.DEVNULL, stdout=output, preexec_fn=copper_tree.end_with_parent)

    def output(self, index):
        return os.path.join(self.folder, f"process-{index}")

    def report(self, index):
        if self.all[index].wait() != 0:
            return None
        with open(self.output(index), encoding="ascii") as source:
            return json.load(source)

    def close(self):
        for process in self.all.values():
            process.kill()
        # Not waited for here: one that waits for a mount ends when its node does.


class Faults:
    """Kills and restarts, or stops and continues, a node at random."""

    def __init__(self, tree, log, seed, every):
        self.tree = tree
        self.log = log
        self.random = random.Random(seed + 1)
        self.every = every
        self.next = model_oracle.now() + every if every else float("inf")
        self.under_way = None
        self.killed = self.stopped = 0

    def step(self):
        if model_oracle.now() < self.next:
            return
        if self.under_way:
            self.under_way()
            self.under_way = None
            self.next = model_oracle.now() + self.random.expovariate(1 / self.every)
            return
        index = self.random.randrange(NODES)
        if self.random.random() < 0.5:
            self.killed += 1
            self.log.append("dead", index, model_oracle.now())
            self.tree.kill(index)
            self.under_way = lambda: self.restart(index)
        else:
            self.stopped += 1
            self.log.append("stopped", model_oracle.now())
            self.tree.send(signal.SIGSTOP, index)
            self.under_way = lambda: self.go_on(index)
        self.next = model_oracle.now() + self.random.uniform(*STOPPED_SECONDS)

    def restart(self, index):
        self.tree.restart(index)
        self.log.append("alive", index, model_oracle.now())

    def go_on(self, index):
        self.tree.send(signal.SIGCONT, index)
        self.log.append("goes_on", model_oracle.now())

    def finish(self):
        if self.under_way:
            self.under_way()


class Run:
    def __init__(self, given, folder, local):
        self.given = given
        self.folder = folder
        self.local = local
        self.storage = os.path.join(folder, "storage")
        os.mkdir(self.storage)
        self.mounts = [os.path.join(folder, f"mount-{index}") for index in range(NODES)]
        self.log = model_oracle.Log(os.path.join(folder, "log"))
        self.board_file = os.path.join(folder, "board")
        self.board = model_load.Board(self.board_file, WORKERS + 2)
        self.processes = Processes(os.path.join(folder, "settings"), folder)
        self.began = self.seconds = 0.0
        self.problems = []

    def missing_seconds(self):
        """How long a name may be missing that is there: a node that was stopped remembers what waited for it until it goes on,
        and a kernel what nobody could be asked about."""
        time_to_live = self.given.enoent_ttl_ms / 1000
        renewed = min(10 * time_to_live, 60) if self.given.enoent_ttl_ms >= 1000 else 0
        failing = STOPPED_SECONDS[1] + renewed if self.given.fault_every else 0
        return time_to_live * (LEVELS + 1) + ENOENT_SLACK + failing

    def write_settings(self, tamper):
        copper = None if self.local else os.path.join(self.given.install, "bin", "copper")
        with open(self.processes.settings_file, "w", encoding="ascii") as out:
            json.dump({
                "board": self.board_file, "slots": WORKERS + 2, "log": os.path.join(self.folder, "log"), "storage": self.storage,
                "mounts": self.mounts, "seed": self.given.seed, "rate": self.given.rate, "reset_every": self.given.reset_every,
                "operations": -(-self.given.operations // WORKERS), "copper": copper, "tamper": tamper,
                # Of nodes that fail only the command knows how to reset what stands in for them.
                "in_order": not self.given.fault_every, "enoent": self.missing_seconds()}, out)

    def go(self, tamper=False):
        self.write_settings(tamper)
        try:
            self.processes.start("mutator", MUTATOR)
            while self.board.read(MUTATOR)[0] == 0:
                self.check()
                time.sleep(0.05)
            if self.local:
                for mount in self.mounts:
                    os.symlink(os.path.join(self.storage, "target"), mount)
                self.ask(None)
            else:
                options = ["-log_level", "3", "-log_type", "file", "-failover_ms", "1000",
                           "-md_enoent_ttl_ms", str(self.given.enoent_ttl_ms), *self.given.options.split()]
                kind = copper_tree.CopperTcp(os.path.join(self.given.install, "bin", "cu_fuse"), options)
                with copper_tree.Tree(kind, os.path.join(self.storage, "target"), self.folder, NODES) as tree:
                    try:
                        self.ask(tree)
                    finally:
                        self.processes.close()
        finally:
            self.processes.close()

    def ask(self, tree):
        faults = Faults(tree, self.log, self.given.seed, self.given.fault_every if tree else 0)
        self.began = model_oracle.now()
        for index in range(WORKERS):
            self.processes.start("worker", index)
        self.processes.start("resetter", RESETTER)
        progress = Progress(self.board)
        while any(self.processes.all[index].poll() is None for index in range(WORKERS)):
            self.check()
            faults.step()
            if model_oracle.now() - self.began > self.given.seconds:
                self.board.end()
            stalled = progress.stalled()
            if stalled:
                self.problems += stalled
                break
            time.sleep(0.1)
        self.seconds = model_oracle.now() - self.began
        faults.finish()
        self.board.end()
        self.result = Result(self, faults)

    def check(self):
        for index, process in self.processes.all.items():
            if process.poll() not in (None, 0):
                raise copper_tree.TreeError(f"process {index} of the run ended with {process.returncode}")


class Progress:
    """Notices when a process is in one operation for too long."""

    def __init__(self, board):
        self.board = board
        self.last = {}

    def stalled(self):
        found = []
        for index in range(WORKERS):
            at = self.board.read(index)
            if self.last.get(index, (None, 0))[0] != at:
                self.last[index] = at, model_oracle.now()
            elif model_oracle.now() - self.last[index][1] > STALLED_SECONDS and at[1] != model_load.OVER:
                found.append(f"no answer in {STALLED_SECONDS} s: worker {index} on mount {index % NODES}, its operation {at[0]}: {at[1]}")
        return found


class Result:
    """What the processes report, added up."""

    def __init__(self, run, faults):
        self.seconds = run.seconds
        self.reports = [run.processes.report(index) for index in range(WORKERS)] if not run.problems else []
        self.wrong = self.add("wrong")
        self.counts = self.add("counts")
        self.told = run.problems + [told for report in self.reports for told in report["told"]]
        self.errors = self.add("errors")
        self.tampered = self.add("tampered")
        self.excused = sum(report["excused"] for report in self.reports)
        if run.problems:
            self.wrong["no answer"] = len(run.problems)
        self.changes = run.processes.report(MUTATOR)["changes"]
        self.resets = run.processes.report(RESETTER)
        self.killed, self.stopped = faults.killed, faults.stopped

    def add(self, key):
        total = {}
        for report in self.reports:
            for name, count in report[key].items():
                total[name] = total.get(name, 0) + count
        return total

    def print(self):
        total = sum(self.counts.values())
        print("| operation | answers |\n|---|---:|")
        for kind, count in sorted(self.counts.items()):
            print(f"| {kind} | {count:,} |")
        print(f"\n{total:,} answers in {self.seconds:.0f} s ({total / self.seconds:,.0f}/s), {self.changes:,} changes of storage, "
              f"{self.resets['resets']} resets ({self.resets['not_whole']} of the tree not done by all), {self.killed} nodes killed, "
              f"{self.stopped} stopped, {self.excused} answers of nodes that were dead")
        print("errors: " + (", ".join(f"{name} × {count:,}" for name, count in sorted(self.errors.items())) or "none"))
        for name, count in sorted(self.wrong.items()):
            print(f"WRONG {count:,} × {name}")
        if not self.wrong:
            print("no answer was wrong")
        sys.stdout.flush()

    def is_wrong(self, share):
        """Was anything wrong, but for what is known and was no more than that share of all answers?"""
        return not self.wrong.keys() <= KNOWN or sum(self.wrong.values()) > share * sum(self.counts.values())

    def tell(self):
        for told in self.told:
            print(told)


def self_test(given, folder):
    """Storage itself in place of the mounts: nothing may be wrong, and everything that is made wrong must be found."""
    for tamper in (False, True):
        run = Run(given, os.path.join(folder, "tampered" if tamper else "untouched"), local=True)
        run.go(tamper)
        run.result.print()
        wrong, made = sum(run.result.wrong.values()), sum(run.result.tampered.values())
        if tamper:
            print(f"made wrong: {run.result.tampered}")
        if wrong != made or tamper and made < 50:
            run.result.tell()
            print(f"SELF-TEST FAILED: {made} answers were made wrong, {wrong} found")
            return 1
    return 0


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/model.sh", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--operations", type=int, default=1_000_000, help="of all processes together (default 1000000)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after so many, whatever was done")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (default 1)")
    parser.add_argument("--rate", type=float, default=60, help="changes of storage in a second (default 60)")
    parser.add_argument("--reset-every", type=float, default=2, metavar="S", help="seconds between resets, on average (default 2)")
    parser.add_argument("--fault-every", type=float, default=0, metavar="S",
                        help="seconds between failures of nodes, on average; 0, the default, for none")
    parser.add_argument("--enoent-ttl-ms", type=int, default=100, metavar="MS",
                        help="-md_enoent_ttl_ms of the nodes (default 100; from 1000 on they renew what their kernels know)")
    parser.add_argument("--options", default="", help="further flags of cu_fuse")
    parser.add_argument("--install", default=os.path.join(os.path.dirname(HERE), "build", "install"), help="what to test")
    parser.add_argument("--keep", metavar="DIR", help="keep storage, the nodes' logs and what happened (log) there")
    parser.add_argument("--self-test", action="store_true", help="judge storage itself, then answers that are made wrong")
    parser.add_argument("--known-share", type=float, default=0, metavar="SHARE",
                        help="succeed though as large a part of all answers has a defect that docs/reliability.md tells of (default 0)")
    parser.add_argument("--no-build", action="store_true", help="take what is installed")
    return parser.parse_args()


def main():
    given = arguments()
    copper_tree.raise_on_signals()
    with copper_tree.run_directory("copper-model-") as folder:
        if given.self_test:
            os.mkdir(os.path.join(folder, "untouched"))
            os.mkdir(os.path.join(folder, "tampered"))
            return self_test(given, folder)
        run = Run(given, folder, local=False)
        try:
            run.go()
        finally:
            if given.keep:
                shutil.copytree(folder, given.keep, symlinks=True, dirs_exist_ok=True)
        run.result.tell()
        run.result.print()
        return 1 if run.result.is_wrong(given.known_share) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except copper_tree.TreeError as problem:
        say(f"model.sh: {problem}")
        sys.exit(1)
    except copper_tree.Interrupted as interrupted:
        sys.exit(interrupted.code)
