"""The test clock: an operator rehearses a renewal and an ending in minutes."""
import concurrent.futures
import json
import os
import unittest

from contract import Case, ContractSite
from gateways import BTCPAY, STANDARD, STRIPE
from helpers import CORE, STARTER, until
from test_flow import Flow, letters, members_of, parse

TEST_CLOCK = ("data_dir: ./var\n", "data_dir: ./var\ntest_clock: true\n")
DAY = 24 * 3600


class Moved(Flow):
    changes = (TEST_CLOCK,)

    def setUp(self):
        super().setUp()
        if self.site.usher is None:
            self.site.start()

    def now(self):
        answer = self.site.api("GET", "clock")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(set(answer.json), {"now"})
        return parse(answer.json["now"])

    def advance(self, text):
        answer = self.site.api("POST", "clock", {"advance": text})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(set(answer.json), {"now"})
        return parse(answer.json["now"])

    def pay_now(self, gateway, user, *arguments, **more):
        """As pay, signed by the test clock."""
        body, _ = gateway.paid(user, *arguments, **more)
        answer = self.site.send(gateway, body, gateway.sign(body, at=self.now()))
        self.assertEqual(answer.status, 200, answer)

    def entitlement(self, user):
        (found,) = self.site.member(user)["entitlements"]
        return found

    def test_a_month_with_grace(self):
        self.users(1, follow=1)
        self.pay_now(STRIPE, 1, "core", 2900, payment_id="pi_month")
        self.inside(CORE, 1)
        self.inside(STARTER, 1)
        before = self.now()
        after = self.advance("29 days")
        self.assertTrue(0 <= after - before - 29 * DAY < 60, (before, after))
        self.assertEqual(self.entitlements(1), {"core": "active"})
        self.advance("3 days")
        self.assertEqual(self.entitlements(1), {"core": "grace"})
        self.assertIn(1, members_of(self.telegram, CORE))

        self.assertEqual(self.site.stop(), 0)
        self.site.start()
        self.assertGreaterEqual(self.now(), after + 3 * DAY)
        self.assertLess(self.now(), after + 3 * DAY + 600)
        self.assertEqual(self.entitlements(1), {"core": "grace"})

        self.advance("4 days")
        self.assertNotIn(self.entitlements(1)["core"], ("active", "grace"))
        self.outside(CORE, 1)
        self.outside(STARTER, 1)
        # Who pays again, by the new time, is let in again.
        self.pay_now(STANDARD, 1, "core", 2900, payment_id="pi_again")
        self.inside(CORE, 1)
        left = parse(self.entitlement(1)["until"]) - self.now()
        self.assertTrue(27 * DAY < left < 32 * DAY, left)

    def test_b_timers_fire_at_their_own_time(self):
        """Also in one go: the journal has the end of the month, then the end of grace."""
        self.users(11)
        self.pay_now(STRIPE, 11, "core", 2900, payment_id="pi_steps")
        until_ = parse(self.entitlement(11)["until"])
        self.advance("60 days")
        self.assertNotIn(self.entitlement(11)["status"], ("active", "grace"))
        self.site.applied()
        done = self.site.cli("journal", "dump", "--json", "--config", self.site.config)
        self.assertEqual(done.returncode, 0, done.stderr)
        stamps = [json.loads(line) for line in done.stdout.splitlines()]
        at = [parse(entry["at"]) for entry in stamps]
        self.assertEqual(at, sorted(at), "the journal never goes back")
        for due in (until_, until_ + 3 * DAY):
            self.assertTrue(any(due <= t <= due + DAY // 4 for t in at), due)

    def test_c_signatures_are_as_old_as_the_clock_says(self):
        body, headers = STRIPE.paid(21, payment_id="pi_stale")
        self.advance("1 hour")
        self.assertIn(self.site.send(STRIPE, body, headers).status, (400, 401))
        self.pay_now(STRIPE, 21, payment_id="pi_fresh")

    def test_d_kill_right_behind_the_answer(self):
        after = self.advance("2 days")
        self.site.kill()
        self.site.start()
        self.assertGreaterEqual(self.now(), after)

    def test_e_nonsense_is_refused(self):
        before = self.now()
        for value in ("0", "0 days", "-1 days", "7", "days", "", "7 dayz", "4000 days", "500 ms",
                      "99999999999 days", "1.5 days", 7, None, [], {"days": 7}):
            self.refused(self.site.api("POST", "clock", {"advance": value}), 400, value)
        self.refused(self.site.api("POST", "clock", {}), 400)
        self.refused(self.site.api("POST", "clock", {"advance": "1 day", "to": "x"}), 400)
        self.refused(self.site.api("DELETE", "clock"), 405)
        self.refused(self.site.api("POST", "clock", {"advance": "1 day"}, token="wrong"), 401)
        self.assertLess(self.now(), before + 3600)

    def test_f_command_line(self):
        for arguments in (("show",), ("advance", "36 hours")):
            done = self.site.cli("clock", *arguments, "--json", "--config", self.site.config,
                                 "--url", "http://127.0.0.1:%d" % self.site.port)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("now", json.loads(done.stdout))
        done = self.site.cli("clock", "advance", "0 days", "--config", self.site.config,
                             "--url", "http://127.0.0.1:%d" % self.site.port)
        self.assertEqual(done.returncode, 1)
        self.assertIn("advance must be", done.stderr)
        self.assertEqual(self.site.cli("clock", "advance").returncode, 2)

    def test_g_calls_and_payments_go_on_meanwhile(self):
        """Leases and budgets are real time's: letters leave while the clock jumps."""
        users = range(41, 71)
        self.users(*users)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            clock = pool.submit(lambda: [self.advance("30 minutes") for _ in range(10)])
            for user in users:
                body, headers = BTCPAY.paid(user, payment_id="inv_%d" % user)
                self.assertEqual(self.site.send(BTCPAY, body, headers).status, 200)
            clock.result()
        for user in users:
            until(lambda u=user: letters(self.telegram, u, "inv_%d" % u), "a letter", 30)

    def test_h_says_so(self):
        self.assertIn("WARN test_clock", self.site.usher.log())
        self.assertIn("remedy=", self.site.usher.log())

    def test_z_not_without_it(self):
        """What was moved must not go on by the real time."""
        self.advance("1 day")
        self.site.stop()
        plain = os.path.join(self.site.folder, "plain.yaml")
        with open(self.site.config) as file:
            text = file.read().replace("test_clock: true", "test_clock: false")
        with open(plain, "w") as file:
            file.write(text)
        os.chmod(plain, 0o600)
        done = self.site.cli("run", "--config", plain)
        self.assertEqual(done.returncode, 1)
        self.assertIn("test_clock", done.stderr)
        self.site.start()


class Real(Case):
    def test_there_is_none(self):
        for answer in (self.site.api("GET", "clock"),
                       self.site.api("POST", "clock", {"advance": "7 days"})):
            self.refused(answer, 404)
            self.assertIn("test_clock", answer.json["detail"])
        self.refused(self.site.api("GET", "clock", token="wrong"), 401)
        done = self.site.cli("clock", "advance", "7 days", "--config", self.site.config,
                             "--url", "http://127.0.0.1:%d" % self.site.port)
        self.assertEqual(done.returncode, 1)
        self.assertIn("test_clock", done.stderr)

    def test_check_live(self):
        def check(*changes, live=True, api_url="https://api.telegram.org"):
            site = ContractSite(api_url, *changes)
            self.addCleanup(site.close)
            return site.cli("check", "--config", site.config, *(["--live"] if live else []))
        self.assertEqual(check().returncode, 0, check().stderr)
        done = check(TEST_CLOCK)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r":2: test_clock: ")
        self.assertEqual(check(TEST_CLOCK, live=False).returncode, 0)
        for host in ("127.0.0.1:1", "localhost", "[::1]:80", "127.1"):
            done = check(api_url="http://" + host)
            self.assertEqual(done.returncode, 1, host)
            self.assertRegex(done.stderr, r"bots\[0\]\.api_url: ")
            self.assertEqual(check(api_url="http://" + host, live=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
