"""What usher makes of a data directory that is not as it left it."""
import glob
import os
import shutil
import unittest

import helpers
from helpers import Site, Telegram, until


class Damage(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url())
        self.addCleanup(self.site.close)
        self.data = os.path.join(self.site.folder, "var")
        self.old = os.path.join(self.site.folder, "old")
        self.site.start()
        for i in range(3):
            self.assertEqual(self.site.pay(100 + i).status, 200)
        until(lambda: self.site.member(102), "applied")
        self.assertEqual(self.site.cli("backup", self.old, "--config", self.site.config).returncode, 0)
        for i in range(3, 10):
            self.assertEqual(self.site.pay(100 + i).status, 200)
        self.assertEqual(self.site.stop(), 0)

    def take_old(self, name):
        shutil.rmtree(os.path.join(self.data, name))
        shutil.copytree(os.path.join(self.old, name), os.path.join(self.data, name))

    def start_and_end(self):
        """Starts usher, which is to end by itself; returns its exit code and log."""
        usher = helpers.Program([helpers.USHER, "run", "--config", self.site.config])
        code = usher.process.wait(timeout=helpers.PATIENCE)
        usher.stop()
        return code, usher.log()

    def test_old_state_catches_up(self):
        self.take_old("state")
        self.site.start()
        until(lambda: self.site.member(109), "all is applied again")
        self.assertEqual(len(self.site.member(109)["payments"]), 1)
        self.assertEqual(self.site.stop(), 0)
        done = self.site.cli("verify", "--config", self.site.config)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_whole_backup_starts(self):
        shutil.rmtree(self.data)
        shutil.copytree(self.old, self.data)
        self.site.start()
        self.assertIsNotNone(self.site.member(102))
        self.assertIsNone(self.site.member(109))
        self.assertEqual(self.site.pay(109).status, 200)
        self.assertEqual(self.site.stop(), 0)

    def test_state_ahead_of_journal_is_refused(self):
        self.take_old("journal")
        code, log = self.start_and_end()
        self.assertEqual(code, 1)
        self.assertIn("do not belong together", log)

    def test_damaged_command_ends_it(self):
        """It is neither skipped nor half applied; what to do is said."""
        self.take_old("state")
        [path] = glob.glob(os.path.join(self.data, "journal", "data.mdb"))
        with open(path, "r+b") as file:
            content = file.read()
            self.assertIn(b"evt_pi_108_starter", content)
            at = -1
            while (at := content.find(b"evt_pi_108_starter", at + 1)) >= 0:
                file.seek(at)
                file.write(b"X")
        self.assertNotEqual(self.site.cli("verify", "--config", self.site.config).returncode, 0)
        code, log = self.start_and_end()
        self.assertEqual(code, 1)
        self.assertRegex(log, r"journal entry \d+ is damaged")


if __name__ == "__main__":
    unittest.main()
