"""The sale through orders: thousands of people say /plans to the bot, press to an order, and pay it by a signed callback
that names it, at Telegram's limits multiplied as in run_sale. Each buyer costs four or five calls that a limit counts, the
answers to their buttons none. People are threads of this program, so on a machine of few processors they may be
slower than the limits; that is not judged. A full run of all benches takes 2 000 of them, to be over in time:
USHER_ORDERS=10000 bench/run --only orders takes two minutes."""
import base64
import hashlib
import hmac
import json
import os
import sys
import time

import lib
import run_sale

sys.path.insert(0, os.path.join(lib.HERE, "..", "tests", "process"))
from order_sale import OrderSale  # noqa: E402

SCALE = 20
NEEDED_S = 30


def run(context):
    buyers = int(os.environ.get("USHER_ORDERS", "300" if context.quick else "2000"))
    name = "1 bot, %s buyers by order, x%d" % (lib.number(buyers), SCALE)
    if context.left() < NEEDED_S + buyers / 50:
        context.missing("orders", name, "no time left")
        return
    orders(context, name, buyers, 60.0 / SCALE * buyers / 10000)


def orders(context, name, buyers, seconds):
    site = lib.Site(context, scale=SCALE, record=True)
    first = run_sale.FIRST_ID
    try:
        run_sale.people(site, first, buyers, 1)
        site.start()
        lib.until(lambda: run_sale.pending(site) == 0, "the groups' links are made")
        time.sleep(2)  # a notifier takes its budget as spent when it starts
        sale = OrderSale(site.sim_port, site.port, site.record, range(first, first + buyers),
                         (lib.plan(0), "Order for"), callback)
        patience = 60 + buyers / 20
        begun = time.monotonic()
        sale.run(seconds, patience)
        paid = time.monotonic() - begun
        wanted = len(sale.expected_inside())
        lib.until(lambda: run_sale.pending(site) == 0 and run_sale.everybody(site, wanted), "everybody is in",
                  patience, 0.2)
        took = time.monotonic() - begun
        report = site.tell_sim("GET", "/report?users=0")
        inside = {member["user_id"] for chat in report["chats"] for member in chat["members"]}
        wrong = sale.audit(inside, site.ask("payments?state=unsettled&limit=1000")["payments"])
        site.usher.stop()
        site.sim.stop()
        calls = run_sale.read_calls(site.record)
        judge(context, name, site, sale, calls, report["violation_count"], wrong, paid, took)
    finally:
        site.stop()


def callback(user, order_id):
    body = json.dumps({"type": "payment.succeeded", "data": {
        "payment_id": "order-%d" % user, "order_id": order_id, "amount": "9.00", "currency": "USD"}}).encode()
    stamp = b"%d" % time.time()
    digest = hmac.new(lib.IME_SECRET.encode(), stamp + b"." + body, hashlib.sha256).hexdigest()
    return "/hooks/ime", body, {"X-iMe-Signature": "t=%s,v1=%s" % (stamp.decode(), digest),
                                "X-iMe-Event-Id": "evt_" + base64.b32encode(digest.encode()).decode()[:20]}


def judge(context, name, site, sale, calls, violations, wrong, paid, took):
    served = [call for call in calls if call["code"] == 200]
    context.add("orders", name + ": 429 answers", [violations], "", goal=("none", lambda row: violations == 0),
                note="%s calls that a limit counts" % lib.number(len(served)))
    context.add("orders", name + ": charged without access or a listed payment", [0 if not wrong else 1], "",
                goal=("nobody", lambda row: not wrong),
                note=wrong or "%s paid and are in; %d cancelled first and are listed" % (
                    lib.number(len(sale.expected_inside())), len(sale.buyers) - len(sale.expected_inside())))
    context.add("orders", name + ": everybody in after", [took], "s",
                ("at the limits", [len(served) / site.per_second]), less=True,
                note="the last payment after %.0f s; %s callbacks were sent again" % (paid, sum(sale.refused.values())))
