"""A FUSE file system that shows a directory, and fails on command, as storage does: for faults.py.

The command is the content of a file: empty for none, the name of an errno, `hang` (nothing is answered until the command
changes), or `lose NAME` (what lies below NAME is missing). Needs mfusepy, from PyPI.
"""

import errno
import os
import sys
import time

import mfusepy


class Faulty(mfusepy.Operations):
    use_ns = True

    def __init__(self, source, command):
        self.source = source
        self.command = command

    def real(self, path):
        """Returns the path of what is shown as `path`, unless the command is to fail."""
        while (command := self.read_command()) == "hang":
            time.sleep(0.1)
        word, _, name = command.partition(" ")
        if word == "lose":
            if (path + "/").startswith("/" + name + "/"):
                raise mfusepy.FuseOSError(errno.ENOENT)
        elif word:
            raise mfusepy.FuseOSError(getattr(errno, word))
        return self.source + path

    def read_command(self):
        with open(self.command, encoding="ascii") as source:
            return source.read().strip()

    def getattr(self, path, fh=None):
        stat = os.lstat(self.real(path))
        times = {f"st_{time}": getattr(stat, f"st_{time}_ns") for time in ("atime", "ctime", "mtime")}
        return {key: getattr(stat, key) for key in ("st_gid", "st_mode", "st_nlink", "st_size", "st_uid")} | times

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.real(path))]

    def readlink(self, path):
        return os.readlink(self.real(path))

    def open(self, path, flags):
        return os.open(self.real(path), flags)

    def read(self, path, size, offset, fh):
        self.real(path)
        return os.pread(fh, size, offset)

    def release(self, path, fh):
        os.close(fh)
        return 0


def main():
    source, command, mount = sys.argv[1:]
    mfusepy.FUSE(Faulty(source, command), mount, foreground=True, ro=True, attr_timeout=0, entry_timeout=0)


main()
