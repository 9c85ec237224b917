"""What goes out first, and whom a lane that is dead holds up."""
import time
import unittest

from contract import Case, ContractSite
from gateways import STRIPE
from helpers import PATIENCE, Telegram, free_ports, until

STRANGERS = 3000
MANY = 20000  # more than the dispatcher has in memory of a lane
BUYER = 900001
SECOND_TOKEN = "1000002:AAsecondtoken"


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


class ManyWait(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram("--per-second", "1000")
        self.addCleanup(self.telegram.close)
        self.site = ContractSite(self.telegram.url(), ("{per_second: 30,", "{per_second: 1000,"))
        self.addCleanup(self.site.close)
        self.site.start()

    def pending(self):
        return self.site.metric('usher_deliveries{state="pending"}')

    def test_more_wait_than_memory_holds(self):
        """Telegram wants silence while 20 000 strangers write /start and one of them pays; usher is killed; then the
        buyer is served first and everybody once."""
        strangers = list(range(1000, 1000 + MANY))
        self.telegram.sim("POST", "/faults", {"method": "sendMessage", "kind": "flood_429", "count": 1,
                                              "retry_after": 60, "whole_bot": True})
        for at in range(0, MANY, 2000):
            self.telegram.sim("POST", "/users", {"ids": strangers[at:at + 2000] + [BUYER][:at == 0],
                                                 "behaviour": {}})
        until(lambda: self.pending() > MANY, "all wait", 50)
        self.site.kill()
        self.site.start()
        answer = self.site.send(STRIPE, *STRIPE.paid(BUYER, "core", 2900, payment_id="pi_buyer"))
        self.assertEqual(answer.status, 200, answer)
        self.assertGreater(self.pending(), MANY, "nobody is served yet")
        until(lambda: any("pi_buyer" in m["text"] for m in self.telegram.messages(BUYER)), "the buyer's letter", 120)
        self.assertGreater(self.pending(), MANY - 3000, "before nearly all others")
        until(lambda: self.pending() == 0, "all are served", 180)
        for stranger in strangers:
            self.assertEqual(len(self.telegram.messages(stranger)), 1)
        self.assertEqual(self.telegram.report()["violations"], [])


class DeadLane(unittest.TestCase):
    """The second bot's Bot API server is not there."""

    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        (self.dead_port,) = free_ports(1)
        self.site = ContractSite(self.telegram.url(), ("groups:\n", """\
  - name: second
    token: "%s"
    api_url: http://127.0.0.1:%d
    updates: polling
groups:
""" % (SECOND_TOKEN, self.dead_port)), ("{name: core, bot: main,", "{name: core, bot: second,"))
        self.addCleanup(self.site.close)
        self.site.start(ready=False)

    def calls(self, bot):
        return self.site.metric('usher_telegram_calls_total{bot="%s"' % bot)

    def pay(self, user, plan, amount):
        answer = self.site.send(STRIPE, *STRIPE.paid(user, plan, amount, payment_id="pi_%d" % user))
        self.assertEqual(answer.status, 200, answer)

    def told(self, user):
        return any("pi_%d" % user in m["text"] for m in self.telegram.messages(user))

    def test_a_dead_lane_holds_up_only_itself(self):
        apart, alive = list(range(1, 31)), list(range(101, 131))
        self.telegram.sim("POST", "/users", {"ids": apart + alive, "behaviour": {}})
        until(lambda: all(self.telegram.messages(i) for i in apart + alive), "all are greeted", PATIENCE * 2)
        for user in apart:  # their links are to come from the bot that cannot be reached
            self.pay(user, "core", 2900)
        until(lambda: self.calls("second") >= 8, "the lane is found to be dead")
        time.sleep(1)
        before = self.calls("second")
        started = time.monotonic()
        for user in alive:
            self.pay(user, "starter", 900)
        until(lambda: all(self.told(i) for i in alive), "those of the other lane have their letters")
        self.assertLess(time.monotonic() - started, 10)
        time.sleep(5)
        self.assertLess(self.calls("second") - before, 8, "it tries now and then")
        self.assertFalse(any(self.told(i) for i in apart))
        second = Telegram("--port", str(self.dead_port), "--bot", SECOND_TOKEN + ",second_bot")
        self.addCleanup(second.close)
        until(lambda: all(self.told(i) for i in apart), "the lane is back, nothing is lost", PATIENCE * 5)
        for telegram in (self.telegram, second):
            self.assertEqual(telegram.report()["violations"], [])


if __name__ == "__main__":
    unittest.main()
