"""`usher plan`: the time that Telegram's limits ask for."""
import json
import shutil
import subprocess
import unittest

import helpers


def plan(*arguments):
    return subprocess.run([helpers.USHER, "plan", "--config", "/nonexistent", *arguments], text=True,
                          capture_output=True, timeout=60, check=False)


class Plan(unittest.TestCase):
    def test_without_a_configuration(self):
        run = plan("--buyers", "20000", "--bots", "2", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        said = json.loads(run.stdout)
        # Two calls each, 30 in a window of a second and the answer's 50 ms.
        self.assertEqual(said["calls"], 40000)
        self.assertAlmostEqual(said["drained_seconds"], 40000 / 2 / 30 * 1.05, delta=2)
        self.assertLess(said["last_message_seconds"], said["last_inside_seconds"])
        self.assertIn("everybody told in", plan("--buyers", "5").stdout)

    def test_with_a_configuration(self):
        site = helpers.Site("http://127.0.0.1:1")
        self.addCleanup(shutil.rmtree, site.folder)
        run = subprocess.run([helpers.USHER, "plan", "--config", site.config, "--buyers", "300",
                              "--answer-ms", "0", "--json"], text=True, capture_output=True,
                             timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        # core: a message, an approval, and a one-time link made and revoked.
        self.assertEqual(json.loads(run.stdout)["calls_per_buyer"], 4)

    def test_wrong_usage_is_2(self):
        for arguments in ((), ("--buyers", "0"), ("--buyers", "x"), ("--buyers", "5", "more")):
            run = plan(*arguments)
            self.assertEqual(run.returncode, 2, run.stderr)
        self.assertEqual(plan("--buyers", "5", "--plan", "none").returncode, 1)


if __name__ == "__main__":
    unittest.main()
