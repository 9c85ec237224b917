"""`usher demo` in small: it exits 0 only if every genuine buyer is in and nobody else, and coupons
and check-ins came out right."""
import os
import re
import subprocess
import unittest

import helpers


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.small = subprocess.run([helpers.USHER, "demo", "--buyers", "40", "--seconds", "2",
                                    "--flash", "4000", "--seed", os.environ.get("USHER_SEED", "7")],
                                   text=True, capture_output=True, timeout=240, check=False)

    def test_a_small_sale_comes_out_right(self):
        run = self.small
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertRegex(run.stdout, r"limit violations +0\n")
        self.assertEqual(len(re.findall(r"^ok ", run.stdout, re.M)), 11, run.stdout)
        self.assertEqual([line for line in run.stdout.split("\n") if len(line) > 79], [])

    def test_what_is_bought_with_a_coupon_and_who_checks_in(self):
        shown = self.small.stdout
        for gateway, price, paid in (("stripe", "9.00", "7.20"), ("standard", "9.00", "7.20"),
                                     ("ime", "29.00", "23.20")):
            # As it happens: the order, the callback of the lower amount, the check-in ...
            self.assertRegex(shown, r"(?m)^ +\d+\.\d s +order +\d+ +\w+ with LIVE48: %s USD, "
                                    r"not %s$" % (paid, price))
            self.assertRegex(shown, r"(?m)^ +\d+\.\d s +paid +\d+ +%s USD by %s: granted$" %
                             (paid, gateway))
            # ... and at the end.
            self.assertRegex(shown, r"(?m)^\d+ +(starter|core) +%s +%s +%s +paid$" %
                             (price, paid, gateway))
        for said, answer in (("/checkin", "Day 1, +10, balance 10"),
                             ("签到", "第 1 天，+10，余额 10"), ("簽到", "第 1 天，+10，餘額 10")):
            self.assertRegex(shown, r"(?m)^ +\d+\.\d s +says +\d+ +%s$" % said)
            self.assertRegex(shown, r"(?m)^ +\d+\.\d s +answer +\d+ +%s$" % re.escape(answer))
            self.assertRegex(shown, r"(?m)^\d+ +1 +10 +10 +%s$" % said)

    def test_who_orders_by_the_bot_and_on_a_page(self):
        shown = self.small.stdout
        self.assertRegex(shown, r"(?m)^ +\d+\.\d s +bot +\d+ +\[(starter|core)\] \[\w+\]: an order of \d+\.00 USD$")
        self.assertRegex(shown, r"(?m)^ +\d+\.\d s +page +(starter|core) for somebody without Telegram: an order")
        self.assertRegex(shown, r"(?m)^ +\d+\.\d s +page +\d+ +the page says paid, and its link is opened")
        for way in ("bot", "page"):
            self.assertRegex(shown, r"(?m)^\d+ +(starter|core) +%s +\d+\.00 +\w+ +paid$" % way)

    def test_wrong_usage_is_2(self):
        for arguments in (["--buyers", "1"], ["--flash", "x"], ["more"]):
            run = subprocess.run([helpers.USHER, "demo", *arguments], text=True,
                                 capture_output=True, timeout=30, check=False)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn("usage", run.stderr)


if __name__ == "__main__":
    unittest.main()
