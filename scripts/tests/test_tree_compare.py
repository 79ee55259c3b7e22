"""Tests that the quickstart's comparison finds every kind of difference, and none where there is none."""

import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import tree_compare


class TreeCompareTest(unittest.TestCase):
    def setUp(self):
        base = tempfile.mkdtemp(prefix="compare-")
        self.addCleanup(shutil.rmtree, base)
        self.original = os.path.join(base, "original")
        self.copy = os.path.join(base, "copy")
        os.makedirs(os.path.join(self.original, "folder", "empty"))
        self.write(self.original, "folder/file", b"x" * (tree_compare.CHUNK + 7))
        self.write(self.original, "exact", b"y" * tree_compare.CHUNK)
        self.write(self.original, "nothing", b"")
        os.symlink("folder/file", os.path.join(self.original, "link"))
        os.symlink("nowhere", os.path.join(self.original, "dangling"))
        shutil.copytree(self.original, self.copy, symlinks=True)

    @staticmethod
    def write(root, name, data):
        with open(os.path.join(root, name), "wb") as out:
            out.write(data)

    def differences(self):
        return tree_compare.compare(self.original, self.copy).differences

    def keep_time(self, name, change):
        """Changes the copy's `name` and gives it, and its directory, the times they had."""
        path = os.path.join(self.copy, name)
        before = [(each, os.lstat(each).st_mtime_ns) for each in (path, os.path.dirname(path))]
        change(path)
        for each, time in before:
            if os.path.lexists(each):
                os.utime(each, ns=(time, time), follow_symlinks=False)

    def test_a_true_copy_has_no_difference(self):
        result = tree_compare.compare(self.original, self.copy)
        self.assertEqual([], result.differences)
        self.assertEqual(8, result.entries)
        self.assertEqual(2 * tree_compare.CHUNK + 7, result.bytes)

    def test_one_other_byte(self):
        def change(path):
            with open(path, "r+b") as file:
                file.seek(tree_compare.CHUNK + 3)
                file.write(b"z")

        self.keep_time("folder/file", change)
        self.assertEqual([f"folder/file: other bytes in the {tree_compare.CHUNK} from {tree_compare.CHUNK}"],
                         self.differences())

    def test_mode(self):
        self.keep_time("nothing", lambda path: os.chmod(path, 0o600))
        (difference,) = self.differences()
        self.assertTrue(difference.startswith("nothing: st_mode"), difference)

    def test_modification_time_to_the_nanosecond(self):
        path = os.path.join(self.copy, "exact")
        time = os.stat(path).st_mtime_ns
        os.utime(path, ns=(time, time + 1))
        self.assertEqual([f"exact: st_mtime_ns is {time + 1}, not {time}"], self.differences())

    def test_a_missing_and_an_extra_name(self):
        self.keep_time("nothing", os.remove)
        folder = os.path.join(self.copy, "folder", "empty")
        time = os.stat(folder).st_mtime_ns
        self.write(self.copy, "folder/empty/more", b"")
        os.utime(folder, ns=(time, time))
        self.assertEqual(["nothing: is missing", "folder/empty/more: does not exist in the original"],
                         self.differences())

    def test_link_target(self):
        def change(path):
            os.remove(path)
            os.symlink("nowhurt", path)  # as long as the original's, so that the size is the same

        self.keep_time("dangling", change)
        self.assertEqual(["dangling: link target is nowhurt, not nowhere"], self.differences())


if __name__ == "__main__":
    unittest.main()
