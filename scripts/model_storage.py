"""What model.py has happen while programs read: changes of storage, and resets. Only the standard library is used."""

import fcntl
import os
import random
import shutil
import subprocess

import model_oracle
from model_oracle import DIRECTORY, FILE, LINK, MISSING, now

DIRECTORIES = 6
PLAIN, MIXED = 30, 10
LENGTHS = (0, 1, 50, 64, 700, 4096, 5000, 20_000, 70_000, 140_000, 400_000)
LARGE = (1 << 20, 1_300_000, 2_500_000)
KEEP = "keep"
NOTHING = (MISSING, None, None, None, None)
RESET, RESET_CACHES = 1900, 100


def names():
    """Paths of storage that change: (those that are files or missing, those that may be anything)."""
    plain = [f"d{folder}/plain{name}" for folder in range(DIRECTORIES) for name in range(PLAIN)]
    mixed = [f"d{folder}/mixed{name}" for folder in range(DIRECTORIES) for name in range(MIXED)]
    return plain, mixed


class Mutator:
    """Makes storage and changes it; each change is one atomic rename, announced before."""

    def __init__(self, folder, log, seed):
        self.target = os.path.join(folder, "target")
        self.new = os.path.join(folder, "new")
        self.old = os.path.join(folder, "old")
        self.log = log
        self.random = random.Random(seed)
        self.versions = self.changes = 0
        self.there = {}  # path → the words of its state

    def prepare(self):
        for folder in range(DIRECTORIES):
            os.makedirs(os.path.join(self.target, f"d{folder}"))
        with open(os.path.join(self.target, KEEP), "wb") as out:
            out.write(b"keep\n")
        plain, mixed = names()
        for path in plain + mixed:
            self.apply({path: NOTHING, path + "/in": NOTHING} if path in mixed else {path: NOTHING}, lambda: None)
            if self.random.random() < 0.9:
                self.place(path, self.make_file())

    def apply(self, states, action):
        self.changes += 1
        self.log.append("change", self.changes, now(), states)
        action()
        self.log.append("changed", self.changes, now())
        self.there.update(states)

    def full(self, path):
        return os.path.join(self.target, path)

    def described(self, kind, value):
        found = os.lstat(self.new)
        return kind, value, found.st_size, found.st_ino, found.st_mtime_ns

    # ---- what is new

    def make_file(self):
        self.versions += 1
        length = self.random.choice(LARGE if self.random.random() < 0.02 else LENGTHS)
        if length > 100:
            length -= self.random.randrange(100)
        with open(self.new, "wb") as out:
            out.write(model_oracle.content(self.versions, length))
        return self.described(FILE, self.versions)

    def make_link(self):
        target = f"plain{self.random.randrange(PLAIN)}"
        os.symlink(target, self.new)
        return self.described(LINK, target)

    def make_directory(self):
        """Returns its words, and those of the file in it."""
        words = self.make_file()
        os.rename(self.new, self.old)
        os.mkdir(self.new)
        os.rename(self.old, os.path.join(self.new, "in"))
        return self.described(DIRECTORY, None), words

    # ---- changes

    def place(self, path, words, inside=None):
        states = {path: words} if inside is None else {path: words, path + "/in": inside}
        self.apply(states, lambda: os.rename(self.new, self.full(path)))

    def remove(self, path):
        was = self.there[path][0]
        states = {path: NOTHING, path + "/in": NOTHING} if was == DIRECTORY else {path: NOTHING}
        self.apply(states, lambda: os.rename(self.full(path), self.old))
        if was == DIRECTORY:
            shutil.rmtree(self.old)
        else:
            os.unlink(self.old)

    def move(self, path):
        """Renames a file to another name of its directory, in place of what is there."""
        other = os.path.join(os.path.dirname(path), f"plain{self.random.randrange(PLAIN)}")
        if other != path:
            self.apply({path: NOTHING, other: self.there[path]}, lambda: os.rename(self.full(path), self.full(other)))

    def change_plain(self, path):
        die = self.random.random()
        if self.there[path][0] == MISSING or die < 0.7:
            self.place(path, self.make_file())
        elif die < 0.9:
            self.remove(path)
        else:
            self.move(path)

    def change_mixed(self, path):
        kind = self.random.choice((FILE, LINK, LINK, DIRECTORY, DIRECTORY, MISSING))
        was = self.there[path][0]
        # No rename puts a directory in place of something else, or the other way round.
        if was != MISSING and (DIRECTORY in (kind, was) or kind == MISSING):
            self.remove(path)
        if kind == FILE:
            self.place(path, self.make_file())
        elif kind == LINK:
            self.place(path, self.make_link())
        elif kind == DIRECTORY:
            self.place(path, *self.make_directory())

    def run(self, ending, rate):
        plain, mixed = names()
        due = now()
        while not ending(max(0.0, due - now())):
            if self.random.random() < 0.8:
                self.change_plain(self.random.choice(plain))
            else:
                self.change_mixed(self.random.choice(mixed))
            due = max(due + self.random.expovariate(rate), now() - 1)


class Resetter:
    """Resets the tree, by the command or by an ioctl on each mount, parents first; or one mount, which says nothing of the others."""

    def __init__(self, mounts, log, settings):
        self.mounts = mounts
        self.log = log
        self.command = settings["copper"]
        self.in_order = settings["in_order"]
        self.random = random.Random(settings["seed"] + 2)
        self.number = 0
        self.failed = 0

    def run(self, ending, every):
        while not ending(self.random.expovariate(1 / every)):
            die = self.random.random()
            if die < 0.2:
                index = self.random.randrange(len(self.mounts))
                self.one(index, lambda index=index: self.ioctl(index) and False)
            elif die < 0.6 and self.in_order:
                self.one(None, lambda: all([self.ioctl(index) for index in range(len(self.mounts))]))
            else:
                self.one(None, self.by_command)

    def one(self, mount, action):
        self.number += 1
        self.log.append("reset", self.number, now(), mount)
        whole = action()
        self.log.append("was_reset", self.number, now(), whole)
        self.failed += mount is None and not whole

    def ioctl(self, index):
        if not self.command:
            return True
        try:
            descriptor = os.open(os.path.join(self.mounts[index], KEEP), os.O_RDONLY)
            try:
                fcntl.ioctl(descriptor, self.random.choice((RESET, RESET_CACHES)))
            finally:
                os.close(descriptor)
        except OSError:
            return False
        return True

    def by_command(self):
        if not self.command:
            return True
        mount = self.random.choice(self.mounts)
        result = subprocess.run([self.command, "reset", "--timeout", "60", "--mount", mount], stdin=subprocess.DEVNULL,
                                capture_output=True, check=False)
        return result.returncode == 0
