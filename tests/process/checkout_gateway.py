"""A gateway's side of checkouts: it makes one for a key, and behaves as it is told."""
import json
import socket
import time
import urllib.parse

from fake_server import FakeServer


class Maker(FakeServer):
    """Listens on a port of its own. mood: up, hang, fail (made, then 500), drop (made, then the connection is
    lost), refuse (402). made: what was made, by its Idempotency-Key; ended, refunded: the same of
    what was ended and given back. complete: the ids of what was paid, which end no more."""

    def __init__(self):
        super().__init__()
        self.mood = "up"
        self.made = {}
        self.ended = {}
        self.refunded = {}
        self.complete = set()
        self.asked = []  # (path, headers, body) of every request

    def close(self):
        self.mood = "up"
        super().close()

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self.lock:
            mood = self.mood
            self.asked.append((handler.path, headers, body))
            key = headers.get("idempotency-key")
            ends = self.ends(handler.path, body)
            if ends in self.complete and mood == "up":
                mood = "complete"
            elif mood in ("up", "fail", "drop") and ends is not None:
                self.ended[key] = ends
            elif mood in ("up", "fail", "drop") and handler.path == "/v1/refunds":
                made = self.refunded.setdefault(key, {"id": "re_%d" % (len(self.refunded) + 1), "body": body})
            elif mood in ("up", "fail", "drop"):
                made = self.made.setdefault(key, {"id": "made_%d" % (len(self.made) + 1), "body": body})
        if mood == "hang":
            while self.mood == "hang":
                time.sleep(0.05)
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif mood == "drop":
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif mood == "fail":
            self.answer(handler, 500, {"error": {"message": "out of order"}})
        elif mood == "refuse":
            self.answer(handler, 402, {"error": {"message": "your account is not active"}})
        elif mood == "complete":
            self.answer(handler, 400, {"error": {"message": "its status is complete"}})
        elif ends is not None:
            self.answer(handler, 200, {"id": ends, "status": "expired"})
        else:
            self.answer(handler, 200, self.document(handler.path, made["id"]))

    def ends(self, path, body):
        """The id of what a request ends, None when it ends nothing."""
        if path == "/api/deleteInvoice":
            return "made_%d" % json.loads(body)["invoice_id"]
        return path.split("/")[-2] if path.endswith("/expire") else None

    def document(self, path, number):
        url = "https://pay.example/%s?%s" % (number, "x" * 300)
        if path == "/api/createInvoice":
            return {"ok": True, "result": {"invoice_id": int(number[5:]), "bot_invoice_url": url}}
        if path == "/v1/refunds":
            return {"id": number, "object": "refund", "status": "succeeded"}
        return {"id": number, "url": url, "checkoutLink": url}

    def answer(self, handler, status, document):
        text = json.dumps(document).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def refunds(self):
        """What went back, as fields of a form."""
        return [dict(urllib.parse.parse_qsl(made["body"], strict_parsing=True)) for made in self.refunded.values()]

    def forms(self):
        """What was made, as fields of a form, by the order's id."""
        forms = {}
        for made in self.made.values():
            fields = dict(urllib.parse.parse_qsl(made["body"], strict_parsing=True))
            forms.setdefault(fields["client_reference_id"], []).append(fields)
        return forms
