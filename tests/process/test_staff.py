"""Who may ask of the API: logins, sessions, roles, keys. A browser is played by its headers."""
import json
import os
import signal
import time
import unittest

import helpers
from helpers import until
from split import SplitSite

OWNER, FINANCE, SUPPORT, MODERATOR, VIEWER = 1001, 1002, 1003, 1004, 1005
SUPPORT_TOKEN = "support-token-0001"
STAFF = """\
staff:
  - {telegram_id: 1001, role: owner, name: Ann}
  - {telegram_id: 1002, role: finance, name: Ben}
  - {telegram_id: 1003, role: support, name: Cleo, token: "%s"}
  - {telegram_id: 1004, role: moderator}
  - {telegram_id: 1005, role: viewer}
""" % SUPPORT_TOKEN


class Browser:
    """Who has a cookie, and the token of the page."""

    def __init__(self, site):
        self.site = site
        self.cookie = None
        self.token = None

    def log_in(self, telegram_id=None, code=None):
        if code is None:
            answer = self.site.api("POST", "staff/logins", {"telegram_id": telegram_id} if telegram_id else {})
            assert answer.status == 201, answer
            code = answer.json["code"]
        answer = self.ask("POST", "session", {"code": code})
        if answer.status == 201:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
            self.token = self.ask("GET", "session").json["token"]
        return answer

    def ask(self, method, path, body=None, **headers):
        """headers: others than a page of ours sends; None: without."""
        sent = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin",
                "X-Usher-Token": self.token, "Cookie": self.cookie}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return helpers.request(self.site.port, method, "/api/v1/" + path,
                               json.dumps(body) if body is not None else None,
                               {name: value for name, value in sent.items() if value is not None})


class StaffTest(unittest.TestCase):
    more = STAFF

    def setUp(self):
        self.telegram = helpers.Telegram()
        self.addCleanup(self.telegram.close)
        self.site = helpers.Site(self.telegram.url(), more=self.more)
        self.addCleanup(self.site.close)
        self.start()

    def start(self):
        self.site.start()
        until(lambda: self.site.api("GET", "status", token="uk_none").status != 503, "the list is told")

    def browser(self, telegram_id=None):
        browser = Browser(self.site)
        answer = browser.log_in(telegram_id)
        self.assertEqual(answer.status, 201, answer)
        return browser

    def refused(self, answer, status, words):
        self.assertEqual(answer.status, status, answer)
        self.assertIn(words, answer.json["detail"])


class Sessions(StaffTest):
    def test_a_login_is_good_once(self):
        issued = self.site.api("POST", "staff/logins", {"telegram_id": SUPPORT})
        self.assertEqual(issued.status, 201, issued)
        self.assertEqual((issued.json["role"], issued.json["name"]), ("support", "Cleo"))
        self.assertEqual(issued.headers["cache-control"], "no-store")
        code = issued.json["code"]
        browser = Browser(self.site)
        answer = browser.log_in(code=code)
        self.assertEqual(answer.status, 201, answer)
        self.assertNotIn("code", answer.json)
        for part in ("usher=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"):
            self.assertIn(part, answer.headers["set-cookie"])
        self.assertNotIn("Secure", answer.headers["set-cookie"])
        me = browser.ask("GET", "session")
        self.assertEqual(me.status, 200, me)
        self.assertEqual((me.json["telegram_id"], me.json["name"], me.json["role"]), (SUPPORT, "Cleo", "support"))
        self.assertEqual(len(me.json["token"]), 64)
        self.assertTrue(me.json["until"].endswith("Z"))
        again = Browser(self.site).log_in(code=code)
        self.refused(again, 401, "not, or no longer, good")
        wrong = Browser(self.site).log_in(code="0" * 64)
        self.assertEqual(again.json["detail"], wrong.json["detail"])
        # No secret is anywhere on the disk.
        self.site.stop()
        cookie = browser.cookie.split("=")[1]
        for folder, _, files in os.walk(os.path.join(self.site.folder, "var")):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                self.assertNotIn(code.encode(), content)
                self.assertNotIn(cookie.encode(), content)

    def test_a_session_ends(self):
        one, other, boss = self.browser(FINANCE), self.browser(FINANCE), self.browser(OWNER)
        self.assertEqual(one.ask("DELETE", "session", Content_Type=None).status, 200)
        self.refused(one.ask("GET", "session"), 401, "the session is over")
        sessions = boss.ask("GET", "staff/sessions").json["sessions"]
        self.assertEqual([(s["telegram_id"], s["role"]) for s in sessions], [(FINANCE, "finance"), (OWNER, "owner")])
        self.assertNotIn("hash", sessions[0])
        revoked = boss.ask("DELETE", "staff/sessions/%d" % sessions[0]["session_id"])
        self.assertEqual(revoked.status, 200, revoked)
        self.assertEqual(other.ask("GET", "status").status, 401)  # at once; two seconds at most elsewhere
        self.assertEqual(boss.ask("DELETE", "staff/sessions/99").status, 404)

    def test_farewell_takes_the_cookie(self):
        browser = self.browser(VIEWER)
        answer = browser.ask("DELETE", "session")
        self.assertEqual(answer.status, 200, answer)
        self.assertIn("Max-Age=0", answer.headers["set-cookie"])

    def test_behind_https_the_cookie_is_of_this_host(self):
        code = self.site.api("POST", "staff/logins", {"telegram_id": OWNER}).json["code"]
        browser = Browser(self.site)
        answer = browser.ask("POST", "session", {"code": code}, Origin="https://club.example.org")
        self.assertEqual(answer.status, 201, answer)
        self.assertTrue(answer.headers["set-cookie"].startswith("__Host-usher="))
        self.assertIn("; Secure", answer.headers["set-cookie"])
        browser.cookie = answer.headers["set-cookie"].split(";")[0]
        self.assertEqual(browser.ask("GET", "session").status, 200)
        plain = browser.cookie.replace("__Host-", "")
        self.assertEqual(browser.ask("GET", "session", Cookie=plain).status, 200)  # on this machine
        self.assertEqual(browser.ask("GET", "session", Cookie=plain, Host="club.example.org").status, 401)

    def test_kill_and_restart_keep_sessions(self):
        browser = self.browser(SUPPORT)
        key = self.site.api("POST", "staff/keys", {"name": "shop", "role": "finance"}).json["key"]
        self.site.kill()
        self.start()
        until(lambda: browser.ask("GET", "session").status == 200, "the session goes on")
        self.assertEqual(self.site.api("GET", "payments", token=key).status, 200)

    def test_a_reload_drops_a_person(self):
        cleo, ben = self.browser(SUPPORT), self.browser(FINANCE)
        self.site.write_config(more=STAFF.replace(
            "  - {telegram_id: 1003, role: support, name: Cleo, token: \"%s\"}\n" % SUPPORT_TOKEN, "").replace(
                "role: finance", "role: viewer"))
        self.site.usher.process.send_signal(signal.SIGHUP)
        until(lambda: cleo.ask("GET", "session").status == 401, "the session of who is gone is over", 5)
        until(lambda: ben.ask("GET", "session").json["role"] == "viewer", "a role is the one of now")
        self.assertEqual(self.site.api("GET", "status", token=SUPPORT_TOKEN).status, 401)
        self.refused(self.site.api("POST", "staff/logins", {"telegram_id": SUPPORT}), 404, "no such person")

    def test_wrong_codes_wait_like_wrong_tokens(self):
        for _ in range(6):
            self.assertEqual(Browser(self.site).log_in(code="1" * 64).status, 401)
        begun = time.monotonic()
        for _ in range(10):
            Browser(self.site).log_in(code="2" * 64)
        self.assertGreater(time.monotonic() - begun, 0.5)  # 20, 30 ... 110 ms
        self.assertIn(" admin_refused ", self.site.usher.log())
        # What strangers try does not come as far as the journal.
        dump = self.site.cli("journal", "dump", "--config", self.site.config).stdout
        self.assertNotIn("session_begin", dump)

    def test_without_a_person_it_is_the_holder_of_the_token(self):
        browser = self.browser()
        me = browser.ask("GET", "session").json
        self.assertEqual((me["telegram_id"], me["name"], me["role"]), (None, "token", "owner"))
        # An owner among the staff is no holder of the token.
        self.refused(self.browser(OWNER).ask("POST", "staff/logins", {}), 409, "telegram_id")
        me = self.site.api("GET", "session").json
        self.assertEqual((me["role"], me["until"], me["token"]), ("owner", None, None))


class Forgery(StaffTest):
    def test_a_change_needs_our_page(self):
        browser = self.browser(OWNER)
        body = {"text": "Hello"}
        for headers in ({"X_Usher_Token": None}, {"X_Usher_Token": "0" * 64}, {"Sec_Fetch_Site": "cross-site"},
                        {"Sec_Fetch_Site": "same-site"}, {"Content_Type": None},
                        {"Content_Type": "application/problem+json"}):
            answer = browser.ask("POST", "broadcasts", body, **headers)
            self.refused(answer, 403, "its own page")
        plain = browser.ask("POST", "broadcasts", body, Content_Type="text/plain")
        self.assertEqual(plain.status, 415, plain)
        self.refused(browser.ask("DELETE", "session", X_Usher_Token=None), 403, "its own page")
        self.assertEqual(self.site.api("GET", "broadcasts").json["broadcasts"], [])
        self.assertEqual(browser.ask("POST", "broadcasts", body, Sec_Fetch_Site=None).status, 200)
        # Reading needs none of it.
        self.assertEqual(browser.ask("GET", "status", X_Usher_Token=None, Sec_Fetch_Site="none").status, 200)

    def test_a_login_too(self):
        code = self.site.api("POST", "staff/logins", {"telegram_id": OWNER}).json["code"]
        for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Content_Type": None}):
            answer = Browser(self.site).ask("POST", "session", {"code": code}, **headers)
            self.refused(answer, 403, "its own page")
        self.assertEqual(Browser(self.site).log_in(code=code).status, 201)


class Roles(StaffTest):
    # What each may, and may not, as a row of its table says.
    MAY = {
        OWNER: [("GET", "staff/keys", None), ("POST", "coupons", {"code": "OWN10", "percent": 10})],
        FINANCE: [("POST", "coupons", {"code": "FIN10", "percent": 10}), ("GET", "payments", None)],
        SUPPORT: [("POST", "orders", {"telegram_id": 7, "plan": "core", "period": "1 month"})],
        MODERATOR: [("POST", "broadcasts", {"text": "Hello"})],
        VIEWER: [("GET", "members", None), ("GET", "staff", None), ("GET", "openapi.json", None)],
    }
    MAY_NOT = {
        FINANCE: [("POST", "staff/keys", {"name": "x", "role": "owner"}, "owner"),
                  ("POST", "staff/logins", {"telegram_id": OWNER}, "owner")],
        SUPPORT: [("POST", "payments/stripe/pi_1/settle", {"telegram_id": 7, "plan": "core", "period": "1 month"},
                   "owner or finance"), ("POST", "broadcasts", {"text": "x"}, "owner, finance or moderator")],
        MODERATOR: [("POST", "coupons", {"code": "MOD10", "percent": 10}, "owner or finance")],
        VIEWER: [("POST", "queue/release", {"what": "dead"}, "owner, finance or support"),
                 ("GET", "staff/sessions", None, "owner")],
    }

    def test_each_may_its_own(self):
        for person, asked in self.MAY.items():
            browser = self.browser(person)
            for method, path, body in asked:
                answer = browser.ask(method, path, body)
                self.assertIn(answer.status, (200, 201, 409), (person, path, answer))

    def test_and_nothing_else(self):
        for person, asked in self.MAY_NOT.items():
            browser = self.browser(person)
            for method, path, body, role in asked:
                answer = browser.ask(method, path, body)
                self.refused(answer, 403, "this needs the role %s; yours is " % role)
                self.assertEqual(answer.json["code"], "forbidden")

    def test_a_person_s_own_token(self):
        self.assertEqual(self.site.api("GET", "session", token=SUPPORT_TOKEN).json["telegram_id"], SUPPORT)
        self.refused(self.site.api("POST", "coupons", {"code": "X", "percent": 1}, token=SUPPORT_TOKEN), 403, "finance")
        self.assertEqual(self.site.api("GET", "status", token=SUPPORT_TOKEN[:-1] + "2").status, 401)


class Keys(StaffTest):
    def make(self, **more):
        answer = self.site.api("POST", "staff/keys", more)
        self.assertEqual(answer.status, 201, answer)
        self.assertTrue(answer.json["key"].startswith("uk_"))
        return answer.json["key"]

    def test_scopes(self):
        key = self.make(name="crm", role="finance", scopes=["payments", "members:read"])
        self.assertEqual(self.site.api("GET", "payments", token=key).status, 200)
        self.assertEqual(self.site.api("GET", "members", token=key).status, 200)
        grant = {"plan": "core", "period": "1 month", "reason": "a gift"}
        self.refused(self.site.api("POST", "members/7/grant", grant, token=key), 403, "do not let it change")
        self.refused(self.site.api("GET", "orders", token=key), 403, "payments,members:read")
        self.assertEqual(self.site.api("GET", "session", token=key).json["name"], "crm")

    def test_a_key_ends(self):
        key = self.make(name="crm", role="viewer")
        self.assertEqual(self.site.api("GET", "status", token=key).status, 200)
        listed = self.site.api("GET", "staff/keys").json["keys"]
        self.assertEqual([(k["name"], k["role"], k["per_minute"], k["made_by"]) for k in listed],
                         [("crm", "viewer", 600, "token")])
        self.assertNotIn(key[3:], json.dumps(listed))
        self.refused(self.site.api("POST", "staff/keys", {"name": "crm", "role": "viewer"}), 409, "delete it first")
        self.assertEqual(self.site.api("DELETE", "staff/keys/crm").status, 200)
        self.refused(self.site.api("GET", "status", token=key), 401, "none any more")

    def test_so_often_and_no_more(self):
        key = self.make(name="busy", role="viewer", per_minute=5)
        statuses = [self.site.api("GET", "status", token=key).status for _ in range(6)]
        self.assertEqual(statuses, [200] * 5 + [429])
        answer = self.site.api("GET", "status", token=key)
        self.refused(answer, 429, "per_minute")
        self.assertLessEqual(1, int(answer.headers["retry-after"]))
        self.assertLessEqual(int(answer.headers["retry-after"]), 12)
        self.assertEqual(self.site.api("GET", "status").status, 200)  # nobody else waits for it

    def test_what_is_wrong_is_said(self):
        for body, status in (({"name": "a", "role": "viewer", "scopes": ["Members"]}, 400),
                             ({"name": "a", "role": "king"}, 400), ({"role": "viewer"}, 400),
                             ({"name": "a", "role": "viewer", "per_minute": 60001}, 400)):
            self.assertEqual(self.site.api("POST", "staff/keys", body).status, status, body)
        self.assertEqual(self.site.api("DELETE", "staff/keys/none").status, 404)
        for query in ("reason=" + "a" * 513, "reason=%ff", "reason=a%0", "reason=a%00b", "reason=a&reason=b", "why=a"):
            self.assertEqual(self.site.api("DELETE", "staff/keys/none?" + query).status, 400, query)
        self.assertEqual(self.site.api("DELETE", "staff/keys/none?reason=" + "a" * 512).status, 404)


class Audit(StaffTest):
    """Who did what, and why: from the mirror."""

    def entries(self, query="", asker=None):
        answer = asker.ask("GET", "audit" + query) if asker else self.site.api("GET", "audit" + query)
        self.assertEqual(answer.status, 200, answer)
        return [(e["who"], e.get("role"), e["what"], e["path"], e.get("telegram_id"), e.get("reason")) for e in answer.json["audit"]]

    def test_every_act_is_there(self):
        ben = self.browser(FINANCE)
        cleo = self.browser(SUPPORT)
        key = self.site.api("POST", "staff/keys", {"name": "crm", "role": "finance", "reason": "the new shop"}).json["key"]
        self.site.pay(7, amount=1)
        until(lambda: self.site.api("GET", "payments?state=unsettled").json["payments"], "unsettled")
        coupon = ben.ask("POST", "coupons", {"code": "MAY10", "percent": 10, "reason": "the spring sale"})
        self.assertEqual(coupon.status, 201, coupon)
        self.assertEqual(cleo.ask("POST", "coupons", {"code": "MAY20", "percent": 20}).status, 403)
        settled = ben.ask("POST", "payments/stripe/pi_7_starter/settle",
                          {"telegram_id": 7, "plan": "starter", "period": "1 month", "reason": "they paid a friend"})
        self.assertEqual(settled.status, 200, settled)
        self.assertEqual(self.site.api("DELETE", "coupons/MAY10?reason=sold%20out%2C+%E5%94%AE%E7%BD%84", token=key).status, 200)
        self.assertEqual(self.site.api("DELETE", "coupons/MAY30", token=key).status, 404)
        self.assertEqual(self.site.api("POST", "broadcasts", {"text": "Hello", "idempotency_key": "hello"}).status, 200)
        self.assertEqual(self.entries()[:5], [
            ("token", "owner", "broadcast_create", "broadcasts/hello", None, None),
            ("key:crm", "finance", "coupon_end", "coupons/MAY10", None, "sold out, 售罄"),
            ("staff:1002 Ben", "finance", "payment_settle", "payments/stripe/pi_7_starter/settle", 7, "they paid a friend"),
            ("staff:1002 Ben", "finance", "coupon_create", "coupons", None, "the spring sale"),
            ("token", "owner", "staff_key_create", "staff/keys", None, "the new shop")])
        self.assertEqual(len(self.entries("?who=staff:1002")), 2)
        self.assertEqual(len(self.entries("?who=staff:100")), 0)
        self.assertEqual([e[2] for e in self.entries("?member=7")], ["payment_settle"])
        self.assertEqual([e[2] for e in self.entries("?what=coupon_end", ben)], ["coupon_end"])
        self.assertEqual(self.entries("?since=2099-01-01T00:00:00Z"), [])
        page = self.site.api("GET", "audit?limit=2").json
        more = self.site.api("GET", "audit?limit=2&cursor=" + page["next_cursor"]).json
        self.assertLess(more["audit"][0]["sequence"], page["audit"][1]["sequence"])
        self.refused(cleo.ask("GET", "audit"), 403, "owner or finance")
        # The mirror knows no secret either.
        self.site.stop()
        for name in os.listdir(os.path.join(self.site.folder, "var")):
            path = os.path.join(self.site.folder, "var", name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    content = file.read()
                for secret in (key, ben.cookie.split("=")[1]):
                    self.assertNotIn(secret.encode(), content)


class Verbs(StaffTest):
    """From the command line, at a port that the configuration names."""

    def setUp(self):
        self.telegram = helpers.Telegram()
        self.addCleanup(self.telegram.close)
        self.site = helpers.Site(self.telegram.url(), more=self.more, http_port=helpers.free_ports(1)[0])
        self.addCleanup(self.site.close)
        self.start()

    def run_verb(self, *words, code=0):
        done = self.site.cli(*words, "--config", self.site.config)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def test_console_login(self):
        address = self.run_verb("console", "login", "--staff", str(SUPPORT))
        before, code = address.strip().split("#login=")
        self.assertEqual(before, "http://127.0.0.1:%d/console/" % self.site.port)
        self.assertEqual(Browser(self.site).log_in(code=code).json["name"], "Cleo")
        holder = json.loads(self.run_verb("console", "login", "--json"))
        self.assertEqual((holder["role"], holder["telegram_id"]), ("owner", None))
        self.assertIn("no such person", self.run_verb("console", "login", "--staff", "9", code=1))
        self.assertIn("usage: usher console login", self.run_verb("console", "logout", code=2))
        self.assertIn("--staff", self.run_verb("console", "--help"))

    def test_where_the_world_reaches_us(self):
        with open(self.site.config, encoding="utf-8") as file:
            text = file.read()
        with open(self.site.config, "w", encoding="utf-8") as file:
            file.write(text.replace("http: {", "http: {public_url: \"https://club.example.org/door\", "))
        self.assertTrue(self.run_verb("console", "login").startswith("https://club.example.org/door/console/#login="))

    def test_the_rows_are_verbs(self):
        self.browser(FINANCE)
        self.assertIn("Cleo", self.run_verb("staff", "list"))
        self.assertIn("Ben", self.run_verb("staff", "sessions"))
        made = json.loads(self.run_verb("staff-key", "create", "--name", "crm", "--role", "finance",
                                        "--scopes", "payments,members:read", "--json"))
        self.assertEqual(self.site.api("GET", "payments", token=made["key"]).status, 200)
        self.assertIn("crm", self.run_verb("staff", "keys"))
        keys = self.run_verb("staff", "keys", "--json")
        self.assertIn("members:read", keys)
        self.assertNotIn(made["key"], keys)
        self.run_verb("staff-key", "delete", "crm")
        self.run_verb("staff", "revoke", "1")
        self.assertIn("--scopes", self.run_verb("staff-key", "create", "--help"))
        audit = self.run_verb("audit", "--who", "token", "--limit", "5")
        self.assertRegex(audit, r"token +owner +staff_revoke +staff/sessions/1")
        self.assertIn("--since", self.run_verb("audit", "--help"))
        # What only a browser can do is no verb.
        shown = self.site.cli("--help").stdout
        self.assertNotRegex(shown, r"(?m)^  session ")


class Apart(unittest.TestCase):
    """Each role a process of its own, over tcp."""

    def test_who_asks_is_known_there_too(self):
        telegram = helpers.Telegram()
        self.addCleanup(telegram.close)
        site = SplitSite(telegram.url(), ("data_dir: ./var\n", "data_dir: ./var\n" + STAFF))
        self.addCleanup(site.close)
        site.start()
        until(lambda: site.api("GET", "status", token="uk_none").status != 503, "the list is told")
        browser, boss = Browser(site), Browser(site)
        self.assertEqual(browser.log_in(VIEWER).status, 201)
        self.assertEqual(boss.log_in(OWNER).status, 201)
        self.assertEqual(browser.ask("POST", "coupons", {"code": "A", "percent": 1}).status, 403)
        # Whoever starts is told, too.
        site.kill("ingress")
        site.start("ingress")
        until(lambda: browser.ask("GET", "status").status == 200, "the session goes on", 5)
        site.kill("ledger")
        site.start("ledger")
        until(lambda: boss.ask("GET", "staff/sessions").status == 200, "the ledger is back")
        session = next(s for s in boss.ask("GET", "staff/sessions").json["sessions"] if s["role"] == "viewer")
        self.assertEqual(boss.ask("DELETE", "staff/sessions/%d" % session["session_id"]).status, 200)
        until(lambda: browser.ask("GET", "status").status == 401, "a revoked session is over", 2)


class Later(unittest.TestCase):
    """By the test clock."""

    def setUp(self):
        telegram = helpers.Telegram()
        self.addCleanup(telegram.close)
        self.site = helpers.Site(telegram.url(), more="test_clock: true\n" + STAFF)
        self.addCleanup(self.site.close)
        self.site.start()
        until(lambda: self.site.api("GET", "status", token="uk_none").status != 503, "the list is told")

    def advance(self, how_far):
        answer = self.site.api("POST", "clock", {"advance": how_far})
        self.assertEqual(answer.status, 200, answer)

    def test_a_code_is_good_for_a_minute(self):
        code = self.site.api("POST", "staff/logins", {"telegram_id": OWNER}).json["code"]
        self.advance("61 seconds")
        answer = Browser(self.site).log_in(code=code)
        self.assertEqual(answer.status, 401, answer)
        self.assertIn("not, or no longer, good", answer.json["detail"])

    def test_idle_and_used(self):
        browser, idle = Browser(self.site), Browser(self.site)
        browser.log_in(OWNER)
        idle.log_in(VIEWER)
        self.advance("5 hours")
        self.assertEqual(browser.ask("GET", "status").status, 200)
        until(lambda: browser.ask("GET", "staff/sessions").json["sessions"][0]["seen"]
              != browser.ask("GET", "staff/sessions").json["sessions"][0]["began"], "the ledger hears of it")
        self.advance("4 hours")
        self.assertEqual(browser.ask("GET", "status").status, 200)
        self.assertEqual(idle.ask("GET", "status").status, 401)
        self.advance("9 hours")
        self.assertEqual(browser.ask("GET", "status").status, 401)
