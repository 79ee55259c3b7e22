"""Tests of bin/cu_fuse and lib/launcher.sh against a stand-in for Java: what a user, a job script or ssh sees of it.

The stand-in is a shell script that writes the status line it is told to and then stays until its stop file appears, so
nothing here needs a JVM or a mount. Every test runs under each shell that the machine has.
"""

import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bin")

FAKE_JAVA = r"""#!/bin/sh
state=$FAKE_STATE
for arg in "$@"; do printf '%s\n' "$arg"; done >"$state/args.new"
mv "$state/args.new" "$state/args"
[ -z "${FAKE_STDERR:-}" ] || printf '%s\n' "$FAKE_STDERR" >&2
trap 'echo terminated >"$state/ended"; exit 143' TERM
fd=''
for arg in "$@"; do case $arg in -Dcopper.status_fd=*) fd=${arg#*=} ;; esac; done
if [ -n "${FAKE_STATUS:-}" ] && [ -n "$fd" ]; then
  eval "printf '%s\n' \"\$FAKE_STATUS\" >&$fd; exec $fd>&-"
fi
echo $$ >"$state/pid.new"; mv "$state/pid.new" "$state/pid"
if [ -n "${FAKE_EXIT:-}" ]; then exit "$FAKE_EXIT"; fi
n=0
while [ ! -e "$state/stop" ] && [ $n -lt 600 ]; do sleep 0.05; n=$((n + 1)); done
echo stopped >"$state/ended"
"""


def shells():
    found = [[path] for path in map(shutil.which, ("dash", "bash")) if path]
    if shutil.which("busybox"):
        found.append(["busybox", "sh"])
    return found or [["sh"]]


def each_shell(test):
    """Runs a test once under each shell, with a state directory of its own, and looks for leftovers."""

    @functools.wraps(test)
    def run(self):
        for shell in shells():
            with self.subTest(shell=shell):
                self.new_state()
                try:
                    test(self, shell)
                finally:
                    self.release()
                self.assertFalse([name for name in os.listdir(self.dir) if name.startswith("cu_fuse.")])

    return run


class LauncherTest(unittest.TestCase):
    def setUp(self):
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="launcher test "))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.prefix = os.path.join(self.dir, "in stall")
        for folder in ("bin", "lib"):
            os.makedirs(os.path.join(self.prefix, folder))
        for name in ("cu_fuse", "copper_cds"):
            shutil.copy(os.path.join(SOURCE, name), os.path.join(self.prefix, "bin"))
        shutil.copy(os.path.join(SOURCE, "launcher.sh"), os.path.join(self.prefix, "lib"))
        self.command = os.path.join(self.prefix, "bin", "cu_fuse")
        self.java = self.fake_java("jdk", "17.0.9")
        self.command_prefix = []
        self.new_state()
        self.addCleanup(lambda: self.release())

    def fake_java(self, name, version, release=True):
        home = tempfile.mkdtemp(prefix=name + "-", dir=self.dir)
        os.mkdir(os.path.join(home, "bin"))
        java = os.path.join(home, "bin", "java")
        with open(java, "w", encoding="ascii") as out:
            out.write(FAKE_JAVA)
        os.chmod(java, 0o755)
        if release:
            with open(os.path.join(home, "release"), "w", encoding="ascii") as out:
                out.write(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\nOS_NAME="Linux"\n')
        return java

    def new_state(self):
        self.state = tempfile.mkdtemp(prefix="state-", dir=self.dir)

    def release(self):
        """Lets the stand-in end, and waits until it has."""
        open(os.path.join(self.state, "stop"), "w", encoding="ascii").close()
        pid = self.read("pid")
        if pid:
            deadline = time.monotonic() + 20
            while alive(int(pid)) and time.monotonic() < deadline:
                time.sleep(0.02)

    def read(self, name):
        try:
            with open(os.path.join(self.state, name), encoding="utf-8") as source:
                return source.read().strip()
        except FileNotFoundError:
            return ""

    def wait_for(self, name):
        deadline = time.monotonic() + 20
        while not self.read(name):
            self.assertLess(time.monotonic(), deadline, f"no {name} in time")
            time.sleep(0.02)
        return self.read(name)

    def environment(self, **more):
        env = {"PATH": os.environ["PATH"], "FAKE_STATE": self.state, "COPPER_JAVA": self.java, "TMPDIR": self.dir}
        env.update(more)
        return {key: value for key, value in env.items() if value is not None}

    def run_command(self, shell, *args, cwd=None, **env):
        return subprocess.run(
            [*self.command_prefix, *shell, self.command, *args],
            env=self.environment(**env),
            cwd=cwd or self.dir,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=25,
            check=False,
        )

    @each_shell
    def test_background_returns_when_ready_and_holds_no_pipe_of_the_caller(self, shell):
        # A node that kept stdout, stderr or descriptor 3 (a copy of stdout here; shells and test runners hand it on)
        # open would make this wait until the stand-in gives up, which the timeout does not allow.
        self.command_prefix = ["sh", "-c", 'exec "$@" 3>&1', "sh"]
        result = self.run_command(shell, "/mnt/x", FAKE_STATUS="ready")
        self.assertEqual(("", "", 0), (result.stdout, result.stderr, result.returncode))
        pid = int(self.wait_for("pid"))
        self.assertTrue(alive(pid), "the node lives on")
        self.assertEqual(pid, os.getsid(pid), "in a session of its own")
        self.assertEqual(["-cp", f"{self.prefix}/lib/copper.jar", "copper.cli.CuFuse", "/mnt/x"],
                         self.read("args").split("\n")[-4:])

    @each_shell
    def test_error_is_one_line_on_stderr(self, shell):
        result = self.run_command(shell, "/mnt/x", FAKE_STATUS="error -vpath: no such place", FAKE_EXIT="1")
        self.assertEqual(("", "cu_fuse: -vpath: no such place\n", 1),
                         (result.stdout, result.stderr, result.returncode))

    @each_shell
    def test_usage_error_exits_2(self, shell):
        result = self.run_command(shell, FAKE_STATUS="usage give a mount point", FAKE_EXIT="2")
        self.assertEqual(("cu_fuse: give a mount point\n", 2), (result.stderr, result.returncode))

    @each_shell
    def test_usage_error_leaves_no_directory(self, shell):
        for kept in ("", "mine", "mine/logs"):
            self.new_state()
            os.makedirs(os.path.join(self.state, kept), exist_ok=True)
            result = self.run_command(shell, "-log_output_dir", "mine", cwd=self.state,
                                      FAKE_STATUS="usage give a mount point", FAKE_EXIT="2")
            self.assertEqual(2, result.returncode)
            self.assertEqual(kept != "", os.path.isdir(os.path.join(self.state, "mine")), kept)
            self.assertEqual(kept == "mine/logs", os.path.isdir(os.path.join(self.state, "mine", "logs")), kept)

    @each_shell
    def test_death_without_a_word_shows_what_java_said(self, shell):
        result = self.run_command(shell, "/mnt/x", FAKE_STDERR="Unrecognized VM option", FAKE_EXIT="1")
        self.assertEqual(1, result.returncode)
        self.assertIn("Unrecognized VM option\ncu_fuse: the node ended before it was ready", result.stderr)

    @each_shell
    def test_death_without_a_word_names_what_java_said(self, shell):
        logs = os.path.join(self.state, "log dir")
        result = self.run_command(shell, "-log_output_dir", "log dir", "/mnt/x", cwd=self.state,
                                  FAKE_STDERR="out of luck", FAKE_EXIT="1")
        (console,) = os.listdir(os.path.join(logs, "logs"))
        self.assertEqual(f"{os.uname().nodename}-{self.read('pid')}-console.log", console)
        self.assertEqual((1, f"cu_fuse: the node ended before it was ready; see log dir/logs/{console}\n"),
                         (result.returncode, result.stderr))
        with open(os.path.join(logs, "logs", console), encoding="ascii") as source:
            self.assertEqual("out of luck\n", source.read())
        self.assertIn("-XX:ErrorFile=log dir/logs/hs_err_%p.log", self.read("args").split("\n"))

    @each_shell
    def test_signal_while_waiting_ends_the_node(self, shell):
        for sent, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            self.new_state()
            process = subprocess.Popen([*shell, self.command, "/mnt/x"], env=self.environment(),
                                       stdin=subprocess.DEVNULL)
            try:
                pid = int(self.wait_for("pid"))
                process.send_signal(sent)
                self.assertEqual(code, process.wait(20))
                self.assertEqual("terminated", self.read("ended"))
                # The pipe's end, which the launcher waits for, comes a moment before the process's own.
                self.assertTrue(gone(pid), "the node lives on")
            finally:
                process.kill()
                process.wait()
                self.release()

    @each_shell
    def test_memory_outside_the_heap_is_bounded_by_what_may_be_kept(self, shell):
        with open("/proc/meminfo", encoding="ascii") as source:
            quarter = int(source.readline().split()[1]) // 4
        for flags, kib in (
                ((), quarter), (("-max_cache_bytes", "1g"), 1 << 20), (("-max_cache_bytes", "8388608"), 8192),
                (("-max_cache_bytes=0512M",), 512 << 10), (("-max_cache_bytes", "3GB", "-max_cache_bytes", "2t"), 2 << 30),
                (("-max_cache_bytes", "much"), quarter), (("-max_cache_bytes", ""), quarter),
                (("-cache_dir", "-max_cache_bytes", "1g"), quarter)):
            self.run_command(shell, "-f", *flags, "/mnt/x", FAKE_EXIT="0")
            self.assertIn(f"-XX:MaxDirectMemorySize={kib + (256 << 10)}k", self.read("args").split("\n"), flags)

    @each_shell
    def test_foreground_is_java_itself(self, shell):
        for flag in ("-f", "-d", "--help", "-V", "--version"):
            result = self.run_command(shell, "-o", "nosuid", flag, "/mnt/x", FAKE_STDERR="said", FAKE_EXIT="7")
            self.assertEqual((7, "said\n"), (result.returncode, result.stderr))
            self.assertNotIn("copper.status_fd", self.read("args"))

    @each_shell
    def test_the_value_of_a_flag_is_not_a_flag(self, shell):
        result = self.run_command(shell, "-secret_file", "-f", "/mnt/x", FAKE_STATUS="ready")
        self.assertEqual(0, result.returncode)
        self.assertIn("-Dcopper.status_fd=9", self.read("args").split("\n"))

    @each_shell
    def test_arguments_arrive_whole(self, shell):
        awkward = ["-tpath", "/a  b/*", "-vpath", "", "naïve\tname", "$HOME", "-o", "x,y"]
        self.run_command(shell, *awkward, "/mnt/x", FAKE_STATUS="ready",
                         COPPER_JAVA_OPTS="-Xmx64m  -Dglob=*")
        args = self.read("args").split("\n")
        self.assertEqual([*awkward, "/mnt/x"], args[args.index("copper.cli.CuFuse") + 1 :])
        self.assertIn("-Xmx64m", args)
        self.assertIn("-Dglob=*", args)

    def test_works_through_links_and_from_the_path(self):
        bin_dir = os.path.join(self.dir, "links")
        os.mkdir(bin_dir)
        os.symlink(self.command, os.path.join(bin_dir, "absolute"))
        os.symlink("absolute", os.path.join(bin_dir, "cu_fuse"))
        result = subprocess.run(
            ["cu_fuse", "-f", "/mnt/x"],
            env=self.environment(PATH=bin_dir + ":" + os.environ["PATH"], FAKE_EXIT="0"),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=25, check=False)
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        self.assertIn(f"{self.prefix}/lib/copper.jar", self.read("args").split("\n"))

    @each_shell
    def test_java_too_old_is_refused_by_name(self, shell):
        old = self.fake_java("old", "11.0.2")
        ancient = self.fake_java("ancient", "1.8.0_392")
        for java, major in ((old, 11), (ancient, 8)):
            result = self.run_command(shell, "/mnt/x", COPPER_JAVA=java)
            self.assertEqual(
                (1, f"cu_fuse: COPPER_JAVA={java} is Java {major}; Java 17 or newer is needed\n"),
                (result.returncode, result.stderr))
        home = os.path.dirname(os.path.dirname(old))
        path = os.path.join(os.path.dirname(os.path.dirname(ancient)), "bin")
        result = self.run_command(shell, "/mnt/x", COPPER_JAVA=None, JAVA_HOME=home,
                                  PATH=path + ":" + os.environ["PATH"])
        self.assertEqual(1, result.returncode)
        self.assertIn("no Java 17 or newer found: set COPPER_JAVA or JAVA_HOME", result.stderr)
        self.assertIn(f"{old} is Java 11; {ancient} is Java 8", result.stderr)

    @each_shell
    def test_an_old_java_home_gives_way_to_the_path(self, shell):
        home = os.path.dirname(os.path.dirname(self.fake_java("old", "11.0.2")))
        path = os.path.dirname(self.java) + ":" + os.environ["PATH"]
        result = self.run_command(shell, "-f", "/mnt/x", COPPER_JAVA=None, JAVA_HOME=home, PATH=path, FAKE_EXIT="0")
        self.assertEqual((0, ""), (result.returncode, result.stderr))

    @each_shell
    def test_newer_java_gets_its_flags_and_other_javas_do_not(self, shell):
        new = self.fake_java("new", "25.0.1")
        self.run_command(shell, "-f", "/mnt/x", COPPER_JAVA=new, FAKE_EXIT="0")
        self.assertIn("--enable-native-access=ALL-UNNAMED", self.read("args").split("\n"))
        self.run_command(shell, "-f", "/mnt/x", FAKE_EXIT="0")
        self.assertNotIn("--enable-native-access=ALL-UNNAMED", self.read("args").split("\n"))

    @each_shell
    def test_the_archive_is_used_where_it_was_made_and_left_alone_where_it_was_moved(self, shell):
        archive = os.path.join(self.prefix, "lib", "copper-17.0.9.jsa")
        for made_for, used in ((self.prefix, True), ("/elsewhere", False)):
            for path, text in ((archive, "x"), (archive + ".prefix", made_for + "\n")):
                with open(path, "w", encoding="ascii") as out:
                    out.write(text)
            result = self.run_command(shell, "-f", "/mnt/x", FAKE_EXIT="0")
            self.assertEqual((0, ""), (result.returncode, result.stderr))
            self.assertEqual(used, f"-XX:SharedArchiveFile={archive}" in self.read("args").split("\n"))

    @each_shell
    def test_the_locale_is_utf8_whatever_the_caller_has(self, shell):
        probe = self.fake_java("probe", "17.0.9")
        with open(probe, "w", encoding="ascii") as out:
            out.write('#!/bin/sh\necho "LC_ALL=$LC_ALL" >&2\n')
        for env, expected in (({}, "LC_ALL=C.UTF-8\n"), ({"LANG": "C"}, "LC_ALL=C.UTF-8\n"),
                              ({"LANG": "de_DE.utf8"}, "LC_ALL=\n")):
            result = self.run_command(shell, "-f", "/mnt/x", COPPER_JAVA=probe, **env)
            self.assertEqual(expected, result.stderr)

    def test_archive_maker_reports_failure_in_one_line_and_leaves_nothing(self):
        result = subprocess.run(
            [os.path.join(self.prefix, "bin", "copper_cds")],
            env=self.environment(FAKE_STDERR="Error: no class", FAKE_EXIT="1"),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=25, check=False)
        self.assertEqual((1, "", "copper_cds: no start-up archive made: Error: no class\n"),
                         (result.returncode, result.stdout, result.stderr))
        self.assertEqual(["launcher.sh"], os.listdir(os.path.join(self.prefix, "lib")))


def gone(pid):
    """Waits until the process has ended; False when it does not."""
    deadline = time.monotonic() + 20
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as source:
            return source.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
