"""Payments on gateways' bad days, by the bodies that they send: each row once was a fault."""
import itertools
import json
import time
import unittest

import gateways
import helpers
from helpers import ADMIN_TOKEN, request, until
from test_run import Running


class BadDays(Running):
    numbers = itertools.count(1)

    def stripe(self, kind, created=None, **thing):
        event = {"id": "evt_%d" % next(self.numbers), "object": "event", "type": kind,
                 "created": created or int(time.time()), "data": {"object": thing}}
        self.assertEqual(self.site.stripe(event).status, 200, event)

    def btcpay(self, kind, invoice, **more):
        event = {"deliveryId": "D%d" % next(self.numbers), "type": kind, "invoiceId": invoice,
                 "storeId": "S1", "timestamp": int(time.time()), **more}
        body, headers = helpers.btcpay_signed(event)
        self.assertEqual(self.site.hook("btcpay", body, headers).status, 200, event)

    def session(self, member, intent, **more):
        thing = dict(id="cs_%d" % next(self.numbers), object="checkout.session", mode="payment",
                     payment_status="paid", payment_intent=intent, invoice=None, subscription=None,
                     amount_total=900, currency="usd",
                     metadata={"telegram_id": str(member), "plan": "starter"})
        self.stripe("checkout.session.completed", **{**thing, **more})

    def until_active(self, member, wanted=True):
        until(lambda: self.active(member, "starter") == wanted,
              "%d is %s" % (member, "active" if wanted else "out"))

    def until_end(self, member, day):
        """The membership ends in so many months (about)."""
        until(lambda: (self.entitlement(member, "starter") or {"until": ""})["until"][:10] == day,
              "%d ends on %s" % (member, day))

    def unsettled(self):
        return self.site.api("GET", "payments?state=unsettled").json["payments"]

    def post(self, path, body):
        return request(self.site.port, "POST", "/api/v1/" + path, json.dumps(body),
                       {"Authorization": "Bearer " + ADMIN_TOKEN, "Content-Type": "application/json"})

    def test_two_disputes(self):
        self.session(42, "pi_1")
        self.until_active(42)
        for dispute in ("dp_A", "dp_B"):
            self.stripe("charge.dispute.created", id=dispute, object="dispute", status="needs_response",
                        payment_intent="pi_1", charge="ch_1", amount=900, currency="usd")
        self.until_active(42, False)
        self.stripe("charge.dispute.closed", id="dp_A", object="dispute", status="won",
                    payment_intent="pi_1", charge="ch_1", amount=900, currency="usd")
        self.stripe("charge.dispute.closed", id="dp_B", object="dispute", status="lost",
                    payment_intent="pi_1", charge="ch_1", amount=900, currency="usd")
        until(lambda: {d["id"]: d["state"] for d in self.site.api(
            "GET", "payments/stripe/pi_1").json["disputes"]} == {"dp_A": "won", "dp_B": "open"},
            "both disputes are known")
        self.assertFalse(self.active(42, "starter"))

    def test_a_subscription_in_both_shapes(self):
        metadata = {"telegram_id": "42", "plan": "starter"}
        self.session(0, None, mode="subscription", invoice="in_1", subscription="sub_1", metadata=metadata)
        self.stripe("invoice.paid", id="in_1", object="invoice", billing_reason="subscription_create",
                    status="paid", paid=True, amount_paid=900, currency="usd", subscription="sub_1",
                    payment_intent="pi_1", subscription_details={"metadata": metadata})
        self.until_active(42)
        first = self.entitlement(42, "starter")["until"]
        self.stripe("invoice.paid", id="in_2", object="invoice", billing_reason="subscription_cycle",
                    status="paid", paid=True, amount_paid=900, currency="usd", subscription="sub_1",
                    payment_intent="pi_2", subscription_details={"metadata": metadata})
        until(lambda: self.entitlement(42, "starter")["until"] > first, "the cycle extends")
        second = self.entitlement(42, "starter")["until"]
        # The newer shape names neither intent nor, here, member: the subscription is known.
        self.stripe("invoice.paid", id="in_3", object="invoice", billing_reason="subscription_cycle",
                    status="paid", amount_paid=900, currency="usd",
                    parent={"subscription_details": {"subscription": "sub_1", "metadata": {}}})
        until(lambda: self.entitlement(42, "starter")["until"] > second, "the newer cycle extends")
        self.assertEqual(len([p for p in self.site.member(42)["payments"] if p["kind"] == "paid"]), 3)
        # A refund of an intent that is not known waits, until the pair is told.
        self.stripe("charge.refunded", id="ch_3", object="charge", payment_intent="pi_3", amount=900,
                    amount_refunded=900, refunded=True, currency="usd")
        until(lambda: [p["reason"] for p in self.unsettled()] == ["unsettled_no_payment"], "it waits")
        self.stripe("invoice_payment.paid", id="inpay_3", object="invoice_payment", invoice="in_3",
                    payment={"type": "payment_intent", "payment_intent": "pi_3"})
        until(lambda: self.entitlement(42, "starter")["until"] == second, "it is taken back")
        self.assertEqual(self.unsettled(), [])

    def test_parts_of_a_refund(self):
        self.session(50, "pi_50")
        self.until_active(50)
        self.stripe("charge.refunded", id="ch_50", object="charge", payment_intent="pi_50", amount=900,
                    amount_refunded=200, refunded=False, currency="usd")
        until(lambda: [p["amount"] for p in self.unsettled()] == ["2.00"], "2.00 waits")
        self.stripe("charge.refunded", id="ch_50", object="charge", payment_intent="pi_50", amount=900,
                    amount_refunded=850, refunded=False, currency="usd")
        until(lambda: [p["amount"] for p in self.unsettled()] == ["8.50"], "8.50 waits in its place")
        self.assertTrue(self.active(50, "starter"))
        answer = self.post("payments/stripe/pi_50/settle",
                           {"telegram_id": 50, "plan": "starter", "period": "1 month"})
        self.assertEqual((answer.status, answer.json["code"]), (409, "not_a_payment"))
        answer = self.post("payments/stripe/pi_50/dismiss", {"reason": "agreed with the member"})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.unsettled(), [])
        self.assertEqual(self.post("payments/stripe/pi_50/dismiss", {"reason": "x"}).status, 409)
        self.assertEqual(self.post("payments/stripe/none/dismiss", {"reason": "x"}).status, 404)
        self.assertEqual(self.post("payments/stripe/pi_50/dismiss", {}).status, 400)
        until(lambda: [p["amount"] for p in self.site.api("GET", "payments?state=dismissed").json[
            "payments"]] == ["8.50"], "it is listed as dismissed")
        # a refund that fails gives access back
        self.stripe("charge.refunded", id="ch_50", object="charge", payment_intent="pi_50", amount=900,
                    amount_refunded=900, refunded=True, currency="usd")
        self.until_active(50, False)
        self.stripe("refund.failed", created=int(time.time()) + 1, id="re_1", object="refund",
                    payment_intent="pi_50", charge="ch_50", amount=900, currency="usd", status="failed")
        self.until_active(50)

    def test_parts_told_one_by_one(self):
        """Gateways whose refund events carry the amount of that refund alone."""
        for n, gateway in enumerate((gateways.Standard("standard", helpers.STANDARD_SECRET),
                                       gateways.Ime("ime", helpers.IME_SECRET))):
            member, payment = 70 + n, "pay_%s" % gateway.name

            def tell(kind, amount):
                event = "evt_%d" % next(self.numbers)
                body = gateway.event(kind, member, "starter", amount, payment, event)
                answer = self.site.hook(gateway.name, body, gateway.sign(body, event_id=event))
                self.assertEqual(answer.status, 200, answer)

            with self.subTest(gateway=gateway.name):
                tell("paid", 900)
                self.until_active(member)
                tell("refunded", 200)
                until(lambda: [p["payment_id"] for p in self.unsettled()] == [payment], "a part waits")
                self.assertTrue(self.active(member, "starter"))
                tell("refunded", 700)
                self.until_active(member, False)
                until(lambda: self.unsettled() == [], "nothing waits")
                refunds = self.site.api("GET", "payments/%s/%s" % (gateway.name, payment)).json["refunds"]
                self.assertEqual([r["amount"] for r in refunds], ["2.00", "7.00"])

    def test_the_latest_word_of_btcpay(self):
        now = int(time.time())
        metadata = {"telegram_id": "60", "plan": "starter", "amount": "9.00", "currency": "USD"}
        self.btcpay("InvoiceInvalid", "I1", timestamp=now - 20, metadata=metadata)
        self.btcpay("InvoiceSettled", "I1", timestamp=now - 10, manuallyMarked=True, metadata=metadata)
        self.until_active(60)
        self.btcpay("InvoiceInvalid", "I1", timestamp=now - 5, manuallyMarked=True, metadata=metadata)
        self.until_active(60, False)
        self.btcpay("InvoiceSettled", "I1", timestamp=now, manuallyMarked=True, metadata=metadata)
        self.until_active(60)

    def test_money_that_falls_short(self):
        metadata = {"telegram_id": "61", "plan": "starter"}
        self.btcpay("InvoiceExpired", "I2", partiallyPaid=True, metadata=metadata)
        self.btcpay("InvoicePaymentSettled", "I2", afterExpiration=True, metadata=metadata,
                    payment={"id": "tx_1", "value": "0.0001"})
        until(lambda: len(self.unsettled()) == 1, "one thing waits")
        payment = self.unsettled()[0]
        self.assertEqual((payment["payment_id"], payment["telegram_id"], payment["plan"], payment["kind"]),
                         ("I2", 61, "starter", "short"))
        self.btcpay("InvoiceInvalid", "__test__1__test__")
        self.assertEqual(len(self.unsettled()), 1)

    def test_a_session_that_costs_nothing(self):
        self.session(62, None, payment_status="no_payment_required", amount_total=0)
        until(lambda: [p["telegram_id"] for p in self.unsettled()] == [62], "it is listed")
        self.assertFalse(self.active(62, "starter"))

    def test_one_event_id_for_two_payments(self):
        for intent in ("pi_1", "pi_2"):
            self.assertEqual(self.site.pay(63, payment_id=intent, event_id="evt_same").status, 200)
        until(lambda: [(p["payment_id"], p["reason"]) for p in self.unsettled()] ==
              [("pi_2", "unsettled_event_reused")], "the second one is not lost")

    def test_who_paid_and_waits_is_told(self):
        self.telegram.user(64, "start", bot="usher_bot")
        until(lambda: self.telegram.messages(64), "the greeting is there")
        self.site.pay(64, amount=901)
        told = "has arrived"
        until(lambda: any(told in m["text"] and "$9.01" in m["text"] for m in self.telegram.messages(64)),
              "the payer is told")
        self.telegram.user(64, "start", bot="usher_bot")
        until(lambda: len([m for m in self.telegram.messages(64) if told in m["text"]]) == 2,
              "and again when they ask")


if __name__ == "__main__":
    unittest.main()
