"""No room on the disk: what cannot be made durable is not acknowledged, and all goes on when there is room."""
import resource
import unittest

import helpers
from helpers import Site, Telegram, until


class Full(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url())
        self.addCleanup(self.site.close)
        self.site.start()

    def limit_files(self, size):
        """Writes beyond size fail from now on, as on a full disk."""
        resource.prlimit(self.site.usher.process.pid, resource.RLIMIT_FSIZE,
                         (size, resource.RLIM_INFINITY))

    def test_full_and_free_again(self):
        self.telegram.user(42, "start", bot="usher_bot")
        self.assertEqual(self.site.pay(1).status, 200)
        self.limit_files(4096)
        for _ in range(3):
            answer = self.site.pay(2)
            self.assertEqual(answer.status, 503)
            self.assertGreater(int(answer.headers["retry-after"]), 0)
            self.assertIn("problem+json", answer.headers["content-type"])
        until(lambda: self.site.get("/readyz").status == 503, "not ready")
        self.assertEqual(self.site.get("/healthz").status, 200)
        order = self.site.api("POST", "orders", {"telegram_id": 5, "plan": "core",
                                                 "amount": "29.00", "currency": "USD"})
        self.assertEqual(order.status, 503)
        # A person writes to the bot meanwhile: the update is not confirmed, so it comes again.
        self.telegram.user(43, "start", bot="usher_bot")

        self.limit_files(resource.RLIM_INFINITY)
        until(lambda: self.site.get("/readyz").status == 200, "ready again, though nobody asked")
        self.assertEqual(self.site.pay(2).status, 200)
        until(lambda: (self.site.member(2) or {}).get("entitlements"), "granted")
        until(lambda: self.site.member(43), "who wrote meanwhile is known")
        self.assertEqual(self.site.api("GET", "orders").json["orders"], [])
        self.assertEqual(self.site.stop(), 0)
        verified = self.site.cli("verify", "--config", self.site.config)
        self.assertEqual(verified.returncode, 0, verified.stderr)

    def test_outcomes_survive(self):
        """A letter that went out while nothing could be written does not go out twice."""
        self.telegram.user(42, "start", bot="usher_bot")
        until(lambda: self.telegram.messages(42), "the greeting is there")
        until(lambda: all(d["state"] == "done" for d in self.site.member(42)["deliveries"]), "done")
        self.telegram.sim("POST", "/faults", {"method": "sendMessage", "kind": "slow",
                                                "delay_ms": 1500, "count": 1})
        self.site.pay(42)
        until(lambda: self.site.api("GET", "queue?state=pending").json["deliveries"], "on its way")
        self.limit_files(4096)
        until(lambda: len(self.telegram.messages(42)) == 2, "the letter is there")
        until(lambda: self.site.get("/readyz").status == 503, "its outcome could not be written")
        self.limit_files(resource.RLIM_INFINITY)
        until(lambda: all(d["state"] == "done" for d in self.site.member(42)["deliveries"]),
              "its outcome is known")
        self.assertEqual(len(self.telegram.messages(42)), 2)


if __name__ == "__main__":
    unittest.main()
