"""The public pages with the real usher: a plan, an order in each of its states, what is not there, three languages,
headers, and a flood of them beside callbacks."""
import html.parser
import http.client
import re
import threading
import time
import unittest

import helpers
from helpers import Site, Telegram, request, until

MORE = """\
orders: {expire: 30 minutes, late_payment: 24 hours}
legal:
  terms: https://example.org/terms
  privacy: "We keep your Telegram id\\nand what you paid. Nothing <else>."
  refunds: "Within 14 days, in full & without a reason."
"""
POLICY = ("default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'")
VOID = {"meta", "link", "br"}


class Document(html.parser.HTMLParser):
    """Reads a page and notes its text, links, elements, and what is opened and not closed."""

    def __init__(self, page):
        super().__init__()
        self.links, self.elements, self.open, self.attributes, self.words = [], set(), [], set(), []
        self.language = None
        self.feed(page)
        self.close()
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag == "html":
            self.language = dict(attrs)["lang"]
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.add(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        self.words.append(data)


class Pages(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url(), more=MORE, template=helpers.CONFIG.replace(
            "seats: 500", "seats: 2").replace("http: {listen", "http: {public_url: \"https://club.example\", listen"))
        self.addCleanup(self.site.close)
        self.site.start()

    def page(self, path, status=200, **headers):
        answer = self.site.get(path, {name.replace("_", "-"): value for name, value in headers.items()})
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["content-type"], "text/html; charset=utf-8")
        self.assertEqual(answer.headers["content-security-policy"], POLICY)
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
        self.assertEqual(answer.headers["referrer-policy"], "no-referrer")
        document = Document(answer.body.decode())
        self.assertEqual(document.open, [])
        self.assertEqual(document.elements & {"script", "iframe", "form", "style", "img"}, set())
        self.assertEqual([a for a in document.attributes if a.startswith("on") or a == "style"], [])
        document.headers = answer.headers
        return document

    def place(self, member=77, **more):
        answer = self.site.api("POST", "orders", {"telegram_id": member, "plan": "core", "period": "1 month", **more})
        self.assertEqual(answer.status, 201, answer)
        order = answer.json
        order["path"] = order["page_url"].removeprefix("https://club.example")
        self.assertRegex(order["path"], "^/o/[0-9a-f]{32}$")
        return order

    def pay(self, order, payment_id):
        event = helpers.stripe_checkout(0, "none", 2900, payment_id=payment_id)
        event["data"]["object"].update(metadata={}, client_reference_id=order["order_id"])
        self.assertEqual(self.site.stripe(event).status, 200)

    def state(self, order):
        answer = self.site.get(order["path"] + "/state")
        self.assertEqual((answer.status, answer.headers["content-type"], answer.headers["cache-control"]),
                         (200, "application/json", "no-store"))
        self.assertEqual(list(answer.json), ["state"])
        return answer.json["state"]

    def test_a_plan(self):
        page = until(lambda: (lambda p: p if any("start=" in l for l in p.links) else None)(self.page("/p/core")),
                     "the bot's name is known")
        for words in ("core", "Trade Club", "29.00 USD", "1 month", "2 seats left", "Renewal", "Refunds",
                      "Within 14 days, in full & without a reason.", "Nothing <else>.", "@usher_bot", "stripe"):
            self.assertIn(words, page.text)
        self.assertIn("https://t.me/usher_bot?start=p_core", page.links)
        self.assertIn("https://example.org/terms", page.links)
        self.assertIn("#privacy", page.links)
        self.assertIn("svg", page.elements)
        self.assertEqual((page.language, page.headers["cache-control"]), ("en", "no-cache"))
        self.place(1)
        self.assertIn("1 seat left", self.page("/p/core?utm_source=x").text)
        self.place(2)
        page = self.page("/p/core")
        self.assertIn("sold out", page.text)
        self.assertNotIn("https://t.me/usher_bot?start=p_core", page.links)
        self.assertNotIn("left", self.page("/p/starter").text)

    def test_unknown_ones(self):
        for path in ("/p/none", "/p/", "/p/core/", "/p/%3Cscript%3E", "/p/" + "x" * 400):
            page = self.page(path, 404)
            self.assertIn("There is no such plan", page.text)
            self.assertIn("/p/core", page.links)
        order = self.place()
        answers = [self.site.get(path).body for path in (
            "/o/" + "0" * 32, "/o/" + "f" * 32, "/o/x", "/o/", order["path"] + "x", order["path"][:-1],
            order["path"].upper().replace("/O/", "/o/"), "/o/%00", order["path"] + "/", "/o/" + "a" * 400)]
        self.assertEqual(len(set(answers)), 1)
        self.assertIn("There is no such order", self.page("/o/x", 404).text)
        for path in ("/o/x/state", "/o/" + "0" * 32 + "/state"):
            answer = self.site.get(path)
            self.assertEqual((answer.status, answer.json["code"]), (404, "not_found"))
        self.assertEqual(self.site.get("/o").status, 404)
        for path in ("/p/core", order["path"], "/style/x"):
            answer = request(self.site.port, "POST", path, "{}", {"Content-Type": "application/json"})
            self.assertEqual((answer.status, answer.headers["allow"]), (405, "GET, HEAD"))

    def test_an_order_from_open_to_refunded(self):
        coupon = self.site.api("POST", "coupons", {"code": "LIVE48", "percent": 20})
        self.assertEqual(coupon.status, 201, coupon)
        order = self.place(coupon="LIVE48")
        until(lambda: any("start=o_" in l for l in self.page(order["path"]).links), "the bot's name is known")
        page = self.page(order["path"])
        for words in ("Order 1", order["order_id"], "core, 1 month", "29.00 USD", "Coupon LIVE48", "-5.80 USD",
                      "23.20 USD", "Waiting for payment", "Asia/Shanghai", "Within 14 days"):
            self.assertIn(words, page.text)
        self.assertNotIn("77", page.text.replace(order["order_id"], ""))
        bot = "https://t.me/usher_bot?start=o_" + order["path"][3:]
        self.assertIn(bot, page.links)
        self.assertIn("https://example.org/terms", page.links)
        self.assertEqual((page.headers["cache-control"], page.headers["x-robots-tag"]),
                         ("no-store", "noindex, nofollow"))
        self.assertEqual(self.state(order), "open")
        # Where it is paid, once somebody has said so.
        for wrong in ("javascript:alert(1)", "ftp://x.example", "https://"):
            answer = self.site.api("PUT", "orders/%s/pay_url" % order["order_id"], {"pay_url": wrong})
            self.assertEqual((answer.status, answer.json["code"]), (400, "pay_url_invalid"))
        url = "https://pay.example/c?a=1&b=%22x"
        answer = self.site.api("PUT", "orders/%s/pay_url" % order["order_id"], {"pay_url": url})
        self.assertEqual((answer.status, answer.json["pay_url"]), (200, url))
        page = self.page(order["path"])
        self.assertIn(url, page.links)
        self.assertIn("Pay 23.20 USD", page.text)
        self.assertIn("Scan to pay", page.text)
        # Paid, then refunded.
        event = helpers.stripe_checkout(0, "none", 2320, payment_id="pi_1")
        event["data"]["object"].update(metadata={}, client_reference_id=order["order_id"])
        self.assertEqual(self.site.stripe(event).status, 200)
        until(lambda: self.state(order) == "paid", "it is paid")
        page = self.page(order["path"])
        self.assertIn("Thank you", page.text)
        self.assertNotIn(url, page.links)
        self.assertEqual(self.site.stripe(helpers.stripe_refund("pi_1", 2320)).status, 200)
        until(lambda: self.state(order) == "refunded", "it is refunded")
        page = self.page(order["path"])
        self.assertIn("given back", page.text)
        self.assertIn("/p/core", page.links)

    def test_other_ends(self):
        order = self.place(1)
        self.assertEqual(self.site.api("DELETE", "orders/" + order["order_id"]).status, 200)
        self.assertEqual(self.state(order), "cancelled")
        self.assertIn("do not pay", self.page(order["path"]).text)
        answer = self.site.api("PUT", "orders/%s/pay_url" % order["order_id"], {"pay_url": "https://pay.example"})
        self.assertEqual((answer.status, answer.json["code"]), (409, "order_not_open"))
        self.site.api("POST", "coupons", {"code": "FREE", "percent": 100})
        order = self.place(2, coupon="FREE")
        self.assertEqual(self.state(order), "fulfilled")
        self.assertIn("nothing to pay", self.page(order["path"]).text)

    def test_expired(self):
        self.site.stop()
        self.site.write_config(more=MORE + "test_clock: true\n")
        self.site.start()
        order = self.place()
        self.assertEqual(self.site.api("POST", "clock", {"advance": "40 minutes"}).status, 200)
        self.assertEqual(self.state(order), "expired")
        page = self.page(order["path"])
        self.assertIn("not paid in time", page.text)
        self.assertIn("still counts", page.text)
        self.assertIn("/p/core", page.links)

    def test_languages(self):
        order = self.place()
        for accept, language in (("zh-TW", "zh-Hant"), ("zh-HK,zh;q=0.9", "zh-Hant"), ("zh-CN", "zh-Hans"),
                                 ("fr, zh-Hant;q=0.4, en;q=0.3", "zh-Hant"), ("de", "en"), ("", "en"),
                                 ("en;q=0, zh-CN;q=0.1", "zh-Hans"), ("zh-SG;q=1.0", "zh-Hans"), (",;q=", "en")):
            for path in ("/p/core", order["path"], "/p/none"):
                status = 404 if path == "/p/none" else 200
                page = self.page(path, status, Accept_Language=accept)
                self.assertEqual(page.language, language, accept)
        page = self.page("/p/core?lang=zh-Hans", Accept_Language="en")
        self.assertEqual(page.language, "zh-Hans")
        self.assertIn("个月", page.text)
        self.assertEqual([l for l in page.links if l.startswith("?")], ["?lang=en", "?lang=zh-Hant"])
        self.assertEqual(self.page("/p/core?lang=xx", Accept_Language="zh-TW").language, "zh-Hant")

    def test_head_and_style(self):
        order = self.place()
        for path in ("/p/core", order["path"], order["path"] + "/state", "/p/none", "/o/none"):
            get, head = (request(self.site.port, method, path) for method in ("GET", "HEAD"))
            self.assertEqual((head.status, head.body), (get.status, b""))
            for name in ("content-type", "content-length", "cache-control"):
                self.assertEqual(head.headers[name], get.headers[name])
        path = re.search(r'href="(/style/[^"]+)"', self.site.get("/p/core").body.decode())[1]
        self.assertRegex(path, "^/style/usher-[0-9a-f]{16}\\.css$")
        style = self.site.get(path)
        self.assertEqual((style.status, style.headers["content-type"], style.headers["cache-control"]),
                         (200, "text/css; charset=utf-8", "public, max-age=31536000, immutable"))
        self.assertIn(b"prefers-color-scheme:dark", style.body)
        tag = style.headers["etag"]
        self.assertRegex(tag, '^"[0-9a-f]{64}"$')
        for known in (tag, "W/" + tag, "\"x\", " + tag, "*"):
            self.assertEqual(self.site.get(path, {"If-None-Match": known}).status, 304)
        self.assertEqual(self.site.get(path, {"If-None-Match": '"x"'}).status, 200)
        self.assertEqual(self.site.get("/style/usher-0000000000000000.css").status, 404)

    def test_a_new_configuration(self):
        self.site.write_config(more=MORE.replace("14 days", "30 days"))
        self.site.usher.process.send_signal(helpers.signal.SIGHUP)
        until(lambda: "Within 30 days" in self.page("/p/core").text, "the new rule is shown")

    def test_a_flood_beside_callbacks(self):
        """Many ask for pages all the time; each gets one, or is told to come again, and callbacks go on."""
        done = threading.Event()
        seen, wrong = {}, []

        def visit():
            connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=40)
            while not done.is_set():
                connection.request("GET", "/p/core")
                answer = helpers.Answer(connection.getresponse())
                seen[answer.status] = seen.get(answer.status, 0) + 1
                if answer.status not in (200, 503) or answer.status == 503 and "retry-after" not in answer.headers:
                    wrong.append(answer)
            connection.close()

        threads = [threading.Thread(target=visit) for _ in range(100)]
        for thread in threads:
            thread.start()
        try:
            slowest = 0
            for n in range(50):
                begun = time.monotonic()
                self.assertEqual(self.site.pay(5000 + n).status, 200)
                slowest = max(slowest, time.monotonic() - begun)
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.assertGreater(seen.get(200, 0), 100)
        self.assertLess(slowest, 5 * helpers.PATIENCE / 20)
        until(lambda: self.site.metric("usher_parked_requests") == 0, "nothing stays parked")


if __name__ == "__main__":
    unittest.main()
