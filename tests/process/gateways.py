"""The four gateways of the contract, as their own side sees them: what they send and how they sign it.
Each signs raw bytes, so that tests can sign what is no JSON."""
import base64
import hashlib
import hmac
import json
import time


def _hmac(key, *parts):
    return hmac.new(key, b".".join(parts), hashlib.sha256)


class Gateway:
    """name: of the configuration; old: a second secret that is valid as well, or None."""
    timed = True

    def __init__(self, name, secret, old=None):
        self.name = name
        self.secret = secret
        self.old = old

    def event(self, kind, member, plan, amount, payment_id, event_id=None, **more):
        """A body as bytes. kind: paid, refunded, charged_back or unused; amount: in cents; more:
        fields of the payment in place of the usual ones."""
        return json.dumps(self.fields(kind, member, plan, amount, payment_id,
                                      event_id or "evt_%s_%s" % (payment_id, kind), more)).encode()

    def sign(self, body, secret=None, at=None, event_id=None):
        """The headers with which this gateway would send body. event_id: where it stands in a header;
        by default another one for each body."""
        event_id = event_id or "evt_" + hashlib.sha256(body).hexdigest()[:16]
        return self.headers(body, secret or self.secret, b"%d" % (time.time() if at is None else at),
                            event_id)

    def paid(self, member, plan="starter", amount=900, payment_id=None, **more):
        """(body, headers) of a genuine payment."""
        payment_id = payment_id or "%s_%d_%s" % (self.name, member, plan)
        body = self.event("paid", member, plan, amount, payment_id, **more)
        return body, self.sign(body, event_id="evt_%s_paid" % payment_id)

    def refunded(self, payment_id, amount=900):
        body = self.event("refunded", 0, "", amount, payment_id)
        return body, self.sign(body, event_id="evt_%s_refunded" % payment_id)

    def __repr__(self):
        return self.name


class Stripe(Gateway):
    types = {"paid": "checkout.session.completed", "refunded": "charge.refunded",
             "charged_back": "charge.dispute.created", "unused": "customer.created"}

    def fields(self, kind, member, plan, amount, payment_id, event_id, more):
        thing = {"payment_intent": payment_id, "currency": "usd",
                 "metadata": {"telegram_id": str(member), "plan": plan}}
        if kind == "paid":
            thing.update(id="cs_" + payment_id, object="checkout.session", payment_status="paid",
                         amount_total=amount)
        else:
            thing.update(id="ch_" + payment_id, object="charge", amount=amount,
                         amount_refunded=amount, refunded=kind == "refunded", metadata={})
        thing.update(more)
        return {"id": event_id, "object": "event", "type": self.types[kind],
                "created": int(time.time()), "data": {"object": thing}}

    def headers(self, body, secret, stamp, event_id):
        return {"Stripe-Signature": "t=%s,v1=%s" % (
            stamp.decode(), _hmac(secret.encode(), stamp, body).hexdigest())}


class Standard(Gateway):
    types = {"paid": "payment.succeeded", "refunded": "payment.refunded",
             "charged_back": "payment.disputed", "unused": "payment.created"}

    def fields(self, kind, member, plan, amount, payment_id, event_id, more):
        data = {"payment_id": payment_id, "amount": "%d.%02d" % divmod(amount, 100),
                "currency": "USD"}
        if kind == "paid":
            data["metadata"] = {"telegram_id": str(member), "plan": plan}
        data.update(more)
        return {"type": self.types[kind], "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "data": data}

    def headers(self, body, secret, stamp, event_id):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = _hmac(key, event_id.encode(), stamp, body).digest()
        return {"webhook-id": event_id, "webhook-timestamp": stamp.decode(),
                "webhook-signature": "v1," + base64.b64encode(digest).decode()}


class BtcPay(Gateway):
    timed = False
    types = {"paid": "InvoiceSettled", "refunded": "InvoiceRefund",
             "charged_back": "InvoiceInvalid", "unused": "InvoiceCreated"}

    def fields(self, kind, member, plan, amount, payment_id, event_id, more):
        metadata = {"telegram_id": str(member), "plan": plan,
                    "amount": "%d.%02d" % divmod(amount, 100), "currency": "USD"}
        metadata.update(more)
        return {"deliveryId": event_id, "webhookId": "wh", "originalDeliveryId": event_id,
                "isRedelivery": False, "type": self.types[kind], "timestamp": int(time.time()),
                "storeId": "store", "invoiceId": payment_id, "metadata": metadata}

    def headers(self, body, secret, stamp, event_id):
        return {"BTCPay-Sig": "sha256=" + _hmac(secret.encode(), body).hexdigest()}


class Ime(Gateway):
    types = {"paid": "payment.succeeded", "refunded": "payment.refunded",
             "charged_back": "payment.disputed", "unused": "payment.created"}

    def fields(self, kind, member, plan, amount, payment_id, event_id, more):
        data = {"payment_id": payment_id, "amount": "%d.%02d" % divmod(amount, 100),
                "currency": "USD"}
        if kind == "paid":
            data.update(telegram_id=member, plan=plan)
        data.update(more)
        return {"type": self.types[kind], "data": data}

    def headers(self, body, secret, stamp, event_id):
        return {"X-iMe-Signature": "t=%s,v1=%s" % (
                    stamp.decode(), _hmac(secret.encode(), stamp, body).hexdigest()),
                "X-iMe-Event-Id": event_id}


STRIPE = Stripe("stripe", "whsec_stripe-secret-of-the-contract")
BTCPAY = BtcPay("btcpay", "btcpay-secret-of-the-contract")
STANDARD = Standard("standard", "whsec_" + base64.b64encode(b"standard-secret-of-the-contract!").decode())
IME = Ime("ime", "ime-secret-of-the-contract", "ime-old-secret-of-the-contract")
ALL = (STRIPE, BTCPAY, STANDARD, IME)
