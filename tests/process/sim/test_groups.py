"""What people do in groups: messages, privacy mode, reactions, restrictions, tags, administrators."""
import time

from simulator import CHANNEL, Case, FAST, GROUP, LOOSE, OTHER, Simulator, TOKEN

ADMIN, MEMBER = "usher_bot", "other_bot"


class Groups(Case):
    options = {"config": {"bots": [{"token": TOKEN, "username": ADMIN},
                                   {"token": OTHER, "username": MEMBER}],
                          "chats": [{"id": GROUP, "title": "Starter", "owner": 1, "bots": {
                              ADMIN: {}, MEMBER: {"status": "member"}}},
                              {"id": CHANNEL, "type": "channel", "title": "News"}]}}

    def setUp(self):
        super().setUp()
        self.sim.start_users(5, 6)
        self.sim.control("user/5/join", chat_id=GROUP)
        self.sim.updates()
        self.sim.updates(token=OTHER)

    def say(self, text="hello", user=5, **more):
        return self.sim.control("user/%d/say" % user, chat_id=GROUP, text=text, **more)

    def texts(self, token=TOKEN, kind="message"):
        return [m["text"] for m in self.sim.updates(kind, token=token)]

    def member(self, user=5, **body):
        answer = self.sim.control("chat/%d/member" % GROUP, user_id=user, **body)
        self.assertEqual(answer.status, 200, answer.raw)

    def got(self, user=5):
        return self.sim.call("getChatMember", chat_id=GROUP, user_id=user).result

    def test_a_message_in_a_group(self):
        said = self.say("hello").json
        message = self.sim.updates("message")[0]
        self.assertEqual((message["message_id"], message["from"]["id"], message["chat"]),
                         (said["message_id"], 5,
                          {"id": GROUP, "title": "Starter", "type": "supergroup"}))
        self.assertEqual(self.sim.control("user/5/edit", chat_id=GROUP, text="hallo",
                                          message_id=said["message_id"]).status, 200)
        edited = self.sim.updates("edited_message")[0]
        self.assertEqual((edited["message_id"], edited["text"], "edit_date" in edited),
                         (said["message_id"], "hallo", True))
        self.assertEqual(self.sim.control("user/6/edit", chat_id=GROUP, text="x",
                                          message_id=said["message_id"]).status, 404)
        refused = self.say(user=6)
        self.assertEqual((refused.status, refused.json["error"]), (409, "the user is not in the chat"))
        self.assertEqual(self.say(reply_to=999).status, 409)
        self.assertEqual(self.sim.control("user/5/say", chat_id=-77, text="x").status, 404)
        self.assertEqual(self.sim.control("user/5/say", chat_id=GROUP).status, 400)

    def test_messages_in_private(self):
        said = self.sim.control("user/5/say", text="psst", photo="AgACphoto1").json
        message = self.sim.updates("message")[0]
        self.assertEqual((message["message_id"], message["caption"], message["photo"][0]["file_id"],
                          message["chat"]["type"]), (said["message_id"], "psst", "AgACphoto1", "private"))
        self.assertEqual(self.sim.updates(token=OTHER), [])

    def test_privacy_mode(self):
        for text in ("hello", "/rules", "/rules@Other_bot x", "/rules@usher_bot"):
            self.say(text)
        self.assertEqual(self.texts(OTHER), ["/rules", "/rules@Other_bot x"])
        self.assertEqual(len(self.texts()), 4, "an administrator sees everything")
        self.sim.call("sendMessage", chat_id=GROUP, text="x").result
        self.say("/rules")
        self.assertEqual(self.texts(OTHER), [], "the other one was the last to write")
        sent = self.sim.call("sendMessage", token=OTHER, chat_id=GROUP, text="x").result
        self.say("an answer", reply_to=sent["message_id"])
        self.assertEqual(self.texts(OTHER), ["an answer"])

    def test_anonymous_administrators_and_channels(self):
        self.member(status="administrator", anonymous=True)
        self.say("as the group")
        message = self.sim.updates("message")[0]
        self.assertEqual((message["from"]["username"], message["sender_chat"]["id"]),
                         ("GroupAnonymousBot", GROUP))
        self.member(status="member", anonymous=False)
        self.say("as a channel", sender_chat=CHANNEL)
        message = self.sim.updates("message")[0]
        self.assertEqual((message["from"]["username"], message["sender_chat"]["id"]),
                         ("Channel_Bot", CHANNEL))
        ban = {"chat_id": GROUP, "sender_chat_id": CHANNEL}
        self.refused(self.sim.call("banChatSenderChat", chat_id=GROUP, sender_chat_id=-77), 400,
                     "Bad Request: PARTICIPANT_ID_INVALID")
        self.refused(self.sim.call("banChatSenderChat", token=OTHER, **ban), 400,
                     "Bad Request: not enough rights to restrict/unrestrict chat member")
        self.assertIs(self.sim.call("banChatSenderChat", **ban).result, True)
        self.assertEqual(self.say(sender_chat=CHANNEL).json["error"], "the sender chat is banned")
        self.say("as herself")
        self.assertEqual(self.texts(), ["as herself"])

    def test_reactions(self):
        sim = self.sim
        said = self.say().json["message_id"]
        def react(emoji, user=5):
            return sim.control("user/%d/react" % user, chat_id=GROUP, message_id=said, emoji=emoji)
        react("\U0001f44d")
        self.assertEqual(sim.updates("message_reaction"), [], "only when it is asked for")
        for token in (TOKEN, OTHER):
            sim.updates(token=token, allowed_updates=["message_reaction", "message"])
        react("\U0001f525")
        react("\U0001f525")
        react("")
        changes = sim.updates("message_reaction")
        emoji = lambda which: [[r["emoji"] for r in c[which]] for c in changes]
        self.assertEqual((emoji("old_reaction"), emoji("new_reaction")),
                         ([["\U0001f44d"], ["\U0001f525"]], [["\U0001f525"], []]))
        self.assertEqual((changes[0]["user"]["id"], changes[0]["message_id"], changes[0]["chat"]["id"]),
                         (5, said, GROUP))
        self.assertEqual(sim.updates(token=OTHER, kind="message_reaction"), [], "no administrator")
        self.assertEqual(sim.control("user/5/react", chat_id=GROUP, message_id=99).status, 404)

    def test_reactions_of_anonymous_administrators(self):
        self.member(status="administrator", anonymous=True)
        self.sim.updates(allowed_updates=["message_reaction"])
        said = self.say().json["message_id"]
        self.sim.control("user/5/react", chat_id=GROUP, message_id=said, emoji="a")
        change = self.sim.updates("message_reaction")[0]
        self.assertEqual((change["actor_chat"]["id"], "user" in change), (GROUP, False))

    def test_old_messages_of_people_are_forgotten(self):
        sim = Simulator(*FAST, *LOOSE, "--messages-max", "3")
        self.addCleanup(sim.close)
        sim.control("user/5/join", chat_id=GROUP)
        kept = sim.call("sendMessage", chat_id=GROUP, text="x").result["message_id"]
        said = [sim.control("user/5/say", chat_id=GROUP, text=str(i)).json["message_id"] for i in range(5)]
        answer = lambda to: sim.call("sendMessage", chat_id=GROUP, text="y",
                                     reply_parameters={"message_id": to})
        self.refused(answer(said[1]), 400, "Bad Request: message to be replied not found")
        for to in (said[2], kept):
            answer(to).result
        self.assertEqual(sim.report()["messages_forgotten"], 0, "people push out no message of a bot")

    def test_restrictions(self):
        sim = self.sim
        def restrict(user=5, token=TOKEN, chat=GROUP, permissions={}, **params):
            return sim.call("restrictChatMember", token=token, chat_id=chat, user_id=user,
                            permissions=permissions, **params)
        sim.updates(allowed_updates=["chat_member", "message"])
        until = int(time.time()) + 3600
        self.assertIs(restrict(until_date=until).result, True)
        member = self.got()
        self.assertEqual((member["status"], member["is_member"], member["can_send_messages"],
                          member["until_date"]), ("restricted", True, False, until))
        change = sim.updates("chat_member")[0]
        self.assertEqual((change["old_chat_member"]["status"], change["new_chat_member"]["status"]),
                         ("member", "restricted"))
        self.assertEqual(self.say().json["error"], "the user is restricted")
        self.assertEqual(sim.members(), [1, 5])
        restrict(permissions={"can_send_polls": True}).result
        self.assertTrue(self.got()["can_send_messages"], "it is implied")
        restrict(permissions={"can_send_polls": True}, use_independent_chat_permissions=True).result
        self.assertFalse(self.got()["can_send_messages"])
        everything = {name: True for name in self.got() if name.startswith("can_")}
        restrict(permissions=everything).result
        self.assertEqual((self.got()["status"], self.say().status), ("member", 200))
        restrict(user=6).result
        self.assertEqual((self.got(6)["status"], self.got(6)["is_member"]), ("restricted", False))
        sim.control("user/6/join", chat_id=GROUP)
        self.assertEqual((self.got(6)["is_member"], sim.members()), (True, [1, 5, 6]))
        self.assertEqual(self.say(user=6).status, 409)
        self.refused(restrict(user=1), 400, "Bad Request: can't remove chat owner")
        self.refused(restrict(token=OTHER), 400,
                     "Bad Request: not enough rights to restrict/unrestrict chat member")
        self.refused(restrict(chat=CHANNEL), 400,
                     "Bad Request: method is available only for supergroups")

    def test_tags(self):
        sim = self.sim
        def tag(text, user=5, **params):
            return sim.call("setChatMemberTag", **dict(
                {"chat_id": GROUP, "user_id": user, "tag": text}, **params))
        self.assertIs(tag("Gold").result, True)
        self.assertEqual(self.got()["tag"], "Gold")
        self.say()
        self.assertEqual(sim.updates("message")[0]["sender_tag"], "Gold")
        tag("").result
        self.assertNotIn("tag", self.got())
        self.refused(tag("x" * 17), 400, "Bad Request: TAG_INVALID")
        self.refused(tag("x", user=6), 400, "Bad Request: user not found")
        self.refused(tag("x", chat_id=CHANNEL), 400,
                     "Bad Request: method is available only for groups and supergroups")

    def test_administrators(self):
        sim = self.sim
        sim.updates(allowed_updates=["chat_member"])
        self.member(status="administrator", rights={"can_restrict_members": True}, title="Keeper")
        change = sim.updates("chat_member")[0]
        self.assertEqual(change["new_chat_member"]["status"], "administrator")
        member = self.got()
        self.assertEqual((member["can_restrict_members"], member["can_manage_topics"],
                          member["custom_title"], member["is_anonymous"]), (True, False, "Keeper", False))
        listed = sim.call("getChatAdministrators", chat_id=GROUP).result
        self.assertEqual([(m["user"]["id"], m["status"]) for m in listed],
                         [(1, "creator"), (5, "administrator"), (1000001, "administrator")])
        self.refused(sim.call("getChatAdministrators", chat_id=5), 400,
                     "Bad Request: there are no administrators in the private chat")
        self.refused(sim.call("banChatMember", chat_id=GROUP, user_id=5), 400,
                     "Bad Request: user is an administrator of the chat")
        self.assertEqual(sim.control("chat/%d/member" % GROUP, user_id=5, status="king").status, 400)
        self.member(status="left")
        self.assertEqual(sim.members(), [1])

    def test_dates_are_shifted(self):
        sim = self.sim
        self.assertEqual(sim.control("dates", offset_s=86400).status, 200)
        self.say()
        sent = sim.call("sendMessage", chat_id=GROUP, text="x").result
        for message in (sent, sim.updates("message")[0]):
            self.assertAlmostEqual(message["date"], time.time() + 86400, delta=5)
        self.assertEqual(sim.control("dates", offset_s="x").status, 400)

    def test_only_listed_kinds_are_delivered(self):
        sim = self.sim
        sim.updates(allowed_updates=["edited_message"])
        said = self.say().json["message_id"]
        sim.control("user/5/edit", chat_id=GROUP, message_id=said, text="y")
        self.assertEqual([sorted(u)[0] for u in sim.updates()], ["edited_message"])
        sim.updates(allowed_updates=[])
        self.say()
        self.assertEqual(len(sim.updates("message")), 1, "the usual ones again")
