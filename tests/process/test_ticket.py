"""Tickets with the real program: a member asks for a person, the staff answers in a topic of its forum, the
desk by the API, and the clock of the support says whether in time."""
import os
import unittest

from contract import Case
from helpers import PATIENCE, until

STAFF = -1001000000009
OTHER = -1001000000008
SUPPORT = """\
data_dir: ./var
test_clock: true
support:
  chat: -1001000000009
  topics: %s
  hours: "Mon-Sun 00:00-24:00"
  roster: [1001]
  sla: {payment: {first: 30 minutes, resolve: 1 hour}, normal: {first: 30 minutes, resolve: 72 hours}}
  followup: 48 hours
"""


class Support(Case):
    topics = "true"

    @classmethod
    def setUpClass(cls):
        cls.changes = (("data_dir: ./var\n", SUPPORT % cls.topics),)
        cls.simulator = ("--chat", "%d,supergroup,Staff" % STAFF, "--chat", "%d,supergroup,Other" % OTHER)
        super().setUpClass()
        cls.telegram.sim("POST", "/chat/%d/forum" % STAFF, {"is_forum": cls.topics == "true"})
        cls.telegram.sim("POST", "/users", {"ids": [1001, 1002], "start": False})
        for user in (1001, 1002):
            for chat in (STAFF, OTHER):
                cls.telegram.user(user, "join", chat_id=chat)

    def heard(self, chat, text, count=1):
        """What the bot sent there that holds the text, once there is so much of it. For a minute after its
        start usher says nothing in groups: what it said before counts against Telegram's limit."""
        def found():
            return [m for m in self.telegram.messages(chat) if text in m["text"]]
        return until(lambda: len(found()) >= count and found(), "%r in %d" % (text, chat), PATIENCE + 70)

    def opens(self, user, button, language="en"):
        """The number of the ticket that they open."""
        self.telegram.sim("POST", "/users", {"ids": [user], "language_code": language})
        until(lambda: self.telegram.messages(user), "the greeting", PATIENCE)
        self.telegram.user(user, "say", text="人工")
        until(lambda: any(m.get("reply_markup") for m in self.telegram.messages(user)), "the menu", PATIENCE)
        self.telegram.user(user, "press", text=button)
        until(lambda: self.tickets(member=user), "the ticket", PATIENCE)
        return self.tickets(member=user)[0]["ticket_id"]

    def tickets(self, **filters):
        query = "&".join("%s=%s" % item for item in filters.items())
        answer = self.site.api("GET", "tickets" + ("?" + query if query else ""))
        self.assertEqual(answer.status, 200, answer)
        return answer.json["tickets"]

    def ticket(self, ticket_id):
        answer = self.site.api("GET", "tickets/" + ticket_id)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def is_state(self, ticket_id, state):
        until(lambda: self.ticket(ticket_id)["state"] == state, "%s is %s" % (ticket_id, state), PATIENCE)



class Topics(Support):
    def topic(self, ticket_id):
        def found():
            topics = self.telegram.sim("GET", "/chat/%d/topics" % STAFF)["topics"]
            return [t for t in topics if t["name"].startswith(ticket_id + " ")]
        return until(found, "the topic of " + ticket_id, PATIENCE)[0]["message_thread_id"]

    def test_from_the_question_to_the_close(self):
        ticket = self.opens(7, "Payment")
        self.assertIn(ticket, self.heard(7, ticket)[0]["text"])
        self.telegram.user(7, "say", text="I paid\nand nothing came")
        thread = self.topic(ticket)
        said = self.heard(STAFF, "I paid\nand nothing came")[0]
        self.assertEqual(said["message_thread_id"], thread)
        self.assertIn(ticket, said["text"])
        self.telegram.user(1001, "say", chat_id=STAFF, thread_id=thread, text="We look into it")
        answer = self.heard(7, "We look into it")[0]
        self.assertNotIn("1001", answer["text"])
        self.is_state(ticket, "waiting_member")
        self.telegram.user(7, "say", text="Thank you")
        self.assertEqual(self.heard(STAFF, "Thank you")[0]["message_thread_id"], thread)
        self.is_state(ticket, "waiting_staff")
        open_ones = self.site.member(7)["tickets"]
        self.assertEqual([t["ticket_id"] for t in open_ones], [ticket])
        self.assertFalse(open_ones[0]["sla"]["breached"])

        answer = self.site.api("POST", "tickets/%s/answer" % ticket, {"text": "It is done."})
        self.assertEqual((answer.status, answer.json["state"]), (200, "waiting_member"), answer)
        self.heard(7, "It is done.")
        self.assertEqual(self.heard(STAFF, "It is done.")[0]["message_thread_id"], thread)
        closed = self.site.api("POST", "tickets/%s/close" % ticket[1:], {})
        self.assertEqual((closed.status, closed.json["state"]), (200, "closed"), closed)
        self.heard(7, ticket + " is closed")
        self.assertEqual(self.site.member(7)["tickets"], [])
        self.assertEqual(self.refused(self.site.api("POST", "tickets/%s/close" % ticket, {}), 409).json["code"],
                         "ticket_closed")

    def test_other_groups_and_other_talk_are_not_kept(self):
        ticket = self.opens(8, "Other")
        thread = self.topic(ticket)
        self.telegram.user(1002, "say", chat_id=OTHER, text="a secret of another group")
        self.telegram.user(1002, "say", chat_id=STAFF, text="a secret among the staff")
        self.telegram.user(1002, "say", chat_id=STAFF, thread_id=thread, text="// a remark")
        self.telegram.user(1002, "say", chat_id=STAFF, thread_id=thread, text="Hello Ada")
        self.heard(8, "Hello Ada")
        self.assertEqual([m for m in self.telegram.messages(8) if "secret" in m["text"] or "remark" in m["text"]], [])
        kept = b""
        for folder, _, names in os.walk(os.path.join(self.site.folder, "var")):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    kept += file.read()
        self.assertIn(b"Hello Ada", kept)
        self.assertNotIn(b"a secret of another group", kept)
        self.assertNotIn(b"a secret among the staff", kept)

    def test_the_clock_warns_once_and_is_breached_once(self):
        ticket = self.opens(9, "支付", "zh-hans")
        self.topic(ticket)
        before = self.ticket(ticket)["sla"]
        self.assertFalse(before["breached"])
        self.heard(STAFF, ticket)
        self.assertEqual(self.site.api("POST", "clock", {"advance": "25 minutes"}).status, 200)
        self.heard(STAFF, "%s (Payment) waits" % ticket)
        self.assertFalse(self.ticket(ticket)["sla"]["breached"])
        self.assertEqual(self.site.api("POST", "clock", {"advance": "6 minutes"}).status, 200)
        self.heard(STAFF, "%s (Payment) is overdue" % ticket)
        self.assertTrue(self.ticket(ticket)["sla"]["breached"])
        self.assertEqual(self.site.api("POST", "clock", {"advance": "3 hours"}).status, 200)
        self.site.applied()
        for text in ("waits", "is overdue"):
            self.assertEqual(len(self.heard(STAFF, "%s (Payment) %s" % (ticket, text))), 1)
        self.assertEqual(self.site.api("POST", "tickets/%s/answer" % ticket, {"text": "好了"}).status, 200)
        self.assertIn("客服回复", self.heard(9, "好了")[0]["text"])
        self.assertEqual(self.site.api("POST", "tickets/%s/close" % ticket, {}).status, 200)
        self.assertEqual(self.site.api("POST", "clock", {"advance": "48 hours"}).status, 200)
        self.heard(9, "推荐")
        self.telegram.user(9, "press", text="10")
        until(lambda: self.ticket(ticket)["score"] == 10, "the score", PATIENCE)

    def test_what_is_wrong_is_said(self):
        for path, status in (("tickets/T999", 404), ("tickets/x", 404), ("tickets?state=lost", 400),
                             ("tickets?colour=red", 400)):
            self.refused(self.site.api("GET", path), status, path)
        self.refused(self.site.api("POST", "tickets/T999/answer", {"text": "x"}), 404)
        self.refused(self.site.api("POST", "tickets/T999/answer", {}), 400)
        answer = self.refused(self.site.api("POST", "tickets", {"telegram_id": 5, "category": "other"}), 404)
        self.assertEqual(answer.json["code"], "member_unknown")


class Chat(Support):
    topics = "false"

    def test_a_reply_in_the_chat_is_an_answer(self):
        ticket = self.opens(17, "Access")
        self.telegram.user(17, "say", text="Where is the group?")
        said = self.heard(STAFF, "Where is the group?")[0]
        self.assertIn(ticket, said["text"])
        self.telegram.user(1001, "say", chat_id=STAFF, text="not about it")
        self.telegram.user(1001, "say", chat_id=STAFF, reply_to=said["message_id"], text="Here it is")
        self.heard(17, "Here it is")
        self.telegram.user(1001, "say", chat_id=STAFF, text="/close " + ticket)
        self.is_state(ticket, "closed")
        self.assertEqual([m for m in self.telegram.messages(17) if "not about it" in m["text"]], [])


if __name__ == "__main__":
    unittest.main()
