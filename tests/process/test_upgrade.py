"""Another usher, of other rules, takes over a data directory: an epoch ends and one begins."""
import datetime
import glob
import json
import os
import shutil
import threading
import time
import unittest

import helpers
from helpers import NEXT, USHER, Program, Site, Telegram, free_ports, until

SENDERS = 4


class Upgrades(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = Site(self.telegram.url(), http_port=free_ports(1)[0])
        self.addCleanup(self.site.close)
        self.data = os.path.join(self.site.folder, "var")

    def usher(self, *arguments, code=0):
        done = self.site.cli(*arguments, "--config", self.site.config)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done

    def json(self, *arguments):
        return json.loads(self.usher(*arguments, "--json").stdout)

    def dump(self):
        """(sequence, command) of all in the journal."""
        rows = [json.loads(line) for line in self.usher("journal", "dump", "--json").stdout.splitlines()]
        return [(row["sequence"], row["command"]) for row in rows]

    def upgrades(self):
        return [(sequence, command["rules"], command["from"]) for sequence, command in self.dump()
                if command["message"] == "cmd_upgrade"]

    def checkpoints(self):
        return sorted(os.path.basename(path) for path in glob.glob(os.path.join(self.data, "epochs", "*")))

    def start_and_end(self):
        """Starts usher, which is to end by itself; its log."""
        usher = Program([self.site.program, "run", "--config", self.site.config])
        code = usher.process.wait(timeout=helpers.PATIENCE)
        usher.stop()
        self.assertEqual(code, 1, usher.log())
        return usher.log()

    def pay_some(self, first, count=5):
        for i in range(first, first + count):
            self.assertEqual(self.site.pay(i).status, 200)
        until(lambda: self.site.member(first + count - 1), "applied")

    def verified(self):
        found = self.json("verify")
        self.assertTrue(found["equal"])
        return found


class Upgrade(Upgrades):
    def test_under_load(self):
        """Payments flow through the door while one usher ends and the next begins: each 2xx is in the state, once."""
        self.site.start()
        accepted, stop, lock = [], threading.Event(), threading.Lock()

        def send(number):
            member = 1000 * (number + 1)
            while not stop.is_set():
                try:
                    status = self.site.pay(member).status
                except (OSError, helpers.http.client.HTTPException):
                    status = 0
                if status == 200:
                    with lock:
                        accepted.append(member)
                    member += 1
                else:
                    time.sleep(0.02)  # the gateway asks again
        senders = [threading.Thread(target=send, args=(number,)) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            until(lambda: len(accepted) > 100, "payments flow")
            self.assertEqual(self.site.stop(), 0)
            before = len(accepted)
            self.site.program = NEXT
            self.site.start()
            self.assertIn("INFO epoch_begins", self.site.usher.log())
            self.assertNotIn("upgrade_behind", self.site.usher.log())
            until(lambda: len(accepted) > before + 100, "payments flow again")
        finally:
            stop.set()
            for sender in senders:
                sender.join()
        for member in accepted:
            until(lambda m=member: self.site.member(m), "member %d" % member)
            self.assertEqual(len(self.site.member(member)["payments"]), 1, member)
        (first, second) = self.upgrades()
        self.assertEqual(first, (1, 1, 1))
        self.assertEqual(second[1:], (1000, second[0]), "it is the first command of its epoch")
        self.assertEqual(self.checkpoints(), ["%020d" % (second[0] - 1)])
        found = self.verified()
        self.assertEqual((found["epoch"], found["rules"], found["from"]), (2, 1000, second[0]))

        # It was the door for good: the one of before knows what it does not know.
        self.assertEqual(self.site.stop(), 0)
        self.site.program = USHER
        self.assertIn("rules 1000", self.start_and_end())
        self.assertIn("rules 1000", self.usher("verify", code=1).stderr)
        self.assertIn("rules 1000", self.usher("journal", "rebuild", code=1).stderr)
        self.site.program = NEXT
        self.verified()

    def test_cut_before_the_epoch_begins(self):
        """Twice the next usher ends when it has kept the state and before cmd_upgrade."""
        self.site.start()
        self.pay_some(100)
        self.assertEqual(self.site.stop(), 0)
        last = self.dump()[-1][0]
        kept = os.path.join(self.site.folder, "kept")
        shutil.copytree(self.data, kept)
        self.site.program = NEXT
        for _ in range(2):
            self.site.start()
            self.site.kill()
            for name in ("journal", "state"):  # as if it had not come so far
                shutil.rmtree(os.path.join(self.data, name))
                shutil.copytree(os.path.join(kept, name), os.path.join(self.data, name))
            self.assertEqual(self.checkpoints(), ["%020d" % last])
            self.assertEqual(len(self.upgrades()), 1)
            half = os.path.join(self.data, "epochs", "partial.abcdef")
            os.mkdir(half)
            with open(os.path.join(half, "data.mdb"), "wb") as file:
                file.write(b"half")
        self.site.start()
        self.assertEqual(self.upgrades()[1:], [(last + 1, 1000, last + 1)])
        self.assertEqual(self.checkpoints(), ["%020d" % last])
        self.pay_some(200)
        self.assertEqual(self.verified()["from"], last + 1)

    def test_kills(self):
        """kill -9 at any moment of an upgrade; then it is done once."""
        self.site.start()
        self.pay_some(100)
        self.assertEqual(self.site.stop(), 0)
        last = self.dump()[-1][0]
        self.site.program = NEXT
        for number in range(8):
            usher = Program([NEXT, "run", "--config", self.site.config])
            if number % 2 == 0:
                until(lambda u=usher: "epoch_begins" in u.log() or "ready" in u.log(), "it goes on", 5)
            time.sleep(0.004 * number)
            usher.stop(helpers.signal.SIGKILL)
        self.site.start()
        (_, (at, rules, since)) = self.upgrades()
        self.assertEqual((at, rules, since), (last + 1, 1000, last + 1))
        self.pay_some(200)
        self.assertEqual(self.verified()["from"], last + 1)

    def test_what_waited_is_of_the_new_rules(self):
        """A state that was behind its journal when the program changed."""
        self.site.start()
        self.pay_some(100)
        self.assertEqual(self.usher("backup", os.path.join(self.site.folder, "old")).returncode, 0)
        self.pay_some(200)
        self.assertEqual(self.site.stop(), 0)
        shutil.rmtree(os.path.join(self.data, "state"))
        shutil.copytree(os.path.join(self.site.folder, "old", "state"), os.path.join(self.data, "state"))
        self.site.program = NEXT
        self.site.start()
        self.assertIn("WARN upgrade_behind", self.site.usher.log())
        self.assertIn("SIGTERM", self.site.usher.log())
        until(lambda: self.site.member(204), "applied")
        (at, _, since) = self.upgrades()[1]
        self.assertLess(since, at)
        self.assertEqual(self.checkpoints(), ["%020d" % (since - 1)])
        self.assertEqual(self.verified()["from"], since)

    def test_checkpoint_and_rebuild(self):
        self.site.start()
        self.pay_some(100)
        self.assertEqual(self.site.stop(), 0)
        self.site.program = NEXT
        self.site.start()
        self.pay_some(200)
        begun = self.upgrades()[1][0]
        kept = self.json("journal", "checkpoint")  # while it runs
        self.assertEqual(kept["epoch"], 2)
        self.pay_some(300)
        self.assertEqual(self.site.stop(), 0)
        self.assertEqual(self.json("journal", "checkpoint"), self.json("journal", "checkpoint"))
        kept = self.json("journal", "checkpoint")["applied"]
        self.assertEqual(self.verified()["from"], kept + 1)
        found = self.json("journal", "verify", "--from-start")
        self.assertEqual((found["from"], found["equal"]), (begun, True))

        # The state gone, or damaged: it is made again, equal.
        self.usher("journal", "trim", "--keep", "3", "--no-verify")
        for gone in (False, True):
            for folder in glob.glob(os.path.join(self.data, "epochs", "*"))[1:]:
                shutil.rmtree(folder)
            if gone:
                shutil.rmtree(os.path.join(self.data, "state"))
            built = self.json("journal", "rebuild")
            self.assertEqual(built["state"], found["state"])
        self.assertTrue(os.path.isdir(os.path.join(self.data, "state.old")))
        self.assertEqual(self.verified()["state"], found["state"])
        self.site.start()
        self.pay_some(400)
        self.usher("journal", "rebuild", code=1)  # it runs
        self.verified()

        # Without the checkpoint there is nothing to begin with.
        self.assertEqual(self.site.stop(), 0)
        shutil.rmtree(os.path.join(self.data, "epochs"))
        self.assertIn("checkpoint", self.usher("verify", code=1).stderr)

    def test_all_again_by_the_rules_of_today(self):
        """The state moved away: the next start makes it from the first command, and that is an epoch from there."""
        self.site.start()
        self.pay_some(100)
        self.assertEqual(self.site.stop(), 0)
        self.site.program = NEXT
        self.site.start()
        self.pay_some(200)
        self.assertEqual(self.site.stop(), 0)
        shutil.rmtree(os.path.join(self.data, "state"))
        self.site.start()
        until(lambda: self.site.member(204), "applied")
        self.assertEqual(self.upgrades()[-1][2], 1)
        found = self.verified()
        self.assertEqual((found["from"], found["rules"]), (1, 1000))


class Trimming(Upgrades):
    """The journal is kept short while usher runs, by the test clock."""
    more = "test_clock: true\njournal: {keep: 1 hour, archive_keep: 40 days}\n"

    def setUp(self):
        super().setUp()
        self.site.write_config(more=self.more)
        self.site.start()

    def now(self):
        text = self.site.api("GET", "clock").json["now"]
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    def advance(self, text):
        self.assertEqual(self.site.api("POST", "clock", {"advance": text}).status, 200)

    def pay_some(self, first, count=30):
        now = self.now()
        for i in range(first, first + count):
            event = helpers.stripe_checkout(i)
            answer = self.site.hook("stripe", *helpers.stripe_signed(event, at=now))
            self.assertEqual(answer.status, 200, answer)
        last = str(first + count - 1)  # what goes is what the state has on disk: what a verb sees
        until(lambda: self.site.cli("member", "show", last, "--config", self.site.config).returncode == 0,
              "committed")

    def head(self):
        return int(self.site.metric("usher_journal_head"))

    def trimmed(self, beyond):
        until(lambda: self.head() > beyond and "INFO journal_trimmed head=%d" % self.head() in
              self.site.usher.log(), "the journal is trimmed beyond %d:\n%s" % (beyond, self.site.usher.log()))
        self.assertGreater(self.dump()[0][0], beyond)

    def segments(self):
        return sorted(glob.glob(os.path.join(self.data, "archive", "segment-*.seg")))

    def test_online(self):
        self.pay_some(1000)
        self.assertEqual(self.head(), 1)
        self.advance("26 hours")
        self.trimmed(30)
        self.assertEqual(self.verified()["from"], 1)
        self.pay_some(2000)
        kept = self.json("journal", "checkpoint")["applied"]
        self.advance("26 hours")
        self.trimmed(kept - 10)
        self.assertEqual(len(self.segments()), 2)
        self.assertEqual(self.verified()["from"], kept + 1)
        self.assertTrue(self.json("verify", "--from-start")["equal"])
        backup = os.path.join(self.site.folder, "backup")
        self.usher("backup", backup)
        self.assertEqual(self.site.cli("verify", "--data-dir", backup).returncode, 0)

        # All is there to make the state again; also after a kill in the middle of it.
        self.pay_some(3000)
        self.assertEqual(self.site.stop(), 0)
        state = self.verified()["state"]
        shutil.rmtree(os.path.join(self.data, "state"))
        self.assertEqual(self.json("journal", "rebuild")["state"], state)
        os.rename(os.path.join(self.data, "state"), os.path.join(self.data, "state.new"))
        self.site.start()  # the renaming is ended
        self.assertIsNotNone(self.site.member(3001))

        # What is too old goes, as far as a checkpoint stands in for it.
        self.advance("39 days")
        self.advance("2 days")
        until(lambda: "INFO archive_retired segments=2 checkpoints=0" in self.site.usher.log(), "it goes")
        found = self.verified()
        self.assertEqual(found["from"], kept + 1)
        self.assertEqual(self.json("verify", "--from-start")["from"], kept + 1)
        self.assertEqual(self.site.stop(), 0)
        self.usher("journal", "rebuild")
        self.verified()
        shutil.rmtree(os.path.join(self.data, "epochs"))
        self.usher("verify", code=1)

    def test_a_reload_says_how_long(self):
        self.pay_some(1000)
        self.site.write_config(more=self.more.replace("1 hour", "10 days"))
        self.site.usher.process.send_signal(helpers.signal.SIGHUP)
        until(lambda: "INFO reloaded" in self.site.usher.log(), "reloaded")
        self.advance("9 days")
        self.assertNotIn("journal_archived", self.site.usher.log())
        self.advance("3 days")
        self.trimmed(30)

    def test_kills(self):
        """Between archiving and dropping, or while it drops: nothing is lost, and it goes on."""
        for number in range(6):
            self.pay_some(1000 * (number + 1))
            before = len(self.segments())
            self.advance("26 hours")
            until(lambda b=before: len(self.segments()) > b, "archived")
            time.sleep(0.01 * number)
            self.site.kill()
            self.assertTrue(self.json("verify")["equal"])
            self.site.start()
        self.advance("26 hours")
        self.trimmed(150)
        self.verified()


if __name__ == "__main__":
    unittest.main()
