"""Money goes back at gateways that know a refund by the number that usher gives it: once, whatever befalls the
answers, and what the gateway tells of it by itself changes nothing."""
import json
import threading
import unittest
import urllib.parse

from helpers import until
from signed_gateway import alipay_event, wechat_event
from test_signed_checkout import Signing


class Refunds(Signing):
    gateway = ""

    def refund(self, payment, **more):
        return self.site.api("POST", "payments/%s/%s/refund" % (self.gateway, payment),
                             {"reason": "asked for it", **more})

    def payment(self, payment):
        return self.site.api("GET", "payments/%s/%s" % (self.gateway, payment)).json

    def states(self, payment):
        return [asked["state"] for asked in self.payment(payment)["refund_requests"]]

    def told(self, *callback):
        answer = self.site.hook(self.gateway, *callback)
        self.assertEqual(answer.status, 200, answer)

    def ended(self, member):
        until(lambda: not self.active(member, "starter"), "the access has ended", 60)

    def once_over_kills(self, payment, member):
        for mood in ("fail", "drop"):
            self.till.mood = mood
            before = len(self.till.asked)
            thread = threading.Thread(target=self.swallow, args=(payment,))
            thread.start()
            until(lambda: len(self.till.asked) > before, "the gateway is told")  # pylint: disable=cell-var-from-loop
            self.site.kill()
            thread.join()
            self.site.start()
        self.assertTrue(self.active(member, "starter"))
        self.assertEqual(self.states(payment), ["asked"])
        self.till.mood = "up"
        self.ended(member)
        self.assertEqual((len(self.till.refunded), self.till.wrong, self.states(payment)), (1, [], ["done"]))

    def swallow(self, payment):
        try:
            self.refund(payment)
        except OSError:
            pass

    def refused_and_let_go(self, payment, member):
        self.till.mood = "refuse"
        (asked,) = self.refund(payment).json["refund_requests"]
        self.assertEqual(asked["state"], "refused")
        self.assertIn("merchant has no permission", asked["error"])
        self.assertTrue(self.active(member, "starter"))
        self.till.mood = "up"
        answer = self.site.api("POST", "queue/release", {"what": "dead", "delivery": asked["delivery"]})
        self.assertEqual(answer.status, 200, answer)
        self.ended(member)


class AtWeChat(Refunds):
    gateway = "wechat"

    def paid(self, member):
        order = self.ask(member, "wechat")
        payment = "4200" + order["order_id"]
        self.told(*wechat_event(self.theirs, "TRANSACTION.SUCCESS", {
            "transaction_id": payment, "out_trade_no": order["order_id"], "trade_state": "SUCCESS",
            "amount": {"total": 6800, "currency": "CNY"}}))
        until(lambda: self.active(member, "starter"), "the order is paid")
        return payment

    def went_back(self, payment, refund, amount, kind="SUCCESS"):
        self.told(*wechat_event(self.theirs, "REFUND." + kind, {
            "transaction_id": payment, "refund_id": refund, "refund_status": kind,
            "amount": {"total": 6800, "refund": amount}}))

    def test_the_whole(self):
        payment = self.paid(77)
        answer = self.refund(payment)
        self.assertEqual((answer.status, self.till.wrong), (200, []), answer)
        (asked,) = answer.json["refund_requests"]
        self.assertEqual((asked["state"], asked["id"], asked["amount"]), ("done", "50001", "68.00"))
        path, headers, body = self.till.asked[-1]
        said = json.loads(body)
        self.assertRegex(said.pop("out_refund_no"), "^usher_[0-9]+_0_[0-9a-f]+$")
        self.assertEqual((path, headers["content-type"], said), (
            "/v3/refund/domestic/refunds", "application/json",
            {"transaction_id": payment, "reason": "asked for it", "notify_url": "https://club.example/hooks/wechat",
             "amount": {"refund": 6800, "total": 6800, "currency": "CNY"}}))
        self.ended(77)
        self.went_back(payment, "50001", 6800)
        self.assertEqual([(part["id"], part["state"]) for part in self.payment(payment)["refunds"]],
                         [("50001", "done")])
        self.assertEqual(self.refund(payment).json["code"], "already_refunded")
        self.nowhere()

    def test_parts(self):
        payment = self.paid(77)
        self.assertEqual(self.refund(payment, amount="8.00").json["refund_requests"][0]["state"], "done")
        self.went_back(payment, "50001", 800)
        self.assertTrue(self.active(77, "starter"))
        self.till.state = "SUCCESS"
        self.assertEqual(self.refund(payment).status, 200)
        self.ended(77)
        self.went_back(payment, "50002", 6000)
        self.assertEqual([refund["asked"]["amount"]["refund"] for refund in self.till.refunded.values()], [800, 6000])
        self.assertEqual(len(self.payment(payment)["refunds"]), 2)

    def test_one_that_wechat_cannot_make(self):
        payment = self.paid(77)
        self.till.state = "ABNORMAL"
        self.assertEqual(self.refund(payment).json["refund_requests"][0]["state"], "failed")
        self.assertTrue(self.active(77, "starter"))
        self.till.state = "PROCESSING"
        self.assertEqual(self.refund(payment).status, 200)
        self.ended(77)
        self.went_back(payment, "50002", 6800, "CLOSED")
        until(lambda: self.active(77, "starter"), "the access is there again")

    def test_once_over_kills(self):
        self.once_over_kills(self.paid(77), 77)

    def test_a_refusal(self):
        self.refused_and_let_go(self.paid(77), 77)


class AtAlipay(Refunds):
    gateway = "alipay"

    def paid(self, member):
        order = self.ask(member, "alipay")
        self.told(*self.event(order["order_id"]))
        until(lambda: self.active(member, "starter"), "the order is paid")
        return "2026" + order["order_id"]

    def event(self, order_id, **more):
        return alipay_event(self.theirs, **{
            "trade_status": "TRADE_SUCCESS", "trade_no": "2026" + order_id, "out_trade_no": order_id,
            "total_amount": "68.00", **more})

    def test_the_whole(self):
        payment = self.paid(77)
        answer = self.refund(payment)
        self.assertEqual((answer.status, self.till.wrong), (200, []), answer)
        self.assertEqual([asked["state"] for asked in answer.json["refund_requests"]], ["done"])
        path, _, body = self.till.asked[-1]
        fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
        said = json.loads(dict(urllib.parse.parse_qsl(body))["biz_content"])
        self.assertRegex(said.pop("out_request_no"), "^usher_[0-9]+_0_[0-9a-f]+$")
        self.assertEqual((fields["method"], said), ("alipay.trade.refund", {
            "trade_no": payment, "refund_amount": "68.00", "refund_reason": "asked for it"}))
        self.ended(77)
        self.told(*self.event(payment[4:], trade_status="TRADE_CLOSED", refund_fee="68.00",
                              gmt_refund="2026-01-31 20:00:00"))
        self.assertEqual(len(self.payment(payment)["refunds"]), 1)
        self.nowhere()

    def test_parts(self):
        payment = self.paid(77)
        for amount, so_far in (("8.00", "8.00"), ("10.00", "18.00")):
            self.assertEqual(self.refund(payment, amount=amount).status, 200)
            before = len(self.payment(payment)["refunds"])
            self.told(*self.event(payment[4:], refund_fee=so_far, gmt_refund="2026-01-31 20:00:00"))
            self.assertEqual(len(self.payment(payment)["refunds"]), before)
        self.assertTrue(self.active(77, "starter"))
        self.assertEqual(self.states(payment), ["done", "done"])
        self.assertEqual(self.refund(payment).status, 200)
        self.ended(77)
        self.assertEqual([refund["refund_amount"] for refund in self.till.refunded.values()],
                         ["8.00", "10.00", "50.00"])

    def test_no_money_has_moved_yet(self):
        payment = self.paid(77)
        self.till.still = True
        (asked,) = self.refund(payment).json["refund_requests"]
        self.assertEqual(asked["state"], "unknown")
        self.assertIn("no money has moved", asked["error"])
        self.assertTrue(self.active(77, "starter"))
        self.assertEqual(self.refund(payment, amount="1.00").json["code"], "refund_under_way")
        self.till.still = False
        self.assertEqual(self.refund(payment).status, 200)
        self.ended(77)
        self.assertEqual(len(self.till.refunded), 1, "it was the same refund")

    def test_once_over_kills(self):
        self.once_over_kills(self.paid(77), 77)

    def test_a_refusal(self):
        self.refused_and_let_go(self.paid(77), 77)


if __name__ == "__main__":
    unittest.main()
