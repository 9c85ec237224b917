"""Subscriptions that the shop sells: the session at the gateway, its first payment and its cycles, what the member
sees of them, and their end."""
import unittest
import urllib.parse

import helpers
from checkout_gateway import Maker
from helpers import Site, Telegram, until
from test_checkout import configured
from test_flow import parse
from test_run import Running

DAY = 24 * 3600


class Subscribed(Running):
    """The usual configuration with a price that renews, on the test clock."""

    def setUp(self):
        self.telegram, self.stripe, self.other = Telegram(), Maker(), Maker()
        for each in (self.telegram, self.stripe, self.other):
            self.addCleanup(each.close)
        template = configured(self.stripe.url(), self.other.url()).replace(
            'prices: [{amount: "9.00", currency: USD, period: 1 month}]',
            'grace: 1 day\n    prices: [{amount: "9.00", currency: USD, period: 1 month, renews: true}]').replace(
                "data_dir: ./var\n", "data_dir: ./var\ntest_clock: true\n").replace(
                    "gateways:\n", "renewal: {remind: [{days: 7}]}\ngateways:\n", 1)
        self.site = Site(self.telegram.url(), template=template)
        self.addCleanup(self.site.close)
        self.addCleanup(self._show_log)
        self.site.start()

    def now(self):
        return parse(self.site.api("GET", "clock").json["now"])

    def advance(self, text):
        answer = self.site.api("POST", "clock", {"advance": text})
        self.assertEqual(answer.status, 200, answer)

    def event(self, name, kind, thing):
        """Stripe says something, signed and dated by the test clock."""
        now = int(self.now())
        event = {"id": "evt_" + name, "object": "event", "type": kind, "created": now, "data": {"object": thing}}
        answer = self.site.hook("stripe", *helpers.stripe_signed(event, at=now))
        self.assertEqual(answer.status, 200, answer)

    def invoice(self, number, reason, member, order, end):
        return {"id": "in_%d" % number, "object": "invoice", "status": "paid", "billing_reason": reason,
                "amount_paid": 900, "currency": "usd", "customer": "cus_1",
                "parent": {"subscription_details": {"subscription": "sub_1", "metadata": {
                    "telegram_id": str(member), "plan": "starter", "order": order}}},
                "lines": {"data": [{"period": {"end": int(end)}}]}}

    def keys(self, member, text):
        return [(m["message_id"], key) for m in self.telegram.messages(member)
                for row in m.get("reply_markup", {}).get("inline_keyboard", []) for key in row
                if text in key["text"]]

    def press(self, member, text):
        message, key = until(lambda: self.keys(member, text), "the button " + text)[-1]
        self.telegram.user(member, "press", message_id=message, data=key["callback_data"])

    def said(self, member, text):
        return [m for m in self.telegram.messages(member) if text in m["text"]]

    def buy(self, member):
        """Orders by bot; the order's id."""
        self.telegram.user(member, "start", language_code="en")
        until(lambda: self.telegram.messages(member), "the greeting is there")
        self.telegram.user(member, "say", text="/start p_starter")
        until(lambda: self.said(member, "renews by itself"), "the card says that it renews")
        self.press(member, "9.00")
        until(lambda: [k for k in self.keys(member, "Pay") if "pay.example" in k[1].get("url", "")],
              "the gateway's address is there")
        return self.site.member(member)["orders"][0]["order_id"]

    def subscription(self, member):
        return self.site.member(member)["subscription"]

    def test_a_subscription_from_sale_to_end(self):
        order = self.buy(42)
        form = self.stripe.forms()[order][0]
        line = "line_items[0][price_data]"
        self.assertEqual((form["mode"], form[line + "[recurring][interval]"],
                          form[line + "[recurring][interval_count]"], form[line + "[unit_amount]"]),
                         ("subscription", "month", "1", "900"))
        self.assertEqual((form["subscription_data[metadata][order]"],
                          form["subscription_data[metadata][telegram_id]"],
                          form["subscription_data[metadata][plan]"]), (order, "42", "starter"))
        self.assertIsNone(self.subscription(42))
        # The invoice comes first, the session after it: one payment.
        end = self.now() + 31 * DAY
        self.event("1", "invoice.paid", self.invoice(1, "subscription_create", 42, order, end))
        self.assertTrue(self.active(42, "starter"))
        self.assertEqual(self.site.api("GET", "orders/" + order).json["state"], "paid")
        self.event("2", "checkout.session.completed", {
            "id": "cs_1", "mode": "subscription", "payment_status": "paid", "payment_intent": None,
            "invoice": "in_1", "subscription": "sub_1", "customer": "cus_1", "amount_total": 900,
            "currency": "usd", "client_reference_id": order, "metadata": {"telegram_id": "42", "plan": "starter"}})
        self.assertEqual([p["state"] for p in self.site.member(42)["payments"]], ["granted"])
        told = self.subscription(42)
        self.assertEqual((told["gateway"], told["state"], told["amount"], parse(told["next_charge"])),
                         ("stripe", "active", "9.00", int(end)))

        # The member sees when, and manages it at Stripe's own page, which is made now.
        self.telegram.user(42, "say", text="/my")
        until(lambda: self.said(42, "Renews by itself on"), "/my says so")
        self.press(42, "Manage renewal")
        until(lambda: [k for k in self.keys(42, "Manage the subscription") if "pay.example" in k[1]["url"]],
              "the portal's address")
        path, headers, body = self.stripe.asked[-1]
        self.assertEqual((path, dict(urllib.parse.parse_qsl(body))), ("/v1/billing_portal/sessions", {
            "customer": "cus_1", "return_url": "https://t.me/usher_bot"}))
        self.assertRegex(headers["idempotency-key"], "^usher-[0-9]+-[0-9a-f]+$")

        # Nobody reminds of what is charged by itself; the cycle is granted once, though it comes in grace.
        until_ms = parse(self.site.member(42)["entitlements"][0]["until"])
        self.advance("%d seconds" % (until_ms - self.now() + 3600))
        self.assertEqual(self.site.member(42)["entitlements"][0]["status"], "grace")
        self.assertEqual(self.said(42, "ends on"), [])
        second = self.invoice(2, "subscription_cycle", 42, order, self.now() + 30 * DAY)
        self.event("3", "invoice.paid", second)
        self.event("4", "invoice.paid", second)
        self.assertEqual([p["state"] for p in self.site.member(42)["payments"]], ["granted", "granted"])
        runs = parse(self.site.member(42)["entitlements"][0]["until"])
        self.assertTrue(28 * DAY <= runs - until_ms <= 31 * DAY, "from the old end, whenever it was charged")

        # Cancelled at the period's end, then deleted: nothing that is paid for ends, and reminders are back.
        changed = {"id": "sub_1", "customer": "cus_1", "status": "active", "cancel_at_period_end": True,
                   "metadata": {"telegram_id": "42", "plan": "starter"}}
        self.event("5", "customer.subscription.updated", changed)
        member = self.site.member(42)
        self.assertEqual((member["subscription"]["state"], member["subscription"]["next_charge"],
                          member["entitlements"][0]["status"]), ("cancelling", None, "cancelling"))
        self.advance("%d seconds" % (runs - self.now() - 6 * DAY))
        until(lambda: self.said(42, "ends on"), "now they are reminded")
        self.event("6", "customer.subscription.deleted", dict(changed, status="canceled"))
        self.assertEqual(self.subscription(42)["state"], "ended")
        self.assertEqual(self.site.member(42)["entitlements"][0]["status"], "active")
        self.advance("8 days")
        self.assertEqual(self.site.member(42)["entitlements"][0]["status"], "ended")
        self.assertEqual(self.site.member(42)["payment_count"], 2)

    def test_a_second_subscription_is_listed(self):
        def order():
            answer = self.site.api("POST", "orders", {"telegram_id": 43, "plan": "starter", "gateway": "stripe"})
            self.assertEqual(answer.status, 201, answer)
            return answer.json["order_id"]

        orders = [order(), order()]
        for n, order_id in enumerate(orders):
            self.event("s%d" % n, "checkout.session.completed", {
                "id": "cs_%d" % n, "mode": "subscription", "payment_status": "paid", "payment_intent": None,
                "invoice": "in_%d" % n, "subscription": "sub_%d" % n, "customer": "cus_1", "amount_total": 900,
                "currency": "usd", "client_reference_id": order_id, "metadata": {}})
        [listed] = self.site.api("GET", "payments?state=unsettled").json["payments"]
        self.assertEqual((listed["payment_id"], listed["reason"]), ("in_1", "unsettled_subscribed"))
        shown = self.site.cli("payment", "list", "--unsettled", "--config", self.site.config, "--url",
                              "http://127.0.0.1:%d" % self.site.port)
        self.assertIn("in_1", shown.stdout)
        answer = self.site.api("POST", "orders", {"telegram_id": 43, "plan": "starter", "gateway": "stripe"})
        self.assertEqual((answer.status, answer.json["code"]), (409, "already_renews"))


if __name__ == "__main__":
    unittest.main()
