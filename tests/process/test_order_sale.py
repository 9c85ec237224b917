"""A sale through orders in small: a hundred people press from /plans to an order and pay it, some after cancelling it, with
Telegram's limits multiplied and enforced; who was charged is in or is on the operator's list."""
import os
import tempfile
import unittest

from contract import ContractSite
from gateways import STRIPE
from helpers import STARTER, Telegram, until
from order_sale import OrderSale

SCALE = 20
BUYERS = range(1001, 1101)


def callback(user, order_id):
    body, headers = STRIPE.paid(user, "starter", 900, payment_id="pi_%d" % user, metadata={},
                                client_reference_id=order_id)
    return "/hooks/stripe", body, headers


class OrderSales(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="usher-sale-")
        self.addCleanup(folder.cleanup)
        record = os.path.join(folder.name, "calls.jsonl")
        self.telegram = Telegram("--per-second", str(30 * SCALE), "--record", record)
        self.addCleanup(self.telegram.close)
        self.site = ContractSite(self.telegram.url(), ("per_second: 30,", "per_second: %d," % (30 * SCALE)))
        self.addCleanup(self.site.close)
        self.telegram.sim("POST", "/users", {"ids": list(BUYERS), "start": False, "language_code": "en",
                                             "behaviour": {"follow": 1, "delay_ms": [0, 300]}})
        self.site.start()
        self.sale = OrderSale(self.telegram.port, self.site.port, record, BUYERS, ("starter", "1 month", "stripe"),
                              callback)

    def test_nobody_is_charged_for_nothing(self):
        self.sale.run(1, 120)
        wanted = self.sale.expected_inside()
        self.assertEqual(len(wanted), 98)
        until(lambda: self.inside() == wanted, "who paid an order is in, and nobody else", 60)
        unsettled = until(lambda: (lambda found: found if len(found) == 2 else None)(
            self.site.api("GET", "payments?state=unsettled").json["payments"]), "both that were cancelled are listed")
        self.assertEqual(self.sale.audit(self.inside(), unsettled), "")
        self.assertEqual(self.sale.refused, {})
        report = self.telegram.report()
        self.assertEqual(report["violations"], [])
        for user in wanted:
            (order,) = self.site.member(user)["orders"]
            self.assertEqual((order["state"], order["payment_id"]), ("paid", "pi_%d" % user))
        # The audit sees what it is for: one who is missing, one too many, a payment that nobody lists.
        some = next(iter(wanted))
        self.assertIn("were charged", self.sale.audit(self.inside() - {some}, unsettled))
        self.assertIn("have not paid", self.sale.audit(self.inside() | {1}, unsettled))
        self.assertIn("are listed", self.sale.audit(self.inside(), unsettled[:1]))

    def inside(self):
        return {member["user_id"] for member in self.telegram.members(STARTER)["members"]}


if __name__ == "__main__":
    unittest.main()
