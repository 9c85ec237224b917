"""SIGHUP: a new configuration while usher runs, whole or not at all, and without losing anything."""
import os
import signal
import threading
import time
import unittest

from contract import ContractSite, ENVIRONMENT
from gateways import BTCPAY, IME, STANDARD, STRIPE
from helpers import Telegram, until
from split import SplitSite

NEW_PRICE = ('prices: [{amount: "9.00"', 'prices: [{amount: "12.00"')


class Reload(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = ContractSite(self.telegram.url())
        self.addCleanup(self.site.close)
        with open(self.site.config) as file:
            self.original = file.read()
        self.site.start()

    def write(self, *changes, text=None):
        text = self.original if text is None else text
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with open(self.site.config + ".new", "w") as file:
            file.write(text)
        os.chmod(self.site.config + ".new", 0o600)
        os.rename(self.site.config + ".new", self.site.config)

    def hang_up(self, event):
        """Sends SIGHUP and returns the lines of the log up to this event."""
        seen = len(self.site.usher.lines)
        self.site.usher.process.send_signal(signal.SIGHUP)
        until(lambda: any(" %s " % event in line for line in self.site.usher.lines[seen:]), event)
        return self.site.usher.lines[seen:]

    def pay(self, gateway, user, amount=900, plan="starter", **more):
        answer = self.site.send(gateway, *gateway.paid(user, plan, amount, **more))
        self.assertEqual(answer.status, 200, answer)

    def plans(self, user):
        return {e["plan"]: e["status"] for e in (self.site.member(user) or {}).get("entitlements", [])}

    def unsettled(self):
        return [p["payment_id"] for p in
                self.site.api("GET", "payments?state=unsettled").json["payments"]]

    def test_a_price(self):
        self.pay(STRIPE, 1)
        until(lambda: self.plans(1) == {"starter": "active"}, "granted by the old price")
        self.write(NEW_PRICE)
        self.hang_up("reloaded")
        self.pay(STRIPE, 2, amount=1200)
        until(lambda: self.plans(2) == {"starter": "active"}, "granted by the new price")
        self.pay(STRIPE, 3, payment_id="pi_old_price")
        until(lambda: self.unsettled() == ["pi_old_price"], "unsettled")
        self.assertEqual(self.plans(3), {})
        # It is what the next start finds too.
        self.site.stop()
        self.site.start()
        self.pay(STRIPE, 4, amount=1200)
        until(lambda: self.plans(4) == {"starter": "active"}, "granted after a restart")

    def test_the_same_again_is_not_journaled(self):
        before = self.site.applied()
        lines = self.hang_up("reloaded")
        self.assertNotIn("catalog_changed", "\n".join(lines))
        self.assertEqual(self.site.applied(), before)

    def test_a_broken_one_changes_nothing(self):
        self.write(NEW_PRICE, ("grace: 3 days", "grace: soon"), ("seats: 500", "seats: many"))
        lines = self.hang_up("reload_refused")
        errors = [line for line in lines if " config_error " in line]
        self.assertEqual(len(errors), 2, lines)
        for line, key in zip(errors, ("plans[1].seats", "plans[1].grace")):
            self.assertIn(" ERROR ", line)
            self.assertRegex(line, r'file=".*usher\.yaml" line=\d+ key=%s error='
                             % key.replace("[", r"\[").replace("]", r"\]"))
        (summary,) = [line for line in lines if " reload_refused " in line]
        self.assertIn(" WARN ", summary)
        self.assertIn("errors=2", summary)
        self.assertIn("remedy=", summary)
        self.pay(STRIPE, 1)
        until(lambda: self.plans(1) == {"starter": "active"}, "granted by the old price")
        os.unlink(self.site.config)
        self.hang_up("reload_refused")
        self.pay(BTCPAY, 2)
        until(lambda: self.plans(2) == {"starter": "active"}, "and without a file")
        self.write(NEW_PRICE)
        self.hang_up("reloaded")
        self.pay(STRIPE, 3, amount=1200)
        until(lambda: self.plans(3) == {"starter": "active"}, "granted by the new price")

    def test_what_needs_a_restart_is_named(self):
        self.write(NEW_PRICE, ("data_dir: ./var", "data_dir: ./other"), ("{per_second: 30", "{per_second: 29"))
        lines = self.hang_up("reload_refused")
        keys = {line.split("key=")[1].split()[0] for line in lines if " config_restart " in line}
        self.assertEqual(keys, {"data_dir", "bots[0].limits.per_second"})
        self.pay(STRIPE, 1)
        until(lambda: self.plans(1) == {"starter": "active"}, "nothing has changed")
        self.assertFalse(os.path.exists(os.path.join(self.site.folder, "other")))

    def test_a_secret_in_rotation(self):
        new = "btcpay-secret-of-next-year"
        self.write(('["${BTCPAY_SECRET}"]', '["${BTCPAY_SECRET}", "${file:next.secret}"]'))
        path = os.path.join(self.site.folder, "next.secret")
        with open(path, "w") as file:
            file.write(new + "\n")
        os.chmod(path, 0o600)

        def status(user, secret):
            body, _ = BTCPAY.paid(user, payment_id="inv_%d" % user)
            return self.site.send(BTCPAY, body, BTCPAY.sign(body, secret=secret)).status
        self.assertNotEqual(status(1, new), 200)
        self.hang_up("reloaded")
        self.assertEqual(status(2, new), 200)
        self.assertEqual(status(3, ENVIRONMENT["BTCPAY_SECRET"]), 200)
        self.write(('["${BTCPAY_SECRET}"]', '["${file:next.secret}"]'))
        self.hang_up("reloaded")
        self.assertEqual(status(4, new), 200)
        self.assertNotEqual(status(5, ENVIRONMENT["BTCPAY_SECRET"]), 200)

    def test_gateway_plan_and_text_come_and_go(self):
        extra = ('gateways:\n', 'gateways:\n  - {name: second, kind: stripe, secrets: ["whsec_second"]}\n')
        plan = ('plans:\n', 'plans:\n  - {name: extra, groups: [starter], prices: '
                '[{amount: "5.00", currency: USD, period: 1 month}], '
                'welcome: {text: "Hello to extra"}}\n')
        body, _ = STRIPE.paid(1, "extra", 500, payment_id="pi_extra")
        headers = STRIPE.sign(body, secret="whsec_second")
        self.telegram.sim("POST", "/users", {"ids": [1], "behaviour": {"follow": 1}})
        self.assertEqual(self.site.hook("second", body, headers).status, 404)
        self.write(extra, plan)
        self.hang_up("reloaded")
        self.assertEqual(self.site.hook("second", body, headers).status, 200)
        until(lambda: self.plans(1) == {"extra": "active"}, "granted")
        until(lambda: any("Hello to extra" in m["text"] for m in self.telegram.messages(1)),
              "the new text", 60)
        self.write()
        self.hang_up("reloaded")
        self.assertEqual(self.site.hook("second", body, headers).status, 404)
        self.pay(STRIPE, 2)
        until(lambda: self.plans(2) == {"starter": "active"}, "the rest goes on")

    def test_under_load(self):
        """Payments flow while twenty signals come; all are accepted and granted; the price of
        another period changes each time."""
        counts = [0, 0, 0, 0]
        failures = []
        stop = threading.Event()

        def payer(n):
            gateway = (STRIPE, BTCPAY, STANDARD, IME)[n]
            while not stop.is_set():
                user = 1000000 * (n + 1) + counts[n]
                answer = self.site.send(gateway, *gateway.paid(user, "starter", 7900))
                if answer.status != 200:
                    failures.append((gateway, answer))
                counts[n] += 1
        threads = [threading.Thread(target=payer, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for n in range(20):
            self.write(*([NEW_PRICE] if n % 2 == 0 else []))
            self.site.usher.process.send_signal(signal.SIGHUP)
            time.sleep(0.1)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(min(counts), 20)
        total = sum(counts)
        until(lambda: self.site.api("GET", "status").json["members"] >= total, "all are granted", 60)
        for n, count in enumerate(counts):
            for user in (1000000 * (n + 1), 1000000 * (n + 1) + count - 1):
                self.assertEqual(self.plans(user), {"starter": "active"})
        self.assertEqual(self.unsettled(), [])
        self.assertGreaterEqual(self.site.usher.log().count(" reloaded "), 5)
        self.assertEqual(self.site.stop(), 0)
        self.assertEqual(self.site.cli("verify", "--config", self.site.config).returncode, 0)


class Roles(unittest.TestCase):
    def test_each_process_by_itself(self):
        """In the order of the documentation: outward, ledger, inward, door."""
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = SplitSite(telegram.url())
        self.addCleanup(site.close)
        site.start()
        with open(site.config) as file:
            text = file.read()
        with open(site.config, "w") as file:
            file.write(text.replace(*NEW_PRICE))
        for role in ("notifier", "granter", "scheduler", "ledger", "verifier", "ingress"):
            program = site.programs[role]
            program.process.send_signal(signal.SIGHUP)
            until(lambda p=program: " reloaded " in p.log(), role)
        self.assertEqual(site.send(STRIPE, *STRIPE.paid(1, amount=1200)).status, 200)

        def granted():
            answer = site.api("GET", "members/1")
            return answer.status == 200 and answer.json["entitlements"]
        until(granted, "granted by the new price", 60)
        self.assertEqual(site.stop(), 0)


if __name__ == "__main__":
    unittest.main()
