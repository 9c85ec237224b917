"""WeChat Pay on a phone: the order's page has a button, and whoever taps it is led to a checkout that was made for
their own address, which stands nowhere afterwards."""
import unittest

from helpers import request, until
from signed_gateway import APP, MERCHANT, wechat_event
from test_signed_checkout import Signing

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
WECHAT = PHONE + " MicroMessenger/8.0.50"
PAYER = "203.0.113.77"


class Tap(Signing):
    def configured(self, public):
        return super().configured(public).replace("create: native\n", "create: native_h5\n").replace(
            "http: {public_url", "http: {trust_forwarded: true, public_url")

    def read(self, order, agent):
        path = order["page_url"].removeprefix("https://club.example")
        return request(self.site.port, "GET", path, headers={"Accept-Language": "en", "User-Agent": agent})

    def tap(self, order, payer=PAYER, agent=PHONE):
        path = order["page_url"].removeprefix("https://club.example") + "/pay"
        return request(self.site.port, "POST", path, "", {
            "Accept-Language": "en", "User-Agent": agent, "X-Forwarded-For": "10.9.9.9, " + payer,
            "Content-Type": "application/x-www-form-urlencoded"})

    def test_a_tap(self):
        order = self.ask(77, "wechat")
        page = self.read(order, PHONE)
        form = '<form class="act" method="post" action="%s/pay">' % order["page_url"].removeprefix("https://club.example")
        self.assertIn(form, page.body.decode())
        self.assertIn("Pay 68.00 CNY</button>", page.body.decode())
        self.assertIn("form-action 'self' https://wx.tenpay.com;", page.headers["content-security-policy"])
        self.assertEqual(page.headers["referrer-policy"], "strict-origin")
        for agent in (DESK, WECHAT):
            page = self.read(order, agent)
            self.assertNotIn("<form", page.body.decode())
            self.assertIn('aria-label="Scan with WeChat to pay"', page.body.decode())
            self.assertEqual(page.headers["referrer-policy"], "no-referrer")
        answer = self.tap(order)
        back = "https%3A%2F%2Fclub.example%2Fo%2F" + order["page_url"].rpartition("/")[2]
        self.assertEqual((answer.status, answer.body, answer.headers["location"]), (
            303, b"", "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx0001&redirect_url=" + back))
        self.assertEqual(answer.headers["referrer-policy"], "strict-origin")
        path, asked = self.till.orders[order["order_id"] + "_h5"]
        self.assertEqual(path, "/v3/pay/transactions/h5")
        self.assertRegex(asked["time_expire"], "^[0-9-]{10}T[0-9:]{8}.08:00$")
        self.assertEqual(asked, {
            "time_expire": asked["time_expire"], "appid": APP, "mchid": MERCHANT, "description": "starter", "out_trade_no": order["order_id"] + "_h5",
            "notify_url": "https://club.example/hooks/wechat", "amount": {"total": 6800, "currency": "CNY"}})
        self.assertEqual(self.till.payers[-1], {"payer_client_ip": PAYER, "h5_info": {"type": "Wap"}})
        # The place lives for five minutes: another tap, from another network, makes a new one of the same order.
        answer = self.tap(order, "2001:db8:1:2:3::4")
        self.assertIn("prepay_id=wx0002&", answer.headers["location"])
        self.assertEqual(self.till.payers[-1]["payer_client_ip"], "2001:db8:1:2:3::4")
        self.assertEqual(self.till.wrong, [])
        self.paid_by_phone(order)
        self.nowhere(PAYER, "2001:db8:1:2:3::4")

    def paid_by_phone(self, order):
        answer = self.site.hook("wechat", *wechat_event(self.theirs, "TRANSACTION.SUCCESS", {
            "transaction_id": "4200", "out_trade_no": order["order_id"] + "_h5", "trade_state": "SUCCESS",
            "amount": {"total": 6800, "currency": "CNY"}}))
        self.assertEqual(answer.status, 200, answer)
        until(lambda: self.active(77, "starter"), "the order is paid")
        # There is nothing left to pay: whoever taps once more sees that.
        self.assertNotIn("<form", self.read(order, PHONE).body.decode())
        before = len(self.till.asked)
        answer = self.tap(order)
        self.assertEqual((answer.status, answer.headers["location"]), (303, order["page_url"]))
        self.assertEqual(len(self.till.asked), before)

    def test_wechat_says_no(self):
        order = self.ask(77, "wechat")
        self.till.mood = "refuse"
        answer = self.tap(order)
        self.assertEqual(answer.status, 502, answer)
        self.assertIn("WeChat Pay does not take it right now", answer.body.decode())
        self.assertIn('tap_refused gateway=wechat status=403 error="merchant has no permission"',
                      self.site.usher.log())
        self.till.mood = "drop"
        self.assertEqual(self.tap(order).status, 502)
        self.till.mood = "up"
        self.assertEqual(self.tap(order).status, 303)

    def test_what_is_no_tap(self):
        order = self.ask(77, "alipay")
        path = order["page_url"].removeprefix("https://club.example")
        headers = {"Accept-Language": "en", "User-Agent": PHONE}
        self.assertNotIn("<form", self.read(order, PHONE).body.decode())
        answer = self.tap(order)
        self.assertEqual((answer.status, answer.headers["location"]), (303, order["page_url"]))
        for method, place, status, allow in (
                ("GET", path + "/pay", 405, "POST"), ("POST", path, 405, "GET, HEAD"),
                ("POST", "/o/" + "0" * 32 + "/pay", 404, None), ("POST", "/o/x/pay", 404, None)):
            answer = request(self.site.port, method, place, "" if method == "POST" else None, headers)
            self.assertEqual((answer.status, answer.headers.get("allow")), (status, allow), (method, place))


class Untold(Tap):
    def configured(self, public):
        return super().configured(public) + "reconcile: {every: 1 second, back: 1 day}\n"

    test_a_tap = test_wechat_says_no = test_what_is_no_tap = None

    def test_both_are_asked_about(self):
        order = self.ask(77, "wechat")
        self.assertEqual(self.tap(order).status, 303)
        until(lambda: set(self.till.queried) == {order["order_id"], order["order_id"] + "_h5"}, "both are asked about", 60)
        self.till.paid[order["order_id"] + "_h5"] = "4299"
        until(lambda: self.active(77, "starter"), "it is found and granted", 60)
        self.assertEqual(self.order(order["order_id"])["state"], "paid")
        self.assertEqual(self.till.wrong, [])


if __name__ == "__main__":
    unittest.main()
