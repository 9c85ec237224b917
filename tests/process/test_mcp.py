"""usher mcp, as raw JSON-RPC and by the protocol's own client from npm."""
import json
import os
import shutil
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

    def client(self, tool, arguments, *options):
        folder = os.path.join(helpers.BUILD, "mcp")
        package = os.path.join(folder, "node_modules", SDK)
        if shutil.which("npm") is None:
            self.skipTest("there is no npm; tools/deps npm installs it")
        if not os.path.exists(os.path.join(package, "package.json")):
            os.makedirs(folder, exist_ok=True)
            done = subprocess.run(["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund",
                                   "--silent", SDK + "@" + VERSION],
                                  capture_output=True, text=True, timeout=300, check=False)
            if done.returncode != 0:
                self.skipTest("the npm registry does not answer: " + done.stderr[-300:])
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
