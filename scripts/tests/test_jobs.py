"""The job scripts of the documentation, from `module load` to the report, on hosts of one machine (see cluster.py).

What a site has is stood in for: its scheduler's variables, its launchers of programs, its network. The scripts run as they are
in the documentation, but for their places and for what names the network and processors this machine has.
"""

import glob
import os
import re
import shlex
import shutil
import subprocess
import unittest

import cluster
import doc_blocks
import installed
import test_modules

MARK = "<!-- tested by scripts/tests/test_jobs.py -->"
REASON = cluster.needed() or (None if test_modules.COMMANDS else "neither Lmod nor Environment Modules is here")

PROGRAM = """
import os, package
print("%s rank %s has %s" % (os.uname().nodename, os.environ["PALS_RANKID"], package.__file__))
"""

# What an interactive shell of the site has: the command module, and conda, of which a job uses no more than this.
SHELL = """
module() { local said; said=$(%s bash "$@"); eval "$said"; }
conda() {
  case $1 in
    activate) export PATH="$2/bin:$PATH" ;;
    deactivate) PATH=${PATH#*:} ;;
    *) return 1 ;;
  esac
}
"""


def job_scripts():
    """The job scripts of the documentation, by page."""
    found = {}
    for page in sorted(glob.glob(os.path.join(installed.ROOT, "docs", "*.md"))):
        for block in doc_blocks.blocks(page):
            if block.mark == MARK:
                found.setdefault(os.path.basename(page), []).append(block.text)
    return found


@unittest.skipIf(REASON, REASON)
class JobsTest(unittest.TestCase):
    """Three hosts, an install tree with its module file and address book, and packages on shared storage."""

    maxDiff = None
    NAMES = ("n1", "n2", "n3")

    def setUp(self):
        self.hosts = cluster.Cluster(self.NAMES, ("ssh", "clush", "srun", "mpiexec", "mpirun"))
        self.addCleanup(self.hosts.close)
        self.tree = installed.copy(os.path.join(self.hosts.base, "tree"))
        self.storage = os.path.join(self.hosts.base, "storage")
        self.make_packages()
        port = doc_blocks.free_port()
        self.book = self.hosts.text("book", "".join(
            f"{name} copper+tcp://127.0.0.{2 + number}:{port}\n" for number, name in enumerate(self.NAMES)))
        for name in ("alcf_aurora", "olcf_frontier"):
            shutil.copy(self.book, os.path.join(self.tree, "share", "copper", name + "_copper_addressbook.txt"))
        _, words = sorted(test_modules.COMMANDS.items())[0]
        self.shell = self.hosts.text("shell", SHELL % " ".join(map(shlex.quote, words)))

    def make_packages(self):
        """An environment of the kind Conda makes, and a folder of packages, in each place where a page has them."""
        for project in ("lus/flare/projects/MY_PROJECT/alice/exp1", "lustre/orion/proj-shared/MY_PROJECT/alice/exp1",
                        "shared/MY_PROJECT/alice/exp1"):
            base = os.path.join(self.storage, project)
            os.makedirs(os.path.join(base, "conda_env", "bin"))
            os.makedirs(os.path.join(base, "packages"))
            for folder in ("packages", "conda_env"):
                with open(os.path.join(base, folder, "package.py"), "w", encoding="ascii") as out:
                    out.write("answer = 42\n")
            python = os.path.join(base, "conda_env", "bin", "python3")
            with open(python, "w", encoding="ascii") as out:
                out.write('#!/bin/sh\nPYTHONPATH=${0%/bin/*} exec /usr/bin/python3 "$@"\n')
            os.chmod(python, 0o755)
        self.hosts.text("train.py", PROGRAM)

    def here(self, script):
        """Returns a job script with this machine's places, network and processors instead of the site's."""
        script = re.sub(r"/(tmp|mnt/bb)/", self.hosts.local + "/", script)
        script = re.sub(r"/(lus/flare|lustre/orion|shared)/", lambda match: f"{self.storage}/{match.group(1)}/", script)
        options = "-n copper+tcp -b 0"
        script = re.sub(r"(?m)(^|/)(launch_copper_\w+\.sh\"?) ", rf"\1\2 {options} -a facility ", script)
        return re.sub(r"(?m)(^|/)(launch_copper\.sh\"?) ", rf"\1\2 {options} -F {self.book} ", script)

    def run_job(self, script, **scheduler):
        """Runs a job script as its scheduler would, and returns what it said."""
        path = self.hosts.text("job.sh", self.here(script))
        environment = self.hosts.environment(
            USER="alice", BASH_ENV=self.shell, MODULEPATH=os.path.join(self.tree, "share", "modulefiles"),
            LMOD_DISABLE_SAME_NAME_AUTOSWAP="no", TERM="dumb", **scheduler)
        return subprocess.run(["bash", path], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=4 * cluster.PATIENCE, check=False, cwd=self.hosts.base)

    def scheduler(self, script):
        if "#PBS" in script:
            nodes = self.hosts.text("nodes", "".join(f"{name}.hsn.site\n" for name in self.NAMES))
            return {"PBS_JOBID": "4711.server", "PBS_NODEFILE": nodes, "PBS_O_WORKDIR": self.hosts.base}
        return {"SLURM_JOB_ID": "4711", "SLURM_JOB_NODELIST": "n[1-3]", "SLURM_NNODES": "3"}

    def assert_job(self, script):
        result = self.run_job(script, **self.scheduler(script))
        said = result.stdout + result.stderr
        self.assertEqual(0, result.returncode, said)
        self.assertIn("all 3 mounts answer", said)
        tasks = re.findall(r"(?m)^(n\d) rank (\d+) has (.*)$", result.stdout)
        per_host = int(re.search(r"(?:--ppn |RANKS_PER_NODE=|--ntasks-per-node=)(\d+)", script).group(1))
        self.assertEqual(list(range(3 * per_host)), sorted(int(rank) for _, rank, _ in tasks), said)
        self.assertEqual(set(self.NAMES), {host for host, _, _ in tasks})
        for _, _, path in tasks:
            self.assertTrue(path.startswith(self.hosts.local), "not through Copper: " + path)
        self.assertIn("nothing of the run is left on 3 hosts: 3 stopped", said)
        self.assertEqual({}, self.hosts.left())
        return said

    def test_the_job_scripts_of_the_documentation(self):
        scripts = job_scripts()
        self.assertEqual({"aurora.md", "frontier.md", "launching.md"}, set(scripts))
        for page, blocks in scripts.items():
            for script in blocks:
                with self.subTest(page=page):
                    said = self.assert_job(script)
                    if "copper profile" in script:
                        (report,) = re.findall(r"(?m)^wrote (.*/cluster-profiling\.html)$", said)
                        with open(report, encoding="utf-8") as page_text:
                            self.assertIn("</html>", page_text.read())
                        shutil.rmtree(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(report)))))


if __name__ == "__main__":
    unittest.main()
