"""Gateways that are asked before they are believed: what they answer counts, and what they do to us delays
nobody else."""
import json
import threading
import time
import unittest

from asked_gateway import BASIC, KEY, SHOP, Asked, btcpay_invoice, btcpay_method, yookassa_payment
from helpers import BTCPAY_SECRET, CONFIG, Site, Telegram, btcpay_signed, stripe_signed, until
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
        self.assertRegex(headers["idempotence-key"], "^usher-[0-9]+-[0-9a-f]+$")
        self.assertEqual(json.loads(body)["metadata"], {"order": order_id})
        self.asked.things["/v3/payments/made-1"] = yookassa_payment("made-1", {"order": order_id})
        self.assertEqual(self.news("made-1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")
        self.assertEqual(self.site.api("GET", "orders/" + order_id).json["state"], "paid")
        # It goes back, by the sum and by one key, and what YooKassa tells of it is the same refund.
        self.asked.things["/v3/refunds"] = {"id": "back-1", "status": "succeeded", "payment_id": "made-1"}
        refund = self.site.api("POST", "payments/yookassa/made-1/refund", {"reason": "asked for it"})
        self.assertEqual((refund.status, [r["state"] for r in refund.json["refund_requests"]]), (200, ["done"]), refund)
        _, path, headers, body = self.asked.asked[-1]
        self.assertEqual((path, json.loads(body)), ("/v3/refunds", {
            "payment_id": "made-1", "amount": {"value": "9.00", "currency": "USD"}, "description": "asked for it"}))
        self.assertRegex(headers["idempotence-key"], "^usher-[0-9]+-[0-9a-f]+$")
        until(lambda: not self.active(77, "starter"), "the access has ended")
        self.asked.things["/v3/refunds/back-1"] = {
            "id": "back-1", "status": "succeeded", "payment_id": "made-1", "created_at": "2026-01-02T04:04:05.678Z",
            "amount": {"value": "9.00", "currency": "USD"}}
        self.assertEqual(self.news("back-1", event="refund.succeeded").status, 200)
        shown = self.site.api("GET", "payments/yookassa/made-1").json
        self.assertEqual([(r["id"], r["state"]) for r in shown["refunds"]], [("back-1", "done")])

    def keys(self, member, text):
        return [(m["message_id"], key) for m in self.telegram.messages(member)
                for row in m.get("reply_markup", {}).get("inline_keyboard", []) for key in row
                if text in key["text"]]

    def press(self, member, text):
        message, key = until(lambda: self.keys(member, text), "the button " + text)[-1]
        self.telegram.user(member, "press", message_id=message, data=key["callback_data"])

    def told(self, member, text):
        return [m for m in self.telegram.messages(member) if text in m.get("text", "")]

    def test_i_have_paid(self):
        self.asked.things["/v3/payments"] = {
            "id": "made-1", "status": "pending",
            "confirmation": {"type": "redirect", "confirmation_url": "https://yoomoney.example/made-1"}}
        self.telegram.user(77, "start", bot="usher_bot")
        until(lambda: self.telegram.messages(77), "the greeting is there")
        self.telegram.user(77, "say", text="/start p_starter")
        self.press(77, "yookassa")
        until(lambda: self.keys(77, "Pay"), "the address is there")
        (order,) = self.site.member(77)["orders"]
        self.asked.things["/v3/payments/made-1"] = yookassa_payment("made-1", {"order": order["order_id"]},
                                                                    status="pending")
        self.press(77, "I have paid")
        until(lambda: self.told(77, "I asked yookassa: it has not seen a payment of order no. 1"), "who asked is told")
        self.assertEqual(self.asked.paths("/v3/payments/"), ["/v3/payments/made-1"])
        self.press(77, "I have paid")  # too soon: nobody is asked
        # It is paid, and no callback comes.
        self.asked.things["/v3/payments/made-1"] = yookassa_payment("made-1", {})
        time.sleep(16)
        self.assertEqual(len(self.asked.paths("/v3/payments/")), 1)
        self.press(77, "I have paid")
        until(lambda: self.active(77, "starter"), "it is granted")
        self.assertEqual(self.site.api("GET", "orders/" + order["order_id"]).json["state"], "paid")
        until(lambda: self.links(77) or self.told(77, "9.00"), "the receipt is there")
        self.assertEqual(len(self.told(77, "I asked")), 1)

    def test_i_have_paid_and_nobody_answers(self):
        self.asked.things["/v3/payments"] = {
            "id": "made-1", "status": "pending",
            "confirmation": {"type": "redirect", "confirmation_url": "https://yoomoney.example/made-1"}}
        self.telegram.user(77, "start", bot="usher_bot")
        until(lambda: self.telegram.messages(77), "the greeting is there")
        self.telegram.user(77, "say", text="/start p_starter")
        self.press(77, "yookassa")
        until(lambda: self.keys(77, "Pay"), "the address is there")
        self.asked.mood = "fail"
        self.press(77, "I have paid")
        until(lambda: self.told(77, "yookassa does not answer just now"), "who asked is told")


class Btcpay(Checker):
    """Signed first, and asked then."""

    def configured(self):
        return CONFIG.replace('secrets: ["%(btcpay)s"]}',
                              'secrets: ["%%(btcpay)s"], api_key: "btcpay-key", store: S1, api_url: "%s"}'
                              % self.asked.url())

    def invoice(self, invoice_id, member, paid="0.0003", **more):
        path = "/api/v1/stores/S1/invoices/" + invoice_id
        self.asked.things[path] = btcpay_invoice(
            invoice_id, {"telegram_id": str(member), "plan": "starter"}, **more)
        self.asked.things[path + "/payment-methods"] = [btcpay_method(paid)]

    def event(self, invoice_id, kind="InvoiceSettled", secret=BTCPAY_SECRET, **more):
        event = {"deliveryId": "D_%s_%s" % (invoice_id, kind), "type": kind, "timestamp": int(time.time()),
                 "invoiceId": invoice_id, "metadata": {}, **more}
        return self.site.hook("btcpay", *btcpay_signed(event, secret))

    def test_the_amount_is_the_invoices(self):
        self.invoice("I1", 77)
        self.assertEqual(self.event("I1", secret="another").status, 401)
        self.assertEqual(self.asked.asked, [], "what is not signed is not asked about")
        self.assertEqual(self.event("I1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")
        self.assertEqual([path for _, path, _, _ in self.asked.asked],
                         ["/api/v1/stores/S1/invoices/I1", "/api/v1/stores/S1/invoices/I1/payment-methods"])
        self.assertEqual(self.asked.asked[0][2]["authorization"], "token btcpay-key")

    def test_short_and_late(self):
        self.invoice("I1", 71, "0.0001", status="Expired", more="PaidPartial")
        self.assertEqual(self.event("I1", "InvoiceExpired", partiallyPaid=True).status, 200)
        until(lambda: self.site.metric("usher_payments_unsettled") == 1, "it waits for the operator")
        (payment,) = self.site.api("GET", "payments?gateway=btcpay").json["payments"]
        self.assertEqual((payment["amount"], payment["currency"]), ("3.00", "USD"))
        self.assertFalse(self.active(71, "starter"))
        # The rest comes late, which BTCPay never says is settled.
        self.invoice("I1", 71, status="Expired", more="PaidLate")
        self.assertEqual(self.event("I1", "InvoicePaymentSettled", afterExpiration=False).status, 200)
        until(lambda: self.active(71, "starter"), "now it is whole")
        until(lambda: self.site.metric("usher_payments_unsettled") == 0, "nothing waits for the operator")

    def test_over_is_credit(self):
        self.site.stop()
        self.site.template = self.site.template.replace("gateways:\n", "orders: {overpay: credit}\ngateways:\n")
        self.site.write_config()
        self.site.start()
        order = self.site.api("POST", "orders", {"telegram_id": 77, "plan": "starter",
                                                 "period": "1 month"}).json
        self.invoice("I1", 77, "0.0005", more="PaidOver")
        self.asked.things["/api/v1/stores/S1/invoices/I1"]["metadata"] = {"orderId": order["order_id"]}
        self.assertEqual(self.event("I1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")
        (payment,) = self.site.api("GET", "payments?gateway=btcpay").json["payments"]
        self.assertEqual(payment["amount"], "15.00")

    def test_a_server_that_is_away(self):
        self.invoice("I1", 77)
        self.asked.mood = "fail"
        self.assertEqual(self.event("I1").status, 503)
        self.assertIsNone(self.site.member(77))
        self.asked.mood = "up"
        self.assertEqual(self.event("I1").status, 200)
        until(lambda: self.active(77, "starter"), "it is granted")

    def test_a_key_that_is_refused(self):
        self.asked.mood = "refuse"
        answer = self.event("I1", metadata={"telegram_id": "77", "plan": "starter", "amount": "9.00",
                                            "currency": "USD"})
        self.assertEqual(answer.status, 200, "it is genuine all the same")
        until(lambda: self.active(77, "starter"), "it is granted")


class Reconciled(Running):
    """Callbacks that never come: what a gateway lists as paid is granted, or listed for the operator."""
    every = "1 second"

    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.asked = Asked()
        self.addCleanup(self.asked.close)
        url = self.asked.url()
        template = CONFIG.replace(
            'secrets: ["%(stripe)s"]}', 'secrets: ["%%(stripe)s"], secret_key: sk_1, api_url: "%s"}\n'
            '  - {name: yookassa, kind: yookassa, shop_id: "%s", secret_key: "%s", api_url: "%s"}\n'
            '  - {name: cryptopay, kind: crypto_pay, secrets: ["1:A"], api_url: "%s"}' % (url, SHOP, KEY, url, url)
        ).replace('secrets: ["%(btcpay)s"]}',
                  'secrets: ["%%(btcpay)s"], api_key: k, store: S1, api_url: "%s"}' % url)
        self.site = Site(self.telegram.url(),
                         template=template + "reconcile: {every: %s, back: 1 day}\n" % self.every)
        self.addCleanup(self.site.close)
        self.addCleanup(self._show_log)
        self.ago = time.time() - 600
        self.events = []
        self.asked.things["/v1/events"] = lambda query: {"object": "list", "data": self.events, "has_more": False}
        self.site.start()

    def stamp(self, at=None):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.ago if at is None else at))

    def stripe(self, number, member, **more):
        return {"id": "cs_%d" % number, "object": "checkout.session", "status": "complete", "created": int(self.ago),
                "payment_status": "paid", "payment_intent": "pi_%d" % number, "amount_total": 900, "currency": "usd",
                "metadata": {"telegram_id": str(member), "plan": "starter"}, **more}

    def commands(self):
        return self.site.metric('usher_journal_commands_total{kind="cmd_payment"}')

    def test_what_was_paid_is_granted(self):
        sessions = [self.stripe(number, 1000 + number) for number in range(150)]
        sessions[5]["payment_status"] = "unpaid"
        sessions[6]["amount_total"] = 1

        def page(query):
            after = query.get("starting_after", [None])[0]
            begin = 0 if after is None else 1 + [s["id"] for s in sessions].index(after)
            return {"object": "list", "data": sessions[begin:begin + 100], "has_more": begin + 100 < len(sessions)}

        def payment(number, member, **more):
            return {**yookassa_payment("y-%d" % number, {"telegram_id": str(member), "plan": "starter"}),
                    "created_at": self.stamp(), "captured_at": self.stamp(), **more}
        self.asked.things["/v1/checkout/sessions"] = page
        self.asked.things["/v1/invoices"] = {"object": "list", "data": [], "has_more": False}
        self.asked.things["/v3/payments"] = lambda query: {"type": "list", "items": [payment(2, 2002)]} \
            if query.get("cursor") == ["p2"] else {"type": "list", "next_cursor": "p2", "items": [
                payment(1, 2001), payment(3, 2003, status="canceled"),
                payment(4, 2004, captured_at=self.stamp(time.time() + 60)),
                payment(5, 2005, refunded_amount={"value": "9.00", "currency": "USD"})]}
        self.asked.things["/v3/refunds"] = {"type": "list", "items": []}
        self.asked.things["/api/getInvoices"] = {"ok": True, "result": {"items": [
            {"invoice_id": 7, "status": "paid", "currency_type": "fiat", "fiat": "USD", "amount": "9",
             "paid_at": self.stamp(), "payload": json.dumps({"telegram_id": 3001, "plan": "starter"})}]}}
        invoices = "/api/v1/stores/S1/invoices"
        late = btcpay_invoice("I2", {"telegram_id": "4002", "plan": "starter"}, "Expired", "PaidLate",
                              createdTime=int(self.ago))
        self.asked.things[invoices] = [
            btcpay_invoice("I1", {"telegram_id": "4001", "plan": "starter"}, createdTime=int(self.ago)), late,
            btcpay_invoice("I3", {"telegram_id": "4003", "plan": "starter"}, "Expired", createdTime=int(self.ago))]
        self.asked.things[invoices + "/I2"] = late
        self.asked.things[invoices + "/I2/payment-methods"] = [btcpay_method("0.0003")]
        for member in (1000, 1149, 2001, 2002, 3001, 4001, 4002):
            until(lambda m=member: self.active(m, "starter"), "%d is granted" % member, 60)
        until(lambda: self.site.metric("usher_payments_unsettled") == 1, "what is too little is listed")
        for member in (1005, 2003, 2004, 2005, 4003):
            self.assertFalse(self.active(member, "starter"), member)
        self.assertIn("reconciled gateway=stripe listed=149 handed_in=149 pages=4", self.site.usher.log())
        self.assertEqual(self.site.metric('usher_reconciled_total{gateway="stripe",result="handed_in"}'), 149)
        # Nothing is handed in twice, however often it is listed; a callback that comes late changes nothing.
        handed, runs = self.commands(), len(self.asked.paths(invoices))
        self.assertEqual(handed, 149 + 2 + 1 + 2)
        until(lambda: len(self.asked.paths(invoices + "?")) >= 4, "it is listed again")
        self.assertGreater(len(self.asked.paths(invoices)), runs)
        self.assertEqual(self.commands(), handed)
        ends = self.entitlement(1000, "starter")["until"]
        self.assertEqual(self.site.pay(1000, payment_id="pi_0").status, 200)
        self.assertEqual(self.entitlement(1000, "starter")["until"], ends)
        self.assertEqual(len(self.site.member(1000)["payments"]), 1)

    def refunded(self, number, back, **more):
        charge = {"id": "ch_%d" % number, "object": "charge", "payment_intent": "pi_%d" % number, "amount": 900,
                  "amount_refunded": back, "refunded": back == 900, "currency": "usd", **more}
        return self.event("refunded_%d_%d" % (number, back), "charge.refunded", charge)

    def event(self, name, kind, thing):
        return {"id": "evt_" + name, "object": "event", "type": kind, "created": int(self.ago),
                "data": {"object": thing}}

    def test_what_went_back_ends_the_access(self):
        nothing = {"object": "list", "data": [], "has_more": False}
        self.asked.things["/v1/checkout/sessions"] = self.asked.things["/v1/invoices"] = nothing
        for number in range(4):
            self.assertEqual(self.site.pay(500 + number, payment_id="pi_%d" % number).status, 200)
            until(lambda n=number: self.active(500 + n, "starter"), "it is granted")
        dispute = {"id": "du_2", "object": "dispute", "payment_intent": "pi_2", "amount": 900, "currency": "usd",
                   "status": "needs_response"}
        failed = {"id": "re_3", "object": "refund", "payment_intent": "pi_3", "amount": 900, "currency": "usd",
                  "status": "failed"}
        failure = self.event("failed_3", "refund.failed", failed)
        failure["created"] += 60
        self.events = [failure, self.refunded(3, 900), self.event("disputed_2", "charge.dispute.created", dispute),
                       self.refunded(1, 200), self.refunded(0, 900)]
        until(lambda: not self.active(500, "starter"), "what went back wholly has ended", 60)
        until(lambda: not self.active(502, "starter"), "what is disputed has ended")
        until(lambda: self.site.metric("usher_payments_unsettled") == 1, "a part is the operator's to judge")
        self.assertTrue(self.active(501, "starter"))
        self.assertTrue(self.active(503, "starter"), "what failed went nowhere")
        # The same by a callback that comes late.
        known = self.site.api("GET", "payments/stripe/pi_0").json
        for event in self.events:
            self.assertEqual(self.site.hook("stripe", *stripe_signed(event)).status, 200)
        self.assertEqual(self.site.api("GET", "payments/stripe/pi_0").json, known)
        self.assertTrue(self.active(501, "starter") and self.active(503, "starter"))
        # What came first by a callback is not told again by the list; what is won is given again.
        self.events.insert(0, self.event("won_2", "charge.dispute.closed", {**dispute, "status": "won"}))
        until(lambda: self.active(502, "starter"), "the dispute is won", 60)

    def test_keys_that_may_not_read_everything(self):
        self.asked.things["/v1/checkout/sessions"] = {"data": [self.stripe(1, 77)], "has_more": False}
        self.asked.things["/v1/invoices"] = {"data": [], "has_more": False}
        self.asked.refused = {"/v1/events"}
        until(lambda: self.active(77, "starter"), "what may be read is granted", 60)
        until(lambda: "gateway_not_answering gateway=stripe verdict=keys_refused status=403" in self.site.usher.log(),
              "the operator is told of the rest")

    def test_an_invoice_that_is_marked_invalid(self):
        invoice = btcpay_invoice("I1", {"telegram_id": "77", "plan": "starter"}, createdTime=int(self.ago))
        self.asked.things["/api/v1/stores/S1/invoices"] = [invoice]
        until(lambda: self.active(77, "starter"), "it is granted", 60)
        invoice.update(status="Invalid", additionalStatus="Marked")
        until(lambda: not self.active(77, "starter"), "the word is taken back", 60)

    def test_over_a_kill(self):
        self.asked.mood = "hang"
        self.asked.things["/v1/checkout/sessions"] = {"data": [self.stripe(1, 77)], "has_more": False}
        until(self.asked.paths, "it is asked")
        self.site.kill()
        self.asked.mood = "up"
        self.site.start()
        until(lambda: self.active(77, "starter"), "it is granted")
        ends = self.entitlement(77, "starter")["until"]
        self.site.kill()
        self.site.start()
        until(lambda: self.site.metric('usher_reconciled_total{gateway="stripe",result="handed_in"}') == 1,
              "a new usher hands it in once more")
        self.assertEqual(self.entitlement(77, "starter")["until"], ends)

    def test_lists_without_an_end_and_without_sense(self):
        self.asked.things["/api/getInvoices"] = lambda query: {"ok": True, "result": {"items": [
            {"invoice_id": number + int(query["offset"][0]), "status": "active"} for number in range(100)]}}
        self.asked.things["/v1/checkout/sessions"] = {"data": [7, None, {}, [], {"id": 1}], "has_more": True}
        self.asked.things["/v3/payments"] = []
        until(lambda: "reconciled gateway=cryptopay listed=0 handed_in=0 pages=20 cut=1" in self.site.usher.log(),
              "it ends after twenty pages", 60)
        until(lambda: "gateway_not_answering gateway=yookassa" in self.site.usher.log(), "that is no list")
        self.assertEqual(self.commands(), 0)


if __name__ == "__main__":
    unittest.main()
