"""What scripts/interop.sh serves through its trees, and how a mount of it is checked."""

import compileall
import contextlib
import errno
import hashlib
import os
import shutil
import stat
import sys
import venv

import package_sets
import tree_compare

MIB = 1 << 20
CACHEABLE = 11 * MIB  # -max_cacheable_byte_size of every node
FIELDS = (
    "st_mode", "st_nlink", "st_uid", "st_gid", "st_rdev", "st_size", "st_blocks", "st_atime_ns", "st_mtime_ns",
    "st_ctime_ns")
MISSING = ("missing", "cases/missing", "cases/missing/below/missing", "env/lib/no module.py", "cases/empty/below a file")
UNREADABLE = "unreadable/secret"
SIZES = {
    "ten MiB": 10 * MIB, "below the limit": CACHEABLE - 1, "at the limit": CACHEABLE, "just over the limit": CACHEABLE + 1,
    "one byte": 1, "eager": 4000, "page": 4096, "read size": 128 << 10, "odd": 1234567}


def python_environment(folder, requirements):
    """A virtual environment in `folder`, kept between runs; returns the requirements that could not be had."""
    stamp = folder + ".complete"
    wanted = f"{sys.version} {' '.join(requirements)}\n"
    with contextlib.suppress(FileNotFoundError), open(stamp, encoding="utf-8") as source:
        if source.read() == wanted:
            return []
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, symlinks=True)
    site = os.path.join(folder, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
    missing = package_sets.install(site, requirements)
    compileall.compile_dir(folder, quiet=2)
    if not missing:
        with open(stamp, "w", encoding="utf-8") as out:
            out.write(wanted)
    return missing


def pattern(name, size):
    """Bytes that no part of another file has."""
    return hashlib.shake_128(name.encode()).digest(size)


def make_cases(target):
    """Makes the files that are awkward in some way."""
    cases = os.path.join(target, "cases")
    os.mkdir(cases)
    for name, size in SIZES.items():
        with open(os.path.join(cases, name), "wb") as out:
            out.write(pattern(name, size))
    open(os.path.join(cases, "empty"), "wb").close()
    os.chmod(os.path.join(cases, "one byte"), 0o4751)
    os.utime(os.path.join(cases, "odd"), ns=(1_234_567_890_123_456_789, 987_654_321_012_345_678))
    os.link(os.path.join(cases, "page"), os.path.join(cases, "page again"))
    for name, link in (
            ("relative", "one byte"), ("absolute", "/etc/hostname"), ("dangling", "nowhere"), ("upwards", "../env/bin"),
            ("long", "x" * 1000)):
        os.symlink(link, os.path.join(cases, "link " + name))
    os.mkfifo(os.path.join(cases, "fifo"), 0o640)
    os.mkdir(os.path.join(cases, "empty directory"), 0o2750)
    many = os.path.join(cases, "many")
    os.mkdir(many)
    for number in range(400):
        with open(os.path.join(many, f"{number:03d} {'n' * (number % 120)}"), "wb") as out:
            out.write(b"%d" % number)
    for name in (b"not \xff UTF-8", "süß".encode(), b"back\\slash", b"line\nfeed"):
        with open(os.path.join(os.fsencode(cases), name), "wb") as out:
            out.write(name)
    deep = os.path.join(cases, *["d" * 100] * 12)
    os.makedirs(deep)
    with open(os.path.join(deep, "bottom"), "wb") as out:
        out.write(b"bottom")
    os.mkdir(os.path.join(target, "unreadable"))
    with open(os.path.join(target, UNREADABLE), "wb") as out:
        out.write(b"nobody may see this")
    os.chmod(os.path.join(target, UNREADABLE), 0)


def settle(target):
    """Reads everything once, so that no later reading changes an access time."""
    for folder, _, names in os.walk(target):
        for name in names:
            path = os.path.join(folder, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                with contextlib.suppress(PermissionError), open(path, "rb") as source:
                    while source.read(MIB):
                        pass


def error_of(function, *arguments):
    """The name of the error, or None."""
    try:
        function(*arguments)
    except OSError as failure:
        return errno.errorcode.get(failure.errno, str(failure.errno))
    return None


def read_whole(path):
    with open(path, "rb", buffering=0) as source:
        return source.read()


def compare(original, mount):
    """Compares everything but the unreadable file's bytes; returns the comparison."""
    result = tree_compare.Comparison(FIELDS)
    for part in ("env", "cases"):
        each = tree_compare.compare(os.path.join(original, part), os.path.join(mount, part), FIELDS)
        result.entries += each.entries
        result.bytes += each.bytes
        result.differences += [f"{part}/{line}" for line in each.differences]
    tree_compare.compare_status(result, "", original, mount)
    tree_compare.compare_listing(result, "", original, mount)
    tree_compare.compare_status(result, UNREADABLE, os.path.join(original, UNREADABLE), os.path.join(mount, UNREADABLE))
    for missing in MISSING:
        for _ in range(2):
            want, got = (error_of(os.lstat, os.path.join(place, missing)) for place in (original, mount))
            if want != got:
                result.differ(missing, f"lstat says {got}, not {want}")
    return result


def unreadable_outcome(mount):
    """What reading the file that no node can read comes to: an error's name, or the number of bytes."""
    path = os.path.join(mount, UNREADABLE)
    return error_of(read_whole, path) or f"{len(read_whole(path))} B"
