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

MERCHANT, APP, SERIAL = "1900000001", "wx0123456789abcdef", "5157F09EFDC096DE15EBE81A47057A72"
UUID, CRYPTOMUS_KEY = "8b03432e-385b-4670-8d06-064591096795", "cryptomus_key_nobody_may_read"


def make_key(folder, name):
    """(path of a private key, its public half)"""
    path = os.path.join(folder, name + ".pem")
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "rsa", "-in", path, "-pubout"], check=True, capture_output=True, text=True)
    return path, public.stdout


class Signed(FakeServer):
    """Listens on a port of its own. key: the merchant's. mood: up, fail (made, then 500), drop (made, then the
    connection is lost), refuse. wrong: what was wrong with the signature of a request. made: by the order's id,
    how often it was asked for; the address is another one each time, as WeChat's is."""

    def __init__(self, folder, key):
        super().__init__()
        self.folder, self.key = folder, key
        self.public = os.path.join(folder, "merchant-public.pem")
        subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", self.public], check=True,
                       capture_output=True)
        self.mood = "up"
        self.asked, self.wrong, self.made, self.signed = [], [], {}, []

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self.lock:
            mood = self.mood
            verify, make = (self.wechat_signed, self.wechat_made) if handler.path.startswith("/v3/") else \
                (self.cryptomus_signed, self.cryptomus_made) if handler.path == "/v1/payment" else \
                (self.alipay_signed, self.alipay_made)
            self.asked.append((handler.path, headers, body.decode()))
            why = verify(handler.path, headers, body)
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
        return 200, {"alipay_trade_precreate_response": {
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

    def wechat_signed(self, path, headers, body):
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        said = dict(re.findall('([a-z_]+)="([^"]*)"', rest))
        if scheme != "WECHATPAY2-SHA256-RSA2048" or headers.get("accept") != "application/json":
            return "scheme %s, accept %s" % (scheme, headers.get("accept"))
        if (said["mchid"], said["serial_no"]) != (MERCHANT, SERIAL) or abs(int(said["timestamp"]) - time.time()) > 300:
            return "not of this merchant, or too old: %s" % said
        if said["nonce_str"] in self.signed:
            return "played twice"
        self.signed.append(said["nonce_str"])
        text = "POST\n%s\n%s\n%s\n" % (path, said["timestamp"], said["nonce_str"])
        return "" if self.verified(text.encode() + body + b"\n", said["signature"]) else "another signature"

    def wechat_made(self, _, body):
        number = self.count(json.loads(body)["out_trade_no"])
        return {"code_url": "weixin://wxpay/bizpayurl?pr=%04d" % number}

    def alipay_signed(self, path, _, body):
        pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query, strict_parsing=True) + \
            urllib.parse.parse_qsl(body.decode(), strict_parsing=True)
        fields = dict(pairs)
        at = time.time() + 8 * 3600 - time.mktime(time.strptime(fields["timestamp"], "%Y-%m-%d %H:%M:%S")) + time.timezone
        if len(fields) != len(pairs) or abs(at) > 900 or fields["sign_type"] != "RSA2":
            return "pairs, or their time, are wrong: %s" % fields
        signature = fields.pop("sign")
        text = "&".join("%s=%s" % pair for pair in sorted(fields.items()))
        return "" if self.verified(text.encode(), signature) else "another signature of " + text

    def alipay_made(self, _, body):
        number = json.loads(dict(urllib.parse.parse_qsl(body.decode()))["biz_content"])["out_trade_no"]
        self.count(number)
        return {"alipay_trade_precreate_response": {"code": "10000", "msg": "Success", "out_trade_no": number,
                                                    "qr_code": "https://qr.alipay.com/" + number}, "sign": "x"}

    def cryptomus_signed(self, _, headers, body):
        sign = hashlib.md5(base64.b64encode(body) + CRYPTOMUS_KEY.encode()).hexdigest()
        return "" if (headers.get("merchant"), headers.get("sign")) == (UUID, sign) else "another signature"

    def cryptomus_made(self, _, body):
        number = json.loads(body)["order_id"]
        self.count(number)
        return {"state": 0, "result": {"uuid": "uuid-" + number, "order_id": number,
                                       "url": "https://pay.cryptomus.com/pay/" + number}}
