"""PayPal's side: tokens, orders, captures, refunds, and whether it has sent a callback."""
import base64
import json
import re
import socket
import time

from fake_server import FakeServer

CLIENT, SECRET, WEBHOOK = "client_1", "paypal_secret_nobody_may_read", "WEBHOOK-1"
BASIC = "Basic " + base64.b64encode(("%s:%s" % (CLIENT, SECRET)).encode()).decode()


class PayPal(FakeServer):
    """Listens on a port of its own. moods: of each path (token, verify, order, capture, refund, order_shown, transactions) up,
    hang, fail (500, and it is done all the same), drop, refuse (403), decline (422)."""

    methods = ("GET", "POST")

    def __init__(self):
        super().__init__()
        self.moods = {}
        self.asked = []  # (path, headers, body as bytes)
        self.tokens = set()
        self.orders = {}  # by PayPal-Request-Id, as the two below
        self.captures = {}
        self.refunds = {}
        self.approved = set()  # ids of orders that their payers have agreed to
        self.listed = []  # rows of the list of transactions
        self.sent = {}  # callbacks as bytes, by the transmission's id

    def close(self):
        self.moods = {}
        super().close()

    def paths(self, end):
        with self.lock:
            return [path for path, _, _ in self.asked if path.endswith(end)]

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        end = handler.path.partition("?")[0].rsplit("/", 1)[1]
        what = {"verify-webhook-signature": "verify", "orders": "order"}.get(end, end)
        if handler.command == "GET" and what != "transactions":
            what = "order_shown"
        mood = self.moods.get(what, "up")
        with self.lock:
            self.asked.append((handler.path, headers, body))
            known = headers.get("authorization") in {"Bearer " + token for token in self.tokens}
            status, answer = 401, {"error": "invalid_token", "error_description": "Token signature verification failed"}
            if what == "token" and mood == "up" and headers.get("authorization") == BASIC:
                status, answer = 200, self.issue()
            elif what == "token":
                answer = {"error": "invalid_client", "error_description": "Client Authentication failed"}
            elif known and mood in ("up", "fail", "drop", "decline"):
                status, answer = getattr(self, what)(handler.path, headers, body, mood)
        if mood == "hang":
            while self.moods.get(what) == "hang":
                time.sleep(0.05)
        if mood in ("hang", "drop"):
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if mood == "fail":
            status, answer = 500, {"name": "INTERNAL_SERVER_ERROR", "message": "out of order"}
        if mood == "refuse" and what != "token":
            status, answer = 403, {"name": "NOT_AUTHORIZED", "message": "not enabled for this account"}
        text = json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def issue(self):
        token = "A21AA-%d" % len(self.asked)
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 32400}

    def verify(self, _path, _headers, body, _mood):
        """The event must be in it byte for byte."""
        asked = json.loads(body)
        event = re.search(rb'"webhook_event":(.*)}$', body, re.DOTALL).group(1)
        good = (asked["webhook_id"] == WEBHOOK and asked["auth_algo"] == "SHA256withRSA" and
                asked["transmission_sig"] == "sig-" + asked["transmission_id"] and
                self.sent.get(asked["transmission_id"]) == event)
        return 200, {"verification_status": "SUCCESS" if good else "FAILURE"}

    def order(self, _path, headers, body, _mood):
        made = self.orders.setdefault(headers["paypal-request-id"], {
            "id": "5O%d" % (len(self.orders) + 1), "unit": json.loads(body)["purchase_units"][0], "body": body})
        return 201, {"id": made["id"], "status": "PAYER_ACTION_REQUIRED", "links": [
            {"href": self.url() + "/v2/checkout/orders/" + made["id"], "rel": "self", "method": "GET"},
            {"href": "https://pay.example/checkoutnow?token=" + made["id"], "rel": "payer-action", "method": "GET"}]}

    def capture(self, path, headers, _body, mood):
        order_id = path.split("/")[-2]
        if mood == "decline":
            return 422, {"name": "UNPROCESSABLE_ENTITY", "message": "it could not be performed",
                         "details": [{"issue": "INSTRUMENT_DECLINED", "description": "The instrument was declined."}]}
        key = headers["paypal-request-id"]
        if key not in self.captures and order_id in [capture["order"] for capture in self.captures.values()]:
            return 422, {"details": [{"issue": "ORDER_ALREADY_CAPTURED", "description": "It was captured."}]}
        unit = self.unit(order_id)
        capture = self.captures.setdefault(key, {"id": "C" + order_id, "order": order_id, "amount": unit["amount"],
                                                 "custom_id": unit["custom_id"]})
        return 201, {"id": order_id, "status": "COMPLETED", "purchase_units": [{"payments": {"captures": [
            {"id": capture["id"], "status": "COMPLETED", "amount": capture["amount"],
             "custom_id": capture["custom_id"]}]}}]}

    def unit(self, order_id):
        return next(order["unit"] for order in self.orders.values() if order["id"] == order_id)

    def show(self, order_id):
        captures = [{**capture, "status": "COMPLETED"} for capture in self.captures.values()
                    if capture["order"] == order_id]
        status = "COMPLETED" if captures else "APPROVED" if order_id in self.approved else "PAYER_ACTION_REQUIRED"
        return {"id": order_id, "intent": "CAPTURE", "status": status,
                "purchase_units": [{**self.unit(order_id), "payments": {"captures": captures}}]}

    def order_shown(self, path, _headers, _body, _mood):
        return 200, self.show(path.rsplit("/", 1)[1])

    def transactions(self, path, _headers, _body, _mood):
        """Two rows to a page, whatever was asked for."""
        page = int(re.search(r"[?&]page=(\d+)", path).group(1))
        rows = self.listed[2 * page - 2:2 * page]
        return 200, {"transaction_details": [{"transaction_info": row} for row in rows], "page": page,
                     "total_items": len(self.listed), "total_pages": (len(self.listed) + 1) // 2}

    def refund(self, path, headers, body, _mood):
        refund = self.refunds.setdefault(headers["paypal-request-id"], {
            "id": "R%d" % (len(self.refunds) + 1), "capture": path.split("/")[-2], "asked": json.loads(body)})
        if path.startswith("/v1/payments/sale/"):
            return 201, {"id": refund["id"], "state": "completed", "sale_id": refund["capture"]}
        return 201, {"id": refund["id"], "status": "COMPLETED"}

    # Callbacks.

    def event(self, kind, resource, number):
        """One that PayPal has sent, with its headers."""
        body = json.dumps({"id": "WH-%s" % number, "event_version": "1.0", "event_type": kind,
                           "create_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                           "resource": resource}, indent=1).encode()
        self.sent["t-%s" % number] = body
        return body, self.headers(number)

    @staticmethod
    def headers(number):
        return {"PAYPAL-AUTH-ALGO": "SHA256withRSA", "PAYPAL-CERT-URL": "https://api.paypal.com/v1/certs/CERT-1",
                "PAYPAL-TRANSMISSION-ID": "t-%s" % number, "PAYPAL-TRANSMISSION-SIG": "sig-t-%s" % number,
                "PAYPAL-TRANSMISSION-TIME": "2026-01-03T03:04:05Z", "Content-Type": "application/json"}
