"""usher mcp, as raw JSON-RPC and by the protocol's own client from npm."""
import json
import os
import subprocess
import unittest

import helpers

SDK = "@modelcontextprotocol/sdk"
VERSION = "1.32.2"
BROADCAST = {"text": "hello", "idempotency_key": "mcp-1"}


class Mcp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.telegram = helpers.Telegram()
        cls.addClassCleanup(cls.telegram.close)
        cls.site = helpers.Site(cls.telegram.url())
        cls.addClassCleanup(cls.site.close)
        cls.site.start()
        cls.url = "http://127.0.0.1:%d" % cls.site.port

    def say(self, *messages, options=(), env=None):
        lines = "".join((m if isinstance(m, str) else json.dumps({"jsonrpc": "2.0", **m})) + "\n" for m in messages)
        done = subprocess.run([helpers.USHER, "mcp", "--config", self.site.config, "--url", self.url, *options],
                              input=lines, capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, **(env or {})})
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def call(self, name, arguments, **more):
        return self.say({"id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}, **more)[0]

    def test_a_line_that_is_too_long_ends_nothing(self):
        answers = self.say("x" * 300000, "", {"method": "notifications/initialized"}, {"id": 2, "method": "ping"})
        self.assertEqual([a["id"] for a in answers], [None, 2])
        self.assertEqual(answers[0]["error"]["code"], -32600)

    def test_a_key_that_the_api_refuses(self):
        answer = self.call("GET_audit", {}, env={"USHER_TOKEN": "not-a-key"})
        self.assertTrue(answer["result"]["isError"], answer)
        self.assertEqual(json.loads(answer["result"]["content"][0]["text"])["status"], 401)

    def test_a_key_has_its_role_and_scopes_here_too(self):
        key = self.site.api("POST", "staff/keys", {"name": "helper", "role": "finance", "scopes": ["coupons", "members:read"]})
        self.assertEqual(key.status, 201, key)

        def answer(name, arguments):
            return self.call(name, arguments, options=("--allow-changes",), env={"USHER_TOKEN": key.json["key"]})["result"]

        refused = answer("GET_orders", {})
        self.assertEqual((refused["isError"], json.loads(refused["content"][0]["text"])["status"]), (True, 403))
        refused = answer("member_ban", {"telegram_id": 7, "reason": "x"})
        self.assertEqual((refused["isError"], json.loads(refused["content"][0]["text"])["status"]), (True, 403))
        self.assertFalse(answer("coupon_create", {"code": "BYKEY", "percent": 10, "reason": "asked to"})["isError"])
        self.assertFalse(answer("coupon_end", {"code": "BYKEY", "reason": "sold out & over"})["isError"])
        told = helpers.until(lambda: [rows for rows in [self.site.api("GET", "audit?who=key:helper").json["audit"]] if len(rows) == 2],
                             "the audit has both")[0]
        self.assertEqual([(e["what"], e["reason"]) for e in told], [("coupon_end", "sold out & over"), ("coupon_create", "asked to")])

    def client(self, tool, arguments, *options):
        package = os.path.join(helpers.npm("mcp", SDK, VERSION), "node_modules", SDK)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mcp_client.mjs")
        done = subprocess.run(["node", script, package, helpers.USHER, self.site.config, self.url, tool,
                               json.dumps(arguments), *options],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_the_protocols_own_client(self):
        seen = self.client("POST_broadcasts", BROADCAST)
        self.assertEqual(seen["server"]["name"], "usher")
        self.assertTrue(all(tool["annotations"]["readOnlyHint"] for tool in seen["tools"]))
        self.assertEqual(seen["error"]["code"], -32602)
        self.assertNotIn("mcp-1", self.site.api("GET", "broadcasts").body.decode())

        seen = self.client("POST_broadcasts", BROADCAST, "--allow-changes")
        self.assertTrue(any(tool["annotations"]["destructiveHint"] for tool in seen["tools"]))
        self.assertFalse(seen["result"]["isError"], seen["result"])

        seen = self.client("GET_broadcasts", {})
        self.assertFalse(seen["result"]["isError"])
        self.assertIn("mcp-1", seen["result"]["content"][0]["text"])
        seen = self.client("GET_audit", {})
        self.assertIn("broadcast", seen["result"]["content"][0]["text"])


if __name__ == "__main__":
    unittest.main()
