#!/usr/bin/env python3
"""Network: sales while Telegram fails, gateways misbehave, or the network between hosts does, each with the auditor
of the kill tests at the end. A part of tests/torture/run; by itself it runs one case again:

    tests/torture/network.py CASE SEED [--long]
"""
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "process")]
sys.dont_write_bytecode = True

import common  # noqa: E402
os.environ["BUILD"] = common.BUILD
import rude  # noqa: E402
from helpers import Descriptors, PATIENCE, until  # noqa: E402
from relay import Relays, Weather  # noqa: E402
from sale import LEASE, Sale, check, plain  # noqa: E402
from split import SplitSite  # noqa: E402

AT_ONCE = 6  # most of a case's time is waiting
BUYERS = 20  # a round
CASE_SECONDS = 600
CALLS = ("sendMessage", "createChatInviteLink", "approveChatJoinRequest", "revokeChatInviteLink")
# Each kind alone: of which calls it takes how many, and what else.
KINDS = {
    "http_500": ((*CALLS, "getUpdates"), 3, {}),
    "http_502": ((*CALLS, "getUpdates"), 3, {}),
    "drop_before": ((*CALLS, "getUpdates"), 3, {}),
    "drop_after": ((*CALLS, "getUpdates"), 3, {}),
    "slow": ((*CALLS, "getUpdates"), 3, {"delay_ms": 3000}),
    "timeout_after_effect": (CALLS, 1, {}),  # later than usher waits
    "flood_429": (CALLS, 2, {"retry_after": 2}),
    "flood_429_whole_bot": (CALLS, 1, {"retry_after": 2, "whole_bot": True}),
}
IDLE = 900
CONNECTIONS = 1000


def telegram_alone(kind, seed, long):
    """One kind of fault on all calls of a membership."""
    methods, few, more = KINDS[kind]
    # Between failures of getUpdates in a row usher waits twice as long each time, so they stay few.
    counts = {method: few * (4 if long and method != "getUpdates" else 1) for method in methods}
    with Sale(seed) as sale:
        for method, count in counts.items():
            # The group's own link comes first; without it nobody would get as far as the other faults.
            sale.telegram.sim("POST", "/faults", {
                "method": method, "count": count, "skip": 1 if method == "createChatInviteLink" else 0, **more,
                "kind": kind.removesuffix("_whole_bot")})
        sell(sale, 3 if not long else 8)
        for method in methods[:3]:  # a link is revoked when it was used, so it comes last
            until(lambda m=method: fired(sale, m) == counts[m], "%s fails" % method, PATIENCE * 3)
        sale.finish(PATIENCE * 6)
        return sale.story()


def telegram_mixed(_, seed, long):
    """Faults of all kinds in a random mixture that changes while the sale runs."""
    with Sale(seed) as sale:
        happened = 0
        for _ in range(2 if not long else 8):
            rules = [random_fault(sale.random) for _ in range(sale.random.randrange(3, 9))]
            for rule in rules:
                sale.telegram.sim("POST", "/faults", rule)
            sell(sale, 2)
            time.sleep(sale.random.uniform(1, 4))
            happened += sale.clear_faults()
        check(happened > 0, "no fault happened")
        sale.finish(PATIENCE * 6)
        return "%d faults, %s" % (happened, sale.story())


def random_fault(rng):
    kind = rng.choice([kind for kind in KINDS if not kind.endswith("_whole_bot")])
    rule = {"method": rng.choice((*CALLS, "getUpdates", "*")), "kind": kind,
            "probability": rng.choice((0.02, 0.1, 0.3)), "delay_ms": rng.randrange(50, 3000)}
    if kind == "flood_429":
        rule.update(probability=0.03, retry_after=rng.randrange(1, 4), whole_bot=rng.random() < 0.2)
        if rule["whole_bot"] and rule["method"] not in CALLS:  # who polls does not send: it is told of the poll alone
            rule["method"] = rng.choice(CALLS)
    return rule


def gateways_rude(_, seed, long):
    """Gateways of all manners, at a door that is often full: what was answered 200 counts once; what was sent by
    somebody who left counts at most once, and once when it is sent again."""
    with Sale(seed, changes=(('8080"}', '8080", parked_max: 1}'),)) as sale:
        sale.way = rude.Manners(rude.ALL)
        sale.way_to_leave = rude.Manners(rude.LEAVING)
        sell(sale, 4 if not long else 20)
        sale.answered(PATIENCE * 6)
        counts = sale.way.counts
        for manner in rude.PATIENT:
            check(counts[manner.__name__, 200] > 0, "%s was never answered 200: %s" % (manner.__name__, counts))
            check(counts[manner.__name__, None] == 0, "%s was not answered: %s" % (manner.__name__, counts))
        sale.way = plain
        check(sale.left, "nobody left for good")
        sale.finish(PATIENCE * 3)
        check(any(status == 503 for _, status in counts), "it was never full: %s" % counts)
        return "%d requests of %d manners, %s" % (sum(counts.values()), len(rude.ALL), sale.story())


def gateways_idle(_, seed, long):
    """Nine in ten connections are held by those who begin a request and never end it: honest gateways are served,
    and none is told that it is full."""
    slowest = [0]

    def timed(*arguments):
        start = time.monotonic()
        status = plain(*arguments)
        slowest[0] = max(slowest[0], time.monotonic() - start)
        return status

    with Descriptors(4 * CONNECTIONS), Sale(
            seed, changes=(('8080"}', '8080", connections_max: %d}' % CONNECTIONS),)) as sale:
        idlers = rude.Idlers(sale.site.port, IDLE, sale.random.random())
        idlers.start()
        sale.way = timed
        sell(sale, 6 if not long else 60)  # a minute is what a request may take
        sale.answered(PATIENCE * 3)
        idlers.end()
        check(sale.auditor.counts[503] == 0, "it was full: %s" % sale.auditor.counts)
        check(slowest[0] < PATIENCE / 4, "an honest gateway waited %.1f s" % slowest[0])
        sale.finish(PATIENCE * 3)
        return "%d idle connections, %d shown out, the slowest answer took %.0f ms, %s" % (
            IDLE, idlers.shown_out, slowest[0] * 1000, sale.story())


def network_telegram(_, seed, long):
    """The network between usher and Telegram delays, stalls, cuts, and is down now and then; and usher is killed while
    calls of it are on their way, which Telegram then counts when it has long started again."""
    relays = Relays(seed)
    try:
        with Sale(seed, to_usher=lambda url: "http://127.0.0.1:%d" % relays.to(port_of(url))) as sale:
            def crash():
                sale.site.kill()
                sale.site.start(ready=False)
            # What arrives over 10 seconds late is counted where usher does not expect it any more (sender.h).
            weather = storm(sale, relays, long, 6 if long else 3, crash)
            sale.finish(PATIENCE * 6)
            return "%s, %s" % (weather, sale.story())
    finally:
        relays.close()


def network_hosts(_, seed, long):
    """The network between usher's processes does the same. What was lost on the way comes again when its lease is
    over, a minute later; in the short form the ledger starts anew instead, which ends all leases."""
    relays = Relays(seed)
    try:
        with Sale(seed, lambda url, *changes: SplitSite(url, *changes, detour=relays.to), timeout=3) as sale:
            weather = storm(sale, relays, long, 20 if long else 3)  # over 15, links are taken as broken
            if not long:
                before = time.time() * 1000
                sale.site.kill("ledger", "ingress")
                sale.site.start("ledger", "ingress", ready=False)
                sale.auditor.excuse(before, time.time() * 1000)
            sale.finish(PATIENCE * 6 + LEASE)
            return "%s, %s" % (weather, sale.story())
    finally:
        relays.close()


def sell(sale, rounds):
    for _ in range(rounds):
        sale.open_the_doors(BUYERS)
        time.sleep(sale.random.uniform(0.2, 1.5))


def storm(sale, relays, long, stall_max, crash=None):
    """Sells while the network fails, every way at least once; how often it did."""
    weather = Weather(relays, random.Random(sale.random.random()), 50 if long else 7, stall_max,
                      sale.auditor.excuse, sale.get_into_flow, crash)
    weather.start()
    while weather.is_alive():
        sell(sale, 1)
    if weather.failure is not None:
        raise weather.failure
    check(weather.counts["cut"] > 0, "nothing was cut: %s" % weather.counts)
    return dict(weather.counts)


def fired(sale, method):
    return sum(fault["fired"] for fault in sale.telegram.report(False)["faults"] if fault["method"] == method)


def port_of(url):
    return int(url.rsplit(":", 1)[1])


CASES = {**{"telegram %s alone" % kind: (telegram_alone, kind) for kind in KINDS},
         "telegram mixed": (telegram_mixed, None), "gateways rude": (gateways_rude, None),
         "gateways idle": (gateways_idle, None), "network telegram": (network_telegram, None),
         "network hosts": (network_hosts, None)}
REPEATED = ("telegram mixed", "gateways rude", "network telegram", "network hosts")


def run(tally):
    """Each case in a process of its own, the random ones several times."""
    rng = random.Random(tally.options.seed)
    names = [*reversed(CASES), "telegram mixed"] if not tally.options.long else [*CASES, *REPEATED * 3]
    cases = [(name, rng.randrange(1 << 32)) for name in names]
    print("network: %d sales" % len(cases), flush=True)
    tally.all(cases, lambda case: one(*case, tally.options.long), AT_ONCE)


def one(name, seed, long):
    command = [sys.executable, os.path.abspath(__file__), name, str(seed)] + ["--long"] * long
    start = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CASE_SECONDS, check=False)
    except subprocess.TimeoutExpired as expired:
        return name, "hangs, %s" % expired
    print("network: %s, seed %d: %.0f s, %s" % (
        name, seed, time.monotonic() - start, done.stdout.strip().rsplit("\n", 1)[-1]), flush=True)
    if done.returncode == 0:
        return name, None
    return name, "%s\n%s\nagain: tests/torture/network.py '%s' %d%s" % (
        done.stdout.strip(), done.stderr.strip(), name, seed, " --long" * long)


def main(arguments):
    long = "--long" in arguments
    words = [word for word in arguments if word != "--long"]
    if len(words) != 2 or words[0] not in CASES or not words[1].isdigit():
        print(__doc__ + "\nCASE is one of:\n    " + "\n    ".join(CASES))
        return 2
    case, argument = CASES[words[0]]
    print(case(argument, int(words[1]), long))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
