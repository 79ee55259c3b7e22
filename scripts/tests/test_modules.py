"""Tests of the module files with Lmod and with Environment Modules, whichever is here."""

import functools
import glob
import os
import shlex
import shutil
import subprocess
import tempfile
import unittest

import installed


def module_commands():
    """Returns, by name, the words of each module command of this machine."""
    found = {}
    lmod = os.environ.get("LMOD_CMD", "/usr/share/lmod/lmod/libexec/lmod")
    if os.path.exists(lmod):
        found["Lmod"] = [lmod]
    tools = os.path.join(installed.ROOT, "build", "tools", "environment-modules")
    for pattern in (os.environ.get("MODULES_CMD", ""), "/usr/lib/*/modulecmd.tcl",
                    "/usr/share/Modules/libexec/modulecmd.tcl", tools + "/usr/lib/*/modulecmd.tcl"):
        for path in glob.glob(pattern):
            if shutil.which("tclsh"):
                found.setdefault("Environment Modules", [shutil.which("tclsh"), path])
    return found


COMMANDS = module_commands()
NAMES = ("COPPER_ROOT", "CUPATH", "CU_FUSE_MNT_VIEWDIR", "facility_address_book", "COPPER_JAVA", "MANPATH")


def each_command(test):
    """Runs a test once with each module command, on a tree of its own."""

    @functools.wraps(test)
    def run(self):
        for name, words in sorted(COMMANDS.items()):
            with self.subTest(name):
                self.new_tree()
                test(self, words)

    return run


def setUpModule():
    for name in sorted({"Lmod", "Environment Modules"} - set(COMMANDS)):
        print(name + " is not here: the module files are not tested with it")


@unittest.skipUnless(COMMANDS, "neither Lmod nor Environment Modules is here")
class ModulesTest(unittest.TestCase):
    def new_tree(self):
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="copper-modules-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.tree = installed.copy(os.path.join(self.dir, "tree"))
        for script in glob.glob(self.tree + "/bin/*launch*") + glob.glob(self.tree + "/bin/stop*"):
            os.remove(script)
        self.modules = os.path.join(self.tree, "share", "modulefiles")

    def shell(self, words, script, **more):
        """Runs bash lines in which `module` is this module command, in an environment with no modules of its own."""
        env = {"PATH": os.environ["PATH"], "HOME": self.dir, "USER": "alice", "MODULEPATH": self.modules,
               "LMOD_DISABLE_SAME_NAME_AUTOSWAP": "no", "TERM": "dumb"}
        env.update(more)
        # An alias is a function to some module commands; bash shows either with `type`.
        lines = ["shopt -s expand_aliases", "set -e",
                 "module() { local said; said=$(%s bash \"$@\"); eval \"$said\"; }" % " ".join(map(shlex.quote, words))]
        return subprocess.run(["bash", "-c", "\n".join(lines + [script])], env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=120,
                              check=False)

    def said(self, words, script, **more):
        result = self.shell(words, script, **more)
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        return result.stdout

    def show(self):
        return "\n".join('echo "%s=${%s-}"' % (name, name) for name in NAMES) + "\n"

    @each_command
    def test_load_sets_what_the_original_sets_and_unload_takes_it_away(self, words):
        expected = {"COPPER_ROOT": self.tree, "CUPATH": self.tree + "/bin/cu_fuse",
                    "CU_FUSE_MNT_VIEWDIR": "/tmp/alice/copper", "facility_address_book": "", "COPPER_JAVA": ""}
        said = self.said(words, "module load copper\n" + self.show() + "type -p cu_fuse")
        values = dict(line.split("=", 1) for line in said.splitlines()[:-1])
        manpath = values.pop("MANPATH")
        self.assertEqual(expected, values)
        self.assertEqual(self.tree + "/bin/cu_fuse", said.splitlines()[-1])
        self.assertEqual(self.tree + "/share/man", manpath.split(":")[0])
        self.assertTrue(manpath.endswith(":"), "the system's own pages stay")
        said = self.said(words, "module load copper\nmodule unload copper\n" + self.show()
                         + 'case $PATH in *"%s"*) exit 1 ;; esac' % self.tree)
        self.assertEqual("".join(name + "=\n" for name in NAMES), said)

    @each_command
    def test_the_loaded_commands_and_pages_work(self, words):
        said = self.said(words, "module load copper\ncu_fuse --version\n\"$COPPER_ROOT/build/cu_fuse\" --version")
        self.assertEqual(2, said.count("Copper for Java "))
        if shutil.which("man"):
            said = self.said(words, "module load copper\nman -w cu_fuse")
            self.assertEqual(self.tree + "/share/man/man1/cu_fuse.1\n", said)

    @each_command
    def test_the_launch_scripts_that_are_there_have_short_names(self, words):
        for site in ("_aurora", "_frontier", ""):
            for verb in ("launch_copper", "stop_copper"):
                path = os.path.join(self.tree, "bin", verb + site + ".sh")
                with open(path, "w", encoding="ascii") as out:
                    out.write("#!/bin/sh\necho " + verb + site + " $*\n")
                os.chmod(path, 0o755)
        names = "launch_copper launch_copper_aurora launch_copper_frontier stop_copper stop_copper_frontier".split()
        script = "module load copper\n" + "".join('eval "%s -d x"\n' % name for name in names)
        self.assertEqual(["%s -d x" % name for name in names], self.said(words, script).splitlines())
        script = "module load copper\neval launch_copper\neval stop_copper"
        for site, suffix in (("aurora", "_aurora"), ("frontier", "_frontier"), ("elsewhere", "")):
            self.assertEqual(["launch_copper" + suffix, "stop_copper" + suffix],
                             [line.strip() for line in self.said(words, script, LMOD_SYSTEM_NAME=site).splitlines()])

    @each_command
    def test_a_site_sets_its_own(self, words):
        os.makedirs(os.path.join(self.tree, "share", "copper"), exist_ok=True)
        book = os.path.join(self.tree, "share", "copper", "alcf_aurora_copper_addressbook.txt")
        with open(book, "w", encoding="ascii"):
            pass
        self.assertIn("facility_address_book=" + book + "\n",
                      self.said(words, "module load copper\n" + self.show(), LMOD_SYSTEM_NAME="aurora"))
        elsewhere = os.path.join(self.dir, "site", "copper")
        shutil.copytree(os.path.join(self.modules, "copper"), elsewhere)
        for name in os.listdir(elsewhere):
            path = os.path.join(elsewhere, name)
            with open(path, encoding="utf-8") as source:
                text = source.read()
            for key, value in (("root", self.tree), ("java", "/site/java"), ("address_book", "/site/book"),
                               ("view", "/local/view")):
                text = text.replace('local %s = ""' % key, 'local %s = "%s"' % (key, value))
                text = text.replace('set %s ""' % key, 'set %s "%s"' % (key, value), 1)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        expected = ["COPPER_ROOT=" + self.tree, "CUPATH=" + self.tree + "/bin/cu_fuse",
                    "CU_FUSE_MNT_VIEWDIR=/local/view", "facility_address_book=/site/book", "COPPER_JAVA=/site/java"]
        said = self.said(words, "module load copper\n" + self.show(), MODULEPATH=os.path.dirname(elsewhere))
        self.assertEqual(expected, said.splitlines()[:-1])

    @each_command
    def test_a_module_without_its_tree_says_so_and_sets_nothing(self, words):
        lonely = os.path.join(self.dir, "lonely", "copper")
        shutil.copytree(os.path.join(self.modules, "copper"), lonely)
        result = self.shell(words, "module load copper || :\n" + self.show(), MODULEPATH=os.path.dirname(lonely))
        self.assertIn("COPPER_ROOT=\n", result.stdout)
        self.assertIn("there is no install tree at", result.stderr)
        self.assertIn("set root in " + lonely, result.stderr.replace("\n", ""))


if __name__ == "__main__":
    unittest.main()
