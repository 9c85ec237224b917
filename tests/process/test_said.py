"""What people say to a bot: who hears it, what is kept of it, how much of it is taken."""
import json
import time
import unittest

from contract import Case
from helpers import PATIENCE, TOKEN, request, until

DROPPED = 'usher_telegram_updates_total{bot="main",kind="dropped"}'
SAID = 'usher_journal_commands_total{kind="cmd_said"}'


class Said(Case):
    def users(self, *ids):
        self.telegram.sim("POST", "/users", {"ids": list(ids), "behaviour": {}})
        until(lambda: all(self.telegram.messages(i) for i in ids), "all are greeted", PATIENCE * 3)

    def journal(self):
        """Every command that somebody's word became, as printed."""
        dump = self.site.cli("journal", "dump", "--config", self.site.config)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        return [line for line in dump.stdout.splitlines() if "cmd_said" in line]

    def of(self, user):
        return [line for line in self.journal() if "telegram_id=%d " % user in line]

    def answers(self, user):
        return self.telegram.sim("GET", "/answers?user=%d" % user)

    def test_start_is_answered_and_its_payload_kept(self):
        self.users(1001)
        (line,) = self.of(1001)
        self.assertIn('verb="start"', line)
        self.telegram.user(1001, "say", text="/status")
        until(lambda: len(self.telegram.messages(1001)) >= 2, "the answer to /status")
        self.telegram.user(1001, "say", text="帮助")
        until(lambda: any('verb="help"' in line for line in self.of(1001)), "the word is a command")

    def test_the_menu_is_set_in_each_language(self):
        def menus():
            found = self.telegram.sim("GET", "/commands")
            rows = found["commands"] if isinstance(found, dict) else found
            return {row["language_code"]: {c["command"]: c["description"] for c in row["commands"]}
                    for row in rows}
        until(lambda: len(menus()) == 3, "three menus", PATIENCE * 3)
        self.assertEqual(menus()[""]["help"], "Help")
        self.assertEqual(menus()["en"], menus()[""])
        self.assertEqual(menus()["zh"]["help"], "帮助")

    def test_what_is_no_word_is_not_kept(self):
        self.users(1002)
        self.telegram.user(1002, "say", text="my secret diary")
        until(lambda: len(self.of(1002)) == 2, "that they wrote is known", PATIENCE)
        self.assertNotIn("diary", "\n".join(self.journal()))

    def test_one_person_cannot_flood(self):
        self.users(1003, 1004)
        time.sleep(5)  # both may say five things at once again
        before = len(self.of(1003))
        for _ in range(20):
            self.telegram.user(1003, "say", text="hello")
        self.telegram.user(1004, "say", text="hello")
        until(lambda: len(self.of(1004)) == 2, "the other is heard")
        until(lambda: self.site.metric(DROPPED) >= 12, "most is dropped")
        self.assertLessEqual(len(self.of(1003)) - before, 8)
        self.assertGreaterEqual(len(self.of(1003)) - before, 5)

    def test_a_stale_button_is_answered_so(self):
        self.users(1005)
        time.sleep(1)
        keyboard = {"inline_keyboard": [[{"text": "Old", "callback_data": "old:button:1"}]]}
        sent = request(self.telegram.port, "POST", "/bot%s/sendMessage" % TOKEN,
                       json.dumps({"chat_id": 1005, "text": "an old message", "reply_markup": keyboard}),
                       {"Content-Type": "application/json"})
        self.assertEqual(sent.status, 200, sent)
        self.telegram.user(1005, "press", data="old:button:1")

        def answered():
            found = self.answers(1005)
            rows = found["answers"] if isinstance(found, dict) else found
            return [row for row in rows if row["answered"]]
        until(answered, "the press is answered")
        self.assertIn("no longer up to date", answered()[0]["text"])

    def tearDown(self):
        super().tearDown()
        self.assertEqual(self.telegram.report()["violations"], [])


if __name__ == "__main__":
    unittest.main()
