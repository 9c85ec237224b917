"""The mirror: the same as the ledger whatever was killed, removed or damaged, and in nobody's way."""
import concurrent.futures
import functools
import json
import os
import signal
import sqlite3
import time
import unittest

import gateways
from helpers import STRIPE_SECRET, Site, Telegram, request, stripe_checkout, stripe_signed, until
from split import SplitSite

PAYMENTS = int(os.environ.get("PAYMENTS", "0"))  # of class Thousands: 10000 by hand, and then it says its figures
REPORTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "reports")


def mirror_path(site):
    return os.path.join(site.folder, "var", "mirror.db")


def ask(site, sql):
    """All rows; None while the file cannot be read."""
    try:
        db = sqlite3.connect("file:%s?mode=ro" % mirror_path(site), uri=True, timeout=5)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()
    except sqlite3.Error:
        return None


def position(site):
    rows = ask(site, "SELECT position FROM mirror WHERE walked AND position >= whole")
    return rows[0][0] if rows else -1


def level(site, patience=None):
    """Waits until the mirror holds all that the ledger had applied when asked; the status of then."""
    def both():
        status = site.api("GET", "status")
        return status.json if status.status == 200 and position(site) >= status.json["applied"] else None
    return until(both, "the mirror is level", patience)


def pay_many(site, numbers, kill_at=None, secret=STRIPE_SECRET):
    """Pays by many at once; the members whose payment was accepted. kill_at: usher is killed when so
    many were."""
    accepted = set()

    def one(number):
        try:
            body, headers = stripe_signed(stripe_checkout(number, "core" if number % 3 == 0 else "starter",
                                                          2900 if number % 3 == 0 else 900), secret)
            answer = request(site.port, "POST", "/hooks/stripe", body,
                             {"Content-Type": "application/json", **headers}, timeout=20)
        except OSError:
            return
        if answer.status == 200:
            accepted.add(number)
            if len(accepted) == kill_at:
                site.usher.process.send_signal(signal.SIGKILL)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(one, numbers))
    return accepted


class Mirror(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)

    def site(self, **changes):
        site = Site(self.telegram.url(), **changes)
        self.addCleanup(site.close)
        return site

    def assert_equal_to_ledger(self, site, sample):
        status = level(site, 60)
        self.assertEqual(ask(site, "SELECT count(*) FROM member")[0][0], status["members"])
        self.assertEqual(ask(site, "SELECT count(*) FROM payment WHERE state = 'unsettled'")[0][0],
                         status["unsettled"])
        stages = dict(ask(site, "SELECT stage, count(*) FROM delivery GROUP BY stage"))
        now = site.api("GET", "status").json
        if now["applied"] == status["applied"]:
            self.assertEqual(stages, {k: v for k, v in status["deliveries"].items() if v})
        for plan in status["plans"]:
            self.assertEqual(ask(site, "SELECT count(*) FROM entitlement WHERE plan = '%s' AND status "
                                 "IN ('active', 'grace')" % plan["plan"])[0][0], plan["members"])
        for number in sample:
            member = site.member(number)
            rows = ask(site, "SELECT payment_id, state, amount / 100.0 FROM payment WHERE telegram_id = %d "
                       "ORDER BY sequence" % number)
            self.assertEqual(rows, [(p["payment_id"], p["state"], float(p["amount"]))
                                    for p in member["payments"]], number)
            rows = ask(site, "SELECT plan, status FROM entitlement WHERE telegram_id = %d ORDER BY plan"
                       % number)
            self.assertEqual(rows, sorted((e["plan"], e["status"]) for e in member["entitlements"]))
            listed = site.api("GET", "members?q=%d" % number).json["members"]
            self.assertEqual(listed, [{key: member[key] for key in listed[0]}])
        return status

    def test_killed_in_the_middle(self):
        site = self.site().start()
        first = pay_many(site, range(1, 2001), kill_at=900)
        self.assertGreaterEqual(len(first), 900)
        self.assertLess(len(first), 2000)
        site.usher.process.wait()
        site.start()
        self.assert_equal_to_ledger(site, sorted(first)[::100])
        self.assertEqual(len(pay_many(site, range(1, 2001))), 2000)
        self.assert_equal_to_ledger(site, range(1, 2001, 100))
        # 666 of them are for core, which has 500 seats.
        self.assertEqual(ask(site, "SELECT count(*), sum(amount) FROM payment"),
                         [(2000, 666 * 2900 + 1334 * 900)])
        self.assertEqual(ask(site, "SELECT count(*) FROM payment WHERE reason = 'unsettled_seats'"),
                         [(166,)])

    def test_the_file_is_lost(self):
        site = self.site().start()
        pay_many(site, range(1, 101))
        self.assert_equal_to_ledger(site, (1, 50, 99))
        for tail in ("", "-wal", "-shm"):
            if os.path.exists(mirror_path(site) + tail):
                os.remove(mirror_path(site) + tail)
        until(lambda: os.path.exists(mirror_path(site)), "there is a new one while usher runs")
        self.assert_equal_to_ledger(site, (1, 50, 99))
        site.stop()
        os.remove(mirror_path(site))
        site.start()
        self.assert_equal_to_ledger(site, (1, 50, 99))

    def test_the_file_is_damaged(self):
        site = self.site().start()
        pay_many(site, range(1, 101))
        level(site)
        site.stop()
        for at in (0, 4096 * 3):
            size = os.path.getsize(mirror_path(site))
            with open(mirror_path(site), "r+b") as file:
                file.seek(at)
                file.write(os.urandom(size - at))
            site.start()
            self.assert_equal_to_ledger(site, (1, 50, 99))
            line = next(line for line in site.usher.log().splitlines() if " mirror_damaged " in line)
            self.assertIn(" WARN ", line)
            self.assertIn("remedy=", line)
            self.assertTrue(os.path.exists(mirror_path(site) + ".damaged"))
            site.stop()

    def test_another_history(self):
        """A mirror that is ahead of its ledger, as after the restoring of a backup."""
        site = self.site().start()
        pay_many(site, range(1, 31))
        level(site)
        site.stop()
        db = sqlite3.connect(mirror_path(site))
        db.execute("UPDATE mirror SET position = 100000")
        db.execute("DELETE FROM payment")
        db.commit()
        db.close()
        site.start()
        until(lambda: " mirror_anew " in site.usher.log(), "it is seen")
        self.assert_equal_to_ledger(site, (1, 30))

    def test_turned_off_and_on(self):
        site = self.site(more="mirror: {enabled: true}\n").start()
        pay_many(site, range(1, 31))
        level(site)
        site.stop()
        site.write_config(more="mirror: {enabled: false}\n")
        site.start()
        pay_many(site, range(31, 61))
        self.assertEqual(site.api("GET", "members").status, 503)
        self.assertEqual(len(site.api("GET", "payments").json["payments"]), 60)
        site.stop()
        site.write_config(more="mirror: {enabled: true}\n")
        site.start()
        until(lambda: " mirror_anew " in site.usher.log(), "what it has not read is gone")
        self.assert_equal_to_ledger(site, (1, 30, 31, 60))

    def test_locked_by_somebody(self):
        site = self.site().start()
        pay_many(site, range(1, 11))
        level(site)
        db = sqlite3.connect(mirror_path(site), isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        self.assertEqual(len(pay_many(site, range(11, 31))), 20)
        until(lambda: " mirror_not_writable " in site.usher.log(), "it is said")
        line = next(line for line in site.usher.log().splitlines() if " mirror_not_writable " in line)
        self.assertIn("remedy=", line)
        # Lists are as fresh as they can be, and say so.
        listed = site.api("GET", "members")
        self.assertEqual((listed.status, len(listed.json["members"])), (200, 10))
        db.execute("ROLLBACK")
        db.close()
        self.assert_equal_to_ledger(site, (1, 30))

    def test_pages_while_others_come(self):
        site = self.site().start()
        pay_many(site, range(1, 101))
        seen = []
        cursor = ""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            others = pool.submit(pay_many, site, range(1001, 1301))
            while cursor is not None:
                page = site.api("GET", "payments?limit=7&cursor=" + cursor)
                self.assertEqual(page.status, 200, page)
                seen += [p["telegram_id"] for p in page.json["payments"]]
                cursor = page.json["next_cursor"]
            others.result()
        self.assertEqual(len(seen), len(set(seen)))
        self.assertTrue(set(range(1, 101)) <= set(seen))

    def test_status_and_rebuild(self):
        site = self.site().start()
        self.assertEqual(len(pay_many(site, range(1, 31))), 30)
        status = level(site)
        answer = until(lambda: [a for a in [json.loads(site.cli("mirror", "status", "--json").stdout)]
                                if (a["whole"], a["behind"]) == (True, 0)], "it is whole, and nothing is ahead of it")[0]
        self.assertGreaterEqual(answer["position"], status["applied"])
        self.assertEqual(site.cli("mirror", "rebuild").returncode, 0)
        until(lambda: not os.path.exists(mirror_path(site) + ".rebuild"), "it is taken up")
        until(lambda: site.usher.log().count(" mirror_whole ") == 2, "it is made anew")
        self.assert_equal_to_ledger(site, (1, 30))
        site.stop()
        self.assertEqual(site.cli("mirror", "rebuild").returncode, 0)
        site.start()
        self.assert_equal_to_ledger(site, (1, 30))
        self.assertEqual(os.stat(mirror_path(site)).st_mode & 0o777, 0o600)
        self.assertEqual(site.cli("mirror", "paint").returncode, 2)

    def test_reports(self):
        site = self.site().start()
        self.assertEqual(len(pay_many(site, range(1, 31))), 30)
        level(site)

        def report(name, *more):
            done = site.cli("report", "run", os.path.join(REPORTS, name), *more)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        rows = json.loads(report("members_by_plan.sql", "--format", "json"))
        self.assertEqual([(row["plan"], row["active"], row["grace"], row["ended"]) for row in rows],
                         [("core", 10, 0, 0), ("starter", 20, 0, 0)])
        rows = json.loads(report("payments_by_day.sql", "--json"))
        self.assertEqual(sum(row["paid"] for row in rows), 30)
        self.assertEqual(sum(row["amount_minor"] for row in rows), 10 * 2900 + 20 * 900)
        self.assertEqual(report("payments_by_day.sql", "--format", "csv", "--param", "to=2020-01-01T00:00:00Z"),
                         '"day","gateway","currency","paid","amount_minor","taken_back","unsettled"\n')
        table = report("members_by_plan.sql", "--db", mirror_path(site)).splitlines()
        self.assertEqual([line.split()[0] for line in table], ["plan", "core", "starter"])
        for name in os.listdir(REPORTS):
            if name.endswith(".sql"):
                report(name)
        path = os.path.join(site.folder, "formula.sql")
        for text, code in (("SELECT '=1+1' AS a, 'say \"hi\"' AS b, -1 AS c, NULL", 0), ("DELETE FROM payment", 1),
                           ("SELECT nonsense", 1)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            done = site.cli("report", "run", path, "--format", "csv")
            self.assertEqual(done.returncode, code)
            if code == 0:
                self.assertEqual(done.stdout.splitlines()[1], '"\'=1+1","say ""hi""",-1,')
        self.assertEqual(site.cli("report", "run", "nothing.sql").returncode, 1)
        self.assertEqual(site.cli("report", "walk", path).returncode, 2)
        self.assertEqual(site.cli("report", "run", path, "--format", "pdf").returncode, 2)

    def test_read_your_writes(self):
        site = self.site().start()
        for number in range(1, 21):
            site.pay(number)
            listed = site.api("GET", "payments?limit=1").json["payments"]
            self.assertEqual([p["telegram_id"] for p in listed], [number])


class Stopped(unittest.TestCase):
    """The mirror in a process of its own, which stands still."""

    def test_a_stopped_mirror_slows_nobody(self):
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = SplitSite(telegram.url())
        self.addCleanup(site.close)
        site.start()
        pay = functools.partial(pay_many, site, secret=gateways.STRIPE.secret)
        until(lambda: pay([1]), "the door is open")
        self.assertEqual(len(pay(range(1, 51))), 50)
        level(site)
        (pid,) = site.pids("mirror")
        os.kill(pid, signal.SIGSTOP)
        try:
            before = position(site)
            self.assertEqual(len(pay(range(1001, 6001))), 5000)
            self.assertEqual(site.member(6000)["payments"][0]["kind"], "paid")
            self.assertEqual(position(site), before)
        finally:
            os.kill(pid, signal.SIGCONT)
        status = level(site, 60)
        self.assertEqual(ask(site, "SELECT count(*) FROM member")[0][0], status["members"])
        self.assertEqual(ask(site, "SELECT count(*) FROM payment"), [(5050,)])
        started = time.monotonic()
        site.kill("mirror")
        site.start("mirror")
        level(site)
        self.assertLess(time.monotonic() - started, 30)
        self.assertEqual(ask(site, "SELECT count(*) FROM payment"), [(5050,)])


def facts_of(site):
    """(table, rows, first and last sequence, sum of amounts) of each fact."""
    tables = [row[0] for row in ask(site, "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                                    "substr(name, 1, 5) = 'fact_'")]
    rows = []
    for table in sorted(tables):
        columns = {row[1] for row in ask(site, "PRAGMA table_info(%s)" % table)}
        rows.append((table,) + ask(site, "SELECT count(*), min(sequence), max(sequence), sum(sequence * 64 + n)%s FROM %s"
                                   % (", sum(amount)" if "amount" in columns else "", table))[0])
    return rows


class Thousands(unittest.TestCase):
    """Many payments, kill -9 in the middle, a mirror that is lost, and one that stands still."""

    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.count = PAYMENTS or 1200

    def say(self, format, *values):
        if PAYMENTS:
            print(format % values, flush=True)

    def ledger_sums(self, site):
        """(payments, their sum) by the journal: each payment id once."""
        paid = {}
        for line in site.cli("journal", "dump", "--json", "--config", site.config).stdout.splitlines():
            command = json.loads(line)["command"]
            if command["message"] == "cmd_payment":
                paid[command["payment_id"]] = command["amount"]
        return len(paid), sum(paid.values())

    def test_killed_lost_and_back(self):
        site = Site(self.telegram.url())
        self.addCleanup(site.close)
        site.start()
        numbers = range(1, self.count + 1)
        started = time.monotonic()
        first = pay_many(site, numbers, kill_at=self.count // 2)
        site.usher.process.wait()
        site.start()
        self.assertEqual(len(pay_many(site, numbers)), self.count)
        status = level(site, 120)
        self.say("%d payments, killed after %d were answered: level after %.1f s", self.count, len(first),
                 time.monotonic() - started)
        sums = self.ledger_sums(site)
        self.assertEqual(sums, (self.count, sum(2900 if n % 3 == 0 else 900 for n in numbers)))
        self.assertEqual(ask(site, "SELECT count(*), sum(amount) FROM payment"), [sums])
        self.assertEqual(ask(site, "SELECT count(*), sum(amount) FROM fact_paid"), [sums])
        self.assertEqual(ask(site, "SELECT count(*) FROM member")[0][0], status["members"])
        for plan in status["plans"]:
            self.assertEqual(ask(site, "SELECT count(*) FROM entitlement WHERE plan = '%s' AND status IN "
                                 "('active', 'grace')" % plan["plan"])[0][0], plan["members"])
        folder = os.path.join(site.folder, "var", "facts")
        if self.count >= 10000:  # worth a segment
            until(lambda: os.path.isdir(folder) and any(name.endswith(".seg") for name in os.listdir(folder)),
                  "facts are in segments", 60)
        site.stop()
        kept = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)) \
            if os.path.isdir(folder) else 0
        before = facts_of(site)
        for tail in ("", "-wal", "-shm"):
            if os.path.exists(mirror_path(site) + tail):
                os.remove(mirror_path(site) + tail)
        started = time.monotonic()
        site.start()
        self.assertEqual(site.api("GET", "payments?limit=1").status, 200, "a list waits while the mirror is made")
        level(site, 120)
        self.say("deleted, it was level again %.1f s after the start; %d bytes of segments", time.monotonic() - started,
                 kept)
        self.assertEqual(ask(site, "SELECT count(*), sum(amount) FROM payment"), [sums])
        self.assertEqual([row for row in facts_of(site) if row[0] in ("fact_paid", "fact_granted")],
                         [row for row in before if row[0] in ("fact_paid", "fact_granted")])

    def test_one_that_stands_still_slows_nobody(self):
        site = SplitSite(self.telegram.url())
        self.addCleanup(site.close)
        site.start()
        pay = functools.partial(pay_many, site, secret=gateways.STRIPE.secret)
        until(lambda: pay([1]), "the door is open")
        level(site)
        (pid,) = site.pids("mirror")
        self.addCleanup(os.kill, pid, signal.SIGCONT)
        number = 1000
        took = {signal.SIGSTOP: [], signal.SIGCONT: []}
        for turn in range(6):  # in turns, since others work on the machine too
            way = signal.SIGCONT if turn % 2 == 0 else signal.SIGSTOP
            os.kill(pid, way)
            started = time.monotonic()
            self.assertEqual(len(pay(range(number, number + self.count // 6))), self.count // 6)
            took[way].append(time.monotonic() - started)
            number += self.count // 6
        follows, stands = (sorted(took[way])[1] for way in (signal.SIGCONT, signal.SIGSTOP))
        self.say("the door: %.0f payments/s while the mirror follows, %.0f while it stands still",
                 self.count // 6 / follows, self.count // 6 / stands)
        self.assertLess(stands, 2 * follows + 1)
        os.kill(pid, signal.SIGCONT)
        level(site, 120)
        self.assertEqual(ask(site, "SELECT count(*) FROM payment"), [(1 + self.count // 6 * 6,)])


if __name__ == "__main__":
    unittest.main()
