"""usher run from outside: payments in, people in, and what it says to those who are wrong."""
import http.client
import json
import threading
import time
import unittest

import helpers
from helpers import CORE, STARTER, Site, Telegram, until


class Running(unittest.TestCase):
    """One simulator and one usher for each test."""

    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url())
        self.addCleanup(self.site.close)
        self.addCleanup(self._show_log)
        self.site.start()

    def _show_log(self):
        if self._outcome.result.errors or self._outcome.result.failures:
            if self.site.usher is not None:
                print(self.site.usher.log()[-4000:])

    def entitlement(self, telegram_id, plan):
        member = self.site.member(telegram_id) or {"entitlements": []}
        return next((e for e in member["entitlements"] if e["plan"] == plan), None)

    def active(self, telegram_id, plan):
        entitlement = self.entitlement(telegram_id, plan)
        return entitlement is not None and entitlement["status"] == "active"

    def links(self, telegram_id):
        """The invite links on the buttons of all messages to a member."""
        return {button["url"] for message in self.telegram.messages(telegram_id)
                for row in message.get("reply_markup", {}).get("inline_keyboard", [])
                for button in row if "t.me/+" in button.get("url", "")}

    def is_in(self, telegram_id, chat):
        return "member" == next((m["status"] for m in self.telegram.members(chat)["members"]
                                 if m["user_id"] == telegram_id), None)


class Membership(Running):
    def test_from_payment_to_group(self):
        self.telegram.user(42, "start", bot="usher_bot")
        self.assertEqual(self.site.pay(42, "core", 2900).status, 200)
        until(lambda: self.active(42, "core"), "the payment is granted")
        until(lambda: len(self.links(42)) == 2, "the letter with both links is there")
        for link in sorted(self.links(42)):
            self.telegram.user(42, "follow", link=link)
        until(lambda: self.is_in(42, STARTER) and self.is_in(42, CORE),
              "the member is in both groups")
        until(lambda: all(d["state"] == "done" for d in self.site.member(42)["deliveries"]),
              "all deliveries are done")

    def test_same_event_many_times_counts_once(self):
        for _ in range(5):
            self.assertEqual(self.site.pay(7).status, 200)
        other = helpers.stripe_checkout(7, event_id="evt_another")
        self.assertEqual(self.site.stripe(other).status, 200)
        until(lambda: self.active(7, "starter"), "granted")
        until(lambda: self.site.api("GET", "status").json["applied"] >= 8, "applied")
        self.assertEqual(len(self.site.member(7)["payments"]), 1)

    def test_refund_takes_back(self):
        self.site.pay(8, payment_id="pi_8")
        until(lambda: self.active(8, "starter"), "granted")
        self.assertEqual(self.site.stripe(helpers.stripe_refund("pi_8")).status, 200)
        until(lambda: not self.active(8, "starter"), "taken back")

    def test_forwarded_link_lets_nobody_in(self):
        self.telegram.user(42, "start", bot="usher_bot")
        self.site.pay(42)
        link = until(lambda: self.links(42), "the letter is there").pop()
        self.telegram.user(43, "follow", link=link)
        self.telegram.user(42, "follow", link=link)
        until(lambda: self.is_in(42, STARTER), "who paid is in")
        until(lambda: self.site.metric("usher_apply_results_total{kind=\"cmd_join_request\"") >= 2,
              "both have asked")
        self.assertFalse(self.is_in(43, STARTER))


class Doors(Running):
    def test_probes_and_metrics(self):
        self.assertEqual(self.site.get("/healthz").status, 200)
        self.assertEqual(self.site.get("/readyz").status, 200)
        self.site.pay(1)
        metrics = self.site.get("/metrics")
        self.assertEqual(metrics.status, 200)
        self.assertIn("text/plain", metrics.headers["content-type"])
        self.assertEqual(
            self.site.metric('usher_callbacks_total{gateway="stripe",verdict="accepted"}'), 1)
        self.assertGreaterEqual(self.site.metric("usher_journal_tail"), 2)

    def test_metrics_have_a_listener_of_their_own(self):
        """The same page for Prometheus alone, and nothing else there; a reload leaves it where it is."""
        port = helpers.free_ports(1)[0]
        self.site.stop()
        self.site.write_config(more="metrics: {listen: \"127.0.0.1:%d\"}\n" % port)
        self.site.start()
        self.site.pay(1)
        page = helpers.request(port, "GET", "/metrics")
        self.assertEqual((page.status, page.headers["content-type"]),
                         (200, "text/plain; version=0.0.4; charset=utf-8"))
        for name in ("usher_build_info{version=", "usher_journal_tail ", "process_cpu_seconds_total ",
                     "process_resident_memory_bytes ", "process_open_fds ", "process_start_time_seconds "):
            self.assertIn("\n" + name, page.body.decode())
        self.assertEqual(helpers.request(port, "GET", "/healthz").status, 200)
        self.assertEqual(helpers.request(port, "POST", "/metrics", "").status, 405)
        self.assertEqual(helpers.request(port, "GET", "/api/v1/status").status, 404)
        self.assertEqual(helpers.request(port, "POST", "/hooks/stripe", "{}").status, 404)
        self.site.usher.process.send_signal(1)
        until(lambda: " reloaded " in self.site.usher.log(), "reloaded")
        self.assertEqual(helpers.request(port, "GET", "/metrics").status, 200)
        second = self.site.cli("run", "--config", self.site.config, "--role", "verifier")
        self.assertEqual(second.returncode, 1)
        self.assertIn("each process of a host needs an address of its own: --metrics", second.stderr)

    def test_refusals(self):
        body, headers = helpers.stripe_signed(helpers.stripe_checkout(1))
        signature = headers["Stripe-Signature"]
        old_body, old = helpers.stripe_signed(helpers.stripe_checkout(1), at=time.time() - 3600)
        cases = [
            (404, "POST", "/hooks/nobody", body, headers),
            (404, "POST", "/telegram/main", "{}", {}),
            (404, "GET", "/nothing", None, {}),
            (405, "GET", "/hooks/stripe", None, {}),
            (415, "POST", "/hooks/stripe", body, {**headers, "Content-Type": "text/html"}),
            (401, "POST", "/hooks/stripe", body, {}),
            (401, "POST", "/hooks/stripe", body + " ", headers),
            (401, "POST", "/hooks/stripe", body, {"Stripe-Signature": signature[:-2] + "00"}),
            (401, "POST", "/hooks/stripe", old_body, old),
            (400, "POST", "/hooks/stripe", *helpers.stripe_signed(None, body="{")),
            (413, "POST", "/hooks/stripe", "x" * (1024 * 1024 + 1), {}),
        ]
        for status, method, path, body, headers in cases:
            answer = helpers.request(self.site.port, method, path, body, headers)
            self.assertEqual(answer.status, status, (method, path, answer))
            self.assertIn("problem+json", answer.headers["content-type"])
            self.assertEqual(answer.json["status"], status)
        self.assertEqual(self.site.api("GET", "status").json["members"], 0)

    def test_unused_kind_is_counted(self):
        event = helpers.stripe_checkout(1, kind="customer.created")
        self.assertEqual(self.site.stripe(event).status, 200)
        self.assertEqual(
            self.site.metric('usher_callbacks_total{gateway="stripe",verdict="unused"}'), 1)

    def test_every_gateway(self):
        standard = {"type": "payment.succeeded", "timestamp": "2026-01-01T00:00:00Z",
                    "data": {"payment_id": "st_1", "amount": "9.00", "currency": "USD",
                             "metadata": {"telegram_id": "11", "plan": "starter"}}}
        ime = {"type": "payment.succeeded",
               "data": {"payment_id": "im_1", "amount": "9.00", "currency": "USD",
                        "telegram_id": 12, "plan": "starter"}}
        self.assertEqual(self.site.hook("standard", *helpers.standard_signed(standard)).status, 200)
        self.assertEqual(self.site.hook("ime", *helpers.ime_signed(ime)).status, 200)
        until(lambda: self.active(11, "starter") and self.active(12, "starter"), "both granted")

    def test_many_at_once(self):
        failures = []

        def pay(first):
            for i in range(first, first + 50):
                answer = self.site.pay(1000 + i)
                if answer.status != 200:
                    failures.append(answer)

        threads = [threading.Thread(target=pay, args=(n * 50,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        until(lambda: self.site.api("GET", "status").json["members"] == 400, "all applied")


class Api(Running):
    def test_token(self):
        for token in (None, "", "wrong", helpers.ADMIN_TOKEN + "x"):
            answer = self.site.api("GET", "status", token=token)
            self.assertEqual(answer.status, 401)
            self.assertIn("www-authenticate", answer.headers)
            self.assertNotIn(helpers.ADMIN_TOKEN, answer.body.decode())

    def test_routes(self):
        self.assertEqual(self.site.api("GET", "nothing").status, 404)
        answer = self.site.api("DELETE", "orders")
        self.assertEqual(answer.status, 405)
        self.assertEqual(answer.headers["allow"], "GET, POST")
        self.assertEqual(self.site.api("GET", "members/99").status, 404)
        self.assertEqual(self.site.api("GET", "members/abc").status, 400)
        self.assertEqual(self.site.api("GET", "queue?limit=0").status, 400)
        self.assertEqual(self.site.api("GET", "queue?colour=red").status, 400)
        self.assertEqual(self.site.api("POST", "orders", {"colour": "red"}).status, 400)
        for path in ("status", "queue", "payments", "payments?state=unsettled", "orders", "groups"):
            self.assertEqual(self.site.api("GET", path).status, 200, path)

    def test_order_is_paid(self):
        order = self.site.api("POST", "orders", {"telegram_id": 5, "plan": "core",
                                                 "amount": "29.00", "currency": "USD"})
        self.assertEqual(order.status, 201, order)
        order_id = order.json["order_id"]
        self.assertRegex(order_id, "^ord_[a-z0-9]{16}$")
        # What was answered is there for whoever asks next.
        shown = self.site.api("GET", "orders/" + order_id)
        self.assertEqual(shown.status, 200)
        self.assertEqual(shown.json["state"], "open")
        for name in ("telegram_id", "plan", "amount", "currency", "period"):
            self.assertEqual(shown.json[name], order.json[name])
        event = helpers.stripe_checkout(0, "none", 2900, payment_id="pi_order")
        event["data"]["object"]["metadata"] = {}
        event["data"]["object"]["client_reference_id"] = order_id
        self.assertEqual(self.site.stripe(event).status, 200)
        until(lambda: self.active(5, "core"), "the order's plan is granted")
        self.assertEqual(self.site.api("GET", "orders/" + order_id).json["state"], "paid")

    def test_settle_by_hand(self):
        self.assertEqual(self.site.pay(6, "starter", 100, payment_id="pi/6 %").status, 200)
        path = "payments/stripe/pi%2F6%20%25"
        until(lambda: self.site.api("GET", path).status == 200, "the payment is recorded")
        self.assertEqual(self.site.api("GET", path).json["payments"][0]["state"], "unsettled")
        body = {"telegram_id": 6, "plan": "starter", "period": "1 month"}
        done = self.site.api("POST", path + "/settle", body)
        self.assertEqual(done.status, 200, done)
        self.assertTrue(self.active(6, "starter"))
        again = self.site.api("POST", path + "/settle", body)
        self.assertEqual(again.status, 409, again)
        self.assertIn("problem+json", again.headers["content-type"])
        self.assertEqual(self.site.api("POST", "payments/stripe/none/settle", body).status, 404)

    def test_release(self):
        answer = self.site.api("POST", "queue/release", {"what": "dead"})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.site.api("POST", "queue/release", {"what": "all"}).status, 400)


class Lives(Running):
    def test_killed_and_started_again(self):
        acknowledged = []
        for i in range(30):
            if self.site.pay(100 + i).status == 200:
                acknowledged.append(100 + i)
        self.site.kill()
        self.site.start()
        for telegram_id in acknowledged:
            self.assertTrue(self.active(telegram_id, "starter"), telegram_id)
        self.assertEqual(len(acknowledged), 30)

    def test_killed_under_load_again_and_again(self):
        """Whatever was answered 200 is there once, and the journal gives the state."""
        acknowledged = set()
        stop = threading.Event()

        def pay(first):
            telegram_id = first
            while not stop.is_set():
                try:
                    if self.site.pay(telegram_id).status == 200:
                        acknowledged.add(telegram_id)
                        telegram_id += 1
                except (OSError, http.client.HTTPException):
                    time.sleep(0.01)  # it is being killed; the same payment again

        threads = [threading.Thread(target=pay, args=(10000 * n,)) for n in range(1, 5)]
        for thread in threads:
            thread.start()
        for round_ in range(1, 5):
            until(lambda: len(acknowledged) >= 60 * round_, "payments come in")
            self.site.kill()
            self.site.start()
        stop.set()
        for thread in threads:
            thread.join()
        for telegram_id in sorted(acknowledged):
            member = self.site.member(telegram_id)
            self.assertEqual(len(member["payments"]), 1, telegram_id)
            self.assertTrue(self.active(telegram_id, "starter"), telegram_id)
        self.assertEqual(self.site.stop(), 0)
        verified = self.site.cli("verify", "--config", self.site.config)
        self.assertEqual(verified.returncode, 0, verified.stderr)

    def test_stops_when_told(self):
        self.site.pay(3)
        log = self.site.usher
        self.assertEqual(self.site.stop(), 0, log.log())
        self.assertNotIn(" ERROR ", log.log())
        self.assertNotIn("not_drained", log.log())

    def test_stops_while_paid(self):
        """Whoever was answered 200 while it stopped is there afterwards."""
        acknowledged = []

        def pay():
            for i in range(300):
                try:
                    if self.site.pay(5000 + i).status == 200:
                        acknowledged.append(5000 + i)
                except OSError:
                    return

        thread = threading.Thread(target=pay)
        thread.start()
        until(lambda: len(acknowledged) > 20, "some have paid")
        self.assertEqual(self.site.stop(), 0)
        thread.join()
        self.site.start()
        until(lambda: self.site.api("GET", "status").json["members"] >= len(acknowledged),
              "all who were answered are there")
        for telegram_id in acknowledged:
            self.assertTrue(self.active(telegram_id, "starter"), telegram_id)

    def test_second_usher_is_refused(self):
        other = self.site.cli("run", "--config", self.site.config)
        self.assertEqual(other.returncode, 1)
        self.assertIn("stop it first", other.stderr)

    def test_no_secret_in_the_log(self):
        self.telegram.user(42, "start", bot="usher_bot")
        self.site.pay(42)
        until(lambda: self.telegram.messages(42), "a letter came")
        self.telegram.close()
        time.sleep(0.5)
        log = self.site.usher
        self.site.stop()
        for secret in (helpers.TOKEN, helpers.TOKEN.split(":")[1], helpers.ADMIN_TOKEN,
                       helpers.STRIPE_SECRET):
            self.assertNotIn(secret, log.log())


class Webhook(unittest.TestCase):
    def test_secret_token(self):
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = Site(telegram.url(), updates="webhook")
        self.addCleanup(site.close)
        site.start()
        update = json.dumps({"update_id": 1, "message": {
            "message_id": 1, "date": int(time.time()), "text": "/start",
            "chat": {"id": 77, "type": "private", "first_name": "Ann"},
            "from": {"id": 77, "is_bot": False, "first_name": "Ann", "language_code": "zh-hant"}}})
        headers = {"Content-Type": "application/json"}

        def post(token):
            return helpers.request(site.port, "POST", "/telegram/main", update,
                                   {**headers, **({} if token is None else
                                                  {"X-Telegram-Bot-Api-Secret-Token": token})})

        self.assertEqual(post(None).status, 401)
        self.assertEqual(post("hook-secreT").status, 401)
        self.assertIsNone(site.member(77))
        self.assertEqual(post("hook-secret").status, 200)
        member = until(lambda: site.member(77), "the member is known")
        self.assertEqual(member["language"], "zh-Hant")
        bad = helpers.request(site.port, "POST", "/telegram/main", "[]",
                              {**headers, "X-Telegram-Bot-Api-Secret-Token": "hook-secret"})
        self.assertEqual(bad.status, 400)


if __name__ == "__main__":
    unittest.main()
