"""Renewals by the test clock: reminders before the end, a discount that the quote honours, win-back."""
import datetime
import unittest
import zoneinfo

from gateways import STRIPE
from helpers import PATIENCE, until
from test_flow import Flow, letters, parse

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
HOUR = 3600
DAY = 24 * HOUR
RULES = """\
renewal: {remind: [{days: 14}, {days: 7, discount: 15%%, hours: 72}, {days: 3}, {days: 1}], \
winback: [{after: 3 days, percent: 10, hours: 24}], quiet_hours: "22:00-09:00"}
gateways:
"""


class Renewal(Flow):
    changes = (("data_dir: ./var\n", "data_dir: ./var\ntest_clock: true\n"), ("gateways:\n", RULES))

    def setUp(self):
        super().setUp()
        if self.site.usher is None:
            self.site.start()

    def now(self):
        return parse(self.site.api("GET", "clock").json["now"])

    def advance(self, text):
        answer = self.site.api("POST", "clock", {"advance": text})
        self.assertEqual(answer.status, 200, answer)
        self.site.applied()
        return parse(answer.json["now"])

    def local(self, at=None):
        return datetime.datetime.fromtimestamp(at or self.now(), ZONE)

    def advance_to(self, hour):
        """To this hour of the community's day."""
        now = self.local()
        minutes = ((hour - now.hour) * 60 - now.minute) % (24 * 60)
        if minutes > 0:
            self.advance("%d minutes" % minutes)

    def pay_now(self, user, plan, amount, payment_id, **more):
        body, _ = STRIPE.paid(user, plan, amount, payment_id=payment_id, **more)
        answer = self.site.send(STRIPE, body, STRIPE.sign(body, at=self.now()))
        self.assertEqual(answer.status, 200, answer)
        self.site.applied()

    def ends(self, user):
        (found,) = self.site.member(user)["entitlements"]
        return parse(found["until"])

    def reminders(self, user):
        return letters(self.telegram, user, "ends on")

    def quote(self, user, **more):
        answer = self.site.api("POST", "quotes", {"telegram_id": user, "plan": "core",
                                                  "period": "1 month", **more})
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def test_a_month(self):
        """Day by day, with a kill in between: four reminders, at the right dates, none in the night."""
        self.users(1)
        self.advance_to(3)
        self.pay_now(1, "core", 2900, "pi_a")
        end = self.ends(1)
        self.assertEqual(self.local(end).hour, 3)
        seen = []
        while self.now() < end - 2 * HOUR:
            before = self.now()
            self.advance("6 hours")
            if self.now() // DAY % 5 == 0:
                self.site.kill()
                self.site.start()
                self.site.applied()
            count = len(self.reminders(1))
            self.assertIn(count - len(seen), (0, 1))
            if count > len(seen):
                seen.append((before, self.now()))
        due = [self.local(end - days * DAY).replace(hour=9, minute=0, second=0, microsecond=0)
               for days in (14, 7, 3, 1)]
        self.assertEqual(len(seen), 4, seen)
        for (before, after), at in zip(seen, due):
            self.assertTrue(before - 60 <= at.timestamp() <= after + 60,
                            (self.local(before), at, self.local(after)))
        texts = [m["text"] for m in self.reminders(1)]
        self.assertEqual(["15%" in text for text in texts], [False, True, False, False], texts)
        self.assertIn("24.65", texts[1])
        for text in texts:
            self.assertIn("core", text)

    def test_b_the_discount_is_honoured(self):
        self.users(2)
        self.advance_to(12)
        self.pay_now(2, "core", 2900, "pi_b")
        end = self.ends(2)
        self.assertEqual([line["kind"] for line in self.quote(2)["lines"]], ["plan"])
        self.advance("%d minutes" % ((end - 7 * DAY - self.now()) // 60 + 1))
        (message,) = [m for m in self.reminders(2) if "15%" in m["text"]]
        (key,) = [key for row in message["reply_markup"]["inline_keyboard"] for key in row]
        self.assertIn("callback_data", key)
        quote = self.quote(2)
        self.assertEqual(quote["amount"], "24.65")
        self.assertEqual([(line["kind"], line["amount"]) for line in quote["lines"]],
                         [("plan", "29.00"), ("offer", "-4.35")])
        (offer,) = self.site.member(2)["offers"]
        self.assertEqual((offer["plan"], offer["percent"], offer["state"]), ("core", 15, "open"))

        answer = self.site.api("POST", "orders", {"telegram_id": 2, "plan": "core",
                                                  "period": "1 month"})
        self.assertEqual(answer.status, 201, answer)
        order = answer.json
        self.assertEqual(order["amount"], "24.65")
        self.assertEqual([line["kind"] for line in order["lines"]], ["plan", "offer"])
        # The order keeps its price when the offer's time is over.
        self.advance("71 hours")
        self.advance("2 hours")
        self.assertEqual([line["kind"] for line in self.quote(2)["lines"]], ["plan"])
        self.pay_now(2, "core", 2465, "pi_b2", client_reference_id=order["order_id"])
        self.assertEqual(self.local(self.ends(2)).date().month, self.local(end).month % 12 + 1)
        (offer,) = self.site.member(2)["offers"]
        self.assertEqual((offer["state"], offer["order_id"]), ("used", order["order_id"]))
        count = len(self.reminders(2))
        self.advance("%d minutes" % ((end + 3 * DAY - self.now()) // 60))
        self.assertEqual(len(self.reminders(2)), count, "no more of the cycle that is over")

    def test_c_the_word_and_the_button(self):
        self.users(3)
        self.advance_to(12)
        self.pay_now(3, "core", 2900, "pi_c")
        self.telegram.user(3, "say", text="/renew")
        message = until(lambda: next((m for m in self.telegram.messages(3)
                                      if "How long" in m["text"] or "how long" in m["text"]), None),
                        "the prices", PATIENCE * 3)
        keys = [key for row in message["reply_markup"]["inline_keyboard"] for key in row]
        self.assertTrue(any("29.00" in key["text"] for key in keys), keys)
        month = next(key for key in keys if "29.00" in key["text"])
        self.telegram.user(3, "press", message_id=message["message_id"], data=month["callback_data"])
        until(lambda: any("ord_" in m["text"] and "29.00" in m["text"]
                          for m in self.telegram.messages(3)), "the order", PATIENCE * 3)

    def test_d_win_back(self):
        self.users(4)
        self.advance_to(12)
        self.pay_now(4, "core", 2900, "pi_d")
        end = self.ends(4)
        self.advance("%d minutes" % ((end + 3 * DAY - self.now()) // 60 + 1))  # grace is over
        self.assertNotIn(self.entitlements(4)["core"], ("active", "grace"))
        self.advance("71 hours")
        self.assertEqual(letters(self.telegram, 4, "has ended"), [])
        self.advance("1 hours")
        (message,) = letters(self.telegram, 4, "has ended")
        self.assertIn("26.10", message["text"])
        self.assertEqual(self.quote(4)["amount"], "26.10")
        self.advance("25 hours")
        self.assertEqual(self.quote(4)["amount"], "29.00")

    def test_f_the_operator_makes_an_offer(self):
        self.users(6)
        make = {"telegram_id": 6, "plan": "core", "percent": 50, "hours": 24}
        answer = self.site.api("POST", "offers", make)
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(self.quote(6)["amount"], "14.50")
        (offer,) = self.site.member(6)["offers"]
        self.assertEqual((offer["offer_id"], offer["reason"]), (answer.json["offer_id"], "operator"))
        for change in ({"plan": "corn"}, {"percent": 101}, {"hours": 0}, {"telegram_id": 66}):
            answer = self.site.api("POST", "offers", {**make, **change})
            self.assertIn(answer.status, (400, 404, 409), (change, answer))

    def test_e_refused(self):
        def check(rules, *expected):
            from contract import ContractSite
            site = ContractSite("https://api.telegram.org", ("gateways:\n", rules + "gateways:\n"))
            self.addCleanup(site.close)
            done = site.cli("check", "--config", site.config)
            self.assertEqual(done.returncode, 1, rules)
            for text in expected:
                self.assertIn(text, done.stderr)
        check("renewal: {remnd: []}\n", "renewal.remnd", "remind")
        check("renewal: {remind: [{days: 0}]}\n", "renewal.remind[0].days", "1 to 365")
        check("renewal: {remind: [{days: 3}, {days: 3}]}\n", "renewal.remind[1].days", "once")
        check("renewal: {remind: [{days: 3, discount: 101%%}]}\n", "discount", "percentage")
        check("renewal: {quiet_hours: \"22-9\"}\n", "renewal.quiet_hours", "22:00-09:00")
        check("renewal: {winback: [{percent: 3}]}\n", "renewal.winback[0].after")


if __name__ == "__main__":
    unittest.main()
