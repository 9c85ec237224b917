"""What an operator does about memberships by hand, and members of another system."""
import os
import unittest

from helpers import until
from test_run import Running


class Members(Running):
    def test_a_file_of_members(self):
        path = os.path.join(self.site.folder, "members.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\ufefftelegram_id,name,plan,until\r\n"
                       "7001,\"Ada, of before\",starter,2099-01-01\r\n"
                       "7002,Bob,core,2099-02-01T12:00:00Z\n"
                       "x,Eve,core,2099-01-01\n"
                       "7003,Eve,none,2099-01-01\n"
                       "7004,Old,core,2020-01-01\n")
        url = ["--url", "http://127.0.0.1:%d" % self.site.port]
        dry = self.site.cli("member", "import", path, "--dry-run", *url)
        self.assertEqual(dry.returncode, 1, dry)
        self.assertIn("7001 starter until 2099-01-01T00:00:00Z: new", dry.stdout)
        self.assertIn("2 would be imported, 0 unchanged, 3 refused", dry.stdout)
        self.assertIsNone(self.site.member(7001))
        told = self.site.cli("member", "import", path, *url)
        self.assertEqual(told.returncode, 1, told)
        self.assertIn("2 imported, 0 unchanged, 3 refused", told.stdout)
        for line, why in ((4, "no Telegram id"), (5, 'no plan "none"'), (6, "has passed")):
            self.assertRegex(told.stderr, "line %d: .*%s" % (line, why))
        self.assertEqual(self.entitlement(7002, "core")["until"], "2099-02-01T12:00:00Z")
        again = self.site.cli("member", "import", path, "--dry-run", *url)
        self.assertIn("0 would be imported, 2 unchanged, 3 refused", again.stdout)
        with open(path, "w", encoding="utf-8") as file:
            file.write("id,plan\n1,core\n")
        wrong = self.site.cli("member", "import", path, *url)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn('no column "telegram_id"', wrong.stderr)

    def test_by_hand(self):
        url = ["--url", "http://127.0.0.1:%d" % self.site.port]

        def act(*words, code=0):
            done = self.site.cli("member", *words, *url)
            self.assertEqual(done.returncode, code, done)
            return done

        self.telegram.user(42, "start", bot="usher_bot")
        act("grant", "42", "--plan", "starter", "--period", "1 month", "--reason", "won the draw")
        until(lambda: self.active(42, "starter"), "granted")
        until(lambda: self.links(42), "the door is there")
        act("extend", "42", "--plan", "starter", "--days", "3", "--reason", "we were down")
        act("revoke", "42", "--plan", "starter", "--reason", "asked for it")
        until(lambda: not self.active(42, "starter"), "revoked")
        act("ban", "42", "--reason", "resold links")
        self.assertTrue(self.site.member(42)["banned"])
        self.assertIn("member_banned", act("grant", "42", "--plan", "starter", "--period", "1 month",
                                           "--reason", "x", code=1).stderr)
        self.site.pay(42)
        until(lambda: [p.get("reason") for p in self.site.member(42)["payments"]] == ["unsettled_banned"],
              "what they pay waits")
        act("unban", "42", "--reason", "they said sorry & paid")
        self.assertFalse(self.site.member(42)["banned"])
        story = self.site.api("GET", "members/42/why").json
        told = [(s["what"], s["result"]) for s in story["steps"]]
        for wanted in (("known", "done"), ("granted", "done"), ("ended", "done"), ("paid", "unsettled")):
            self.assertIn(wanted, told)
        acts = [s["text"] for s in story["steps"] if s["what"] == "acted"]
        self.assertEqual([a.split(",")[0] for a in acts],
                         ["act grant", "act extend", "act revoke", "act ban", "act unban"])
        self.assertIn("reason won the draw", acts[0])
        self.assertIn("reason they said sorry & paid", acts[4])
        self.assertRegex(next(s["text"] for s in story["steps"] if s["what"] == "paid"),
                         "stripe payment .*9.00 USD, plan starter: recorded, not granted: the member is banned")
        self.assertEqual([s["ref"] for s in story["steps"]], sorted(s["ref"] for s in story["steps"]))
        self.assertEqual(self.site.api("GET", "members/999/why").json["steps"], [])
        self.assertEqual(self.site.api("GET", "members/x/why").status, 400)


if __name__ == "__main__":
    unittest.main()
