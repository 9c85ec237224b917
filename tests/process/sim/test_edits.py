"""Changing messages: edits, replies, copies, forwards, deletions, pins, reactions."""
from simulator import Case, FAST, GROUP, OTHER, Simulator, TOKEN

MODIFIED = ("Bad Request: message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message")


def keyboard(text, data):
    return {"inline_keyboard": [[{"text": text, "callback_data": data}]]}


class Edits(Case):
    options = {"bots": (TOKEN + ",usher_bot", OTHER + ",other_bot")}

    def setUp(self):
        super().setUp()
        self.sim.start_users(5, 6)
        self.sim.control("user/5/join", chat_id=GROUP)
        self.sim.updates()

    def send(self, chat=5, text="x", **params):
        return self.sim.call("sendMessage", chat_id=chat, text=text, **params).result["message_id"]

    def say(self, text="hello", chat=GROUP, **more):
        return self.sim.control("user/5/say", chat_id=chat, text=text, **more).json["message_id"]

    def listed(self, chat=5, more=""):
        return self.sim.get("messages?chat=%d%s" % (chat, more))["messages"]

    def test_edits_are_counted(self):
        call, sent = self.sim.call, self.send(text="one", reply_markup=keyboard("a", "1"))
        self.refused(call("editMessageText", chat_id=5, message_id=sent, text="one",
                          reply_markup=keyboard("a", "1")), 400, MODIFIED)
        call("editMessageText", chat_id=5, message_id=sent, text="two",
             reply_markup=keyboard("a", "1")).result
        self.refused(call("editMessageReplyMarkup", chat_id=5, message_id=sent,
                          reply_markup=keyboard("a", "1")), 400, MODIFIED)
        edited = call("editMessageReplyMarkup", chat_id=5, message_id=sent,
                      reply_markup=keyboard("b", "2")).result
        self.assertEqual((edited["text"], edited["reply_markup"]), ("two", keyboard("b", "2")))
        call("editMessageReplyMarkup", chat_id=5, message_id=sent).result
        message = self.listed()[0]
        self.assertEqual((message["text"], message["edits"], "reply_markup" in message),
                         ("two", 3, False))
        self.refused(call("editMessageReplyMarkup", chat_id=5, message_id=99), 400,
                     "Bad Request: message to edit not found")
        theirs = self.say()
        self.refused(call("editMessageText", chat_id=GROUP, message_id=theirs, text="x"), 400,
                     "Bad Request: message can't be edited")

    def test_replies(self):
        sent = self.send(text="question")
        reply = self.sim.call("sendMessage", chat_id=5, text="x",
                              reply_parameters={"message_id": sent}).result
        self.assertEqual(reply["reply_to_message"]["text"], "question")
        self.assertEqual(self.listed()[1]["reply_to"], sent)
        self.refused(self.sim.call("sendMessage", chat_id=5, text="x",
                                   reply_parameters={"message_id": 999}), 400,
                     "Bad Request: message to be replied not found")
        alone = self.sim.call("sendMessage", chat_id=5, text="x", reply_parameters={
            "message_id": 999, "allow_sending_without_reply": True}).result
        self.assertNotIn("reply_to_message", alone)

    def test_copies_and_forwards(self):
        call, sent = self.sim.call, self.say("a problem", chat=5)
        copied = call("copyMessage", chat_id=GROUP, from_chat_id=5, message_id=sent).result
        self.assertEqual(list(copied), ["message_id"])
        forwarded = call("forwardMessage", chat_id=GROUP, from_chat_id=5, message_id=sent).result
        self.assertEqual((forwarded["text"], forwarded["forward_origin"]["type"],
                          forwarded["forward_origin"]["sender_user"]["id"]), ("a problem", "user", 5))
        listed = self.listed(GROUP)
        self.assertEqual([(m["text"], "forward_origin" in m) for m in listed],
                         [("a problem", False), ("a problem", True)])
        for method, what in (("copyMessage", "copy"), ("forwardMessage", "forward")):
            self.refused(call(method, chat_id=5, from_chat_id=GROUP, message_id=999), 400,
                         "Bad Request: message to %s not found" % what)
            self.refused(call(method, chat_id=5, from_chat_id=-77, message_id=1), 400,
                         "Bad Request: chat not found")
        photo = call("sendPhoto", chat_id=5, photo="https://example.org/a.jpg", caption="c").result
        self.assertEqual((photo["photo"][0]["file_id"], photo["caption"]),
                         ("https://example.org/a.jpg", "c"))
        call("copyMessage", chat_id=6, from_chat_id=5, message_id=photo["message_id"], caption="d").result
        self.assertEqual([(m["photo"], m["text"]) for m in self.listed(6)],
                         [("https://example.org/a.jpg", "d")])
        self.refused(call("sendPhoto", chat_id=5), 400, "Bad Request: there is no photo in the request")

    def test_polls(self):
        poll = self.sim.call("sendPoll", chat_id=5, question="Which?", options=[
            {"text": "a"}, {"text": "b"}], is_anonymous=False).result["poll"]
        self.assertEqual((poll["question"], [o["text"] for o in poll["options"]], poll["is_anonymous"]),
                         ("Which?", ["a", "b"], False))
        for params, words in (({"options": []}, "poll must have at least 1 option"),
                              ({"options": [{"text": "x"}] * 13}, "poll can't have more than 12 options"),
                              ({"options": [{"text": ""}]}, "poll options must be non-empty"),
                              ({"question": "q" * 301}, "poll question length must not exceed 300")):
            self.refused(self.sim.call("sendPoll", chat_id=5, **dict(
                {"question": "q", "options": [{"text": "x"}]}, **params)), 400, "Bad Request: " + words)

    def test_deletions(self):
        call, theirs, ours = self.sim.call, self.say(), self.send(GROUP)
        self.sim.control("chat/%d/rights" % GROUP, rights={"can_delete_messages": False})
        self.refused(call("deleteMessage", chat_id=GROUP, message_id=theirs), 400,
                     "Bad Request: message can't be deleted")
        self.sim.control("chat/%d/rights" % GROUP, rights={"can_delete_messages": True})
        self.assertIs(call("deleteMessages", chat_id=GROUP, message_ids=[ours, 999, theirs]).result, True)
        self.assertEqual([m["deleted"] for m in self.listed(GROUP, "&people=1")], [True, True])
        self.refused(call("deleteMessages", chat_id=GROUP, message_ids=[]), 400,
                     "Bad Request: message identifiers are not specified")
        self.refused(call("deleteMessages", chat_id=GROUP, message_ids=[1] * 101), 400,
                     "Bad Request: too many message identifiers specified")

    def test_pins(self):
        call, first, second = self.sim.call, self.send(GROUP), self.send(GROUP)
        for message in (first, second):
            self.assertIs(call("pinChatMessage", chat_id=GROUP, message_id=message).result, True)
        call("unpinChatMessage", chat_id=GROUP).result
        self.assertEqual([m["pinned"] for m in self.listed(GROUP)], [True, False], "the newest first")
        call("unpinChatMessage", chat_id=GROUP, message_id=first).result
        self.refused(call("unpinChatMessage", chat_id=GROUP), 400,
                     "Bad Request: message to unpin not found")
        self.refused(call("pinChatMessage", chat_id=GROUP, message_id=999), 400,
                     "Bad Request: message to pin not found")
        self.sim.control("chat/%d/rights" % GROUP, rights={"can_pin_messages": False})
        self.refused(call("pinChatMessage", chat_id=GROUP, message_id=first), 400,
                     "Bad Request: not enough rights to manage pinned messages in the chat")

    def test_reactions_of_bots(self):
        call, theirs = self.sim.call, self.say()

        def react(*emoji, message=theirs):
            return call("setMessageReaction", chat_id=GROUP, message_id=message,
                        reaction=[{"type": "emoji", "emoji": e} for e in emoji])
        self.assertIs(react("\U0001f44d").result, True)
        self.assertEqual(self.listed(GROUP, "&people=1")[0]["reaction"], "\U0001f44d")
        react().result
        self.assertNotIn("reaction", self.listed(GROUP, "&people=1")[0])
        self.refused(react("a", "b"), 400, "Bad Request: REACTIONS_TOO_MANY")
        self.refused(react(""), 400, "Bad Request: REACTION_INVALID")
        self.refused(react("a", message=999), 400, "Bad Request: message to react not found")

    def test_edits_count_in_groups_only(self):
        sim = Simulator(*FAST, "--per-second", "1000", "--per-chat", "1000", "--per-group", "3")
        self.addCleanup(sim.close)
        sim.start_users(5)
        def codes(chat):
            sent = sim.call("sendMessage", chat_id=chat, text="x").result["message_id"]
            return [sim.call("editMessageText", chat_id=chat, message_id=sent, text=str(i)).status
                    for i in range(4)]
        self.assertEqual(codes(GROUP), [200, 200, 429, 429])
        self.assertEqual(codes(5), [200] * 4)
