"""The sale with the machine switched off again and again: kill -9 of the whole usher at random moments, and afterwards
the auditor finds every payment that was answered 2xx in force exactly once, and every payer inside."""
import unittest

from helpers import Program, USHER
from kills import Kills


class Whole(Kills):
    def test_kill(self):
        self.run_sale()

    def victims(self, _):
        return ()

    def strike(self, _):
        return [self.site.kill()]

    def launch(self, _):
        self.site.usher = Program([USHER, "run", "--config", self.site.config], self.site.env)

    def start_again(self, _):
        self.site.start(ready=False)


if __name__ == "__main__":
    unittest.main()
