"""Starts telegram-sim and talks to it; standard library only. Used by the simulator's own tests."""
import http.client
import json
import os
import subprocess
import tempfile
import time
import unittest
import urllib.parse

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BINARY = os.environ.get("SIM", os.path.join(ROOT, "build", "telegram-sim"))
TOKEN = "1000001:secret"
OTHER = "1000002:other"
GROUP = -1001000000001
BASIC = -100500
CHANNEL = -1001000000009
FAST = ("--time-scale", "50")
LOOSE = ("--per-second", "100000", "--per-chat", "100000", "--per-group", "100000")


class Answer:
    """One HTTP answer: status, headers, and its body as JSON where it is JSON."""

    def __init__(self, response):
        self.status = response.status
        self.headers = dict((k.lower(), v) for k, v in response.getheaders())
        self.raw = response.read()
        try:
            self.json = json.loads(self.raw)
        except ValueError:
            self.json = None

    @property
    def result(self):
        assert self.status == 200 and self.json["ok"], self.raw
        return self.json["result"]

    @property
    def description(self):
        return self.json["description"]


class Simulator:
    """A running simulator with one bot that is an administrator of one supergroup."""

    def __init__(self, *arguments, config=None, bots=(TOKEN + ",usher_bot",),
                 chats=("%d,supergroup,Starter" % GROUP,)):
        command = [BINARY]
        self.config = None
        if config is not None:
            self.config = tempfile.NamedTemporaryFile("w", suffix=".json")
            json.dump(config, self.config)
            self.config.flush()
            command += ["--config", self.config.name]
        else:
            for bot in bots:
                command += ["--bot", bot]
            for chat in chats:
                command += ["--chat", chat]
        self.process = subprocess.Popen(command + list(arguments), stdout=subprocess.PIPE,
                                        text=True)
        line = self.process.stdout.readline().strip()
        if not line.startswith("listening "):
            self.process.wait()
            raise RuntimeError("telegram-sim does not start: " + repr(line))
        self.host, port = line[len("listening "):].rsplit(":", 1)
        self.port = int(port)
        self.connection = None
        self.offsets = {}

    def close(self):
        """Ends it and returns its exit code."""
        if self.connection:
            self.connection.close()
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        if self.config:
            self.config.close()
        return code

    def connect(self, timeout=30):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, connection=None):
        """On the simulator's own connection, unless another is given."""
        if connection is None:
            if self.connection is None:
                self.connection = self.connect()
            connection = self.connection
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        except Exception:
            connection.close()
            raise

    def call(self, method, token=TOKEN, connection=None, **params):
        """A Bot API call with a JSON body."""
        return self.request("POST", "/bot%s/%s" % (token, method), json.dumps(params),
                            {"Content-Type": "application/json"}, connection)

    def call_alone(self, method, seconds=30, **params):
        """The same on a connection of its own."""
        connection = self.connect(seconds)
        try:
            return self.call(method, connection=connection, **params)
        finally:
            connection.close()

    def form(self, method, **params):
        return self.request("POST", "/bot%s/%s" % (TOKEN, method), urllib.parse.urlencode(params),
                            {"Content-Type": "application/x-www-form-urlencoded"})

    def control(self, path, **body):
        return self.request("POST", "/sim/" + path, json.dumps(body))

    def get(self, path):
        answer = self.request("GET", "/sim/" + path)
        assert answer.status == 200, answer.raw
        return answer.json

    def report(self):
        return self.get("report")

    def start_users(self, *ids, **more):
        answer = self.control("users", ids=list(ids), **more)
        assert answer.status == 200, answer.raw

    def link(self, **params):
        return self.call("createChatInviteLink", chat_id=GROUP, **params).result["invite_link"]

    def follow(self, user, link):
        return self.control("user/%d/follow" % user, link=link).json["result"]

    def members(self, chat=GROUP):
        return [m["user_id"] for m in self.get("chat/%d/members" % chat)["members"]]

    def updates(self, kind=None, token=TOKEN, **params):
        """Reads and confirms everything that waits; only the updates of one kind when it is given."""
        found = []
        while True:
            answer = self.call("getUpdates", token=token, offset=self.offsets.get(token, 0),
                               timeout=0, **params)
            if not answer.result:
                break
            found += answer.result
            self.offsets[token] = answer.result[-1]["update_id"] + 1
        return [u[kind] for u in found if kind in u] if kind else found


class Case(unittest.TestCase):
    """A simulator for each test."""

    arguments = FAST + LOOSE
    options = {}

    def setUp(self):
        self.sim = Simulator(*self.arguments, **self.options)
        self.addCleanup(lambda: self.assertEqual(self.sim.close(), 0))

    def refused(self, answer, status, description):
        self.assertEqual((answer.status, answer.description), (status, description))
        self.assertIs(answer.json["ok"], False)
        self.assertEqual(answer.json["error_code"], status)

    def eventually(self, check, seconds=10):
        deadline = time.monotonic() + seconds
        while True:
            value = check()
            if value or time.monotonic() > deadline:
                self.assertTrue(value)
                return value
            time.sleep(0.02)
