"""usher backup and usher restore: what was paid is there again, whoever is killed in between."""
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

from helpers import USHER, Site, Telegram, until

PAID = range(100, 140)


class Restore(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url())
        self.addCleanup(self.site.close)
        self.var = os.path.join(self.site.folder, "var")
        self.copy = os.path.join(self.site.folder, "copy")
        self.site.start()
        for member in PAID:
            self.assertEqual(self.site.pay(member).status, 200)
        until(lambda: self.granted(PAID[-1]), "granted")

    def granted(self, member):
        return any(e["status"] == "active" for e in (self.site.member(member) or {"entitlements": []})["entitlements"])

    def run_verb(self, *words, code=0):
        done = self.site.cli(*words, "--config", self.site.config)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def all_there(self):
        self.site.start()
        for member in PAID:
            self.assertTrue(self.granted(member), member)
        self.site.stop()
        self.run_verb("verify")

    def test_there_and_back(self):
        told = self.run_verb("backup", self.copy).stdout
        self.assertIn("keep apart, and safe, what the backup does not hold: %s/secrets.env" % self.site.folder, told)
        with open(os.path.join(self.copy, "config", "usher.yaml"), encoding="utf-8") as copied, \
                open(self.site.config, encoding="utf-8") as own:
            self.assertEqual(copied.read(), own.read())
        self.run_verb("verify", "--data-dir", self.copy)
        self.assertIn("stop it first", self.run_verb("restore", self.copy, code=1).stderr)
        self.site.stop()
        self.assertIn("move what is there away", self.run_verb("restore", self.copy, code=1).stderr)
        self.assertIn("data_dir itself", self.run_verb("restore", self.var, code=1).stderr)
        shutil.rmtree(self.var)
        self.run_verb("restore", self.copy)
        self.assertEqual(sorted(name for name in os.listdir(self.var) if name != "lock"),
                         sorted(name for name in os.listdir(self.copy) if name != "config"))
        self.all_there()
        self.run_verb("restore", os.path.join(self.site.folder, "nowhere"), code=1)

    def took(self, verb, copy):
        """Seconds that it takes when nobody cuts it off."""
        begun = time.monotonic()
        self.run_verb(verb, copy)
        return time.monotonic() - begun

    def test_killed_restores(self):
        """Cut off at any moment: usher does not start on half of it, and the same command makes it whole."""
        self.run_verb("backup", self.copy)
        self.site.stop()
        shutil.rmtree(self.var)
        whole_s = self.took("restore", self.copy)
        shutil.rmtree(self.var)
        choice = random.Random(7)
        cut = 0
        partial = os.path.join(self.var, "restore.partial")
        for number in range(40):
            process = subprocess.Popen([USHER, "restore", self.copy, "--config", self.site.config],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if number % 2 == 0:
                time.sleep(choice.uniform(0, whole_s))
            else:  # while it writes, however short that is beside its start
                while process.poll() is None and not os.path.exists(partial):
                    time.sleep(0.0005)
            process.send_signal(signal.SIGKILL)
            process.wait()
            if os.path.exists(partial):
                cut += 1
                started = self.run_verb("run", code=1)
                self.assertIn("was cut off: give usher restore the same backup once more", started.stderr)
            elif os.path.isdir(os.path.join(self.var, "state")):
                shutil.rmtree(self.var)  # it was faster
        self.assertGreater(cut, 0)
        if not os.path.isdir(os.path.join(self.var, "state")) or os.path.exists(partial):
            self.run_verb("restore", self.copy)
        self.all_there()

    def test_killed_backups(self):
        """A backup that was cut off is not taken for one."""
        whole_s = self.took("backup", self.copy)
        choice = random.Random(11)
        cut = 0
        for number in range(25):
            copy = "%s%d" % (self.copy, number)
            process = subprocess.Popen([USHER, "backup", copy, "--config", self.site.config],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(choice.uniform(0, whole_s))
            process.send_signal(signal.SIGKILL)
            if process.wait() == 0 or not os.path.isdir(copy):
                continue
            target = os.path.join(self.site.folder, "other.yaml")
            with open(self.site.config, encoding="utf-8") as own, open(target, "w", encoding="utf-8") as other:
                other.write(own.read().replace("data_dir: ./var", "data_dir: ./var%d" % number))
            os.chmod(target, 0o600)
            done = self.site.cli("restore", copy, "--config", target)
            if done.returncode != 0:
                cut += 1
                self.assertIn("holds no finished backup", done.stderr)
                self.assertFalse(os.path.exists(os.path.join(self.site.folder, "var%d" % number)))
            else:
                self.assertEqual(self.site.cli("verify", "--config", target).returncode, 0)
        self.assertGreater(cut, 0)
        self.site.stop()


if __name__ == "__main__":
    unittest.main()
