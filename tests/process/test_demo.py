"""`usher demo` in small: it exits 0 only if every genuine buyer is in and nobody else."""
import os
import re
import subprocess
import unittest

import helpers


class Demo(unittest.TestCase):
    def test_a_small_sale_comes_out_right(self):
        run = subprocess.run([helpers.USHER, "demo", "--buyers", "40", "--seconds", "2",
                              "--flash", "4000", "--seed", os.environ.get("USHER_SEED", "7")],
                             text=True, capture_output=True, timeout=240, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertRegex(run.stdout, r"limit violations +0\n")
        self.assertEqual(len(re.findall(r"^ok ", run.stdout, re.M)), 7, run.stdout)

    def test_wrong_usage_is_2(self):
        for arguments in (["--buyers", "1"], ["--flash", "x"], ["more"]):
            run = subprocess.run([helpers.USHER, "demo", *arguments], text=True,
                                 capture_output=True, timeout=30, check=False)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn("usage", run.stderr)


if __name__ == "__main__":
    unittest.main()
