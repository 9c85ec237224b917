"""Callbacks signed by the real `stripe` and `standardwebhooks` packages from npm, against a running usher."""
import os
import subprocess
import unittest

import helpers


class Peers(unittest.TestCase):
    def test_callbacks_of_the_real_packages(self):
        sim = helpers.Telegram()
        self.addCleanup(sim.close)
        usher = helpers.Site(sim.url())
        self.addCleanup(usher.close)
        usher.start()
        here = os.path.dirname(os.path.abspath(__file__))
        environment = dict(os.environ, USHER_URL=f"http://127.0.0.1:{usher.port}",
                           STRIPE_SECRET=helpers.STRIPE_SECRET,
                           STANDARD_SECRET=helpers.STANDARD_SECRET, BUILD=helpers.BUILD)
        run = subprocess.run([os.path.join(here, "peers", "run")], env=environment, text=True,
                             capture_output=True, timeout=300, check=False)
        print(run.stdout, run.stderr)
        if run.returncode == 77:
            self.skipTest(run.stdout.strip())
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
