"""Gateways that are asked before they are believed: what they answer counts, and what they do to us delays
nobody else."""
import json
import threading
import time
import unittest

from asked_gateway import BASIC, KEY, SHOP, Asked, yookassa_payment
from helpers import CONFIG, Site, Telegram, until
from test_run import Running


class Checker(Running):
    """A second gateway of the same kind has a server of its own."""

    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.asked, self.other = Asked(), Asked()
        self.addCleanup(self.asked.close)
        self.addCleanup(self.other.close)
        self.site = Site(self.telegram.url(), template=self.configured())
        self.addCleanup(self.site.close)
        self.addCleanup(self._show_log)
        self.site.start()

    def configured(self):
        rows = "".join('\n  - {name: %s, kind: yookassa, shop_id: "%s", secret_key: "%s", api_url: "%s"}' %
                       (name, SHOP, KEY, server.url())
                       for name, server in (("yookassa", self.asked), ("second", self.other)))
        return CONFIG.replace('secrets: ["%(stripe)s"]}', 'secrets: ["%(stripe)s"]}' + rows)

    def know(self, payment_id, member, server=None, **more):
        (server or self.asked).things["/v3/payments/" + payment_id] = yookassa_payment(
            payment_id, {"telegram_id": str(member), "plan": "starter"}, **more)

    def news(self, thing_id, event="payment.succeeded", gateway="yookassa", **more):
        body = {"type": "notification", "event": event, "object": {"id": thing_id, **more}}
        return self.site.hook(gateway, json.dumps(body), {})


class Believed(Checker):
    def test_what_the_gateway_says_counts(self):
        self.know("pay-1", 77)
        answer = self.news("pay-1", status="canceled", amount={"value": "1.00", "currency": "RUB"})
        self.assertEqual(answer.status, 200, answer)
        until(lambda: self.active(77, "starter"), "it is granted")
        ((method, path, headers, _),) = self.asked.asked
        self.assertEqual((method, path, headers["authorization"]), ("GET", "/v3/payments/pay-1", BASIC))
        shown = self.site.api("GET", "payments?gateway=yookassa").json["payments"]
        self.assertEqual([(p["payment_id"], p["amount"], p["currency"]) for p in shown],
                         [("pay-1", "9.00", "USD")])
        # Once more, and nothing changes.
        until_before = self.entitlement(77, "starter")["until"]
        self.assertEqual(self.news("pay-1").status, 200)
        self.assertEqual(self.entitlement(77, "starter")["until"], until_before)

    def test_nothing_of_a_forged_callback_counts(self):
        for number, (event, answer) in enumerate((
                ("payment.succeeded", 400), ("payment.canceled", 400), ("refund.succeeded", 400),
                ("payment.made_up", 200))):
            got = self.news("forged-%d" % number, event, status="succeeded", paid=True,
                            amount={"value": "9.00", "currency": "USD"},
                            metadata={"telegram_id": "66", "plan": "starter"})
            self.assertEqual(got.status, answer, (event, got))
        self.assertEqual(len(self.asked.asked), 3)
        for strange in ("../v3/payments/pay-1", "a/b", "a?b", "a b", "a%2fb", "x" * 65, "é", ""):
            self.assertEqual(self.news(strange).status, 400, strange)
        for body in ("", "{}", "[]", "null", '{"event":"payment.succeeded"}',
                     '{"event":"payment.succeeded","object":{"id":7}}', "\x00", "{" * 1000):
            self.assertIn(self.site.hook("yookassa", body, {}).status, (200, 400), body)
        self.assertEqual(len(self.asked.asked), 3, "no such id is asked about")
        self.assertIsNone(self.site.member(66))

    def test_another_amount_and_not_paid(self):
        self.know("cheap", 71, value="1.00")
        self.assertEqual(self.news("cheap", amount={"value": "9.00", "currency": "USD"}).status, 200)
        until(lambda: self.site.metric("usher_payments_unsettled") == 1, "it waits for the operator")
        self.assertFalse(self.active(71, "starter"))
        self.know("open", 72, status="pending")
        self.assertEqual(self.news("open").status, 503, "it comes again")
        self.know("gone", 73, status="canceled")
        self.assertEqual(self.news("gone").status, 200)
        self.assertEqual(self.news("gone", "payment.canceled").status, 200)
        self.assertFalse(self.active(72, "starter") or self.active(73, "starter"))
        self.know("open", 72)
        self.assertEqual(self.news("open").status, 200)
        until(lambda: self.active(72, "starter"), "now it is paid")

    def test_an_answer_about_something_else(self):
        self.know("pay-1", 77)
        self.asked.things["/v3/payments/mine"] = self.asked.things["/v3/payments/pay-1"]
        self.assertEqual(self.news("mine").status, 503)
        self.assertIsNone(self.site.member(77))

    def test_refunds(self):
        self.know("pay-1", 77)
        self.assertEqual(self.news("pay-1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")
        for number, value in enumerate(("4.00", "5.00")):
            refund = "back-%d" % number
            self.assertEqual(self.news(refund, "refund.succeeded").status, 400)
            self.asked.things["/v3/refunds/" + refund] = {
                "id": refund, "payment_id": "pay-1", "status": "succeeded",
                "amount": {"value": value, "currency": "USD"}, "created_at": "2026-01-03T03:04:05.678Z"}
            self.assertEqual(self.news(refund, "refund.succeeded").status, 200)
            self.assertEqual(self.news(refund, "refund.succeeded").status, 200)
            if number == 0:
                self.assertTrue(self.active(77, "starter"), "a part went back")
        until(lambda: not self.active(77, "starter"), "all went back")

    def test_the_keys_and_the_secret(self):
        self.know("pay-1", 77)
        self.asked.mood = "refuse"
        answer = self.news("pay-1")
        self.assertEqual((answer.status, answer.json["code"]), (503, "keys_refused"), answer)
        self.assertIn("retry-after", answer.headers)
        until(lambda: "gateway_not_answering" in self.site.usher.log(), "the operator is told")
        self.asked.mood = "up"
        self.assertEqual(self.news("pay-1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")
        self.assertNotIn(KEY, self.site.usher.log())
        self.site.stop()
        dump = self.site.cli("journal", "dump", "--config", self.site.config)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        self.assertNotIn(KEY, dump.stdout)
        self.site.start()


class Bounds(Checker):
    def test_gateways_that_fail(self):
        self.know("pay-1", 77)
        for mood in ("fail", "drop", "garble"):
            self.asked.mood = mood
            answer = self.news("pay-1")
            self.assertEqual(answer.status, 503, (mood, answer))
        self.asked.mood = "up"
        self.assertEqual(self.news("pay-1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")

    def test_one_that_hangs_delays_nobody_else(self):
        self.asked.mood = "hang"
        self.know("pay-1", 77)
        answers = []
        flood = [threading.Thread(target=lambda n=n: answers.append(self.news("flood-%d" % n)))
                 for n in range(100)]
        started = time.monotonic()
        for thread in flood:
            thread.start()
        until(lambda: self.asked.asked, "it is asked")
        before = time.monotonic()
        for member in range(200, 205):
            self.know("pay-%d" % member, member, self.other)
            self.assertEqual(self.news("pay-%d" % member, gateway="second").status, 200)
            self.assertEqual(self.site.pay(member + 100).status, 200)
        self.assertLess(time.monotonic() - before, 6, "others work as ever")
        self.assertLessEqual(self.asked.most_under_way, 4, "few are under way at a time")
        for thread in flood:
            thread.join()
        self.assertLess(time.monotonic() - started, 20, "nobody waits for more than ten seconds")
        self.assertEqual({answer.status for answer in answers}, {503})
        self.assertTrue(all("retry-after" in answer.headers for answer in answers))
        self.asked.mood = "up"
        self.assertEqual(self.news("pay-1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")

    def test_the_same_many_times_at_once(self):
        self.know("pay-1", 77)
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.news("pay-1").status))
                   for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(set(answers), {200})
        until(lambda: self.active(77, "starter"), "it is granted")
        self.assertEqual(len(self.site.member(77)["payments"]), 1)

    def test_a_kill_between(self):
        self.know("pay-1", 77)
        self.asked.mood = "hang"
        thread = threading.Thread(target=self.swallow)
        thread.start()
        until(lambda: self.asked.asked, "it is asked")
        self.site.kill()
        thread.join()
        self.asked.mood = "up"
        self.site.start()
        self.assertIsNone(self.site.member(77), "nothing was taken on")
        self.assertEqual(self.news("pay-1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")

    def swallow(self):
        try:
            self.news("pay-1")
        except OSError:
            pass

    def test_a_stop_waits_for_no_gateway(self):
        self.asked.mood = "hang"
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.news("pay-1").status))
        thread.start()
        until(lambda: self.asked.asked, "it is asked")
        started = time.monotonic()
        self.assertEqual(self.site.stop(), 0)
        self.assertLess(time.monotonic() - started, 8)
        thread.join()
        self.assertEqual(answers, [503])
        self.asked.mood = "up"
        self.site.start()

    def test_a_reload_while_it_is_asked(self):
        self.know("pay-1", 77)
        self.asked.mood = "hang"
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.news("pay-1").status))
        thread.start()
        until(lambda: self.asked.asked, "it is asked")
        whole = self.site.template
        self.site.template = whole.replace("name: yookassa, kind", "name: renamed, kind")
        self.site.write_config()
        self.site.usher.process.send_signal(1)
        thread.join()
        self.assertEqual(answers, [503], "its gateway is gone")
        self.asked.mood = "up"
        until(lambda: " reloaded " in self.site.usher.log(), "the configuration is in force")
        self.assertEqual(self.news("pay-1").status, 404)
        self.assertEqual(self.news("pay-1", gateway="renamed").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")


class Made(Checker):
    """A payment that usher makes at YooKassa for an order, and that is paid."""

    def configured(self):
        return super().configured().replace(
            'api_url: "%s"}' % self.asked.url(),
            'api_url: "%s", create: payment, success_url: "https://t.me/usher_bot"}' % self.asked.url())

    def test_from_order_to_grant(self):
        self.asked.things["/v3/payments"] = {
            "id": "made-1", "status": "pending",
            "confirmation": {"type": "redirect", "confirmation_url": "https://yoomoney.example/made-1"}}
        answer = self.site.api("POST", "orders", {"telegram_id": 77, "plan": "starter", "period": "1 month",
                                                  "gateway": "yookassa"})
        self.assertEqual((answer.status, answer.json["pay_url"]),
                         (201, "https://yoomoney.example/made-1"), answer)
        order_id = answer.json["order_id"]
        ((method, path, headers, body),) = self.asked.asked
        self.assertEqual((method, path, headers["authorization"]), ("POST", "/v3/payments", BASIC))
        self.assertRegex(headers["idempotence-key"], "^usher-[0-9]+$")
        self.assertEqual(json.loads(body)["metadata"], {"order": order_id})
        self.asked.things["/v3/payments/made-1"] = yookassa_payment("made-1", {"order": order_id})
        self.assertEqual(self.news("made-1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")
        self.assertEqual(self.site.api("GET", "orders/" + order_id).json["state"], "paid")


if __name__ == "__main__":
    unittest.main()
