"""Folders of Python packages to start programs from: made once, kept between runs, complete in themselves.

A set holds a copy of this Python's standard library (python/) and packages from PyPI (site/). `environment` lets an
interpreter take everything from one place, be it the folder or a mount of it, and `import_code` is a program that imports
modules and fails unless all of them came from there.
"""

import compileall
import json
import os
import shutil
import subprocess
import sys
import sysconfig

# Left out: what no program imports at its start and only makes the copy longer.
SKIPPED = shutil.ignore_patterns(
    "site-packages", "dist-packages", "test", "tests", "idlelib", "ensurepip", "config-*", "*.opt-1.pyc", "*.opt-2.pyc",
    "*.a")

STANDARD_MODULES = (
    "argparse", "ast", "asyncio", "base64", "bz2", "calendar", "cmd", "codeop", "collections.abc", "concurrent.futures",
    "configparser", "contextlib", "csv", "ctypes", "dataclasses", "datetime", "decimal", "difflib", "email.message",
    "email.parser", "enum", "fractions", "ftplib", "functools", "getpass", "gzip", "hashlib", "heapq", "hmac", "html.parser",
    "http.client", "http.cookies", "http.server", "imaplib", "inspect", "ipaddress", "json", "locale", "logging.config",
    "logging.handlers", "lzma", "mailbox", "mimetypes", "multiprocessing.pool", "numbers", "optparse", "pathlib", "pdb",
    "pickle", "pickletools", "platform", "plistlib", "pprint", "profile", "pstats", "pydoc", "queue", "random", "sched",
    "secrets", "selectors", "shelve", "shlex", "shutil", "smtplib", "socketserver", "sqlite3", "ssl", "statistics", "string",
    "subprocess", "tarfile", "tempfile", "textwrap", "timeit", "tokenize", "trace", "tracemalloc", "typing", "unittest.mock",
    "urllib.request", "urllib.robotparser", "uuid", "wave", "webbrowser", "wsgiref.simple_server", "xml.dom.minidom",
    "xml.etree.ElementTree", "xml.sax", "xmlrpc.client", "xmlrpc.server", "zipapp", "zipfile", "zoneinfo")

IMPORT = """
import importlib, json, os, sys
folder, optional, required = json.loads(sys.argv[1])
for name in optional:
    try:
        importlib.import_module(name)
    except ImportError:  # some systems leave parts of the standard library out
        pass
for name in required:
    importlib.import_module(name)
files = [m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)]
outside = [f for f in files if not os.path.abspath(f).startswith(folder + os.sep)]
if outside:
    sys.exit("imported from elsewhere: " + ", ".join(sorted(outside)[:3]))
print(len(files))
"""


def interpreter():
    """The real interpreter: not a virtual environment's, whose library is spread over two places."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def make(folder, requirements):
    """Makes the set in `folder`, or leaves it as it is when it is complete; returns the requirements it could not get."""
    os.makedirs(folder, exist_ok=True)
    stamp = os.path.join(os.path.dirname(folder), os.path.basename(folder) + ".complete")
    wanted = f"{sys.version} {interpreter()} {' '.join(requirements)}\n"
    try:
        with open(stamp, encoding="utf-8") as source:
            if source.read() == wanted:
                return []
    except FileNotFoundError:
        pass
    shutil.rmtree(folder)
    library = sysconfig.get_path("stdlib")
    home = os.path.join(folder, "python")
    shutil.copytree(
        library, os.path.join(home, os.path.relpath(library, sys.base_prefix)), symlinks=True, ignore=SKIPPED)
    site = os.path.join(folder, "site")
    os.mkdir(site)
    missing = install(site, requirements)
    # One worker a core; quiet, since some packages ship sources for other versions of Python.
    compileall.compile_dir(folder, quiet=2, workers=0)
    if not missing:
        with open(stamp, "w", encoding="utf-8") as out:
            out.write(wanted)
    return missing


def install(site, requirements):
    """Installs from PyPI into `site`; returns the requirements when that failed, for whatever reason."""
    if not requirements:
        return []
    command = [
        sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "install",
        "--only-binary=:all:", "--no-compile", "--retries", "2", "--timeout", "20", "--target", site, *requirements]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return list(requirements) if result.returncode else []


def environment(folder):
    """The environment in which `interpreter()` takes its whole library from `folder`, and writes nothing there."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return {
        **kept, "PYTHONHOME": os.path.join(folder, "python"), "PYTHONPATH": os.path.join(folder, "site"),
        "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1"}


def import_command(folder, modules, standard=True):
    """The command line that imports `modules` (and much of the standard library) from `folder` and nowhere else."""
    return [interpreter(), "-c", IMPORT, json.dumps([folder, STANDARD_MODULES if standard else [], list(modules)])]


def size(folder):
    """The number of entries below `folder` and the bytes of its files."""
    entries = total = 0
    for root, folders, files in os.walk(folder):
        entries += len(folders) + len(files)
        total += sum(os.lstat(os.path.join(root, name)).st_size for name in files)
    return entries, total
