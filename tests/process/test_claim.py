"""A buyer who is not on Telegram yet: a landing page orders, the gateway is paid, the order's page leads to Telegram,
and whoever opens its link first is let in."""
import json
import unittest

import helpers
from gateways import STRIPE
from helpers import CORE, PATIENCE, STARTER, until
from test_flow import members_of
from test_pages import Document
from test_run import Running
from test_shop import CHANGES, Shopping


class Claim(Shopping):
    changes = CHANGES

    def place(self, **more):
        answer = self.site.api("POST", "orders", {"plan": "core", "period": "1 month", "gateway": "stripe", **more})
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def page(self, order, language="en"):
        answer = self.site.get(order["page_url"].removeprefix("https://club.example"), {"Accept-Language": language})
        self.assertEqual(answer.status, 200, answer)
        return Document(answer.body.decode())

    def link(self, order):
        """The payload of the link that the page shows."""
        (link,) = {l for l in self.page(order).links if "start=o_" in l}
        self.assertTrue(link.startswith("https://t.me/usher_bot?start=o_"), link)
        return link.partition("start=")[2]

    def pay(self, order, payment_id, amount=2900):
        body, headers = STRIPE.paid(0, "none", amount, payment_id=payment_id, metadata={},
                                    client_reference_id=order["order_id"])
        self.assertEqual(self.site.send(STRIPE, body, headers).status, 200)
        until(lambda: self.shown(order)["state"] == "paid", "it is paid")

    def url(self):
        return "http://127.0.0.1:%d" % self.site.port

    def shown(self, order):
        return self.site.api("GET", "orders/" + order["order_id"]).json

    def test_the_command_line_says_where_it_is(self):
        made = self.site.cli("order", "create", "--plan", "core", "--config", self.site.config, "--url", self.url())
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertRegex(made.stdout, "(?m)^page_url: https://club.example/o/[0-9a-f]{32}$")

    def test_paid_then_claimed_once(self):
        order = self.place()
        self.assertIsNone(order["telegram_id"])
        until(lambda: any("start=o_" in l for l in self.page(order).links), "the bot's name is known")
        self.assertIn("Once it is paid", self.page(order).text)
        self.pay(order, "pi_1")
        for language, words in (("en", "whoever opens it first"), ("zh-CN", "最先打开的账号"), ("zh-TW", "最先開啟的帳號")):
            page = self.page(order, language)
            self.assertIn(words, page.text)
            self.assertIn("svg", page.elements)
        payload = self.link(order)
        self.users(60, follow=1)
        self.users(61)
        before = len(self.telegram.messages(60))
        self.telegram.user(60, "say", text="/start " + payload)
        self.inside(CORE, 60)
        self.inside(STARTER, 60)
        until(lambda: any("Receipt" in m["text"] or "29.00" in m["text"] for m in self.telegram.messages(60)[before:]),
              "the receipt", PATIENCE)
        self.assertIn("another account", self.say(61, "/start " + payload)["text"])
        self.assertNotIn(61, members_of(self.telegram, CORE))
        self.assertEqual(self.shown(order)["telegram_id"], 60)
        self.assertEqual([p["payment_id"] for p in self.site.member(60)["payments"]], ["pi_1"])
        self.assertIn("in your chat with the bot", self.page(order).text)
        # Opened before it is paid it waits for the payment, in the bot too.
        order = self.place()
        shown = self.say(61, "/start " + self.link(order))
        self.assertIn(order["order_id"], shown["text"])
        self.pay(order, "pi_2")
        until(lambda: self.site.member(61)["entitlements"], "it is granted")

    def test_the_operator_claims_and_says_what_needs_a_member(self):
        answer = self.site.api("POST", "orders", {"plan": "core", "coupon": "LIVE48"})
        self.assertEqual((answer.status, answer.json["code"]), (400, "order_needs_member"))
        made = self.site.cli("order", "create", "--plan", "starter", "--url", self.url(), "--config", self.site.config, "--json")
        self.assertEqual(made.returncode, 0, made.stderr)
        order = json.loads(made.stdout)
        self.pay(order, "pi_3", 900)
        listed = self.site.cli("payment", "list", "--config", self.site.config)
        self.assertIn("WAITS", listed.stdout)
        self.assertNotIn("unsettled", listed.stdout)
        done = self.site.cli("order", "claim", order["order_id"], "--telegram-id", "70", "--url", self.url(), "--config", self.site.config)
        self.assertEqual(done.returncode, 0, done.stderr)
        until(lambda: self.site.member(70)["entitlements"], "it is granted")
        done = self.site.cli("order", "claim", order["order_id"], "--telegram-id", "71", "--url", self.url(), "--config", self.site.config)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("somebody else's", done.stderr)


class Listed(Running):
    def test_after_an_hour_the_operator_sees_it(self):
        self.site.stop()
        self.site.write_config(more="test_clock: true\n")
        self.site.start()
        order = self.site.api("POST", "orders", {"plan": "core", "period": "1 month"}).json
        event = helpers.stripe_checkout(0, "none", 2900, payment_id="pi_1")
        event["data"]["object"].update(metadata={}, client_reference_id=order["order_id"])
        self.assertEqual(self.site.stripe(event).status, 200)
        until(lambda: self.site.api("GET", "orders/" + order["order_id"]).json["state"] == "paid", "it is paid")
        self.assertEqual(self.site.api("GET", "payments?state=unsettled").json["payments"], [])
        self.assertEqual([(o["telegram_id"], o["state"]) for o in self.site.api("GET", "orders").json["orders"]],
                         [(None, "paid")])
        self.assertEqual(self.site.api("POST", "clock", {"advance": "3 hours"}).status, 200)
        (payment,) = until(lambda: self.site.api("GET", "payments?state=unsettled").json["payments"], "it is listed")
        self.assertEqual((payment["payment_id"], payment["reason"]), ("pi_1", "unsettled_unclaimed"))
        listed = self.site.cli("payment", "list", "--unsettled", "--config", self.site.config).stdout
        # Without a running usher's clock the table goes by the machine's, by which it has just come.
        self.assertRegex(listed, r"AT +WAITS\n.*unsettled_unclaimed .*Z  0\n")


if __name__ == "__main__":
    unittest.main()
