"""A gateway that knows its merchant by a signature over each request: it verifies by OpenSSL, with the public half
of the merchant's key, and behaves as it is told."""
import base64
import hashlib
import json
import os
import re
import socket
import subprocess
import time
import urllib.parse

from fake_server import FakeServer

API_KEY = "0123456789abcdef0123456789abcdef"  # WeChat's APIv3 key
MERCHANT, APP, SERIAL = "1900000001", "wx0123456789abcdef", "5157F09EFDC096DE15EBE81A47057A72"
UUID, CRYPTOMUS_KEY = "8b03432e-385b-4670-8d06-064591096795", "cryptomus_key_nobody_may_read"


def make_key(folder, name):
    """(path of a private key, its public half)"""
    path = os.path.join(folder, name + ".pem")
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "rsa", "-in", path, "-pubout"], check=True, capture_output=True, text=True)
    return path, public.stdout


def aes(name, key, data, *more):
    return subprocess.run(["openssl", "enc", "-" + name, "-K", key.hex(), "-nosalt", "-nopad", *more], input=data,
                          check=True, capture_output=True).stdout


def seal(plain, nonce=b"0123456789ab", associated=b"refund", key=API_KEY.encode()):
    """AES-256-GCM (NIST SP 800-38D) in base64, by a block cipher that knows no GCM."""
    subkey = int.from_bytes(aes("aes-256-ecb", key, bytes(16)), "big")

    def times(x):
        product, y = 0, subkey
        for bit in range(127, -1, -1):
            product ^= y * (x >> bit & 1)
            y = y >> 1 ^ (0xe1 << 120) * (y & 1)
        return product
    sealed = aes("aes-256-ctr", key, plain, "-iv", (nonce + b"\0\0\0\2").hex())
    tag = 0
    for part in (associated, sealed):
        for at in range(0, len(part), 16):
            tag = times(tag ^ int.from_bytes(part[at:at + 16].ljust(16, b"\0"), "big"))
    tag = times(tag ^ (len(associated) * 8 << 64 | len(sealed) * 8))
    mask = aes("aes-256-ecb", key, nonce + b"\0\0\0\1")
    return base64.b64encode(sealed + (tag ^ int.from_bytes(mask, "big")).to_bytes(16, "big")).decode()


def rsa_signed(key, text):
    """key: the path of a private one."""
    return base64.b64encode(subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text, check=True,
                                           capture_output=True).stdout).decode()


def wechat_event(key, kind, resource):
    """A callback as WeChat Pay sends it, signed by the key at this path: (body, headers)."""
    sealed = {"algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab", "associated_data": "refund",
              "ciphertext": seal(json.dumps(resource).encode())}
    body = json.dumps({"id": "EV-%s-%d" % (kind, time.monotonic_ns()), "event_type": kind, "resource": sealed})
    at = str(int(time.time()))
    return body, {"Wechatpay-Serial": "PUB_KEY_ID_1", "Wechatpay-Timestamp": at, "Wechatpay-Nonce": "n1",
                  "Wechatpay-Signature": rsa_signed(key, ("%s\nn1\n%s\n" % (at, body)).encode())}


def alipay_event(key, **event):
    """The same of Alipay, a form."""
    event = {"app_id": APP, "notify_id": "n%d" % time.monotonic_ns(), **event}
    text = "&".join("%s=%s" % pair for pair in sorted(event.items()))
    return urllib.parse.urlencode({**event, "sign_type": "RSA2", "sign": rsa_signed(key, text.encode())}), \
        {"Content-Type": "application/x-www-form-urlencoded"}


class Signed(FakeServer):
    """Listens on a port of its own. key: the merchant's. mood: up, fail (made, then 500; Alipay has a code for it),
    drop (made, then the connection is lost), refuse. wrong: what was wrong with the signature of a request. made: by
    the order's id, how often it was asked for; the address is another one each time, as WeChat's is. refunded: by
    our number of it, the answer; state: of WeChat's next ones; still: Alipay's next one moves no money yet. paid: the
    gateway's number of each trade that is, by the order's id; queried: of which orders it was asked that. orders: what
    was asked for by each number at WeChat, which must be the same each time but for who pays: payers."""

    methods = ("GET", "POST")

    def __init__(self, folder, key):
        super().__init__()
        self.folder, self.key = folder, key
        self.public = os.path.join(folder, "merchant-public.pem")
        subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", self.public], check=True,
                       capture_output=True)
        self.mood = "up"
        self.asked, self.wrong, self.made, self.signed = [], [], {}, []
        self.refunded, self.state, self.still = {}, "PROCESSING", False
        self.paid, self.queried = {}, []
        self.orders, self.payers = {}, []

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self.lock:
            mood = self.mood
            verify, make = (self.wechat_signed, self.wechat_made) if handler.path.startswith("/v3/") else \
                (self.cryptomus_signed, self.cryptomus_made) if handler.path == "/v1/payment" else \
                (self.alipay_signed, self.alipay_made)
            self.asked.append((handler.path, headers, body.decode()))
            why = verify(handler.path, headers, body, handler.command)
            if why:
                self.wrong.append(why)
                self.answer(handler, 401, {"code": "SIGN_ERROR", "message": why})
                return
            if mood == "refuse":
                self.answer(handler, *self.refusal(handler.path))
                return
            document = make(handler.path, body)
        if mood == "drop":
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif mood == "fail" and "alipay.trade.refund" in handler.path:
            self.answer(handler, 200, {"alipay_trade_refund_response": {
                "code": "40004", "msg": "Business Failed", "sub_code": "ACQ.SYSTEM_ERROR", "sub_msg": "busy"}})
        elif mood == "fail":
            self.answer(handler, 500, {"code": "SYSTEM_ERROR", "message": "system busy"})
        else:
            self.answer(handler, 200, document)

    def answer(self, handler, status, document):
        text = json.dumps(document).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def refusal(self, path):
        if path.startswith("/v3/"):
            return 403, {"code": "NO_AUTH", "message": "merchant has no permission"}
        if path == "/v1/payment":
            return 422, {"state": 1, "message": "merchant has no permission"}
        what = dict(urllib.parse.parse_qsl(path.partition("?")[2]))["method"].replace(".", "_")
        return 200, {what + "_response": {
            "code": "40004", "msg": "Business Failed", "sub_code": "ACQ.ACCESS_FORBIDDEN",
            "sub_msg": "merchant has no permission"}, "sign": "x"}

    def count(self, order_id):
        self.made[order_id] = self.made.get(order_id, 0) + 1
        return self.made[order_id]

    def verified(self, text, signature):
        path = os.path.join(self.folder, "signature")
        with open(path, "wb") as file:
            file.write(base64.b64decode(signature, validate=True))
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.public, "-signature", path],
                              input=text, capture_output=True, check=False).returncode == 0

    def wechat_signed(self, path, headers, body, method):
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        said = dict(re.findall('([a-z_]+)="([^"]*)"', rest))
        if scheme != "WECHATPAY2-SHA256-RSA2048" or headers.get("accept") != "application/json":
            return "scheme %s, accept %s" % (scheme, headers.get("accept"))
        if (said["mchid"], said["serial_no"]) != (MERCHANT, SERIAL) or abs(int(said["timestamp"]) - time.time()) > 300:
            return "not of this merchant, or too old: %s" % said
        if said["nonce_str"] in self.signed:
            return "played twice"
        self.signed.append(said["nonce_str"])
        text = "%s\n%s\n%s\n%s\n" % (method, path, said["timestamp"], said["nonce_str"])
        return "" if self.verified(text.encode() + body + b"\n", said["signature"]) else "another signature"

    def wechat_made(self, path, body):
        if path == "/v3/refund/domestic/refunds":
            return self.wechat_refund(json.loads(body))
        if path.endswith("?mchid=" + MERCHANT):
            return self.wechat_trade(path)
        asked = json.loads(body)
        self.payers.append(asked.pop("scene_info", {}))
        if self.orders.setdefault(asked["out_trade_no"], (path, asked)) != (path, asked):
            self.wrong.append("another order by the same number: %s" % asked)
        number = self.count(asked["out_trade_no"])
        if path == "/v3/pay/transactions/h5":
            return {"h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx%04d" % number}
        return {"code_url": "weixin://wxpay/bizpayurl?pr=%04d" % number}

    def wechat_trade(self, path):
        number = urllib.parse.urlsplit(path).path.rpartition("/")[2]
        self.queried.append(number)
        if number not in self.paid:
            return {"out_trade_no": number, "trade_state": "NOTPAY"}
        return {"out_trade_no": number, "trade_state": "SUCCESS", "transaction_id": self.paid[number],
                "amount": {"total": 6800, "currency": "CNY"}}

    def wechat_refund(self, asked):
        number = asked["out_refund_no"]
        return self.refunded.setdefault(number, {
            "refund_id": "5000%d" % (len(self.refunded) + 1), "out_refund_no": number, "status": self.state,
            "transaction_id": asked["transaction_id"], "asked": asked})

    def alipay_signed(self, path, _, body, __):
        pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query, strict_parsing=True) + \
            urllib.parse.parse_qsl(body.decode(), strict_parsing=True)
        fields = dict(pairs)
        at = time.time() + 8 * 3600 - time.mktime(time.strptime(fields["timestamp"], "%Y-%m-%d %H:%M:%S")) + time.timezone
        if len(fields) != len(pairs) or abs(at) > 900 or fields["sign_type"] != "RSA2":
            return "pairs, or their time, are wrong: %s" % fields
        signature = fields.pop("sign")
        text = "&".join("%s=%s" % pair for pair in sorted(fields.items()))
        return "" if self.verified(text.encode(), signature) else "another signature of " + text

    def alipay_made(self, path, body):
        asked = json.loads(dict(urllib.parse.parse_qsl(body.decode()))["biz_content"])
        method = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))["method"]
        if method == "alipay.trade.refund":
            return self.alipay_refund(asked)
        number = asked["out_trade_no"]
        if method == "alipay.trade.query":
            return self.alipay_trade(number)
        self.count(number)
        return {"alipay_trade_precreate_response": {"code": "10000", "msg": "Success", "out_trade_no": number,
                                                    "qr_code": "https://qr.alipay.com/" + number}, "sign": "x"}

    def alipay_trade(self, number):
        self.queried.append(number)
        if number not in self.paid:
            return {"alipay_trade_query_response": {"code": "40004", "msg": "Business Failed",
                                                    "sub_code": "ACQ.TRADE_NOT_EXIST"}, "sign": "x"}
        return {"alipay_trade_query_response": {
            "code": "10000", "msg": "Success", "trade_no": self.paid[number], "out_trade_no": number,
            "trade_status": "TRADE_SUCCESS", "total_amount": "68.00"}, "sign": "x"}

    def alipay_refund(self, asked):
        """Money moves at the first call for a number, or at none when it is still to move."""
        moved = asked["out_request_no"] not in self.refunded and not self.still
        self.refunded.setdefault(asked["out_request_no"], asked)
        back = 0 if self.still else sum(float(refund["refund_amount"]) for refund in self.refunded.values()
                                        if refund["trade_no"] == asked["trade_no"])
        return {"alipay_trade_refund_response": {
            "code": "10000", "msg": "Success", "trade_no": asked["trade_no"], "fund_change": "NY"[moved],
            "refund_fee": "%.2f" % back}, "sign": "x"}

    def cryptomus_signed(self, _, headers, body, __):
        sign = hashlib.md5(base64.b64encode(body) + CRYPTOMUS_KEY.encode()).hexdigest()
        return "" if (headers.get("merchant"), headers.get("sign")) == (UUID, sign) else "another signature"

    def cryptomus_made(self, _, body):
        number = json.loads(body)["order_id"]
        self.count(number)
        return {"state": 0, "result": {"uuid": "uuid-" + number, "order_id": number,
                                       "url": "https://pay.cryptomus.com/pay/" + number}}
