"""What each answer of a mount may be while files on storage change: the log of what happened, and the oracle that reads it.

Everything that happens is a line of JSON in one file that all processes of a run append to: a change is announced there before
it begins and reported when it is done, so that an answer can be judged as soon as it is there, by times of CLOCK_MONOTONIC. What is not known
to have ended has not ended. Used by model.py and model_load.py; only the standard library is used.
"""

import functools
import json
import math
import os
import time

BLOCK = 64
MOST = 3 << 20
FILE, DIRECTORY, LINK, MISSING = "file", "directory", "link", "missing"


@functools.lru_cache(maxsize=1)
def places():
    """What the content of a file has in each block, whatever its version."""
    return b"".join(b"v%015x" % 0 + (b"%012x" % block) * 4 for block in range(MOST // BLOCK))


@functools.lru_cache(maxsize=48)
def content(version, length):
    """The bytes of a version of a file: blocks of 64 that begin with the version's number and go on with their own."""
    blocks = -(-length // BLOCK)
    data = bytearray(places()[:blocks * BLOCK])
    for index, digit in enumerate(b"%06x" % version, 10):
        data[index::BLOCK] = bytes([digit]) * blocks
    return bytes(data[:length])


def version_at(data, at):
    """The number at a place where a block begins; None if there is none."""
    try:
        return int(data[at + 1:at + 16], 16) if data[at:at + 1] == b"v" else None
    except ValueError:
        return None


class Log:
    """The file all processes append to and read."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.offset = 0
        self.rest = b""

    def append(self, *words):
        os.write(self.descriptor, json.dumps(words).encode() + b"\n")

    def news(self):
        """The lines that were appended since the last call."""
        lines = []
        while block := os.pread(self.descriptor, 1 << 20, self.offset):
            self.offset += len(block)
            *whole, self.rest = (self.rest + block).split(b"\n")
            lines += map(json.loads, whole)
        return lines


class State:
    """What was under a name on storage from some time on."""

    __slots__ = ("kind", "value", "length", "inode", "mtime", "begin", "end", "change")

    def __init__(self, kind, value, length, inode, mtime):
        self.kind = kind
        self.value = value  # the version of a file, the target of a link
        self.length = length
        self.inode = inode
        self.mtime = mtime
        self.begin = -math.inf
        self.end = math.inf
        self.change = None

    def __str__(self):
        return (f"{self.kind} {self.value} (length {self.length}, inode {self.inode}, mtime {self.mtime}) "
                f"from {self.begin:.3f} to {self.end:.3f}")


NEVER = State(MISSING, None, None, None, None)


class Oracle:
    """The history of storage, and what it allows.

    `enoent` is for how many seconds at most a name is taken for missing after it has appeared.
    """

    def __init__(self, log, enoent):
        self.log = log
        self.enoent = enoent
        self.states = {}
        self.lengths = {}
        self.changes = {}
        self.resets = []  # (begin, end) of those of the whole tree that were done
        self.disturbances = []  # [begin, end, mount or None] of everything that has a mount forget something
        self.open_disturbances = {}
        self.outages = {}  # mount → [begin, end] of its node's
        self.stops = []
        self.catch_up()

    def catch_up(self):
        for kind, *words in self.log.news():
            getattr(self, "on_" + kind)(*words)

    # ---- what happened

    def on_change(self, number, begin, states):
        """A change begins; `states`: path → what will be there."""
        for path, words in states.items():
            state = State(*words)
            state.begin = begin
            state.change = number
            if state.kind == FILE:
                self.lengths[state.value] = state.length
            self.states.setdefault(path, []).append(state)
        self.changes[number] = list(states)

    def on_changed(self, number, end):
        for path in self.changes.pop(number):
            history = self.states[path]
            if len(history) > 1:
                history[-2].end = end

    def on_reset(self, number, begin, mount):
        self.open_disturbances[number] = [begin, math.inf, mount]
        self.disturbances.append(self.open_disturbances[number])

    def on_was_reset(self, number, end, whole):
        """`whole`: every node of the tree has been reset, parents first."""
        disturbance = self.open_disturbances.pop(number)
        disturbance[1] = end
        if whole:
            self.resets.append((disturbance[0], end))

    def on_dead(self, mount, begin):
        self.outages.setdefault(mount, []).append([begin, math.inf])

    def on_alive(self, mount, end):
        self.outages[mount][-1][1] = end

    def on_stopped(self, begin):
        self.stops.append([begin, math.inf])

    def on_goes_on(self, end):
        self.stops[-1][1] = end

    # ---- what that allows

    def since(self, begin):
        """From what time on the things are that a question asked at `begin` may bring."""
        for reset_begin, reset_end in reversed(self.resets):
            if reset_end <= begin:
                return reset_begin
        return -math.inf

    def window(self, path, begin, end):
        """The states of a name that a question asked at `begin` and answered at `end` may bring, the newest first."""
        return self.within(path, self.since(begin), end)

    def within(self, path, least, end):
        found = []
        for state in reversed(self.states.get(path, ())):
            if state.end < least:
                break
            if state.begin <= end:
                found.append(state)
        return found if path in self.states else [NEVER]

    def remembers_missing(self, begin):
        """From what time on a name may have been missing if it is said at `begin` to be."""
        stopped = sum(min(end, begin) - max(start, begin - 60) for start, end in self.stops
                      if start < begin and min(end, begin) > begin - 60)
        return max(self.since(begin), begin - self.enoent - stopped)

    def may_be_missing(self, path, begin, end):
        least = self.remembers_missing(begin)
        if any(state.kind == MISSING for state in self.within(path, least, end)):
            return True
        return any(state.kind == LINK and self.may_be_missing(self.target(above, state), begin, end)
                   for above in self.above(path) for state in self.window(above, begin, end))

    @staticmethod
    def above(path):
        """The names on the way to it that may be no directories."""
        parts = path.split("/")
        return ["/".join(parts[:2])] if len(parts) > 2 else []

    @staticmethod
    def target(path, link):
        return os.path.join(os.path.dirname(path), link.value)

    def may_lead_nowhere(self, path, begin, end):
        """May a name on the way be something else than a directory?"""
        return any(state.kind in (FILE, LINK) for above in self.above(path) for state in self.window(above, begin, end))

    def followed(self, path, begin, end):
        """What opening the name may bring: the states of links replaced by those of their targets, and the names asked."""
        states, names = [], [path]
        for state in self.window(path, begin, end):
            if state.kind == LINK:
                target = self.target(path, state)
                if target not in names:
                    names.append(target)
                    states += self.window(target, begin, end)
            else:
                states.append(state)
        return states, names

    def disturbed(self, mount, begin, end):
        """Was the mount reset, or its tree, in that time?"""
        for each in reversed(self.disturbances):
            if each[1] >= begin and each[0] <= end and each[2] in (None, mount):
                return True
            if each[1] < begin - 60:
                return False
        return False

    def out(self, mount, begin, end):
        """Was the mount's node dead in that time?"""
        return any(start <= end and over >= begin for start, over in self.outages.get(mount, ()))


def judge_bytes(data, offset, wanted, lengths, candidates):
    """Whose bytes these are: (versions, what is wrong with them or None).

    `wanted` bytes at `offset` were asked for; `candidates` are tried where what came is too short to tell by itself.
    """
    at = -offset % BLOCK
    if len(data) < at + 16:
        found = [state.value for state in candidates
                 if data == content(state.value, state.length)[offset:offset + wanted]]
        if found:
            return found, None
        cut = any(data == content(state.value, state.length)[offset:offset + len(data)] for state in candidates)
        return [], "cut" if cut else "foreign"
    version = version_at(data, at)
    length = lengths.get(version)
    if length is not None:
        if data == content(version, length)[offset:offset + wanted]:
            return [version], None
        if data == content(version, length)[offset:offset + len(data)]:
            return [version], "cut"
    places_of_blocks = range(at, len(data) - 15, BLOCK)
    if len({version_at(data, place) for place in places_of_blocks} - {None}) > 1:
        return [], "torn"
    if data.endswith(b"\0") or any(data[place:place + 16] == bytes(16) for place in places_of_blocks):
        return [], "zero-filled"
    return [], "foreign"


def now():
    return time.monotonic()
