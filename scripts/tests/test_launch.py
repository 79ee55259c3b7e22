"""What the launch and stop scripts take, refuse and hand on. Nothing is mounted here: a stand-in for cu_fuse writes down its flags."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LAUNCHERS = ("launch_copper.sh", "launch_copper_aurora.sh", "launch_copper_frontier.sh")
STOPPERS = ("stop_copper.sh", "stop_copper_aurora.sh", "stop_copper_frontier.sh")

FAKE_CU_FUSE = r"""#!/bin/sh
for arg in "$@"; do printf '%s\n' "$arg"; done >"$FAKE_STATE/$(uname -n)-$$.args"
[ -z "${BOUND:-}" ] || printf '%s\n' "$BOUND" >"$FAKE_STATE/bound"
"""

# taskset, which the machine's processors would refuse the numbers of a supercomputer.
FAKE_TASKSET = r"""#!/bin/sh
[ "$1" = -c ] || exit 1
BOUND=$2
export BOUND
shift 2
exec "$@"
"""

# srun on this very host, as often as there are hosts.
FAKE_SRUN = r"""#!/bin/sh
printf '%s\n' "$*" >>"$FAKE_STATE/srun"
for arg in "$@"; do case $arg in --nodelist=*) nodes=${arg#*=} ;; esac; done
while [ "${1#-}" != "$1" ]; do case $1 in -N | -n) shift 2 ;; *) shift ;; esac; done
while read -r host; do SLURMD_NODENAME=$host "$@" </dev/null; done <"$nodes"
"""

FAKE_COPPER = r"""#!/bin/sh
[ "$*" = 'discover --no-header' ] || exit 1
case $SLURMD_NODENAME in
  n1) echo 'x | 10.0.0.1 | 02:00:00:00:00:01 | ofi+cxi://0x1 | 10.0.1.1 | 02:00:00:00:00:02 | ofi+cxi://0x101' ;;
  n2) echo 'x | 10.0.0.2 | 02:00:00:00:00:03 | ofi+cxi://0x2 | NA | NA | '"${FAKE_CXI1:-ofi+cxi://0x102}" ;;
esac
"""


def shells():
    found = [[path] for path in map(shutil.which, ("dash", "bash")) if path]
    if shutil.which("busybox"):
        found.append(["busybox", "sh"])
    return found or [["sh"]]


class LaunchTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.base = os.path.realpath(tempfile.mkdtemp(prefix="launch test "))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.prefix = os.path.join(self.base, "in stall")
        self.state = os.path.join(self.base, "state")
        self.logs = os.path.join(self.base, "l'o gs")
        self.view = os.path.join(self.base, "mounts", "%h")
        for folder in ("in stall/bin", "in stall/lib", "in stall/share/copper", "state", "fake"):
            os.makedirs(os.path.join(self.base, folder))
        for name in LAUNCHERS + STOPPERS:
            shutil.copy(os.path.join(SCRIPTS, name), os.path.join(self.prefix, "bin"))
        shutil.copytree(os.path.join(SCRIPTS, "launch"), os.path.join(self.prefix, "share", "copper", "launch"))
        shutil.copy(os.path.join(SCRIPTS, "bin", "launcher.sh"), os.path.join(self.prefix, "lib"))
        for path, text in (("in stall/bin/cu_fuse", FAKE_CU_FUSE), ("in stall/bin/copper", FAKE_COPPER),
                           ("fake/taskset", FAKE_TASKSET), ("fake/srun", FAKE_SRUN)):
            self.text(path, text)
            os.chmod(os.path.join(self.base, path), 0o755)

    def text(self, name, text):
        path = os.path.join(self.base, name)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        return path

    def run_script(self, script, *words, shell=("sh",), **environment):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("PBS_", "SLURM", "PALS_", "PMI", "COPPER_"))}
        return subprocess.run(
            [*shell, os.path.join(self.prefix, "bin", script), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=300, check=False, cwd=self.base,
            env={**clean, "PATH": os.path.join(self.base, "fake") + ":" + os.environ["PATH"], "HOME": self.base,
                 "FAKE_STATE": self.state, **environment})

    def slurm(self, script, *words, nodes="n[1-2]", **more):
        return self.run_script(
            script, "-d", self.logs, *words, SLURM_JOB_ID="99", SLURM_JOB_NODELIST=nodes, **more)

    def given(self):
        """The flags each node was given, one list a node."""
        flags = []
        for name in sorted(os.listdir(self.state)):
            if name.endswith(".args"):
                with open(os.path.join(self.state, name), encoding="utf-8") as source:
                    flags.append(source.read().splitlines())
        return flags

    def read(self, *parts):
        with open(os.path.join(*parts), encoding="utf-8") as source:
            return source.read()

    def test_wrong_input_is_one_line_and_starts_nothing(self):
        empty = self.text("empty", "\n# none\n")
        bad = self.text("bad", "n1\nn2 10.0.0.2 more\n")
        option = self.text("option", "-oProxyCommand=x\n")
        local = ("--local", "2")
        cases = (
            ((), "give --hosts FILE"),
            (("--nonsense",), "no option --nonsense"),
            (("-Z", *local), "no option -Z"),
            (("word", *local), "'word' is no option"),
            ((*local, "-l"), "-l needs a value"),
            ((*local, "-l", "-P"), "-l needs a value, and is followed by '-P'"),
            ((*local, "-l", "7"), "-l takes a whole number from 0 to 6, not '7'"),
            ((*local, "-t", "tape"), "-t is one of file stdout file_and_stdout both, not 'tape'"),
            ((*local, "-T", "0"), "-T takes a whole number"),
            ((*local, "-T", "3"), "-T 3: there are only 2 hosts"),
            ((*local, "-M", "10M"), "-M takes a whole number"),
            ((*local, "-PN", "x"), "-N takes a whole number"),
            ((*local, "-b", "1,x"), "-b takes processors such as 1,2 or 48-51, or none, not '1,x'"),
            ((*local, "-b", "1;reboot"), "-b takes processors"),
            ((*local, "-a", "guess"), "-a is one of facility discover hosts, not 'guess'"),
            ((*local, "-n", "cxi"), "--local goes over copper+tcp"),
            ((*local, "-v", "/mnt/x"), "-v needs %h in it"),
            ((*local, "--tpath", "/no such place"), "--tpath /no such place is no directory"),
            ((*local, "--timeout", "0"), "--timeout takes a whole number from 1 to 86400, not '0'"),
            ((*local, "--port=65536"), "--port takes a whole number from 1 to 65535, not '65536'"),
            ((*local, "--keep=yes"), "--keep"),
            ((*local, "--job-id", "../x"), "--job-id '../x'"),
            ((*local, "--exec", "rsh"), "--exec is one of clush pdsh srun mpiexec ssh, not 'rsh'"),
            ((*local, "--exec", "ssh"), "--exec ssh does not go with --local"),
            ((*local, "--hosts", bad), "--hosts and --local exclude each other"),
            (("--local", "0"), "--local takes a whole number from 1 to 1024, not '0'"),
            (("--hosts", "nowhere"), "--hosts " + self.base + "/nowhere cannot be read"),
            (("--hosts", empty), "names no host"),
            (("--hosts", bad), "bad, line 2: a line is a host name, and after it perhaps an address, not 'n2 10.0.0.2 more'"),
            (("--hosts", option), "option, line 1: a line is a host name"),
            (("--hosts", bad, "-n", "na+sm"), "-n na+sm"),
            (("--hosts", bad, "-n", "tcp://x;y"), "-n 'tcp://x;y'"),
            (("--local", "1", "-F", "nowhere"), "leave -F and -a out"),
        )
        for words, expected in cases:
            for shell in shells():
                with self.subTest(words=words, shell=shell):
                    result = self.run_script("launch_copper.sh", "-d", self.logs, *words, shell=shell)
                    self.assertEqual((2, ""), (result.returncode, result.stdout), result.stderr)
                    self.assertEqual(1, len(result.stderr.splitlines()), result.stderr)
                    self.assertTrue(result.stderr.startswith("launch_copper.sh: "), result.stderr)
                    self.assertIn(expected, result.stderr)
        self.assertFalse(os.path.exists(self.logs))
        self.assertEqual([], self.given())

    def test_wrong_input_to_a_machines_own_scripts(self):
        for script, environment, expected in (
                ("launch_copper_aurora.sh", {}, "PBS_JOBID or PBS_NODEFILE is not set"),
                ("launch_copper_aurora.sh", {"PBS_JOBID": "1", "PBS_NODEFILE": "/none"}, "PBS_NODEFILE=/none cannot be read"),
                ("launch_copper_frontier.sh", {}, "SLURM_JOB_ID or SLURM_JOB_NODELIST is not set"),
                ("launch_copper_frontier.sh", {"SLURM_JOB_ID": "1", "SLURM_JOB_NODELIST": "n[1-"},
                 "SLURM_JOB_NODELIST='n[1-' cannot be read"),
                ("launch_copper_frontier.sh", {"SLURM_JOB_ID": "1", "SLURM_JOB_NODELIST": "n1"},
                 "olcf_frontier_copper_addressbook.txt is neither in"),
                ("stop_copper_aurora.sh", {}, "which run?"),
                ("stop_copper_frontier.sh", {}, "which run?")):
            with self.subTest(script=script, environment=environment):
                result = self.run_script(script, "-d", self.logs, **environment)
                self.assertEqual((2, ""), (result.returncode, result.stdout), result.stderr)
                self.assertEqual(1, len(result.stderr.splitlines()), result.stderr)
                self.assertIn(expected, result.stderr)
        self.assertFalse(os.path.exists(self.logs))

    def test_help_tells_every_option(self):
        for script in LAUNCHERS + STOPPERS:
            for words in (("--help",), ("-h",), ("-d", "x", "--help")):
                result = self.run_script(script, *words)
                self.assertEqual((0, ""), (result.returncode, result.stderr))
            options = "ltdTMEPNAIsbFanv" if script in LAUNCHERS else "dv"
            for letter in options:
                self.assertRegex(result.stdout, rf"(?m)(^  |[ ;])-{letter}\b")
            for long in re.findall(r"\| (--[a-z-]+)", self.read(SCRIPTS, "launch", "launch.sh")):
                self.assertTrue(script in STOPPERS or long in result.stdout, long)
        self.assertFalse(os.path.exists(os.path.join(self.base, "copper-logs")))

    def test_frontiers_flags_are_the_originals(self):
        book = self.text("book", "n3 ofi+cxi://0x3\nn2.site ofi+cxi://0x2\nn1 ofi+cxi://0x1\n")
        result = self.slurm("launch_copper_frontier.sh", "-F", book, "-v", self.view, "-PN5", "-A", "-I", "7", "-E=3"[:2], "3",
                            "-l", "4", "-t", "both", "-T", "2", "-M", "7", "--", "-o", "allow_other")
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        run = os.path.join(self.logs, "99")
        logs = os.path.join(run, "logs")
        self.assertEqual("n1 ofi+cxi://0x1\nn2 ofi+cxi://0x2\n", self.read(logs, "copper_address_book.txt"))
        self.assertEqual("n1\nn2\n", self.read(logs, "node_file.txt"))
        self.assertEqual("1,2\n", self.read(self.state, "bound"))
        profile = ("-profile_metrics -profile_metrics -profile_top_n 5 -profile_metrics -profile_paths_full -profile_metrics "
                   "-profile_snapshot_interval_s 7").split()
        mounts = [os.path.join(self.base, "mounts", name) for name in ("n1", "n2")]
        expected = [[
            "-vpath", mount, "-net_type", "cxi://cxi1", "-tpath", "/", "-log_level", "4", "-log_type", "both", "-trees", "2",
            "-nf", os.path.join(logs, "node_file.txt"), "-facility_address_book", os.path.join(logs, "copper_address_book.txt"),
            "-prefiltered_address_book", "1", "-max_cacheable_byte_size", "7", "-md_enoent_ttl_ms", "3", *profile, "-s",
            "-o", "allow_other", "-log_output_dir", run, mount] for mount in mounts]
        self.assertEqual(expected, sorted(self.given(), key=lambda flags: flags[1]))
        self.assertEqual(
            "--overlap -N 2 -n 2 --ntasks-per-node=1 --nodelist=" + os.path.join(logs, "node_file.txt") + " --kill-on-bad-exit=0 "
            "--wait=0 --cpus-per-task=2 --cpu-bind=none sh " + os.path.join(self.prefix, "share/copper/launch/node.sh")
            + f" start {run}\n", self.read(self.state, "srun"))
        for folder in ("tables/final", "profiling/final", "profiling/cluster"):
            self.assertTrue(os.path.isdir(os.path.join(run, folder)))
        self.assertFalse(os.path.exists(os.path.join(run, "secret")))

    def test_lists_of_hosts(self):
        book = self.text("book", "x copper+tcp://x:1\n")
        for nodes, expected in (
                ("n1", "n1"), ("n[1-3]", "n1 n2 n3"), ("n[08-11]", "n08 n09 n10 n11"), ("n[1-2,7],login1", "n1 n2 n7 login1"),
                ("a[1-2]-b[3-4]c", "a1-b3c a1-b4c a2-b3c a2-b4c"), ("x,y,x", "x y")):
            for shell in shells():
                with self.subTest(nodes=nodes, shell=shell):
                    result = self.slurm("launch_copper.sh", "-n", "copper+tcp", "-F", book, nodes=nodes, shell=shell)
                    self.assertEqual(1, result.returncode)
                    self.assertIn("no address for ", result.stderr)
                    self.assertEqual(expected.split(), self.read(self.logs, "99/logs/node_file.txt").split())
        self.assertEqual([], self.given())
        scontrol = self.text("fake/scontrol", '#!/bin/sh\n[ "$*" = "show hostnames weird{1..2}" ] && echo w1 && echo w2\n')
        os.chmod(scontrol, 0o755)
        self.slurm("launch_copper.sh", "-n", "copper+tcp", "-F", book, nodes="weird{1..2}")
        self.assertEqual("w1\nw2\n", self.read(self.logs, "99/logs/node_file.txt"))

    def test_hosts_that_the_book_lacks_are_named(self):
        book = self.text("book", "n1 ofi+cxi://0x1\nn2 ofi+cxi://0x2\nn2 ofi+cxi://0x22\nn5.a ofi+cxi://0x5\nn5.b ofi+cxi://0x55\n")
        result = self.slurm("launch_copper_frontier.sh", "-F", book, nodes="n[1-5]")
        self.assertEqual(
            (1, f"launch_copper_frontier.sh: {book} has several addresses for n2, no address for n3, no address for n4, several "
                "addresses for n5; add a line 'HOST ADDRESS' for each, or use -a discover\n"),
            (result.returncode, result.stderr))
        self.assertFalse(os.path.exists(os.path.join(self.logs, "99", "launch", "running")))
        book = self.text("book", "n1 ofi+cxi://0x1\nn2 ofi+cxi://0x1\n")
        result = self.slurm("launch_copper_frontier.sh", "-F", book)
        self.assertEqual(1, result.returncode)
        self.assertIn("n1 and n2 have the same address ofi+cxi://0x1", result.stderr)
        self.assertEqual([], self.given())

    def test_the_facilitys_book_is_found_where_the_original_has_it(self):
        os.makedirs(os.path.join(self.base, "root", "build"))
        self.text("root/build/olcf_frontier_copper_addressbook.txt", "n1 ofi+cxi://0x1\nn2 ofi+cxi://0x2\n")
        result = self.slurm("launch_copper_frontier.sh", "-v", self.view, COPPER_ROOT=os.path.join(self.base, "root"))
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        self.assertEqual(2, len(self.given()))

    def test_discovery_takes_the_column_of_the_card(self):
        for net, addresses in (("cxi", ("0x1", "0x2")), ("cxi://cxi0", ("0x1", "0x2")), ("cxi://cxi1", ("0x101", "0x102"))):
            with self.subTest(net=net):
                result = self.slurm("launch_copper_frontier.sh", "-a", "discover", "-n", net, "-v", self.view)
                self.assertEqual((0, ""), (result.returncode, result.stderr))
                self.assertEqual(
                    "".join(f"n{i + 1} ofi+cxi://{address}\n" for i, address in enumerate(addresses)),
                    self.read(self.logs, "99/logs/copper_address_book.txt"))
                self.assertIn("02:00:00:00:00:02", self.read(self.logs, "99/logs/copper_address_book_full_output.txt"))
        result = self.slurm("launch_copper_frontier.sh", "-a", "discover", "-v", self.view, FAKE_CXI1="NA")
        self.assertEqual(1, result.returncode)
        self.assertIn("n2: this host has no address on cxi1\n", result.stderr)
        self.assertIn("1 of 2 hosts have no known address; nothing was started", result.stderr)

    def test_an_environment_that_ssh_does_not_hand_on_reaches_the_nodes(self):
        result = self.run_script(
            "launch_copper.sh", "--local", "1", "-d", self.logs, "-v", self.view, FI_PROVIDER="it's", LD_LIBRARY_PATH="/a b",
            COPPER_JAVA_OPTS="-Xmx1g", SLINGSHOT_VNIS="1")
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        printed = subprocess.run(
            ["sh", "-c", '. "$1"; printf "%s\\n" "$FI_PROVIDER" "$LD_LIBRARY_PATH" "$COPPER_JAVA_OPTS" "${SLINGSHOT_VNIS-none}"', "sh",
             os.path.join(self.logs, "local", "launch", "settings")],
            env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True)
        self.assertEqual("it's\n/a b\n-Xmx1g\nnone\n", printed.stdout)

    def test_the_secret_is_the_owners_and_another_each_time(self):
        secrets = []
        for _ in range(2):
            result = self.run_script("launch_copper.sh", "--local", "1", "-d", self.logs, "-v", self.view)
            self.assertEqual((0, ""), (result.returncode, result.stderr))
            path = os.path.join(self.logs, "local", "secret")
            self.assertEqual(0o100600, os.stat(path).st_mode)
            secrets.append(self.read(path))
            self.assertRegex(secrets[-1], "^[0-9a-f]{64}$")
            self.assertEqual(0, self.run_script("stop_copper.sh", "-d", self.logs).returncode)
            self.assertFalse(os.path.exists(path))
        self.assertNotEqual(*secrets)
        own = self.text("own", "x" * 40)
        self.run_script("launch_copper.sh", "--local", "1", "-d", self.logs, "-v", self.view, COPPER_SECRET_FILE=own)
        flags = [flags[flags.index("-secret_file") + 1] for flags in self.given()]
        self.assertEqual([own, path, path], sorted(flags, key=lambda flag: flag != own))

    def test_nodes_that_want_a_proof_get_a_secret_on_any_network(self):
        book = self.text("book", "n1 ofi+cxi://0x1\nn2 ofi+cxi://0x2\n")
        result = self.slurm("launch_copper_frontier.sh", "-F", book, "-v", self.view, "--", "-require_auth")
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        path = os.path.join(self.logs, "99", "secret")
        self.assertEqual(0o100600, os.stat(path).st_mode)
        given = self.given()
        self.assertEqual([path, path], [flags[flags.index("-secret_file") + 1] for flags in given])
        self.assertTrue(all("-require_auth" in flags for flags in given))


if __name__ == "__main__":
    unittest.main()
