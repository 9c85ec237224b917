"""Broadcasts with the real program: everybody once, in their language, and never in a buyer's way."""
import os
import time

from contract import Case
from gateways import STRIPE
from helpers import PATIENCE, until

COUNTS = ("pending", "sent", "failed", "skipped", "unknown", "withdrawn")


class Broadcasting(Case):
    """A quick bot, unless a test needs time."""
    per_second = 300

    @classmethod
    def setUpClass(cls):
        cls.changes = (("per_second: 30,", "per_second: %d," % cls.per_second),)
        cls.simulator = ("--per-second", str(cls.per_second))
        super().setUpClass()

    def members(self, *ids, plan="starter", amount=900, **more):
        """People who have started the bot, paid, and got their letter."""
        self.telegram.sim("POST", "/users", {"ids": list(ids), **more})
        if more.get("start", True):
            until(lambda: all(self.telegram.messages(i) for i in ids), "all are greeted", PATIENCE * 3)
        for i in ids:
            answer = self.site.send(STRIPE, *STRIPE.paid(i, plan, amount, payment_id="pi_%d" % i))
            self.assertEqual(answer.status, 200, answer)
        self.site.applied()

    def create(self, text, **more):
        answer = self.site.api("POST", "broadcasts", {"text": text, **more})
        self.assertEqual(answer.status, 200, answer)
        return answer.json["broadcast_id"]

    def broadcast(self, name):
        """As it is now; its counts always add up."""
        answer = self.site.api("GET", "broadcasts/" + name)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(sum(answer.json[count] for count in COUNTS), answer.json["audience"], answer)
        return answer.json

    def ended(self, name):
        until(lambda: self.broadcast(name)["state"] == "done", "broadcast %s is done" % name, PATIENCE * 6)
        return self.broadcast(name)

    def got(self, user, text):
        return [m["text"] for m in self.telegram.messages(user) if text in m["text"]]

    def notices(self, user):
        return [d for d in self.site.member(user)["deliveries"] if d["kind"] == "notice"]


class Words(Broadcasting):
    def test_everybody_in_their_language_by_the_command_line(self):
        people = ((1, "Ada", "en"), (2, "阿达", "zh-hans"), (3, "Zoë", "fr"))
        for user, name, language in people:
            self.members(user, plan="core", amount=2900, first_name=name, language_code=language)
        self.members(4)  # of another plan
        files = {"main": "Hello {{name}},\r\n{{plan}} of {{community}} has news.\n", "hans": "{{name}}，您好！\n"}
        for name, text in files.items():
            with open(os.path.join(self.site.folder, name), "w", encoding="utf-8", newline="") as file:
                file.write(text)
        url = "http://127.0.0.1:%d" % self.site.port
        done = self.site.cli("broadcast", "create", "--text-file", "main", "--zh-hans", "hans", "--plan",
                             "core", "--idempotency-key", "news-1", "--url", url)
        self.assertEqual((done.returncode, done.stdout), (0, "news-1\n"), done.stderr)
        ended = self.ended("news-1")
        self.assertEqual((ended["audience"], ended["sent"], ended["audience_complete"]), (3, 3, True))
        self.assertEqual(self.got(1, "news"), ["Hello Ada,\ncore of Trade Club has news."])
        self.assertEqual(self.got(2, "您好！")[-1], "阿达，您好！")
        self.assertEqual(self.got(3, "news"), ["Hello Zoë,\ncore of Trade Club has news."])
        self.assertEqual(self.got(4, "news"), [])
        (notice,) = self.notices(1)
        self.assertEqual((notice["state"], notice["attempts"]), ("done", 1))
        shown = self.site.cli("broadcast", "show", "news-1")
        for text in ("news-1", "done", "core", "zh-Hans:\n{{name}}，您好！\n"):
            self.assertIn(text, shown.stdout)
        listed = self.site.cli("broadcast", "list", "--json")
        self.assertIn('"broadcast_id":"news-1"', listed.stdout)
        refused = self.site.cli("broadcast", "cancel", "news-1", "--url", url)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("not running", refused.stderr)
        until(lambda: self.site.metric('usher_notices{result="sent"}') >= 3, "the metrics know of it")

    def test_asked_for_twice_it_is_one(self):
        self.members(11)
        first = self.create("Twice?", idempotency_key="k.1")
        self.assertEqual(self.create("Twice?", idempotency_key="k.1"), first)
        self.ended(first)
        self.assertEqual(self.create("Twice?", idempotency_key="k.1"), first)
        self.site.applied()
        self.assertEqual(len(self.got(11, "Twice?")), 1)
        self.refused(self.site.api("POST", "broadcasts", {"text": "Other", "idempotency_key": "k.1"}), 409)
        self.assertNotEqual(self.create("One"), self.create("One"))

    def test_what_is_wrong_is_said_at_once(self):
        for body, words in (({}, "text must be a string"),
                            ({"text": " \n"}, "empty"),
                            ({"text": "{{plan}}"}, "{{plan}} too when"),
                            ({"text": "{{until}}", "plan": "core"}, "unknown placeholder"),
                            ({"text": "x" * 4097}, "Telegram allows 4096"),
                            ({"text": "字" * 4090 + "{{name}}"}, "Telegram allows 4096"),
                            ({"text": "x", "plan": "gone"}, "plan"),
                            ({"text": "x", "language": "fr"}, "language"),
                            ({"text": "x", "translations": {"en": "y"}}, "not the language of the text"),
                            ({"text": "x", "translations": {"fr": "y"}}, "translations"),
                            ({"text": "x", "translations": {"zh-Hans": ""}}, "translations.zh-Hans: it is empty"),
                            ({"text": "x", "idempotency_key": "a/b"}, "idempotency_key")):
            answer = self.refused(self.site.api("POST", "broadcasts", body), 400, str(body)[:60])
            self.assertIn(words, answer.json["detail"])
        self.refused(self.site.api("GET", "broadcasts/none"), 404)
        self.refused(self.site.api("DELETE", "broadcasts/none"), 404)
        self.assertEqual(self.refused(self.site.api("DELETE", "broadcasts"), 405).headers["allow"], "GET, POST")
        self.assertEqual(self.refused(self.site.api("POST", "broadcasts/x", {}), 405).headers["allow"],
                         "GET, DELETE")
        texts = {"zh-Hans": "字" * 4096, "zh-Hant": "字" * 4096}
        self.create("字" * 4096, translations=texts, plan="core")


class Faults(Broadcasting):
    def test_nobody_gets_it_twice_whatever_telegram_answers(self):
        users = range(101, 121)
        self.members(*users)
        self.telegram.user(101, "block")
        until(lambda: not self.site.member(101)["reachable"], "it is known who blocked the bot")
        self.members(121, start=False)
        faults = {103: ("http_500", 1), 104: ("http_502", 1), 105: ("drop_before", 1), 106: ("drop_after", 1),
                  107: ("flood_429", 1), 108: ("slow", 1), 109: ("timeout_after_effect", 1)}
        for user, (kind, count) in faults.items():
            self.telegram.sim("POST", "/faults", {
                "method": "sendMessage", "kind": kind, "count": count, "chat_id": user,
                "delay_ms": 2000 if kind == "slow" else 20000, "retry_after": 2})
        name = self.create("Fault")
        ended = self.ended(name)
        got = {user: len(self.got(user, "Fault")) for user in (*users, 121)}
        self.assertEqual({user: n for user, n in got.items() if n != 1},
                         {101: 0, 103: 0, 104: 0, 105: 0, 121: 0})
        self.assertEqual({count: ended[count] for count in COUNTS},
                         {"pending": 0, "sent": 14, "failed": 0, "skipped": 2, "unknown": 5, "withdrawn": 0})
        self.assertFalse(self.site.member(121)["reachable"])
        self.assertEqual(self.notices(101), [])
        (limited,) = self.notices(107)
        self.assertEqual(limited["attempts"], 2)
        (doubtful,) = self.notices(106)
        self.assertIn("in doubt, not repeated", doubtful["error"])
        # What is done stays so: nothing here is a dead letter that could be let go again.
        self.assertEqual(self.site.api("POST", "queue/release", {"what": "dead"}).status, 200)
        self.site.applied()
        self.assertEqual({user: len(self.got(user, "Fault")) for user in (*users, 121)}, got)


class Slowly(Broadcasting):
    """At Telegram's own pace."""
    per_second = 30

    def test_a_buyer_during_the_broadcast_is_served_at_once(self):
        self.members(*range(201, 301))
        self.telegram.sim("POST", "/users", {"ids": [401, 402, 403]})
        until(lambda: all(self.telegram.messages(i) for i in (401, 402, 403)), "all are greeted")
        name = self.create("Slowly")
        waits = []
        for user in (401, 402, 403):
            until(lambda before=len(waits): self.broadcast(name)["sent"] > 20 * before, "it goes on")
            begun = time.monotonic()
            self.site.send(STRIPE, *STRIPE.paid(user, payment_id="pi_%d" % user))
            until(lambda who=user: self.got(who, "pi_%d" % who), "the buyer has the letter")
            waits.append(time.monotonic() - begun)
            self.assertGreater(self.broadcast(name)["pending"], 0, "the broadcast was over too soon")
        self.assertLess(max(waits), 2.0)
        self.ended(name)
        self.assertEqual({len(self.got(user, "Slowly")) for user in range(201, 301)}, {1})
        report = self.telegram.report()
        self.assertEqual(report["violations"], [])
        self.assertNotIn("429", report["calls"].get("sendMessage", {}))

    def test_cancelled_it_ends_soon(self):
        self.members(*range(501, 561))
        name = self.create("Cancel")
        until(lambda: self.broadcast(name)["sent"] > 0, "it goes on")
        answer = self.site.api("DELETE", "broadcasts/%s?reason=the%%20wrong%%20day" % name)
        self.assertEqual((answer.status, answer.json), (200, {"result": "ok"}))
        until(lambda: [e["reason"] for e in self.site.api("GET", "audit?what=broadcast_cancel").json["audit"]] == ["the wrong day"],
              "the audit says why")
        self.site.applied()
        ended = self.broadcast(name)
        self.assertEqual((ended["state"], ended["pending"], ended["unknown"]), ("cancelled", 0, 0))
        self.assertGreater(ended["withdrawn"], 0)
        # Not one more went out than is counted as sent.
        users = [*range(201, 301), *range(401, 404), *range(501, 561)]
        self.assertEqual(sum(len(self.got(user, "Cancel")) for user in users), ended["sent"])
        self.assertEqual(self.site.api("DELETE", "broadcasts/" + name).status, 200)


class Kills(Broadcasting):
    per_second = 30

    def test_killed_in_the_midst_nobody_gets_it_twice(self):
        users = range(601, 681)
        self.members(*users)
        name = self.create("Killed")
        for sent in (5, 40):
            until(lambda least=sent: self.broadcast(name)["sent"] > least, "it goes on", PATIENCE * 3)
            self.site.kill()
            self.site.start()
        ended = self.ended(name)
        got = {user: len(self.got(user, "Killed")) for user in users}
        self.assertEqual(max(got.values()), 1, got)
        self.assertEqual(ended["sent"] + ended["unknown"], len(users))
        self.assertLessEqual(ended["sent"], sum(got.values()))
        self.assertLess(ended["unknown"], 20)
        self.assertEqual(self.telegram.report()["violations"], [])
        self.site.stop()
        verified = self.site.cli("journal", "verify")
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.site.start()

