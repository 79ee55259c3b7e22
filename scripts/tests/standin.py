#!/usr/bin/env python3
"""Stands in for ssh, clush, pdsh, srun and mpiexec: runs a command on the hosts of a `cluster.Cluster`.

Its own name says which of them it is. It takes the options the launch scripts give, and refuses others. The cluster's
directory, in which this file's links lie in `bin`, holds `hosts.json` (name to process id) and, where a test has hosts that
cannot be reached or do not answer, `down.json` and `mute.json`.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

BIN = os.path.dirname(os.path.abspath(__file__))
BASE = os.path.dirname(BIN)


def table(name):
    try:
        with open(os.path.join(BASE, name), encoding="ascii") as source:
            return json.load(source)
    except FileNotFoundError:
        return {}


def entered(host, environment, *command):
    """The command line that runs `command` on `host`, with nothing but `environment`."""
    pid = table("hosts.json")[host.partition(".")[0]]
    words = [f"{name}={value}" for name, value in environment.items()]
    return ["nsenter", "--target", str(pid), "--mount", "--uts", "--pid", "env", "-i", *words, *command]


def login_environment():
    return {"HOME": os.path.join(BASE, "home"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": os.path.join(BASE, "local")}


def complain(text, code=1):
    print(text, file=sys.stderr, flush=True)
    return code


def ssh(words):
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option.startswith("-o") and option == "-o":
            words.pop(0)
        elif not option.startswith("-o") and option not in ("-n", "-a", "-x", "-q", "-2"):
            if option == "-l":
                words.pop(0)
                continue
            return complain(f"ssh: unknown option {option}", 255)
    host = words.pop(0).rpartition("@")[2]
    if host in table("down.json"):
        return complain(f"ssh: connect to host {host} port 22: No route to host", 255)
    if host in table("mute.json"):
        time.sleep(600)
    # Its own process: a signal for the group, as xargs's or ssh's users send it, ends both.
    return subprocess.run(
        entered(host, login_environment(), "sh", "-c", " ".join(words)), stdin=subprocess.DEVNULL, check=False).returncode


def each(hosts, start, marked):
    """Starts a command on each host, and prints their lines as they come; returns the exit codes."""
    codes = {}
    lock = threading.Lock()

    def serve(host):
        process = subprocess.Popen(
            start(host), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        for line in process.stdout:
            with lock:
                sys.stdout.write((f"{marked(host)}: " if marked else "") + line)
                sys.stdout.flush()
        codes[host] = process.wait()

    threads = [threading.Thread(target=serve, args=(host,)) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def hosts_in(path):
    with open(path, encoding="ascii") as source:
        return source.read().split()


def over_ssh(name, words, marked):
    options = {}
    while words[0].startswith("-"):
        option = words.pop(0)
        options[option] = words.pop(0)
    wanted = {"clush": {"--hostfile", "-f", "-t"}, "pdsh": {"-R", "-f", "-t", "-w"}}[name]
    if set(options) != wanted or len(words) != 1:
        return complain(f"{name}: {options} {words}")
    hosts = hosts_in(options["--hostfile"] if name == "clush" else options["-w"].lstrip("^"))
    codes = each(hosts, lambda host: [os.path.join(BIN, "ssh"), host, words[0]], marked)
    for host, code in codes.items():
        if code:
            complain(f"{name}: {host}: exited with exit code {code}")
    return max(codes.values())


def step(hosts, words, named):
    """A job step: when its command on a host ends, so does everything it has started there."""
    number = f"{os.getpid()}.{time.monotonic_ns()}"

    def start(host):
        environment = {**os.environ, "TMPDIR": os.path.join(BASE, "local"), "STANDIN_STEP": number}
        if named:
            environment["SLURMD_NODENAME"] = host
        code = ('"$@"; for p in /proc/[0-9]*; do ! grep -qs "STANDIN_STEP=$STANDIN_STEP" $p/environ || [ ${p#/proc/} = $$ ] '
                '|| kill -KILL ${p#/proc/} 2>/dev/null; done; true')
        return entered(host, environment, "sh", "-c", code, "sh", *words)

    return max(each(hosts, start, None).values())


def srun(words):
    given = {}
    while words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-N", "-n"):
            given[option] = words.pop(0)
        else:
            name, _, value = option.partition("=")
            given[name] = value
    if "--overlap" not in given or given["--ntasks-per-node"] != "1" or given["--cpu-bind"] != "none":
        return complain(f"srun: {given}")
    hosts = hosts_in(given["--nodelist"])
    if not str(len(hosts)) == given["-N"] == given["-n"]:
        return complain(f"srun: error: {len(hosts)} hosts, but -N {given['-N']}")
    down = [host for host in hosts if host in table("down.json")]
    if down:
        return complain(f"srun: error: Task launch for step failed on node {down[0]}: Communication connection failure")
    return step(hosts, words, True)


def mpiexec(words):
    given = {}
    while words[0].startswith("-"):
        option = words.pop(0)
        given[option] = words.pop(0)
    if set(given) != {"-n", "--ppn", "--hostfile", "--cpu-bind"} or given["--ppn"] != "1":
        return complain(f"mpiexec: {given}")
    return step(hosts_in(given["--hostfile"]), words, False)


def main():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
    if name == "ssh":
        return ssh(words)
    if name == "clush":
        return over_ssh(name, words, lambda host: host)
    if name == "pdsh":
        return over_ssh(name, words, lambda host: host.partition(".")[0])
    if name == "srun":
        return srun(words)
    return mpiexec(words)


if __name__ == "__main__":
    sys.exit(main())
