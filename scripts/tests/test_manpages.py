"""Tests that what is written about flags and commands is what the programs know: man pages, flags.md, the launcher."""

import os
import re
import shutil
import unittest

import installed

PAGES = os.path.join(installed.TREE, "share", "man", "man1")


def help_of(program):
    return installed.run(os.path.join(installed.TREE, "bin", program), "--help").stdout


def flags():
    """Returns name, argument (or an empty text) and description of each flag that cu_fuse knows."""
    found = []
    for line in help_of("cu_fuse").splitlines():
        match = re.match(r"^  (--?\w+)(?:, --\w+)?(?: (\S+))?  +(.*)$", line)
        if match:
            found.append((match.group(1), match.group(2) or "", match.group(3).strip()))
    return found


def commands():
    return re.findall(r"(?m)^  (\w\S*)  +\S", help_of("copper"))


def source(*path):
    with open(os.path.join(installed.ROOT, *path), encoding="utf-8") as text:
        return text.read()


def page(name):
    with open(os.path.join(PAGES, name), encoding="utf-8") as text:
        return text.read()


class ManPagesTest(unittest.TestCase):
    def test_there_is_a_page_for_each_frame_and_nothing_unfilled(self):
        frames = {name[: -len(".in")] for name in os.listdir(os.path.join(installed.ROOT, "docs", "man"))}
        self.assertEqual(frames, set(os.listdir(PAGES)))
        for name in frames:
            self.assertNotRegex(page(name), r"@[A-Z]+@")

    def test_cu_fuse_names_every_flag_and_no_other(self):
        text = page("cu_fuse.1").replace("\\-", "-")
        options = text[text.index(".SH OPTIONS"): text.index(".SH FILES")]
        self.assertEqual([name for name, _, _ in flags()], re.findall(r"(?m)^\.B (--?\w+)", options))
        for _, _, description in flags():
            self.assertIn(description, options)

    def test_copper_names_every_command(self):
        self.assertIn("mount", commands())
        self.assertEqual(commands(), re.findall(r"(?m)^\.B (\w\S*)$", page("copper.1").split(".SH COMMANDS")[1]))

    def test_copper_knows_every_command_that_its_help_names(self):
        script = source("scripts", "bin", "copper")
        known = re.findall(r"(?m)^  ([a-z| _-]+)\)", script)
        for command in commands():
            self.assertTrue(any(command in case.split(" | ") for case in known), command)

    def test_every_page_is_sound(self):
        checkers = [words for words in (["mandoc", "-T", "lint", "-W", "warning"], ["man", "--warnings", "-l"])
                    if shutil.which(words[0])]
        if not checkers:
            self.skipTest("neither mandoc nor man is here")
        for name in os.listdir(PAGES):
            for words in checkers:
                result = installed.run(*words, os.path.join(PAGES, name), ok=False,
                                       env=dict(os.environ, MANPAGER="cat", LC_ALL="C.UTF-8"))
                self.assertEqual(0, result.returncode, result.stdout + result.stderr)
                self.assertEqual("", result.stderr)

    def test_flags_md_has_a_line_for_every_flag_with_its_default(self):
        rows = dict(re.findall(r"(?m)^\| `([^` ]+)[^`]*` \| (.*)$", source("docs", "flags.md")))
        text = source("docs", "flags.md")
        for name, argument, description in flags():
            self.assertIn("`" + (name + " " + argument).strip().replace("|", "\\|") + "`", text)
            default = re.search(r"\(default ([^\s):$]+)", description)
            if default and name in rows and "`" in rows[name]:
                self.assertIn("`" + default.group(1) + "`", rows[name], name)

    def test_the_launcher_knows_which_flags_have_a_value(self):
        script = source("scripts", "bin", "cu_fuse").replace("\\\n", " ")
        listed = re.search(r"\n +((?:-\w+ +\| +)+-\w+)\) flag=\$arg", script).group(1)
        self.assertEqual(sorted(name for name, argument, _ in flags() if argument),
                         sorted(re.findall(r"-\w+", listed)))


if __name__ == "__main__":
    unittest.main()
