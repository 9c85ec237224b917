"""Command menus by scope and language."""
from simulator import Case, GROUP

MENU = [{"command": "start", "description": "Begin"}, {"command": "help_me2", "description": "Help"}]


class Commands(Case):
    def put(self, commands=MENU, **params):
        return self.sim.call("setMyCommands", commands=commands, **params)

    def got(self, **params):
        return self.sim.call("getMyCommands", **params).result

    def test_each_scope_and_language_has_its_own(self):
        sim = self.sim
        sim.start_users(5)
        scopes = ({"type": "default"}, {"type": "all_private_chats"}, {"type": "all_group_chats"},
                  {"type": "all_chat_administrators"}, {"type": "chat", "chat_id": GROUP},
                  {"type": "chat_administrators", "chat_id": str(GROUP)},
                  {"type": "chat_member", "chat_id": GROUP, "user_id": 5},
                  {"type": "chat", "chat_id": 5})
        for i, scope in enumerate(scopes):
            for code in ("", "de"):
                menu = [{"command": "c%d" % i, "description": "d" + code}]
                self.assertIs(self.put(menu, scope=scope, language_code=code).result, True)
        for i, scope in enumerate(scopes):
            for code in ("", "de"):
                self.assertEqual(self.got(scope=scope, language_code=code),
                                 [{"command": "c%d" % i, "description": "d" + code}])
        self.assertEqual(self.got(), [{"command": "c0", "description": "d"}])
        self.assertEqual(self.got(language_code="fr"), [])
        self.assertIs(sim.call("deleteMyCommands", scope=scopes[4]).result, True)
        self.assertEqual(self.got(scope=scopes[4]), [])
        self.assertEqual(len(self.got(scope=scopes[4], language_code="de")), 1)
        listed = sim.get("commands")["commands"]
        self.assertEqual(len(listed), 15)
        self.assertIn({"bot": "usher_bot", "scope": "chat_member %d 5" % GROUP, "language_code": "de",
                       "commands": [{"command": "c6", "description": "dde"}]}, listed)

    def test_a_new_menu_replaces_and_an_empty_one_removes(self):
        self.put().result
        self.assertEqual(self.got(), MENU)
        self.put([{"command": "/slash", "description": "x"}]).result
        self.assertEqual(self.got(), [{"command": "slash", "description": "x"}])
        self.put([]).result
        self.assertEqual((self.got(), self.sim.get("commands")["commands"]), ([], []))

    def test_what_is_refused(self):
        for command, words in (
                ({"command": "", "description": "x"}, "command must be non-empty"),
                ({"command": "c" * 33, "description": "x"}, "command length must not exceed 32"),
                ({"command": "c", "description": ""}, "command description must be non-empty"),
                ({"command": "c", "description": "x" * 257},
                 "command description length must not exceed 256"),
                ({"command": "Start", "description": "x"}, "BOT_COMMAND_INVALID"),
                ({"command": "c"}, 'can\'t parse BotCommand: Can\'t find field "description"')):
            self.refused(self.put([command]), 400, "Bad Request: " + words)
        self.refused(self.put(MENU[:1] * 101), 400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        self.refused(self.put(language_code="deu"), 400,
                     "Bad Request: invalid language code specified")
        parse = "can't parse BotCommandScope: "
        for scope, words in (({"type": "nobody"}, parse + "Unsupported type specified"),
                             ({}, parse + 'Can\'t find field "type"'),
                             ({"type": "chat"}, parse + 'Can\'t find field "chat_id"'),
                             ({"type": "chat", "chat_id": -77}, "chat not found"),
                             ({"type": "chat_member", "chat_id": GROUP},
                              parse + "Invalid user_id specified")):
            self.refused(self.put(scope=scope), 400, "Bad Request: " + words)
        self.assertEqual(self.sim.get("commands")["commands"], [])
