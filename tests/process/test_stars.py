"""Telegram Stars through the bot: an invoice for each order, who may pay it, what was paid, and money back."""
import json
import time
import unittest

import helpers
from helpers import ADMIN_TOKEN, CONFIG, CORE, Site, Telegram, request, until
from test_run import Running

TEMPLATE = CONFIG.replace(
    'prices: [{amount: "29.00", currency: USD, period: 1 month}]',
    'prices: [{amount: "29.00", currency: USD, period: 1 month}, {amount: "250", currency: XTR, '
    'period: 1 month}]').replace("seats: 500", "seats: 2").replace(
    "gateways:\n", "orders: {expire: 30 minutes}\ngateways:\n"
    "  - {name: stars, kind: stars, bot: main}\n")


class Sold(Running):
    template = TEMPLATE

    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url(), template=self.template)
        self.addCleanup(self.site.close)
        self.addCleanup(self._show_log)
        self.site.start()

    def post(self, path, body):
        return request(self.site.port, "POST", "/api/v1/" + path, json.dumps(body),
                       {"Authorization": "Bearer " + ADMIN_TOKEN, "Content-Type": "application/json"})

    def order(self, member, **more):
        answer = self.post("orders", {"telegram_id": member, "plan": "core", "gateway": "stars", **more})
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def invoices(self, member):
        return [m for m in self.telegram.messages(member) if "invoice" in m]

    def await_invoice(self, member):
        return until(lambda: self.invoices(member), "the invoice comes")[-1]

    def payment(self, query):
        return next(p for p in self.telegram.sim("GET", "/payments")["payments"]
                    if p["pre_checkout_query_id"] == query)

    def pay(self, member, **body):
        """Pays, and what became of it once the bot has answered."""
        query = self.telegram.user(member, "pay", **body)["pre_checkout_query_id"]
        return until(lambda: self.payment(query)["state"] != "waiting" and self.payment(query), "an answer")

    def refused(self, member, words, **body):
        payment = self.pay(member, **body)
        self.assertEqual(payment["state"], "refused", payment)
        self.assertIn(words, payment["error_message"])


class Stars(Sold):
    def test_an_invoice_is_paid_and_given_back(self):
        self.telegram.user(42, "start", language_code="en")
        order = self.order(42)
        self.assertEqual((order["amount"], order["currency"], order["gateway"]), ("250", "XTR", "stars"))
        invoice = self.await_invoice(42)["invoice"]
        self.assertEqual((invoice["title"], invoice["currency"], invoice["total_amount"]),
                         ("core", "XTR", 250))
        self.assertIn("1 month", invoice["description"])
        begun = time.monotonic()
        payment = self.pay(42)
        self.assertLess(time.monotonic() - begun, 2, "answered at idle")
        self.assertEqual((payment["state"], payment["payload"]), ("paid", order["order_id"]))
        until(lambda: self.active(42, "core"), "the payment is granted")
        until(lambda: len(self.links(42)) == 2, "the letter with both links is there")
        for link in self.links(42):
            self.telegram.user(42, "follow", link=link)
        until(lambda: self.is_in(42, CORE), "the buyer is in the group")
        charge = payment["charge_id"]
        [told] = self.site.api("GET", "payments/stars/" + charge).json["payments"]
        self.assertEqual((told["state"], told["amount"], told["currency"], told["order_id"]),
                         ("granted", "250", "XTR", order["order_id"]))
        self.assertEqual(self.site.api("GET", "orders/" + order["order_id"]).json["state"], "paid")
        # The same invoice is not paid twice.
        self.refused(42, "paid already")
        # Back: the access goes at once, the Stars follow, and the bot's word of it changes nothing more.
        path = "payments/stars/%s/refund" % charge
        self.assertEqual(self.post(path, {}).status, 400, "a refund has a reason")
        answer = self.post(path, {"reason": "asked for"})
        self.assertEqual(answer.status, 200, answer)
        self.assertFalse(self.active(42, "core"))
        until(lambda: self.payment(payment["pre_checkout_query_id"])["refunded"], "the Stars are back")
        until(lambda: not self.is_in(42, CORE), "and out of the group")
        self.assertEqual(self.site.api("GET", "orders/" + order["order_id"]).json["state"], "refunded")
        answer = self.post(path, {"reason": "again"})
        self.assertEqual((answer.status, answer.json["code"]), (409, "already_refunded"))
        kinds = [p["kind"] for p in self.site.api("GET", "payments/stars/" + charge).json["payments"]]
        self.assertEqual(kinds, ["paid", "refunded"])
        self.assertEqual(self.telegram.report()["violation_count"], 0)

    def test_a_forwarded_invoice_is_its_buyers(self):
        self.telegram.user(42, "start", language_code="en")
        self.telegram.sim("POST", "/users", {"ids": [43], "start": False, "language_code": "zh-hans"})
        order = self.order(42)
        invoice = self.await_invoice(42)["invoice"]
        # A copy cannot be paid, for its button leads to the bot; and what asks for the same all the same
        # is refused to others.
        answer = request(self.telegram.port, "POST", "/sim/user/43/pay", json.dumps({"forwarded_from": 42}),
                         {"Content-Type": "application/json"})
        self.assertEqual(answer.status, 409, answer)
        link = request(self.telegram.port, "POST", "/bot%s/createInvoiceLink" % helpers.TOKEN, json.dumps({
            "title": "x", "description": "x", "payload": order["order_id"], "currency": "XTR",
            "prices": [{"label": "x", "amount": invoice["total_amount"]}]}),
            {"Content-Type": "application/json"}).json["result"]
        self.refused(43, "属于其他人", link=link)
        self.assertEqual(self.pay(42)["state"], "paid")
        until(lambda: self.active(42, "core"), "the buyer's payment is granted")
        self.assertIsNone(self.site.member(43), "who was refused is nobody")

    def test_what_has_ended_is_refused(self):
        for member in (42, 43, 44):
            self.telegram.user(member, "start", language_code="en")
        order = self.order(42)
        self.await_invoice(42)
        self.assertEqual(self.site.api("DELETE", "orders/" + order["order_id"]).status, 200)
        self.refused(42, "has ended")
        # An expired one, too; and where nothing is left, there is no order.
        self.order(42, expires="1 second")
        until(lambda: len(self.invoices(42)) == 2, "the second invoice")
        until(lambda: self.site.member(42)["orders"][-1]["state"] == "expired", "it expires")
        self.refused(42, "has ended")
        self.order(43)
        self.order(44)
        answer = self.post("orders", {"telegram_id": 45, "plan": "core", "gateway": "stars"})
        self.assertEqual((answer.status, answer.json["code"]), (409, "sold_out"))
        # Stripe takes no Stars, and Stars are no dollars.
        answer = self.post("orders", {"telegram_id": 43, "plan": "core", "gateway": "stripe",
                                      "currency": "XTR"})
        self.assertEqual((answer.status, answer.json["code"]), (400, "gateway_currency"))
        answer = self.post("orders", {"telegram_id": 43, "plan": "starter", "gateway": "stars"})
        self.assertEqual((answer.status, answer.json["code"]), (400, "gateway_currency"))

    def test_who_cannot_be_reached_gets_it_later(self):
        self.telegram.sim("POST", "/users", {"ids": [50], "start": False})
        self.order(50)
        until(lambda: self.site.api("GET", "queue?state=waiting").json["deliveries"], "the invoice waits")
        self.telegram.user(50, "start")
        self.await_invoice(50)
        self.assertEqual(self.pay(50)["state"], "paid")
        until(lambda: self.active(50, "core"), "granted")

    def test_a_refund_that_telegram_refuses_is_said(self):
        self.telegram.user(42, "start")
        self.order(42)
        self.await_invoice(42)
        charge = self.pay(42)["charge_id"]
        until(lambda: self.active(42, "core"), "granted")
        answer = self.site.pay(42, payment_id="pi_other")
        self.assertEqual(answer.status, 200)
        until(lambda: self.active(42, "starter"), "another payment")
        answer = self.post("payments/stripe/pi_other/refund", {"reason": "no"})
        self.assertEqual((answer.status, answer.json["code"]), (409, "cannot_refund"))
        answer = self.post("payments/stars/none/refund", {"reason": "no"})
        self.assertEqual(answer.status, 404)
        self.telegram.sim("POST", "/reset", {})  # a Telegram that knows nothing of the charge
        ran = self.site.cli("payment", "refund", "stars", charge, "--reason", "asked", "--config",
                            self.site.config, "--url", "http://127.0.0.1:%d" % self.site.port)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        dead = until(lambda: [d for d in self.site.api("GET", "queue?state=dead").json["deliveries"]
                              if d["kind"] == "star_refund"], "a dead letter")
        self.assertIn("user not found", dead[0]["error"])
        self.assertFalse(self.active(42, "core"), "the access is taken all the same")

    def test_bought_by_bot(self):
        """The shop's last message names the order; the invoice follows it."""
        self.telegram.user(42, "start", language_code="en")
        self.telegram.user(42, "message", text="/plans")
        for label in ("core", "stars: 250 XTR"):
            until(lambda label=label: any(
                label in key["text"] for m in self.telegram.messages(42)
                for row in m.get("reply_markup", {}).get("inline_keyboard", []) for key in row),
                "a button " + label)
            self.telegram.user(42, "press", text=label)
        payload = self.await_invoice(42)
        self.assertEqual(payload["invoice"]["total_amount"], 250)
        said = until(lambda: [m for m in self.telegram.messages(42) if "by the invoice" in m.get("text", "")],
                     "the order is named")
        self.assertFalse([key for row in said[-1]["reply_markup"]["inline_keyboard"] for key in row
                          if "Pay" in key["text"]], "no button but the invoice's")
        self.assertEqual(self.pay(42)["state"], "paid")
        until(lambda: self.active(42, "core"), "granted")

    def test_no_callbacks(self):
        self.assertEqual(self.site.hook("stars", "{}", {}).status, 404)
        ran = self.site.cli("gateway", "trigger", "stars", "paid", "--config", self.site.config)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("sends no callbacks", ran.stderr)

    def test_a_kill_between_question_and_payment(self):
        """What waits for calls to be counted no more does not hold up who is about to pay."""
        for member in (42, 43):
            self.telegram.user(member, "start")
        self.order(42)
        self.await_invoice(42)
        payment = self.pay(42)
        self.order(43)
        self.site.kill()
        self.site.start()
        until(lambda: self.active(42, "core"), "granted once")
        [told] = self.site.api("GET", "payments/stars/" + payment["charge_id"]).json["payments"]
        self.assertEqual(told["state"], "granted")
        self.await_invoice(43)
        self.site.pay(44)  # its letter waits for a member who cannot be reached yet
        self.site.kill()
        self.site.start()
        begun = time.monotonic()
        self.assertEqual(self.pay(43)["state"], "paid")
        self.assertLess(time.monotonic() - begun, 3)
        until(lambda: self.active(43, "core"), "granted")


class Renewing(Sold):
    """What renews is sold by a link to an invoice; the member ends it in the bot."""
    template = TEMPLATE.replace(
        'currency: XTR, period: 1 month}', 'currency: XTR, period: 30 days, renews: true}').replace(
            "data_dir: ./var\n", "data_dir: ./var\ntest_clock: true\n")

    def subscription(self, member):
        return self.site.member(member)["subscription"]

    def press(self, member, label):
        message, key = until(lambda: [(m, key) for m in self.telegram.messages(member)
                                      for row in m.get("reply_markup", {}).get("inline_keyboard", [])
                                      for key in row if label in key["text"]], "a button " + label)[-1]
        self.telegram.user(member, "press", message_id=message["message_id"], data=key["callback_data"])

    def sold(self, member):
        """The charge that begins a subscription."""
        order = self.order(member)["order_id"]
        link = until(lambda: self.site.api("GET", "orders/" + order).json.get("pay_url"), "the invoice's link")
        self.assertTrue(link.startswith("https://t.me/$"), link)
        payment = self.pay(member, link=link)
        self.assertEqual(payment["state"], "paid", payment)
        until(lambda: self.active(member, "core"), "granted")
        return payment["charge_id"]

    def test_a_subscription_is_sold_and_ended(self):
        self.telegram.user(42, "start", language_code="en")
        charge = self.sold(42)
        told = self.subscription(42)
        self.assertEqual((told["gateway"], told["id"], told["state"], told["period"]),
                         ("stars", charge, "active", "30 days"))
        self.telegram.user(42, "renew", charge_id=charge)
        until(lambda: self.site.member(42)["payment_count"] == 2, "the next charge is granted")
        self.assertNotEqual(self.subscription(42)["next_charge"], told["next_charge"])
        self.telegram.user(42, "say", text="/my")
        self.press(42, "Manage renewal")
        self.press(42, "Yes, cancel the renewal")
        until(lambda: self.subscription(42)["state"] == "cancelling", "Telegram has taken it")
        [paid] = [p for p in self.telegram.sim("GET", "/payments?user=42")["payments"]
                  if p["charge_id"] == charge]
        self.assertTrue(paid["canceled"])
        until(lambda: [m for m in self.telegram.messages(42) if "does not renew" in m["text"]], "they are told")
        self.assertEqual(self.site.member(42)["entitlements"][0]["status"], "cancelling")
        self.telegram.user(42, "say", text="/my")
        self.press(42, "Manage renewal")
        self.press(42, "Renew by itself again")
        until(lambda: [m for m in self.telegram.messages(42) if "may renew again" in m["text"]], "allowed")
        self.telegram.user(42, "renew", charge_id=charge)
        until(lambda: self.subscription(42)["state"] == "active", "the next charge says that it goes on")
        self.assertEqual(self.telegram.report()["violation_count"], 0)

    def test_bought_by_bot_with_a_link(self):
        self.telegram.user(42, "start", language_code="en")
        self.telegram.user(42, "message", text="/plans")
        self.press(42, "core")
        self.press(42, "30 days")
        key = until(lambda: [key for m in self.telegram.messages(42)
                             for row in m.get("reply_markup", {}).get("inline_keyboard", []) for key in row
                             if "Pay" in key["text"] and key.get("url", "").startswith("https://t.me/$")],
                    "the link of the invoice")[-1]
        self.assertEqual(self.pay(42, link=key["url"])["state"], "paid")
        until(lambda: self.active(42, "core"), "granted")


class Lost(Sold):
    """What the bot was not told of is found among its transactions, each hour."""
    template = TEMPLATE.replace("data_dir: ./var\n", "data_dir: ./var\ntest_clock: true\n")

    def later(self, text):
        self.assertEqual(self.post("clock", {"advance": text}).status, 200)

    def lists(self):
        return self.telegram.report()["calls"].get("getStarTransactions", {}).get("200", 0)

    def looked_through(self):
        until(lambda: not [d for d in self.site.api("GET", "queue?state=pending").json["deliveries"]
                           if d["kind"] == "star_list"], "no more pages are asked for")

    def test_a_payment_that_nobody_told(self):
        self.telegram.user(42, "start", language_code="en")
        order = self.order(42)
        self.await_invoice(42)
        payment = self.pay(42, lost=True)
        self.assertEqual(payment["state"], "paid")
        self.assertEqual(self.site.api("GET", "orders/" + order["order_id"]).json["state"], "open")
        self.later("61 minutes")
        until(lambda: self.active(42, "core"), "it is found")
        [told] = self.site.api("GET", "payments/stars/" + payment["charge_id"]).json["payments"]
        self.assertEqual((told["state"], told["order_id"]), ("granted", order["order_id"]))
        # What is known is read once more, to see that it is the same list, and changes nothing.
        self.looked_through()
        before = self.lists()
        self.later("61 minutes")
        until(lambda: self.lists() > before, "the list is looked at again")
        self.looked_through()
        self.assertEqual(self.site.member(42)["payment_count"], 1)
        self.assertEqual(self.lists(), before + 1)
        self.site.stop()
        dump = self.site.cli("journal", "dump", "--config", self.site.config).stdout
        self.assertEqual(dump.count("star_entry"), 0)
        self.site.start()


if __name__ == "__main__":
    unittest.main()
