"""A process of model.py: `worker` asks one mount at random and judges each answer, `mutator` changes storage, `resetter` resets.

Started by model.py with the run's directory and a number; ends when the board says so. Only the standard library is used.
"""

import argparse
import contextlib
import errno
import json
import mmap
import os
import random
import signal
import stat
import struct
import sys
import time

import model_oracle
import model_storage
from model_oracle import DIRECTORY, FILE, LINK, MISSING, now

HELD, HELD_SECONDS = 8, 8
MOST_TOLD = 25
PIECE = 100_000
TRIES = 20
OVER = "over"
UNKNOWN_INODE = 0xFFFFFFFF  # as libfuse says it in a listing
KINDS = {stat.S_IFREG: FILE, stat.S_IFDIR: DIRECTORY, stat.S_IFLNK: LINK}


class Board:
    """Memory that the processes share: whether to end, and what each is at."""

    SLOT = 160

    def __init__(self, path, slots):
        with open(path, "a+b") as file:
            file.truncate(self.SLOT * (slots + 1))
            self.memory = mmap.mmap(file.fileno(), self.SLOT * (slots + 1))

    def end(self):
        self.memory[0] = 1

    def ending(self, seconds=0.0):
        """Waits so long, or until the run is to end; tells whether it is."""
        until = now() + seconds
        while self.memory[0] == 0 and (left := until - now()) > 0:
            time.sleep(min(left, 0.1))
        return self.memory[0] == 1

    def note(self, slot, operations, text):
        struct.pack_into(f"<q{self.SLOT - 8}s", self.memory, self.SLOT * (slot + 1), operations, text.encode())

    def read(self, slot):
        operations, text = struct.unpack_from(f"<q{self.SLOT - 8}s", self.memory, self.SLOT * (slot + 1))
        return operations, text.rstrip(b"\0").decode()


class Handle:
    def __init__(self, path, descriptor, begin):
        self.path = path
        self.descriptor = descriptor
        self.begin = begin


class Answer:
    """One operation and what came of it."""

    def __init__(self, kind, path, begin):
        self.kind = kind
        self.path = path
        self.begin = begin  # when its file was opened, if that was before
        self.asked = now()
        self.end = None
        self.error = None
        self.offset = 0
        self.wanted = 1 << 30
        self.pieces = None  # of bytes
        self.stats = []  # before and after
        self.value = None
        self.name = None  # what is wrong in a listing


class Worker:
    def __init__(self, index, mount_index, mount, oracle, board, settings, tamper=None):
        self.index = index
        self.mount_index = mount_index
        self.mount = mount
        self.oracle = oracle
        self.board = board
        self.seed = settings["seed"] * 1000 + index
        self.random = random.Random(self.seed)
        self.plain, self.mixed = model_storage.names()
        self.top = [f"d{folder}" for folder in range(model_storage.DIRECTORIES)]
        self.all = self.plain + self.mixed + [path + "/in" for path in self.mixed]
        self.held = []
        self.copy = os.memfd_create("copy")
        self.operations = 0
        self.counts = {}
        self.errors = {}
        self.wrong = {}
        self.told = []
        self.excused = 0
        self.tamper = tamper
        self.choices = [self.stat] * 30 + [self.missing] * 8 + [self.read] * 20 + [self.part] * 14 + [self.in_pieces] * 4 + [
            self.mapped] * 5 + [self.names] * 3 + [self.entries] * 3 + [self.link] * 5 + [self.hold] * 8

    def run(self, most):
        while self.operations < most and not self.board.memory[0]:
            self.random.choice(self.choices)()
        for handle in self.held:
            os.close(handle.descriptor)
        self.board.note(self.index, self.operations, OVER)

    # ---- operations

    def ask(self, kind, path, operation, begin=None):
        """Does it; what went wrong is part of the answer. Judges it, and after ESTALE again a moment later."""
        first = None
        for attempt in range(TRIES):
            answer = Answer(kind, path, None)
            answer.begin = answer.asked if begin is None else begin
            self.board.note(self.index, self.operations, f"{kind} {path}")
            try:
                operation(answer, os.path.join(self.mount, path))
            except OSError as problem:
                answer.error = errno.errorcode.get(problem.errno, str(problem))
            answer.end = now()
            self.operations += 1
            self.counts[kind] = self.counts.get(kind, 0) + 1
            if self.tamper:
                self.tamper.change(answer, self)
            self.oracle.catch_up()
            self.judge(answer, first if attempt == TRIES - 1 else None)
            if answer.error != "ESTALE" or begin is not None:
                return answer
            first = first or answer
            time.sleep(0.05)
        return answer

    def any_file(self):
        return self.random.choice(self.plain if self.random.random() < 0.8 else self.all)

    def stat(self):
        def operation(answer, full):
            answer.value = os.lstat(full)
        self.ask("stat", self.random.choice(self.all), operation)

    def missing(self):
        def operation(answer, full):
            answer.value = os.lstat(full)
        self.ask("missing", f"{self.random.choice(self.top)}/none{self.random.randrange(40)}", operation)

    @contextlib.contextmanager
    def opened(self, answer, full):
        descriptor = os.open(full, os.O_RDONLY)
        try:
            answer.stats.append(os.fstat(descriptor))
            yield descriptor
            answer.stats.append(os.fstat(descriptor))
        finally:
            os.close(descriptor)

    def read(self):
        def operation(answer, full):
            with self.opened(answer, full) as descriptor:
                answer.pieces = [os.read(descriptor, model_oracle.MOST + 1)]
        self.ask("read", self.any_file(), operation)

    def in_pieces(self):
        def operation(answer, full):
            with self.opened(answer, full) as descriptor:
                pieces = []
                while block := os.read(descriptor, PIECE):
                    pieces.append(block)
                answer.pieces = pieces or [b""]
        self.ask("read in pieces", self.any_file(), operation)

    def part(self):
        place, wanted = self.random.random(), self.random.choice((100, 4096, 50_000, 300_000))

        def operation(answer, full):
            with self.opened(answer, full) as descriptor:
                answer.offset, answer.wanted = int(place * answer.stats[0].st_size), wanted
                answer.pieces = [os.pread(descriptor, wanted, answer.offset)]
        self.ask("read a part", self.any_file(), operation)

    def mapped(self):
        def operation(answer, full):
            with self.opened(answer, full) as descriptor:
                if not stat.S_ISREG(answer.stats[0].st_mode):
                    os.read(descriptor, 1)
                try:
                    pages = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
                except ValueError:  # it is empty
                    answer.pieces = [os.read(descriptor, 1)]
                    return
                with pages:
                    answer.pieces = [self.copied(pages)]
        self.ask("map", self.any_file(), operation)

    def copied(self, pages):
        """Copies by the kernel: a page that cannot be had is EFAULT then, in place of SIGBUS."""
        os.ftruncate(self.copy, 0)
        done = 0
        with memoryview(pages) as view:
            while done < len(pages):
                with view[done:] as rest:
                    done += os.pwrite(self.copy, rest, done)
        return os.pread(self.copy, len(pages), 0)

    def names(self):
        def operation(answer, full):
            answer.value = os.listdir(full)
        self.ask("list", self.some_directory(), operation)

    def entries(self):
        def operation(answer, full):
            with os.scandir(full) as entries:
                answer.value = [(entry.name, entry.inode(), self.type_of(entry)) for entry in entries]
        self.ask("scan", self.some_directory(), operation)

    @staticmethod
    def type_of(entry):
        if entry.is_symlink():
            return LINK
        return DIRECTORY if entry.is_dir(follow_symlinks=False) else FILE

    def some_directory(self):
        return self.random.choice(self.mixed if self.random.random() < 0.3 else self.top)

    def link(self):
        def operation(answer, full):
            answer.value = os.readlink(full)
        self.ask("read a link", self.random.choice(self.mixed), operation)

    def hold(self):
        """Opens a file and keeps it, or reads one that was kept, or closes it."""
        if len(self.held) < HELD and self.random.random() < 0.5 or not self.held:
            def operation(answer, full):
                self.held.append(Handle(answer.path, os.open(full, os.O_RDONLY), answer.asked))
            self.ask("open and keep", self.any_file(), operation)
            return
        handle = self.held[self.random.randrange(len(self.held))]

        def again(answer, _):
            answer.stats.append(os.fstat(handle.descriptor))
            answer.pieces = [os.pread(handle.descriptor, model_oracle.MOST + 1, 0)]
            answer.stats.append(os.fstat(handle.descriptor))
        answer = self.ask("read what is kept", handle.path, again, handle.begin)
        if now() - handle.begin > HELD_SECONDS or answer.error:
            os.close(handle.descriptor)
            self.held.remove(handle)

    # ---- judgement

    def judge(self, answer, first):
        problem = self.judge_error(answer, first) if answer.error else self.judge_value(answer)
        if answer.error:
            self.errors[answer.error] = self.errors.get(answer.error, 0) + 1
        if problem is None:
            return
        if (answer.error or answer.pieces is None) and self.oracle.out(self.mount_index, answer.begin, answer.end):
            self.excused += 1
            return
        self.wrong[problem] = self.wrong.get(problem, 0) + 1
        if len(self.told) < MOST_TOLD and self.wrong[problem] <= 5:
            self.told.append(self.tell(answer, problem))

    def judge_error(self, answer, first):
        oracle, path = self.oracle, answer.path
        window = answer.begin, answer.end
        states, asked = oracle.followed(path, *window)
        kinds = {state.kind for state in states}
        own = {state.kind for state in oracle.window(path, *window)}
        if answer.error == "ENOENT":
            missing = any(oracle.may_be_missing(each, *window) for each in ([path] if answer.kind == "stat" else asked))
            return None if missing else "ENOENT for what is there"
        if answer.error == "ENOTDIR":
            fine = oracle.may_lead_nowhere(path, *window) or answer.kind in ("list", "scan") and FILE in kinds
        elif answer.error == "EISDIR":
            fine = answer.pieces is None and DIRECTORY in kinds
        elif answer.error == "EINVAL":
            fine = answer.kind == "read a link" and own & {FILE, DIRECTORY}
        elif answer.error in ("ESTALE", "EFAULT"):
            return self.judge_stale(answer, first, states)
        else:
            fine = False
        return None if fine else answer.error

    def judge_stale(self, answer, first, states):
        """A file that was opened and then changed may be said to have; to one that opens it anew it may not."""
        reads = answer.stats or answer.kind in ("read what is kept", "list", "scan")
        if not reads or len(states) < 2 or answer.error == "EFAULT" and answer.kind != "map":
            return answer.error
        if first and all(state.begin < first.asked for state in states) and not self.disturbed(first.asked, answer.end):
            return "ESTALE again"
        return None

    def judge_value(self, answer):
        if answer.kind == "missing":
            return "found what never was"
        if answer.kind == "stat":
            return self.judge_stat(answer.value, self.oracle.window(answer.path, answer.begin, answer.end))
        if answer.kind in ("list", "scan"):
            return self.judge_listing(answer)
        if answer.kind == "read a link":
            targets = [state.value for state in self.oracle.window(answer.path, answer.begin, answer.end) if state.kind == LINK]
            return None if answer.value in targets else "a link's wrong target"
        if answer.kind == "open and keep":
            return None
        return self.judge_content(answer)

    @staticmethod
    def same(found, state):
        """Are these the attributes of that state?"""
        kind = KINDS.get(stat.S_IFMT(found.st_mode))
        if kind != state.kind or found.st_ino != state.inode:
            return False
        return kind == DIRECTORY or found.st_size == state.length and found.st_mtime_ns == state.mtime

    def judge_stat(self, found, states):
        return None if any(self.same(found, state) for state in states) else "wrong attributes"

    def judge_listing(self, answer):
        folder = answer.path
        inside = ["in"] if folder in self.mixed else [
            os.path.basename(path) for path in self.plain + self.mixed if path.startswith(folder + "/")]
        listed = {}
        for entry in answer.value:
            name, *more = entry if isinstance(entry, tuple) else (entry,)
            if name in listed:
                return "a name that is listed twice"
            listed[name] = more
        if set(listed) - set(inside):
            return "a listed name that never was"
        for name in inside:
            answer.name = os.path.join(folder, name)
            states = self.oracle.window(answer.name, answer.begin, answer.end)
            if name not in listed:
                if folder in self.mixed or any(state.kind == MISSING for state in states):
                    continue
                return "a name that is not listed"
            if not any(state.kind != MISSING for state in states):
                return "a listed name that is not there"
            more = listed[name]
            if more and not any(more in ([state.inode, state.kind], [UNKNOWN_INODE, state.kind]) for state in states):
                return "a listed name of the wrong kind"
        return None

    def judge_content(self, answer):
        oracle = self.oracle
        window = answer.begin, answer.end
        states, _ = oracle.followed(answer.path, *window)
        files = [state for state in states if state.kind == FILE]
        versions, problem = model_oracle.judge_bytes(
            b"".join(answer.pieces), answer.offset, answer.wanted, oracle.lengths, files)
        disturbed = self.disturbed(*window)
        if problem and disturbed and answer.kind in ("map", "read in pieces"):
            # What an open file holds may change at a reset; then every call has to be right by itself.
            return self.judge_pieces(answer, files) if answer.kind == "read in pieces" else None
        if problem:
            return problem + (" at a reset" if disturbed else "")
        files = [state for state in files if state.value in versions]
        if not files:
            return "old bytes" if set(versions) & set(oracle.lengths) else "bytes from nowhere"
        return None if disturbed else self.judge_stats(answer, files, states)

    def judge_pieces(self, answer, files):
        offset = 0
        for piece in answer.pieces:
            _, problem = model_oracle.judge_bytes(piece, offset, PIECE, self.oracle.lengths, files)
            if problem:
                return problem + " at a reset"
            offset += len(piece)
        return None

    def judge_stats(self, answer, files, states):
        """Attributes that were the same before and after the read have to be those of what was read."""
        for found in answer.stats:
            if not any(self.same(found, state) for state in states):
                return "wrong attributes of an open file"
        before, after = answer.stats
        if before.st_mtime_ns == after.st_mtime_ns and not any(self.same(before, state) for state in files):
            return "attributes of one version, bytes of another"
        return None

    def disturbed(self, begin, end):
        return self.oracle.disturbed(self.mount_index, begin, end)

    def tell(self, answer, problem):
        window = answer.begin, answer.end
        _, asked = self.oracle.followed(answer.path, *window)
        lines = [f"{problem}: worker {self.index} (seed {self.seed}), its operation {self.operations}: {answer.kind} {answer.path} on "
                 f"mount {self.mount_index}, from {answer.asked:.6f} (opened {answer.begin:.6f}) to {answer.end:.6f}; whatever was there "
                 f"from {self.oracle.since(answer.begin):.6f} on is right",
                 f"  got {answer.error or self.words(answer)}"]
        for name in asked + ([answer.name] if answer.name else []):
            lines += [f"  {name}: {state}" for state in self.oracle.states.get(name, ())[-12:]]
        return "\n".join(lines)

    @staticmethod
    def words(answer):
        words = [f"attributes (length {each.st_size}, inode {each.st_ino}, mtime {each.st_mtime_ns})"
                 for each in answer.stats + ([answer.value] if hasattr(answer.value, "st_size") else [])]
        if answer.pieces is None:
            return ", ".join(words) or repr(answer.value)
        data = b"".join(answer.pieces)
        at = -answer.offset % model_oracle.BLOCK
        stretches, last = [], object()
        for place in range(at, max(at + 1, len(data) - 15), model_oracle.BLOCK):
            version = model_oracle.version_at(data, place)
            if version != last:
                stretches.append(f"{version} from {answer.offset + place}")
                last = version
        return f"{len(data)} bytes from {answer.offset} of versions {', '.join(stretches[:12])}; {', '.join(words)}"

    def report(self):
        return {"counts": self.counts, "errors": self.errors, "wrong": self.wrong, "told": self.told, "excused": self.excused,
                "tampered": self.tamper.counts if self.tamper else {}}


class Tamper:
    """Makes some answers wrong, to see whether that is noticed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counts = {}

    def change(self, answer, worker):
        if self.random.random() > 0.01:
            return
        worker.oracle.catch_up()
        what = self.random.choice((self.error, self.missing, self.zeros, self.cut, self.torn, self.old, self.attributes, self.listing))
        if what(answer, worker):
            self.counts[what.__name__] = self.counts.get(what.__name__, 0) + 1

    @staticmethod
    def error(answer, _):
        answer.error = "EIO"
        return True

    @staticmethod
    def missing(answer, worker):
        states, asked = worker.oracle.followed(answer.path, answer.begin, answer.end)
        there = not any(worker.oracle.may_be_missing(each, answer.begin, answer.end) for each in asked + [answer.path])
        if there:
            answer.error = "ENOENT"
        return there

    @staticmethod
    def plenty(answer):
        return not answer.error and answer.pieces and len(answer.pieces[0]) > 4096

    def zeros(self, answer, _):
        if self.plenty(answer):
            data = answer.pieces[0]
            answer.pieces[0] = data[:2048] + bytes(1024) + data[3072:]
        return self.plenty(answer)

    def cut(self, answer, _):
        if not self.plenty(answer):
            return False
        answer.pieces[-1:] = [answer.pieces[-1][:-self.random.randrange(1, len(answer.pieces[-1]) + 1)]]
        return True

    def torn(self, answer, _):
        if not self.plenty(answer) or answer.offset % model_oracle.BLOCK:
            return False
        data = answer.pieces[0]
        other = model_oracle.content(model_oracle.version_at(data, 0) + 1, answer.offset + len(data))[answer.offset:]
        answer.pieces[0] = data[:2048] + other[2048:]
        return True

    @staticmethod
    def old(answer, worker):
        since = worker.oracle.since(answer.begin)
        for state in worker.oracle.states.get(answer.path, ()):
            if state.end < since and state.kind == FILE and state.length > 4096 and answer.kind == "read" and not answer.error:
                answer.pieces = [model_oracle.content(state.value, state.length)]
                return True
        return False

    @staticmethod
    def attributes(answer, _):
        if answer.kind != "stat" or answer.error or stat.S_ISDIR(answer.value.st_mode):
            return False
        found = answer.value
        answer.value = argparse.Namespace(
            st_mode=found.st_mode, st_size=found.st_size + 1, st_ino=found.st_ino, st_mtime_ns=found.st_mtime_ns)
        return True

    @staticmethod
    def listing(answer, _):
        if answer.kind not in ("list", "scan") or answer.error or not answer.value:
            return False
        answer.value = answer.value + answer.value[:1]
        return True


def main():
    role, index, settings_file = sys.argv[1:]
    # Ctrl-C reaches the whole group; it is model.py that ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    index = int(index)
    with open(settings_file, encoding="ascii") as source:
        settings = json.load(source)
    board = Board(settings["board"], settings["slots"])
    log = model_oracle.Log(settings["log"])
    if role == "mutator":
        mutator = model_storage.Mutator(settings["storage"], log, settings["seed"])
        mutator.prepare()
        board.note(index, 1, "ready")
        mutator.run(board.ending, settings["rate"])
        print(json.dumps({"changes": mutator.changes}))
    elif role == "resetter":
        resetter = model_storage.Resetter(settings["mounts"], log, settings)
        resetter.run(board.ending, settings["reset_every"])
        print(json.dumps({"resets": resetter.number, "not_whole": resetter.failed}))
    else:
        oracle = model_oracle.Oracle(log, settings["enoent"])
        mount = index % len(settings["mounts"])
        worker = Worker(index, mount, settings["mounts"][mount], oracle, board, settings,
                        Tamper(settings["seed"] + index) if settings["tamper"] else None)
        worker.run(settings["operations"])
        print(json.dumps(worker.report()))


if __name__ == "__main__":
    main()
