"""A program that looks at files on command, so that a test can hold them open while it changes what lies below.

Reads a JSON list a line, ["command", argument...], and answers each with a JSON object a line: {"value": ...} or
{"errno": "ENOENT"}. Paths and bytes are text of one character a byte.
"""
import errno
import fcntl
import hashlib
import json
import mmap
import os
import random
import stat
import sys

held = {}


def raw(text):
    return text.encode("latin-1")


def text(data):
    return data.decode("latin-1")


def cat(path):
    """The bytes of a file, opened anew."""
    fd = os.open(raw(path), os.O_RDONLY)
    try:
        return text(read_all(fd))
    finally:
        os.close(fd)


def read_all(fd):
    parts = []
    while True:
        part = os.read(fd, 1 << 17)
        if not part:
            return b"".join(parts)
        parts.append(part)


def open_as(name, path, how):
    held[name] = os.open(raw(path), {"r": os.O_RDONLY, "rw": os.O_RDWR, "w": os.O_WRONLY, "d": os.O_DIRECTORY}[how])
    return "ok"


def pread(name, length, offset):
    return text(os.pread(held[name], length, offset))


def map_shared(name, opened, how):
    protection = mmap.PROT_READ | (mmap.PROT_WRITE if how == "rw" else 0)
    held[name] = mmap.mmap(held[opened], 0, flags=mmap.MAP_SHARED, prot=protection)
    return "ok"


def mapped(name):
    return text(held[name][:])


def write_mapped(name, data):
    held[name][:len(data)] = raw(data)
    held[name].flush()
    return "ok"


def close(name):
    one = held.pop(name)
    one.close() if isinstance(one, mmap.mmap) else os.close(one)
    return "ok"


def listing(path):
    return sorted(text(name) for name in os.listdir(raw(path)))


def scan(name, path):
    """Begins to read a directory, as far as the C library reads at once."""
    held[name] = os.scandir(raw(path))
    held[name + " read"] = [next(held[name]).name]
    return "ok"


def scan_rest(name):
    return sorted(text(each) for each in held.pop(name + " read") + [entry.name for entry in held.pop(name)])


def list_opened(name):
    os.lseek(held[name], 0, os.SEEK_SET)
    return sorted(os.listdir(held[name]))


def lstat(path):
    status = os.lstat(raw(path))
    return {"mode": status.st_mode, "size": status.st_size, "mtime": status.st_mtime_ns}


def inodes(top):
    """The different inode numbers below a directory."""
    names = (os.path.join(here, name) for here, folders, files in os.walk(raw(top)) for name in folders + files)
    return sorted({os.lstat(name).st_ino for name in names})


def chdir(path):
    os.chdir(raw(path))
    return "ok"


def control(path, code, how):
    """An ioctl on a file opened for it."""
    fd = os.open(raw(path), os.O_RDWR if how == "rw" else os.O_RDONLY)
    try:
        return fcntl.ioctl(fd, code)
    finally:
        os.close(fd)


def digest(top, missing):
    """A hash of all that lies below, and of the errnos of names that are missing."""
    total = hashlib.sha256()
    queue = [raw(top)]
    while queue:
        here = queue.pop(0)
        names = sorted(os.listdir(here))
        total.update(repr((here[len(raw(top)):], names)).encode())
        for path in (os.path.join(here, name) for name in names):
            status = os.lstat(path)
            total.update(repr((status.st_mode, status.st_size, status.st_mtime_ns)).encode())
            if stat.S_ISDIR(status.st_mode):
                queue.append(path)
            elif stat.S_ISLNK(status.st_mode):
                total.update(os.readlink(path))
            else:
                total.update(raw(cat(text(path))))
    for name in missing:
        total.update(answer(["lstat", os.path.join(top, name)])["errno"].encode())
    return total.hexdigest()


def churn(top, original, seed, rounds):
    """Reads files below a directory at random, so that its node is asked, and returns how many differ from the originals."""
    names = sorted(
        os.path.relpath(os.path.join(here, name), raw(original)) for here, _, files in os.walk(raw(original)) for name in files)
    choose = random.Random(seed)
    wrong = 0
    for _ in range(rounds):
        name = choose.choice(names)
        with open(os.path.join(raw(top), name), "rb") as seen, open(os.path.join(raw(original), name), "rb") as true:
            os.posix_fadvise(seen.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if choose.random() < 0.3:
                offset = choose.randrange(os.fstat(true.fileno()).st_size)
                seen.seek(offset)
                true.seek(offset)
            wrong += seen.read() != true.read()
    return wrong


COMMANDS = {
    "ping": lambda: "pong", "cat": cat, "open": open_as, "pread": pread, "map": map_shared, "mapped": mapped,
    "write-mapped": write_mapped, "close": close, "list": listing, "list-opened": list_opened, "lstat": lstat,
    "scan": scan, "scan-rest": scan_rest,
    "inode": lambda path: os.lstat(raw(path)).st_ino, "inodes": inodes, "chdir": chdir, "ioctl": control, "digest": digest, "churn": churn, "readlink": lambda path: text(os.readlink(raw(path))),
}


def answer(request):
    try:
        return {"value": COMMANDS[request[0]](*request[1:])}
    except OSError as e:
        return {"errno": errno.errorcode.get(e.errno, str(e.errno))}


def main():
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
