"""What goes out first, and whom a lane that is dead holds up."""
import time
import unittest

from contract import Case
from gateways import STRIPE
from helpers import until

STRANGERS = 3000
BUYER = 900001


class Order(Case):
    def test_a_buyer_does_not_wait_behind_strangers(self):
        """3 000 strangers write /start, then one of them pays: 100 s of greetings lie before the letter."""
        strangers = list(range(1000, 1000 + STRANGERS))
        self.telegram.sim("POST", "/users", {"ids": strangers + [BUYER], "behaviour": {}})
        until(lambda: self.site.metric('usher_deliveries{state="pending"}') > STRANGERS / 2,
              "the strangers wait for their greetings")
        answer = self.site.send(STRIPE, *STRIPE.paid(BUYER, "core", 2900, payment_id="pi_buyer"))
        paid_at = time.monotonic()
        self.assertEqual(answer.status, 200, answer)
        until(lambda: any("pi_buyer" in m["text"] for m in self.telegram.messages(BUYER)),
              "the buyer's letter", 120)
        self.assertLess(time.monotonic() - paid_at, 3)
        self.assertGreater(self.site.metric('usher_deliveries{state="pending"}'), STRANGERS / 2)
        until(lambda: self.site.metric('usher_deliveries{state="done"}') > STRANGERS, "all are served", 180)
        for stranger in strangers:
            self.assertEqual(len(self.telegram.messages(stranger)), 1)
        self.assertEqual(self.telegram.report()["violations"], [])


if __name__ == "__main__":
    unittest.main()
