"""Tests that a tree's answers are right while storage changes and nodes are reset, and that its memory does not grow."""

import os
import unittest

import installed

SCRIPTS = os.path.join(installed.ROOT, "scripts")


class ModelTest(unittest.TestCase):
    def script(self, name, *words):
        return installed.run(os.path.join(SCRIPTS, name), *words, ok=False, timeout=900)

    def test_the_judge_takes_storage_for_right_and_finds_whatever_is_made_wrong(self):
        result = self.script("model.sh", "--self-test", "--operations", "20000")
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)

    def test_the_answers_of_a_tree_are_those_that_storage_allows(self):
        # One in a thousand may be what is known; it was one in 250 before the kernel's nodes were of one version.
        result = self.script("model.sh", "--no-build", "--operations", "20000", "--known-share", "0.001")
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)

    def test_a_tree_in_use_for_two_minutes_stays_as_large_as_it_was(self):
        result = self.script("soak.sh", "--no-build", "--minutes", "2")
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
