"""A gateway that is asked what it knows: it answers from a table, and behaves as it is told."""
import base64
import json
import socket
import time
import urllib.parse

from fake_server import FakeServer

SHOP, KEY = "100500", "live_key_nobody_may_read"
BASIC = "Basic " + base64.b64encode(("%s:%s" % (SHOP, KEY)).encode()).decode()


class Asked(FakeServer):
    """Listens on a port of its own. things: the document of each path, without its query; one that is a
    function is called with the query. mood: up, hang, fail (500), drop, refuse (401), garble.
    refused: paths that the keys may not read (403)."""

    methods = ("GET", "POST")

    def __init__(self):
        super().__init__()
        self.mood = "up"
        self.things = {}
        self.refused = set()
        self.asked = []  # (method, path with its query, headers, body)
        self.under_way = self.most_under_way = 0

    def close(self):
        self.mood = "up"
        super().close()

    def paths(self, start=""):
        with self.lock:
            return [path for _, path, _, _ in self.asked if path.startswith(start)]

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in handler.headers.items()}
        path, _, query = handler.path.partition("?")
        with self.lock:
            mood = self.mood
            self.asked.append((handler.command, handler.path, headers, body))
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            self.behave(handler, mood, path, urllib.parse.parse_qs(query))
        finally:
            with self.lock:
                self.under_way -= 1

    def behave(self, handler, mood, path, query):
        if mood == "hang":
            while self.mood == "hang":
                time.sleep(0.05)
        if mood in ("hang", "drop"):
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif mood == "fail":
            self.answer(handler, 500, {"type": "error", "code": "internal_server_error"})
        elif mood == "refuse":
            self.answer(handler, 401, {"type": "error", "code": "invalid_credentials"})
        elif mood == "garble":
            self.answer(handler, 200, "<html>maintenance</html>")
        elif path in self.refused:
            self.answer(handler, 403, {"error": {"message": "the key does not have the required permissions"}})
        elif path not in self.things:
            self.answer(handler, 404, {"type": "error", "code": "not_found"})
        else:
            thing = self.things[path]
            self.answer(handler, 200, thing(query) if callable(thing) else thing)

    def answer(self, handler, status, document):
        text = (document if isinstance(document, str) else json.dumps(document)).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)


def yookassa_payment(payment_id, metadata, value="9.00", status="succeeded", currency="USD", **more):
    return {"id": payment_id, "status": status, "paid": status == "succeeded",
            "amount": {"value": value, "currency": currency}, "created_at": "2026-01-02T03:04:05.678Z",
            "captured_at": "2026-01-02T03:05:05.678Z", "metadata": metadata, **more}


def btcpay_invoice(invoice_id, metadata, status="Settled", more="None", amount="9.00", **members):
    return {"id": invoice_id, "status": status, "additionalStatus": more, "amount": amount, "currency": "USD",
            "metadata": metadata, **members}


def btcpay_method(paid, rate="30000.00", status="Settled"):
    return {"rate": rate, "paymentMethodPaid": paid, "payments": [{"value": paid, "status": status}]}
