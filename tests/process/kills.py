"""A sale in which usher, or some of its processes, are killed with -9 round after round; what the two kill tests
share. USHER_SEED=N replays a seed, ROUNDS=200 is the long form."""
import os
import signal
import threading
import time
import unittest

from contract import ContractSite
from helpers import PATIENCE
from sale import Sale, seed_of_run

# After a restart with work in hand usher is silent until no call of the process before can be counted any
# more, some 11 seconds. So most lives end in that silence, and every so many are left to get into full flow.
FLOW_EVERY = 5


class Trigger:
    """Kills at the very moment at which a sender has got its n-th 200: what was answered before it was on
    disk would be lost."""

    def __init__(self):
        self.lock = threading.Lock()
        self.left = 0
        self.pids = ()
        self.shot = threading.Event()

    def arm(self, pids, answers):
        with self.lock:
            self.pids, self.left = pids, answers
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
                for pid in self.pids:
                    os.kill(pid, signal.SIGKILL)
                self.shot.set()


class Kills(unittest.TestCase):
    """A kind of it says who is killed in a round, and how that is done; see victims, strike,
    launch and start_again."""
    rounds = int(os.environ.get("ROUNDS", "20"))
    make_site = ContractSite
    buyers = 30   # new ones in each round
    timeout = 10  # of a sender

    def run_sale(self):
        seed = seed_of_run()
        print("USHER_SEED=%d ROUNDS=%d" % (seed, self.rounds), flush=True)
        self.trigger = Trigger()
        self.kill_count = 0
        with Sale(seed, self.make_site, timeout=self.timeout) as self.sale:
            self.random = self.sale.random
            self.site = self.sale.site
            self.sale.on_accepted = self.trigger.pull
            for kind, probability in (("http_500", 0.02), ("http_502", 0.01), ("drop_before", 0.01),
                                      ("slow", 0.3)):  # so that many calls are under way at a kill
                self.sale.telegram.sim("POST", "/faults", {"method": "*", "kind": kind, "delay_ms": 300,
                                                           "probability": probability})
            for number in range(1, self.rounds + 1):
                self.sale.open_the_doors(self.buyers)
                self.round(number, self.victims(number))
            self.sale.finish(PATIENCE * 3 + self.rounds)
            print("%d kills, %s" % (self.kill_count, self.sale.story()), flush=True)

    def round(self, number, victims):
        """Lets usher live a while, until it has answered so many, or until it has just confirmed updates;
        kills, starts again, and now and then kills what is just starting."""
        before = None
        if number % FLOW_EVERY == 0:
            self.sale.get_into_flow()
            self.sale.await_confirmation()
        elif self.random.random() < 0.6:
            before = time.time() * 1000
            self.trigger.arm(self.site.pids(*victims), self.random.randrange(1, 25))
            self.trigger.shot.wait(2)
            self.trigger.disarm()
        else:
            time.sleep(self.random.choice((self.random.uniform(0, 0.1), self.random.uniform(0, 3))))
        self.kill(victims, before)
        while self.random.random() < 0.2:
            self.launch(victims)
            time.sleep(self.random.uniform(0, 0.06))
            self.kill(victims)
        self.start_again(victims)

    def kill(self, victims, before=None):
        before = before or time.time() * 1000
        codes = self.strike(victims)
        self.sale.auditor.excuse(before, time.time() * 1000)
        self.kill_count += 1
        self.assertEqual(set(codes), {-signal.SIGKILL}, "%s died by itself" % (victims or "usher",))
