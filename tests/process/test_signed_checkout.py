"""Checkouts at gateways that know a merchant by a signature: each attempt is signed anew, by a key that is written
nowhere, and one order is one checkout."""
import base64
import hashlib
import json
import tempfile
import time
import unittest
import urllib.parse
from shutil import rmtree

import signed_gateway
from helpers import ADMIN_TOKEN, CONFIG, Site, Telegram, request, until
from signed_gateway import APP, CRYPTOMUS_KEY, MERCHANT, SERIAL, UUID, Signed, alipay_event
from test_run import Running


def configured(till, public):
    """The usual configuration, with prices in yuan and gateways that sign."""
    indented = public.replace("\n", "\n          ")
    return CONFIG.replace(
        "http: {listen:", "http: {public_url: \"https://club.example\", listen:").replace(
            'prices: [{amount: "9.00", currency: USD, period: 1 month}]',
            'prices: [{amount: "9.00", currency: USD, period: 1 month}, '
            '{amount: "68.00", currency: CNY, period: 1 month}]').replace("%(more)s", """\
  - name: wechat
    kind: wechat_pay
    secrets: [0123456789abcdef0123456789abcdef]
    public_keys:
      - id: PUB_KEY_ID_1
        key: |
          {public}
    create: native
    app_id: {app}
    mch_id: "{merchant}"
    serial: {serial}
    private_key: "${{file:merchant.pem}}"
    api_url: "{url}"
  - name: alipay
    kind: alipay
    app_id: "{app}"
    public_keys:
      - key: |
          {public}
    create: precreate
    private_key: "${{file:merchant.pem}}"
    api_url: "{url}/gateway.do"
  - {{name: cryptomus, kind: cryptomus, secrets: [{cryptomus_key}], create: invoice, merchant: {uuid}, api_url: "{url}"}}
%(more)s""".format(cryptomus_key=CRYPTOMUS_KEY, uuid=UUID,
                   public=indented.strip(), app=APP, merchant=MERCHANT, serial=SERIAL, url=till.url()))


class Signing(Running):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.folder = tempfile.mkdtemp(prefix="usher-test-")
        self.addCleanup(rmtree, self.folder)
        self.key, _ = signed_gateway.make_key(self.folder, "merchant")
        self.theirs, public = signed_gateway.make_key(self.folder, "gateway")
        self.till = Signed(self.folder, self.key)
        self.addCleanup(self.till.close)
        self.site = Site(self.telegram.url(), template=self.configured(public))
        self.addCleanup(self.site.close)
        self.addCleanup(self._show_log)
        with open(self.key, encoding="ascii") as file:
            self.secret = file.read()
        with open(self.site.folder + "/merchant.pem", "w", encoding="ascii") as file:
            file.write(self.secret)
        self.site.start()

    def configured(self, public):
        return configured(self.till, public)

    def ask(self, member, gateway):
        body = {"telegram_id": member, "plan": "starter", "period": "1 month", "gateway": gateway}
        answer = request(self.site.port, "POST", "/api/v1/orders", json.dumps(body),
                         {"Authorization": "Bearer " + ADMIN_TOKEN, "Content-Type": "application/json"})
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def order(self, order_id):
        return self.site.api("GET", "orders/" + order_id).json

    def await_url(self, order_id):
        return until(lambda: self.order(order_id).get("pay_url"), "the order has its pay_url", 60)

    def page(self, order):
        path = order["page_url"].removeprefix("https://club.example")
        return request(self.site.port, "GET", path, headers={"Accept-Language": "en"}).body.decode()

    def one_checkout(self, gateway):
        """Whatever befalls the answers, the gateway has heard of one order, each time signed rightly."""
        self.till.mood = "fail"
        order = self.ask(90, gateway)
        self.assertTrue(order["pay_url_pending"], order)
        self.till.mood = "drop"
        before = len(self.till.asked)
        until(lambda: len(self.till.asked) > before, "it is asked again")
        self.site.kill()
        self.till.mood = "up"
        self.site.start()
        self.await_url(order["order_id"])
        self.assertEqual(self.till.wrong, [])
        self.assertEqual(list(self.till.made), [order["order_id"]])
        self.assertGreater(self.till.made[order["order_id"]], 2)
        self.assertEqual(len({body for _, _, body in self.till.asked}), 1, "all attempts say the same")

    def refused(self, gateway):
        self.till.mood = "refuse"
        order = self.ask(91, gateway)
        shown = self.order(order["order_id"])
        self.assertEqual((shown["state"], shown["checkout"]["state"]), ("open", "refused"))
        self.assertIn("merchant has no permission", shown["checkout"]["error"])
        self.till.mood = "up"
        answer = self.site.api("POST", "queue/release", {"what": "dead", "delivery": shown["checkout"]["delivery"]})
        self.assertEqual(answer.status, 200, answer)
        self.await_url(order["order_id"])

    def nowhere(self, *texts):
        """No key in the journal, nor in the log, and none of these."""
        log = self.site.usher.log()
        self.site.stop()
        dump = self.site.cli("journal", "dump", "--config", self.site.config)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        self.assertIn("started", log)
        for text in (self.secret.split("\n")[1], "WECHATPAY2", signed_gateway.CRYPTOMUS_KEY, *texts):
            self.assertNotIn(text, dump.stdout)
            self.assertNotIn(text, log)
        self.site.start()


class WeChat(Signing):
    def test_a_native_order(self):
        order = self.ask(77, "wechat")
        self.assertEqual(self.till.wrong, [])
        self.assertEqual((order["pay_url"], order["amount"], order["currency"]),
                         ("weixin://wxpay/bizpayurl?pr=0001", "68.00", "CNY"))
        ((path, headers, body),) = self.till.asked
        self.assertEqual((path, headers["content-type"]), ("/v3/pay/transactions/native", "application/json"))
        asked = json.loads(body)
        expires = time.mktime(time.strptime(asked.pop("time_expire"), "%Y-%m-%dT%H:%M:%S+08:00")) - time.timezone
        self.assertLess(abs(expires - 8 * 3600 - time.time() - 7 * 24 * 3600), 300)
        self.assertEqual(asked, {
            "appid": APP, "mchid": MERCHANT, "description": "starter", "out_trade_no": order["order_id"],
            "notify_url": "https://club.example/hooks/wechat", "amount": {"total": 6800, "currency": "CNY"}})
        page = self.page(order)
        self.assertIn('<svg class="qr" role="img" aria-label="Scan with WeChat to pay"', page)
        self.assertNotIn("weixin://", page)
        self.nowhere()

    def test_doubt(self):
        self.one_checkout("wechat")

    def test_a_refusal(self):
        self.refused("wechat")

    def test_by_the_bot(self):
        """Telegram's buttons take no weixin:// address, so they lead to the page with the code."""
        def keys(text):
            return [(m["message_id"], key) for m in self.telegram.messages(88)
                    for row in m.get("reply_markup", {}).get("inline_keyboard", []) for key in row
                    if text in key["text"]]
        self.telegram.user(88, "start", bot="usher_bot")
        until(lambda: self.telegram.messages(88), "the greeting is there")
        self.telegram.user(88, "say", text="/start p_starter")
        message, key = until(lambda: keys("wechat"), "the button of the gateway")[-1]
        self.telegram.user(88, "press", message_id=message, data=key["callback_data"])
        until(lambda: self.till.asked, "the gateway is asked")
        order_id = self.site.member(88)["orders"][0]["order_id"]
        self.await_url(order_id)
        order = self.order(order_id)
        until(lambda: [k for _, k in keys("Pay") if k.get("url") == order["page_url"]][1:],
              "the address at first, and again when the code is there")
        self.assertFalse([k for _, k in keys("Pay") if "weixin" in k.get("url", "")])


class Cryptomus(Signing):
    def test_an_invoice(self):
        order = self.ask(77, "cryptomus")
        self.assertEqual(self.till.wrong, [])
        self.assertEqual(order["pay_url"], "https://pay.cryptomus.com/pay/" + order["order_id"])
        ((path, _, body),) = self.till.asked
        self.assertEqual(path, "/v1/payment")
        self.assertEqual(json.loads(body), {
            "amount": "9.00", "currency": "USD", "order_id": order["order_id"], "lifetime": 43200,
            "url_callback": "https://club.example/hooks/cryptomus"})
        self.assertEqual(self.order(order["order_id"])["checkout"]["id"], "uuid-" + order["order_id"])
        self.nowhere()
        self.pay(order)

    def pay(self, order):
        """As Cryptomus would sign it."""
        event = {"type": "payment", "uuid": "uuid-" + order["order_id"], "order_id": order["order_id"],
                 "amount": "9.00", "currency": "USD", "status": "paid"}
        text = base64.b64encode(json.dumps(event, separators=(",", ":")).encode())
        event["sign"] = hashlib.md5(text + CRYPTOMUS_KEY.encode()).hexdigest()
        answer = self.site.hook("cryptomus", json.dumps(event), {"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer)
        until(lambda: self.active(77, "starter"), "the order is paid by its callback")

    def test_doubt(self):
        self.one_checkout("cryptomus")

    def test_a_refusal(self):
        self.refused("cryptomus")


class Alipay(Signing):
    def test_a_trade_that_is_scanned(self):
        order = self.ask(77, "alipay")
        self.assertEqual(self.till.wrong, [])
        self.assertEqual((order["pay_url"], order["amount"], order["currency"]),
                         ("https://qr.alipay.com/" + order["order_id"], "68.00", "CNY"))
        ((path, headers, body),) = self.till.asked
        self.assertEqual(headers["content-type"], "application/x-www-form-urlencoded;charset=utf-8")
        path, _, query = path.partition("?")
        fields = dict(urllib.parse.parse_qsl(query))
        self.assertEqual(path, "/gateway.do")
        self.assertEqual({name: fields[name] for name in fields if name not in ("sign", "timestamp")}, {
            "app_id": APP, "charset": "utf-8", "format": "JSON", "method": "alipay.trade.precreate",
            "notify_url": "https://club.example/hooks/alipay", "sign_type": "RSA2", "version": "1.0"})
        trade = json.loads(dict(urllib.parse.parse_qsl(body))["biz_content"])
        self.assertRegex(trade.pop("time_expire"), "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}$")
        self.assertEqual(trade, {"out_trade_no": order["order_id"], "total_amount": "68.00", "subject": "starter"})
        page = self.page(order)
        self.assertIn('<svg class="qr" role="img" aria-label="Scan to pay with your phone"', page)
        self.assertIn('href="%s"' % order["pay_url"], page)
        self.nowhere()
        self.pay(order)

    def pay(self, order):
        """As Alipay would sign it."""
        answer = self.site.hook("alipay", *alipay_event(
            self.theirs, trade_status="TRADE_SUCCESS", trade_no="2026" + order["order_id"],
            out_trade_no=order["order_id"], total_amount="68.00"))
        self.assertEqual((answer.status, answer.body), (200, b"success"))
        until(lambda: self.active(77, "starter"), "the order is paid by its callback")

    def test_doubt(self):
        self.one_checkout("alipay")

    def test_a_refusal(self):
        self.refused("alipay")


if __name__ == "__main__":
    unittest.main()
