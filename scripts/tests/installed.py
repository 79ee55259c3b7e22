"""The install tree that build.sh made, for tests of what is in it."""

import os
import shutil
import subprocess

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
TREE = os.path.join(ROOT, "build", "install")


def run(*words, ok=True, **options):
    """Runs a command to its end and returns what it did; fails with its words unless it ends with 0."""
    result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            universal_newlines=True, timeout=options.pop("timeout", 300), check=False, **options)
    if ok and result.returncode != 0:
        raise AssertionError("%s ended with %d\n%s%s" % (words, result.returncode, result.stdout, result.stderr))
    return result


def names(tree):
    """Returns the paths of everything in a tree but the start-up archives, which belong to one place."""
    found = set()
    for folder, folders, files in os.walk(tree):
        for name in folders + files:
            if not name.endswith((".jsa", ".jsa.prefix")):
                found.add(os.path.relpath(os.path.join(folder, name), tree))
    return found


def copy(directory):
    """Copies the tree without its start-up archives into a new directory."""
    shutil.copytree(TREE, directory, symlinks=True, ignore=shutil.ignore_patterns("*.jsa", "*.jsa.prefix"))
    return directory


def mount_and_read(tree, scratch):
    """Mounts a folder with the cu_fuse of a tree, reads a file through the mount, and unmounts. Returns the text read."""
    target, view = os.path.join(scratch, "target"), os.path.join(scratch, "view")
    os.makedirs(target)
    os.makedirs(view)
    with open(os.path.join(target, "file"), "w", encoding="ascii") as out:
        out.write("what is in storage\n")
    run(os.path.join(tree, "bin", "cu_fuse"), "-tpath", target, "-vpath", view,
        "-net_type", "copper+tcp://127.0.0.1:0", view)
    try:
        with open(os.path.join(view, "file"), encoding="ascii") as source:
            return source.read()
    finally:
        run("fusermount3", "-u", view)
