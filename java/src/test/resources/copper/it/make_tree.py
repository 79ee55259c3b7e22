"""Makes a directory tree of everything that a file system may legally hold and a cache may get wrong.

usage: make_tree.py DIRECTORY CACHEABLE_BYTES [--entries N]

The tree is the same every time but for what only root may make (owners, devices), which is left out for
others. Access times lie a day ahead, so that reading does not change them on a relatime mount and a
comparison of them is exact.
"""
import argparse
import hashlib
import os
import socket
import stat
import time

MIB = 1 << 20
NAME_MAX = 255
LONG_TARGET = 4000


def content(seed, size):
    """Bytes that look random and depend on seed."""
    return hashlib.shake_128(seed).digest(size)


def write(path, data, mode=0o644):
    with open(path, "wb") as out:
        out.write(data)
    os.chmod(path, mode)


def make_deep(top):
    """A chain of directories, and a path as long as a process can name with some room for the mount's own."""
    here = top
    for level in range(60):
        here = os.path.join(here, b"d%d" % level)
        os.makedirs(here)
        write(os.path.join(here, b"file"), content(here[len(top):], 100 + level))
    here = top
    for level in range(15):
        here = os.path.join(here, bytes([ord("a") + level]) * 200)
        os.mkdir(here)
    write(os.path.join(here, b"end"), b"the end\n")


def make_big(top, entries):
    """One directory with very many names, most of them hard links of a few files, which are quicker to make."""
    os.mkdir(top)
    fd = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for i in range(entries - 30):
            first = i - i % 20000  # ext4 allows 65,000 names of a file
            if i == first:
                os.mknod(b"entry-%06d" % i, stat.S_IFREG | 0o644, dir_fd=fd)
            else:
                os.link(b"entry-%06d" % first, b"entry-%06d" % i, src_dir_fd=fd, dst_dir_fd=fd)
        for i in range(10):
            os.mkdir(b"sub-%d" % i, dir_fd=fd)
            os.symlink(b"entry-%06d" % i, b"link-%d" % i, dir_fd=fd)
            os.mkfifo(b"fifo-%d" % i, dir_fd=fd)
    finally:
        os.close(fd)


def hostile_names():
    names = [bytes([b]) for b in range(1, 256) if b not in b"./"]
    names += [bytes([b]) * NAME_MAX for b in (ord("x"), 0xFF, ord(" "), ord("\n"), ord("-"))]
    names += [("\u00e9" * 127).encode() + b"x", "\u00e9".encode(), "e\u0301".encode(), "\U0001f600".encode()]
    names += [b"\xc3\x28", b"\xed\xa0\x80", b"\xff\xfe", b"\xf5\x80\x80\x80", b"half\xc3"]
    names += [b"-rf", b"--help", b"-", b"--", b" lead", b"trail ", b"two  spaces", b"tab\there", b"new\nline"]
    names += [b"...", b".hidden", b"..x", b"~", b"$HOME", b"`id`", b"a'b\"c", b"back\\slash", b"*?[a]", b"%s%n"]
    names += [b"case", b"CASE", b"Case", b"con", b"a:b", b"#x", b".fuse_hidden0001", b"lost+found"]
    return list(dict.fromkeys(names))


def make_names(top):
    """Names of every byte, not UTF-8, of the greatest length, that look like options."""
    os.mkdir(top)
    for i, name in enumerate(hostile_names()):
        path = os.path.join(top, name)
        if i % 7 == 3:
            os.mkdir(path)
            write(os.path.join(path, b"in"), name)
        elif i % 7 == 5:
            os.symlink(name[::-1], path)
        else:
            write(path, name)


def make_links(top):
    os.mkdir(top)

    def link(target, name):
        os.symlink(target, os.path.join(top, name))

    write(os.path.join(top, b"file"), b"a file\n")
    os.mkdir(os.path.join(top, b"dir"))
    write(os.path.join(top, b"dir", b"in"), b"inside\n")
    link(b"file", b"to-file")
    link(b"dir", b"to-dir")
    link(b"dir/", b"to-dir-slash")
    link(b"file/", b"to-file-slash")
    link(b".", b"to-dot")
    link(b"..", b"to-parent")
    link(b"dir/../dir/./in", b"winding")
    link(b"not-here", b"dangling")
    link(b"not-here/below", b"dangling-below")
    link(b"file/below", b"below-a-file")
    link(b"self", b"self")
    link(b"cycle-b", b"cycle-a")
    link(b"cycle-a", b"cycle-b")
    link(os.path.join(top, b"file"), b"absolute")
    link(b"/nowhere/at/all", b"absolute-dangling")
    link(b"t" * 255, b"name-max")
    link(b"t" * 256, b"name-too-long")
    link((b"../" * LONG_TARGET)[:LONG_TARGET], b"long-target")
    link((b"\xff\n -\t" * LONG_TARGET)[:LONG_TARGET], b"long-bytes-target")
    link(b"chain-0", b"chain-start")
    for i in range(45):
        link(b"chain-%d" % (i + 1), b"chain-%d" % i)
    write(os.path.join(top, b"chain-45"), b"end of the chain\n")


def make_permissions(top):
    """Every interesting mode and, as root, owners that exist nowhere."""
    os.mkdir(top)
    modes = [0, 0o1, 0o4, 0o111, 0o222, 0o400, 0o444, 0o600, 0o644, 0o755, 0o1777, 0o2755, 0o4755, 0o6711, 0o7777]
    owners = [(0, 0), (65534, 65534), (65534, 0), (0, 65534), (12345, 54321), (2**32 - 2, 2**32 - 2)]
    if os.geteuid() != 0:
        owners = [(os.geteuid(), os.getegid())]
    for uid, gid in owners:
        for mode in modes:
            tag = b"%d-%d-%04o" % (uid, gid, mode)
            made = [os.path.join(top, b"file-" + tag), os.path.join(top, b"dir-" + tag)]
            write(made[0], tag)
            os.mkdir(made[1])
            write(os.path.join(made[1], b"in"), tag)
            os.symlink(b"in", os.path.join(made[1], b"link"))
            for path in made:
                if os.geteuid() == 0:
                    os.chown(path, uid, gid)
                os.chmod(path, mode)
    os.mkdir(os.path.join(top, b"open-to-all"))
    os.chmod(os.path.join(top, b"open-to-all"), 0o777)


def make_special(top):
    os.mkdir(top)
    os.mkfifo(os.path.join(top, b"fifo"), 0o640)
    with socket.socket(socket.AF_UNIX) as sock:
        here = os.getcwd()
        os.chdir(top)  # a socket's address has room for 107 bytes only
        sock.bind(b"socket")
        os.chdir(here)
    for name, kind, major, minor in ((b"null", stat.S_IFCHR, 1, 3), (b"block", stat.S_IFBLK, 259, 70000)):
        try:
            os.mknod(os.path.join(top, name), kind | 0o666, os.makedev(major, minor))
        except PermissionError:
            pass  # only root may, and not in every container


def make_hard_links(top):
    os.makedirs(os.path.join(top, b"sub"))
    write(os.path.join(top, b"one"), content(b"hard", 5000))
    os.link(os.path.join(top, b"one"), os.path.join(top, b"two"))
    os.link(os.path.join(top, b"one"), os.path.join(top, b"sub", b"three"))


def make_sizes(top, cacheable):
    os.mkdir(top)
    sizes = {0, 1, 2, 511, 512, 513, 65535, 65536, 65537, 3 * MIB + 7}
    for block in (4096, 8192, 131072, 262144):
        sizes |= {block - 1, block, block + 1}
    sizes |= {cacheable - 1, cacheable, cacheable + 1, 4 * cacheable + 13}
    for size in sizes:
        write(os.path.join(top, b"%d" % size), content(b"size%d" % size, size))


def make_sparse(top):
    os.mkdir(top)
    for name, size, pieces in (
        (b"hole-first", MIB // 2, {MIB // 2 - 10: b"0123456789"}),
        (b"hole-between", MIB // 2, {0: b"start", 300000: b"middle", MIB // 2 - 3: b"end"}),
        (b"hole-last", MIB // 2 + 1, {0: b"only the start"}),
        (b"all-hole", 3 * MIB, {}),
        (b"beyond-4-gib", (5 << 30) + 17, {(4 << 30) + 1: b"past 32 bits", (5 << 30) + 12: b"tail!"}),
    ):
        with open(os.path.join(top, name), "wb") as out:
            out.truncate(size)
            for at, data in pieces.items():
                out.seek(at)
                out.write(data)


TIMES = {
    b"epoch": 0,
    b"one-nanosecond": 1,
    b"last-nanosecond": 999999999,
    b"before-the-epoch": -1,
    b"long-before": -1234567890 * 10**9 + 987654321,
    b"day-2038": (2**31) * 10**9 + 5,
    b"day-2106": (2**32 + 1) * 10**9 + 123456789,
    b"odd": 1111111111222222222,
}


def make_times(top):
    """Files, directories and links with unusual mtimes; fifos, which nobody reads, with unusual atimes too."""
    os.mkdir(top)
    for name, when in TIMES.items():
        write(os.path.join(top, b"file-" + name), name)
        os.mkdir(os.path.join(top, b"dir-" + name))
        os.symlink(name, os.path.join(top, b"link-" + name))
        os.mkfifo(os.path.join(top, b"fifo-" + name))


def set_times(top):
    ahead = int(time.time() + 86400) * 10**9 + 424242424
    for here, dirs, files in os.walk(top, topdown=False):
        for name in dirs + files:
            path = os.path.join(here, name)
            kind, _, when = name.partition(b"-")
            mtime, atime = os.lstat(path).st_mtime_ns, ahead
            if os.path.basename(here) == b"times" and when in TIMES:
                mtime = TIMES[when]
                atime = mtime if kind == b"fifo" else ahead
            # A relatime mount leaves an access time alone that is later than the modification.
            if atime == ahead:
                atime = max(ahead, mtime + 10**9)
            os.utime(path, ns=(atime, mtime), follow_symlinks=False)
    os.utime(top, ns=(ahead, os.stat(top).st_mtime_ns))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("cacheable", type=int)
    parser.add_argument("--entries", type=int, default=100000)
    args = parser.parse_args()
    os.umask(0o022)
    top = os.fsencode(args.directory)
    make_deep(os.path.join(top, b"deep"))
    make_big(os.path.join(top, b"big"), args.entries)
    make_names(os.path.join(top, b"names"))
    make_links(os.path.join(top, b"links"))
    make_permissions(os.path.join(top, b"perm"))
    make_special(os.path.join(top, b"special"))
    make_hard_links(os.path.join(top, b"hard"))
    make_sizes(os.path.join(top, b"sizes"), args.cacheable)
    make_sparse(os.path.join(top, b"sparse"))
    make_times(os.path.join(top, b"times"))
    os.mkdir(os.path.join(top, b"empty"))
    set_times(top)


if __name__ == "__main__":
    main()
