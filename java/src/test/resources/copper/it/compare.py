"""Compares a directory with a read-only mount of it, in everything that a program can see.

usage: compare.py STORAGE MOUNT [--sample N] [--seed N] [--lines N] [--look-only]

Prints a line for each difference (the first LINES of them), then "objects N" and what may differ and does, with the
reason; ends with 1 if there is a difference. Works on names as bytes, whatever the locale. In a directory of more
than SAMPLE entries only that many, picked by SEED, are looked at beyond their name and type. Operations that
change something are tried on the mount only, against a table of what they must answer, unless LOOK_ONLY.
"""
import argparse
import collections
import ctypes
import errno
import fcntl
import mmap
import os
import platform
import random
import socket
import stat
import struct
import sys
import tempfile

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_GETDENTS64 = {"x86_64": 217, "aarch64": 61}.get(platform.machine())
TCGETS = 0x5401
LARGE = 16 << 20
PIECE = 100003

STAT_FIELDS = (
    "st_mode", "st_nlink", "st_uid", "st_gid", "st_rdev", "st_size", "st_blocks", "st_atime_ns", "st_mtime_ns",
    "st_ctime_ns",
)
ALLOWED = {
    "st_dev": "every mount has its own device number",
    "st_ino": "two file systems below the target may use one inode number twice, the mount's are its own",
    "st_blksize": "the kernel reports the block size of the mount",
}


class Report:
    """Collects differences."""

    def __init__(self, lines):
        self.lines = lines
        self.differences = 0
        self.objects = 0
        self.allowed = collections.Counter()

    def differ(self, where, what, storage, mount):
        self.differences += 1
        if isinstance(storage, bytes) and isinstance(mount, bytes) and len(storage) > 300:
            at = len(os.path.commonprefix([storage, mount]))
            what = "%s: %d and %d bytes, alike up to offset %d" % (what, len(storage), len(mount), at)
            storage, mount = storage[at:at + 8], mount[at:at + 8]
        if self.differences <= self.lines:
            print("%s: %s: storage %s, mount %s" % (shown(where), what, shown(storage), shown(mount)))

    def same(self, where, what, storage, mount):
        if storage != mount:
            self.differ(where, what, storage, mount)

    def close(self):
        print("objects %d" % self.objects)
        for field, count in sorted(self.allowed.items()):
            print("allowed: %s differs %d times: %s" % (field, count, ALLOWED[field]))
        print("differences %d" % self.differences)
        return 1 if self.differences else 0


def shown(value):
    text = ascii(value)
    return text if len(text) < 300 else "%s… (%d characters)" % (text[:300], len(text))


def outcome(function, *args, **kwargs):
    """What function returns, or the name of the errno it fails with.

    When entries are dropped for memory while the kernel walks a path, it begins again and goes on counting links
    where it was: 40 of them are then ELOOP, on storage too. What is ELOOP by itself still is so the next time.
    """
    for _ in range(5):
        try:
            return function(*args, **kwargs)
        except OSError as e:
            failed = e.errno
        if failed != errno.ELOOP:
            break
    return "EOPNOTSUPP" if failed == errno.EOPNOTSUPP else errno.errorcode.get(failed, str(failed))


def fields(status):
    return {name: getattr(status, name) for name in STAT_FIELDS}


# ---- directories


def getdents(path, size):
    """(name, type, offset of the next) of the entries, read with a buffer of size bytes."""
    entries = []
    buffer = ctypes.create_string_buffer(size)
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            count = LIBC.syscall(SYS_GETDENTS64, fd, buffer, size)
            if count < 0:
                raise OSError(ctypes.get_errno(), "getdents64")
            if count == 0:
                return entries
            entries += parse_dirents(buffer.raw[:count])
    finally:
        os.close(fd)


def parse_dirents(raw):
    at, entries = 0, []
    while at < len(raw):
        _, offset, length, kind = struct.unpack_from("<QqHB", raw, at)
        entries.append((raw[at + 19:at + length].split(b"\0", 1)[0], kind, offset))
        at += length
    return entries


def compare_directory(report, storage, mount, rel):
    """Compares names and types, and returns the names both have."""
    here, there = os.path.join(storage, rel), os.path.join(mount, rel)
    want, got = outcome(getdents, here, 1 << 16), outcome(getdents, there, 1 << 16)
    if isinstance(want, str) or isinstance(got, str):
        report.same(rel, "listing", want if isinstance(want, str) else "ok", got if isinstance(got, str) else "ok")
        return []
    want_types = {name: kind for name, kind, _ in want}
    got_types = {name: kind for name, kind, _ in got}
    twice = [name for name, n in collections.Counter(name for name, _, _ in got).items() if n > 1]
    report.same(rel, "names listed twice", [], twice[:5])
    report.same(rel, "names missing", [], sorted(set(want_types) - set(got_types))[:5])
    report.same(rel, "names too many", [], sorted(set(got_types) - set(want_types))[:5])
    both = sorted(set(want_types) & set(got_types))
    for name in both:
        report.same(os.path.join(rel, name), "d_type", want_types[name], got_types[name])
    if len(want) < 5000:
        for size in (280, 1000, 4096):
            names = [name for name, _, _ in outcome(getdents, there, size)]
            report.same(rel, "listing with a buffer of %d" % size, sorted(want_types), sorted(names))
    report.same(rel, "os.listdir", sorted(os.listdir(here)), sorted(os.listdir(there)))
    return [name for name in both if name not in (b".", b"..")]


class Dirent(ctypes.Structure):
    _fields_ = [
        ("ino", ctypes.c_uint64), ("offset", ctypes.c_int64), ("length", ctypes.c_uint16), ("kind", ctypes.c_uint8),
        ("name", ctypes.c_char * 256),
    ]


def prototype(name, result, *args):
    function = getattr(LIBC, name)
    function.restype, function.argtypes = result, args
    return function


OPENDIR = prototype("opendir", ctypes.c_void_p, ctypes.c_char_p)
READDIR = prototype("readdir", ctypes.POINTER(Dirent), ctypes.c_void_p)
TELLDIR = prototype("telldir", ctypes.c_long, ctypes.c_void_p)
SEEKDIR = prototype("seekdir", None, ctypes.c_void_p, ctypes.c_long)
REWINDDIR = prototype("rewinddir", None, ctypes.c_void_p)
CLOSEDIR = prototype("closedir", ctypes.c_int, ctypes.c_void_p)


def check_seekdir(report, mount, rel, rng):
    """Positions of telldir lead back to the same entries, in any order, and rewinddir to the first."""
    stream = OPENDIR(os.path.join(mount, rel))
    try:
        order, places = [], []
        while True:
            place = TELLDIR(stream)
            entry = READDIR(stream)
            if not entry:
                break
            places.append(place)
            order.append(entry.contents.name)
        for _ in range(40):
            i = rng.randrange(len(order))
            SEEKDIR(stream, places[i])
            got = [READDIR(stream).contents.name for _ in range(min(3, len(order) - i))]
            report.same(rel, "entries after seekdir to number %d" % i, order[i:i + 3], got)
        REWINDDIR(stream)
        again = []
        while True:
            entry = READDIR(stream)
            if not entry:
                break
            again.append(entry.contents.name)
        report.same(rel, "entries after rewinddir", order, again)
    finally:
        CLOSEDIR(stream)


# ---- attributes


def compare_status(report, storage, mount, rel, inodes):
    want = outcome(os.lstat, os.path.join(storage, rel))
    got = outcome(os.lstat, os.path.join(mount, rel))
    report.objects += 1
    if isinstance(want, str) or isinstance(got, str):
        report.same(rel, "lstat", want if isinstance(want, str) else "ok", got if isinstance(got, str) else "ok")
        return None
    if fields(want) != fields(got):
        report.differ(
            rel, "lstat", {k: v for k, v in fields(want).items() if fields(got)[k] != v},
            {k: v for k, v in fields(got).items() if fields(want)[k] != v})
    for name in ALLOWED:
        if getattr(want, name) != getattr(got, name):
            report.allowed[name] += 1
    # Programs take two names of one device and inode for one file.
    known = inodes.setdefault((got.st_dev, got.st_ino), (want.st_dev, want.st_ino))
    report.same(rel, "inode number of another file", known, (want.st_dev, want.st_ino))
    report.same(rel, "inode number a second time", got.st_ino, os.lstat(os.path.join(mount, rel)).st_ino)
    return want.st_mode


def follow(path):
    status = os.stat(path)
    return status.st_mode, status.st_size, status.st_mtime_ns


def compare_link(report, storage, mount, rel):
    here, there = os.path.join(storage, rel), os.path.join(mount, rel)
    report.same(rel, "readlink", outcome(os.readlink, here), outcome(os.readlink, there))
    for what, function in (("stat", follow), ("open", open_and_read), ("listdir", lambda p: sorted(os.listdir(p)))):
        report.same(rel, what + " through the link", outcome(function, here), outcome(function, there))


def open_and_read(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, PIECE)
    finally:
        os.close(fd)


# ---- bytes


def read_whole(fd):
    os.lseek(fd, 0, os.SEEK_SET)
    parts = []
    while True:
        part = os.read(fd, PIECE)
        if not part:
            return b"".join(parts)
        parts.append(part)


def compare_bytes(report, storage, mount, rel, rng):
    here, there = os.path.join(storage, rel), os.path.join(mount, rel)
    # Read without touching the access time of the original, where we may.
    want_fd = outcome(os.open, here, os.O_RDONLY | os.O_NOATIME)
    if want_fd == "EPERM":
        want_fd = outcome(os.open, here, os.O_RDONLY)
    got_fd = outcome(os.open, there, os.O_RDONLY)
    try:
        if isinstance(want_fd, str) or isinstance(got_fd, str):
            report.same(
                rel, "open", want_fd if isinstance(want_fd, str) else "ok", got_fd if isinstance(got_fd, str) else "ok")
            return
        size = os.fstat(want_fd).st_size
        report.same(rel, "SEEK_END", size, os.lseek(got_fd, 0, os.SEEK_END))
        report.same(rel, "fstat", fields(os.lstat(there)), fields(os.fstat(got_fd)))
        compare_preads(report, rel, want_fd, got_fd, size, rng)
        if size <= LARGE:
            want = read_whole(want_fd)
            compare_whole(report, rel, want, got_fd)
    finally:
        for fd in (want_fd, got_fd):
            if not isinstance(fd, str):
                os.close(fd)


def compare_preads(report, rel, want_fd, got_fd, size, rng):
    places = [0, 1, 511, 4095, 4096, 4097, 65535, 131071, 131072, 131073, size - 1, size, size + 1, size + 5000]
    places += [(4 << 30) - 3, (4 << 30) + 1] + [rng.randrange(size + 1) for _ in range(4)]
    for at in places:
        if 0 <= at <= size + 5000:
            for length in (1, 777, 4096, 140001):
                want, got = outcome(os.pread, want_fd, length, at), outcome(os.pread, got_fd, length, at)
                report.same(rel, "pread of %d at %d" % (length, at), want, got)


def compare_whole(report, rel, want, got_fd):
    report.same(rel, "read to the end", want, outcome(read_whole, got_fd))
    report.same(rel, "sendfile", want, outcome(send_whole, got_fd, len(want)))
    if want:
        report.same(rel, "mmap shared", want, outcome(mapped, got_fd, mmap.MAP_SHARED, mmap.PROT_READ))
        report.same(rel, "mmap private", want, outcome(mapped, got_fd, mmap.MAP_PRIVATE, mmap.PROT_READ))
        report.same(rel, "mmap private, written to", want, outcome(mapped_and_written, got_fd))
        report.same(rel, "read after that", want, outcome(read_whole, got_fd))


def send_whole(fd, size):
    with tempfile.TemporaryFile() as out:
        at = 0
        while at < size:
            sent = os.sendfile(out.fileno(), fd, at, size - at)
            if sent == 0:
                break
            at += sent
        out.seek(0)
        return out.read()


def mapped(fd, flags, protection):
    with mmap.mmap(fd, 0, flags=flags, prot=protection) as pages:
        return pages[:]


def mapped_and_written(fd):
    with mmap.mmap(fd, 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE) as pages:
        before = pages[:]
        pages[0:1] = bytes([pages[0] ^ 0xFF])
        return before


def compare_direct_io(report, storage, mount, rel):
    """O_DIRECT is what some loaders of large files use."""

    def read_direct(path):
        fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
        try:
            with mmap.mmap(-1, 1 << 16) as pages:  # aligned, as O_DIRECT wants
                count = os.preadv(fd, [pages], 4096)
                return pages[:count]
        finally:
            os.close(fd)

    want = outcome(read_direct, os.path.join(storage, rel))
    if not isinstance(want, str):  # not every file system has it
        report.same(rel, "read with O_DIRECT", want, outcome(read_direct, os.path.join(mount, rel)))


# ---- the walk


def walk(report, storage, mount, args):
    """Compares everything below; attributes of a directory's entries before any of their bytes."""
    rng = random.Random(args.seed)
    inodes = {}
    compare_status(report, storage, mount, b"", inodes)
    queue = collections.deque([b""])
    while queue:
        rel = queue.popleft()
        names = compare_directory(report, storage, mount, rel)
        report.objects += len(names) if len(names) > args.sample else 0
        if len(names) > args.sample:
            check_seekdir(report, mount, rel, rng)
            names = sorted(set(rng.sample(names, args.sample)) | {n for n in names if not n.startswith(b"entry-")})
        elif len(names) > 50:
            check_seekdir(report, mount, rel, rng)
        modes = [(n, compare_status(report, storage, mount, os.path.join(rel, n), inodes)) for n in names]
        for name, mode in modes:
            compare_object(report, storage, mount, os.path.join(rel, name), mode, queue, rng)


def compare_object(report, storage, mount, rel, mode, queue, rng):
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        queue.append(rel)
    elif stat.S_ISLNK(mode):
        compare_link(report, storage, mount, rel)
    elif stat.S_ISREG(mode):
        compare_bytes(report, storage, mount, rel, rng)
    for how in (os.R_OK, os.X_OK, os.F_OK):
        want = os.access(os.path.join(storage, rel), how)
        report.same(rel, "access %d" % how, want, os.access(os.path.join(mount, rel), how))


# ---- operations that only look: both sides must answer alike


def opened(flags, mode=0):
    def try_open(path):
        fd = os.open(path, flags, mode)
        os.close(fd)
        return "ok"

    return try_open


def read_directory_as_file(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, 10)
    finally:
        os.close(fd)


def enter(path):
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path)
        return "ok"
    finally:
        os.fchdir(before)
        os.close(before)


def connect(path):
    """Connects to a socket's name through a directory descriptor, since an address is short."""
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(os.path.dirname(path))
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(os.path.basename(path))
        return "ok"
    finally:
        os.fchdir(before)
        os.close(before)


def execute(path):
    """What execve answers, told by a child's exit code."""
    pid = os.fork()
    if pid == 0:
        try:
            os.execv(path, [path])
        except OSError as e:
            os._exit(e.errno)
        finally:
            os._exit(0)
    return errno.errorcode.get(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), "ok")


def seek_below_zero(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.lseek(fd, -1, os.SEEK_SET)
    finally:
        os.close(fd)


def lock_shared(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.lockf(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return "ok"
    finally:
        os.close(fd)


LOOKING = {
    "lstat": lambda p: fields(os.lstat(p)),
    "stat": follow,
    "open": opened(os.O_RDONLY),
    "open O_DIRECTORY": opened(os.O_RDONLY | os.O_DIRECTORY),
    "open O_NOFOLLOW": opened(os.O_RDONLY | os.O_NOFOLLOW),
    "open O_PATH": opened(os.O_PATH),
    "open O_NONBLOCK": opened(os.O_RDONLY | os.O_NONBLOCK),
    "readlink": os.readlink,
    "listdir": lambda p: sorted(os.listdir(p)),
    "chdir": enter,
    "execve": execute,
    "access": lambda p: os.access(p, os.F_OK),
}

PLACES = [
    b"nothing-here", b"nothing-here/below", b"sizes/4096/below", b"sizes/4096/", b"sizes/4096/.", b"sizes/4096/..",
    b"names/..", b"names/./", b"names//./..//names", b"x" * 255, b"x" * 256, b"names/" + b"x" * 256,
    b"names/" + b"\xff" * 256, b"p/" * 2100, b"names/" + b"./" * 2100, b"links/to-file/", b"links/to-dir/",
    b"links/to-dir/in", b"links/to-dir/nothing", b"links/to-dir/..", b"links/dangling/", b"links/dangling/below",
    b"links/cycle-a", b"links/cycle-a/below", b"links/self/", b"links/chain-3", b"links/chain-5", b"links/chain-6",
    b"links/chain-start", b"links/long-target", b"links/below-a-file", b"perm/dir-0-0-0000/in", b"perm/dir-0-0-0000",
    b"perm/dir-0-0-0111/in", b"perm/dir-0-0-0111", b"perm/dir-0-0-0444/in", b"perm/dir-0-0-0444/nothing",
    b"perm/dir-0-0-0600/nothing", b"perm/dir-0-0-0755/nothing", b"perm/dir-65534-65534-0600/in",
    b"perm/dir-65534-65534-0000/in", b"perm/file-0-0-0400", b"perm/file-65534-65534-0000",
    b"perm/file-65534-65534-0400", b"perm/file-65534-0-0001", b"perm/file-0-65534-0004", b"empty", b"empty/nothing",
    b"names/case", b"names/CASE", b"names/cAsE",
]


def compare_answers(report, storage, mount):
    for rel in PLACES:
        for name, function in LOOKING.items():
            if name == "execve" and os.access(os.path.join(storage, rel), os.X_OK):
                continue  # the files hold no programs
            want = outcome(function, os.path.join(storage, rel))
            report.same(rel, name, want, outcome(function, os.path.join(mount, rel)))
    for rel, name, function in (
        (b"names", "read of a directory", read_directory_as_file),
        (b"names", "open of a directory for writing", opened(os.O_WRONLY)),
        (b"names", "open of a directory for reading and writing", opened(os.O_RDWR)),
        (b"names", "creating what is a directory", opened(os.O_WRONLY | os.O_CREAT, 0o600)),
        (b"sizes/4096", "creating what is there, exclusively", opened(os.O_RDONLY | os.O_CREAT | os.O_EXCL, 0o600)),
        (b"sizes/4096", "creating what is there, for reading", opened(os.O_RDONLY | os.O_CREAT, 0o600)),
        (b"sizes/4096", "seek below zero", seek_below_zero),
        (b"sizes/4096", "shared locks", lock_shared),
        (b"special/socket", "connect without a listener", connect),
        (b"special/socket", "open of a socket", opened(os.O_RDONLY)),
        (b"special/fifo", "open of a fifo", opened(os.O_RDONLY | os.O_NONBLOCK)),
        (b"special/fifo", "open of a fifo for writing", opened(os.O_WRONLY | os.O_NONBLOCK)),
    ):
        want = outcome(function, os.path.join(storage, rel))
        report.same(rel, name, want, outcome(function, os.path.join(mount, rel)))
    want, got = os.statvfs(storage), os.statvfs(mount)
    for name in ("f_blocks", "f_frsize", "f_files", "f_namemax"):
        report.same(b"", "statvfs " + name, getattr(want, name), getattr(got, name))


# ---- operations that change something: the mount must refuse them


def writing(flags, act=lambda fd: os.write(fd, b"x")):
    """Opens with flags and, where that succeeds, writes."""

    def try_write(path):
        fd = os.open(path, flags, 0o600)
        try:
            return act(fd)
        finally:
            os.close(fd)

    return try_write


RO = {"EROFS"}
NEW, FILE, DIRECTORY = b"not-yet", b"sizes/4096", b"names"
ANY = {"EROFS", "EOPNOTSUPP"}
CHANGES = [
    # what, on what, function of the path, answers allowed
    ("create", NEW, writing(os.O_WRONLY | os.O_CREAT), RO),
    ("create exclusively", NEW, writing(os.O_WRONLY | os.O_CREAT | os.O_EXCL), RO),
    ("create for reading", NEW, writing(os.O_RDONLY | os.O_CREAT), RO),
    ("create in what is missing", b"nothing-here/new", writing(os.O_WRONLY | os.O_CREAT), {"ENOENT"}),
    ("create below a file", b"sizes/4096/new", writing(os.O_WRONLY | os.O_CREAT), {"ENOTDIR"}),
    ("create a long name", b"x" * 256, writing(os.O_WRONLY | os.O_CREAT), {"ENAMETOOLONG"}),
    ("create through a dangling link", b"links/dangling", writing(os.O_WRONLY | os.O_CREAT), RO),
    ("nameless file", DIRECTORY, writing(os.O_WRONLY | os.O_TMPFILE), ANY),
    ("open O_WRONLY and write", FILE, writing(os.O_WRONLY), RO),
    ("open O_WRONLY, existing, O_CREAT", FILE, writing(os.O_WRONLY | os.O_CREAT), RO),
    ("open O_WRONLY of what is missing", NEW, writing(os.O_WRONLY), {"ENOENT"}),
    ("open O_APPEND and write", FILE, writing(os.O_WRONLY | os.O_APPEND), RO),
    ("open O_TRUNC", FILE, opened(os.O_WRONLY | os.O_TRUNC), RO),
    ("open O_RDWR | O_TRUNC", FILE, opened(os.O_RDWR | os.O_TRUNC), RO),
    ("open O_RDWR", FILE, opened(os.O_RDWR), {"ok"}),
    ("open O_RDWR and write", FILE, writing(os.O_RDWR), RO),
    ("open O_RDWR and write at the end", FILE, writing(os.O_RDWR, lambda fd: os.pwrite(fd, b"x" * 9000, 4096)), RO),
    ("open O_RDWR and write far out", FILE, writing(os.O_RDWR, lambda fd: os.pwrite(fd, b"x", 1 << 33)), RO),
    ("open O_RDWR and ftruncate", FILE, writing(os.O_RDWR, lambda fd: os.ftruncate(fd, 10)), RO),
    ("open O_RDWR and fallocate", FILE, writing(os.O_RDWR, lambda fd: os.posix_fallocate(fd, 0, 9000)), ANY),
    ("open O_RDONLY and write", FILE, writing(os.O_RDONLY), {"EBADF"}),
    ("open O_RDONLY and fchmod", FILE, writing(os.O_RDONLY, lambda fd: os.fchmod(fd, 0o777)), RO),
    ("open O_RDONLY and futimes", FILE, writing(os.O_RDONLY, lambda fd: os.utime(fd, (1, 1))), RO),
    ("truncate", FILE, lambda p: os.truncate(p, 10), RO),
    ("truncate to the length it has", FILE, lambda p: os.truncate(p, 4096), RO),
    ("truncate a directory", DIRECTORY, lambda p: os.truncate(p, 0), {"EISDIR"}),
    ("truncate what is missing", NEW, lambda p: os.truncate(p, 0), {"ENOENT"}),
    ("mkdir", NEW, os.mkdir, RO),
    ("mkdir of what is there", DIRECTORY, os.mkdir, {"EEXIST"}),
    ("mkdir in what is missing", b"nothing-here/new", os.mkdir, {"ENOENT"}),
    ("mknod", NEW, lambda p: os.mknod(p, stat.S_IFREG | 0o600), RO),
    ("mkfifo", NEW, os.mkfifo, RO),
    ("symlink", NEW, lambda p: os.symlink(b"target", p), RO),
    ("symlink over what is there", FILE, lambda p: os.symlink(b"target", p), {"EEXIST"}),
    ("link", FILE, lambda p: os.link(p, p + b"-linked"), RO),
    ("link over what is there", FILE, lambda p: os.link(p, p[:-4] + b"511"), {"EEXIST"}),
    ("link of what is missing", NEW, lambda p: os.link(p, p + b"-linked"), {"ENOENT"}),
    ("unlink", FILE, os.unlink, RO),
    ("unlink a link", b"links/dangling", os.unlink, RO),
    ("unlink what is missing", NEW, os.unlink, {"ENOENT"}),
    ("unlink a directory", DIRECTORY, os.unlink, {"EISDIR", "EROFS"}),
    ("rmdir", b"empty", os.rmdir, RO),
    ("rmdir of a full one", DIRECTORY, os.rmdir, {"EROFS", "ENOTEMPTY"}),
    ("rmdir of a file", FILE, os.rmdir, {"ENOTDIR"}),
    ("rmdir of what is missing", NEW, os.rmdir, {"ENOENT"}),
    ("rename", FILE, lambda p: os.rename(p, p + b"-renamed"), RO),
    ("rename over", FILE, lambda p: os.rename(p, p[:-4] + b"511"), RO),
    ("rename of what is missing", NEW, lambda p: os.rename(p, p + b"-renamed"), {"ENOENT"}),
    ("rename a file over a directory", FILE, lambda p: os.rename(p, p[:-10] + b"empty"), {"EISDIR", "EROFS"}),
    ("chmod", FILE, lambda p: os.chmod(p, 0o777), RO),
    ("chmod to what it is", FILE, lambda p: os.chmod(p, stat.S_IMODE(os.stat(p).st_mode)), RO),
    ("chmod of what is missing", NEW, lambda p: os.chmod(p, 0o777), {"ENOENT"}),
    ("chown", FILE, lambda p: os.chown(p, 1, 1), RO),
    ("chown of a link", b"links/dangling", lambda p: os.chown(p, 1, 1, follow_symlinks=False), RO),
    ("utimes", FILE, lambda p: os.utime(p, (1, 1)), RO),
    ("utimes of now", DIRECTORY, os.utime, RO),
    ("setxattr", FILE, lambda p: os.setxattr(p, b"user.x", b"y"), ANY),
    ("removexattr", FILE, lambda p: os.removexattr(p, b"user.x"), ANY),
    ("getxattr", FILE, lambda p: os.getxattr(p, b"user.x"), {"EOPNOTSUPP", "ENODATA"}),
    ("getxattr of a directory", DIRECTORY, lambda p: os.getxattr(p, b"user.x"), {"EOPNOTSUPP", "ENODATA"}),
    ("listxattr", FILE, os.listxattr, {"EOPNOTSUPP", "[]"}),
    ("getxattr of what is missing", NEW, lambda p: os.getxattr(p, b"user.x"), {"ENOENT"}),
    ("listxattr of what is missing", NEW, os.listxattr, {"ENOENT"}),
    ("TCGETS", FILE, writing(os.O_RDONLY, lambda fd: fcntl.ioctl(fd, TCGETS, bytes(60))), {"ENOTTY"}),
    ("unknown ioctl", FILE, writing(os.O_RDONLY, lambda fd: fcntl.ioctl(fd, 7)), {"ENOTTY"}),
    ("ioctl on a directory", DIRECTORY, writing(os.O_RDONLY, lambda fd: fcntl.ioctl(fd, 7)), {"ENOTTY"}),
]
# An ordinary user is refused by the kernel first where the original's permissions say so.
USER_CHANGES = [
    ("create where others may", b"perm/open-to-all/new", writing(os.O_WRONLY | os.O_CREAT), RO),
    ("mkdir where others may", b"perm/open-to-all/new", os.mkdir, RO),
    ("create where others may not", b"empty/new", writing(os.O_WRONLY | os.O_CREAT), {"EACCES", "EROFS"}),
    ("mkdir where others may not", b"empty/new", os.mkdir, {"EACCES", "EROFS"}),
    ("unlink where others may not", FILE, os.unlink, {"EACCES", "EROFS"}),
    ("write to another's file", FILE, writing(os.O_WRONLY), {"EACCES", "EROFS"}),
    ("write to the own file", b"perm/file-65534-65534-0644", writing(os.O_WRONLY), RO),
    ("write to a file without permission", b"perm/file-65534-65534-0400", writing(os.O_WRONLY), {"EACCES", "EROFS"}),
    ("chmod of another's file", FILE, lambda p: os.chmod(p, 0o777), {"EPERM", "EROFS"}),
    ("chmod of the own file", b"perm/file-65534-65534-0644", lambda p: os.chmod(p, 0o777), RO),
    ("chown of the own file", b"perm/file-65534-65534-0644", lambda p: os.chown(p, 0, 0), {"EPERM", "EROFS"}),
]


def check_refusals(report, mount, table):
    path = os.path.join(mount, FILE)
    before = outcome(lambda: (fields(os.lstat(path)), open_and_read(path)))
    for what, rel, function, allowed in table:
        got = outcome(function, os.path.join(mount, rel))
        if str(got) not in allowed:
            report.differ(rel, what, " or ".join(sorted(allowed)), got)
    after = outcome(lambda: (fields(os.lstat(path)), open_and_read(path)))
    report.same(FILE, "attributes and bytes after attempts to change it", before, after)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("storage")
    parser.add_argument("mount")
    parser.add_argument("--sample", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=100)
    parser.add_argument("--look-only", action="store_true")
    args = parser.parse_args()
    storage, mount = os.fsencode(args.storage), os.fsencode(args.mount)
    if SYS_GETDENTS64 is None:
        sys.exit("compare.py does not know the number of getdents64 on " + platform.machine())
    os.umask(0)
    report = Report(args.lines)
    walk(report, storage, mount, args)
    compare_answers(report, storage, mount)
    compare_direct_io(report, storage, mount, b"sizes/131073")
    if not args.look_only:
        check_refusals(report, mount, CHANGES if os.geteuid() == 0 else USER_CHANGES)
    sys.exit(report.close())


if __name__ == "__main__":
    main()
