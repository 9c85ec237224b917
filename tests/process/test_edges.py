"""What goes wrong at usher's edges, as an operator meets it: a second poller, a refused token, a ledger
that is gone, a configuration that is no file."""
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

from helpers import PATIENCE, CORE, STARTER, STRIPE_SECRET, USHER, stripe_checkout, stripe_refund, stripe_signed, free_ports, Site, Telegram, TOKEN, request, until


LOGINS_FREE = 5  # wrong tokens that are refused at once


def lines_of(site, event):
    return [line for line in site.usher.log().splitlines() if " %s " % event in line]


class Bots(unittest.TestCase):
    """What Telegram says of a token."""

    def site(self, url, **changes):
        site = Site(url, **changes)
        self.addCleanup(site.close)
        return site

    def test_a_second_poller_is_told_from_an_outage(self):
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = self.site(telegram.url()).start()
        self.assertEqual(site.get("/readyz").body, b"ready\n")
        # Telegram ends the poll of whoever asked first.
        request(telegram.port, "POST", "/bot%s/getUpdates" % TOKEN, '{"timeout":0}',
                {"Content-Type": "application/json"})
        until(lambda: site.metric('usher_telegram_conflict{bot="main"}') == 1, "the gauge knows")
        said = lines_of(site, "telegram_conflict")
        self.assertEqual(len(said), 1, site.usher.log())
        self.assertIn(" WARN ", said[0])
        self.assertIn("bot=main", said[0])
        self.assertIn("remedy=", said[0])
        self.assertNotIn("telegram_unreachable", site.usher.log())
        ready = site.get("/readyz")
        self.assertEqual(ready.status, 200)  # payments are taken all the same
        self.assertIn(b"main", ready.body)
        self.assertIn(b"409", ready.body)
        self.assertNotIn(TOKEN.split(":")[1], site.usher.log())

    def test_a_refused_token(self):
        for updates in ("polling", "webhook"):
            with self.subTest(updates=updates):
                telegram = Telegram()
                site = self.site(telegram.url(), updates=updates)
                site.write_config(token="1000001:AAwrongtoken")
                site.start()
                until(lambda: site.metric('usher_telegram_token_refused{bot="main"}') == 1, "the gauge knows")
                said = lines_of(site, "telegram_token_refused")
                self.assertEqual(len(said), 1, site.usher.log())
                self.assertIn("bot=main", said[0])
                self.assertIn("remedy=", said[0])
                ready = site.get("/readyz")
                self.assertEqual(ready.status, 200)
                self.assertIn(b"main", ready.body)
                self.assertIn(b"token", ready.body)
                self.assertNotIn("telegram_unreachable", site.usher.log())
                self.assertNotIn("AAwrongtoken", site.usher.log() + ready.body.decode())
                site.stop()
                telegram.close()

    def test_a_webhook_without_an_address(self):
        """It polls and says so, and leaves a webhook alone that was set by other means."""
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = self.site(telegram.url(), updates="webhook").start()
        self.assertEqual(len(lines_of(site, "webhook_nowhere")), 1, site.usher.log())
        self.assertIn("remedy=", lines_of(site, "webhook_nowhere")[0])
        telegram.user(5, "start", bot="usher_bot")
        until(lambda: telegram.messages(5), "an update is fetched, and answered")
        site.stop()
        port, = free_ports(1)
        hook = {"url": "http://127.0.0.1:%d/telegram/main" % port, "secret_token": "hook-secret"}
        self.call(telegram, "setWebhook", hook)
        site.write_config(http_port=port)
        site.start()
        telegram.user(6, "start", bot="usher_bot")
        until(lambda: telegram.messages(6), "an update is brought, and answered")
        self.assertEqual(self.call(telegram, "getWebhookInfo")["url"], hook["url"])
        self.assertEqual(site.get("/readyz").body, b"ready\n")
        self.assertEqual(site.metric("usher_telegram_conflict"), 0)

    def call(self, telegram, method, params=None):
        answer = request(telegram.port, "POST", "/bot%s/%s" % (TOKEN, method), json.dumps(params or {}),
                         {"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer)
        return answer.json["result"]

    def test_a_token_that_is_revoked_while_a_webhook_brings_updates(self):
        """No poll and no setWebhook sees it then: the next call does."""
        calls = {"status": 200}

        class Answers(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                good = calls["status"] == 200
                body = json.dumps({"ok": True, "result": {"username": "usher_bot", "message_id": 5}} if good else
                                  {"ok": False, "error_code": 401, "description": "Unauthorized"}).encode()
                self.send_response(calls["status"])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.addCleanup(server.shutdown)
            site = self.site("http://127.0.0.1:%d" % server.server_port, updates="webhook").start()
            self.assertEqual(site.get("/readyz").body, b"ready\n")
            calls["status"] = 401
            self.assertEqual(site.pay(7).status, 200)
            until(lambda: b"token" in site.get("/readyz").body, "/readyz tells of it")
            self.assertEqual(len(lines_of(site, "telegram_token_refused")), 1)
            site.stop()


NAMED = {"kpi": "mrr", "report": "weekly"}  # what stands in a path and is one of a list


class Parameters(unittest.TestCase):
    """What a query holds that is not known is named, whoever answers the route."""

    def test_each_route_names_it(self):
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = Site(telegram.url())
        self.addCleanup(site.close)
        site.start()
        routes = site.api("GET", "openapi.json").json["paths"]
        asked = 0
        for path, methods in routes.items():
            if not path.startswith("/api/v1/"):
                continue
            for method in methods:
                if method not in ("get", "post", "put", "delete"):
                    continue
                if (method, path) == ("post", "/api/v1/session"):
                    continue  # strangers log in there: all they hear is whether the code is good
                path_of = re.sub(r"{([^}]*)}", lambda name: NAMED.get(name[1], "7"), path.removeprefix("/api/v1/"))
                with self.subTest(method=method, path=path):
                    answer = site.api(method.upper(), path_of + "?colour=red",
                                      {} if method in ("post", "put") else None)
                    self.assertEqual(answer.status, 400, answer)
                    self.assertEqual(answer.json["code"], "parameter_unknown", answer)
                    self.assertIn('"colour"', answer.json["detail"])
                    named = methods[method].get("parameters", [])
                    for name in (each["name"] for each in named if each.get("in") == "query"):
                        self.assertIn(" " + name, answer.json["detail"])
                    asked += 1
        self.assertGreater(asked, 40)
        twice = site.api("GET", "payments?limit=1&limit=1")
        self.assertEqual((twice.status, twice.json["code"]), (400, "parameter_twice"))
        self.assertIn('"limit"', twice.json["detail"])


class Alerts(unittest.TestCase):
    """Each state that waits for the operator is one WARN with its remedy."""

    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url())
        self.addCleanup(self.site.close)
        with open(self.site.config, encoding="utf-8") as file:
            text = file.read().replace("language: en}", "language: en, removals_per_hour: 1}")
        with open(self.site.config, "w", encoding="utf-8") as file:
            file.write(text)
        self.site.start()

    def told(self, event, *words):
        line = until(lambda: next((line for line in lines_of(self.site, event) if
                                   all(word in line for word in words)), None), event)
        self.assertIn(" WARN ", line)
        self.assertIn(' remedy="', line)
        return line

    def configure(self, more):
        self.site.stop()
        self.site.values["more"] = more
        with open(self.site.config, "a", encoding="utf-8") as file:
            file.write(more)
        self.site.start()

    def test_in_a_chat_of_the_operators(self):
        """The same sentence, by the bot, and once. A group hears nothing for a minute after a start, since
        calls before it may still count."""
        self.configure("alerts: {chat: %d}\n" % CORE)
        self.assertEqual(self.site.pay(1, amount=1).status, 200)
        line = self.told("payments_unsettled")
        remedy = line.split(' remedy="')[1].rstrip('"')
        def said():
            return [message["text"] for message in self.telegram.messages(CORE)
                    if "payments_unsettled" in message["text"]]
        self.assertIn(remedy, until(said, "the chat is told", PATIENCE + 60)[0])
        self.assertEqual(self.site.pay(2, amount=1).status, 200)
        self.assertEqual(self.site.api("GET", "status", token="wrong-token-of-somebody").status, 401)
        until(lambda: any("admin_refused" in message["text"] for message in self.telegram.messages(CORE)),
              "of a stranger, too")
        self.assertEqual(len(said()), 1)
        tried = self.site.cli("alert", "raise", "--text", "only a test", "--config", self.site.config,
                              "--url", "http://127.0.0.1:%d" % self.site.port)
        self.assertEqual(tried.returncode, 0, tried)
        until(lambda: any(message["text"] == "only a test" for message in self.telegram.messages(CORE)),
              "what an operator tries arrives")

    def test_lines_as_json(self):
        with open(self.site.config, "a", encoding="utf-8") as file:
            file.write("log: {format: json}\n")
        before = len(self.site.usher.lines)
        self.site.usher.process.send_signal(signal.SIGHUP)
        def lines():
            return [json.loads(line) for line in self.site.usher.lines[before:]]
        until(lambda: any(line["event"] == "reloaded" for line in lines()), "the format is that of the file")
        self.assertEqual(self.site.pay(1, amount=1).status, 200)
        alert = until(lambda: next((each for each in lines() if each["event"] == "payments_unsettled"), None),
                      "an alert")
        self.assertEqual((alert["level"], alert["count"]), ("WARN", 1))
        self.assertIn("usher payment list", alert["remedy"])
        self.assertTrue(all({"time", "level", "event"} <= set(each) for each in lines()))
        with subprocess.Popen([USHER, "run", "--config", self.site.config], stderr=subprocess.PIPE,
                              text=True) as second:  # refused, as the first holds data_dir
            said = second.stderr.read().splitlines()
        self.assertEqual(json.loads(said[0])["event"], "started")

    def test_unsettled(self):
        self.assertEqual(self.site.pay(1, amount=1).status, 200)
        self.told("payments_unsettled", "count=1")
        self.assertEqual(self.site.pay(2, amount=1).status, 200)
        until(lambda: self.site.metric("usher_payments_unsettled") == 2, "both wait")
        time.sleep(1.2)
        self.assertEqual(len(lines_of(self.site, "payments_unsettled")), 1)

    def test_rights_and_groups(self):
        def standing(chat, **change):
            self.telegram.sim("POST", "/chat/%d/rights" % chat, {"bot": "usher_bot", **change})
        standing(CORE, rights={"can_invite_users": False})
        self.told("rights_missing", "group=core", "bot=main")
        standing(STARTER, status="kicked")
        self.told("bot_out_of_group", "group=starter", "bot=main")
        self.telegram.user(9, "start", bot="usher_bot")
        self.assertEqual(self.site.pay(9, plan="core", amount=2900).status, 200)
        self.told("rights_missing", "lane=main", "delivery=", "usher queue release dead")
        self.told("deliveries_dead", "count=")

    def test_signatures(self):
        body, headers = stripe_signed(stripe_checkout(5), secret="whsec_other")
        for _ in range(5):  # none was genuine yet: noise
            self.assertEqual(self.site.hook("stripe", body, headers).status, 401)
        self.assertEqual(self.site.pay(5).status, 200)
        self.assertEqual(lines_of(self.site, "signatures_refused"), [])
        for _ in range(8):
            self.assertEqual(self.site.hook("stripe", body, headers).status, 401)
        self.told("signatures_refused", "gateway=stripe", "reason=signature_wrong")
        self.assertEqual(len(lines_of(self.site, "signatures_refused")), 1)

    def links(self, telegram_id):
        return {button["url"] for message in self.telegram.messages(telegram_id)
                for row in message.get("reply_markup", {}).get("inline_keyboard", [])
                for button in row if "t.me/+" in button.get("url", "")}

    def test_held(self):
        for member in (11, 12, 13):
            self.telegram.user(member, "start", bot="usher_bot")
            self.assertEqual(self.site.pay(member).status, 200)
        for member in (11, 12, 13):
            link = until(lambda: next(iter(self.links(member)), None), "the letter with its link")
            self.telegram.user(member, "follow", link=link)
        until(lambda: {11, 12, 13} <= {each["user_id"] for each in self.telegram.members(STARTER)["members"]}, "in")
        for member in (11, 12, 13):
            self.assertEqual(self.site.stripe(stripe_refund("pi_%d_starter" % member)).status, 200)
        self.told("removals_held", "count=")


class Files(unittest.TestCase):
    """A path that an operator gives by mistake is told from a file at once."""

    def setUp(self):
        self.site = Site("http://127.0.0.1:1")
        self.addCleanup(self.site.close)
        os.mkfifo(os.path.join(self.site.folder, "fifo"))
        os.mkdir(os.path.join(self.site.folder, "dir"))

    def test_a_pipe_and_a_folder_in_place_of_a_file(self):
        config = self.site.config
        for verb in (["check", "--config"], ["run", "--config"], ["status", "--config"],
                     ["broadcast", "create", "--config", config, "--text-file"],
                     ["report", "--config", config, "run"]):
            for path, said in (("fifo", "is a pipe (FIFO)"), ("dir", "is a folder")):
                done = self.site.cli(*verb, path)
                self.assertEqual(done.returncode, 1, done)
                self.assertIn(path, done.stderr)
                self.assertIn(said, done.stderr)

    def test_a_pipe_of_a_shell_is_a_file(self):
        done = subprocess.run("cat usher.yaml | '%s' check --config /dev/stdin" % USHER, shell=True,
                              cwd=self.site.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done)

    def test_a_backup_into_what_is_backed_up(self):
        site = self.site.start(ready=False)
        os.symlink("var", os.path.join(site.folder, "link"))
        for place in ("var", "var/backup", "var/archive/new", "link/backup", "./dir/../var/b", "new/../var/b",
                      os.path.join(site.folder, "var", "b")):
            done = site.cli("backup", place, "--config", site.config)
            self.assertEqual(done.returncode, 1, (place, done))
            self.assertIn("data_dir", done.stderr)
        self.assertEqual(sorted(os.listdir(os.path.join(site.folder, "var")))[:1], ["journal"])
        done = site.cli("backup", "elsewhere", "--config", site.config)
        self.assertEqual(done.returncode, 0, done)


class Tokens(unittest.TestCase):
    def test_who_tries_tokens_waits_and_leaves_a_trace(self):
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = Site(telegram.url())
        self.addCleanup(site.close)
        site.write_config()
        with open(site.config, encoding="utf-8") as file:
            text = file.read().replace("http: {", "http: {trust_forwarded: true, ")
        with open(site.config, "w", encoding="utf-8") as file:
            file.write(text)
        site.start()
        for _ in range(20):  # no token is no attempt
            self.assertEqual(site.api("GET", "status", token=None).status, 401)
        self.assertEqual(lines_of(site, "admin_refused"), [])

        def wrong(n, peer):
            return request(site.port, "GET", "/api/v1/status", headers={
                "Authorization": "Bearer guess-%d" % n, "X-Forwarded-For": peer})

        times = []
        for n in range(60):
            begun = time.monotonic()
            refused = wrong(n, "203.0.113.9")
            times.append(time.monotonic() - begun)
            self.assertEqual((refused.status, refused.json["code"]), (401, "unauthorized"))
            self.assertTrue(refused.headers["www-authenticate"].startswith("Bearer"))
        self.assertGreater(min(times[50:]), 0.4)
        self.assertLess(max(times[:LOGINS_FREE]), 0.4)
        said = lines_of(site, "admin_refused")
        self.assertEqual(len(said), 1, said)
        self.assertIn("peer=203.0.113.9 ", said[0])
        self.assertIn("remedy=", said[0])
        self.assertNotIn("guess", site.usher.log())
        begun = time.monotonic()
        self.assertEqual(wrong(1, "198.51.100.1").status, 401)
        self.assertEqual(site.api("GET", "status").status, 200)  # from another address, or with the right token
        self.assertLess(time.monotonic() - begun, 0.4)
        until(lambda: len(lines_of(site, "admin_refused")) == 2, "the other address is told of")

        # Thousands at once hold up nobody else, nor the end.
        statuses = []
        def many(k):
            for n in range(20):
                try:
                    statuses.append(wrong(n, "203.0.113.9").status)
                except OSError:
                    return
        threads = [threading.Thread(target=many, args=(k,)) for k in range(300)]
        for thread in threads:
            thread.start()
        until(lambda: 429 in statuses, "more wait than may")
        self.assertEqual(site.pay(5).status, 200)
        self.assertEqual(site.api("GET", "status").status, 200)
        self.assertEqual(site.stop(), 0)
        for thread in threads:
            thread.join()
        self.assertLessEqual(set(statuses), {401, 429, 503})


class Configurations(unittest.TestCase):
    """What check accepts, run starts with."""

    @classmethod
    def setUpClass(cls):
        cls.telegram = Telegram()
        cls.addClassCleanup(cls.telegram.close)

    def site(self, change=lambda text: text):
        site = Site(self.telegram.url())
        self.addCleanup(site.close)
        with open(site.config, encoding="utf-8") as file:
            text = file.read()
        with open(site.config, "w", encoding="utf-8") as file:
            file.write(change(text))
        return site

    def refused(self, change, said, line=None, live=False, prepare=lambda site: None):
        """By check, in a line that names the key; and by run, which ends by itself."""
        site = self.site(change)
        prepare(site)
        checked = site.cli("check", "--config", site.config, *(["--live"] if live else []))
        self.assertEqual(checked.returncode, 1, checked)
        for text in (said, site.config + ":" + (str(line) + ":" if line else "")):
            self.assertIn(text, checked.stderr)
        run = site.cli("run", "--config", site.config)
        self.assertEqual(run.returncode, 1, run)

    def test_limits(self):
        def limits(second, chat, group):
            return lambda text: text.replace(
                'webhook_secret: "hook-secret"', "limits: {per_second: %d, per_chat_per_second: %d, "
                "per_group_per_minute: %d}" % (second, chat, group))
        for number, key in enumerate(("per_second", "per_chat_per_second", "per_group_per_minute")):
            for limit in (10001, 100000):
                values = [1, 1, 1]
                values[number] = limit
                self.refused(limits(*values), "bots[0].limits." + key, 10)
        site = self.site(limits(10000, 10000, 10000)).start()
        self.assertEqual(site.stop(), 0)

    def test_topology(self):
        def links(links, keys=""):
            return lambda text: text + "topology:\n  links: {%s}\n%s" % (links, keys)
        self.refused(links('comands: "inproc://x"'), 'did you mean "commands"?', 46)
        self.refused(links('commands: ["inproc://x", "inproc://y"]'), "topology.links.commands: has 2", 46)
        self.refused(links('commands: "inproc://x", due: "inproc://x"'), "topology.links.due", 46)
        keys = links('commands: "tcp://127.0.0.1:%d"' % free_ports(1)[0], "  curve_dir: ./keys\n")
        self.refused(keys, "topology.curve_dir: cannot be read", 47)
        self.refused(keys, "topology.curve_dir: cannot be read",
                     prepare=lambda site: open(os.path.join(site.folder, "keys"), "w").close())
        self.refused(keys, "topology.curve_dir: holds no",
                     prepare=lambda site: os.mkdir(os.path.join(site.folder, "keys")))

    def test_data_dir(self):
        def data_dir(path):
            return lambda text: text.replace("data_dir: ./var", "data_dir: " + path)
        self.refused(data_dir("./usher.yaml"), "data_dir: ", 1)
        self.refused(data_dir("./usher.yaml/var"), "data_dir: ", 1)
        self.refused(data_dir("/proc/usher"), "data_dir: ", 1)
        site = self.site(data_dir("./new/and/deep"))
        self.assertEqual(site.cli("check", "--config", site.config).returncode, 0)
        self.assertEqual(site.start().stop(), 0)

    def test_a_busy_port_of_a_link(self):
        """Whichever thread finds it, those that run already are stopped in order."""
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen(1)
            for link in ("commands", "queries", "work", "requests", "verdicts", "calls"):
                site = self.site(lambda text: text + "topology:\n  curve_dir: ./keys\n  links: "
                                 '{%s: "tcp://127.0.0.1:%d"}\n' % (link, busy.getsockname()[1]))
                self.assertEqual(site.cli("keys", os.path.join(site.folder, "keys"), "server").returncode, 0)
                for _ in range(5):
                    run = site.cli("run", "--config", site.config)
                    self.assertEqual(run.returncode, 1, run)
                    self.assertIn("cannot bind link " + link, run.stderr)

    def test_secrets(self):
        """What would be part of a secret by the letter is said before the first callback is refused."""
        def check(secrets):
            site = self.site(lambda text: text.replace('"%s"' % STRIPE_SECRET, '"${STRIPE_SECRET}"'))
            path = os.path.join(site.folder, "secrets.env")
            with open(path, "wb") as file:
                file.write(secrets)
            os.chmod(path, 0o600)
            return site, site.cli("check", "--config", site.config)

        for secrets, line in ((b"# mine\nSTRIPE_SECRET=whsec_a # live\n", "secrets.env:2: STRIPE_SECRET"),
                              (b'STRIPE_SECRET="whsec_a" # live\n', "secrets.env:1: STRIPE_SECRET"),
                              (b"STRIPE_SECRET=sk_live_a\n", "usher.yaml:25: gateways[0].secrets[0]")):
            _, checked = check(secrets)
            self.assertEqual(checked.returncode, 1, checked)
            self.assertIn(line, checked.stderr)
            self.assertNotIn("whsec_a", checked.stderr)
            self.assertNotIn("sk_live_a", checked.stderr)
        _, checked = check(b"STRIPE_SECRET=sekrit\n")
        self.assertEqual(checked.returncode, 0, checked)
        self.assertIn("usher.yaml:25: warning: gateways[0].secrets[0]", checked.stderr)
        self.assertIn(": ok (", checked.stdout)
        # A mark at the beginning, line ends of Windows and quotes are no part of it.
        site, checked = check(b"\xef\xbb\xbfSTRIPE_SECRET=\"%s\"\r\n" % STRIPE_SECRET.encode())
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        site.start()
        self.assertEqual(site.pay(1).status, 200)

    def test_a_welcome_that_is_too_long(self):
        self.refused(lambda text: text.replace("Welcome, {{name}}!", "x" * 4100), "plans[1].welcome.text", 23)
        site = self.site(lambda text: text.replace("Welcome, {{name}}!", "x" * 3500))
        checked = site.cli("check", "--config", site.config, "--json")
        self.assertEqual(checked.returncode, 0, checked)
        self.assertEqual(json.loads(checked.stdout)["warnings"][0]["path"], "plans[1].welcome.text")

    def test_addresses(self):
        """Only the machine knows these, so only --live looks, and not while usher runs."""
        def listen(address):
            return lambda text: re.sub('listen: "[^"]*"', 'listen: "%s"' % address, text)
        self.refused(listen("203.0.113.7:0"), "http.listen: 203.0.113.7", 2, live=True)
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen(1)
            self.refused(listen("127.0.0.1:%d" % busy.getsockname()[1]), "http.listen: another", 2, live=True)
        site = self.site()
        told = site.cli("check", "--help").stdout
        self.assertIn("--live", told)
        self.assertIn("port free", told)


if __name__ == "__main__":
    unittest.main()
