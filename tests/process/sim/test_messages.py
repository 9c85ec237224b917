"""Messages, buttons, callback queries."""

from simulator import CHANNEL, Case, FAST, GROUP, LOOSE, OTHER, Simulator, TOKEN


class Messages(Case):
    options = {"bots": (TOKEN + ",usher_bot", OTHER + ",other_bot"),
               "chats": ("%d,supergroup,Starter" % GROUP, "%d,channel,News" % CHANNEL)}

    def send(self, chat=5, **params):
        return self.sim.call("sendMessage", chat_id=chat, **dict({"text": "x"}, **params))

    def test_who_may_be_written_to(self):
        sim = self.sim
        self.refused(self.send(), 400, "Bad Request: chat not found")
        self.refused(self.send(chat="@nobody"), 400, "Bad Request: chat not found")
        self.refused(self.send(chat="5x"), 400, "Bad Request: chat not found")
        self.refused(self.send(chat=-77), 400, "Bad Request: chat not found")
        sim.start_users(5, start=False)
        self.refused(self.send(), 403, "Forbidden: bot can't initiate conversation with a user")
        sim.control("user/5/start", payload="p")
        self.assertEqual(self.send().result["chat"]["id"], 5)
        self.refused(sim.call("sendMessage", token=OTHER, chat_id=5, text="x"), 403,
                     "Forbidden: bot can't initiate conversation with a user")
        sim.control("user/5/block")
        self.refused(self.send(), 403, "Forbidden: bot was blocked by the user")
        sim.control("user/5/unblock")
        self.send().result
        sim.control("user/5/deactivate")
        self.refused(self.send(), 403, "Forbidden: user is deactivated")

    def test_updates_of_start_and_block(self):
        sim = self.sim
        sim.start_users(5, payload="abc", language_code="zh-hant", first_name="Ann")
        sim.control("user/5/block")
        sim.control("user/5/block")
        sim.control("user/5/start")
        sim.control("user/5/message", text="hello")
        updates = sim.updates()
        self.assertEqual([sorted(set(u) - {"update_id"})[0] for u in updates],
                         ["message", "my_chat_member", "my_chat_member", "message", "message"])
        start = updates[0]["message"]
        self.assertEqual(start["text"], "/start abc")
        self.assertEqual(start["from"], {"id": 5, "is_bot": False, "first_name": "Ann",
                                         "language_code": "zh-hant"})
        self.assertEqual(start["entities"], [{"offset": 0, "length": 6, "type": "bot_command"}])
        blocked = updates[1]["my_chat_member"]
        self.assertEqual((blocked["chat"]["type"], blocked["old_chat_member"]["status"],
                          blocked["new_chat_member"]["status"]), ("private", "member", "kicked"))
        self.assertEqual(updates[2]["my_chat_member"]["new_chat_member"]["status"], "member")
        self.assertEqual(sim.updates(token=OTHER), [])

    def test_length_of_a_text(self):
        self.sim.start_users(5)
        self.send(text="x" * 4096).result
        self.refused(self.send(text="x" * 4097), 400, "Bad Request: message is too long")
        self.refused(self.send(text="\U0001f600" * 2049), 400, "Bad Request: message is too long")
        self.send(text="<b>" + "x" * 4096 + "</b>", parse_mode="HTML").result
        self.send(text="&amp;" * 4096, parse_mode="html").result
        for text, words in (("<b>x", "Can't find end tag corresponding to start tag \"b\""),
                            ("x</b>", "Unexpected end tag at byte offset 1"),
                            ("<b><i>x</b></i>", "Unmatched end tag at byte offset 7, expected "
                                                "\"</i>\", found \"</b>\""),
                            ("<blink>x</blink>", "Unsupported start tag \"blink\" at byte offset 0"),
                            ("x <b", "Unclosed start tag at byte offset 2")):
            self.refused(self.send(text=text, parse_mode="HTML"), 400,
                         "Bad Request: can't parse entities: " + words)
        self.refused(self.send(text="<b></b>", parse_mode="HTML"), 400,
                     "Bad Request: message text is empty")
        self.refused(self.send(parse_mode="BBCode"), 400, "Bad Request: unsupported parse_mode")

    def test_buttons(self):
        self.sim.start_users(5)
        good = [[{"text": "a", "url": "https://t.me/+abc"}, {"text": "b", "callback_data": "x"}],
                [{"text": "c", "copy_text": {"text": "code"}}], [{"text": "d", "url": "tg://user?id=5"}]]
        answer = self.send(reply_markup={"inline_keyboard": good})
        self.assertEqual(answer.result["reply_markup"], {"inline_keyboard": good})
        prefix = "can't parse inline keyboard button: "
        for buttons, words in (
                ([[{"text": "a"}]], prefix + "Text buttons are unallowed in the inline keyboard"),
                ([[{"url": "https://a.b"}]], prefix + 'Can\'t find field "text"'),
                ([[{"text": 1, "url": "https://a.b"}]],
                 prefix + 'Field "text" must be of type String'),
                ([[{"text": "", "url": "https://a.b"}]],
                 "inline keyboard button text must be non-empty"),
                ([[{"text": "a", "url": "https://a.b", "callback_data": "x"}]],
                 prefix + "exactly one action is allowed"),
                ([["a"]], prefix + "InlineKeyboardButton must be an Object"),
                ([{"text": "a"}], 'field "inline_keyboard" of the InlineKeyboardMarkup must be an '
                                  'Array of Arrays'),
                ("x", 'field "inline_keyboard" must be of type Array'),
                ([[{"text": "a", "callback_data": "x" * 65}]], "BUTTON_DATA_INVALID"),
                ([[{"text": "a", "url": "http://localhost/x"}]],
                 "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL"),
                ([[{"text": "a", "url": "javascript:x"}]],
                 "inline keyboard button URL 'javascript:x' is invalid: Wrong HTTP URL"),
                ([[{"text": "a", "callback_data": "x"}]] * 101, "reply markup is too long")):
            self.refused(self.send(reply_markup={"inline_keyboard": buttons}), 400,
                         "Bad Request: " + words)

    def test_groups_and_channels(self):
        sim = self.sim
        first = self.send(chat=GROUP).result
        self.assertEqual(first["chat"], {"id": GROUP, "title": "Starter", "type": "supergroup"})
        self.assertNotIn("from", self.send(chat=CHANNEL).result)
        for status, description in (("left", "bot is not a member of the supergroup chat"),
                                    ("kicked", "bot was kicked from the supergroup chat")):
            sim.control("chat/%d/rights" % GROUP, status=status)
            self.refused(self.send(chat=GROUP), 403, "Forbidden: " + description)
        sim.control("chat/%d/rights" % CHANNEL, rights={"can_post_messages": False})
        self.refused(self.send(chat=CHANNEL), 400,
                     "Bad Request: need administrator rights in the channel chat")
        kinds = [u["new_chat_member"]["status"] for u in sim.updates("my_chat_member")]
        self.assertEqual(kinds, ["left", "kicked", "administrator"])

    def test_edit_and_delete(self):
        sim = self.sim
        sim.start_users(5)
        sent = self.send(text="one").result["message_id"]

        def edit(**params):
            return sim.call("editMessageText", chat_id=5, **dict({"message_id": sent}, **params))
        self.refused(edit(text="one"), 400, "Bad Request: message is not modified: specified new "
                     "message content and reply markup are exactly the same as a current content "
                     "and reply markup of the message")
        edited = edit(text="two").result
        self.assertEqual((edited["text"], "edit_date" in edited), ("two", True))
        self.refused(edit(text="x", message_id=999), 400, "Bad Request: message to edit not found")
        self.refused(sim.call("editMessageText", text="x", chat_id=5), 400,
                     "Bad Request: message identifier is not specified")
        self.refused(sim.call("editMessageText", text="x", message_id=sent), 400,
                     "Bad Request: chat_id is empty")
        self.refused(sim.call("deleteMessage", token=OTHER, chat_id=5, message_id=sent), 400,
                     "Bad Request: message to delete not found")
        self.assertIs(sim.call("deleteMessage", chat_id=5, message_id=sent).result, True)
        self.refused(sim.call("deleteMessage", chat_id=5, message_id=sent), 400,
                     "Bad Request: message to delete not found")
        kept = sim.get("messages?chat=5")["messages"]
        self.assertEqual([(m["text"], m["deleted"]) for m in kept], [("two", True)])

    def test_documents(self):
        self.sim.start_users(5)
        answer = self.sim.call("sendDocument", chat_id=5, document="https://example.org/pack.pdf",
                               caption="c").result
        self.assertEqual((answer["caption"], answer["document"]["file_id"]),
                         ("c", "https://example.org/pack.pdf"))
        self.refused(self.sim.call("sendDocument", chat_id=5, document="pack"), 400,
                     "Bad Request: wrong remote file identifier specified: Wrong string length")
        self.refused(self.sim.call("sendDocument", chat_id=5, document="https://example.org/a",
                                   caption="x" * 1025), 400,
                     "Bad Request: message caption is too long")

    def test_callback_queries(self):
        sim = self.sim
        sim.start_users(5)
        self.send(reply_markup={"inline_keyboard": [[{"text": "a", "callback_data": "yes"}]]}).result
        self.assertEqual(sim.control("user/5/press", data="no").status, 404)
        self.assertEqual(sim.control("user/5/press", data="yes").status, 200)
        query = sim.updates("callback_query")[0]
        self.assertEqual((query["data"], query["from"]["id"], query["message"]["chat"]["id"]),
                         ("yes", 5, 5))
        self.assertIs(sim.call("answerCallbackQuery", callback_query_id=query["id"]).result, True)
        for wrong in (query["id"], "1", "x"):
            self.refused(sim.call("answerCallbackQuery", callback_query_id=wrong), 400,
                         "Bad Request: query is too old and response timeout expired or query ID "
                         "is invalid")

    def test_old_messages_are_forgotten(self):
        sim = Simulator(*FAST, *LOOSE, "--messages-max", "3")
        self.addCleanup(sim.close)
        sim.start_users(5, 6)
        for i in range(5):
            sim.call("sendMessage", chat_id=5 + i % 2, text=str(i)).result
        sim.call("sendMessage", chat_id=GROUP, text="g").result
        self.assertEqual([m["text"] for m in sim.get("messages?chat=5")["messages"]], ["4"])
        self.assertEqual([m["text"] for m in sim.get("messages?chat=6")["messages"]], ["3"])
        self.assertEqual(sim.report()["messages_forgotten"], 3)
