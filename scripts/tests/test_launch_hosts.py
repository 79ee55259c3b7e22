"""Starting and stopping real nodes on several hosts (see cluster.py), and many on one machine."""

import glob
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

import cluster

REASON = cluster.needed()
TOOLS = ("ssh", "clush", "pdsh", "srun", "mpiexec")


def until(condition):
    deadline = time.monotonic() + cluster.PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@unittest.skipIf(REASON, REASON)
class HostsTest(unittest.TestCase):
    """Three hosts; the mount point has the same name on each, and is the host's own."""

    maxDiff = None

    NAMES = ("n1", "n2", "n3")

    def setUp(self):
        self.hosts = cluster.Cluster(self.NAMES, TOOLS)
        self.addCleanup(self.hosts.close)
        self.target = os.path.join(self.hosts.base, "target")
        os.mkdir(self.target)
        self.hosts.text("target/greeting", "hello\n")
        self.view = os.path.join(self.hosts.local, "view")
        self.logs = os.path.join(self.hosts.base, "logs")
        self.port = str(free_port())
        self.list = self.hosts.text(
            "list", "".join(f"{name} 127.0.0.{2 + number}\n" for number, name in enumerate(self.NAMES)))
        self.book = self.hosts.text("book", "".join(
            f"{name}.site copper+tcp://127.0.0.{2 + number}:{self.port}\n" for number, name in enumerate(self.NAMES)))

    def launch(self, *words, script="launch_copper.sh", **environment):
        return self.hosts.run(
            script, "-d", self.logs, "-v", self.view, "--tpath", self.target, "--port", self.port, *words, **environment)

    def by_list(self, *words, tool="ssh", **environment):
        return self.launch("--hosts", self.list, "--exec", tool, *words, **environment)

    def stop(self, *words, script="stop_copper.sh", **environment):
        return self.hosts.run(script, "-d", self.logs, *words, **environment)

    def assert_serves(self, *names):
        for name in names or self.NAMES:
            seen = self.hosts.on(name, "cat", os.path.join(self.view, "greeting"))
            self.assertEqual((name, "hello\n", ""), (name, seen.stdout, seen.stderr))

    def assert_started(self, result):
        self.assertEqual((0, ""), (result.returncode, result.stderr), result.stdout)
        self.assertRegex(result.stdout, r"(?m)prepared address book generation took \d+ s$")
        self.assertIn("all 3 mounts answer", result.stdout)

    def assert_stopped(self, result, what="3 stopped"):
        self.assertEqual((0, ""), (result.returncode, result.stderr), result.stdout)
        self.assertTrue(result.stdout.endswith(f"nothing of the run is left on 3 hosts: {what}\n"), result.stdout)
        self.assertEqual({}, self.hosts.left())

    def test_each_tool_starts_and_stops(self):
        for tool in TOOLS:
            with self.subTest(tool=tool):
                self.assert_started(self.by_list(tool=tool))
                self.assert_serves()
                secret = os.stat(os.path.join(self.logs, "hosts", "secret"))
                self.assertEqual(0o600, secret.st_mode & 0o777)
                self.assert_stopped(self.stop())
                self.assert_stopped(self.stop(), "3 nothing ran")

    def test_a_pbs_job_as_on_aurora_is_stopped_from_elsewhere(self):
        nodes = self.hosts.text("nodes", "".join(f"{name}.hsn.site\n" * 2 for name in self.NAMES))
        job = {"PBS_JOBID": "4711.server", "PBS_NODEFILE": nodes}
        options = ("-n", "copper+tcp", "-F", self.book, "-b", "0", "-l", "4", "-PN20", "-A", "-s", "10")
        self.assert_started(self.launch(*options, script="launch_copper_aurora.sh", **job))
        self.assert_serves()
        for name in self.NAMES:
            (pid,) = self.hosts.nodes(name)
            self.assertIn("\nCpus_allowed_list:\t0\n", self.hosts.on(name, "cat", f"/proc/{pid}/status").stdout)
        run = os.path.join(self.logs, "4711")
        with open(os.path.join(run, "logs", "copper_address_book.txt"), encoding="ascii") as book:
            self.assertEqual([f"{name}.hsn.site" for name in self.NAMES], [line.split()[0] for line in book])
        # Again in the same job: the first nodes give way.
        self.assert_started(self.launch(*options, script="launch_copper_aurora.sh", **job))
        self.assert_serves()
        self.assertEqual([1, 1, 1], [len(self.hosts.nodes(name)) for name in self.NAMES])
        os.remove(nodes)  # and no node file in the environment, as on another host of the job
        elsewhere = subprocess.run(
            ["unshare", "--uts", "sh", "-c", 'hostname elsewhere && exec "$@"', "sh",
             os.path.join(cluster.INSTALL, "bin", "stop_copper_aurora.sh"), "-d", self.logs + "/", "-v", self.view],
            env=self.hosts.environment(PBS_JOBID="4711.server"), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=cluster.PATIENCE, check=False)
        self.assert_stopped(elsewhere)

    def test_a_slurm_job_as_on_frontier_without_scontrol(self):
        job = {"SLURM_JOB_ID": "99", "SLURM_JOB_NODELIST": "n[1-3]", "SLURM_NNODES": "3"}
        self.assertIsNone(shutil.which("scontrol"))
        started = self.launch("-n", "copper+tcp", "-F", self.book, "-b", "0,1", script="launch_copper_frontier.sh", **job)
        self.assert_started(started)
        self.assertIn("by srun", started.stdout)
        self.assert_serves()
        self.assert_stopped(self.stop(script="stop_copper_frontier.sh", **job))

    def test_addresses_are_asked_of_the_hosts(self):
        # All hosts of these tests share one network, so that one of them can have its address.
        one = self.hosts.text("one", "n2\n")
        result = self.launch("--hosts", one, "-a", "discover", "--interface", "lo", "--exec", "ssh")
        self.assertEqual((0, ""), (result.returncode, result.stderr), result.stdout)
        self.assert_serves("n2")
        with open(os.path.join(self.logs, "hosts", "logs", "copper_address_book.txt"), encoding="ascii") as book:
            self.assertEqual(f"n2 copper+tcp://127.0.0.1:{self.port}\n", book.read())
        self.assertEqual(0, self.stop().returncode)
        self.assertEqual({}, self.hosts.left())
        result = self.launch("--hosts", one, "-a", "discover", "--interface", "nosuch0", "--exec", "ssh")
        self.assertEqual(1, result.returncode)
        self.assertIn("n2: this host has no address on nosuch0\n", result.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.logs, "hosts", "launch", "running")))

    def test_a_host_that_fails_is_named_and_the_others_are_stopped(self):
        self.hosts.on("n2", "sh", "-c", f"mkdir {self.view} && touch {self.view}/file")
        for tool in TOOLS:
            with self.subTest(tool=tool):
                result = self.by_list(tool=tool)
                self.assertEqual(1, result.returncode)
                self.assertIn(
                    f"launch_copper.sh: n2: the mount point {self.view} is not empty; empty it, or mount over it with "
                    "-o nonempty\n", result.stderr)
                self.assertIn("1 of 3 hosts failed, so nothing goes on", result.stderr)
                self.assertEqual(2, len(result.stderr.splitlines()), result.stderr)
                self.assertEqual({}, self.hosts.left())
        result = self.by_list("--keep")
        self.assertEqual(1, result.returncode)
        self.assert_serves("n1", "n3")
        self.assertEqual([], self.hosts.mounts("n2"))
        result = self.stop()
        self.assert_stopped(result, "1 nothing ran, 2 stopped")
        self.assertTrue(self.hosts.on("n2", "test", "-e", f"{self.view}/file").returncode == 0)

    def test_a_node_that_java_does_not_start_shows_the_last_line_of_its_log(self):
        result = self.by_list(COPPER_JAVA_OPTS="-XX:NoSuchFlag=1")
        self.assertEqual(1, result.returncode)
        for name in self.NAMES:
            self.assertRegex(
                result.stderr, f"launch_copper.sh: {name}: the node ended before it was ready; see .*/{name}-\\d+-console.log; "
                               "the last line of its log: .+\n")
        self.assertEqual({}, self.hosts.left())

    def test_a_host_out_of_reach_is_named(self):
        self.hosts.write("down.json", ["n3"])
        for tool in ("ssh", "clush", "pdsh"):
            with self.subTest(tool=tool):
                result = self.by_list(tool=tool)
                self.assertEqual(1, result.returncode)
                first, second = result.stderr.splitlines()
                self.assertEqual("launch_copper.sh: n3: it could not be reached: ssh: connect to host n3 port 22: No route to host", first)
                self.assertIn("1 of 3 hosts failed, so nothing goes on", second)
                self.assertEqual({}, self.hosts.left())
        result = self.by_list(tool="srun")
        self.assertIn("n3: it could not be reached: srun: error: Task launch for step failed on node n3", result.stderr)
        self.assertEqual({}, self.hosts.left())
        # It was up when the job was started, and is not now.
        os.remove(os.path.join(self.hosts.base, "down.json"))
        self.assert_stopped(self.stop("--exec", "clush"), "3 nothing ran")
        self.assert_started(self.by_list())
        self.hosts.write("down.json", ["n3"])
        result = self.stop()
        self.assertEqual(1, result.returncode)
        self.assertRegex(result.stderr, "n3: it could not be reached: .*")
        self.assertIn("may be called again", result.stderr)
        self.assertEqual(["n3"], list(self.hosts.left()))
        os.remove(os.path.join(self.hosts.base, "down.json"))
        self.assert_stopped(self.stop(), "2 nothing ran, 1 stopped")

    def test_whatever_state_the_nodes_are_in_they_are_stopped(self):
        self.assert_started(self.by_list("--", "-no_guardian"))
        self.assert_serves()
        (killed,), (halted,) = self.hosts.nodes("n1"), self.hosts.nodes("n2")
        self.hosts.on("n1", "kill", "-KILL", str(killed))
        self.hosts.on("n2", "kill", "-STOP", str(halted))
        self.assertTrue(until(lambda: not self.hosts.nodes("n1")))
        self.assertEqual([self.view], self.hosts.mounts("n1"))
        busy = subprocess.Popen(
            ["nsenter", "--target", str(self.hosts.pids["n3"]), "--mount", "--uts", "--pid",
             "sh", "-c", 'cd "$1" && exec sleep 600', "sh", self.view])
        try:
            self.assertTrue(until(lambda: self.view in self.hosts.on("n3", "sh", "-c", "readlink /proc/[0-9]*/cwd").stdout))
            self.assert_stopped(self.stop(), "1 a dead mount was taken away, 2 stopped")
        finally:
            busy.kill()
            busy.wait()

    def test_a_node_that_dies_leaves_the_others_of_its_step_alone(self):
        for tool in ("srun", "mpiexec"):
            with self.subTest(tool=tool):
                self.assert_started(self.by_list(tool=tool))
                self.hosts.on("n2", "kill", "-KILL", str(self.hosts.nodes("n2")[0]))
                self.assert_serves("n1", "n3")
                self.assertTrue(until(lambda: not self.hosts.nodes("n2") and not self.hosts.guardians("n2")))
                # The end of the step on that host kills the guardian too, which may have been faster.
                left = "a dead mount was taken away" if self.hosts.mounts("n2") else "nothing ran"
                self.assert_stopped(self.stop(), f"1 {left}, 2 stopped")

    def test_a_second_start_does_not_touch_the_first(self):
        self.assert_started(self.by_list())
        again = self.by_list()
        self.assertEqual(2, again.returncode)
        self.assertIn(f"end it with stop_copper.sh -d {self.logs} --job-id hosts", again.stderr)
        other = self.by_list("--job-id", "other")
        self.assertEqual(1, other.returncode)
        self.assertRegex(other.stderr, r"n1.*: .* belongs to another node \(process \d+, run .*/hosts\), which is left alone")
        self.assert_serves()
        refused = self.stop("--job-id", "other")
        self.assertEqual(1, refused.returncode)
        self.assertIn("left alone", refused.stderr)
        self.assert_serves()
        self.assert_stopped(self.stop("--job-id", "hosts"))

    def test_a_host_that_does_not_answer_is_given_up(self):
        self.hosts.write("mute.json", ["n2"])
        # The hosts that answer have had their time by then: the limit is on the one that does not.
        process = subprocess.Popen(
            [os.path.join(cluster.INSTALL, "bin", "launch_copper.sh"), "-d", self.logs, "-v", self.view, "--tpath", self.target,
             "--port", self.port, "--hosts", self.list, "--exec", "ssh"],
            env=self.hosts.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            self.assertTrue(until(lambda: self.hosts.mounts("n1") and self.hosts.mounts("n3")))
            os.remove(os.path.join(self.hosts.base, "mute.json"))
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=2 * cluster.PATIENCE)
        finally:
            process.kill()
            process.wait()
        self.assertEqual((143, "launch_copper.sh: interrupted; ending what was started\n"), (process.returncode, errors))
        self.assertEqual({}, self.hosts.left())
        self.assert_started(self.by_list())
        self.hosts.write("mute.json", ["n2"])
        result = self.stop("--timeout", "8")
        self.assertEqual(1, result.returncode)
        self.assertIn("n2: no answer within 8 s\n", result.stderr)
        os.remove(os.path.join(self.hosts.base, "mute.json"))
        self.assertEqual(["n2"], list(self.hosts.left()))
        self.assert_stopped(self.stop(), "2 nothing ran, 1 stopped")

    def test_a_run_whose_directory_is_gone_is_stopped_all_the_same(self):
        self.assert_started(self.by_list())
        shutil.rmtree(self.logs)
        self.assert_stopped(self.stop("--hosts", self.list, "-v", self.view))

    def test_what_was_never_started_is_stopped_as_well(self):
        nodes = self.hosts.text("nodes", "n1\nn2\nn3\n")
        self.assert_stopped(self.stop("-v", self.view, PBS_JOBID="1.x", PBS_NODEFILE=nodes), "3 nothing ran")


class LocalTest(unittest.TestCase):
    """Nodes on this machine alone, whose mounts and processes are known by the test's directory."""

    def setUp(self):
        self.base = os.path.realpath(subprocess.check_output(["mktemp", "-d"], text=True).strip())
        self.addCleanup(self.clean)
        self.environment = {**os.environ, "HOME": self.base}
        self.view = os.path.join(self.base, "with space", "%h")

    def clean(self):
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        for mount in self.mounts():
            subprocess.run(["fusermount3", "-uz", mount.replace("\\040", " ")], check=False)
        shutil.rmtree(self.base, ignore_errors=True)

    def processes(self):
        found = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as source:
                    words = source.read().split(b"\0")
            except OSError:
                continue
            if b"copper.cli.CuFuse" in words and any(word.startswith(self.base.encode()) for word in words):
                found.append(int(path.split("/")[2]))
        return found

    def mounts(self):
        with open("/proc/self/mounts", encoding="utf-8") as table:
            return [line.split()[1] for line in table if line.split()[1].startswith(self.base)]

    def run_script(self, script, *words):
        return subprocess.run(
            [os.path.join(cluster.INSTALL, "bin", script), *words], env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=4 * cluster.PATIENCE, check=False)

    def test_seven_nodes_serve_an_import(self):
        package = os.path.join(self.base, "packages", "greeting")
        os.makedirs(package)
        with open(os.path.join(package, "__init__.py"), "w", encoding="ascii") as out:
            out.write("TEXT = 'hello'\n")
        result = self.run_script("launch_copper.sh", "--local", "7", "-v", self.view, "--tpath", os.path.dirname(package))
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        self.assertIn("all 7 mounts answer", result.stdout)
        self.assertEqual((7, 7), (len(self.mounts()), len(self.processes())))
        for node in (6, 3, 0):
            place = self.view.replace("%h", f"node{node}")
            seen = subprocess.run(
                [sys.executable, "-B", "-c", "import greeting; print(greeting.TEXT, greeting.__file__)"],
                env={**os.environ, "PYTHONPATH": place}, capture_output=True, text=True, check=False)
            self.assertEqual(f"hello {place}/greeting/__init__.py\n", seen.stdout, seen.stderr)
        stopped = self.run_script("stop_copper.sh")
        self.assertEqual(
            (0, "stop_copper.sh: nothing of the run is left on 7 hosts: 7 stopped\n", ""),
            (stopped.returncode, stopped.stdout, stopped.stderr))
        self.assertEqual(([], []), (self.mounts(), self.processes()))
        self.assertEqual(0, self.run_script("stop_copper.sh", "--local", "7").returncode)
        self.assertFalse(os.path.exists(os.path.join(self.base, "copper-logs", "local", "secret")))

    def test_a_run_does_not_touch_another_run(self):
        target = os.path.join(self.base, "target")
        os.mkdir(target)
        for job in ("a", "ab"):
            view = os.path.join(self.base, job, "%h")
            result = self.run_script("launch_copper.sh", "--local", "2", "--job-id", job, "-v", view, "--tpath", target, "--", "-no_guardian")
            self.assertEqual((0, ""), (result.returncode, result.stderr))
        for pid in self.processes():
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as source:
                if source.read().rstrip("\0").endswith("/ab/node1"):
                    os.kill(pid, signal.SIGKILL)
        result = self.run_script("stop_copper.sh", "--job-id", "a")
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        self.assertEqual([f"{self.base}/ab/node0", f"{self.base}/ab/node1"], sorted(self.mounts()))
        self.assertEqual([], os.listdir(os.path.join(self.base, "ab", "node0")))
        result = self.run_script("stop_copper.sh", "--job-id", "ab")
        self.assertEqual(
            "stop_copper.sh: nothing of the run is left on 2 hosts: 1 a dead mount was taken away, 1 stopped\n", result.stdout)
        self.assertEqual(([], []), (self.mounts(), self.processes()))


def free_port():
    """A port that is free on all of 127.0.0.0/8 now, below those that outgoing connections take."""
    import socket

    for port in range(20000 + os.getpid() % 9000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


if __name__ == "__main__":
    unittest.main()
