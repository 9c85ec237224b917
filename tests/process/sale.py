"""A sale against a running usher: buyers who pay through all gateways, with refunds, repetitions and forgeries among
them, sent by threads that keep at it as gateways do; and the audit of what came of it. Whoever runs one breaks
what it likes meanwhile. All decisions come from one seed (not the threads' interleaving)."""
import collections
import http.client
import json
import os
import queue
import random
import threading
import time

import gateways
from auditor import Auditor, Payment
from contract import ContractSite
from helpers import CORE, PATIENCE, STARTER, Telegram, free_ports, request, until

SENDERS = 8
LEASE = 60  # seconds after which what was lost between usher's processes comes again
PAUSE = 0.2  # at most, between what one sender does; so that most of what is broken comes in the middle of it
PRICES = {"starter": ((900, 1), (7900, 12)), "core": ((2900, 1), (29900, 12))}  # cents, months
FIRST_FORGED = 10_000_000
# A wider limit than Telegram's for the whole bot, so that the sale is over in time, but narrow enough to be
# reached; the simulator is told the same. One message a second to each chat stays.
PER_SECOND = 120
CHANGES = (("per_second: 30,", "per_second: %d," % PER_SECOND), ("seats: 500", "seats: 1000000"),
           ("language: en}", "language: en, removals_per_hour: 1000000}"))


def seed_of_run():
    """USHER_SEED, or a new one."""
    return int(os.environ.get("USHER_SEED", random.SystemRandom().randrange(1 << 32)))


def plain(_, port, path, headers, body, timeout):
    """How a sender sends: the status, or None when there was no answer."""
    try:
        return request(port, "POST", path, body, dict(headers), timeout=timeout).status
    except (OSError, http.client.HTTPException):  # cut off, maybe in the middle of it
        return None


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

    def post(self, gateway, body, headers, way=None):
        self.doing = "an answer of %s, since %s" % (gateway, time.strftime("%T"))
        status = (way or self.sale.way)(
            self.random, self.sale.site.port, "/hooks/" + gateway.name,
            [("Content-Type", "application/json"), *headers.items()], body, self.sale.timeout)
        if status == 200:
            self.sale.on_accepted()
        self.doing = "answered %s" % status
        return status

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

    def leave(self, gateway, payment, kind, body, event_id):
        """Sends it and does not wait for the answer, once or twice; it is delivered at the end of the sale."""
        payment.unsure = True
        for _ in range(self.random.choice((1, 1, 2))):
            self.post(gateway, body, gateway.sign(body, event_id=event_id), self.sale.way_to_leave)
        self.sale.left.append((gateway, payment, kind, body, event_id))

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


class Sale:
    """With it: a simulator, an usher and the senders run; when it fails, usher's folder stays and is named.

    make_site(api_url, *changes): what usher is; to_usher(url): the api_url that usher is given."""

    def __init__(self, seed, make_site=ContractSite, changes=(), to_usher=lambda url: url, timeout=10):
        self.random = random.Random(seed)
        self.auditor = Auditor()
        self.way = plain
        self.way_to_leave = None  # set: some payments are only ever sent this way, until the sale is over
        self.timeout = timeout
        self.on_accepted = lambda: None
        self.jobs = queue.Queue()
        self.left = []
        self.hidden = 0  # letters whose answer was kept by faults that are over
        self.late = []  # who writes to the bot only when all is over
        self.next_member = 1
        self.telegram = Telegram("--per-second", str(PER_SECOND), "--seed", str(self.random.randrange(1 << 32)))
        self.site = None
        try:
            self.site = make_site(to_usher(self.telegram.url()), *CHANGES, *changes)
            self.site.write_config(http_port=self.site.values["http_port"] or free_ports(1)[0])
            self.site.start()
        except BaseException:
            self.close()
            raise
        self.senders = [Sender(self, self.random.random()) for _ in range(SENDERS)]
        for sender in self.senders:
            sender.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if kind is not None:
            for name, what in (("report", self.telegram.report()), ("excuses", self.auditor.excuses)):
                with open(os.path.join(self.site.folder, name + ".json"), "w", encoding="utf-8") as file:
                    json.dump(what, file, indent=1)
            print("usher's folder, configuration and logs are left in %s" % self.site.keep(), flush=True)
        self.close()

    def close(self):
        if self.site is not None:
            self.site.close()
        self.telegram.close()

    def open_the_doors(self, buyers):
        """One round's buyers and what they do, put into the queue of the senders."""
        first, self.next_member = self.next_member, self.next_member + buyers
        late = [user for user in range(first, first + buyers) if self.random.random() < 0.05]
        self.late += late
        # Who gave four links of a group away in a day gets no other (tests/scenarios/group-guests.txt).
        behaviour = {"follow": 1, "forward": 0.1, "forward_max": 3, "delay_ms": [0, 500]}
        for ids, start in ((late, False), ([u for u in range(first, first + buyers) if u not in late], True)):
            if ids:
                self.telegram.sim("POST", "/users", {"ids": ids, "start": start, "behaviour": behaviour,
                                                     "spread_ms": 500})
        jobs = [self.purchase(user) for user in range(first, first + buyers)]
        jobs += [self.forgery(FIRST_FORGED + first + n) for n in range(buyers // 5)]
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
        leaves = self.way_to_leave is not None and len(events) == 1 and self.random.random() < 0.3

        def job(sender):
            for event in events:
                (sender.leave if leaves else sender.deliver)(*event)
        return job

    def forgery(self, member):
        gateway = self.random.choice(gateways.ALL)
        return lambda sender: sender.forge(gateway, member)

    def calls(self):
        """How many calls usher has made but for those that ask for updates."""
        return sum(sum(results.values()) for method, results in self.telegram.report(False)["calls"].items()
                   if method not in ("getUpdates", "getMe"))

    def get_into_flow(self, patience=PATIENCE * 3):
        before = self.calls()
        until(lambda: self.calls() > before + PER_SECOND / 4, "calls are made", patience)

    def await_confirmation(self, patience=2):
        """Until usher has confirmed updates to Telegram, which forgets them then; a while at most."""
        def confirmed():
            return self.telegram.report(False)["bots"][0]["updates"]["confirmed"]
        before = confirmed()
        deadline = time.monotonic() + patience
        while confirmed() == before and time.monotonic() < deadline:
            continue

    def finish(self, patience):
        """Faults are over: what was sent is answered, what was only sent is delivered, and the audit."""
        self.clear_faults()
        self.answered(patience)
        if self.left:
            self.audit_unsure()
            for event in self.left:
                self.jobs.put(lambda sender, event=event: sender.deliver(*event))
            self.answered(patience)
        for _ in self.senders:
            self.jobs.put(None)
        for user in self.late:
            self.telegram.user(user, "start")
        self.audit(patience)

    def answered(self, patience):
        try:
            until(lambda: self.jobs.unfinished_tasks == 0, "all is answered 2xx", patience)
        except AssertionError as error:
            raise AssertionError("%d jobs are left, senders wait for %s; %s" % (
                self.jobs.unfinished_tasks, [sender.doing for sender in self.senders],
                dict(self.auditor.counts))) from error

    def audit_unsure(self):
        complaints = []
        for member, payments in self.auditor.by_member().items():
            if any(payment.unsure for payment in payments):
                complaints += self.auditor.check_unsure(payments, self.site.member(member))
        check(complaints == [], complaints)

    def audit(self, patience):
        auditor = self.auditor
        check(auditor.odd == [], auditor.odd)
        for chat in (STARTER, CORE):
            expected = auditor.inside(chat)
            check(expected, "nobody must be in %d" % chat)
            try:
                until(lambda: self.inside(chat) == expected, "all are inside", patience)
            except AssertionError as error:
                found = self.inside(chat)
                raise AssertionError("in %d are missing %s, and wrongly there %s" % (
                    chat, self.stories(expected - found), self.stories(found - expected))) from error
        self.site.applied(LEASE + patience)
        complaints = []
        for member, payments in auditor.by_member().items():
            complaints += auditor.check_member(payments, self.site.member(member))
            complaints += auditor.check_letters(payments, self.telegram.messages(member))
        for member in auditor.forged:
            if self.site.member(member) is not None:
                complaints.append("%d was only ever named by forgeries" % member)
        report = self.telegram.report()
        check(complaints == [], complaints)
        allowed = self.hidden
        check(len(auditor.repeats) <= allowed, "%d may come again, did: %s" % (allowed, auditor.repeats))
        check((report["violation_count"], report["violations"]) == (0, []), report["violations"])
        dead = self.site.api("GET", "queue?state=dead").json["deliveries"]
        check(dead == [], dead)
        check(self.site.api("GET", "status").json["unsettled"] == 0, "payments are unsettled")
        code = self.site.stop()
        check(code == 0, "usher stopped with %s" % code)
        for verb in (("journal", "verify"), ("verify",)):
            verified = self.site.cli(*verb, "--json", "--config", self.site.config)
            check(verified.returncode == 0 and json.loads(verified.stdout)["equal"] is True,
                  verified.stdout + verified.stderr)

    def clear_faults(self):
        """Telegram's; how many there were. Of a letter that went out and whose answer Telegram kept to itself,
        another may come."""
        faults = self.telegram.sim("POST", "/faults/clear")["faults"]
        self.hidden += sum(fault["fired"] for fault in faults
                           if fault["kind"] in ("timeout_after_effect", "drop_after")
                           and fault["method"] in ("sendMessage", "*"))
        return sum(fault["fired"] for fault in faults)

    def story(self):
        """What happened, in one line."""
        counts = {str(name): count for name, count in self.auditor.counts.items()}
        peaks = self.telegram.report(False)["peaks"].get("usher_bot", {})
        return "%d members, %s, %s" % (
            len(self.auditor.by_member()), json.dumps(collections.OrderedDict(sorted(counts.items()))),
            {window: peak["count"] for window, peak in peaks.items()})

    def inside(self, chat):
        return {member["user_id"] for member in self.telegram.members(chat)["members"]}

    def stories(self, members):
        by_member = self.auditor.by_member()
        return [(m, by_member.get(m), self.site.member(m), self.telegram.messages(m))
                for m in sorted(members)[:2]]


def check(good, complaint):
    if not good:
        raise AssertionError("%s" % (complaint,))
