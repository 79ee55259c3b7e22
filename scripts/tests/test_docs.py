"""Tests of the documentation: links lead somewhere, the site can be made, and the commands on its pages work."""

import glob
import os
import re
import unicodedata
import unittest

import doc_blocks
import installed
import test_modules

PAGES = sorted(glob.glob(os.path.join(installed.ROOT, "*.md")) + glob.glob(os.path.join(installed.ROOT, "docs", "*.md")))


def prose(path):
    """Returns a page without its code."""
    with open(path, encoding="utf-8") as source:
        text = source.read()
    text = re.sub(r"(?ms)^```.*?^```$", "", text)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(path):
    with open(path, encoding="utf-8") as source:
        text = re.sub(r"(?ms)^```.*?^```$", "", source.read())
    found = set()
    for title in re.findall(r"(?m)^#+ +(.*)$", text):
        word = unicodedata.normalize("NFKD", title.replace("`", "")).lower()
        found.add(re.sub(r"[^\w\- ]", "", word).strip().replace(" ", "-"))
    return found


class DocsTest(unittest.TestCase):
    def test_every_relative_link_leads_somewhere(self):
        for page in PAGES:
            for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                file = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
                with self.subTest(page=os.path.basename(page), link=target):
                    self.assertTrue(os.path.exists(file))
                    if anchor:
                        self.assertIn(anchor, anchors(file))

    def test_every_shell_block_says_whether_it_is_tested(self):
        for page in PAGES:
            for block in doc_blocks.blocks(page):
                with self.subTest(page=os.path.basename(page), line=block.line):
                    self.assertTrue(block.is_marked, "the line above is neither <!-- test --> nor <!-- not run: WHY -->")

    def test_commands_stand_in_blocks(self):
        """What is only indented would be run by no test."""
        for page in PAGES:
            with open(page, encoding="utf-8") as source:
                text = re.sub(r"(?ms)^```.*?^```$", "", source.read())
            for line in re.findall(r"(?m)(?:\A|\n)\n((?:    .*\n)+)", text):
                with self.subTest(page=os.path.basename(page), line=line):
                    self.assertNotRegex(line, r"(?m)^    (#!/|(\S*/)?(cu_fuse|copper|launch_|stop_|module|mkdir|fusermount)\w*)")

    def test_the_commands_work(self):
        pages = [page for page in PAGES if any(block.tested for block in doc_blocks.blocks(page))]
        self.assertTrue(pages)
        for page in pages:
            with self.subTest(page=os.path.basename(page)):
                if doc_blocks.needs_modules(page) and not test_modules.COMMANDS:
                    self.skipTest("neither Lmod nor Environment Modules is here")
                failure = doc_blocks.run(page)
                self.assertIsNone(failure, failure)

    def test_the_site_can_be_made(self):
        result = installed.run(os.path.join(installed.ROOT, "scripts", "build_helper", "docs.sh"), ok=False)
        if result.returncode == 3:
            print(result.stdout.strip())
            self.skipTest("no MkDocs")
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        site = os.path.join(installed.ROOT, "build", "site")
        for page in glob.glob(os.path.join(installed.ROOT, "docs", "*.md")):
            self.assertTrue(os.path.exists(os.path.join(site, os.path.basename(page)[:-2] + "html")), page)
            with open(os.path.join(installed.ROOT, "mkdocs.yml"), encoding="utf-8") as settings:
                self.assertIn(": " + os.path.basename(page) + "\n", settings.read(), "not in the navigation")


if __name__ == "__main__":
    unittest.main()
