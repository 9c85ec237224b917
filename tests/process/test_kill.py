"""The sale with the machine switched off again and again: kill -9 at random moments, and afterwards the
auditor finds every payment that was answered 2xx in force exactly once, and every payer inside.

USHER_SEED=N replays a seed (the schedule, not the threads' interleaving); ROUNDS=200 is the long form.
"""
import http.client
import json
import os
import queue
import random
import signal
import threading
import time
import unittest

import gateways
from auditor import Auditor, Payment
from contract import ContractSite
from helpers import CORE, PATIENCE, Program, STARTER, Telegram, USHER, request, until

ROUNDS = int(os.environ.get("ROUNDS", "20"))
SENDERS = 8
BUYERS = 30  # new ones in each round
PAUSE = 0.2   # at most, between what one sender does; so that most kills come in the middle of it
PRICES = {"starter": ((900, 1), (7900, 12)), "core": ((2900, 1), (29900, 12))}  # cents, months
FIRST_FORGED = 10_000_000
# A wider limit than Telegram's for the whole bot, so that the sale is over in time, but narrow enough to be
# reached; the simulator is told the same. One message a second to each chat stays.
PER_SECOND = 120
# After a restart with work in hand usher is silent until no call of the process before can be counted any
# more, some 11 seconds. So most lives end in that silence, and every so many are left to get into full flow.
FLOW_EVERY = 5


class Trigger:
    """Kills at the very moment at which a sender has got its n-th 200: what was answered before it was on
    disk would be lost."""

    def __init__(self):
        self.lock = threading.Lock()
        self.left = 0
        self.pid = None
        self.shot = threading.Event()

    def arm(self, pid, answers):
        with self.lock:
            self.pid, self.left = pid, answers
            self.shot.clear()

    def disarm(self):
        with self.lock:
            self.left = 0

    def pull(self):
        with self.lock:
            if self.left == 0:
                return
            self.left -= 1
            if self.left == 0:
                os.kill(self.pid, signal.SIGKILL)
                self.shot.set()


class Sender(threading.Thread):
    """A gateway: sends each event until it is answered 2xx, some of them again afterwards."""

    def __init__(self, sale, seed):
        super().__init__(daemon=True)
        self.sale = sale
        self.random = random.Random(seed)
        self.doing = None

    def run(self):
        while (job := self.sale.jobs.get()) is not None:
            time.sleep(self.random.uniform(0, PAUSE))
            try:
                job(self)
            except BaseException as error:  # the main thread shows it
                self.sale.auditor.odd.append(repr(error))
            self.sale.jobs.task_done()

    def post(self, gateway, body, headers):
        """The status, or None when there was no answer."""
        self.doing = "an answer of %s, since %s" % (gateway, time.strftime("%T"))
        try:
            answer = request(self.sale.site.port, "POST", "/hooks/" + gateway.name, body,
                             {"Content-Type": "application/json", **headers}, timeout=10)
        except (OSError, http.client.HTTPException) as error:  # cut off, maybe in the middle of it
            self.doing = "%r" % error
            return None
        if answer.status == 200:
            self.sale.trigger.pull()
        self.doing = "%r" % answer
        return answer.status

    def deliver(self, gateway, payment, kind, body, event_id):
        """As gateways do: until 2xx, then sometimes once more."""
        again = self.random.choice((0, 0, 0, 1, 2))
        while True:
            status = self.post(gateway, body, gateway.sign(body, event_id=event_id))
            if status is None:
                time.sleep(self.random.uniform(0.01, 0.1))
                continue
            self.sale.auditor.answered(payment, kind, status)
            if status == 200:
                if again == 0:
                    return
                again -= 1
            elif status != 503:
                return
            time.sleep(self.random.uniform(0, 0.05))

    def forge(self, gateway, member):
        """Somebody without the secret; tried until there is an answer."""
        good = gateway.event("paid", member, "core", 29900, "forged_%d" % member)
        worse = good.replace(b"core", b"Core", 1)
        choices = [(good, gateway.sign(good, "whsec_" + "bm8=")), (good, {}),
                   (good, gateway.sign(worse))]
        if gateway.timed:
            choices.append((good, gateway.sign(good, at=time.time() - 3600)))
        body, headers = self.random.choice(choices)
        while (status := self.post(gateway, body, headers)) in (None, 503):
            time.sleep(self.random.uniform(0.01, 0.1))
        self.sale.auditor.forgery_answered(member, status)


class Sale(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("USHER_SEED", random.SystemRandom().randrange(1 << 32)))
        print("USHER_SEED=%d ROUNDS=%d" % (self.seed, ROUNDS), flush=True)
        self.random = random.Random(self.seed)
        self.auditor = Auditor()
        self.trigger = Trigger()
        self.jobs = queue.Queue()
        self.late = []  # who writes to the bot only when all is over
        self.next_member = 1
        self.telegram = Telegram("--per-second", str(PER_SECOND), "--seed", str(self.seed))
        self.addCleanup(self.telegram.close)
        self.site = ContractSite(self.telegram.url(), ("per_second: 30,", "per_second: %d," % PER_SECOND),
                                 ("seats: 500", "seats: 1000000"),
                                 ("language: en}", "language: en, removals_per_hour: 1000000}"))
        self.addCleanup(self.site.close)

    def test_kill(self):
        try:
            self.sale()
        except BaseException:
            usher = self.site.usher
            if usher is not None:
                print("usher: exit code %s\n%s" % (usher.process.poll(), usher.log()[-4000:]))
            raise

    def sale(self):
        self.site.start()
        self.site.write_config(http_port=self.site.port)  # the same one in all lives
        for kind, probability in (("http_500", 0.02), ("http_502", 0.01), ("drop_before", 0.01),
                                  ("slow", 0.3)):  # so that many calls are under way at a kill
            self.telegram.sim("POST", "/faults", {"method": "*", "kind": kind, "delay_ms": 300,
                                                  "probability": probability})
        senders = [Sender(self, self.random.random()) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        for number in range(1, ROUNDS + 1):
            self.open_the_doors()
            if number % FLOW_EVERY == 0:
                self.get_into_flow()
                self.kill(self.random.uniform(0, 1.5))
            elif self.random.random() < 0.6:
                self.kill(2, self.random.randrange(1, 25))
            else:
                self.kill(self.random.choice((self.random.uniform(0, 0.1), self.random.uniform(0, 3))))
        self.telegram.sim("POST", "/faults/clear")
        try:
            until(lambda: self.jobs.unfinished_tasks == 0, "all is answered 2xx",
                  PATIENCE * 3 + ROUNDS)
        except AssertionError:
            self.fail("%d jobs are left, senders wait for %s; %s; usher says:\n%s" % (
                self.jobs.unfinished_tasks, [sender.doing for sender in senders],
                dict(self.auditor.counts), self.site.usher.log()[-4000:]))
        for sender in senders:
            self.jobs.put(None)
        for user in self.late:
            self.telegram.user(user, "start")
        self.audit()

    def get_into_flow(self):
        before = self.calls()
        until(lambda: self.calls() > before + PER_SECOND / 4, "calls are made", PATIENCE * 3)

    def calls(self):
        return sum(sum(results.values()) for method, results in self.telegram.report()["calls"].items()
                   if method not in ("getUpdates", "getMe"))

    def open_the_doors(self):
        """One round's buyers and what they do, put into the queue of the senders."""
        first, self.next_member = self.next_member, self.next_member + BUYERS
        late = [user for user in range(first, first + BUYERS) if self.random.random() < 0.05]
        self.late += late
        behaviour = {"follow": 1, "forward": 0.1, "delay_ms": [0, 500]}
        for ids, start in ((late, False), ([u for u in range(first, first + BUYERS) if u not in late], True)):
            if ids:
                self.telegram.sim("POST", "/users", {"ids": ids, "start": start, "behaviour": behaviour,
                                                     "spread_ms": 500})
        jobs = [self.purchase(user) for user in range(first, first + BUYERS)]
        jobs += [self.forgery(FIRST_FORGED + first + n) for n in range(BUYERS // 5)]
        self.random.shuffle(jobs)
        for job in jobs:
            self.jobs.put(job)

    def purchase(self, user):
        plan = self.random.choice(("starter", "starter", "core"))
        events = []
        for n in range(self.random.choice((1, 1, 1, 2, 3))):
            gateway = self.random.choice(gateways.ALL)
            amount, months = self.random.choice(PRICES[plan])
            payment = Payment(gateway.name, "p-%d-%d-" % (user, n), user, plan, amount, months)
            self.auditor.expect(payment)
            paid = (gateway, payment, "paid", gateway.event(
                "paid", user, plan, amount, payment.payment_id), "e-%d-%d-paid" % (user, n))
            refund = (gateway, payment, "refunded", gateway.event(
                "refunded", user, plan, amount, payment.payment_id), "e-%d-%d-refund" % (user, n))
            fate = self.random.random()
            events += [refund, paid] if fate < 0.03 else [paid, refund] if fate < 0.1 else [paid]

        def job(sender):
            for event in events:
                sender.deliver(*event)
        return job

    def forgery(self, member):
        gateway = self.random.choice(gateways.ALL)
        return lambda sender: sender.forge(gateway, member)

    def kill(self, delay, answers=0):
        """Lets usher live that long, or until it has answered so many; kills it, starts it again, and now
        and then kills it while it starts."""
        before = time.time() * 1000
        if answers > 0:
            self.trigger.arm(self.site.usher.process.pid, answers)
            self.trigger.shot.wait(delay)
            self.trigger.disarm()
        else:
            time.sleep(delay)
            before = time.time() * 1000
        self.kill_now(before)
        while self.random.random() < 0.2:
            self.site.usher = Program([USHER, "run", "--config", self.site.config], self.site.env)
            time.sleep(self.random.uniform(0, 0.06))
            self.kill_now(time.time() * 1000)
        self.site.start(ready=False)

    def kill_now(self, before):
        code = self.site.kill()
        self.auditor.kills.append((before - 1, time.time() * 1000 + 1))
        self.assertEqual(code, -signal.SIGKILL, "it had died before")

    def audit(self):
        auditor = self.auditor
        self.assertEqual(auditor.odd, [])
        for chat in (STARTER, CORE):
            expected = auditor.inside(chat)
            self.assertTrue(expected)
            try:
                until(lambda: self.inside(chat) == expected, "all are inside", PATIENCE * 3 + ROUNDS)
            except AssertionError:
                found = self.inside(chat)
                self.fail("in %d are missing %s, and wrongly there %s" % (
                    chat, self.stories(expected - found), self.stories(found - expected)))
        self.site.applied()
        complaints = []
        for member, payments in auditor.by_member().items():
            complaints += auditor.check_member(payments, self.site.member(member))
            complaints += auditor.check_letters(payments, self.telegram.messages(member))
        for member in auditor.forged:
            if self.site.member(member) is not None:
                complaints.append("%d was only ever named by forgeries" % member)
        report = self.telegram.report()
        print("%d kills, %d members, %s, %s" % (
            len(auditor.kills), len(auditor.by_member()), dict(auditor.counts),
            {window: peak["count"] for window, peak in report["peaks"]["usher_bot"].items()}), flush=True)
        self.assertEqual(complaints, [])
        self.assertEqual((report["violation_count"], report["violations"]), (0, []))
        self.assertEqual(self.site.api("GET", "queue?state=dead").json["deliveries"], [])
        self.assertEqual(self.site.api("GET", "status").json["unsettled"], 0)
        self.assertEqual(self.site.stop(), 0)
        for verb in (("journal", "verify"), ("verify",)):
            verified = self.site.cli(*verb, "--json", "--config", self.site.config)
            self.assertEqual(verified.returncode, 0, verified.stderr)
            self.assertIs(json.loads(verified.stdout)["equal"], True)

    def inside(self, chat):
        return {member["user_id"] for member in self.telegram.members(chat)["members"]}

    def stories(self, members):
        by_member = self.auditor.by_member()
        return [(m, by_member.get(m), self.site.member(m), self.telegram.messages(m))
                for m in sorted(members)[:2]]


if __name__ == "__main__":
    unittest.main()
