#!/usr/bin/env python3
"""Stands in for ssh, clush, pdsh, srun and mpiexec: runs a command on the hosts of a `cluster.Cluster`.

Its own name says which of them it is. It takes the options the launch scripts give, and refuses others; srun and mpiexec (or
mpirun) also start the tasks of a job's own program, on the hosts of the job. The cluster's directory, in which this file's links lie in `bin`, holds `hosts.json` (name to process id) and, where a test has hosts that
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


def tasks(hosts, words, each_host, environment):
    """The job's own program: so many tasks on each host, numbered. Their lines are the caller's."""
    ranks = {rank: host for rank, host in enumerate(host for host in hosts for _ in range(each_host))}

    def start(rank):
        numbered = {**os.environ, **environment, "PALS_RANKID": str(rank), "SLURM_PROCID": str(rank)}
        return entered(ranks[rank], numbered, "sh", "-c", 'cd "$0" && exec "$@"', os.getcwd(), *words)

    return max(each(ranks, start, None).values())


def own_srun(words):
    """srun as job scripts call it."""
    given = {}
    while words[0].startswith("-"):
        option = words.pop(0)
        name, _, value = option.partition("=")
        given[name] = words.pop(0) if option in ("-N", "-n") else value
    if "--overlap" not in given:
        return complain("srun: Job step creation still disabled, retrying (Requested nodes are busy)")
    if not set(given) <= {"--overlap", "-N", "-n", "--ntasks-per-node", "--cpu-bind", "--export"}:
        return complain(f"srun: {given}")
    hosts = expanded(os.environ["SLURM_JOB_NODELIST"])
    if int(given["-N"]) != len(hosts) or int(given["-n"]) != len(hosts) * int(given["--ntasks-per-node"]):
        return complain(f"srun: {len(hosts)} hosts: {given}")
    return tasks(hosts, words, int(given["--ntasks-per-node"]), {})


def expanded(hosts):
    """The hosts of a list as Slurm writes it, of the kind n[1-3]."""
    stem, _, numbers = hosts.rstrip("]").partition("[")
    first, _, last = numbers.partition("-")
    return [f"{stem}{number}" for number in range(int(first), int(last) + 1)] if numbers else [stem]


def own_mpiexec(words):
    """mpiexec as job scripts call it, with their environment and what --genv adds."""
    given, environment = {}, {}
    while words[0].startswith("-"):
        name, _, value = words.pop(0).partition("=")
        if name == "--genv":
            variable, _, content = value.partition("=")
            environment[variable] = content
        else:
            given[name] = words.pop(0) if name in ("-n", "--np", "--ppn") else value
    if not set(given) <= {"-n", "--np", "--ppn", "--cpu-bind", "--genvall"}:
        return complain(f"mpiexec: {given}")
    hosts = list(dict.fromkeys(host.partition(".")[0] for host in hosts_in(os.environ["PBS_NODEFILE"])))
    if int(given.get("-n", given.get("--np"))) != len(hosts) * int(given["--ppn"]):
        return complain(f"mpiexec: {len(hosts)} hosts: {given}")
    return tasks(hosts, words, int(given["--ppn"]), environment)


def srun(words):
    if not any(word.startswith("--nodelist") for word in words):
        return own_srun(words)
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
    if "--hostfile" not in words:
        return own_mpiexec(words)
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
