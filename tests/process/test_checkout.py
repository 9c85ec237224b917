"""Checkouts: exactly one at the gateway for each order, whatever the gateway and usher suffer, and the order is
payable by its callback."""
import json
import threading
import time
import unittest

import helpers
from checkout_gateway import Maker
from helpers import ADMIN_TOKEN, CONFIG, Site, Telegram, request, until
from test_run import Running

SECRET_KEY = "sk_test_nobody_may_read_this"


def configured(stripe, btcpay, more=""):
    """The usual configuration, with gateways that make checkouts."""
    return CONFIG.replace(
        '- {name: stripe, kind: stripe, secrets: ["%(stripe)s"]}',
        '- {name: stripe, kind: stripe, secrets: ["%%(stripe)s"], secret_key: "%s", create: session, api_url: "%s", '
        'success_url: "https://t.me/usher_bot"%s}' % (SECRET_KEY, stripe, more)).replace(
            '- {name: btcpay, kind: btcpay, secrets: ["%(btcpay)s"]}',
            '- {name: btcpay, kind: btcpay, secrets: ["%%(btcpay)s"], api_key: "btcpay-key", store: S1, '
            'create: invoice, api_url: "%s"}\n'
            '  - {name: cryptopay, kind: crypto_pay, secrets: ["crypto-token"], create: invoice, api_url: "%s"}'
            % (btcpay, btcpay))


class Checkout(Running):
    more = ""

    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.stripe, self.other = Maker(), Maker()
        self.addCleanup(self.stripe.close)
        self.addCleanup(self.other.close)
        self.site = Site(self.telegram.url(), template=configured(self.stripe.url(), self.other.url(), self.more))
        self.addCleanup(self.site.close)
        self.addCleanup(self._show_log)
        self.site.start()

    def ask(self, member, gateway="stripe", plan="starter", key=None):
        headers = {"Authorization": "Bearer " + ADMIN_TOKEN, "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        body = {"telegram_id": member, "plan": plan, "period": "1 month", "gateway": gateway}
        return request(self.site.port, "POST", "/api/v1/orders", json.dumps(body), headers)

    def order(self, order_id):
        return self.site.api("GET", "orders/" + order_id).json

    def await_url(self, order_id):
        return until(lambda: self.order(order_id).get("pay_url"), "the order has its pay_url", 60)

    def pay(self, order):
        event = helpers.stripe_checkout(0, "none", 900, payment_id="pi_" + order["order_id"])
        event["data"]["object"]["metadata"] = {}
        event["data"]["object"]["client_reference_id"] = order["order_id"]
        self.assertEqual(self.site.stripe(event).status, 200)
        until(lambda: self.active(order["telegram_id"], "starter"), "the order is paid by its callback")
        self.assertEqual(self.order(order["order_id"])["state"], "paid")


class ByBot(Checkout):
    """Who buys in the bot gets the gateway's address in a message of its own, as soon as it is there."""

    def keys(self, member, text):
        return [(m["message_id"], key) for m in self.telegram.messages(member)
                for row in m.get("reply_markup", {}).get("inline_keyboard", []) for key in row
                if text in key["text"]]

    def press(self, member, text):
        message, key = until(lambda: self.keys(member, text), "the button " + text)[-1]
        self.telegram.user(member, "press", message_id=message, data=key["callback_data"])

    def buy(self, member):
        self.telegram.user(member, "start", bot="usher_bot")
        until(lambda: self.telegram.messages(member), "the greeting is there")
        self.telegram.user(member, "say", text="/start p_starter")
        self.press(member, "stripe")

    def test_the_address_follows(self):
        self.buy(88)
        _, key = until(lambda: [k for k in self.keys(88, "Pay") if "pay.example" in k[1].get("url", "")],
                       "the gateway's address is there")[-1]
        order_id = self.site.member(88)["orders"][0]["order_id"]
        self.assertEqual(key["url"], self.order(order_id)["pay_url"])
        self.pay(self.order(order_id))

    def test_a_gateway_that_refuses(self):
        self.stripe.mood = "refuse"
        self.buy(89)
        until(lambda: any("does not answer right now" in m["text"] for m in self.telegram.messages(89)),
              "the buyer is told")
        self.assertEqual(self.site.member(89)["orders"][0]["state"], "open")


class Made(Checkout):
    def test_the_answer_has_the_address(self):
        answer = self.ask(77)
        self.assertEqual(answer.status, 201, answer)
        order = answer.json
        self.assertTrue(order["pay_url"].startswith("https://pay.example/made_1?"), order)
        self.assertNotIn("pay_url_pending", order)
        ((path, headers, _),) = self.stripe.asked
        self.assertEqual((path, headers["authorization"], headers["content-type"]),
                         ("/v1/checkout/sessions", "Bearer " + SECRET_KEY, "application/x-www-form-urlencoded"))
        self.assertRegex(headers["idempotency-key"], "^usher-[0-9]+-[0-9a-f]+$")
        (form,) = self.stripe.forms()[order["order_id"]]
        line = "line_items[0][price_data]"
        self.assertEqual({name: form[name] for name in form if name != "expires_at"}, {
            "mode": "payment", "client_reference_id": order["order_id"], "metadata[telegram_id]": "77",
            "metadata[plan]": "starter", "line_items[0][quantity]": "1", line + "[currency]": "usd",
            line + "[unit_amount]": "900", line + "[product_data][name]": "starter",
            "success_url": "https://t.me/usher_bot"})
        self.assertTrue(30 * 60 < int(form["expires_at"]) - time.time() <= 24 * 3600, form)
        shown = self.order(order["order_id"])
        self.assertEqual((shown["checkout"]["state"], shown["checkout"]["id"]), ("made", "made_1"))
        self.pay(order)
        self.assertEqual(len(self.stripe.asked), 1)

    def test_other_gateways(self):
        order = self.ask(77, "btcpay").json
        path, headers, body = self.other.asked[0]
        self.assertEqual((path, headers["authorization"]), ("/api/v1/stores/S1/invoices", "token btcpay-key"))
        invoice = json.loads(body)
        self.assertEqual(invoice, {"amount": "9.00", "currency": "USD", "metadata": {"orderId": order["order_id"]},
                                   "checkout": {"expirationMinutes": 7 * 24 * 60}})
        self.assertIn("pay_url", order)
        order = self.ask(78, "cryptopay").json
        path, headers, body = self.other.asked[1]
        self.assertEqual((path, headers["crypto-pay-api-token"]), ("/api/createInvoice", "crypto-token"))
        invoice = json.loads(body)
        self.assertEqual((invoice["currency_type"], invoice["fiat"], invoice["amount"], invoice["payload"]),
                         ("fiat", "USD", "9.00", order["order_id"]))
        self.assertIn("pay_url", order)
        self.assertEqual(self.order(order["order_id"])["checkout"]["id"], "2")

    def test_secrets_are_nowhere(self):
        self.assertIn("pay_url", self.ask(77).json)
        self.site.stop()
        dump = self.site.cli("journal", "dump", "--config", self.site.config)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        self.assertNotIn(SECRET_KEY, dump.stdout)
        self.site.start()

    def test_a_refusal_leaves_the_order(self):
        self.stripe.mood = "refuse"
        started = time.monotonic()
        answer = self.ask(77)
        self.assertLess(time.monotonic() - started, 8, "a refusal is an answer")
        self.assertEqual(answer.status, 201, answer)
        self.assertNotIn("pay_url", answer.json)
        self.assertNotIn("pay_url_pending", answer.json)
        shown = self.order(answer.json["order_id"])
        self.assertEqual((shown["state"], shown["checkout"]["state"], shown["checkout"]["status"]),
                         ("open", "refused", 402))
        self.assertIn("not active", shown["checkout"]["error"])
        # The operator mends the account and lets it go: the same key.
        self.stripe.mood = "up"
        answer = self.site.api("POST", "queue/release",
                               {"what": "dead", "delivery": shown["checkout"]["delivery"]})
        self.assertEqual(answer.status, 200, answer)
        self.await_url(shown["order_id"])
        self.assertEqual(len({headers["idempotency-key"] for _, headers, _ in self.stripe.asked}), 1)

    def test_a_hanging_gateway_delays_nobody(self):
        self.stripe.mood = "hang"
        answers = []
        waits = threading.Thread(target=lambda: answers.append(self.ask(77)))
        started = time.monotonic()
        waits.start()
        until(lambda: self.stripe.asked, "the gateway is asked")
        before = time.monotonic()
        for member in range(100, 110):
            self.assertIn("pay_url", self.ask(member, "btcpay").json)
            self.assertEqual(self.site.pay(member, payment_id="pi_%d" % member).status, 200)
        self.assertLess(time.monotonic() - before, 5, "another gateway works as ever")
        waits.join()
        self.assertTrue(9 < time.monotonic() - started < 13, time.monotonic() - started)
        self.assertEqual((answers[0].status, answers[0].json["pay_url_pending"]), (201, True))
        self.assertNotIn("pay_url", answers[0].json)
        self.stripe.mood = "up"
        self.await_url(answers[0].json["order_id"])
        self.pay(answers[0].json)
        self.assertEqual([len(made) for made in self.stripe.forms().values()], [1])

    def test_a_stop_waits_for_no_gateway(self):
        self.stripe.mood = "hang"
        answers = []
        waits = threading.Thread(target=lambda: answers.append(self.ask(77)))
        waits.start()
        until(lambda: self.stripe.asked, "the gateway is asked")
        started = time.monotonic()
        self.stripe.mood = "up"
        self.assertEqual(self.site.stop(), 0)
        self.assertLess(time.monotonic() - started, 8)
        waits.join()
        self.site.start()

    def test_an_order_that_ends_first(self):
        self.stripe.mood = "fail"
        order = self.ask_in_doubt(77)
        self.assertEqual(self.site.api("DELETE", "orders/" + order["order_id"]).status, 200)
        shown = self.order(order["order_id"])
        self.assertEqual((shown["state"], shown["checkout"]["state"]), ("cancelled", "withdrawn"))
        self.assertNotIn("pay_url_pending", shown)
        before = len(self.stripe.asked)
        self.stripe.mood = "up"
        time.sleep(4)
        self.assertLessEqual(len(self.stripe.asked), before + 1, "it is not asked again")

    def test_a_session_ends_with_its_order(self):
        first, second = self.ask(77).json, self.ask(78, "cryptopay").json
        for order in (first, second):
            self.assertEqual(self.site.api("DELETE", "orders/" + order["order_id"]).status, 200)
        self.await_checkout(first["order_id"], "ended")
        self.await_checkout(second["order_id"], "ended")
        (_, _, _), (path, headers, body) = self.stripe.asked
        self.assertEqual((path, body), ("/v1/checkout/sessions/made_1/expire", ""))
        self.assertEqual(headers["authorization"], "Bearer " + SECRET_KEY)
        self.assertEqual(list(self.other.ended.values()), ["made_1"])
        # One that was paid meanwhile says so, and the payment wins.
        order = self.ask(79).json
        self.stripe.complete.add("made_2")
        self.assertEqual(self.site.api("DELETE", "orders/" + order["order_id"]).status, 200)
        shown = self.await_checkout(order["order_id"], "not_ended")
        self.assertEqual((shown["status"], "complete" in shown["error"]), (400, True), shown)
        self.assertEqual(self.site.metric('usher_deliveries{state="dead"}'), 0)

    def test_an_end_over_a_kill(self):
        order = self.ask(77).json
        self.stripe.mood = "drop"
        self.assertEqual(self.site.api("DELETE", "orders/" + order["order_id"]).status, 200)
        until(lambda: len(self.stripe.asked) >= 2, "the gateway is told")
        self.site.kill()
        self.stripe.mood = "up"
        self.site.start()
        self.await_checkout(order["order_id"], "ended")
        self.assertEqual(list(self.stripe.ended.values()), ["made_1"])

    def await_checkout(self, order_id, state):
        def shown():
            checkout = self.order(order_id)["checkout"]
            return checkout if checkout["state"] == state else None
        return until(shown, "the checkout is " + state, 60)

    def ask_in_doubt(self, member):
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.ask(member)))
        thread.start()
        thread.join()
        self.assertEqual((answers[0].status, answers[0].json["pay_url_pending"]), (201, True))
        return answers[0].json


class Refund(Checkout):
    """Money goes back at the gateway exactly once, and what it gave goes when it does."""

    def paid(self, member):
        order = self.ask(member).json
        self.pay(order)
        return "pi_" + order["order_id"]

    def refund(self, payment, **more):
        return self.site.api("POST", "payments/stripe/%s/refund" % payment, {"reason": "asked for it", **more})

    def requests(self, payment):
        return self.site.api("GET", "payments/stripe/" + payment).json["refund_requests"]

    def test_the_whole(self):
        payment = self.paid(77)
        answer = self.refund(payment)
        self.assertEqual(answer.status, 200, answer)
        (asked,) = answer.json["refund_requests"]
        self.assertEqual((asked["state"], asked["id"], asked["amount"], asked["reason"]),
                         ("done", "re_1", "9.00", "asked for it"))
        self.assertEqual([(part["id"], part["state"]) for part in answer.json["refunds"]], [("re_1", "done")])
        self.assertEqual(self.stripe.refunds(),
                         [{"payment_intent": payment, "metadata[reason]": "asked for it"}])
        until(lambda: not self.active(77, "starter"), "the access has ended")
        # Stripe tells it as well.
        self.assertEqual(self.site.stripe(helpers.stripe_refund(payment)).status, 200)
        self.assertEqual(len(self.site.api("GET", "payments/stripe/" + payment).json["refunds"]), 1)
        answer = self.refund(payment)
        self.assertEqual((answer.status, answer.json["code"]), (409, "already_refunded"), answer)
        self.assertEqual(len(self.stripe.refunded), 1)

    def test_a_part_by_the_command_line(self):
        payment = self.paid(77)
        ran = self.site.cli("payment", "refund", "stripe", payment, "--amount", "2.50", "--reason", "late",
                            "--config", self.site.config, "--url", "http://127.0.0.1:%d" % self.site.port, "--json")
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertEqual(json.loads(ran.stdout)["refund_requests"][0]["state"], "done")
        self.assertEqual(self.stripe.refunds()[0]["amount"], "250")
        self.assertTrue(self.active(77, "starter"))
        answer = self.refund(payment, amount="6.51")
        self.assertEqual((answer.status, answer.json["code"]), (400, "refund_amount"), answer)

    def test_a_refusal_is_told(self):
        payment = self.paid(77)
        self.stripe.mood = "refuse"
        (asked,) = self.refund(payment).json["refund_requests"]
        self.assertEqual((asked["state"], asked["status"]), ("refused", 402))
        self.assertIn("not active", asked["error"])
        self.assertTrue(self.active(77, "starter"))
        (dead,) = self.site.api("GET", "queue?state=dead").json["deliveries"]
        self.assertIn("not active", dead["error"])
        self.stripe.mood = "up"
        answer = self.site.api("POST", "queue/release", {"what": "dead", "delivery": asked["delivery"]})
        self.assertEqual(answer.status, 200, answer)
        until(lambda: not self.active(77, "starter"), "the access has ended", 60)
        self.assertEqual(len(self.stripe.refunded), 1)

    def test_once_over_kills(self):
        payment = self.paid(77)
        for mood in ("hang", "fail", "drop"):
            self.stripe.mood = mood
            before = len(self.stripe.asked)
            thread = threading.Thread(target=self.swallow, args=(payment,))
            thread.start()
            until(lambda: len(self.stripe.asked) > before, "the gateway is told")  # pylint: disable=cell-var-from-loop
            self.site.kill()
            thread.join()
            self.site.start()
        self.assertTrue(self.active(77, "starter"))
        self.assertEqual([asked["state"] for asked in self.requests(payment)], ["asked"])
        self.stripe.mood = "up"
        until(lambda: not self.active(77, "starter"), "the access has ended", 60)
        self.assertEqual((len(self.stripe.refunded), [asked["state"] for asked in self.requests(payment)]),
                         (1, ["done"]))
        self.site.stop()
        verified = self.site.cli("journal", "verify", "--config", self.site.config)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.site.start()

    def swallow(self, payment):
        try:
            self.refund(payment)
        except OSError:
            pass


class Keyless(Checkout):
    more = ", keys: false"

    def test_doubt_is_the_operators(self):
        """Of a gateway that goes by no keys nothing is asked twice, not even over a kill."""
        def states():
            return {d["telegram_id"]: (d["state"], d.get("error", ""))
                    for d in self.site.api("GET", "queue?state=dead").json["deliveries"]}
        self.stripe.mood = "drop"
        first = self.ask(77).json
        self.assertNotIn("pay_url", first)
        shown = self.order(first["order_id"])
        self.assertEqual((shown["state"], shown["checkout"]["state"]), ("open", "unknown"))
        self.assertEqual(states()[77][0], "dead")
        self.assertIn("it may have been done", states()[77][1])
        self.stripe.mood = "hang"
        thread = threading.Thread(target=self.swallow, args=(78,))
        thread.start()
        until(lambda: len(self.stripe.asked) == 2, "the gateway is asked")
        self.site.kill()
        thread.join()
        self.stripe.mood = "up"
        self.site.start()
        until(lambda: 78 in states(), "what was under way is in doubt")
        self.assertIn("it may have been done", states()[78][1])
        self.assertIn("pay_url", self.ask(79).json)
        self.assertEqual(len(self.stripe.asked), 3)

    def swallow(self, member):
        try:
            self.ask(member)
        except OSError:
            pass


class Doubt(Checkout):
    """usher is killed while the gateway does one wrong after another; what comes of it is one checkout an order."""

    def test_one_checkout_an_order(self):
        orders = {}

        def ask(member):
            try:
                answer = self.ask(member, key="order-of-%d" % member)
            except OSError:
                return  # usher was killed: whoever asked comes again with the same key
            if answer.status == 201:
                orders[member] = answer.json

        members = []
        for round_, mood in enumerate(("hang", "fail", "drop")):
            self.stripe.mood = mood
            fresh = list(range(200 + 10 * round_, 204 + 10 * round_))
            members += fresh
            threads = [threading.Thread(target=ask, args=(member,)) for member in fresh]
            for thread in threads:
                thread.start()
            before = len(self.stripe.asked)
            until(lambda: len(self.stripe.asked) >= before + 4, "the gateway is asked")  # pylint: disable=cell-var-from-loop
            self.site.kill()
            for thread in threads:
                thread.join()
            self.site.start()
        self.stripe.mood = "up"
        for member in members:
            ask(member)
        self.assertEqual(sorted(orders), members)
        for order in orders.values():
            url = self.await_url(order["order_id"])
            self.assertTrue(url.startswith("https://pay.example/made_"), url)
        until(lambda: self.site.metric('usher_deliveries{state="pending"}') == 0, "nothing is asked any more", 60)
        forms = self.stripe.forms()
        self.assertEqual(sorted(forms), sorted(order["order_id"] for order in orders.values()))
        self.assertEqual({len(made) for made in forms.values()}, {1})
        # All attempts of one order said the same by one key.
        said = {}
        for _, headers, body in self.stripe.asked:
            said.setdefault(headers["idempotency-key"], set()).add(body)
        self.assertEqual({len(bodies) for bodies in said.values()}, {1})
        self.assertGreater(len(self.stripe.asked), len(members))
        self.pay(orders[members[0]])
        self.site.stop()
        verified = self.site.cli("journal", "verify", "--config", self.site.config)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.site.start()


if __name__ == "__main__":
    unittest.main()
