"""The console opened as an operator does it: `usher console login`, the address it prints, an act under one's own name, the end of
the session; nothing stands between the browser and usher."""
import json
import re
import unittest

import browser
from helpers import Site, Telegram, until

STAFF = "staff: [{telegram_id: 1001, role: owner, name: Ann}, {telegram_id: 1002, role: viewer, name: Bo}]\n"


@unittest.skipIf(browser.program() is None, "there is no Chromium; tools/deps browser installs one")
class Login(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url(), more=STAFF)
        self.addCleanup(self.site.close)
        if self.site.cli("console", "--help").returncode != 0:
            self.skipTest("this usher has no verb console")
        self.site.start()
        self.site.pay(903, "core", 1)
        self.browser = browser.Browser()
        self.addCleanup(self.browser.close)

    def address(self, *arguments):
        run = self.site.cli("console", "login", "--url", "http://127.0.0.1:%d" % self.site.port, *arguments)
        self.assertEqual(run.returncode, 0, run.stderr)
        return re.search(r"http\S+#login=\S+", run.stdout).group()

    def tab(self):
        tab = self.browser.tab()
        self.addCleanup(tab.close)
        return tab

    def says(self, tab, text):
        tab.until("document.body.innerText.includes(%s)" % json.dumps(text))

    def at(self, path):
        return "http://127.0.0.1:%d/console%s" % (self.site.port, path)

    def test_from_the_address_to_the_audit(self):
        tab = self.tab()
        once = self.address("--staff", "1001")
        tab.go(once)
        self.says(tab, "Ann, owner")
        self.assertEqual(tab.run("location.hash"), "")
        tab.go(self.at("/payments/stripe/pi_903_core"))
        tab.press("main button", "Settle")
        tab.until("document.querySelector('dialog select').value === 'core'")
        tab.type("dialog input[name=reason]", "paid by bank")
        tab.until("document.querySelector('dialog form').checkValidity()")
        tab.press("dialog button[type=submit]")
        self.says(tab, "Done: Settle")
        self.assertEqual(self.site.member(903)["entitlements"][0]["plan"], "core")
        tab.go(self.at("/audit"))
        self.says(tab, "paid by bank")
        self.says(tab, "staff:1001")
        tab.press("nav button", "Sign out")
        self.says(tab, "usher console login")
        tab.go(self.at("/members"))
        self.says(tab, "usher console login")
        tab.go("about:blank")
        tab.go(once)
        self.says(tab, "That address does not work any more")

    def test_another_address_is_another_person(self):
        tab = self.tab()
        tab.go(self.address("--staff", "1001"))
        self.says(tab, "Ann, owner")
        tab.go(self.address("--staff", "1002"))
        self.says(tab, "Bo, viewer")
        tab.go(self.at("/payments/stripe/pi_903_core"))
        tab.press("main button", "Settle")
        tab.until("document.querySelector('dialog select').value === 'core'")
        tab.type("dialog input[name=reason]", "I may not")
        tab.until("document.querySelector('dialog form').checkValidity()")
        tab.press("dialog button[type=submit]")
        self.says(tab, "usher says no (403)")
        self.assertEqual(self.site.member(903)["entitlements"], [])

    def fill_in(self, tab, **values):
        for name, value in values.items():
            tab.type("dialog input[name=%s]" % name, value)
        tab.until("document.querySelector('dialog form').checkValidity()")
        tab.press("dialog button[type=submit]")
        tab.until("!document.querySelector('dialog')")

    def status(self, path, key):
        return self.site.api("GET", path, token=key).status

    def test_a_key_is_shown_once_and_ended(self):
        tab = self.tab()
        tab.go(self.address("--staff", "1001"))
        self.says(tab, "Ann, owner")
        tab.taken_complaints()  # nobody was signed in before
        tab.go(self.at("/staff"))
        self.says(tab, "No machine has a key.")
        tab.press("main button", "New key")
        tab.choose("dialog select[name=role]", "finance")
        self.fill_in(tab, name="crm", scopes="payments, audit:read", per_minute="5", reason="the new CRM")
        self.says(tab, "The key of crm")
        key = tab.run("document.querySelector('.once code').innerText")
        self.assertRegex(key, "^uk_")
        until(lambda: self.status("payments", key) == 200, "the key is good")
        self.assertEqual(self.status("orders", key), 403)
        self.assertEqual([self.status("payments", key) for _ in range(6)][-1], 429)
        (row,) = self.site.api("GET", "staff/keys").json["keys"]
        self.assertEqual((row["role"], row["scopes"], row["per_minute"], row["made_by"]),
                         ("finance", ["payments", "audit:read"], 5, "staff:1001 Ann"))
        tab.press("main button", "I have it")
        tab.until("!document.querySelector('.once')")
        self.assertNotIn(key, tab.run("document.documentElement.outerHTML"))
        tab.press("main td button", "End the key")
        self.fill_in(tab, reason="the CRM is gone")
        self.says(tab, "No machine has a key.")
        until(lambda: self.status("payments", key) == 401, "the key is over")
        tab.press("main td a", "Audit")
        tab.until("location.search === '?who=staff%3A1001'")
        self.says(tab, "the new CRM")
        self.says(tab, "the CRM is gone")
        self.assertEqual(tab.taken_complaints(), [])

    def test_a_session_is_ended_by_the_owner(self):
        bo, ann = self.tab(), self.tab()
        bo.go(self.address("--staff", "1002"))
        self.says(bo, "Bo, viewer")
        bo.go(self.at("/staff"))  # not in a viewer's menu; of the page the API shows who is there
        self.says(bo, "usher says no (403)")
        self.assertIn("Ann", bo.run("document.querySelector('main').innerText"))
        self.assertFalse(bo.run("!!document.querySelector('nav a[href=\"/console/staff\"]')"))
        ann.go(self.address("--staff", "1001"))
        self.says(ann, "Ann, owner")
        ann.press("nav a", "Staff and keys")
        ann.until("document.querySelectorAll('main td button').length === 2")
        ann.run("[...document.querySelectorAll('main tr')].find((row) => row.innerText.startsWith('Bo') && row.querySelector('button'))"
                ".querySelector('button').click()")
        self.says(ann, "Fill in the fields above")
        self.fill_in(ann, reason="Bo has left")
        ann.until("document.querySelectorAll('main td button').length === 1")
        bo.go(self.at("/members"))
        self.says(bo, "usher console login")
        (one,) = [row for row in self.site.api("GET", "staff/sessions").json["sessions"]]
        self.assertEqual(one["name"], "Ann")
        until(lambda: any(row.get("reason") == "Bo has left" for row in self.site.api("GET", "audit").json["audit"]), "the audit says why")


if __name__ == "__main__":
    unittest.main()
