"""What a call must look like: tokens, parameters, bodies; and how the program starts."""
import json
import subprocess
import tempfile
import unittest

from simulator import BINARY, Case, GROUP, Simulator, TOKEN


class CommandLine(unittest.TestCase):
    def run_sim(self, *arguments):
        return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=20)

    def test_help_and_wrong_usage(self):
        done = self.run_sim("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("--time-scale", done.stdout)
        for arguments in (["--nonsense"], ["--port", "x", "--bot", TOKEN], ["more"],
                          ["--port", "70000", "--bot", TOKEN], ["--limits", "off", "--bot", TOKEN],
                          ["--time-scale", "0", "--bot", TOKEN], ["--time-scale", "2x", "--bot", TOKEN]):
            done = self.run_sim(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertNotEqual(done.stderr, "")

    def test_a_world_that_cannot_be(self):
        for arguments in ([], ["--bot", "notoken"], ["--bot", TOKEN, "--bot", TOKEN],
                          ["--bot", TOKEN, "--chat", "5"], ["--bot", TOKEN, "--chat", "-5,private"],
                          ["--bot", TOKEN, "--chat", "-5", "--chat", "-5"],
                          ["--config", "/nonexistent"]):
            done = self.run_sim(*arguments)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("telegram-sim: ", done.stderr)

    def test_config_is_checked(self):
        for config in ("[]", "{", '{"bot": []}', '{"port": "x"}', '{"limits": {"mode": "off"}}',
                       '{"limits": {"x": 1}}', '{"limits": 5}', '{"bots": 5}', '{"host": 5}',
                       '{"bots": [{"token": "1:a"}], "chats": [{"id": -5, "rights": {"x": true}}]}',
                       '{"bots": [{"token": "1:a"}], "chats": [{"id": -5, "bots": {"y": {}}}]}'):
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                file.write(config)
                file.flush()
                done = self.run_sim("--config", file.name)
                self.assertEqual(done.returncode, 1, config)

    def test_stops_on_sigterm_and_on_order(self):
        sim = Simulator()
        self.assertEqual(sim.close(), 0)
        sim = Simulator()
        self.assertEqual(sim.control("shutdown").status, 200)
        self.assertEqual(sim.process.wait(timeout=10), 0)
        sim.close()


class Validation(Case):
    def test_tokens_and_paths(self):
        sim = self.sim
        self.refused(sim.call("getMe", token="5:x"), 401, "Unauthorized")
        self.refused(sim.call("getMe", token="rubbish"), 401, "Unauthorized: invalid token specified")
        self.refused(sim.request("GET", "/"), 404, "Not Found")
        self.refused(sim.request("GET", "/bot" + TOKEN), 404, "Not Found")
        self.refused(sim.call(""), 404, "Not Found: method not found")
        self.refused(sim.call("getEverything"), 404, "Not Found: method not found")
        self.assertEqual(sim.request("GET", "/bot1000001%3Asecret/GETME").result["id"], 1000001)
        self.assertEqual(sim.report()["calls"]["unknown"], {"401": 2, "404": 4})

    def test_missing_parameters(self):
        sim = self.sim
        sim.start_users(5)
        for method, params, description in (
                ("sendMessage", {"text": "x"}, "chat_id is empty"),
                ("sendMessage", {"chat_id": "", "text": "x"}, "chat_id is empty"),
                ("sendMessage", {"chat_id": 5}, "message text is empty"),
                ("sendDocument", {"chat_id": 5}, "there is no document in the request"),
                ("banChatMember", {"chat_id": GROUP}, "invalid user_id specified"),
                ("approveChatJoinRequest", {"chat_id": GROUP}, "invalid user_id specified"),
                ("revokeChatInviteLink", {"chat_id": GROUP}, 'parameter "invite_link" is required'),
                ("answerCallbackQuery", {}, 'parameter "callback_query_id" is required'),
                ("setWebhook", {}, None)):
            answer = sim.call(method, **params)
            if description:
                self.refused(answer, 400, "Bad Request: " + description)

    def test_mistyped_parameters(self):
        sim = self.sim
        sim.start_users(5)
        for method, params, description in (
                ("sendMessage", {"chat_id": [5], "text": "x"},
                 'parameter "chat_id" must be of type Integer or String'),
                ("sendMessage", {"chat_id": 5, "text": {"a": 1}},
                 'parameter "text" must be of type String'),
                ("sendMessage", {"chat_id": 5, "text": None},
                 'parameter "text" must be of type String'),
                ("sendMessage", {"chat_id": 5, "text": "x", "disable_notification": "maybe"},
                 'parameter "disable_notification" must be of type Boolean'),
                ("sendMessage", {"chat_id": 5, "text": "x", "reply_markup": "{"},
                 "object expected as reply markup"),
                ("sendMessage", {"chat_id": 5, "text": "x", "entities": [1]},
                 'parameter "entities" must be of type Array of Object'),
                ("getUpdates", {"limit": "many"}, 'parameter "limit" must be of type Integer'),
                ("getUpdates", {"limit": 1.5}, 'parameter "limit" must be of type Integer'),
                ("getUpdates", {"allowed_updates": [1]},
                 'parameter "allowed_updates" must be of type Array of String'),
                ("getUpdates", {"allowed_updates": "message"},
                 'parameter "allowed_updates" must be of type Array of String'),
                ("banChatMember", {"chat_id": GROUP, "user_id": "x"}, "invalid user_id specified"),
                ("banChatMember", {"chat_id": GROUP, "user_id": -4}, "invalid user_id specified"),
                ("setChatPhoto", {"chat_id": GROUP, "photo": "x"},
                 'parameter "photo" is a file, and multipart/form-data is not supported by the '
                 'simulator')):
            self.refused(sim.call(method, **params), 400, "Bad Request: " + description)

    def test_every_way_to_pass_parameters(self):
        sim = self.sim
        sim.start_users(5)
        markup = json.dumps({"inline_keyboard": [[{"text": "t", "url": "https://example.org"}]]})
        self.assertEqual(sim.form("sendMessage", chat_id="5", text="a+b & ü", protect_content="true",
                                  reply_markup=markup).result["text"], "a+b & ü")
        self.assertEqual(sim.request("GET", "/bot%s/sendMessage?chat_id=5&text=a%%20b+c" % TOKEN)
                         .result["text"], "a b c")
        self.assertEqual(sim.call("sendMessage", chat_id="5", text="s",
                                  reply_markup=markup).result["reply_markup"]["inline_keyboard"],
                         [[{"text": "t", "url": "https://example.org"}]])
        self.assertEqual(sim.request("POST", "/bot%s/sendMessage?chat_id=5" % TOKEN, '{"text":"j"}',
                                     {"Content-Type": "application/json; charset=utf-8"})
                         .result["text"], "j")

    def test_bad_bodies(self):
        sim = self.sim
        head = {"Content-Type": "application/json"}
        path = "/bot%s/sendMessage" % TOKEN
        for body in ("{", "[]", "[1]", '"x"', '{"a":1}x', '{"a":1,"a":2}', "\xff", "[" * 100):
            answer = sim.request("POST", path, body.encode("latin-1"), head)
            self.assertEqual((answer.status, answer.json["error_code"]), (400, 400), body)
            self.assertIn("JSON", answer.description)
        answer = sim.request("POST", path, "--x\r\n", {"Content-Type": "multipart/form-data; boundary=x"})
        self.refused(answer, 400,
                     "Bad Request: multipart/form-data is not supported by the simulator")
        many = "&".join("p%d=1" % i for i in range(100))
        self.refused(sim.request("POST", path, many), 400, "Bad Request: too many parameters")

    def test_unknown_parameters_are_warned_of_and_ignored(self):
        self.sim.start_users(5)
        self.sim.call("sendMessage", chat_id=5, text="x", colour="red").result
        self.sim.call("sendMessage", chat_id=5, text="x", colour="red").result
        report = self.sim.report()
        self.assertEqual(report["warning_count"], 2)
        self.assertEqual([(w["text"], w["count"]) for w in report["warnings"]],
                         [("sendMessage: unknown parameter colour", 2)])

    def test_methods_that_are_not_simulated(self):
        self.refused(self.sim.call("sendDice", chat_id=5), 400,
                     "Bad Request: sendDice is not simulated")
        self.refused(self.sim.call("sendPoll", chat_id=5), 400,
                     'Bad Request: parameter "question" is required')
        self.assertEqual(self.sim.report()["not_simulated"], {"sendDice": 1})
