"""Man pages and bash's completion, made of the program's own help: each verb has a page, and what can follow is offered."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from helpers import BUILD, USHER

MANUAL = os.path.join(os.path.dirname(__file__), "..", "..", "tools", "manual")


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="usher-manual-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run([MANUAL, BUILD, cls.folder], check=True)

    def complete(self, *words):
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _usher; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", os.path.join(self.folder, "usher.bash"), "usher", *words],
                              capture_output=True, text=True, check=True, cwd=self.folder)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_each_verb_has_a_page(self):
        text = subprocess.run([USHER, "--help"], capture_output=True, text=True, check=True).stdout
        verbs = {row[1] for row in re.finditer(r"^  (\S+) +\S", text, re.M)}
        self.assertGreater(len(verbs), 30)
        for verb in verbs:
            with open(os.path.join(self.folder, "usher-%s.1" % verb), encoding="utf-8") as file:
                page = file.read()
            self.assertIn("\nusher %s" % verb.replace("-", "\\-"), page)
            for section in ("NAME", "SYNOPSIS", "DESCRIPTION"):
                self.assertIn("\n.SH %s\n" % section, page)
        with open(os.path.join(self.folder, "usher-coupon.1"), encoding="utf-8") as file:
            self.assertIn("\\-\\-max\\-uses", file.read())

    def test_what_can_follow_is_offered(self):
        self.assertEqual(self.complete("do"), ["doctor"])
        self.assertEqual(self.complete("coupon", ""), ["create", "end", "list", "show"])
        self.assertEqual(self.complete("mirror", "s"), ["status"])
        self.assertEqual(self.complete("run", "--m"), ["--metrics"])
        self.assertIn("--config", self.complete("restore", "-"))
        self.assertIn("usher.1", self.complete("backup", "usher.1"))


if __name__ == "__main__":
    unittest.main()
