"""Compares two directory trees in everything a program can see: names, metadata, link targets and every byte."""

import os
import stat

CHUNK = 1 << 20
FIELDS = ("st_mode", "st_size", "st_mtime_ns", "st_nlink", "st_uid", "st_gid")


class Comparison:
    """What was compared, and the differences found, each as one line of text."""

    def __init__(self, fields):
        self.fields = fields
        self.entries = 0
        self.bytes = 0
        self.differences = []

    def differ(self, path, what):
        self.differences.append(f"{path or '.'}: {what}")


def attempt(function, *arguments):
    """The result and None, or None and the errno: an error must be the same error on both sides."""
    try:
        return function(*arguments), None
    except OSError as error:
        return None, error.errno


def compare(original, copy, fields=FIELDS):
    """Compares everything below the two directories, and themselves; of the metadata, `fields`."""
    result = Comparison(fields)
    pending = [""]
    while pending:
        relative = pending.pop()
        one, other = os.path.join(original, relative), os.path.join(copy, relative)
        status = compare_status(result, relative, one, other)
        if status is None:
            continue
        if stat.S_ISDIR(status.st_mode):
            names = compare_listing(result, relative, one, other)
            pending.extend(os.path.join(relative, name) for name in names)
        elif stat.S_ISLNK(status.st_mode):
            same(result, relative, "link target", attempt(os.readlink, one), attempt(os.readlink, other))
        elif stat.S_ISREG(status.st_mode):
            compare_bytes(result, relative, one, other)
    return result


def same(result, relative, what, one, other):
    if one != other:
        result.differ(relative, f"{what} is {other[0] if other[1] is None else os.strerror(other[1])}, "
                                f"not {one[0] if one[1] is None else os.strerror(one[1])}")
        return False
    return one[1] is None


def compare_status(result, relative, one, other):
    result.entries += 1
    status, error = attempt(os.lstat, one)
    found, found_error = attempt(os.lstat, other)
    if error or found_error:
        same(result, relative, "lstat", ("answered" if status else None, error), ("answered" if found else None, found_error))
        return None
    for field in result.fields:
        same(result, relative, field, (getattr(status, field), None), (getattr(found, field), None))
    return status


def compare_listing(result, relative, one, other):
    names, error = attempt(lambda path: sorted(os.listdir(path)), one)
    found, found_error = attempt(lambda path: sorted(os.listdir(path)), other)
    if error or found_error:
        same(result, relative, "listing", (names, error), (found, found_error))
        return []
    for name in sorted(set(names) ^ set(found)):
        result.differ(os.path.join(relative, name), "is missing" if name in names else "does not exist in the original")
    return [name for name in names if name in set(found)]


def compare_bytes(result, relative, one, other):
    source, error = attempt(lambda path: open(path, "rb", buffering=0), one)
    found, found_error = attempt(lambda path: open(path, "rb", buffering=0), other)
    try:
        if error or found_error:
            same(result, relative, "open", ("done" if source else None, error), ("done" if found else None, found_error))
            return
        offset = 0
        while True:
            expected, got = read_fully(source), read_fully(found)
            if expected != got:
                result.differ(relative, f"other bytes in the {CHUNK} from {offset}")
                return
            offset += len(expected)
            result.bytes += len(expected)
            if len(expected) < CHUNK:
                return
    except OSError as failure:
        result.differ(relative, f"reading failed: {failure.strerror}")
    finally:
        for opened in (source, found):
            if opened is not None:
                opened.close()


def read_fully(source):
    parts, left = [], CHUNK
    while left:
        part = source.read(left)
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
