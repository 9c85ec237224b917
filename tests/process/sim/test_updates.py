"""getUpdates and webhooks."""
import http.server
import json
import threading
import time

from simulator import Case, Simulator


class Polling(Case):
    def poll(self, **params):
        """A long poll on a connection of its own; returns a function that waits for the answer."""
        box = []
        thread = threading.Thread(target=lambda: box.append(
            self.sim.call_alone("getUpdates", **params)))
        thread.start()

        def wait():
            thread.join(20)
            return box[0]
        return wait

    def test_offsets(self):
        sim = self.sim
        for text in "abcd":
            sim.control("user/5/message", text=text)
        first = sim.call("getUpdates", limit=2).result
        self.assertEqual([u["message"]["text"] for u in first], ["a", "b"])
        ids = [u["update_id"] for u in first]
        self.assertEqual(ids[1], ids[0] + 1)
        rest = sim.call("getUpdates", offset=ids[1] + 1).result
        self.assertEqual([u["message"]["text"] for u in rest], ["c", "d"])
        self.assertEqual([u["message"]["text"] for u in sim.call("getUpdates", offset=ids[0]).result],
                         ["c", "d"], "what is confirmed does not come back")
        last = sim.call("getUpdates", offset=-1).result
        self.assertEqual([u["message"]["text"] for u in last], ["d"])
        self.assertEqual(sim.call("getUpdates", offset=ids[0] + 4).result, [])

    def test_the_same_offset_again(self):
        sim = Simulator()
        self.addCleanup(sim.close)
        sim.control("user/5/message", text="a")
        sim.control("user/5/message", text="b")
        self.assertEqual(len(sim.call("getUpdates", offset=0).result), 2)
        self.assertEqual(len(sim.call("getUpdates", offset=0).result), 1)
        self.assertEqual(sim.call("getUpdates", offset=100000003).result, [])
        before = time.monotonic()
        self.assertEqual(sim.call("getUpdates", offset=100000003).result, [])
        self.assertGreater(time.monotonic() - before, 2.5)

    def test_a_long_poll_waits_and_wakes(self):
        wait = self.poll(timeout=20)
        time.sleep(0.2)
        self.sim.control("user/5/message", text="now")
        self.assertEqual(wait().result[0]["message"]["text"], "now")
        before = time.monotonic()
        self.assertEqual(self.sim.call("getUpdates", offset=100000002, timeout=1).result, [])
        self.assertGreater(time.monotonic() - before, 0.9)

    def test_the_second_poller_wins(self):
        first = self.poll(timeout=20)
        time.sleep(0.2)
        second = self.poll(timeout=2, offset=1)
        self.refused(first(), 409, "Conflict: terminated by other getUpdates request; make sure that "
                     "only one bot instance is running")
        self.assertEqual(second().result, [])

    def test_polling_while_a_webhook_is_set(self):
        sim = self.sim
        waiting = self.poll(timeout=20)
        time.sleep(0.2)
        sim.call("setWebhook", url="http://127.0.0.1:1/x").result
        self.refused(waiting(), 409, "Conflict: terminated by setWebhook request")
        conflict = ("Conflict: can't use getUpdates method while webhook is active; use "
                    "deleteWebhook to delete the webhook first")
        self.refused(sim.call("getUpdates"), 409, conflict)
        self.refused(sim.call("getUpdates"), 409, conflict)
        sim.call("deleteWebhook").result
        self.assertEqual(sim.call("getUpdates").result, [])

    def test_a_hundred_at_most(self):
        self.sim.control("users", range={"from": 1, "count": 250})
        sizes = []
        offset = 0
        while True:
            batch = self.sim.call("getUpdates", offset=offset, limit=1000).result
            if not batch:
                break
            sizes.append(len(batch))
            offset = batch[-1]["update_id"] + 1
        self.assertEqual(sizes, [100, 100, 50])
        updates = self.sim.report()["bots"][0]["updates"]
        self.assertEqual(updates, {"created": 250, "confirmed": 250, "expired": 0, "pending": 0})


class Hook(http.server.BaseHTTPRequestHandler):
    """Answers as the test wants and keeps what came."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, headers, answer = self.server.answer(body)
        self.server.seen.append((time.monotonic(), dict(self.headers), body, status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_):
        pass


class Webhooks(Case):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.server.daemon_threads = True
        self.server.seen = []
        self.server.answer = lambda body: (200, {}, "")
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = "http://127.0.0.1:%d/hook" % self.server.server_port

    def accepted(self):
        return [s[2] for s in self.server.seen if s[3] == 200]

    def test_delivery_with_the_secret(self):
        sim = self.sim
        sim.control("user/5/message", text="before")
        self.assertIs(sim.call("setWebhook", url=self.url, secret_token="s3-cret_").result, True)
        sim.control("user/5/message", text="after")
        self.eventually(lambda: len(self.server.seen) == 2)
        self.assertEqual([u["message"]["text"] for u in self.accepted()], ["before", "after"])
        headers = self.server.seen[0][1]
        self.assertEqual(headers["X-Telegram-Bot-Api-Secret-Token"], "s3-cret_")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.eventually(lambda: sim.call("getWebhookInfo").result["pending_update_count"] == 0)
        info = sim.call("getWebhookInfo").result
        self.assertEqual((info["url"], info["max_connections"]), (self.url, 40))

    def test_retries_keep_the_order_of_a_chat(self):
        sim = self.sim
        failures = {"b": 3}

        def answer(body):
            text = body["message"]["text"]
            if failures.get(text, 0):
                failures[text] -= 1
                return 500, {}, ""
            return 200, {}, ""
        self.server.answer = answer
        sim.call("setWebhook", url=self.url).result
        for text in "abc":
            sim.control("user/5/message", text=text)
        sim.control("user/6/message", text="other")
        self.eventually(lambda: len(self.accepted()) == 4)
        of_five = [u["message"]["text"] for u in self.accepted() if u["message"]["chat"]["id"] == 5]
        self.assertEqual(of_five, ["a", "b", "c"])
        texts = [u["message"]["text"] for u in self.accepted()]
        self.assertLess(texts.index("other"), texts.index("c"), "another chat does not wait")
        self.assertEqual(sim.report()["webhook_failed"], 3)
        self.assertIn("Wrong response from the webhook: 500",
                      sim.call("getWebhookInfo").result["last_error_message"])

    def test_retry_after_is_honoured(self):
        answers = [(503, {"Retry-After": "1"}, ""), (200, {}, "")]
        self.server.answer = lambda body: answers.pop(0)
        self.sim.call("setWebhook", url=self.url).result
        self.sim.control("user/5/message", text="a")
        self.eventually(lambda: len(self.server.seen) == 2)
        self.assertGreaterEqual(self.server.seen[1][0] - self.server.seen[0][0], 0.99)

    def test_a_call_in_the_answer(self):
        sim = self.sim
        self.server.answer = lambda body: (200, {"Content-Type": "application/json"}, json.dumps(
            {"method": "sendMessage", "chat_id": 5, "text": "from the hook"}))
        sim.call("setWebhook", url=self.url).result
        sim.start_users(5)
        self.eventually(lambda: [m["text"] for m in sim.get("messages?chat=5")["messages"]] ==
                        ["from the hook"])
        self.server.answer = lambda body: (200, {"Content-Type": "application/json"},
                                           json.dumps({"method": "deleteWebhook"}))
        sim.control("user/5/message", text="a")
        self.eventually(lambda: len(self.server.seen) == 2)
        self.assertEqual(sim.call("getWebhookInfo").result["url"], self.url)

    def test_back_to_polling_keeps_what_was_not_delivered(self):
        self.server.answer = lambda body: (
            (500 if body["message"]["chat"]["id"] == 5 else 200), {}, "")
        self.sim.call("setWebhook", url=self.url).result
        for user, text in ((5, "a"), (6, "b"), (5, "c")):
            self.sim.control("user/%d/message" % user, text=text)
        self.eventually(lambda: self.sim.call("getWebhookInfo").result["pending_update_count"] == 2)
        self.sim.call("deleteWebhook").result
        self.assertEqual([m["text"] for m in self.sim.updates("message")], ["a", "c"])
        updates = self.sim.report()["bots"][0]["updates"]
        self.assertEqual((updates["created"], updates["confirmed"]), (3, 3))

    def test_dropping_what_waits(self):
        self.sim.control("user/5/message", text="a")
        self.sim.call("setWebhook", url=self.url, drop_pending_updates=True).result
        self.sim.call("deleteWebhook").result
        self.assertEqual(self.sim.updates(), [])

    def test_what_a_webhook_may_not_be(self):
        sim = Simulator("--time-scale", "1000")
        self.addCleanup(sim.close)
        for params, words in (
                ({"url": "ftp://example.org"}, "invalid webhook URL specified"),
                ({"url": "nonsense"}, "invalid webhook URL specified"),
                ({"url": "http://example.org/x"},
                 "bad webhook: An HTTPS URL must be provided for webhook"),
                ({"url": "https://example.org:8080/x"},
                 "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
                ({"url": self.url, "secret_token": "a b"},
                 "secret token contains unallowed characters"),
                ({"url": self.url, "secret_token": "a" * 257}, "secret token is too long")):
            self.refused(sim.call("setWebhook", **params), 400, "Bad Request: " + words)
            time.sleep(0.01)
        self.assertEqual(sim.call("getWebhookInfo").result["url"], "")

    def test_set_too_often(self):
        sim = Simulator()
        self.addCleanup(sim.close)
        sim.call("setWebhook", url=self.url).result
        self.refused(sim.call("setWebhook", url=self.url), 429, "Too Many Requests: retry after 1")
