"""Tests of the install tree: the package of it, and the same tree through CMake."""

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
import unittest

import installed

PACKAGE = os.path.join(installed.ROOT, "scripts", "build_helper", "package.sh")


class PackagingTest(unittest.TestCase):
    def setUp(self):
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="copper packaging "))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def package(self):
        said = installed.run(PACKAGE).stdout
        return os.path.join(installed.ROOT, re.search(r"made (\S+)", said).group(1))

    @staticmethod
    def digest(path):
        with open(path, "rb") as source:
            return hashlib.sha256(source.read()).hexdigest()

    def test_the_package_is_the_same_each_time_and_works_where_it_is_unpacked(self):
        package = self.package()
        first = self.digest(package)
        os.utime(os.path.join(installed.TREE, "bin"))
        self.assertEqual(first, self.digest(self.package()))
        with tarfile.open(package) as tar:
            members = tar.getmembers()
            self.assertEqual([(0, 0)] * len(members),
                             [(member.uid, member.gid) for member in members])
            self.assertEqual(1, len({member.mtime for member in members}), "times")
            tar.extractall(self.dir)
        (top,) = os.listdir(self.dir)
        tree = os.path.join(self.dir, top)
        self.assertEqual(installed.names(installed.TREE), installed.names(tree))
        self.assertEqual("what is in storage\n", installed.mount_and_read(tree, os.path.join(self.dir, "run")))

    def test_a_moved_tree_works_and_names_no_place(self):
        first = installed.copy(os.path.join(self.dir, "first"))
        moved = os.path.join(self.dir, "moved here")
        os.rename(first, moved)
        self.assertEqual("what is in storage\n", installed.mount_and_read(moved, os.path.join(self.dir, "run")))
        self.assertRegex(installed.run(os.path.join(moved, "build", "cu_fuse"), "--version").stdout,
                         r"^Copper for Java \d+\.\d+\.\d+\n$")
        for folder in ("bin", "share"):
            found = installed.run("grep", "-rlF", installed.ROOT, os.path.join(moved, folder), ok=False).stdout
            self.assertEqual("", found, "files that name the place where they were built")

    def test_every_jar_is_in_the_list_of_what_the_tree_is_made_of(self):
        with open(os.path.join(installed.TREE, "share", "doc", "copper", "copper.cdx.json"), encoding="utf-8") as file:
            listed = json.load(file)
        self.assertEqual("CycloneDX", listed["bomFormat"])
        components = {f"{each['name']}-{each['version']}": each for each in listed["components"]}
        jars = [name[:-len(".jar")] for name in os.listdir(os.path.join(installed.TREE, "lib"))
                if name.endswith(".jar") and name != "copper.jar"]
        self.assertTrue(jars)
        unlisted = [jar for jar in jars if not any(jar == name or jar.startswith(name + "-") for name in components)]
        self.assertEqual([], unlisted)
        for each in components.values():
            self.assertTrue(each["purl"].startswith("pkg:maven/"), each)
            self.assertTrue(each["hashes"], each)

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not here")
    def test_cmake_installs_the_same_tree(self):
        build, prefix = os.path.join(self.dir, "build"), os.path.join(self.dir, "prefix")
        jars = os.path.join(installed.TREE, "lib")
        installed.run("cmake", "-S", installed.ROOT, "-B", build, "-DCOPPER_MARGO=OFF", "-DCOPPER_JARS=" + jars)
        installed.run("cmake", "--build", build)
        installed.run("cmake", "--install", build, "--prefix", prefix)
        native = {name for name in installed.names(installed.TREE) if name.startswith("lib/libcopper_margo")}
        self.assertEqual(installed.names(installed.TREE) - native, installed.names(prefix))
        self.assertEqual("what is in storage\n", installed.mount_and_read(prefix, os.path.join(self.dir, "run")))

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not here")
    def test_a_wrong_setting_is_named(self):
        build = os.path.join(self.dir, "build")
        result = installed.run("cmake", "-S", installed.ROOT, "-B", build, "-DCOPPER_MARGO=MAYBE", ok=False)
        self.assertNotEqual(0, result.returncode)
        self.assertIn('COPPER_MARGO is AUTO, ON or OFF, not "MAYBE"', result.stderr)

    def test_build_options_that_cannot_be_are_refused_in_one_line(self):
        build = os.path.join(installed.ROOT, "scripts", "build_helper", "build.sh")
        for words, named in ((("--fast",), "--fast"), (("--into",), "--into"),
                             (("--java-only", "--into", self.dir, "--jars", self.dir), self.dir)):
            result = installed.run(build, *words, ok=False)
            self.assertEqual((1, 1), (result.returncode, len(result.stderr.splitlines())), result.stderr)
            self.assertIn(named, result.stderr)


if __name__ == "__main__":
    unittest.main()
