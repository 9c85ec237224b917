"""Orders and coupons over HTTP: quoted, placed once for a key, paid by signed callbacks."""
import json
import threading
import unittest

import helpers
from helpers import ADMIN_TOKEN, request, until
from test_run import Running


class Orders(Running):
    def post(self, path, body, key=None):
        headers = {"Authorization": "Bearer " + ADMIN_TOKEN, "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return request(self.site.port, "POST", "/api/v1/" + path, json.dumps(body), headers)

    def pay(self, order, minor, payment_id):
        event = helpers.stripe_checkout(0, "none", minor, payment_id=payment_id)
        event["data"]["object"]["metadata"] = {}
        event["data"]["object"]["client_reference_id"] = order["order_id"]
        self.assertEqual(self.site.stripe(event).status, 200)

    def order(self, order_id):
        return self.site.api("GET", "orders/" + order_id).json

    def test_the_discounted_amount_grants(self):
        answer = self.post("coupons", {"code": "live48", "percent": 20, "duration": 3})
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual((answer.json["code"], answer.json["state"], answer.json["duration"]),
                         ("LIVE48", "active", "3"))
        ask = {"telegram_id": 77, "plan": "core", "period": "1 month", "coupon": "Live48",
               "gateway": "stripe"}
        quote = self.post("quotes", {k: ask[k] for k in ("telegram_id", "plan", "period", "coupon")})
        self.assertEqual(quote.status, 200, quote)
        answer = self.post("orders", ask, "first")
        self.assertEqual(answer.status, 201, answer)
        order = answer.json
        lines = [{"kind": "plan", "ref": "core", "amount": "29.00"},
                 {"kind": "coupon", "ref": "LIVE48", "amount": "-5.80"}]
        self.assertEqual((order["state"], order["amount"], order["currency"], order["period"],
                          order["lines"], order["gateway"]),
                         ("open", "23.20", "USD", "1 month", lines, "stripe"))
        self.assertEqual(quote.json["lines"], lines)
        self.assertRegex(order["order_id"], "^ord_[a-z0-9]{16}$")
        # The same key and body is the same order, another body is refused.
        again = self.post("orders", ask, "first")
        self.assertEqual((again.status, again.json), (201, order))
        other = self.post("orders", {**ask, "period": "1 year"}, "first")
        self.assertEqual((other.status, other.json["code"]), (409, "key_reused"))
        # Less than the quote waits for the operator; the quote itself grants.
        self.pay(order, 2319, "pi_less")
        until(lambda: "pi_less" in [p["payment_id"] for p in self.site.api(
            "GET", "payments?state=unsettled").json["payments"]], "too little is unsettled")
        self.assertEqual(self.order(order["order_id"])["state"], "open")
        self.pay(order, 2320, "pi_right")
        until(lambda: self.active(77, "core"), "the discounted amount grants")
        self.assertEqual(self.order(order["order_id"])["state"], "paid")
        coupon = self.site.api("GET", "coupons/LIVE48").json
        self.assertEqual((coupon["uses"], coupon["reserved"]), (1, 0))
        self.assertEqual([o["order_id"] for o in self.site.member(77)["orders"]],
                         [order["order_id"]])

    def test_the_last_use_is_one(self):
        self.assertEqual(self.post("coupons", {"code": "LAST", "percent": 10,
                                               "max_uses": 1}).status, 201)
        answers = []

        def ask(member):
            answers.append(self.post("orders", {"telegram_id": member, "plan": "starter",
                                                "period": "1 month", "coupon": "LAST"}))

        threads = [threading.Thread(target=ask, args=(1000 + n,)) for n in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = [a.json for a in answers if a.status == 201]
        self.assertEqual(len(won), 1)
        self.assertEqual({a.json["code"] for a in answers if a.status != 201}, {"code_used_up"})
        self.assertEqual(self.site.api("GET", "coupons/LAST").json["reserved"], 1)
        # A cancelled order gives it back.
        cancelled = self.site.api("DELETE", "orders/" + won[0]["order_id"])
        self.assertEqual((cancelled.status, cancelled.json["state"]), (200, "cancelled"))
        self.assertEqual(self.site.api("DELETE", "orders/" + won[0]["order_id"]).json["code"],
                         "order_not_open")
        self.assertEqual(self.site.api("GET", "coupons/LAST").json["reserved"], 0)
        self.assertEqual(self.site.api("DELETE", "coupons/LAST").json["state"], "ended")
        answer = self.post("orders", {"telegram_id": 5, "plan": "starter", "coupon": "LAST"})
        self.assertEqual((answer.status, answer.json["code"]), (409, "code_expired"))
        self.assertEqual([c["code"] for c in self.site.api("GET", "coupons").json["coupons"]],
                         ["LAST"])


if __name__ == "__main__":
    unittest.main()
