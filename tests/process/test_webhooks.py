"""Webhooks out: every event, in order, signed, at least once and under one id, whoever is slow, dead or killed."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import threading
import time
import unittest

import gateways
from helpers import STRIPE_SECRET, Site, Telegram, request, stripe_checkout, stripe_signed, until
from split import SplitSite

KEY = b"a key of thirty-two bytes, no less"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Receiver:
    """Somebody who takes webhooks. answer: called with the event's number from 0, returns a status; delay: how
    long each takes. What it gets it verifies itself, as the specification says."""

    def __init__(self, answer=lambda n: 204, delay=0.0):
        self.events = []  # (monotonic time, id, type, body, status)
        self.bad = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver._verify(self.headers, body)
                status = answer(len(receiver.events))
                event = json.loads(body)
                receiver.events.append((time.monotonic(), self.headers["webhook-id"], event["type"], event, status))
                time.sleep(delay)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _verify(self, headers, body):
        signed = b"%s.%s.%s" % (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body)
        wanted = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        age = abs(time.time() - int(headers["webhook-timestamp"]))
        if wanted not in headers["webhook-signature"].split() or age > 300:
            self.bad.append((dict(headers), body))

    def taken(self):
        """Those it answered with 2xx, each once, in the order in which they first came."""
        seen = {}
        for _, ident, _, event, status in self.events:
            if 200 <= status < 300:
                seen.setdefault(ident, event)
        return seen

    def url(self):
        return "http://127.0.0.1:%d/hook?key=hidden" % self.port

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def order_of(ident):
    match = re.fullmatch(r"evt_(\d+)_(\d+)", ident)
    return int(match.group(1)), int(match.group(2))


def webhook(name, url, events, more=""):
    return '  - {name: %s, url: "%s", secret: "%s", events: [%s]%s}\n' % (name, url, SECRET, events, more)


class Webhooks(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)

    def receiver(self, *arguments, **named):
        receiver = Receiver(*arguments, **named)
        self.addCleanup(receiver.close)
        return receiver

    def site(self, *webhooks):
        site = Site(self.telegram.url(), more="webhooks:\n" + "".join(webhooks))
        self.addCleanup(site.close)
        return site

    def pay(self, site, number, payment_id=None):
        body, headers = stripe_signed(stripe_checkout(number, "starter", 900, payment_id), STRIPE_SECRET)
        return request(site.port, "POST", "/hooks/stripe", body, {"Content-Type": "application/json", **headers},
                       timeout=20).status

    def state(self, site, name):
        answer = site.api("GET", "webhooks")
        self.assertEqual(answer.status, 200, answer)
        return next(one for one in answer.json["webhooks"] if one["name"] == name)

    def assert_ordered(self, receiver):
        places = [order_of(ident) for ident in receiver.taken()]
        self.assertEqual(places, sorted(places))
        self.assertEqual(receiver.bad, [])

    def test_in_order_and_signed_and_only_what_is_wanted(self):
        payments, members, everything = self.receiver(), self.receiver(), self.receiver()
        site = self.site(webhook("payments", payments.url(), "payment.*"),
                         webhook("members", members.url(), "member.granted, member.renewed"),
                         webhook("all", everything.url(), '"*"')).start()
        for number in range(1, 51):
            self.assertEqual(self.pay(site, number), 200)
        self.assertEqual(self.pay(site, 1, "pi_again"), 200)
        until(lambda: len(payments.events) >= 51 and len(members.events) >= 51, "events have come")
        until(lambda: set(payments.taken()) | set(members.taken()) <= set(everything.taken()), "all have come")
        for receiver in (payments, members, everything):
            self.assert_ordered(receiver)
        self.assertEqual({kind for _, _, kind, _, _ in payments.events}, {"payment.paid"})
        self.assertEqual([kind for _, _, kind, _, _ in members.events],
                         ["member.granted"] * 50 + ["member.renewed"])
        first = payments.events[0][3]
        self.assertRegex(first["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual({key: first["data"][key] for key in ("telegram_id", "gateway", "plan", "amount", "currency")},
                         {"telegram_id": 1, "gateway": "stripe", "plan": "starter", "amount": "9.00",
                          "currency": "USD"})
        self.assertNotIn("hidden", site.api("GET", "webhooks").body.decode())
        until(lambda: self.state(site, "all")["behind"] == 0, "it is level")
        metrics = site.get("/metrics").body.decode()
        self.assertIn('usher_webhook_events_total{webhook="payments",result="sent"} 51', metrics)

    def test_a_retry_holds_back_those_behind_it(self):
        receiver = self.receiver(answer=lambda n: 500 if n in (2, 3) else 200)
        site = self.site(webhook("crm", receiver.url(), "payment.*")).start()
        for number in range(1, 6):
            self.assertEqual(self.pay(site, number), 200)
        until(lambda: len(receiver.events) >= 4, "it was tried again")
        failing = self.state(site, "crm")
        self.assertEqual((failing["state"], failing["last_error"]), ("failing", "answered 500"))
        until(lambda: len(receiver.taken()) == 5, "all have come")
        idents = [ident for _, ident, _, _, _ in receiver.events]
        self.assertEqual(idents[2], idents[3])
        self.assertEqual(idents[2], idents[4])
        self.assertEqual(len(idents), 7)
        self.assert_ordered(receiver)
        wait = receiver.events[3][0] - receiver.events[2][0]
        self.assertTrue(1 < wait <= 5, wait)
        self.assertEqual(self.state(site, "crm")["state"], "ok")

    def test_killed_in_the_middle(self):
        receiver = self.receiver(delay=0.01)
        site = self.site(webhook("crm", receiver.url(), "payment.*")).start()
        for number in range(1, 201):
            self.assertEqual(self.pay(site, number), 200)
        until(lambda: len(receiver.events) >= 30, "some have come")
        site.usher.process.send_signal(signal.SIGKILL)
        site.usher.process.wait()
        before = len(receiver.taken())
        self.assertLess(before, 200)
        site.start()
        until(lambda: len(receiver.taken()) >= 200, "all have come", 60)
        bodies = {}
        for _, ident, _, event, _ in receiver.events:
            self.assertEqual(bodies.setdefault(ident, event), event)
        self.assertEqual(sorted(event["data"]["telegram_id"] for event in bodies.values()), list(range(1, 201)))
        self.assert_ordered(receiver)

    def test_without_its_file_it_sends_again_what_is_kept(self):
        receiver = self.receiver()
        site = self.site(webhook("crm", receiver.url(), "payment.*")).start()
        for number in range(1, 11):
            self.assertEqual(self.pay(site, number), 200)
        until(lambda: len(receiver.events) == 10, "all have come")
        site.stop()
        os.remove(os.path.join(site.folder, "var", "webhooks", "crm.json"))
        site.start()
        until(lambda: len(receiver.events) >= 20, "all have come again")
        self.assertEqual([ident for _, ident, _, _, _ in receiver.events[:10]],
                         [ident for _, ident, _, _, _ in receiver.events[10:20]])

    def test_the_dead_and_the_slow_hold_up_nobody_else(self):
        slow, quick = self.receiver(delay=4), self.receiver()
        site = self.site(webhook("dead", "http://127.0.0.1:9/none", '"*"'),
                         webhook("slow", slow.url(), '"*"'),
                         webhook("quick", quick.url(), "payment.*")).start()
        until(lambda: self.state(site, "quick")["replay_from"], "the ledger has told")
        times = []
        for number in range(1, 101):
            began = time.monotonic()
            self.assertEqual(self.pay(site, number), 200)
            times.append(time.monotonic() - began)
        until(lambda: len(quick.events) >= 100, "all have come", 10)
        self.assertLess(sorted(times)[50], 0.2)
        self.assertLessEqual(len(slow.events), 4)
        self.assertEqual(self.state(site, "dead")["state"], "failing")
        applied = site.api("GET", "status").json["applied"]
        listed = until(lambda: site.api("GET", "payments?limit=1000"), "the mirror lists")
        self.assertEqual(len(listed.json["payments"]), 100)
        self.assertGreater(applied, 100)
        began = time.monotonic()
        site.stop()
        self.assertLess(time.monotonic() - began, 10)

    def test_given_up_and_replayed(self):
        gone = [410]
        receiver = self.receiver(answer=lambda n: gone[0])
        site = self.site(webhook("crm", receiver.url(), "payment.*")).start()
        for number in range(1, 4):
            self.assertEqual(self.pay(site, number), 200)
        until(lambda: self.state(site, "crm")["state"] == "disabled", "it is given up")
        line = until(lambda: next((line for line in site.usher.lines if " hook_disabled " in line), None), "it says so")
        self.assertIn("usher webhooks replay crm --from", line)
        self.assertEqual(self.pay(site, 4), 200)
        until(lambda: self.state(site, "crm")["behind"] == 0, "its news pass by")
        self.assertEqual(len(receiver.events), 1)
        gone[0] = 200
        sequence = order_of(receiver.events[0][1])[0]
        for wrong in (0, 10 ** 9):
            self.assertEqual(site.api("POST", "webhooks/crm/replay", {"from": wrong}).status, 400)
        self.assertEqual(site.api("POST", "webhooks/nobody/replay", {"from": 1}).status, 404)
        url = "http://127.0.0.1:%d" % site.port
        done = site.cli("webhooks", "replay", "crm", "--from", str(sequence), "--url", url)
        self.assertEqual(done.returncode, 0, done.stderr)
        until(lambda: len(receiver.taken()) == 4, "all have come")
        self.assertEqual([event["data"]["telegram_id"] for event in receiver.taken().values()], [1, 2, 3, 4])
        done = site.cli("webhooks", "list", "--url", url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"crm +ok ")

    def test_news_are_let_go(self):
        """Without a mirror only the webhook's word lets them go; what is no news any more is replayed of segments, and
        what is not in these is gone."""
        receiver = self.receiver()
        site = Site(self.telegram.url(), more="mirror: {enabled: false}\ntest_clock: true\n"
                    "journal: {facts_keep: 3 days}\nwebhooks:\n" + webhook("crm", receiver.url(), "payment.*"))
        self.addCleanup(site.close)
        site.start()
        until(lambda: self.state(site, "crm")["replay_from"], "the ledger has told")
        begin = self.state(site, "crm")["replay_from"]
        for number in range(1, 6):
            self.assertEqual(self.pay(site, number), 200)
        until(lambda: len(receiver.events) == 5, "all have come")
        until(lambda: self.state(site, "crm")["behind"] == 0, "it is level")
        time.sleep(2)  # until its place is written, with a mark of it
        url = "http://127.0.0.1:%d" % site.port
        self.assertEqual(site.cli("clock", "advance", "2 hours", "--url", url).returncode, 0)
        time.sleep(2)  # a mark that has the five behind it
        self.assertEqual(self.state(site, "crm")["replay_from"], begin)
        self.assertEqual(site.cli("clock", "advance", "25 hours", "--url", url).returncode, 0)
        first, last = order_of(receiver.events[0][1])[0], order_of(receiver.events[-1][1])[0]

        def let_go():
            rows = [json.loads(line)["command"] for line in
                    site.cli("journal", "dump", "--json", "--config", site.config).stdout.splitlines()]
            told = {row["reader"]: row["upto"] for row in rows if row["message"] == "cmd_news_read"}
            return min(told.get("webhook-crm", 0), told.get("facts", 0)) >= last
        until(let_go, "they are let go", 45)
        ids = [event[1] for event in receiver.events]
        self.assertEqual(self.state(site, "crm")["replay_from"], begin)
        self.assertEqual(site.api("POST", "webhooks/crm/replay", {"from": first}).status, 200)
        until(lambda: len(receiver.events) == 10, "all have come again")
        self.assertEqual([event[1] for event in receiver.events], ids + ids)
        until(lambda: self.state(site, "crm")["behind"] == 0, "it goes on")

        self.assertEqual(site.cli("clock", "advance", "5 days", "--url", url).returncode, 0)
        until(lambda: self.state(site, "crm")["replay_from"] > last, "they are gone", 45)
        refused = site.api("POST", "webhooks/crm/replay", {"from": last})
        self.assertEqual(refused.status, 400)
        self.assertIn("what was told before is gone", refused.json["detail"])

    def test_it_gives_up_after_a_time(self):
        receiver = self.receiver(answer=lambda n: 503)
        site = self.site(webhook("crm", receiver.url(), "payment.*", ', give_up: "2 seconds"')).start()
        self.assertEqual(self.pay(site, 1), 200)
        until(lambda: self.state(site, "crm")["state"] == "disabled", "it is given up")
        self.assertEqual(len(receiver.events), 2)

    def test_a_role_of_its_own_is_killed(self):
        receiver = self.receiver()
        site = SplitSite(self.telegram.url(),
                         ("groups:\n", "webhooks:\n" + webhook("crm", receiver.url(), "payment.*") + "groups:\n"))
        self.addCleanup(site.close)
        site.start()

        def pay(number):
            body, headers = stripe_signed(stripe_checkout(number), gateways.STRIPE.secret)
            return request(site.port, "POST", "/hooks/stripe", body, {"Content-Type": "application/json", **headers},
                           timeout=20).status
        until(lambda: pay(1) == 200, "the door is open")
        until(lambda: len(receiver.taken()) == 1, "one has come")
        self.assertEqual(self.state(site, "crm")["state"], "ok")
        site.kill("webhooks")
        for number in range(2, 31):
            self.assertEqual(pay(number), 200)
        self.assertEqual(len(receiver.taken()), 1)
        site.start("webhooks")
        until(lambda: len(receiver.taken()) == 30, "all have come")
        self.assert_ordered(receiver)

    def test_a_new_configuration_while_it_runs(self):
        receiver = self.receiver()
        site = self.site(webhook("crm", receiver.url(), "payment.*")).start()
        more = site.values["more"]
        self.assertEqual(self.pay(site, 1), 200)
        site.write_config(more=more + "journal: {keep: 30 days}\n")
        site.usher.process.send_signal(signal.SIGHUP)
        until(lambda: any(" reloaded " in line for line in site.usher.lines), "it is in force")
        self.assertEqual(self.pay(site, 2), 200)
        until(lambda: len(receiver.taken()) == 2, "both have come")
        site.write_config(more=more.replace("payment.*", "member.*"))
        site.usher.process.send_signal(signal.SIGHUP)
        until(lambda: any(" reload_refused " in line for line in site.usher.lines), "that needs a restart")
        self.assertTrue(any("webhooks[0].events" in line for line in site.usher.lines))
        self.assertEqual(self.pay(site, 3), 200)
        until(lambda: len(receiver.taken()) == 3, "nothing has changed")

    def test_what_is_wrong_is_said(self):
        site = self.site(webhook("crm", "http://example.org/", "payment.payed, nothing, member.*"),
                         '  - {name: crm, url: "https://example.org/", secret: "whsec_short", events: []}\n')
        done = site.cli("check")
        self.assertEqual(done.returncode, 1)
        for text in ("webhooks[0].url", "begins with https://", "webhooks[0].events[0]", "payment.paid",
                     "webhooks[0].events[1]", "member.*", "webhooks[1].secret", "whsec_", "webhooks[1].name"):
            self.assertIn(text, done.stdout + done.stderr)
        self.assertNotIn("whsec_short", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
