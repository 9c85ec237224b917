"""The verbs, as an operator types them."""
import json
import os
import re
import stat
import subprocess
import tempfile
import unittest

import helpers
from helpers import Site, Telegram, until


class Verbs(unittest.TestCase):
    """One usher with some history for all tests; those that change something use members of their own."""

    @classmethod
    def setUpClass(cls):
        cls.telegram = Telegram()
        cls.addClassCleanup(cls.telegram.close)
        cls.site = Site(cls.telegram.url())
        cls.addClassCleanup(cls.site.close)
        cls.site.start()
        cls.url = "http://127.0.0.1:%d" % cls.site.port
        cls.telegram.user(42, "start", bot="usher_bot")
        cls.site.pay(42)
        cls.site.pay(43, "core", 100, payment_id="pi_small")
        until(lambda: cls.site.api("GET", "payments/stripe/pi_small").status == 200, "recorded")
        until(lambda: cls.site.member(42)["entitlements"], "granted")

    def usher(self, *arguments, code=0):
        done = self.site.cli(*arguments, "--config", self.site.config)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments):
        return json.loads(self.usher(*arguments, "--json").stdout)

    def test_usage(self):
        self.assertEqual(self.site.cli().returncode, 2)
        self.assertEqual(self.site.cli("nonsense").returncode, 2)
        self.assertEqual(self.site.cli("--help").returncode, 0)
        for verb in ("run", "check", "init", "keys", "member", "order", "payment", "queue", "status", "group",
                     "journal", "facts", "backup", "restore", "verify", "doctor", "version"):
            shown = self.site.cli(verb, "--help")
            self.assertEqual(shown.returncode, 0, verb)
            self.assertTrue(shown.stdout.startswith("usage: usher " + verb), shown.stdout)
            wrong = self.site.cli(verb, "--nonsense")
            self.assertEqual(wrong.returncode, 2, verb)
            self.assertEqual(wrong.stdout, "")
        for wrong in (("member",), ("member", "show"), ("member", "show", "x"), ("order", "show"),
                      ("payment", "settle", "a", "b"), ("queue", "release"), ("journal",),
                      ("backup",), ("keys", "dir"), ("member", "show", "1", "2"),
                      ("payment", "list", "--limit", "0"), ("journal", "dump", "--from", "-1")):
            self.assertEqual(self.site.cli(*wrong).returncode, 2, wrong)

    def test_version(self):
        text = self.site.cli("version").stdout
        self.assertTrue(text.startswith("usher "))
        self.assertEqual(json.loads(self.site.cli("version", "--json").stdout)["version"],
                         text.split()[1])

    def test_member(self):
        member = self.json("member", "show", "42")
        self.assertEqual(member["telegram_id"], 42)
        self.assertEqual(member["entitlements"][0]["plan"], "starter")
        text = self.usher("member", "show", "42").stdout
        self.assertIn("pi_42_starter", text)
        self.assertIn("9.00 USD", text)
        missing = self.usher("member", "show", "999", code=1)
        self.assertIn("no member", missing.stderr)

    def test_status_and_groups(self):
        for extra in ((), ("--url", self.url)):
            status = self.json("status", *extra)
            self.assertEqual(status["members"], self.json("status", "show", *extra)["members"])
            self.assertGreaterEqual(status["members"], 1)
            groups = self.json("group", "list", *extra)["groups"]
            self.assertEqual(sorted(group["group"] for group in groups), ["core", "starter"])
        self.assertIn("members", self.usher("status").stdout)
        self.assertIn("GROUP", self.usher("group", "list").stdout.splitlines()[1])
        self.usher("group", code=2)
        self.usher("status", "list", code=2)

    def test_the_configuration_is_found(self):
        shown = self.site.cli("status", "--json")  # ./usher.yaml, as the folder is that of the site
        self.assertEqual(shown.returncode, 0, shown.stderr)
        missing = self.site.cli("status", env=dict(os.environ, USHER_CONFIG="/none/usher.yaml"))
        self.assertEqual(missing.returncode, 1)
        self.assertIn("/none/usher.yaml", missing.stderr)

    def test_slips(self):
        done = self.site.cli("membr", "show", "42")
        self.assertEqual(done.returncode, 2)
        self.assertIn('"membr" is no verb; did you mean "member"?', done.stderr)
        help_text = self.site.cli("--help").stdout
        for heading in ("The service", "Members and money", "Messages", "What is stored"):
            self.assertIn("\n%s\n" % heading, help_text)

    def test_payment(self):
        listed = self.json("payment", "list", "--unsettled")["payments"]
        self.assertIn("pi_small", [p["payment_id"] for p in listed])
        self.assertEqual(self.json("payment", "show", "stripe", "pi_small")["payments"][0]["state"],
                         "unsettled")
        self.usher("payment", "show", "stripe", "none", code=1)

    def test_settle(self):
        self.site.pay(50, "core", 50, payment_id="pi_settle")
        until(lambda: self.site.api("GET", "payments/stripe/pi_settle").status == 200, "recorded")
        settle = ("payment", "settle", "stripe", "pi_settle", "--member", "50", "--plan", "core",
                  "--period", "1 month", "--url", self.url)
        self.assertIn("settled", self.usher(*settle).stdout)
        self.assertEqual(self.json("member", "show", "50")["entitlements"][0]["status"], "active")
        self.assertIn("settled already", self.usher(*settle, code=1).stderr)

    def test_order(self):
        order = self.json("order", "create", "--member", "60", "--plan", "core", "--amount", "29.00",
                          "--currency", "USD", "--url", self.url)
        until(lambda: self.json("order", "list")["orders"], "the order is in the state")
        self.assertEqual(self.json("order", "show", order["order_id"])["plan"], "core")
        self.assertIn(order["order_id"], self.usher("order", "list").stdout)
        self.usher("order", "create", "--member", "60", "--plan", "core", "--amount", "28.00",
                   "--currency", "USD", "--url", self.url, code=1)
        self.usher("order", "show", "ord_none", code=1)

    def test_queue(self):
        self.assertIn("pending", self.usher("queue").stdout)
        self.assertIn("deliveries", self.json("queue", "--state", "waiting"))
        self.usher("queue", "--state", "nonsense", code=1)
        self.assertIn("released", self.usher("queue", "release", "held", "--url", self.url).stdout)

    def test_no_server(self):
        done = self.usher("queue", "release", "dead", "--url", "http://127.0.0.1:1", code=1)
        self.assertIn("cannot reach", done.stderr)
        self.assertIn("port 0", self.usher("queue", "release", "dead", code=1).stderr)

    def test_dump(self):
        lines = self.usher("journal", "dump").stdout.splitlines()
        self.assertIn("cmd_upgrade rules=", lines[0])
        self.assertIn("cmd_boot", lines[1])
        self.assertIn("cmd_configure", lines[2])
        entries = [json.loads(line) for line in
                   self.usher("journal", "dump", "--from", "2", "--to", "3",
                              "--json").stdout.splitlines()]
        self.assertEqual([entry["sequence"] for entry in entries], [2, 3])
        self.assertEqual(entries[1]["command"]["message"], "cmd_configure")
        self.assertNotIn(helpers.STRIPE_SECRET, "\n".join(lines))
        self.assertNotIn(helpers.TOKEN, "\n".join(lines))

    def test_verify_while_it_runs(self):
        self.assertEqual(self.json("journal", "verify")["equal"], True)
        self.assertEqual(self.json("verify")["equal"], True)
        left = [name for name in os.listdir(os.path.join(self.site.folder, "var"))
                if name.startswith("replay")]
        self.assertEqual(left, [])

    def test_backup(self):
        target = os.path.join(self.site.folder, "backup")
        self.usher("backup", target)
        self.assertTrue(self.json("verify", "--data-dir", target)["equal"])
        self.usher("backup", target, code=1)

    def test_trim_wants_it_stopped(self):
        self.assertIn("stop it first", self.usher("journal", "trim", code=1).stderr)

    def test_keys(self):
        folder = os.path.join(self.site.folder, "keys")
        self.assertEqual(self.site.cli("keys", folder, "server", "host-a").returncode, 0)
        self.assertEqual(sorted(os.listdir(folder)),
                         ["host-a", "host-a_secret", "server", "server_secret"])
        for name in os.listdir(folder):
            mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
            self.assertEqual(mode, 0o600, name)
        self.assertEqual(self.site.cli("keys", folder, "host-a").returncode, 1)
        self.assertEqual(self.site.cli("keys", folder, "../x").returncode, 2)


class Starter(unittest.TestCase):
    """What `usher init` writes: each section that is commented out is a good one."""

    def check(self, lines):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        return subprocess.run([helpers.USHER, "check", "--config", self.path], text=True,
                                      env={**os.environ, **self.env}, capture_output=True, check=False)

    def test_what_is_commented_out(self):
        with tempfile.TemporaryDirectory() as folder:
            made = subprocess.run([helpers.USHER, "init", os.path.join(folder, "new")],
                                          capture_output=True, check=False)
            self.assertEqual(made.returncode, 0, made)
            self.path = os.path.join(folder, "new", "usher.yaml")
            made = subprocess.run([helpers.USHER, "keys", os.path.join(folder, "new", "keys"), "server"],
                                  capture_output=True, check=False)
            self.assertEqual(made.returncode, 0, made)
            with open(self.path, encoding="utf-8") as file:
                lines = file.read().split("\n")
            self.env = dict.fromkeys(re.findall(r"\$\{(\w+)\}", "\n".join(lines)), helpers.STANDARD_SECRET)
            self.env["USHER_BOT_TOKEN"] = "7000000001:" + "A" * 35
            sections, name = {}, None
            for number, line in enumerate(lines):
                start = re.match(r"# ([a-z_]+):", line)
                name = start[1] if start else name if line.startswith("#   ") else None
                if name:
                    sections.setdefault(name, []).append(number)
            self.assertLessEqual({"mirror", "lanes", "orders", "points", "renewal", "support", "topology",
                                  "journal", "test_clock"}, set(sections))
            for name, numbers in sections.items():
                with self.subTest(name):
                    done = self.check([line[2:] if number in numbers else line
                                       for number, line in enumerate(lines)])
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Trim(unittest.TestCase):
    def test_history_moves_into_the_archive(self):
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = Site(telegram.url())
        self.addCleanup(site.close)
        config = ("--config", site.config)
        site.start()
        for i in range(20):
            self.assertEqual(site.pay(100 + i).status, 200)
        until(lambda: site.api("GET", "status").json["members"] == 20, "applied")
        self.assertEqual(site.stop(), 0)
        done = site.cli("journal", "trim", "--keep", "5", *config)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("archived commands 1 to ", done.stdout)
        self.assertEqual(len(os.listdir(os.path.join(site.folder, "var", "archive"))), 1)
        first = site.cli("journal", "dump", *config).stdout.split()[0]
        self.assertGreater(int(first), 10)

        site.start()
        site.pay(200)
        until(lambda: site.member(200), "applied")
        verified = site.cli("verify", "--json", *config)
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertTrue(json.loads(verified.stdout)["equal"])
        backup = os.path.join(site.folder, "backup")
        self.assertEqual(site.cli("backup", backup, *config).returncode, 0)
        self.assertEqual(site.cli("verify", "--data-dir", backup).returncode, 0)

        # Without the archive there is no beginning to replay from; and a damaged segment is found.
        segment = os.path.join(backup, "archive", os.listdir(os.path.join(backup, "archive"))[0])
        with open(segment, "r+b") as file:
            file.seek(60)
            byte = file.read(1)
            file.seek(60)
            file.write(bytes([byte[0] ^ 1]))
        self.assertEqual(site.cli("verify", "--data-dir", backup).returncode, 1)
        os.remove(segment)
        self.assertIn("archive", site.cli("verify", "--data-dir", backup).stderr)
        self.assertEqual(site.cli("verify", "--no-replay", "--data-dir", backup).returncode, 0)


if __name__ == "__main__":
    unittest.main()
