"""Forum supergroups: topics, who may write in them, replies."""
from simulator import Case, GROUP, OTHER, TOKEN

FORUM = -1001000000005


class Forum(Case):
    options = {"config": {"bots": [{"token": TOKEN, "username": "usher_bot"},
                                   {"token": OTHER, "username": "other_bot"}],
                          "chats": [{"id": FORUM, "title": "Desk", "is_forum": True, "owner": 1},
                                    {"id": GROUP, "title": "Starter"}]}}

    def setUp(self):
        super().setUp()
        self.sim.start_users(5)
        self.sim.control("user/5/join", chat_id=FORUM)
        self.sim.updates()

    def topic(self, method, thread, token=TOKEN, **params):
        return self.sim.call(method, token=token, chat_id=FORUM, message_thread_id=thread, **params)

    def create(self, name="Ticket 1", **params):
        return self.sim.call("createForumTopic", chat_id=FORUM, name=name, **params).result

    def test_the_life_of_a_topic(self):
        sim = self.sim
        made = self.create(icon_color=16766590)
        thread = made["message_thread_id"]
        self.assertGreater(thread, 1, "1 is General")
        self.assertEqual(made, {"message_thread_id": thread, "name": "Ticket 1", "icon_color": 16766590})
        sent = self.topic("sendMessage", thread, text="hello").result
        self.assertEqual((sent["message_thread_id"], sent["is_topic_message"]), (thread, True))
        self.assertEqual(sent["chat"]["is_forum"], True)
        self.assertEqual(sent["reply_to_message"]["forum_topic_created"]["name"], "Ticket 1")
        self.assertIs(self.topic("editForumTopic", thread, name="Solved").result, True)
        self.assertIs(self.topic("closeForumTopic", thread).result, True)
        self.assertEqual(sim.get("chat/%d/topics" % FORUM)["topics"],
                         [{"message_thread_id": thread, "name": "Solved", "icon_color": 16766590,
                           "closed": True, "deleted": False}])
        self.assertIs(self.topic("reopenForumTopic", thread).result, True)
        self.assertIs(self.topic("deleteForumTopic", thread).result, True)
        self.refused(self.topic("sendMessage", thread, text="x"), 400,
                     "Bad Request: message thread not found")
        self.assertEqual({m["deleted"] for m in sim.get("messages?chat=%d" % FORUM)["messages"]}, {True})
        self.assertEqual(self.create("n" * 200)["name"], "n" * 128)

    def test_errors(self):
        thread = self.create()["message_thread_id"]
        self.refused(self.topic("editForumTopic", thread, name="Ticket 1"), 400,
                     "Bad Request: TOPIC_NOT_MODIFIED")
        self.refused(self.topic("reopenForumTopic", thread), 400, "Bad Request: TOPIC_NOT_MODIFIED")
        self.topic("closeForumTopic", thread).result
        self.refused(self.topic("closeForumTopic", thread), 400, "Bad Request: TOPIC_NOT_MODIFIED")
        for method in ("editForumTopic", "closeForumTopic", "reopenForumTopic", "deleteForumTopic"):
            self.refused(self.topic(method, 999), 400, "Bad Request: TOPIC_ID_INVALID")
            self.refused(self.sim.call(method, chat_id=GROUP, message_thread_id=thread), 400,
                         "Bad Request: the chat is not a forum")
        self.refused(self.sim.call("createForumTopic", chat_id=GROUP, name="x"), 400,
                     "Bad Request: the chat is not a forum")
        self.refused(self.sim.call("createForumTopic", chat_id=FORUM), 400,
                     "Bad Request: title must be non-empty")
        for wrong in (1, 999):
            self.refused(self.topic("sendMessage", wrong, text="x"), 400,
                         "Bad Request: message thread not found")
        self.refused(self.sim.call("sendMessage", chat_id=5, message_thread_id=7, text="x"), 400,
                     "Bad Request: message thread not found")
        plain = self.sim.call("sendMessage", chat_id=GROUP, message_thread_id=7, text="x").result
        self.assertNotIn("message_thread_id", plain, "a group without topics ignores it")

    def test_rights(self):
        sim = self.sim
        own = self.create()["message_thread_id"]
        other = sim.call("createForumTopic", token=OTHER, chat_id=FORUM, name="B").result
        other = other["message_thread_id"]
        sim.control("chat/%d/rights" % FORUM,
                    rights={"can_manage_topics": False, "can_delete_messages": False})
        self.refused(sim.call("createForumTopic", chat_id=FORUM, name="x"), 400,
                     "Bad Request: not enough rights to create a topic")
        self.refused(self.topic("editForumTopic", other, name="x"), 400,
                     "Bad Request: not enough rights to edit the topic")
        for method in ("closeForumTopic", "reopenForumTopic"):
            self.refused(self.topic(method, other), 400,
                         "Bad Request: not enough rights to close or open the topic")
        self.refused(self.topic("deleteForumTopic", other), 400,
                     "Bad Request: not enough rights to delete the topic")
        self.assertIs(self.topic("editForumTopic", own, name="mine").result, True)
        self.topic("sendMessage", other, text="x").result
        self.topic("closeForumTopic", other, token=OTHER).result
        self.refused(self.topic("sendMessage", other, text="x"), 400, "Bad Request: TOPIC_CLOSED")
        self.topic("sendMessage", other, token=OTHER, text="an administrator may").result

    def test_people_write_in_topics(self):
        sim = self.sim
        thread = self.create()["message_thread_id"]
        said = sim.control("user/5/say", chat_id=FORUM, thread_id=thread, text="help").json
        message = sim.updates("message")[0]
        self.assertEqual((message["message_id"], message["message_thread_id"],
                          message["is_topic_message"], message["from"]["id"], message["text"],
                          message["chat"]["type"]),
                         (said["message_id"], thread, True, 5, "help", "supergroup"))
        self.assertIn("forum_topic_created", message["reply_to_message"])
        answer = sim.call("sendMessage", chat_id=FORUM, text="yes?", reply_parameters={
            "message_id": said["message_id"]}).result
        self.assertEqual((answer["message_thread_id"], answer["reply_to_message"]["text"]),
                         (thread, "help"), "a reply goes to the topic of what it replies to")
        sim.control("user/5/say", chat_id=FORUM, text="thanks", reply_to=answer["message_id"])
        message = sim.updates("message")[0]
        self.assertEqual((message["message_thread_id"], message["reply_to_message"]["text"],
                          message["reply_to_message"]["from"]["is_bot"]), (thread, "yes?", True))
        sim.control("user/5/say", chat_id=FORUM, text="general")
        self.assertNotIn("message_thread_id", sim.updates("message")[0])
        self.topic("closeForumTopic", thread).result
        refused = sim.control("user/5/say", chat_id=FORUM, thread_id=thread, text="x")
        self.assertEqual((refused.status, refused.json["error"]), (409, "the topic is closed"))
        self.assertEqual(sim.control("user/1/say", chat_id=FORUM, thread_id=thread, text="x").status, 200)
        self.assertEqual(sim.control("user/5/say", chat_id=FORUM, thread_id=99, text="x").status, 409)

    def test_topics_are_turned_on(self):
        sim = self.sim
        self.assertEqual(sim.control("chat/%d/forum" % GROUP, is_forum=True).status, 200)
        self.assertIs(sim.call("getChat", chat_id=GROUP).result["is_forum"], True)
        thread = sim.call("createForumTopic", chat_id=GROUP, name="x").result["message_thread_id"]
        listed = sim.get("messages?chat=%d" % GROUP)["messages"]
        self.assertEqual((thread, listed[0]["message_thread_id"]), (2, 2))
        self.assertEqual(sim.control("chat/%d/forum" % GROUP, is_forum=1).status, 400)
