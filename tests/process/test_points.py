"""Points over HTTP: given, taken, reversed, expired; and that all accounts add up to 0."""
import concurrent.futures
import unittest

from contract import Case
from helpers import until
from test_clock import TEST_CLOCK

ZERO = {"points": 0, "xp": 0, "stars": 0}


class Points(Case):
    changes = (TEST_CLOCK,)

    def post(self, user, amount, key="", currency="points", status=201):
        answer = self.site.api("POST", "points", {
            "telegram_id": user, "currency": currency, "amount": amount, "reason": "a test", "key": key})
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def points(self, user):
        answer = self.site.api("GET", "members/%d/points" % user)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def books_are_right(self):
        answer = self.site.api("GET", "points/audit")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json["sum"], ZERO)
        self.assertEqual(answer.json["mismatches"], [])
        return answer.json

    def test_given_and_taken(self):
        first = self.post(1, 500, "welcome")
        self.assertEqual((first["state"], first["amount"], first["balance"]), ("posted", 500, 500))
        self.assertEqual(self.post(1, 500, "welcome"), first)
        self.assertEqual(self.post(1, 400, "welcome", status=409)["code"], "key_reused")
        self.post(1, -190, "prize")
        self.post(1, 7, currency="xp")
        refused = self.post(1, -311, status=409)
        self.assertEqual(refused["code"], "too_few")
        document = self.points(1)
        self.assertEqual(document["balances"], {"points": 310, "xp": 7, "stars": 0})
        self.assertEqual(document["held"], ZERO)
        self.assertEqual(document["level"], {"name": "", "index": 0})
        self.assertEqual(document["streak"], 0)
        self.assertEqual([(entry["amount"], entry["currency"], entry["balance"], entry["reason"])
                          for entry in document["entries"]],
                         [(7, "xp", 7, "a test"), (-190, "points", 310, "a test"),
                          (500, "points", 500, "a test")])
        for entry in document["entries"]:
            self.assertLessEqual({"at", "amount", "currency", "reason", "rule", "ref", "balance"}, set(entry))
        self.assertEqual(self.site.member(1)["points"], {"points": 310, "xp": 7, "stars": 0})
        self.books_are_right()

    def test_what_is_wrong_is_refused(self):
        body = {"telegram_id": 2, "currency": "points", "amount": 5, "reason": "a test"}
        for change in ({"currency": "gold"}, {"amount": "5"}, {"amount": 0}, {"amount": 10 ** 13},
                       {"telegram_id": -2}, {"reason": "x" * 201}, {"colour": "red"}):
            answer = self.site.api("POST", "points", {**body, **change})
            self.assertIn(answer.status, (400, 422), change)
            self.assertIn("code", answer.json)
        for missing in body:
            part = {name: value for name, value in body.items() if name != missing}
            self.refused(self.site.api("POST", "points", part), 400, missing)
        self.refused(self.site.api("GET", "members/2/points"), 404)
        self.refused(self.site.api("POST", "points", body, token="wrong-token-wrong"), 401)

    def test_reversed(self):
        given = self.post(3, 500)
        self.post(3, -400)
        path = "members/3/points/%d/reverse" % given["id"]
        answer = self.site.api("POST", path, {"why": "by mistake"})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.points(3)["balances"]["points"], 0)
        self.assertEqual(self.points(3)["debt"]["points"], 400)
        self.assertEqual(self.refused(self.site.api("POST", path, {"why": "again"}), 409).json["code"],
                         "reversed_already")
        self.post(3, 410)
        self.assertEqual(self.points(3)["balances"]["points"], 10)
        self.books_are_right()

    def test_many_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: self.post(4, 3, "once"), range(64)))
            list(pool.map(lambda n: self.post(5, 3, "n%d" % n), range(64)))
            refused = list(pool.map(lambda n: self.site.api("POST", "points", {
                "telegram_id": 5, "currency": "points", "amount": -10, "reason": "all"}).status, range(64)))
        self.assertEqual(self.points(4)["balances"]["points"], 3)
        self.assertEqual(sorted(refused), [201] * 19 + [409] * 45)
        self.assertEqual(self.points(5)["balances"]["points"], 2)
        self.assertEqual(len(self.points(5)["entries"]), 50)
        self.books_are_right()

    def test_the_audit_walks(self):
        self.post(6, 10)
        answer = self.site.api("POST", "points/audit")
        self.assertEqual(answer.status, 202, answer)
        until(lambda: self.books_are_right()["walk"]["ended"], "the walk ends")


class Limits(Points):
    """With a section: points expire, and above a limit somebody else approves."""
    changes = (("data_dir: ./var\n", "data_dir: ./var\ntest_clock: true\npoints: "
                "{scope: community, expiry: {after: 1 month}, cap: {day: 100}, approve_above: 1000}\n"),)

    def test_expiry(self):
        self.post(11, 100)
        self.post(11, -30)
        self.assertEqual(self.site.api("POST", "clock", {"advance": "33 days"}).status, 200)
        document = self.points(11)
        self.assertEqual(document["balances"]["points"], 0)
        self.assertEqual((document["entries"][0]["rule"], document["entries"][0]["amount"]), ("expiry", -70))
        self.books_are_right()

    def test_a_second_approver(self):
        waiting = self.post(12, 1001)
        self.assertEqual(waiting["state"], "waiting")
        corrections = self.site.api("GET", "points/corrections").json["corrections"]
        self.assertEqual([row["correction_id"] for row in corrections], [waiting["correction_id"]])
        path = "points/corrections/%d" % waiting["correction_id"]
        refused = self.refused(self.site.api("POST", path + "/approve"), 409)
        self.assertEqual(refused.json["code"], "second_approver")
        self.assertEqual(self.site.api("DELETE", path).status, 200)
        self.refused(self.site.api("DELETE", path), 404)


if __name__ == "__main__":
    unittest.main()
