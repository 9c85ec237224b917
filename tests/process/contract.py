"""The configuration of the contract, word for word (only data_dir, listen and api_url may differ), with
usher and the simulator running on it; and raw HTTP for requests that no library would send."""
import os
import socket
import unittest

import gateways
from helpers import PATIENCE, Site, Telegram, TOKEN, until

ADMIN_TOKEN = "admin-token-of-the-contract"
WEBHOOK_SECRET = "webhook-secret-of-the-contract"

ENVIRONMENT = {
    "USHER_ADMIN_TOKEN": ADMIN_TOKEN,
    "USHER_BOT_TOKEN": TOKEN,
    "USHER_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "STRIPE_SECRET": gateways.STRIPE.secret,
    "BTCPAY_SECRET": gateways.BTCPAY.secret,
    "STANDARD_SECRET": gateways.STANDARD.secret,
    "IME_SECRET": gateways.IME.secret,
    "IME_OLD_SECRET": gateways.IME.old,
}

YAML = """\
data_dir: ./var
http: {listen: "127.0.0.1:8080"}
admin: {token: "${USHER_ADMIN_TOKEN}"}
community: {name: Trade Club, timezone: Asia/Shanghai, language: en}   # en | zh-Hans | zh-Hant
bots:
  - name: main
    token: "${USHER_BOT_TOKEN}"
    api_url: https://api.telegram.org
    updates: polling                # polling | webhook
    webhook_secret: "${USHER_WEBHOOK_SECRET}"    # needed for webhook only
    limits: {per_second: 30, per_chat_per_second: 1, per_group_per_minute: 20}
groups:
  - {name: starter, bot: main, chat_id: -1001000000001, invite: join_request}
  - {name: core, bot: main, chat_id: -1001000000002, invite: one_time_link}
plans:
  - name: starter
    groups: [starter]
    prices: [{amount: "9.00", currency: USD, period: 1 month}, {amount: "79.00", currency: USD, period: 1 year}]
  - name: core
    groups: [starter, core]
    seats: 500
    grace: 3 days
    prices: [{amount: "29.00", currency: USD, period: 1 month}, {amount: "299.00", currency: USD, period: 1 year}]
    welcome: {text: "Welcome, {{name}}! Your {{plan}} runs until {{until}}.", resources: ["https://example.org/starter-pack.pdf"]}
gateways:
  - {name: stripe, kind: stripe, secrets: ["${STRIPE_SECRET}"]}
  - {name: btcpay, kind: btcpay, secrets: ["${BTCPAY_SECRET}"]}
  - {name: standard, kind: standard_webhooks, secrets: ["${STANDARD_SECRET}"]}
  - name: ime                       # any gateway that signs with an HMAC is a profile, not code
    kind: hmac
    secrets: ["${IME_SECRET}", "${IME_OLD_SECRET}"]     # several are valid at once, for rotation
    hmac:
      algorithm: sha256             # sha256 | sha512
      key: utf8                     # utf8 | hex | base64 | whsec | sha256
      signature: {header: X-iMe-Signature, format: kv, field: v1, encoding: hex}   # raw | prefix | kv | list
      timestamp: {field: t, unit: s, tolerance: 5 minutes}
      signed: "{timestamp}.{body}"
      event_id: {header: X-iMe-Event-Id}
      map:
        kind: {pointer: /type, values: {payment.succeeded: paid, payment.refunded: refunded, payment.disputed: charged_back}}
        payment_id: /data/payment_id
        telegram_id: /data/telegram_id
        plan: /data/plan
        amount: /data/amount        # decimal string in the currency's units
        currency: /data/currency
"""


def template(*changes):
    """The configuration for Site, with further (old, new) replacements."""
    text = YAML.replace("%", "%%")
    for old, new in (*changes, ("127.0.0.1:8080", "127.0.0.1:%(http_port)d"),
                     ("https://api.telegram.org", "%(api_url)s")):
        if old not in text:
            raise AssertionError("the configuration has no " + old)
        text = text.replace(old, new)
    return text


class ContractSite(Site):
    def __init__(self, api_url, *changes, http_port=0):
        super().__init__(api_url, http_port=http_port, template=template(*changes),
                         env={**os.environ, **ENVIRONMENT})

    def send(self, gateway, body, headers):
        return self.hook(gateway.name, body, headers)

    def api(self, method, path, body=None, token=ADMIN_TOKEN):
        return super().api(method, path, body, token)

    def applied(self, patience=PATIENCE * 3):
        """How many commands there are; asked when all that is going on has come to rest."""
        last = [None, 0]

        def at_rest():
            status = self.api("GET", "status").json
            busy = status["deliveries"]["pending"] + status["deliveries"]["started"]
            last[1] = last[1] + 1 if status["applied"] == last[0] and busy == 0 else 0
            last[0] = status["applied"]
            return last[1] >= 10
        try:
            until(at_rest, "usher comes to rest", patience)
        except AssertionError as error:
            raise AssertionError("%s; %s %s" % (error, self.api("GET", "status").json, [
                self.api("GET", "queue?state=" + state).json for state in ("pending", "started")])) from error
        return last[0]


class Case(unittest.TestCase):
    """One simulator and one usher for all tests of a class."""
    changes = ()
    simulator = ()

    @classmethod
    def setUpClass(cls):
        cls.telegram = Telegram(*cls.simulator)
        cls.addClassCleanup(cls.telegram.close)
        cls.site = ContractSite(cls.telegram.url(), *cls.changes)
        cls.addClassCleanup(cls.site.close)
        cls.site.start()

    def tearDown(self):
        """Whatever a test did, usher lives."""
        code = self.site.usher.process.poll()
        self.assertIsNone(code, "usher ended with %s:\n%s" % (code, self.site.usher.log()))

    def refused(self, answer, status, what=""):
        """A problem document of RFC 9457 with this status."""
        self.assertEqual(answer.status, status, "%s %r" % (what, answer))
        self.assertEqual(answer.headers["content-type"], "application/problem+json", what)
        self.assertEqual(answer.json["status"], status)
        for field in ("type", "title", "detail"):
            self.assertIsInstance(answer.json[field], str, what)
        return answer


class RawAnswer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


class Raw:
    """A connection on which bytes are sent as they are."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE * 2)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was read; the answer tells

    def answer(self):
        """The next answer, or None when the connection was closed without one."""
        try:
            line = self.file.readline()
            if not line:
                return None
            headers = {}
            while (header := self.file.readline().strip()):
                name, value = header.decode().split(":", 1)
                headers[name.lower()] = value.strip()
            body = self.file.read(int(headers.get("content-length", "0")))
            return RawAnswer(int(line.split()[1]), headers, body)
        except ConnectionResetError:
            return None

    def closed(self):
        """Waits until the peer closes it; raises TimeoutError when it does not."""
        try:
            while self.file.read(4096):
                continue
        except ConnectionResetError:
            pass
        return True

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def raw_request(path, headers, body=b"", method="POST", framing=True):
    """The bytes of a request; headers: a list of (name, value), so that one can come twice."""
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: localhost"]
    lines += ["%s: %s" % header for header in headers]
    if framing:
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunks(body, size):
    """A chunked body."""
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
