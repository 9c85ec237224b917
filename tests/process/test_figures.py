"""Figures: histories of some months, made by the test clock at random from a seed that is printed, and each
figure compared with a model that knows nothing of the reports; then rows, reports, goals."""
import csv
import datetime
import io
import json
import math
import os
import random
import unittest
import urllib.parse
import zipfile
import zoneinfo
from fractions import Fraction

from contract import Case
from figures_model import FOREVER, Grant, Member, Model
from gateways import STRIPE
from helpers import until
from test_flow import parse
from test_mirror import ask

try:
    import openpyxl
except ImportError:
    openpyxl = None

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
DAY = 86400
PRICES = {("starter", 1): 900, ("starter", 12): 7900, ("core", 1): 2900, ("core", 12): 29900}
SEED = int(os.environ.get("SEED", "0")) or 7  # another number: another history
MEMBERS = 36
OPS_CHAT = -1001000000009


def utc(t):
    return datetime.datetime.fromtimestamp(int(t), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def up(cents):
    return math.floor(cents + Fraction(1, 2))


def share(hits, of):
    return None if of == 0 else (hits * 20000 + of) // (2 * of) / 10000  # halves go up, as in SQL


class Clocked(Case):
    more = ""

    @classmethod
    def setUpClass(cls):
        cls.changes = (("data_dir: ./var\n", "data_dir: ./var\ntest_clock: true\n" + cls.more),)
        cls.simulator = ("--chat", "%d,supergroup,Ops" % OPS_CHAT)
        super().setUpClass()

    def now(self):
        return parse(self.site.api("GET", "clock").json["now"])

    def advance(self, text):
        answer = self.site.api("POST", "clock", {"advance": text})
        self.assertEqual(answer.status, 200, answer)
        return parse(answer.json["now"])

    def pay(self, user, plan, amount, payment_id, order=None):
        body, _ = STRIPE.paid(user, plan, amount, payment_id=payment_id)
        if order is not None:
            event = json.loads(body)
            event["data"]["object"]["client_reference_id"] = order
            event["data"]["object"]["metadata"]["order_id"] = order
            body = json.dumps(event).encode()
        answer = self.site.send(STRIPE, body, STRIPE.sign(body, at=self.now()))
        self.assertEqual(answer.status, 200, answer)

    def get(self, path, **query):
        """The answer; each asked for anew while a machine that is busy says 503."""
        query = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        address = path + ("?" + urllib.parse.urlencode(query) if query else "")
        answer = [None]

        def good():
            answer[0] = self.site.api("GET", address)
            return answer[0].status != 503
        until(good, address)
        self.assertEqual(answer[0].status, 200, answer[0])
        return answer[0]

    def entitlement(self, user, plan):
        return next(e for e in self.site.member(user)["entitlements"] if e["plan"] == plan)


class History(Clocked):
    """One history, walked once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        print("\nSEED=%d" % SEED, flush=True)

    def setUp(self):
        self.random = random.Random(SEED)
        self.model = Model({"starter": 0, "core": 3 * DAY},
                           lambda t: datetime.datetime.fromtimestamp(t, ZONE).toordinal())
        self.serial = 0
        self.paid = []  # (user, plan, Grant, payment id) that may be refunded

    def member(self, user):
        return self.model.members.get(user)

    def meet(self, user):
        source = self.random.choice(("", "tw", "yt"))
        self.telegram.user(user, "start", **({"payload": "u_" + source} if source else {}))
        until(lambda: self.site.member(user), "the member is known")
        self.telegram.sim("POST", "/users", {"ids": [user], "behaviour": {"follow": 1}})
        self.model.members[user] = Member(self.now(), source, seen=[self.now()])

    def speak(self, user):
        member = self.member(user)
        before = self.seen_facts(user)
        self.telegram.user(user, "message", text="/status")
        day = self.model.day_of(self.now())
        if member.entered < FOREVER and not any(t > member.entered and self.model.day_of(t) == day
                                                for t in member.seen) or \
                all(self.model.day_of(t) != day for t in member.seen):
            until(lambda: self.seen_facts(user) > before, "it is told that %d was seen" % user)
        member.seen.append(self.now())

    def seen_facts(self, user):
        rows = ask(self.site, "SELECT count(*) FROM fact_seen WHERE telegram_id = %d" % user)
        return rows[0][0] if rows else 0

    def buy(self, user):
        member = self.member(user)
        plan = self.random.choice(("starter", "core"))
        months = self.random.choice((1, 1, 1, 12))
        price = amount = PRICES[plan, months]
        self.serial += 1
        payment_id = "pi_%d_%d" % (user, self.serial)
        way = self.random.random()
        order = None
        if way < 0.1:  # nobody's price: it waits for the operator
            self.pay(user, plan, amount + 7, payment_id)
            member.waited.append(self.now())
            return
        if way < 0.4:
            code = self.random.choice(("ONCE", "EVER"))
            answer = self.site.api("POST", "orders", {"telegram_id": user, "plan": plan, "coupon": code,
                                                      "period": "1 year" if months == 12 else "1 month"})
            if answer.status == 201:
                order = answer.json["order_id"]
                amount = round(float(answer.json["amount"]) * 100)
                price = amount if any(line["ref"] == "EVER" for line in answer.json["lines"]) else price
                member.codes.setdefault(code, [self.now(), False])
                if self.random.random() < 0.3:
                    return  # left unpaid
                member.codes[code][1] = True
        self.pay(user, plan, amount, payment_id, order)
        grant = Grant(self.now(), parse(self.entitlement(user, plan)["until"]), price, months, amount)
        member.grants[plan].append(grant)
        self.paid.append((user, plan, grant, payment_id))

    def act(self, user):
        """What an operator does by hand."""
        member = self.member(user)
        plan = self.random.choice(("starter", "core"))
        what = self.random.choice(("grant", "extend", "revoke"))
        body = {"grant": {"plan": plan, "period": "1 month", "reason": "x"},
                "extend": {"plan": plan, "days": 5, "reason": "x"}, "revoke": {"plan": plan, "reason": "x"}}
        answer = self.site.api("POST", "members/%d/%s" % (user, what), body[what])
        if answer.status >= 300:
            return
        if what == "revoke":
            member.ended[plan].append(self.now())
        else:
            member.grants[plan].append(Grant(self.now(), parse(self.entitlement(user, plan)["until"])))

    def refund(self):
        """Of the newest payment of a plan, so that what is left is the one before."""
        newest = [row for row in self.paid if row[2] is self.member(row[0]).grants[row[1]][-1]]
        if not newest:
            return
        user, plan, grant, payment_id = self.random.choice(newest)
        self.paid.remove((user, plan, grant, payment_id))
        body, _ = STRIPE.refunded(payment_id, grant.amount)
        answer = self.site.send(STRIPE, body, STRIPE.sign(body, at=self.now()))
        self.assertEqual(answer.status, 200, answer)
        grant.refunded = self.now()
        after = self.entitlement(user, plan)
        grant.left = parse(after["until"])
        if after["status"] not in ("active", "grace"):
            self.member(user).ended[plan].append(self.now())

    def live(self):
        """Five months, in steps of about nine days."""
        for code, more in (("ONCE", {"percent": 10}), ("EVER", {"percent": 20, "duration": "forever"})):
            self.assertEqual(self.site.api("POST", "coupons", {"code": code, "per_member": 9, **more}).status, 201)
        users = list(range(101, 101 + MEMBERS))
        begun = self.now()
        for step in range(16):
            for user in users[step * 3:step * 3 + 3]:
                self.meet(user)
            known = list(self.model.members)
            for user in self.random.sample(known, min(len(known), 9)):
                self.random.choice((self.buy, self.buy, self.buy, self.act))(user)
            self.advance("1 minutes")
            if self.random.random() < 0.5:
                self.refund()
            self.site.applied()
            self.note_entries()
            self.advance("2 minutes")
            for user in self.random.sample(known, min(len(known), 8)):
                self.speak(user)
            self.advance("%d hours" % self.random.randrange(8 * 24, 11 * 24))
            self.note_entries()
        return begun, self.now()

    def note_entries(self):
        self.level()
        for user, at in ask(self.site, "SELECT telegram_id, min(at) FROM fact_entered GROUP BY 1") or []:
            self.member(user).entered = at / 1000

    def level(self):
        applied = self.site.api("GET", "status").json["applied"]
        until(lambda: (ask(self.site, "SELECT position FROM mirror") or [(0,)])[0][0] >= applied, "it is level")

    def compare(self, start, end, now, plan, source):
        got = self.get("kpis", from_=utc(start), to=utc(end), plan=plan, source=source).json
        what = "SEED=%d %s %s plan=%s source=%s: %s" % (SEED, utc(start), utc(end), plan, source, got)
        model = self.model
        mrr, paying = model.mrr(end, plan, source)
        money = {"USD": "%.2f" % (up(mrr) / 100)} if paying else {}
        self.assertEqual(got["paying"], paying, what)
        self.assertEqual(got["mrr"], money, what)
        self.assertEqual(got["arpu"], {"USD": "%.2f" % (up(mrr / paying) / 100)} if paying else {}, what)
        bridge = got["mrr_bridge"].get("USD", {})
        for name, value in model.bridge(start, end, plan, source).items():
            self.assertAlmostEqual(float(bridge.get(name, 0)) * 100, float(value), delta=0.6, msg=name + what)
        self.assertEqual(got["churn"], share(*model.churn(start, end, plan, source)), what)
        for name in ("month", "year"):
            self.assertEqual(got["renewal_rate"][name],
                             share(*model.renewals(start, end, name == "year", plan, source)), name + what)
        if plan is not None:
            return
        self.assertEqual(got["first_payers"], model.first_payers(start, end, source), what)
        self.assertEqual(got["first_payment_conversion"], share(*model.conversion(start, end, source)), what)
        self.assertEqual(got["promo_conversion"], share(*model.promo(start, end, source)), what)
        self.assertEqual(got["callback_success"], share(*model.callbacks(start, end, source)), what)
        for name, day, give in (("retention_7", 7, 1), ("retention_30", 30, 3)):
            self.assertEqual(got[name], share(*model.retention(start, end, now, day, give, source)), name + what)
        self.assertEqual(got["activation"], share(*model.activation(start, end, 7, source)), what)
        self.assertEqual(got["activation_day_one"], share(*model.activation(start, end, 1, source)), what)
        shares, first = model.survival(end, source)
        if first < 30:
            self.assertIsNone(got["ltv12"], what)
        else:
            self.assertAlmostEqual(float(got["ltv12"]["USD"]), float(mrr / paying) / 100 * sum(shares),
                                   delta=0.02, msg=what)
        self.assertIsNone(got["trial_conversion"])

    def test_figures_are_those_of_the_model(self):
        begun, now = self.live()
        for start, end in ((begun - DAY, now - 3600), (begun + 40 * DAY, begun + 70 * DAY + 5000),
                           (begun + 71 * DAY, begun + 110 * DAY + 7000), (now - 33 * DAY, now - 1000)):
            for plan in (None, "core", "starter"):
                for source in (None, "tw", ""):
                    if source != "":
                        self.compare(start, end, now, plan, source)
        self.rows_make_the_figure(begun - DAY, now)
        self.groups_add_up(begun - DAY, now)

    def rows_make_the_figure(self, start, end):
        """Page by page."""
        figures = self.get("kpis", from_=utc(start), to=utc(end)).json
        rows, cursor = [], None
        while True:
            page = self.get("kpis/mrr/rows", from_=utc(start), to=utc(end), limit=4, cursor=cursor).json
            rows += page["rows"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        self.assertEqual(len({row["id"] for row in rows}), len(rows))
        self.assertEqual(len({row["telegram_id"] for row in rows}), figures["paying"])
        self.assertAlmostEqual(sum(float(row["value"]) for row in rows), float(figures["mrr"]["USD"]), delta=0.3)
        page = self.get("kpis/callback_success/rows", from_=utc(start), to=utc(end), limit=1000).json
        hits = [row["hit"] for row in page["rows"]]
        self.assertEqual(share(sum(hits), len(hits)), figures["callback_success"])

    def groups_add_up(self, start, end):
        whole = self.get("kpis", from_=utc(start), to=utc(end)).json
        for by in ("plan", "source", "cohort"):
            parts = self.get("kpis", from_=utc(start), to=utc(end), by=by).json["groups"]
            self.assertEqual([part[by] for part in parts], sorted(part[by] for part in parts))
            self.assertAlmostEqual(sum(float(part["mrr"].get("USD", 0)) for part in parts),
                                   float(whole["mrr"]["USD"]), delta=0.1)
        self.assertEqual(sum(part["first_payers"] for part in parts), whole["first_payers"])


class Asked(Clocked):
    """What is answered to whoever asks, and to nonsense."""
    more = "alerts: {chat: %d}\nfigures: {schedule: weekly, margin: 50%%%%, goals: {callback_success: 90%%%%, " \
           "self_service_rate: 60%%%%}}\n" % OPS_CHAT

    def test_a_spend_and_rates(self):
        self.telegram.user(1, "start", payload="u_tw")
        until(lambda: self.site.member(1), "the member is known")
        self.pay(1, "core", 2900, "pi_1")
        self.assertEqual(self.get("kpis").json["converted"], None)
        for body, status in (({"channel": "tw", "amount": "58.00", "currency": "USD"}, 201),
                             ({"channel": "", "amount": "1.00", "currency": "USD"}, 400),
                             ({"channel": "tw", "amount": "0.00", "currency": "USD"}, 400),
                             ({"channel": "=evil", "amount": "3.00", "currency": "USD"}, 201)):
            self.assertEqual(self.site.api("POST", "spend", body).status, status, body)
        for rate, status in (("0.9", 201), ("0", 400), ("-1", 400), ("1.1234567", 400), ("x", 400), ("1.", 400)):
            answer = self.site.api("POST", "rates", {"currency": "USD", "base": "EUR", "rate": rate})
            self.assertEqual(answer.status, status, rate)
        self.assertEqual(self.site.api("POST", "rates", {"currency": "USD", "base": "USD", "rate": "1"}).status, 400)
        figures = self.get("kpis").json
        self.assertEqual(figures["cac"], {"tw": {"USD": "58.00"}, "=evil": {"USD": None}})
        self.assertEqual(figures["roi"]["tw"], {"USD": -0.75})
        self.assertEqual(figures["converted"], {"currency": "EUR", "mrr": "26.10", "arpu": "26.10"})
        latency = figures["grant_latency_ms"]
        until(lambda: self.get("kpis").json["grant_latency_ms"]["p50"] is not None, "the letter arrives")
        latency = self.get("kpis").json["grant_latency_ms"]
        self.assertLessEqual(latency["queue"]["p99"], latency["p99"])
        self.assertEqual(self.site.api("DELETE", "spend/2").status, 200)
        self.refused(self.site.api("DELETE", "spend/2"), 404)
        self.assertEqual([row["spend_id"] for row in self.site.api("GET", "spend").json["spend"]], [1])

    def test_e_a_page_hands_on_its_source(self):
        page = until(lambda: self.page("/p/core?utm_source=you tube&lang=en"), "the bot's name is known")
        link = "https://t.me/usher_bot?start=p_core--u_you_tube"
        self.assertIn(link, page)
        self.assertIn("lang=zh-Hans&amp;source=you_tube", page)
        self.telegram.user(21, "start", payload=link.split("start=")[1])
        until(lambda: any("core" in message["text"] for message in self.telegram.messages(21)), "the plan is shown")
        self.pay(21, "core", 2900, "pi_21")
        groups = self.get("kpis", by="source").json["groups"]
        self.assertEqual([group["paying"] for group in groups if group["source"] == "you_tube"], [1])

    def page(self, path):
        answer = self.site.get(path.replace(" ", "%20"))
        return answer.body.decode() if answer.status == 200 and b"t.me/" in answer.body else None

    def test_b_nonsense_is_refused(self):
        for path, status in (("kpis?from=x", 400), ("kpis?colour=red", 400), ("kpis?by=colour", 400),
                             ("kpis?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", 400),
                             ("kpis/nothing/rows", 404), ("kpis/mrr/rows?limit=0", 400), ("kpis/mrr", 404),
                             ("kpis/mrr/rows?limit=1001", 400), ("reports/daily", 404),
                             ("reports/weekly?format=pdf", 400), ("reports/weekly?to=x", 400)):
            self.refused(self.site.api("GET", path), status, path)

    def test_c_reports(self):
        self.site.api("POST", "spend", {"channel": "=evil", "amount": "3.00", "currency": "USD"})
        window = {"from_": utc(self.now() - DAY), "to": utc(self.now() + 10)}
        document = self.get("reports/monthly", **window).json
        figures = {row["figure"]: row for row in document["sections"][0]["rows"]}
        self.assertEqual(document["sections"][0]["title"], "month")
        rows = figures["paying"]["rows"].removeprefix("/api/v1/")
        self.assertEqual(len(self.site.api("GET", rows).json["rows"]), figures["paying"]["value"])
        sheet = self.get("reports/monthly", format="csv", **window)
        self.assertIn("text/csv", sheet.headers["content-type"])
        lines = list(csv.DictReader(io.StringIO(sheet.body.decode())))
        self.assertEqual([line["figure"] for line in lines if line["section"] == "month"],
                         [row["figure"] for row in document["sections"][0]["rows"]])
        book = self.get("reports/quarter", format="xlsx", **window)
        self.assertIn("spreadsheetml", book.headers["content-type"])
        self.read_book(book.body)
        grouped = self.get("reports/quarter", format="csv", **window).body.decode()
        self.assertIn("\"'=evil\"", grouped)
        out = os.path.join(self.site.folder, "report.xlsx")
        done = self.site.cli("report", "quarter", "--format", "xlsx", "--out", out, "--from", window["from_"],
                             "--to", window["to"], "--config", self.site.config)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(out, "rb") as file:
            self.read_book(file.read())
        done = self.site.cli("report", "weekly", "--config", self.site.config)
        self.assertEqual(json.loads(done.stdout)["report"], "weekly")
        done = self.site.cli("report", "weekly", "--format", "xlsy", "--config", self.site.config)
        self.assertEqual(done.returncode, 2)
        done = self.site.cli("report", "weekly", "--from", "x", "--config", self.site.config)
        self.assertEqual(done.returncode, 1)
        self.assertIn("from must be a time", done.stderr)

    def read_book(self, data):
        book = zipfile.ZipFile(io.BytesIO(data))
        self.assertIsNone(book.testzip())
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        self.assertNotIn("<f>", sheet)
        if openpyxl is None:
            self.skipTest("python3-openpyxl is not installed")
        rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))
        self.assertEqual(rows[0], ("section", "group", "figure", "value", "goal", "rows"))
        figures = {row[2]: row[3] for row in rows[1:] if row[0] == "90 days"}
        self.assertIsInstance(figures["paying"], (int, float))
        self.assertEqual({row[2] for row in rows if row[0] == "goals"},
                         {"trial_conversion", "paying", "renewal_rate.month"})

    def test_d_goals_are_told_once_a_week(self):
        self.telegram.user(9, "start")
        self.pay(9, "core", 2907, "pi_strange")  # nobody's price
        for week in (1, 2):
            self.advance("7 days")
            texts = until(lambda: self.rounds(week), "figures of week %d are told" % week, 60)
        self.assertTrue(any("BELOW ITS GOAL: callback_success" in text for text in texts), texts)
        self.assertFalse(any("self_service_rate" in text for text in texts), texts)
        self.advance("1 hour")
        self.site.stop()
        self.site.start()
        self.site.applied()
        self.assertEqual(len(self.rounds(2)), 2, "each once")
        told = ask(self.site, "SELECT count(*) FROM fact_figures_told")
        self.assertEqual(told, [(2,)])

    def rounds(self, least):
        found = [m["text"] for m in self.telegram.messages(OPS_CHAT) if m["text"].startswith("weekly ")]
        return found if len(found) >= least else None


if __name__ == "__main__":
    unittest.main()
