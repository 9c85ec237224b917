"""Simulated users, the control API, the report."""
import http.client
import json
import tempfile
import threading
import time

from simulator import Case, FAST, GROUP, LOOSE, Simulator


class People(Case):
    arguments = FAST + LOOSE

    def test_they_follow_the_links_they_get(self):
        sim = self.sim
        link = sim.link(creates_join_request=True)
        sim.control("users", range={"from": 100, "count": 20},
                    behaviour={"follow": 1, "delay_ms": [1000, 5000]})
        sim.start_users(200, behaviour={"follow": 0})
        button = {"inline_keyboard": [[{"text": "Enter", "url": link}]]}
        for user in list(range(100, 120)) + [200]:
            sim.call("sendMessage", chat_id=user, text="in", reply_markup=button).result
        self.eventually(lambda: sim.report()["follows"]["requested"] == 20)
        pending = [p["user_id"] for p in sim.get("chat/%d/members" % GROUP)["pending"]]
        self.assertEqual(sorted(pending), list(range(100, 120)))

    def test_a_link_in_the_text_counts_once(self):
        sim = self.sim
        link = sim.link()
        sim.start_users(5, behaviour={"delay_ms": 10})
        sim.call("sendMessage", chat_id=5, text="go to %s." % link, reply_markup={
            "inline_keyboard": [[{"text": "Enter", "url": link}]]}).result
        self.eventually(lambda: sim.members() == [5])
        time.sleep(0.1)
        self.assertEqual(sim.report()["follows"]["already_in"], 0)

    def test_strangers_try_forwarded_links(self):
        sim = self.sim
        link = sim.link(member_limit=1)
        sim.start_users(5, behaviour={"follow": 0, "forward": 1})
        sim.call("sendMessage", chat_id=5, text=link).result
        self.eventually(lambda: sim.report()["follows_of_strangers"]["joined"] == 1)
        members = sim.get("chat/%d/members" % GROUP)["members"]
        self.assertEqual([m["stranger"] for m in members], [True])

    def test_so_many_links_are_forwarded_and_no_more(self):
        sim = self.sim
        sim.start_users(5, behaviour={"follow": 0, "forward": 1, "forward_max": 2})
        for _ in range(4):
            sim.call("sendMessage", chat_id=5, text=sim.link(member_limit=1)).result
            time.sleep(1.05)  # a chat's limit
        self.eventually(lambda: sim.report()["follows_of_strangers"]["joined"] == 2)
        time.sleep(0.2)
        self.assertEqual(sim.report()["follows_of_strangers"]["joined"], 2)

    def test_starts_are_spread(self):
        sim = self.sim
        sim.control("users", range={"from": 1, "count": 100}, spread_ms=25000)
        self.assertLess(sim.report()["users_started"], 90)
        self.eventually(lambda: sim.report()["users_started"] == 100)

    def test_orders_are_checked(self):
        for path, body in (("users", {}), ("users", {"ids": [0]}), ("users", {"ids": "x"}),
                           ("users", {"range": {"from": 1, "count": 10 ** 9}}),
                           ("users", {"ids": [1], "behaviour": {"follow": 2}}),
                           ("users", {"ids": [1], "behaviour": {"delay_ms": [5, 1]}}),
                           ("users", {"ids": [1], "behaviour": {"forward_max": -1}}),
                           ("users", {"ids": [1], "payload": "x" * 65}),
                           ("user/0/start", {}), ("user/5/follow", {}), ("user/5/message", {}),
                           ("user/5/join", {})):
            answer = self.sim.control(path, **body)
            self.assertEqual(answer.status, 400, (path, body))
            self.assertIs(answer.json["ok"], False)
        for path in ("user/x/start", "nothing", "chat/-7/rights", "user/5/start?"):
            self.assertIn(self.sim.control(path, bot="usher_bot").status, (200, 404))
        self.assertEqual(self.sim.control("user/5/start", bot="nobody").status, 404)
        self.assertEqual(self.sim.control("report").status, 405)
        self.assertEqual(self.sim.request("POST", "/sim/users", "{").status, 400)


class Report(Case):
    def test_record_of_every_call(self):
        with tempfile.NamedTemporaryFile("r") as file:
            sim = Simulator("--record", file.name)
            sim.start_users(5)
            sim.call("sendMessage", chat_id=5, text="x").result
            sim.call("sendMessage", chat_id=5, text="x")
            sim.call("nope")
            sim.control("faults", kind="drop_before", method="getMe")
            with self.assertRaises((http.client.HTTPException, ConnectionError)):
                sim.call("getMe")
            self.assertEqual(sim.close(), 0)
            rows = [json.loads(line) for line in file]
        self.assertEqual([(r["method"], r["chat_id"], r["code"], r["answered"]) for r in rows],
                         [("sendMessage", 5, 200, True), ("sendMessage", 5, 429, True),
                          ("", 0, 404, True), ("getMe", 0, 500, False)])
        self.assertEqual(rows[0]["digest"], rows[1]["digest"])
        self.assertNotEqual(rows[0]["digest"], rows[2]["digest"])
        self.assertLessEqual(rows[0]["arrived_us"], rows[1]["arrived_us"])
        self.assertNotIn("secret", json.dumps(rows))

    def test_messages_and_members(self):
        sim = self.sim
        sim.start_users(5)
        before = int(time.time() * 1000) - 1000
        sim.call("sendMessage", chat_id=5, text="x").result
        link = sim.link(name="l")
        sim.follow(5, link)
        report = sim.report()
        self.assertEqual(report["calls"]["sendMessage"], {"200": 1})
        user = report["users"]["5"]
        self.assertEqual(user["message_count"], 1)
        self.assertGreaterEqual(user["messages"][0]["at_ms"], before)
        chat = report["chats"][0]
        self.assertEqual([(m["user_id"], m["invite_link"]) for m in chat["members"]], [(5, link)])
        self.assertEqual([(k["invite_link"], k["joined"]) for k in report["links"]], [(link, 1)])
        self.assertNotIn("users", sim.get("report?users=0"))

    def test_reset(self):
        sim = self.sim
        sim.start_users(5)
        first = sim.link()
        waiting = []
        thread = threading.Thread(target=lambda: waiting.append(
            sim.call_alone("getUpdates", timeout=30, offset=100000002)))
        thread.start()
        time.sleep(0.2)
        self.assertEqual(sim.control("reset").status, 200)
        thread.join(10)
        self.assertEqual(waiting[0].status, 409)
        report = sim.report()
        self.assertEqual((report["call_count"], report["user_count"], report["links"]), (0, 0, []))
        self.assertEqual(sim.link(), first, "the same seed makes the same links")

    def test_many_calls_at_once(self):
        sim = self.sim
        sim.control("users", range={"from": 1, "count": 200})
        failures = []

        def work(first):
            connection = sim.connect()
            for user in range(first, 201, 8):
                if sim.call("sendMessage", connection=connection, chat_id=user, text="x").status != 200:
                    failures.append(user)
            connection.close()
        threads = [threading.Thread(target=work, args=(i,)) for i in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        report = sim.report()
        self.assertEqual((failures, report["calls"]["sendMessage"], report["messages_kept"]),
                         ([], {"200": 200}, 200))
