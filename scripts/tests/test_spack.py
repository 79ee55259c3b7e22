"""Tests of the Spack package without Spack: its recipe is loaded against a small stand-in for spack.package.

What the recipe asks for must be what the build itself asks for, and its smoke tests must pass on the install tree.
"""

import contextlib
import glob
import importlib.util
import os
import re
import subprocess
import sys
import types
import unittest

import installed

REPOSITORY = os.path.join(installed.ROOT, "spack", "spack_repo", "copper")
RECIPE = os.path.join(REPOSITORY, "packages", "copper_java", "package.py")


class Path(str):
    """A directory of which bin/NAME is .bin.NAME, as in Spack."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return Path(os.path.join(self, name))


class Executable:
    """A program; called, it runs, and returns what it said."""

    def __init__(self, path):
        self.path, self.env, self.returncode = path, dict(os.environ), None

    def add_default_env(self, name, value):
        self.env[name] = value

    def __call__(self, *words, fail_on_error=True, **_):
        result = subprocess.run([self.path, *words], env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, universal_newlines=True, timeout=120, check=False)
        self.returncode = result.returncode
        if fail_on_error and result.returncode:
            raise AssertionError(result.stdout)
        return result.stdout


def load():
    """Runs the recipe and returns its class and what its directives said: a list of (name, arguments, condition)."""
    said, conditions = [], []
    api = types.ModuleType("spack.package")

    def directive(name):
        return lambda *words, **options: said.append((name, words, dict(options, within=tuple(conditions))))

    @contextlib.contextmanager
    def when(condition):
        conditions.append(condition)
        yield
        conditions.pop()

    for name in ("license", "version", "variant", "depends_on", "conflicts"):
        setattr(api, name, directive(name))
    api.when, api.join_path, api.Executable = when, os.path.join, Executable
    cmake = types.ModuleType("spack_repo.builtin.build_systems.cmake")
    cmake.CMakePackage = type("CMakePackage", (), {"define": staticmethod(lambda key, value: "-D%s=%s" % (key, value))})
    modules = {"spack.package": api, "spack_repo.builtin.build_systems.cmake": cmake}
    for name in ("spack", "spack_repo", "spack_repo.builtin", "spack_repo.builtin.build_systems"):
        modules[name] = types.ModuleType(name)
    before = dict(sys.modules)
    sys.modules.update(modules)
    try:
        spec = importlib.util.spec_from_file_location("copper_recipe", RECIPE)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.modules.clear()
        sys.modules.update(before)
    return module.CopperJava, said


def source(*path):
    with open(os.path.join(installed.ROOT, *path), encoding="utf-8") as text:
        return text.read()


class Spec:
    def __init__(self, variants, home=""):
        self.variants, self.home, self.prefix = variants, home, Path("/spack/libfuse")

    def satisfies(self, variant):
        return variant in self.variants

    def __getitem__(self, name):
        return self


class Environment(dict):
    def set(self, name, value):
        self[name] = value

    def prepend_path(self, name, value):
        self[name] = value


class SpackTest(unittest.TestCase):
    def setUp(self):
        self.recipe, self.said = load()

    def dependencies(self):
        return {words[0].split("@")[0].split("+")[0]: (words[0], options)
                for name, words, options in reversed(self.said) if name == "depends_on"}

    def test_the_repository_is_one_of_the_current_layout(self):
        text = source("spack", "spack_repo", "copper", "repo.yaml")
        self.assertEqual(os.path.basename(REPOSITORY), re.search(r"namespace: (\w+)", text).group(1))
        self.assertRegex(text, r"api: v2\.\d+\n")
        for path in re.findall(r"- (\S+)", source("spack-repo-index.yaml")):
            self.assertTrue(os.path.exists(os.path.join(installed.ROOT, path, "repo.yaml")), path)
        for folder in glob.glob(os.path.join(REPOSITORY, "packages", "*")):
            self.assertRegex(os.path.basename(folder), r"^[a-z_][a-z0-9_]*$")
            self.assertEqual(["package.py"], [name for name in os.listdir(folder) if name != "__pycache__"])

    def test_it_builds_the_tree_that_it_lives_in(self):
        self.assertEqual("file://" + installed.ROOT.replace(" ", "%20"), self.recipe.git)
        self.assertIn(("version", ("main",), {"branch": "main", "within": ()}), self.said)

    def test_it_asks_for_the_versions_that_the_build_asks_for(self):
        found = self.dependencies()
        cmake = re.search(r"cmake_minimum_required\(VERSION ([\d.]+)\)", source("CMakeLists.txt")).group(1)
        java = re.search(r"(?m)^min_java=(\d+)$", source("scripts", "lib.sh")).group(1)
        margo, mercury = re.search(r'"margo >= ([\d.]+)" "mercury >= ([\d.]+)"', source("jni", "CMakeLists.txt")).groups()
        self.assertEqual("cmake@%s:" % cmake, found["cmake"][0])
        self.assertEqual("java@%s:" % java, found["java"][0])
        self.assertIn("run", found["java"][1]["type"])
        self.assertEqual("mochi-margo@%s:" % margo, found["mochi-margo"][0])
        self.assertTrue(found["mercury"][0].startswith("mercury@%s:" % mercury))

    def test_only_margo_needs_a_compiler_and_mercury(self):
        for name, (_, options) in self.dependencies().items():
            within = options["within"] == ("+margo",)
            self.assertEqual(name.split("~")[0] in ("c", "pkgconfig", "mochi-margo", "mercury"), within, name)

    def test_checksums_are_said_either_way(self):
        checksums = [(words[0], options["when"]) for name, words, options in self.said
                     if name == "depends_on" and "checksum" in words[0]]
        self.assertEqual({("mercury+checksum", "+checksum"), ("mercury~checksum", "~checksum")}, set(checksums))

    def test_what_cmake_is_told(self):
        package = self.recipe()
        for variant, setting in (("+margo", "ON"), ("~margo", "OFF")):
            package.spec = Spec({variant})
            self.assertEqual(["-DCOPPER_MARGO=" + setting], package.cmake_args())

    def test_what_loading_sets(self):
        package = self.recipe()
        package.prefix, package.spec = Path("/spack/copper"), Spec({"+libfuse"}, home="/spack/jdk")
        environment = Environment()
        package.setup_run_environment(environment)
        self.assertEqual({"COPPER_ROOT": "/spack/copper", "CUPATH": "/spack/copper/bin/cu_fuse",
                          "COPPER_JAVA": "/spack/jdk/bin/java", "LD_LIBRARY_PATH": "/spack/libfuse/lib"}, environment)

    def test_its_smoke_tests_pass_on_the_install_tree(self):
        program = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else "java"
        java = installed.run(program, "-XshowSettings:properties", "-version").stderr
        package = self.recipe()
        package.prefix = Path(installed.TREE)
        package.spec = Spec((), home=re.search(r"java\.home = (.*)", java).group(1))
        package.test_version()
        package.test_refusal()

    def test_the_environments_name_this_repository_and_no_place_of_a_machine(self):
        files = glob.glob(os.path.join(installed.ROOT, "spack", "environments", "*", "spack.yaml"))
        self.assertEqual(["aurora", "frontier", "generic"], sorted(os.path.basename(os.path.dirname(f)) for f in files))
        for path in files:
            with open(path, encoding="utf-8") as text:
                lines = [line for line in text.read().splitlines() if not line.lstrip().startswith("#")]
            (repository,) = [line.split("$env/")[1] for line in lines if "$env/" in line]
            self.assertTrue(os.path.samefile(REPOSITORY, os.path.join(os.path.dirname(path), repository)))
            self.assertFalse([line for line in lines if re.search(r"[: ]/\w", line)], path)
            self.assertTrue([line for line in lines if "~checksum" in line], path)


if __name__ == "__main__":
    unittest.main()
