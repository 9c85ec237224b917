"""Checking in, by the bot and over HTTP: once a day, in a row, told in private."""
import concurrent.futures

from contract import Case
from helpers import STARTER, until
from test_flow import Flow
import unittest

SECTION = ("data_dir: ./var\n", "data_dir: ./var\ntest_clock: true\npoints: {checkin: {base: 10, step: 2, "
           "step_max: 6, milestones: {7: 20, 30: 100, 100: 500}, repair: {cost: 50, per_month: 2, within: 3d}}}\n")


class Checkin(Flow):
    changes = (SECTION,)

    def points(self, user):
        answer = self.site.api("GET", "members/%d/points" % user)
        return answer.json if answer.status == 200 else None

    def say(self, user, text, **more):
        self.telegram.sim("POST", "/user/%d/say" % user, {"text": text, **more})

    def advance(self, text):
        answer = self.site.api("POST", "clock", {"advance": text})
        self.assertEqual(answer.status, 200, answer)

    def told(self, user, text):
        until(lambda: any(text in message["text"] for message in self.telegram.messages(user)),
              "%d is told %r" % (user, text))

    def test_by_words(self):
        self.users(1)
        self.say(1, "/checkin")
        self.told(1, "Day 1, +10, balance 10")
        self.say(1, "签到")
        self.told(1, "Already checked in today, day 1, balance 10")
        self.advance("1 day")
        self.say(1, "打卡")
        self.told(1, "Day 2, +12, balance 22")
        self.assertEqual(self.points(1)["streak"], 2)
        self.users(2, language_code="zh-hans")
        self.say(2, "簽到")
        self.told(2, "第 1 天，+10，余额 10")
        self.say(2, "补签")
        self.told(2, "目前没有可以补签的日子。")

    def test_in_a_group_it_is_told_in_private(self):
        self.users(3)
        self.telegram.sim("POST", "/user/3/join", {"chat_id": STARTER})
        self.say(3, "签到", chat_id=STARTER)
        self.told(3, "Day 1, +10, balance 10")
        self.assertEqual(self.telegram.messages(STARTER), [])

    def test_a_thousand_at_once_are_one(self):
        def once(_):
            return self.site.api("POST", "members/5/checkin").status
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(once, range(1000)))
        self.assertEqual((statuses.count(200), statuses.count(409)), (1, 999))
        document = self.points(5)
        self.assertEqual((document["balances"]["points"], document["streak"]), (10, 1))
        self.assertEqual(len(document["entries"]), 1)
        audit = self.site.api("GET", "points/audit").json
        self.assertEqual(audit["sum"], {"points": 0, "xp": 0, "stars": 0})

    def test_a_week_in_a_row_and_a_repair(self):
        for day in range(1, 8):
            answer = self.site.api("POST", "members/6/checkin", {})
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer.json["streak"], day)
            self.advance("1 day")
        self.assertEqual((answer.json["amount"], answer.json["balance"]), (42, 132))
        self.advance("1 day")
        self.assertEqual(self.points(6)["streak"], 0)
        repaired = self.site.api("POST", "members/6/checkin/repair")
        self.assertEqual((repaired.status, repaired.json["streak"], repaired.json["balance"]), (200, 8, 82))
        answer = self.site.api("POST", "members/6/checkin")
        self.assertEqual((answer.json["streak"], answer.json["amount"]), (9, 22))
        again = self.refused(self.site.api("POST", "members/6/checkin/repair"), 409)
        self.assertEqual(again.json["code"], "nothing_to_repair")


class Off(Case):
    def test_without_a_section_there_is_none(self):
        answer = self.refused(self.site.api("POST", "members/7/checkin"), 409)
        self.assertEqual(answer.json["code"], "checkin_off")


if __name__ == "__main__":
    unittest.main()
