"""The console opened as an operator does it: `usher console login`, the address it prints, an act under one's own name, the end of
the session; nothing stands between the browser and usher."""
import json
import re
import unittest

import browser
from helpers import Site, Telegram

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


if __name__ == "__main__":
    unittest.main()
