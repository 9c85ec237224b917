"""Every gateway that is shipped, on one usher: its callbacks sent by `usher gateway trigger`, those that were
signed without our code, and what usher says of those that it refuses."""
import base64
import contextlib
import glob
import json
import os
import re
import subprocess
import time
import unittest

import helpers
from helpers import CONFIG, Site, Telegram, request, until

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SECRETS = {"CRYPTOPAY_TOKEN": "1:A", "CRYPTOMUS_KEY": "pk", "PADDLE_SECRET": "pdl_1",
           "WECHAT_API_V3_KEY": "0123456789abcdef0123456789abcdef", "LEMONSQUEEZY_SECRET": "lemon",
           "COINBASE_SECRET": "cb", "NOWPAYMENTS_SECRET": "n", "WALLETPAY_KEY": "STORE_KEY",
           "TRIBUTE_KEY": "tk", "EPAY_KEY": "ek", "YOOKASSA_KEY": "live_1",
           "PAYPAL_SECRET": "ps"}
OWN = ("stripe", "btcpay", "standard_webhooks", "ime")  # the configuration of all tests has them
CURRENCIES = {"cryptopay": "USDT", "tribute": "EUR", "epay": "CNY", "wechat": "CNY", "alipay": "CNY"}


def shipped():
    """The gateways of config/gateways/, as they stand there."""
    found = ""
    for path in sorted(glob.glob(os.path.join(ROOT, "config", "gateways", "*.yaml"))):
        if os.path.basename(path)[:-5] not in OWN:
            with open(path, encoding="utf-8") as file:
                found += file.read().split("\ngateways:\n", 1)[1]
    return found


TEMPLATE = CONFIG.replace(
    'prices: [{amount: "29.00", currency: USD, period: 1 month}]',
    'prices: [{amount: "29.00", currency: USD, period: 1 month}, {amount: "29.00", currency: CNY, '
    'period: 1 month}, {amount: "10.00", currency: EUR, period: 1 month}, {amount: "29", currency: '
    'USDT, period: 1 month}]').replace("%(more)s", shipped().replace("%", "%%") + "reconcile: {every: 0 seconds}\n%(more)s")


def vectors(name):
    """(method, target, headers, body) of each callback in the unit tests' file."""
    path = os.path.join(ROOT, "tests", "unit", "gateway", "vectors", name + ".txt")
    with open(path, encoding="utf-8") as file:
        for text in file.read().split("\n%%%\n"):
            head, body = text.split("\n\n", 1)
            lines = head.split("\n")[3:]
            method, target = lines[0].split(" ", 1)
            yield method, target, dict(line.split(": ", 1) for line in lines[1:]), body.rstrip("\n")


class Gateways(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.telegram = Telegram()
        cls.addClassCleanup(cls.telegram.close)
        cls.site = Site(cls.telegram.url(), template=TEMPLATE, env={**os.environ, **SECRETS})
        cls.addClassCleanup(cls.site.close)
        cls.site.start()
        cls.url = "http://127.0.0.1:%d" % cls.site.port

    def gateway(self, *arguments, code=0):
        ran = self.site.cli("gateway", *arguments, "--config", self.site.config)
        self.assertEqual(ran.returncode, code, (arguments, ran.stdout, ran.stderr))
        return ran

    def active(self, telegram_id):
        member = self.site.member(telegram_id) or {"entitlements": []}
        return any(e["plan"] == "core" and e["status"] == "active" for e in member["entitlements"])

    def test_triggers(self):
        """What usher can sign, it sends, takes, and grants; and takes back, where there are refunds."""
        listed = json.loads(self.gateway("list", "--json").stdout)["gateways"]
        self.assertEqual({g["name"] for g in listed if "events" not in g},
                         {"wechat", "alipay", "stars", "yookassa", "paypal"})
        self.assertEqual([g["name"] for g in listed if "callbacks" not in g], ["stars"])
        self.assertIn("paddle", {g["name"] for g in listed})
        payments = {}
        for number, gateway in enumerate(g for g in listed if "events" in g):
            name = gateway["name"]
            member = 5000 + number
            sent = json.loads(self.gateway(
                "trigger", name, "paid", "--member", str(member), "--plan", "core", "--currency",
                CURRENCIES.get(name, "USD"), "--url", self.url, "--json").stdout)
            self.assertEqual((sent["status"], sent["answer"]),
                             (200, "success" if name == "epay" else "ok"), sent)
            until(lambda n=member: self.active(n), "%s grants" % name)
            payments[name] = sent["payment_id"]
        for number, gateway in enumerate(g for g in listed if "events" in g):
            name = gateway["name"]
            if "refunded" not in gateway["events"].split():
                continue
            paid = self.site.member(5000 + number)["payments"][0]["payment_id"]
            self.assertTrue(paid.endswith(payments[name]), (name, paid))
            self.gateway("trigger", name, "refunded", "--payment", paid, "--plan", "core",
                         "--currency", CURRENCIES.get(name, "USD"), "--url", self.url)
            until(lambda n=number: not self.active(5000 + n), "%s takes back" % name)

    def test_by_the_test_clock(self):
        """A rehearsal a week ahead: what trigger sends is dated by usher's clock."""
        template = TEMPLATE.replace("data_dir: ./var\n", "data_dir: ./var\ntest_clock: true\n")
        with contextlib.closing(Site(self.telegram.url(), template=template, env=self.site.env)) as site:
            site.start()
            self.assertEqual(site.api("POST", "clock", {"advance": "7 days"}).status, 200)
            for name in ("stripe", "paddle"):
                ran = site.cli("gateway", "trigger", name, "paid", "--member", "6", "--plan", "core", "--config",
                               site.config, "--url", "http://127.0.0.1:%d" % site.port)
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                self.assertIn("answer: 200 ok", ran.stdout)

    def test_what_cannot_be_sent(self):
        ran = self.gateway("trigger", "wechat", "paid", "--member", "1", "--url", self.url, code=1)
        self.assertIn("signs by RSA, with a key that only the gateway holds", ran.stderr)
        ran = self.gateway("trigger", "cryptopay", "refunded", "--url", self.url, code=1)
        self.assertIn('sends no event "refunded"; it knows paid', ran.stderr)
        ran = self.gateway("trigger", "nobody", "paid", code=1)
        self.assertIn('no gateway "nobody"', ran.stderr)
        ran = self.gateway("trigger", "yookassa", "paid", code=1)
        self.assertIn("gateway yookassa is asked about each payment", ran.stderr)
        self.gateway("trigger", "stripe", code=2)
        self.gateway("test", "stripe", code=2)
        self.gateway("test", "stripe", "--body", "x", "--header", "no colon", code=2)

    def test_forms(self):
        """Alipay posts a form that RSA signs, Easy Pay asks by GET; nobody else may do either."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        (_, _, headers, body), _ = vectors("alipay")
        answer = request(self.site.port, "POST", "/hooks/alipay", body, headers)
        self.assertEqual((answer.status, answer.body), (200, b"success"))
        until(lambda: self.active(77), "Alipay's payment is granted")
        answer = request(self.site.port, "POST", "/hooks/alipay", body.replace("29.00", "9.00"), headers)
        self.assertEqual(answer.status, 401)
        (method, target, _, _), *_ = vectors("epay")
        self.assertEqual(method, "GET")
        answer = request(self.site.port, "GET", target)
        self.assertEqual((answer.status, answer.body), (200, b"success"))
        self.assertEqual(request(self.site.port, "GET", target.replace("money=29", "money=28")).status, 401)
        answer = request(self.site.port, "GET", "/hooks/stripe")
        self.assertEqual((answer.status, answer.headers["allow"]), (405, "POST"))
        self.assertEqual(request(self.site.port, "POST", "/hooks/stripe", "a=1", form).status, 415)
        self.assertEqual(request(self.site.port, "POST", "/api/v1/orders", "a=1", form).status, 415)

    def test_wechat(self):
        """A key of ours in place of WeChat's: what is no news is answered by nothing, and what does not open
        with the APIv3 key is said to be that."""
        key = os.path.join(self.site.folder, "wechat.key")
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout"], check=True, capture_output=True,
                                text=True).stdout
        with open(self.site.config, encoding="utf-8") as file:
            text = file.read()
        at = text.index("-----BEGIN PUBLIC KEY", text.index("kind: wechat_pay"))
        end = text.index("-----END PUBLIC KEY-----", at) + len("-----END PUBLIC KEY-----")
        with contextlib.closing(Site(self.telegram.url(), template="%(more)s", env=self.site.env)) as site:
            site.write_config(more=(text[:at] + public.strip().replace("\n", "\n" + 10 * " ") + text[end:]))
            site.start()
            for kind, answer in (("PAYSCORE.USER_PAID", (200, b"")), ("TRANSACTION.SUCCESS", (400, None))):
                body = json.dumps({"id": "EV", "event_type": kind, "resource": {
                    "ciphertext": "A" * 64, "nonce": "0123456789ab", "associated_data": ""}})
                now = str(int(time.time()))
                signature = subprocess.run(
                    ["openssl", "dgst", "-sha256", "-sign", key], check=True, capture_output=True,
                    input=("%s\nn0\n%s\n" % (now, body)).encode()).stdout
                got = site.hook("wechat", body, {
                    "Wechatpay-Timestamp": now, "Wechatpay-Nonce": "n0",
                    "Wechatpay-Serial": "PUB_KEY_ID_0100000000000000000000000000",
                    "Wechatpay-Signature": base64.b64encode(signature).decode()})
                self.assertEqual(got.status, answer[0], got)
                if answer[1] is not None:
                    self.assertEqual(got.body, answer[1])
            self.assertEqual(got.json["code"], "resource_not_opened")
            until(lambda: "callback_refused gateway=wechat verdict=resource_not_opened" in site.usher.log(),
                  "it is said")

    def test_wechat_is_told_what_is_wrong(self):
        """A callback of 2023: its signature is right and its time is not."""
        method, target, headers, body = next(vectors("wechat_pay"))
        answer = request(self.site.port, method, target, body.encode(),
                         {**headers, "Content-Type": "application/json"})
        self.assertEqual((answer.status, answer.json["code"]), (401, "timestamp_stale"))

    def test_a_genuine_body_counts(self):
        event = helpers.stripe_checkout(88, "core", 2900)
        event["data"]["object"]["metadata"]["deep"] = []
        odd = ("\ufeff" + json.dumps(event)).replace(
            '"deep": []', '"deep": %s%s, "x": "\\ud800\\u0000", "x": 2' % ("[" * 29, "]" * 29))
        body, headers = helpers.stripe_signed(None, body=odd)
        self.assertEqual(self.site.hook("stripe", body.encode(), headers).status, 200)
        until(lambda: self.active(88), "it is granted")

    def test_what_is_refused_has_a_line(self):
        event = helpers.stripe_checkout(89, "core", 2900, payment_id="p" * 300)
        for _ in range(3):
            answer = self.site.stripe(event)
            self.assertEqual((answer.status, answer.json["code"]), (400, "id_unusable"))
        lines = until(lambda: re.findall(r"WARN callback_refused gateway=stripe .*",
                                         self.site.usher.log()), "it is said")
        self.assertEqual(len(lines), 1, lines)  # once an hour, however often it comes
        self.assertRegex(lines[0], 'verdict=id_unusable remedy="settle this payment by hand')
        self.assertNotIn("ppp", lines[0])

    def test_explained(self):
        event = helpers.stripe_checkout(90, "core", 2900)
        body, headers = helpers.stripe_signed(event)
        path = os.path.join(self.site.folder, "body")
        with open(path, "w", encoding="utf-8") as file:
            file.write(body)
        header = "Stripe-Signature: " + headers["Stripe-Signature"]
        said = self.gateway("test", "stripe", "--body", path, "--header", header).stdout
        self.assertIn("ok  grant      the plan core has this price", said)
        self.assertIn('accepted: usher answers 200 "ok"', said)
        self.assertNotIn(helpers.STRIPE_SECRET, said)
        report = json.loads(self.gateway("test", "stripe", "--body", path, "--header", header, "--json").stdout)
        self.assertTrue(report["accepted"])
        self.assertEqual(report["event"], {
            "kind": "paid", "event_id": event["id"], "payment_id": "pi_90_core", "telegram_id": 90,
            "plan": "core", "amount": "29.00", "currency": "USD", "aliases": "cs_pi_90_core",
            "occurred": report["event"]["occurred"]})
        report = json.loads(self.gateway("test", "stripe", "--body", path, "--header", header, "--json",
                                         "--at", "2020-01-01T00:00:00Z", code=1).stdout)
        self.assertEqual((report["verdict"], report["status"]), ("timestamp_ahead", 401))
        with open(path, "a", encoding="utf-8") as file:
            file.write("\n")
        said = self.gateway("test", "stripe", "--body", path, "--header", header, code=1).stdout
        self.assertIn("without the line break at its end the body is what was signed", said)
        said = self.gateway("test", "stripe", "--body", path, code=1).stdout
        self.assertIn("NO  signature  the header stripe-signature is not there", said)
        self.assertIsNone(self.site.member(90))

    def test_check_knows_a_key(self):
        config = os.path.join(self.site.folder, "key.yaml")
        with open(self.site.config, encoding="utf-8") as file:
            text = re.sub(r"(app_id: .*\n +public_keys:\n +- key: )\|\n(?: {10}.*\n)+", r"\1AAAA\n", file.read())
        with open(config, "w", encoding="utf-8") as file:
            file.write(text)
        ran = self.site.cli("check", "--config", config)
        line = next(n for n, line in enumerate(text.split("\n"), 1) if "name: alipay" in line)
        self.assertEqual(ran.returncode, 1)
        self.assertRegex(ran.stderr, r":%d: gateways\[\d+\]: gateway alipay: public_keys: number 1 is no RSA "
                                     r"key" % line)


if __name__ == "__main__":
    unittest.main()
