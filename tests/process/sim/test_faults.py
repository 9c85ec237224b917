"""Limits over sliding windows, and faults."""
import http.client
import socket
import time

from simulator import Case, GROUP, LOOSE


class Limits(Case):
    arguments = ("--per-second", "5", "--per-chat", "1", "--per-group", "3", "--flight-ms", "100")

    def flood(self, answer, seconds):
        self.refused(answer, 429, "Too Many Requests: retry after %d" % seconds)
        self.assertEqual(answer.json["parameters"], {"retry_after": seconds})
        self.assertEqual(answer.headers["retry-after"], str(seconds))

    def test_messages_to_one_chat(self):
        sim = self.sim
        sim.start_users(5, 6)
        sim.call("sendMessage", chat_id=5, text="a").result
        self.flood(sim.call("sendMessage", chat_id=5, text="b"), 1)
        sim.call("sendMessage", chat_id=6, text="a").result
        sim.call("getChat", chat_id=6).result
        report = sim.report()
        self.assertEqual(report["violation_count"], 1)
        violation = report["violations"][0]
        self.assertEqual((violation["window"], violation["chat_id"], violation["method"],
                          violation["count"], violation["limit"], violation["bot"]),
                         ("chat_per_second", 5, "sendMessage", 2, 1, "usher_bot"))
        time.sleep(1.05)
        sim.call("sendMessage", chat_id=5, text="b").result
        self.assertEqual([m["text"] for m in sim.get("messages?chat=5")["messages"]], ["a", "b"])

    def test_messages_to_one_group(self):
        sim = self.sim
        for _ in range(3):
            sim.call("sendMessage", chat_id=GROUP, text="x").result
        answer = sim.call("sendMessage", chat_id=GROUP, text="x")
        self.flood(answer, answer.json["parameters"]["retry_after"])
        self.assertIn(answer.json["parameters"]["retry_after"], (59, 60))

    def test_all_calls_that_name_a_chat(self):
        sim = self.sim
        for _ in range(20):
            sim.call("getMe").result
        codes = [sim.call("getChatMemberCount", chat_id=GROUP).status for _ in range(7)]
        self.assertEqual(codes, [200] * 5 + [429] * 2)
        report = sim.report()
        self.assertEqual(report["violations_by_window"]["bot_per_second"], 2)
        self.assertEqual(report["peaks"]["usher_bot"]["bot_per_second"]["count"], 6)

    def test_the_window_slides(self):
        """Five calls late in one second and five early in the next are too many."""
        sim = self.sim
        start = time.monotonic()
        for at in (0, 0.4, 0.5, 0.6, 0.7):
            time.sleep(max(0, start + at - time.monotonic()))
            self.assertEqual(sim.call("getChat", chat_id=GROUP).status, 200)
        time.sleep(max(0, start + 1.1 - time.monotonic()))
        self.assertEqual(sim.call("getChat", chat_id=GROUP).status, 200)
        self.assertEqual(sim.call("getChat", chat_id=GROUP).status, 429)

    def test_calling_again_too_early(self):
        sim = self.sim
        sim.control("faults", method="getChat", kind="flood_429", count=1, retry_after=2)
        self.flood(sim.call("getChat", chat_id=GROUP), 2)
        self.flood(sim.call("getChat", chat_id=GROUP), 2)
        self.assertEqual(sim.report()["violation_count"], 0, "it may have been on its way")
        time.sleep(0.3)
        self.flood(sim.call("getChat", chat_id=GROUP), 2)
        self.assertEqual(sim.report()["violations_by_window"]["retry_after"], 1)
        time.sleep(1.8)
        sim.call("getChat", chat_id=GROUP).result
        self.assertEqual(sim.report()["violation_count"], 1)

    def test_a_call_without_a_chat_freezes_nobody_else(self):
        sim = self.sim
        sim.control("faults", method="getUpdates", kind="flood_429", count=1, retry_after=2)
        self.flood(sim.call("getUpdates"), 2)
        time.sleep(0.3)
        sim.call("getChat", chat_id=GROUP).result
        self.assertEqual(sim.report()["violation_count"], 0)
        sim.control("faults", method="getUpdates", kind="flood_429", count=1, retry_after=2, whole_bot=True)
        self.flood(sim.call("getUpdates"), 2)
        time.sleep(0.3)
        self.flood(sim.call("getChat", chat_id=GROUP), 2)


class Observed(Case):
    arguments = ("--limits", "observe", "--per-second", "5", "--time-scale", "10")

    def test_violations_are_recorded_and_let_through(self):
        sim = self.sim
        for _ in range(8):
            sim.call("getChat", chat_id=GROUP).result
        report = sim.report()
        self.assertEqual((report["violation_count"], report["limits"]["mode"],
                          report["time_scale"]), (3, "observe", 10))
        self.assertEqual(report["peaks"]["usher_bot"]["bot_per_second"]["count"], 8)
        time.sleep(0.15)
        sim.call("getChat", chat_id=GROUP).result
        self.assertEqual(sim.report()["violation_count"], 3)


class Faults(Case):
    arguments = LOOSE

    def setUp(self):
        super().setUp()
        self.sim.start_users(5)

    def send(self, timeout=30):
        return self.sim.call_alone("sendMessage", timeout, chat_id=5, text="x")

    def messages(self):
        return len(self.sim.get("messages?chat=5")["messages"])

    def fault(self, **rule):
        self.assertEqual(self.sim.control("faults", **dict({"method": "sendMessage", "count": 1}, **rule))
                         .status, 200)

    def test_server_errors_have_no_effect(self):
        self.fault(kind="http_500")
        self.refused(self.send(), 500, "Internal Server Error")
        self.fault(kind="http_502")
        answer = self.send()
        self.assertEqual((answer.status, answer.json), (502, None))
        self.assertEqual(self.messages(), 0)
        self.send().result

    def test_dropped_connections(self):
        for kind, messages in (("drop_before", 0), ("drop_after", 1)):
            self.fault(kind=kind)
            with self.assertRaises((http.client.HTTPException, ConnectionError)):
                self.send()
            self.assertEqual(self.messages(), messages)
        self.assertEqual(self.sim.report()["calls"]["sendMessage"], {"unanswered": 2})

    def test_timeout_after_the_effect(self):
        self.fault(kind="timeout_after_effect", delay_ms=1500)
        with self.assertRaises((socket.timeout, TimeoutError)):
            self.send(timeout=0.5)
        self.assertEqual(self.messages(), 1)
        self.fault(kind="timeout_after_effect", delay_ms=300)
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            self.send()
        self.assertEqual(self.messages(), 2)

    def test_slow_answers(self):
        self.fault(kind="slow", delay_ms=400)
        before = time.monotonic()
        self.send().result
        self.assertGreaterEqual(time.monotonic() - before, 0.39)

    def test_429_out_of_the_blue(self):
        self.fault(kind="flood_429", retry_after=1)
        answer = self.send()
        self.refused(answer, 429, "Too Many Requests: retry after 1")
        self.assertEqual(self.sim.call("getChat", chat_id=GROUP).status, 200)
        time.sleep(1.05)
        self.fault(kind="flood_429", retry_after=1, whole_bot=True)
        self.assertEqual(self.send().status, 429)
        self.assertEqual(self.sim.call("getChat", chat_id=GROUP).status, 429)
        self.assertEqual(self.sim.call("getMe").status, 200)

    def test_which_calls_a_rule_takes(self):
        self.fault(kind="http_500", count=2, skip=1)
        self.assertEqual([self.send().status for _ in range(4)], [200, 500, 500, 200])
        self.fault(kind="http_500", chat_id=6)
        self.assertEqual(self.send().status, 200)
        self.sim.control("faults/clear")
        self.fault(kind="http_500", method="*", count=0)
        self.assertEqual([self.sim.call("getMe").status, self.send().status], [500, 500])
        self.assertEqual(self.sim.get("faults")["faults"][0]["fired"], 2)
        self.assertEqual(self.sim.control("faults/clear").json["faults"][0]["fired"], 2)
        self.assertEqual(self.sim.get("faults")["faults"], [])
        self.fault(kind="http_500", count=0, probability=0.5)
        codes = [self.send().status for _ in range(60)]
        self.assertTrue(10 < codes.count(500) < 50, codes)

    def test_rules_are_checked(self):
        for rule in ({}, {"kind": "x"}, {"kind": "slow", "method": "nope"}, {"kind": "slow", "count": -1},
                     {"kind": "slow", "probability": 2}, {"kind": "slow", "delay_ms": "x"}):
            self.assertEqual(self.sim.control("faults", **rule).status, 400, rule)
