"""Facts are kept in segments before the state lets them go: a mirror that is lost comes back with its history."""
import datetime
import glob
import json
import os
import shutil
import sqlite3
import time
import unittest

import helpers
from helpers import Site, Telegram, until
from test_mirror import level, mirror_path

CLOCK = "test_clock: true\n"


class Facts(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url(), more=CLOCK)
        self.addCleanup(self.site.close)
        self.data = os.path.join(self.site.folder, "var")
        self.paid = 0

    def usher(self, *arguments, code=0):
        done = self.site.cli(*arguments, "--config", self.site.config)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done

    def now(self):
        text = self.site.api("GET", "clock").json["now"]
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    def advance(self, text):
        self.assertEqual(self.site.api("POST", "clock", {"advance": text}).status, 200)

    def pay_some(self, count=30):
        now = self.now()
        for _ in range(count):
            self.paid += 1
            answer = self.site.hook("stripe", *helpers.stripe_signed(helpers.stripe_checkout(self.paid), at=now))
            self.assertEqual(answer.status, 200, answer)

    def segments(self, tail=""):
        return sorted(glob.glob(os.path.join(self.data, "facts", "segment-*.seg" + tail)))

    @staticmethod
    def last(path):
        return int(os.path.basename(path).split("-")[2][:20])

    def facts(self):
        """All facts of the mirror, by table: (sequence, n, ...) of each."""
        level(self.site, 60)
        db = sqlite3.connect("file:%s?mode=ro" % mirror_path(self.site), uri=True, timeout=5)
        try:
            tables = [row[0] for row in db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'fact\\_%' ESCAPE '\\'")]
            return {table: db.execute("SELECT * FROM %s ORDER BY sequence, n" % table).fetchall()
                    for table in sorted(tables)}
        finally:
            db.close()

    def assert_same_history(self, before, after):
        """What was told until then is the same, row by row; what came since lies behind it."""
        end = max(rows[-1][0] for rows in before.values() if rows)
        self.assertEqual({table: [row for row in rows if row[0] <= end] for table, rows in after.items()}, before)
        self.assertGreaterEqual(len(before["fact_paid"]), 1)

    def dropped(self):
        """The mirror has said that it has them, and so have the segments: the state's news are behind that."""
        last = self.last(self.segments()[-1])

        def read():
            rows = [json.loads(line)["command"] for line in
                    self.usher("journal", "dump", "--json").stdout.splitlines()]
            told = {"mirror": 0, "facts": 0}
            for row in rows:
                if row["message"] == "cmd_news_read":
                    told[row["reader"]] = row["upto"]
            return min(told.values()) >= last
        until(read, "the ledger knows that command %d is in a segment and in the mirror" % last, 60)

    def archive(self):
        """A day goes by, and what was told is in a segment."""
        before = len(self.segments())
        self.advance("25 hours")
        until(lambda: len(self.segments()) > before, "a segment is written", 30)

    def lose_mirror(self):
        for tail in ("", "-wal", "-shm"):
            if os.path.exists(mirror_path(self.site) + tail):
                os.remove(mirror_path(self.site) + tail)

    def test_a_lost_mirror_comes_back_with_its_history(self):
        self.site.start()
        for _ in range(2):
            self.pay_some()
            self.archive()
        self.dropped()
        self.pay_some()
        before = self.facts()
        self.assertEqual(len(before["fact_paid"]), 90)
        self.site.stop()

        # Without the segments they are gone: it is these that they come from.
        self.lose_mirror()
        os.rename(os.path.join(self.data, "facts"), os.path.join(self.data, "aside"))
        self.site.start()
        self.assertEqual(len(self.facts()["fact_paid"]), 30)
        self.site.stop()
        shutil.rmtree(os.path.join(self.data, "facts"), ignore_errors=True)
        os.rename(os.path.join(self.data, "aside"), os.path.join(self.data, "facts"))

        self.lose_mirror()
        self.site.start()
        self.assert_same_history(before, self.facts())
        # While usher runs; and by the verb.
        self.lose_mirror()
        until(lambda: os.path.exists(mirror_path(self.site)), "there is a new one")
        self.assert_same_history(before, self.facts())
        self.usher("mirror", "rebuild")
        until(lambda: not os.path.exists(mirror_path(self.site) + ".rebuild"), "it is taken up")
        self.assert_same_history(before, self.facts())
        self.assertEqual(os.stat(self.segments()[0]).st_mode & 0o777, 0o600)

    def test_backup_verify_and_dump(self):
        self.site.start()
        self.pay_some()
        self.archive()
        self.dropped()
        self.pay_some()
        before = self.facts()
        backup = os.path.join(self.site.folder, "backup")
        self.usher("backup", backup)
        found = json.loads(self.site.cli("verify", "--data-dir", backup, "--json").stdout)
        self.assertEqual((found["equal"], found["fact_segments"]), (True, 1))
        rows = [json.loads(line) for line in self.usher("facts", "dump", "--json").stdout.splitlines()]
        self.assertEqual(len(rows), found["facts"])
        self.assertEqual([(row["sequence"], row["n"]) for row in rows if row["fact"] == "paid"],
                         [row[:2] for row in before["fact_paid"][:30]])
        paid = next(row for row in rows if row["fact"] == "paid")
        self.assertEqual((paid["says"]["telegram_id"], paid["says"]["amount"]), (1, "9.00"))
        line = self.usher("facts", "dump", "--from", str(paid["sequence"]), "--to", str(paid["sequence"])).stdout
        self.assertIn(' paid telegram_id=1 gateway="stripe"', line)
        self.usher("facts", "paint", code=2)

        # What comes from it has the same history.
        self.site.stop()
        shutil.rmtree(self.data)
        os.rename(backup, self.data)
        self.site.start()
        self.assert_same_history(before, self.facts())

        # A damaged segment is named; the mirror comes back without it, and with it when it is mended.
        (path,) = self.segments()
        with open(path, "rb") as file:
            good = file.read()
        with open(path, "wb") as file:
            file.write(good[:200] + bytes([good[200] ^ 1]) + good[201:])
        self.assertIn(path, self.usher("verify", code=1).stderr)
        self.usher("mirror", "rebuild")
        until(lambda: " facts_not_read " in self.site.usher.log(), "it is said")
        self.assertIn(" WARN facts_not_read ", self.site.usher.log())
        self.assertIn(os.path.basename(path), self.site.usher.log())
        self.assertEqual(self.facts()["fact_paid"], before["fact_paid"][30:])
        with open(path, "wb") as file:
            file.write(good)
        self.usher("mirror", "rebuild")
        until(lambda: not os.path.exists(mirror_path(self.site) + ".rebuild"), "it is taken up")
        self.assert_same_history(before, self.facts())

    def test_they_are_kept_as_long_as_is_said(self):
        self.site.write_config(more=CLOCK + "journal: {facts_keep: 3 days}\n")
        self.site.start()
        self.pay_some(3)
        self.archive()
        (path,) = self.segments()
        self.pay_some(3)
        self.archive()
        self.assertIn(path, self.segments())
        self.advance("49 hours")
        until(lambda: path not in self.segments(), "it goes", 30)
        self.assertIn("INFO facts_retired segments=1", self.site.usher.log())
        self.assertGreaterEqual(len(self.segments()), 1)

    def kill_when(self, there, what):
        """Looks without a pause, so that usher is killed within a moment."""
        deadline = time.monotonic() + 30
        while not there():
            self.assertLess(time.monotonic(), deadline, what)
        self.site.kill()

    def told(self):
        """As far as the ledger knows the segments to be."""
        return max([row["upto"] for row in
                    (json.loads(line)["command"] for line in
                     self.usher("journal", "dump", "--json").stdout.splitlines())
                    if row["message"] == "cmd_news_read" and row["reader"] == "facts"], default=0)

    def test_kills(self):
        """Between the segment and the dropping, in the middle of either, and while the mirror is built."""
        self.site.start()
        between = 0
        for turn in range(6):
            self.pay_some(40)
            before = len(self.segments())
            parts = len(self.segments(".part"))
            self.advance("25 hours")
            if turn % 3 == 0:
                self.kill_when(lambda n=before: len(self.segments()) > n, "a segment is written")
                between += self.told() < self.last(self.segments()[-1])
            elif turn % 3 == 1:
                self.kill_when(lambda n=before, m=parts: len(self.segments(".part")) > m or len(self.segments()) > n,
                               "a segment is begun")
            else:
                until(lambda n=before: len(self.segments()) > n, "a segment is written", 30)
                self.kill_when(lambda: self.told() == self.last(self.segments()[-1]), "the ledger was told")
            self.site.start()
            until(lambda: self.segments(".part") == [], "what was half written is gone, or written anew")
        self.assertGreater(between, 0)  # else this test would be another one
        before = self.facts()
        self.assertEqual(len(before["fact_paid"]), 240)
        self.dropped()

        # It was never deleted; now it is, and it is built in spite of kills.
        self.site.stop()
        self.lose_mirror()
        for delay in (0.0, 0.02, 0.1):
            self.site.start(ready=False)
            time.sleep(delay)
            self.site.kill()
        self.site.start()
        self.assert_same_history(before, self.facts())


if __name__ == "__main__":
    unittest.main()
