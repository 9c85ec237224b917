"""The console in a browser: every page without a violation of its policy, a complaint, a scroll to the side or a finding of axe;
acts that are seen in the journal; the login; long lists; the live view. BROWSER=long: all languages, colours and widths.
PICTURES=DIR keeps a picture of each."""
import json
import os
import subprocess
import time
import unittest

import browser
import console_check
import helpers
from helpers import Site, Telegram, until
from signed_in import Door

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
LONG = os.environ.get("BROWSER") == "long"
PICTURES = os.environ.get("PICTURES")
MORE = """support: {chat: -1001000000002, roster: [1001]}
staff:
  - {telegram_id: 1001, role: owner, name: Ann}
  - {telegram_id: 1002, role: support, token: "support-token-0001"}
"""
MEMBERS = 130
READY = "document.querySelector('h1') && !document.querySelector('[aria-busy=true]')"
AXE = """axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations
    .filter((one) => ['serious', 'critical', 'moderate'].includes(one.impact))
    .map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')))"""


def shows(text):
    """That the page says this."""
    return "document.body.innerText.includes(%s)" % json.dumps(text)


@unittest.skipIf(browser.program() is None, "there is no Chromium; tools/deps browser installs one")
class Browsed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.telegram = Telegram()
        cls.addClassCleanup(cls.telegram.close)
        cls.site = Site(cls.telegram.url(), more=MORE)
        cls.addClassCleanup(cls.site.close)
        cls.site.start()
        cls.fill()
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def fill(cls):
        site = cls.site
        for i in range(MEMBERS):
            site.pay(1000 + i, "core" if i % 3 else "starter", 2900 if i % 3 else 900)
        site.pay(903, "core", 1)
        cls.order = site.api("POST", "orders", {"telegram_id": 1001, "plan": "core", "period": "1 month"}).json["order_id"]
        site.api("POST", "coupons", {"code": "LIVE48", "percent": 20})
        site.api("POST", "points", {"telegram_id": 1001, "currency": "points", "amount": 5, "reason": "a gift"})
        cls.broadcast = site.api("POST", "broadcasts", {"text": "<script>alert(1)</script>"}).json["broadcast_id"]
        assert site.api("POST", "staff/keys", {"name": "crm", "role": "finance", "scopes": ["payments", "members:read"]}).status == 201
        code = site.api("POST", "staff/logins", {"telegram_id": 1001}).json["code"]
        assert helpers.request(site.port, "POST", "/api/v1/session", json.dumps({"code": code}),
                               {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}).status == 201
        assert site.api("POST", "tickets", {"telegram_id": 1001, "category": "payment", "text": "I paid"}).status == 201
        until(lambda: site.api("GET", "members?limit=1&q=903").json["members"], "the mirror knows the members")

    def setUp(self):
        self.door = Door(self.site.port)
        self.addCleanup(self.door.close)

    def tab(self, **options):
        tab = self.browser.tab(**options)
        self.addCleanup(tab.close)
        return tab

    def open(self, tab, path):
        tab.go(self.door.url("/console" + path))
        tab.until(READY)

    def pages(self):
        return ("/", "/members", "/members/1001", "/members?q=nobody", "/payments", "/payments/stripe/pi_903_core", "/orders",
                "/orders/" + self.order, "/queue", "/tickets", "/tickets/T1", "/broadcasts", "/broadcasts/" + self.broadcast,
                "/points?member=1001", "/plans", "/coupons", "/staff", "/health", "/nowhere")

    def look(self, tab, path, name, axe):
        self.open(tab, path)
        self.assertFalse(tab.run("document.documentElement.scrollWidth > innerWidth"), "%s scrolls to the side" % path)
        if axe is not None:
            tab.run(axe, isolated=True)
            self.assertEqual(tab.run(AXE, isolated=True), [], "%s %s" % (name, path))
        if PICTURES:
            os.makedirs(PICTURES, exist_ok=True)
            tab.picture(os.path.join(PICTURES, name + path.replace("/", "_").replace("?", "_") + ".png"))
        self.assertEqual(tab.taken_complaints(), [], path)

    def test_every_page(self):
        tools = console_check.tools()
        axe = None
        if tools is not None:
            with open(os.path.join(tools, "node_modules", "axe-core", "axe.min.js"), encoding="utf-8") as file:
                axe = file.read() + "\n;0"
        every = [(language, width, dark) for language in LANGUAGES for width in (390, 1280) for dark in (False, True)]
        for language, width, dark in every if LONG else [("zh-Hant", 390, True), ("en", 1280, False)]:
            tab = self.tab(width=width, dark=dark, language=language)
            for path in self.pages():
                self.look(tab, path, "%s-%d-%s" % (language, width, "dark" if dark else "light"), axe)
            self.assertEqual(tab.run("document.documentElement.lang"), language)
            back = tab.run("getComputedStyle(document.body).backgroundColor")
            self.assertEqual(back, "rgb(15, 18, 22)" if dark else "rgb(245, 246, 248)")
            tab.close()

    def test_an_act_is_told_before_and_seen_in_the_journal(self):
        tab = self.tab()
        self.open(tab, "/members/1003")
        tab.press("main button", "Grant")
        tab.until(shows("Fill in the fields above to see it."))
        tab.choose("dialog select[name=plan]", "starter")
        tab.type("dialog input[name=period]", "7 days")
        tab.type("dialog input[name=reason]", "a gift of the house")
        tab.until(shows("1003 gets starter for 7 days"))
        self.assertEqual(self.door.asked, [])
        tab.until("document.querySelector('dialog form').checkValidity()")
        tab.press("dialog button[type=submit]")
        tab.until("!document.querySelector('dialog') && " + shows("Done: Grant"))
        tab.until(shows("a gift of the house"))  # the story, asked for anew
        ((method, path, headers, body),) = self.door.asked
        self.assertEqual((method, path), ("POST", "/api/v1/members/1003/grant"))
        self.assertEqual(json.loads(body), {"plan": "starter", "period": "7 days", "reason": "a gift of the house"})
        self.assertRegex(headers["Idempotency-Key"], "^[0-9a-f]{32}$")
        self.assertEqual(headers["X-Usher-Token"], "x" * 43)
        dump = subprocess.run([helpers.USHER, "journal", "dump", "--config", self.site.config], capture_output=True, text=True, check=True)
        self.assertIn("a gift of the house", dump.stdout)
        self.assertEqual(tab.taken_complaints(), [])

    def test_what_the_api_refuses_it_says_in_its_own_words(self):
        tab = self.tab()
        self.open(tab, "/members/1004")
        tab.press("main button", "Grant")
        tab.choose("dialog select[name=plan]", "core")
        tab.type("dialog input[name=period]", "a while")
        tab.type("dialog input[name=reason]", "x")
        tab.until("document.querySelector('dialog form').checkValidity()")
        tab.press("dialog button[type=submit]")
        tab.until("!!document.querySelector('dialog [role=alert]')")
        said = tab.run("document.querySelector('dialog [role=alert] p').innerText")
        self.assertIn("period", said)
        first = self.door.asked[-1][2]["Idempotency-Key"]
        tab.until("document.querySelector('dialog form').checkValidity()")
        tab.press("dialog button[type=submit]")
        until(lambda: len(self.door.asked) == 2, "it is sent again")
        self.assertEqual(self.door.asked[-1][2]["Idempotency-Key"], first)
        tab.until("!document.querySelector('dialog button[type=submit]').disabled")
        tab.type("dialog input[name=period]", "2 months")
        tab.until("document.querySelector('dialog form').checkValidity()")
        tab.press("dialog button[type=submit]")
        tab.until("!document.querySelector('dialog')")
        self.assertNotEqual(self.door.asked[-1][2]["Idempotency-Key"], first)

    def test_a_payment_is_settled(self):
        self.site.pay(904, "core", 2)
        tab = self.tab()
        self.open(tab, "/payments?state=unsettled")
        tab.press("td a", "pi_904_core")
        tab.press("main button", "Settle")
        self.assertEqual(tab.run("[...document.querySelectorAll('dialog label > span')].map((one) => one.innerText.trim())"),
                         ["Member", "Plan", "Period", "Reason"])
        self.assertEqual(tab.run("document.querySelector('dialog input[name=telegram_id]').value"), "904")
        known = self.site.get("/api/v1/openapi.json", {"Authorization": "Bearer " + helpers.ADMIN_TOKEN}).json["paths"]
        body = known["/api/v1/payments/{gateway}/{payment_id}/settle"]["post"]["requestBody"]["content"]["application/json"]
        if "reason" not in body["schema"]["properties"]:
            self.skipTest("the API keeps no reason of a settlement")
        tab.type("dialog input[name=reason]", "paid by bank")
        tab.until("document.querySelector('dialog form').checkValidity()")
        tab.press("dialog button[type=submit]")
        tab.until("!document.querySelector('dialog') && " + shows("granted"))
        self.assertEqual(self.site.member(904)["entitlements"][0]["plan"], "core")

    def test_why_is_asked_also_where_something_is_taken_away(self):
        self.site.api("POST", "coupons", {"code": "ENDS", "percent": 10})
        tab = self.tab()
        self.open(tab, "/coupons")
        tab.until(shows("ENDS"))
        tab.run("[...document.querySelectorAll('tr')].find((row) => row.innerText.includes('ENDS')).querySelector('button').click()")
        tab.until("!!document.querySelector('dialog input[name=reason]')")
        self.assertFalse(tab.run("document.querySelector('dialog form').checkValidity()"))
        tab.type("dialog input[name=reason]", "sold out & over, 售罄")
        tab.until("document.querySelector('dialog form').checkValidity()")
        if PICTURES:
            tab.picture(os.path.join(PICTURES, "why.png"))
        tab.press("dialog button[type=submit]")
        tab.until("!document.querySelector('dialog')")
        until(lambda: [e.get("reason") for e in self.site.api("GET", "audit?what=coupon_end").json["audit"]]
              == ["sold out & over, 售罄"], "the audit says why")
        self.assertEqual(tab.taken_complaints(), [])

    def test_figures_have_rows(self):
        self.door.answers = {
            "/api/v1/kpis": {"mrr": {"USD": "2900.00"}, "paying": 100, "renewal_rate": 0.605, "retention_30": None,
                             "grant_latency_ms": {"p50": 12, "p95": 80, "p99": 120}},
            "/api/v1/kpis/mrr/rows": {"rows": [{"telegram_id": 1001, "amount": "29.00"}], "next_cursor": None}}
        tab = self.tab()
        self.open(tab, "/kpis?plan=core")
        for text in ("Monthly recurring revenue", "2900.00 USD", "60.5 %", "too few to say", "80 p95"):
            tab.until(shows(text))
        tab.press("td a", "Monthly recurring revenue")
        tab.until("location.pathname + location.search === '/console/kpis/mrr?plan=core' && " + shows("29.00"))
        tab.press("td a", "1001")
        tab.until("location.pathname === '/console/members/1001' && " + READY)
        self.assertEqual(tab.taken_complaints(), [])

    def test_filters_live_in_the_address(self):
        tab = self.tab()
        self.open(tab, "/members?plan=starter")
        tab.until("document.querySelectorAll('tbody tr').length > 10")
        self.assertEqual(tab.run("document.querySelector('select[name=plan]').value"), "starter")
        self.assertTrue(tab.run("[...document.querySelectorAll('tbody tr')].every((row) => row.innerText.includes('starter'))"))
        tab.type("input[name=q]", "1003")
        tab.press("form.filters button[type=submit]")
        tab.until("location.search === '?q=1003&plan=starter' && document.querySelectorAll('tbody tr').length === 1")
        tab.press("form.filters a", "Reset")
        tab.until("location.search === '' && document.querySelectorAll('tbody tr').length === 50")
        tab.run("history.back()")
        tab.until("location.search === '?q=1003&plan=starter' && document.querySelectorAll('tbody tr').length === 1")

    def test_a_long_list_is_paged_and_quick(self):
        tab = self.tab()
        self.open(tab, "/payments")
        seen = []
        for _ in range(10):
            tab.until("document.querySelectorAll('tbody tr').length > 0 && " + READY)
            seen += tab.run("[...document.querySelectorAll('tbody tr td:first-child')].map((one) => one.innerText)")
            if not tab.run("[...document.querySelectorAll('.pager a')].some((one) => one.innerText === 'Next')"):
                break
            before = tab.run("location.search")
            began = time.monotonic()
            tab.press(".pager a", "Next")
            tab.until("location.search !== %s && %s" % (json.dumps(before), READY))
            self.assertLess(time.monotonic() - began, 5)
        self.assertGreaterEqual(len(seen), MEMBERS + 1)
        self.assertEqual(len(set(seen)), len(seen))
        self.assertEqual(tab.taken_complaints(), [])

    def test_the_login(self):
        self.door.signed = False
        tab = self.tab(language="zh-Hans")
        self.open(tab, "/members")
        tab.until(shows("usher console login"))
        self.open(tab, "/#login=wrong")
        tab.go(self.door.url("/console/#login=wrong"))
        tab.until("!!document.querySelector('[role=alert]')")
        self.assertEqual(tab.run("location.hash"), "")
        self.assertEqual(json.loads(self.door.asked[-1][3]), {"code": "wrong"})
        tab.go("about:blank")
        tab.go(self.door.url("/console/#login=right"))
        tab.until("!!document.querySelector('nav')")
        self.door.signed = False  # the session ends
        tab.press("nav a", "会员")
        tab.until(shows("usher console login"))
        self.assertEqual([one for one in tab.taken_complaints() if not one.startswith("log: Failed to load resource")], [])

    def test_the_sale_is_shown_as_it_happens_and_only_to_who_looks(self):
        tab = self.tab()
        self.open(tab, "/")
        tab.until("document.querySelector('.figures dd').innerText !== '–'")
        for i in range(20):
            self.site.pay(3000 + i, "starter", 900)
        tab.until("Number(document.querySelector('.figures dd').innerText) > 0")
        tab.until(shows("pi_3019_starter"))
        tab.run("Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
                "document.dispatchEvent(new Event('visibilitychange'))")
        time.sleep(0.5)
        asked = self.door.gets
        time.sleep(3)
        self.assertEqual(self.door.gets, asked)
        tab.run("Object.defineProperty(document, 'hidden', {value: false}); document.dispatchEvent(new Event('visibilitychange'))")
        until(lambda: self.door.gets > asked, "it asks again")

    def test_the_keyboard_and_the_language(self):
        tab = self.tab()
        self.open(tab, "/")
        for key in ("g", "m"):
            tab.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        tab.until("location.pathname === '/console/members' && " + READY)
        self.assertEqual(tab.run("document.activeElement.tagName"), "H1")
        tab.call("Input.dispatchKeyEvent", type="keyDown", key="/", text="/")
        tab.until("document.activeElement.name === 'q'")
        tab.choose("nav .choices select", "zh-Hant")
        tab.until("document.querySelector('h1').innerText === '會員' && document.documentElement.lang === 'zh-Hant'")
        self.open(tab, "/payments")
        self.assertEqual(tab.run("document.querySelector('h1').innerText"), "付款")
        self.assertEqual(tab.taken_complaints(), [])


if __name__ == "__main__":
    unittest.main()
