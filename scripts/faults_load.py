"""What an application does on one mount while faults.py injects faults: reads what nobody has read there yet, step by step.

A step walks a directory and compares the checksum of every file; every third step imports a Python package in a process of
its own, every eighth reads a large file. When standard input closes, the figures come out as one line of JSON: operations,
the longest one and when it began, errors with the time when what met them began, wrong bytes. Started by faults.py; only the standard library is used.
"""

import errno
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time

MOST_ERRORS_NAMED = 5


class Load:
    def __init__(self, mount, manifest, first, pause):
        self.mount = mount
        self.manifest = manifest
        self.first = first
        self.pause = pause
        self.operations = 0
        self.longest = 0.0
        self.longest_at = 0.0
        self.longest_what = ""
        self.errors = []
        self.named = []
        self.wrong = []
        self.ending = threading.Event()

    def timed(self, what, operation):
        """Runs one operation; an error is counted, never raised."""
        begin = time.monotonic()
        try:
            operation()
        except OSError as problem:
            self.error(errno.errorcode.get(problem.errno, str(problem)), what, begin)
        except subprocess.CalledProcessError as problem:
            self.error(self.reason(problem.stderr.decode(errors="replace")), what, begin)
        took = time.monotonic() - begin
        self.operations += 1
        if took > self.longest:
            self.longest, self.longest_at, self.longest_what = took, begin, what

    @staticmethod
    def reason(text):
        """The errno in the last line of a traceback, or that line."""
        last = (text.strip().splitlines() or ["the import failed"])[-1]
        number = re.search(r"\[Errno (\d+)\]", last)
        return errno.errorcode.get(int(number[1]), last) if number else last

    def error(self, name, what, begin):
        self.errors.append((name, begin))
        if len(self.named) < MOST_ERRORS_NAMED:
            self.named.append(f"{what}: {name}")

    def check(self, relative):
        digest = hashlib.sha256()
        with open(os.path.join(self.mount, relative), "rb", buffering=0) as source:
            while block := source.read(1 << 20):
                digest.update(block)
        if digest.hexdigest() != self.manifest[relative]:
            self.wrong.append(relative)

    def walk(self, name):
        names = []
        self.timed(f"list {name}", lambda: names.extend(sorted(os.listdir(os.path.join(self.mount, name)))))
        wanted = [path for path in self.manifest if path.startswith(name + "/")]
        if names and names != sorted(os.path.basename(path) for path in wanted):
            self.wrong.append(f"the names in {name}")
        for path in wanted:
            self.timed(f"stat {path}", lambda path=path: os.stat(os.path.join(self.mount, path)))
            self.timed(f"read {path}", lambda path=path: self.check(path))

    def load_package(self, number):
        command = [sys.executable, "-I", "-S", "-B", "-c",
                   f"import sys; sys.path.insert(0, {self.mount!r} + '/packages'); import pack{number}; "
                   f"sys.exit(pack{number}.value != {number})"]
        self.timed(f"import pack{number}", lambda: subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, capture_output=True))

    def run(self, steps):
        for turn in range(steps):
            if self.ending.is_set():
                return
            step = (self.first + turn) % steps
            self.walk(f"walk{step}")
            if step % 3 == 0:
                self.load_package(step)
            if step % 8 == 0:
                self.timed(f"read large{step}", lambda step=step: self.check(f"large{step}"))
            self.ending.wait(self.pause)
        self.ending.wait()

    def report(self):
        return {"operations": self.operations, "longest": self.longest, "longest_at": self.longest_at,
                "longest_what": self.longest_what, "errors": self.errors, "named": self.named, "wrong": self.wrong}


def main():
    mount, manifest_file, steps, first, pause = sys.argv[1:]
    with open(manifest_file, encoding="ascii") as source:
        manifest = json.load(source)
    load = Load(mount, manifest, int(first), float(pause))

    def wait_for_end():
        sys.stdin.read()
        load.ending.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    load.run(int(steps))
    print(json.dumps(load.report()), flush=True)


if __name__ == "__main__":
    main()
