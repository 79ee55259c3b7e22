"""The Spack package of Copper for Java. It lives in the source tree, and builds the branch main of that tree."""

import pathlib

from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class CopperJava(CMakePackage):
    """Copper is a read-only file system that stands between the nodes of a job and their storage: the nodes form a
    tree, and only its root reads storage, once for each file. This is the port to Java; it needs no MPI, and mounts
    without libfuse.
    """

    homepage = "https://github.com/argonne-lcf/copper"
    # packages/copper_java, packages, copper, spack_repo, spack: the source tree is above.
    git = pathlib.Path(__file__).resolve().parents[5].as_uri()

    license("MIT")

    version("main", branch="main")

    variant("margo", default=True, description="Networks of Mercury and Margo (cxi, verbs, ...), C++ nodes in one tree")
    variant(
        "checksum",
        default=False,
        when="+margo",
        description="Mercury with checksums; all nodes of a job must agree, C++ ones too",
    )
    variant("libfuse", default=False, description="libfuse 2 beside the kernel's own protocol (-fuse jnr)")

    depends_on("cmake@3.16:", type="build")
    depends_on("maven@3.6:", type="build")
    depends_on("java@17:", type=("build", "run"))

    with when("+margo"):
        depends_on("c", type="build")
        depends_on("pkgconfig", type="build")
        depends_on("mochi-margo@0.20:")
        depends_on("mercury@2.4:+ofi+sm")
        depends_on("mercury+checksum", when="+checksum")
        depends_on("mercury~checksum", when="~checksum")

    # At run time users also need fusermount3 of the system: it must be set-user-id root, which Spack cannot do.
    depends_on("libfuse@2.9", type="run", when="+libfuse")

    conflicts("platform=darwin", msg="Copper mounts by Linux' FUSE")
    conflicts("platform=windows", msg="Copper mounts by Linux' FUSE")

    def setup_build_environment(self, env):
        # Maven fetches plug-ins and jars; they go with the build, not into the user's home.
        env.append_flags("MAVEN_OPTS", "-Dmaven.repo.local={0}".format(join_path(self.stage.path, "m2")))

    def cmake_args(self):
        return [self.define("COPPER_MARGO", "ON" if self.spec.satisfies("+margo") else "OFF")]

    def check(self):
        """The tests of the native part; the Java tests want a checkout and FUSE (scripts/test.sh)."""
        if self.spec.satisfies("+margo"):
            with working_dir(self.builder.build_directory):
                cmake = which("cmake", required=True)
                cmake("--build", ".", "--target", "copper_native_tests")
                which("ctest", required=True)("--output-on-failure")

    def setup_run_environment(self, env):
        # As the module files do; Java is named, since a job may bring another JAVA_HOME.
        env.set("COPPER_ROOT", self.prefix)
        env.set("CUPATH", self.prefix.bin.cu_fuse)
        env.set("COPPER_JAVA", join_path(self.spec["java"].home, "bin", "java"))
        if self.spec.satisfies("+libfuse"):
            env.prepend_path("LD_LIBRARY_PATH", self.spec["libfuse"].prefix.lib)

    def test_version(self):
        """the installed cu_fuse runs and tells its version"""
        cu_fuse = Executable(self.prefix.bin.cu_fuse)
        cu_fuse.add_default_env("COPPER_JAVA", join_path(self.spec["java"].home, "bin", "java"))
        out = cu_fuse("--version", output=str.split, error=str.split)
        assert "Copper for Java" in out, out

    def test_refusal(self):
        """the installed cu_fuse refuses a wrong flag in one line that names it"""
        cu_fuse = Executable(self.prefix.bin.cu_fuse)
        cu_fuse.add_default_env("COPPER_JAVA", join_path(self.spec["java"].home, "bin", "java"))
        out = cu_fuse("-f", "-no_such_flag", output=str.split, error=str.split, fail_on_error=False)
        assert cu_fuse.returncode == 2 and "unknown flag -no_such_flag" in out, out
