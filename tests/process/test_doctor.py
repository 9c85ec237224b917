"""usher doctor: what it finds in a good house, and in one where something is missing; a fault at a time."""
import json
import os
import time
import unittest

from asked_gateway import KEY, SHOP, Asked
from helpers import CONFIG, CORE, STARTER, TOKEN, Site, Telegram


class Doctor(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.asked = Asked()
        self.addCleanup(self.asked.close)
        self.asked.things["/v3/payments"] = {"type": "list", "items": []}
        row = ('\n  - {name: yookassa, kind: yookassa, shop_id: "%s", secret_key: "%s", api_url: "%s"}' %
               (SHOP, KEY, self.asked.url()))
        template = CONFIG.replace('secrets: ["%(stripe)s"]}', 'secrets: ["%(stripe)s"]}' + row)
        self.site = Site(self.telegram.url(), template=template)
        self.addCleanup(self.site.close)

    def look(self, *words):
        done = self.site.cli("doctor", "--config", self.site.config, "--json", *words)
        self.assertEqual(done.stderr, "")
        told = json.loads(done.stdout)
        self.assertEqual(told["ok"], done.returncode == 0)
        for finding in told["findings"]:
            self.assertTrue(finding["health"] != "missing" or finding["remedy"], finding)
        self.assertNotIn(TOKEN.split(":")[1], done.stdout)
        self.assertNotIn(KEY, done.stdout)
        return told["findings"]

    def running(self):
        self.site.start()
        return ("--url", "http://127.0.0.1:%d" % self.site.port)

    def missing(self, *words):
        return [(f["thing"], f["found"]) for f in self.look(*words) if f["health"] == "missing"]

    def test_nothing_is_missing(self):
        at = self.running()
        self.assertEqual(self.site.cli("backup", os.path.join(self.site.folder, "copy"),
                                       "--config", self.site.config).returncode, 0)
        findings = self.look(*at)
        self.assertEqual([f for f in findings if f["health"] == "missing"], [])
        found = {(f["area"], f["thing"]): f["found"] for f in findings}
        self.assertEqual(found["telegram", "bot main"], "updates by polling")
        self.assertEqual(found["telegram", "group core"], "the bot may invite and ban")
        self.assertEqual(found["gateway", "yookassa"], "knows us by our keys")
        self.assertEqual(found["usher", "usher run"], "runs and is ready")
        self.assertIn("0 days ago", found["backup", "backup"])
        self.assertIn("clock is 0 s", found["clock", "127.0.0.1:%d" % self.telegram.port])
        self.assertIn("fdatasync", found["disk", "writing"])
        self.assertIn(("gateway", "Telegram's terms"), found)
        text = self.site.cli("doctor", "--config", self.site.config, *at)
        self.assertEqual(text.returncode, 0)
        self.assertIn("nothing is missing\n", text.stdout)
        self.assertEqual([n for n in os.listdir(os.path.join(self.site.folder, "var")) if "doctor" in n], [])

    def test_rights(self):
        at = self.running()
        self.telegram.sim("POST", "/chat/%d/rights" % CORE, {"bot": "usher_bot", "status": "administrator",
                                                            "rights": {"can_invite_users": False}})
        self.assertEqual(self.missing(*at), [("group core", "the bot may not invite users")])
        self.telegram.sim("POST", "/chat/%d/rights" % STARTER, {"bot": "usher_bot", "status": "member"})
        self.assertIn(("group starter", "the bot is no administrator (member)"), self.missing(*at))

    def test_telegram_refuses_and_fails(self):
        at = self.running()
        self.telegram.sim("POST", "/faults", {"method": "getChatMember", "kind": "http_502"})
        self.assertEqual({thing for thing, _ in self.missing(*at)}, {"group starter", "group core"})
        self.telegram.sim("POST", "/faults/clear", {})
        self.telegram.sim("POST", "/faults", {"method": "getMe", "kind": "drop_before"})
        ((thing, found),) = self.missing(*at)
        self.assertEqual(thing, "bot main")
        self.assertIn("getMe: no answer", found)
        self.telegram.sim("POST", "/faults/clear", {})
        self.site.stop()
        self.site.write_config(token="1000001:AAwrong")
        self.assertIn(("bot main", "getMe: 401 Unauthorized"), self.missing(*at))

    def test_a_gateway_refuses_hangs_and_lives_in_another_time(self):
        at = self.running()
        self.asked.mood = "refuse"
        self.assertEqual(self.missing(*at), [("yookassa", "refuses our keys (401)")])
        self.asked.mood = "drop"
        ((thing, found),) = self.missing(*at)
        self.assertEqual(thing, "yookassa")
        self.assertIn("does not answer", found)
        self.asked.mood = "up"
        self.asked.server.RequestHandlerClass.date_time_string = lambda *_: time.strftime(
            "%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 300))
        ((thing, found),) = self.missing(*at)
        self.assertRegex(found, "^this machine's clock is (299|300) s behind$")

    def test_usher_does_not_run_and_another_polls(self):
        at = self.running()
        self.telegram.sim("POST", "/user/42/start", {"bot": "usher_bot"})
        self.site.stop()
        self.assertEqual([thing for thing, _ in self.missing(*at)], ["usher run"])

    def test_public_url_leads_nowhere(self):
        at = self.running()
        self.site.write_config(more="", http_port=self.site.port)
        template = self.site.template
        self.site.template = template.replace('http: {listen: "127.0.0.1:%(http_port)d"}',
                                              'http: {listen: "127.0.0.1:%(http_port)d", public_url: "https://127.0.0.1:1"}')
        self.site.write_config()
        ((thing, found),) = self.missing(*at)
        self.assertEqual(thing, "public_url")
        self.assertIn("does not answer", found)

    def test_an_old_backup(self):
        at = self.running()
        mark = os.path.join(self.site.folder, "var", "backup.done")
        with open(mark, "w", encoding="ascii"):
            pass
        os.utime(mark, (time.time() - 8 * 86400,) * 2)
        self.assertEqual(self.missing(*at), [("backup", "the last one was made 8 days ago")])


if __name__ == "__main__":
    unittest.main()
