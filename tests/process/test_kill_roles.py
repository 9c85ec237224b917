"""The sale with each actor in a process of its own, where now one is killed with -9, now two, now all, and started
again while the others live on. The auditor's account is the one of test_kill.py."""
import os
import unittest

from kills import Kills
from split import ROLES, SplitSite


class Roles(Kills):
    make_site = SplitSite
    buyers = 20
    # A request that was with a killed verifier or ledger is answered after 30 seconds; gateways wait less.
    timeout = 3
    rounds = int(os.environ.get("ROUNDS", "16"))

    def test_kill_roles(self):
        self.deck = []
        self.run_sale()

    def victims(self, number):
        """Each role, two of them, and all, in an order of the seed. All in the last round of the short form:
        what a lost granter or a lost word between processes had in hand comes again after a minute, which
        only the long form waits for."""
        if not self.deck:
            self.deck = [(role,) for role in ROLES]
            self.deck += [tuple(self.random.sample(ROLES, 2)), ROLES]
            self.random.shuffle(self.deck)
        return ROLES if number == self.rounds <= 20 else self.deck.pop()

    def strike(self, victims):
        return self.site.kill(*victims)

    def launch(self, victims):
        for role in victims:
            self.site.launch(role)

    def start_again(self, victims):
        self.site.start(*victims, ready=False)


if __name__ == "__main__":
    unittest.main()
