"""Invite links, join requests, members, migration."""
import time

from simulator import BASIC, Case, GROUP, OTHER, Simulator, TOKEN


class Links(Case):
    options = {"bots": (TOKEN + ",usher_bot", OTHER + ",other_bot")}

    def setUp(self):
        super().setUp()
        self.sim.start_users(*range(5, 10))
        self.sim.updates(allowed_updates=["message", "chat_member", "chat_join_request"])

    def test_join_request_is_approved(self):
        sim = self.sim
        link = sim.link(creates_join_request=True, name="starter")
        self.assertEqual(sim.follow(5, link), "requested")
        self.assertEqual(sim.follow(5, link), "already_requested")
        request = sim.updates("chat_join_request")
        self.assertEqual(len(request), 1)
        self.assertEqual((request[0]["from"]["id"], request[0]["user_chat_id"], request[0]["chat"]["id"],
                          request[0]["invite_link"]["invite_link"],
                          request[0]["invite_link"]["pending_join_request_count"]),
                         (5, 5, GROUP, link, 1))
        self.assertEqual(sim.members(), [])
        self.assertEqual(sim.call("getChatMember", chat_id=GROUP, user_id=5).result["status"], "left")
        self.assertIs(sim.call("approveChatJoinRequest", chat_id=GROUP, user_id=5).result, True)
        self.refused(sim.call("approveChatJoinRequest", chat_id=GROUP, user_id=5), 400,
                     "Bad Request: USER_ALREADY_PARTICIPANT")
        self.assertEqual(sim.members(), [5])
        change = sim.updates("chat_member")[0]
        self.assertEqual((change["old_chat_member"]["status"], change["new_chat_member"]["status"],
                          change["from"]["id"], change["invite_link"]["invite_link"]),
                         ("left", "member", 1000001, link))
        self.assertEqual(sim.follow(5, link), "already_in")

    def test_join_request_is_declined_or_missing(self):
        sim = self.sim
        link = sim.link(creates_join_request=True)
        sim.follow(5, link)
        self.refused(sim.call("approveChatJoinRequest", chat_id=GROUP, user_id=6), 400,
                     "Bad Request: HIDE_REQUESTER_MISSING")
        self.refused(sim.call("approveChatJoinRequest", chat_id=GROUP, user_id=77), 400,
                     "Bad Request: user not found")
        self.assertIs(sim.call("declineChatJoinRequest", chat_id=GROUP, user_id=5).result, True)
        self.refused(sim.call("declineChatJoinRequest", chat_id=GROUP, user_id=5), 400,
                     "Bad Request: HIDE_REQUESTER_MISSING")
        self.assertEqual((sim.members(), sim.get("chat/%d/members" % GROUP)["pending"]), ([], []))
        self.assertEqual(sim.follow(5, link), "requested")

    def test_a_request_lets_the_bot_write_to_a_stranger(self):
        sim = self.sim
        sim.start_users(50, start=False)
        link = sim.link(creates_join_request=True)
        self.assertEqual(sim.call("sendMessage", chat_id=50, text="x").status, 403)
        sim.follow(50, link)
        sim.call("sendMessage", chat_id=50, text="x").result

    def test_member_limit(self):
        sim = self.sim
        link = sim.link(member_limit=1)
        self.assertEqual([sim.follow(user, link) for user in (5, 6, 5)],
                         ["joined", "full", "already_in"])
        self.assertEqual(sim.members(), [5])
        self.assertEqual(sim.report()["follows"]["full"], 1)
        sim.control("user/5/leave", chat_id=GROUP)
        self.assertEqual(sim.follow(6, link), "joined", "the limit counts members at one time")

    def test_expiry_and_revocation(self):
        sim = self.sim
        soon = int(time.time()) + 2
        link = sim.link(expire_date=soon)
        self.assertEqual(sim.follow(5, link), "joined")
        other = sim.link()
        revoked = sim.call("revokeChatInviteLink", chat_id=GROUP, invite_link=other).result
        self.assertEqual((revoked["is_revoked"], revoked["invite_link"]), (True, other))
        self.assertEqual(sim.follow(6, other), "revoked")
        self.assertEqual(sim.follow(6, "https://t.me/+nosuchlink"), "unknown")
        self.eventually(lambda: time.time() > soon)
        self.assertEqual(sim.follow(6, link), "expired")

    def test_primary_link(self):
        sim = self.sim
        first = sim.call("exportChatInviteLink", chat_id=GROUP).result
        second = sim.call("exportChatInviteLink", chat_id=GROUP).result
        self.assertEqual([sim.follow(5, first), sim.follow(5, second)], ["revoked", "joined"])
        self.assertEqual(sim.call("getChat", chat_id=GROUP).result["invite_link"], second)
        sim.call("revokeChatInviteLink", chat_id=GROUP, invite_link=second).result
        self.assertNotIn(sim.call("getChat", chat_id=GROUP).result["invite_link"], (first, second))

    def test_what_a_link_may_not_be(self):
        sim = self.sim
        for params, words in (
                ({"member_limit": 1, "creates_join_request": True},
                 "member limit can't be specified for links requiring administrator approval"),
                ({"member_limit": 100000}, "USAGE_LIMIT_INVALID"),
                ({"expire_date": int(time.time()) - 5}, "EXPIRE_DATE_INVALID"),
                ({"expire_date": 1 << 40}, "EXPIRE_DATE_INVALID")):
            self.refused(sim.call("createChatInviteLink", chat_id=GROUP, **params), 400,
                         "Bad Request: " + words)
        named = sim.call("createChatInviteLink", chat_id=GROUP, name="n" * 40).result
        self.assertEqual(named["name"], "n" * 32)
        self.assertEqual(sim.report()["warning_count"], 1)

    def test_rights(self):
        sim = self.sim
        link = sim.link(creates_join_request=True)
        sim.follow(5, link)
        sim.control("chat/%d/rights" % GROUP, rights={"can_invite_users": False})
        for method, params, words in (
                ("createChatInviteLink", {}, "chat invite link"),
                ("exportChatInviteLink", {}, "chat invite link"),
                ("revokeChatInviteLink", {"invite_link": link}, "chat invite link"),
                ("approveChatJoinRequest", {"user_id": 5}, "chat join requests"),
                ("declineChatJoinRequest", {"user_id": 5}, "chat join requests")):
            self.refused(sim.call(method, chat_id=GROUP, **params), 400,
                         "Bad Request: not enough rights to manage " + words)
        sim.follow(6, link)
        self.assertEqual([r["from"]["id"] for r in sim.updates("chat_join_request")], [5])
        self.assertEqual(sim.control("chat/%d/rights" % GROUP, rights={"x": True}).status, 400)

    def test_links_of_another_bot(self):
        sim = self.sim
        sim.updates(token=OTHER, allowed_updates=["chat_member"])
        link = sim.link()
        self.refused(sim.call("revokeChatInviteLink", token=OTHER, chat_id=GROUP, invite_link=link), 400,
                     "Bad Request: INVITE_HASH_EXPIRED")
        sim.follow(5, link)
        seen = sim.updates("chat_member", token=OTHER)[0]["invite_link"]["invite_link"]
        self.assertTrue(seen.endswith("...") and link.startswith(seen[:-3]), seen)


class Members(Case):
    options = {"config": {"bots": [{"token": TOKEN, "username": "usher_bot"}],
                          "chats": [{"id": GROUP, "title": "Starter", "owner": 1},
                                    {"id": BASIC, "type": "group", "title": "Basic"}]}}

    def setUp(self):
        super().setUp()
        self.sim.start_users(*range(5, 10))
        self.sim.control("user/5/join", chat_id=GROUP)
        self.sim.updates(allowed_updates=["message", "chat_member", "my_chat_member"])

    def do(self, method, user=5, chat=GROUP, **params):
        return self.sim.call(method, chat_id=chat, user_id=user, **params)

    def changes(self):
        return [(u["new_chat_member"]["user"]["id"], u["old_chat_member"]["status"],
                 u["new_chat_member"]["status"]) for u in self.sim.updates("chat_member")]

    def test_ban_and_unban(self):
        sim = self.sim
        self.assertIs(self.do("banChatMember").result, True)
        self.assertEqual(self.do("getChatMember").result["status"], "kicked")
        link = sim.link()
        self.assertEqual(sim.follow(5, link), "banned")
        self.assertEqual(sim.control("user/5/join", chat_id=GROUP).status, 409)
        self.assertIs(self.do("unbanChatMember", only_if_banned=True).result, True)
        self.assertEqual(self.do("getChatMember").result["status"], "left")
        self.assertEqual(sim.follow(5, link), "joined")
        self.assertEqual(self.changes(), [(5, "member", "kicked"), (5, "kicked", "left"),
                                          (5, "left", "member")])

    def test_unban_removes_a_member(self):
        sim = self.sim
        self.assertIs(self.do("unbanChatMember", only_if_banned=True).result, True)
        self.assertEqual(sim.members(), [1, 5])
        self.assertIs(self.do("unbanChatMember").result, True)
        self.assertEqual(sim.members(), [1])
        self.assertEqual(self.do("getChatMember").result["status"], "left")
        self.assertEqual(self.changes(), [(5, "member", "kicked"), (5, "kicked", "left")])
        self.assertIs(self.do("unbanChatMember").result, True)
        self.assertEqual(self.changes(), [])

    def test_removal_takes_a_second(self):
        sim = Simulator()
        self.addCleanup(sim.close)
        sim.start_users(5)
        sim.control("user/5/join", chat_id=GROUP)
        before = time.monotonic()
        sim.call("unbanChatMember", chat_id=GROUP, user_id=5).result
        self.assertGreaterEqual(time.monotonic() - before, 0.99)

    def test_a_ban_with_an_end(self):
        until = int(time.time()) + 3600
        self.do("banChatMember", until_date=until).result
        self.assertEqual(self.do("getChatMember").result["until_date"], until)
        self.do("banChatMember", user=6, until_date=int(time.time()) + 5).result
        self.assertEqual(self.do("getChatMember", user=6).result["until_date"], 0)

    def test_who_cannot_be_removed(self):
        for user, words in ((1, "can't remove chat owner"), (1000001, "can't restrict self"),
                            (999, "member not found"), (0, "invalid user_id specified")):
            for method in ("banChatMember", "unbanChatMember"):
                self.refused(self.do(method, user=user), 400, "Bad Request: " + words)
        self.sim.control("chat/%d/rights" % GROUP, rights={"can_restrict_members": False})
        for method in ("banChatMember", "unbanChatMember"):
            self.refused(self.do(method), 400,
                         "Bad Request: not enough rights to restrict/unrestrict chat member")
        self.assertEqual(self.sim.members(), [1, 5])

    def test_leaving_and_counting(self):
        sim = self.sim
        self.assertEqual(self.do("getChatMemberCount").result, 3)
        self.assertEqual(sim.control("user/5/leave", chat_id=GROUP).status, 200)
        self.assertEqual(sim.control("user/5/leave", chat_id=GROUP).status, 409)
        self.assertEqual(self.do("getChatMemberCount").result, 2)
        self.assertEqual(self.changes(), [(5, "member", "left")])
        bot = self.do("getChatMember", user=1000001).result
        self.assertEqual((bot["status"], bot["can_invite_users"]), ("administrator", True))
        self.assertNotIn("can_post_messages", bot)
        self.assertEqual(self.do("getChatMember", user=1).result["status"], "creator")
        self.refused(self.do("getChatMember", user=12345), 400, "Bad Request: member not found")

    def test_chat_member_comes_only_when_asked_for(self):
        self.sim.updates(allowed_updates=[])
        self.sim.control("user/6/join", chat_id=GROUP)
        self.assertEqual(self.sim.updates(), [])
        self.sim.updates(allowed_updates=["chat_member"])
        self.sim.control("chat/%d/rights" % GROUP, status="member")
        self.sim.control("user/7/join", chat_id=GROUP)
        self.assertEqual(self.sim.updates(), [])

    def test_migration(self):
        sim = self.sim
        new = -1001000000777
        link = sim.call("createChatInviteLink", chat_id=BASIC).result["invite_link"]
        sim.follow(5, link)
        self.refused(self.do("unbanChatMember", chat=BASIC), 400,
                     "Bad Request: method is available for supergroup and channel chats only")
        sim.updates()
        self.assertEqual(sim.control("chat/%d/migrate" % BASIC, new_id=new).status, 200)
        self.assertEqual(sim.control("chat/%d/migrate" % BASIC, new_id=new - 1).status, 409)
        answer = sim.call("sendMessage", chat_id=BASIC, text="x")
        self.refused(answer, 400, "Bad Request: group chat was upgraded to a supergroup chat")
        self.assertEqual(answer.json["parameters"], {"migrate_to_chat_id": new})
        updates = sim.updates("message")
        self.assertEqual([(u["chat"]["id"], u.get("migrate_to_chat_id"),
                           u.get("migrate_from_chat_id")) for u in updates],
                         [(BASIC, new, None), (new, None, BASIC)])
        self.assertEqual(sim.members(new), [5])
        self.assertEqual(sim.follow(6, link), "joined")
        self.assertEqual(sim.members(new), [5, 6])
        sim.call("sendMessage", chat_id=new, text="x").result
