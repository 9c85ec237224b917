"""PayPal: what it has not sent is not believed, an order is captured once and paid once, whatever it and usher suffer."""
import itertools
import json
import threading
import time
import unittest

from helpers import ADMIN_TOKEN, CONFIG, Site, Telegram, request, until
from paypal_gateway import BASIC, CLIENT, SECRET, WEBHOOK, PayPal
from test_run import Running


def money(value):
    return {"value": value, "currency_code": "USD"}


class AtPayPal(Running):
    numbers = itertools.count(1)
    reconcile = ""

    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.paypal = PayPal()
        self.addCleanup(self.paypal.close)
        row = ('\n  - {name: paypal, kind: paypal, client_id: "%s", secret_key: "%s", webhook_id: "%s", create: order, '
               'api_url: "%s", success_url: "https://t.me/usher_bot"}' % (CLIENT, SECRET, WEBHOOK, self.paypal.url()))
        self.site = Site(self.telegram.url(), template=CONFIG.replace(
            'secrets: ["%(stripe)s"]}', 'secrets: ["%(stripe)s"]}' + row) + self.reconcile)
        self.addCleanup(self.site.close)
        self.addCleanup(self._show_log)
        self.site.start()

    def ask(self, member):
        body = {"telegram_id": member, "plan": "starter", "period": "1 month", "gateway": "paypal"}
        return request(self.site.port, "POST", "/api/v1/orders", json.dumps(body),
                       {"Authorization": "Bearer " + ADMIN_TOKEN, "Content-Type": "application/json"})

    def order(self, order_id):
        return self.site.api("GET", "orders/" + order_id).json

    def callback(self, kind, resource):
        body, headers = self.paypal.event(kind, resource, next(self.numbers))
        return self.site.hook("paypal", body, headers)

    def approve(self, order):
        shown = self.order(order["order_id"])
        return self.callback("CHECKOUT.ORDER.APPROVED", {
            "id": shown["checkout"]["id"], "intent": "CAPTURE", "status": "APPROVED",
            "purchase_units": [{"custom_id": order["order_id"], "amount": money("9.00")}]})

    def captured(self, order, capture):
        return self.callback("PAYMENT.CAPTURE.COMPLETED", {
            "id": capture, "status": "COMPLETED", "amount": money("9.00"), "custom_id": order["order_id"],
            "supplementary_data": {"related_ids": {"order_id": "5O1"}}})

    def went_back(self, refund, capture, value):
        return self.callback("PAYMENT.CAPTURE.REFUNDED", {
            "id": refund, "status": "COMPLETED", "amount": money(value),
            "links": [{"rel": "self", "href": "https://api.paypal.com/v2/payments/refunds/" + refund},
                      {"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/" + capture}]})

    def bought(self, member):
        """Returns the order, and the capture that paid it."""
        order = self.ask(member).json
        self.assertEqual(self.approve(order).status, 200)
        until(lambda: self.active(member, "starter"), "it is captured and granted", 60)
        (capture,) = [capture["id"] for capture in self.paypal.captures.values()
                      if capture["custom_id"] == order["order_id"]]
        return order, capture

    def await_checkout(self, order, state):
        until(lambda: self.order(order["order_id"])["checkout"]["state"] == state, "the checkout is " + state, 60)


class Bought(AtPayPal):
    def test_an_order_is_made_agreed_to_and_captured(self):
        answer = self.ask(77)
        self.assertEqual(answer.status, 201, answer)
        order = answer.json
        self.assertEqual(order["pay_url"], "https://pay.example/checkoutnow?token=5O1")
        (token, headers, body), (path, sent, made) = self.paypal.asked
        self.assertEqual((token, headers["authorization"], body),
                         ("/v1/oauth2/token", BASIC, b"grant_type=client_credentials"))
        self.assertEqual(path, "/v2/checkout/orders")
        self.assertRegex(sent["authorization"], "^Bearer A21AA-")
        self.assertRegex(sent["paypal-request-id"], "^usher-[0-9]+-[0-9a-f]+$")
        made = json.loads(made)
        self.assertEqual((made["intent"], made["purchase_units"][0]["custom_id"], made["purchase_units"][0]["amount"]),
                         ("CAPTURE", order["order_id"], money("9.00")))
        self.assertEqual(self.approve(order).status, 200)
        until(lambda: self.active(77, "starter"), "it is captured and granted")
        shown = self.order(order["order_id"])
        self.assertEqual((shown["state"], shown["checkout"]["state"]), ("paid", "captured"))
        # What PayPal tells of it is the same payment, and agreeing again changes nothing.
        until_before = self.entitlement(77, "starter")["until"]
        self.assertEqual(self.captured(order, "C5O1").status, 200)
        self.assertEqual(self.approve(order).status, 200)
        time.sleep(1)
        self.assertEqual(self.entitlement(77, "starter")["until"], until_before)
        self.assertEqual(len(self.paypal.paths("/capture")), 1)
        # The lane has one token, the checker one.
        self.assertEqual(len(self.paypal.paths("/token")), 2)

    def test_an_order_that_has_ended_is_not_captured(self):
        order = self.ask(77).json
        self.assertEqual(self.site.api("DELETE", "orders/" + order["order_id"]).status, 200)
        self.assertEqual(self.approve(order).status, 200)
        self.await_checkout(order, "not_captured")
        self.assertEqual(self.paypal.paths("/capture"), [])

    def test_who_cannot_pay_agrees_once_more(self):
        order = self.ask(77).json
        self.paypal.moods["capture"] = "decline"
        self.assertEqual(self.approve(order).status, 200)
        self.await_checkout(order, "not_captured")
        self.assertIn("declined", self.order(order["order_id"])["checkout"]["error"])
        self.assertEqual(self.site.metric('usher_deliveries{state="dead"}'), 0)
        self.paypal.moods = {}
        self.assertEqual(self.approve(order).status, 200)
        until(lambda: self.active(77, "starter"), "it is captured and granted", 60)

    def test_a_subscription_a_dispute_and_what_is_pending(self):
        sale = {"id": "S1", "billing_agreement_id": "I-1", "custom": json.dumps({"telegram_id": 88, "plan": "starter"}),
                "amount": {"total": "9.00", "currency": "USD"}, "state": "completed"}
        self.assertEqual(self.callback("PAYMENT.SALE.COMPLETED", sale).status, 200)
        until(lambda: self.active(88, "starter"), "it is granted")
        first = self.entitlement(88, "starter")["until"]
        del sale["custom"]
        self.assertEqual(self.callback("PAYMENT.SALE.COMPLETED", {**sale, "id": "S2"}).status, 200)
        until(lambda: self.entitlement(88, "starter")["until"] > first, "it is renewed")
        _, capture = self.bought(77)
        dispute = {"dispute_id": "PP-D-1", "disputed_transactions": [{"seller_transaction_id": capture}],
                   "dispute_amount": money("9.00")}
        self.assertEqual(self.callback("CUSTOMER.DISPUTE.CREATED", dispute).status, 200)
        until(lambda: not self.active(77, "starter"), "it is disputed")
        dispute["dispute_outcome"] = {"outcome_code": "RESOLVED_SELLER_FAVOUR"}
        self.assertEqual(self.callback("CUSTOMER.DISPUTE.RESOLVED", dispute).status, 200)
        until(lambda: self.active(77, "starter"), "it is won")
        self.assertEqual(self.callback("PAYMENT.CAPTURE.PENDING", {"id": "C9"}).status, 200)


class Asked(AtPayPal):
    """No callback comes, and the member says that it is paid."""

    def keys(self, member, text):
        return [(m["message_id"], key) for m in self.telegram.messages(member)
                for row in m.get("reply_markup", {}).get("inline_keyboard", []) for key in row if text in key["text"]]

    def press(self, member, text):
        message, key = until(lambda: self.keys(member, text), "the button " + text)[-1]
        self.telegram.user(member, "press", message_id=message, data=key["callback_data"])

    def test_who_has_agreed_is_captured(self):
        self.telegram.user(77, "start", bot="usher_bot")
        until(lambda: self.telegram.messages(77), "the greeting is there")
        self.telegram.user(77, "say", text="/buy starter")
        self.press(77, "paypal")
        until(lambda: self.keys(77, "Pay"), "the address is there")
        (order,) = self.site.member(77)["orders"]
        self.press(77, "I have paid")
        until(lambda: [m for m in self.telegram.messages(77) if "I asked paypal: it has not seen" in m.get("text", "")],
              "nobody has agreed")
        self.assertEqual(self.paypal.paths("/capture"), [])
        self.paypal.approved.add(self.order(order["order_id"])["checkout"]["id"])
        time.sleep(16)  # who asks again at once is not heard
        self.press(77, "I have paid")
        until(lambda: self.active(77, "starter"), "it is captured and granted", 60)
        self.assertEqual(len(self.paypal.captures), 1)


class Listed(AtPayPal):
    """Callbacks never come: what is on the list of transactions counts."""
    reconcile = "reconcile: {every: 1 second, back: 1 day}\n"

    def row(self, number, code, value, **more):
        return {"transaction_id": number, "transaction_event_code": code, "transaction_status": "S",
                "transaction_initiation_date": time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(time.time() - 600)),
                "transaction_amount": money(value), **more}

    def test_payments_and_refunds(self):
        order = self.ask(77).json
        mine = json.dumps({"telegram_id": 88, "plan": "starter"})
        self.paypal.listed = [
            self.row("C1", "T0006", "9.00", custom_field=order["order_id"]),
            self.row("C2", "T0006", "9.00", custom_field="another shop's"),
            self.row("S1", "T0002", "9.00", custom_field=mine, paypal_reference_id="I-1", paypal_reference_id_type="SUB"),
            self.row("R8", "T1107", "-4.00", paypal_reference_id="C8", paypal_reference_id_type="TXN")]
        until(lambda: self.active(77, "starter") and self.active(88, "starter"), "they are granted", 60)
        self.assertEqual(self.order(order["order_id"])["state"], "paid")
        self.assertEqual(self.site.metric("usher_payments_unsettled"), 0, "another shop's is nobody's to look at")
        # A callback that comes late changes nothing.
        ends = self.entitlement(77, "starter")["until"]
        self.assertEqual(self.captured(order, "C1").status, 200)
        self.assertEqual(self.entitlement(77, "starter")["until"], ends)
        # It goes back, in two parts, one of which a callback tells, too.
        back = {"paypal_reference_id": "C1", "paypal_reference_id_type": "TXN"}
        self.assertEqual(self.went_back("R1", "C1", "4.00").status, 200)
        self.paypal.listed.append(self.row("R1", "T1107", "-4.00", **back))
        handed = self.site.metric('usher_reconciled_total{gateway="paypal",result="handed_in"}')
        until(lambda: self.site.metric('usher_reconciled_total{gateway="paypal",result="handed_in"}') > handed,
              "it is handed in", 60)
        self.assertTrue(self.active(77, "starter"), "a part went back")
        self.paypal.listed.append(self.row("R2", "T1106", "-5.00", **back))
        until(lambda: not self.active(77, "starter"), "all went back", 60)
        self.assertEqual(self.went_back("R2", "C1", "5.00").status, 200)
        shown = self.site.api("GET", "payments/paypal/C1").json
        self.assertEqual(sorted(part["id"] for part in shown["refunds"]), ["R1", "R2"])
        self.assertTrue(self.active(88, "starter"))

    def test_an_app_without_the_permission(self):
        self.paypal.moods = {"transactions": "refuse"}
        until(lambda: "gateway_not_answering gateway=paypal verdict=keys_refused status=403" in self.site.usher.log(),
              "the operator is told", 60)
        self.bought(77)
        # No callback comes, and no list: the order that usher made is asked about by itself.
        order = self.ask(88).json
        self.await_checkout(order, "made")
        self.paypal.approved.add(self.order(order["order_id"])["checkout"]["id"])
        until(lambda: self.active(88, "starter"), "it is captured and granted", 60)
        self.assertEqual(len([c for c in self.paypal.captures.values() if c["custom_id"] == order["order_id"]]), 1)


class Forged(AtPayPal):
    def test_what_paypal_has_not_sent(self):
        forged = json.dumps({"id": "WH-0", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {
            "id": "C0", "amount": money("9.00"), "custom_id": json.dumps({"telegram_id": 66, "plan": "starter"})}})
        answer = self.site.hook("paypal", forged, self.paypal.headers("0"))
        self.assertEqual((answer.status, answer.json["code"]), (401, "signature_wrong"), answer)
        # One that it has sent, with one byte changed.
        body, headers = self.paypal.event("PAYMENT.CAPTURE.COMPLETED", {"id": "C1", "amount": money("1.00")}, 900)
        self.assertEqual(self.site.hook("paypal", body.replace(b"1.00", b"9.00"), headers).status, 401)
        asked = len(self.paypal.paths("/verify-webhook-signature"))
        self.assertEqual(self.site.hook("paypal", forged, {}).status, 401)
        for strange in (forged + "}", forged[:-1], "", "[]", "\x00", forged + ',"webhook_id":"mine"'):
            self.assertIn(self.site.hook("paypal", strange, self.paypal.headers("1")).status, (200, 400, 401), strange)
        self.assertEqual(len(self.paypal.paths("/verify-webhook-signature")), asked, "nothing more is asked about")
        self.assertIsNone(self.site.member(66))
        self.assertEqual(self.site.api("GET", "payments?gateway=paypal").json["payments"], [])


class Bounds(AtPayPal):
    def test_a_paypal_that_cannot_say(self):
        order = self.ask(77).json
        for what, moods in (("verify", ("fail", "drop", "refuse")), ("token", ("fail", "drop", "refuse"))):
            for mood in moods:
                self.paypal.tokens.clear()
                self.paypal.moods = {what: mood}
                self.assertEqual(self.approve(order).status, 503, (what, mood))
        self.assertEqual(self.paypal.paths("/capture"), [])
        # A token that is not taken any more is fetched anew, by the checker and by the lane.
        self.paypal.moods = {}
        self.paypal.tokens.clear()
        self.assertEqual(self.approve(order).status, 200)
        until(lambda: self.active(77, "starter"), "it is captured and granted", 60)
        self.assertEqual(self.site.metric('usher_deliveries{state="dead"}'), 0)

    def test_a_paypal_that_hangs_delays_nobody(self):
        order = self.ask(77).json
        self.paypal.moods = {"verify": "hang"}
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.approve(order)))
        thread.start()
        until(lambda: self.paypal.paths("/verify-webhook-signature"), "PayPal is asked")
        before = time.monotonic()
        for member in range(100, 105):
            self.assertEqual(self.site.pay(member, payment_id="pi_%d" % member).status, 200)
        self.assertLess(time.monotonic() - before, 5)
        thread.join()
        self.assertEqual(answers[0].status, 503)
        self.paypal.moods = {}
        self.assertEqual(self.approve(order).status, 200)
        until(lambda: self.active(77, "starter"), "it is captured and granted", 60)

    def test_wrong_keys_are_a_refusal(self):
        self.paypal.moods = {"token": "refuse"}
        started = time.monotonic()
        answer = self.ask(77)
        self.assertLess(time.monotonic() - started, 8, "a refusal is an answer")
        self.assertEqual(answer.status, 201, answer)
        shown = self.order(answer.json["order_id"])
        self.assertEqual((shown["checkout"]["state"], shown["checkout"]["status"]), ("refused", 401))
        self.assertIn("Client Authentication failed", shown["checkout"]["error"])
        self.paypal.moods = {}
        answer = self.site.api("POST", "queue/release", {"what": "dead", "delivery": shown["checkout"]["delivery"]})
        self.assertEqual(answer.status, 200, answer)
        self.await_checkout(shown, "made")

    def test_a_token_that_hangs_is_waited_for_by_its_lane_alone(self):
        self.paypal.moods = {"token": "hang"}
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.ask(77)))
        thread.start()
        until(lambda: self.paypal.paths("/token"), "a token is asked for")
        self.assertEqual(self.site.pay(88, payment_id="pi_88").status, 200)
        until(lambda: self.active(88, "starter"), "others pay as ever")
        thread.join()
        self.assertEqual((answers[0].status, answers[0].json["pay_url_pending"]), (201, True))
        self.paypal.moods = {}
        until(lambda: "pay_url" in self.order(answers[0].json["order_id"]), "the order has its pay_url", 60)
        self.assertEqual(len(self.paypal.orders), 1)

    def test_secrets_are_nowhere(self):
        self.bought(77)
        log = self.site.usher.log()
        self.site.stop()
        dump = self.site.cli("journal", "dump", "--config", self.site.config)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        for text in [SECRET] + list(self.paypal.tokens):
            self.assertNotIn(text, dump.stdout)
            self.assertNotIn(text, log)
        self.site.start()


class Doubt(AtPayPal):
    def test_one_capture_over_kills(self):
        order = self.ask(77).json
        for mood in ("hang", "fail", "drop"):
            self.paypal.moods = {"capture": mood}
            before = len(self.paypal.paths("/capture"))
            if before == 0:
                self.assertEqual(self.approve(order).status, 200)
            until(lambda: len(self.paypal.paths("/capture")) > before, "it is captured", 60)  # pylint: disable=cell-var-from-loop
            self.site.kill()
            self.site.start()
        self.paypal.moods = {}
        until(lambda: self.active(77, "starter"), "it is granted", 60)
        self.assertEqual(len(self.paypal.captures), 1)
        keys = {headers["paypal-request-id"] for path, headers, _ in self.paypal.asked if path.endswith("/capture")}
        self.assertEqual(len(keys), 1)
        self.site.stop()
        verified = self.site.cli("journal", "verify", "--config", self.site.config)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.site.start()


class Refunded(AtPayPal):
    def refund(self, capture, **more):
        return self.site.api("POST", "payments/paypal/%s/refund" % capture, {"reason": "asked for it", **more})

    def test_a_part_and_the_rest(self):
        _, capture = self.bought(77)
        answer = self.refund(capture, amount="2.50")
        self.assertEqual((answer.status, answer.json["refund_requests"][0]["state"]), (200, "done"), answer)
        self.assertEqual([(refund["capture"], refund["asked"]) for refund in self.paypal.refunds.values()],
                         [(capture, {"amount": money("2.50"), "note_to_payer": "asked for it"})])
        self.assertEqual(self.went_back("R1", capture, "2.50").status, 200)
        self.assertEqual([part["id"] for part in self.site.api("GET", "payments/paypal/" + capture).json["refunds"]],
                         ["R1"])
        self.assertTrue(self.active(77, "starter"))
        self.paypal.moods = {"refund": "fail"}
        thread = threading.Thread(target=self.refund, args=(capture,))
        thread.start()
        until(lambda: len(self.paypal.refunds) == 2, "PayPal has done it")
        self.paypal.moods = {}
        thread.join()
        until(lambda: not self.active(77, "starter"), "all went back", 60)
        self.assertEqual(self.went_back("R2", capture, "6.50").status, 200)
        self.assertEqual(len(self.paypal.refunds), 2)
        self.assertEqual([part["id"] for part in self.site.api("GET", "payments/paypal/" + capture).json["refunds"]],
                         ["R1", "R2"])

    def test_a_subscriptions_payment(self):
        sale = {"id": "S1", "billing_agreement_id": "I-1", "custom": json.dumps({"telegram_id": 88, "plan": "starter"}),
                "amount": {"total": "9.00", "currency": "USD"}, "state": "completed"}
        self.assertEqual(self.callback("PAYMENT.SALE.COMPLETED", sale).status, 200)
        until(lambda: self.active(88, "starter"), "it is granted")
        for amount in ("2.50", None):
            more = {} if amount is None else {"amount": amount}
            answer = self.refund("S1", **more)
            self.assertEqual((answer.status, answer.json["refund_requests"][-1]["state"]), (200, "done"), answer)
        until(lambda: not self.active(88, "starter"), "all went back", 60)
        self.assertEqual(self.paypal.paths("/refund"), ["/v1/payments/sale/S1/refund"] * 2)
        self.assertEqual([refund["asked"] for refund in self.paypal.refunds.values()],
                         [{"amount": {"total": "2.50", "currency": "USD"}, "description": "asked for it"},
                          {"description": "asked for it"}])
        told = self.callback("PAYMENT.SALE.REFUNDED", {
            "id": "R1", "sale_id": "S1", "amount": {"total": "2.50", "currency": "USD"}, "state": "completed"})
        self.assertEqual(told.status, 200)
        self.assertEqual([part["id"] for part in self.site.api("GET", "payments/paypal/S1").json["refunds"]],
                         ["R1", "R2"])

    def test_one_that_was_made_at_paypal(self):
        _, capture = self.bought(77)
        self.assertEqual(self.went_back("R9", capture, "9.00").status, 200)
        until(lambda: not self.active(77, "starter"), "it went back")


if __name__ == "__main__":
    unittest.main()
