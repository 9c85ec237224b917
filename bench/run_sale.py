"""The sale: thousands of buyers within a minute, every callback three times and forgeries among them,
against a simulator that enforces Telegram's limits over sliding windows. Scaled runs multiply the calls a
second that a bot may make, in the simulator and in usher's configuration alike, and shorten the sale by the
same factor; windows, users and the way over the wire stay as they are. One run is unscaled: it is looked
at for 90 seconds and then cut, because 10 000 buyers take 11 minutes at 30 calls a second."""
import json
import os
import subprocess
import time

import lib

FIRST_ID, PROBE_ID = 1001, 2000000001
FIRST_MEMBER = 1000001  # of bench/ledger
LOOK_S = 90


def run(context):
    if context.quick:
        sale(context, "1 bot, 1 500 buyers", 1, 20, 1500, 9.0)
    else:
        sale(context, "1 bot, 10 000 buyers", 1, 20, 10000, 60.0)
        sale(context, "4 bots, 10 000 buyers", 4, 20, 10000, 60.0)
        if context.left() > LOOK_S + 30:
            sale(context, "1 bot, 10 000 buyers, unscaled", 1, 1, 10000, 60.0, cut=True)
        else:
            context.missing("sale", "1 bot, 10 000 buyers, unscaled", "no time left")
    if context.quick:
        broadcast(context, 20000, 8)
    elif context.left() > 60:
        broadcast(context, 100000, 20)
    else:
        context.missing("sale", "broadcast to 100 000 members: callback to message", "no time left")


def sale(context, name, bots, scale, buyers, seconds, cut=False):
    site = lib.Site(context, bots=bots, scale=scale, record=True)
    out = os.path.join(site.folder, "buyers")
    try:
        people(site, PROBE_ID, 10, 1)
        people(site, FIRST_ID, buyers, bots)
        site.start()
        lib.until(lambda: pending(site) == 0, "the groups' links are made")
        time.sleep(2)  # a notifier takes its budget as spent when it starts
        probes = [probe(site, context, n) for n in range(3 if context.quick else 7)]
        before = site.tell_sim("GET", "/report?users=0")["violation_count"]
        milliseconds = int(seconds * 1000 / scale)
        command = [context.program("sale"), "--port", str(site.port), "--config", site.config, "--out", out,
                   "--buyers", str(buyers), "--milliseconds", str(milliseconds), "--bots", str(bots),
                   "--first-id", str(FIRST_ID)]
        begun = time.monotonic()
        load = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if cut:
            time.sleep(LOOK_S)
        else:
            patience = 3 * seconds / scale + 8 * buyers / (site.per_second * bots) + 60
            lib.until(lambda: load.poll() is not None, "all callbacks are sent", patience, 0.1)
            lib.until(lambda: pending(site) == 0 and everybody(site, buyers), "everybody is in", patience, 0.2)
        took = time.monotonic() - begun
        result = json.loads(load.communicate()[0])
        report = site.tell_sim("GET", "/report?users=0")
        inside = sum(inside_of(report).values())
        site.usher.stop()
        site.sim.stop()
        calls = read_calls(site.record)
        judge(context, name + ("" if scale == 1 else ", x%d" % scale), site, read_buyers(out), calls, probes, result,
              report["violation_count"] - before, inside, buyers, took, cut)
    finally:
        site.stop()


def broadcast(context, members, seconds):
    """Everybody is written to, at Telegram's own limits; it would take an hour or so, and is cancelled after
    some seconds. Meanwhile a new buyer pays every other moment."""
    site = lib.Site(context, record=True)
    name = "broadcast to %s members" % lib.number(members)
    try:
        data = os.path.join(site.folder, "var")
        os.mkdir(data, 0o700)
        lib.run_json([context.program("ledger"), "--folder", data, "--members", str(members), "--config", site.config,
                      "--sent", "1"], timeout=600)
        # The cursor goes by id, so only who comes first hears anything: these have started the bot.
        ids = sorted(FIRST_MEMBER + n * 2654435761 % 1000000007 for n in range(members))
        start_bot(site, 0, ids[:60 * (seconds + 10)])
        people(site, PROBE_ID, 2 * seconds, 1)
        site.start()
        time.sleep(2)  # a notifier takes its budget as spent when it starts
        site.tell("POST", "broadcasts", {"text": "{{name}}, there is news at {{community}}.",
                                         "idempotency_key": "bench"})
        lib.until(lambda: site.ask("broadcasts/bench")["sent"] > 0, "the broadcast is under way")
        begun, first_sent = time.monotonic(), site.ask("broadcasts/bench")["sent"]
        probes = []
        while time.monotonic() - begun < seconds:
            probes.append(probe(site, context, len(probes)))
            time.sleep(0.8)
        state, took = site.ask("broadcasts/bench"), time.monotonic() - begun
        site.tell("DELETE", "broadcasts/bench")
        lib.until(lambda: pending(site) == 0, "what was left is withdrawn")
        report = site.tell_sim("GET", "/report?users=0")
        site.usher.stop()
        site.sim.stop()
        judge_broadcast(context, name, read_calls(site.record), probes, report, state["sent"] - first_sent, took,
                        state["state"])
    finally:
        site.stop()


def judge_broadcast(context, name, calls, probes, report, sent, took, state):
    first = {}
    for call in calls:
        if call["method"] == "sendMessage" and call["code"] == 200:
            first.setdefault(call["chat_id"], call["arrived_us"])
    waits = [(first[p["id"]] - p["sent"]) / 1000 for p in probes if p["id"] in first]
    context.add("sale", name + ": callback to a new buyer's message", waits, "ms",
                goal=("<= 2 s each", lambda row: len(waits) == len(probes) and row.spread[1] <= 2000
                      and state == "running"),
                note="%d of %d buyers, while it is %s" % (len(waits), len(probes), state))
    context.add("sale", name + ": 429 answers", [report["violation_count"]], "",
                goal=("none", lambda row: report["violation_count"] == 0),
                note="%.1f notices/s beside the buyers, of 27 that may be" % (sent / took))


def people(site, first, count, bots):
    for bot in range(bots):
        start_bot(site, bot, list(range(first + bot, first + count, bots)))


def start_bot(site, bot, ids):
    """They have started their bot before usher listens, so that no greeting is owed to them."""
    site.tell_sim("POST", "/users", {"ids": ids, "bot": "bench_%d_bot" % bot, "language_code": "en",
                                     "first_name": "Ada", "behaviour": {"follow": 1, "delay_ms": [200, 1500]}})
    while True:
        status, body = lib.request(site.sim_port, "GET", "/bot%s/getUpdates?limit=100&offset=%d"
                                   % (site.tokens[bot], site.offsets.get(bot, 0)))
        updates = json.loads(body)["result"]
        if status != 200 or not updates:
            break
        site.offsets[bot] = updates[-1]["update_id"] + 1


def pending(site):
    status = site.ask("status")
    return status["deliveries"]["pending"] if status else None


def inside_of(report):
    return {chat["id"]: sum(1 for member in chat["members"] if member["user_id"] < PROBE_ID)
            for chat in report["chats"]}


def everybody(site, buyers):
    return sum(inside_of(site.tell_sim("GET", "/report?users=0")).values()) >= buyers


def probe(site, context, n):
    """One buyer while nothing else happens; returns who and when."""
    out = os.path.join(site.folder, "probe")
    lib.run_json([context.program("sale"), "--port", str(site.port), "--config", site.config, "--out", out,
                  "--buyers", "1", "--milliseconds", "1", "--copies", "1", "--forgeries", "0",
                  "--first-id", str(PROBE_ID + n), "--first-payment", str(PROBE_ID + n)])
    time.sleep(0.3)
    return read_buyers(out)[0]


def read_buyers(path):
    buyers = []
    with open(path) as lines:
        for line in lines:
            _, telegram_id, bot, sent, accepted, answers = map(int, line.split())
            buyers.append({"id": telegram_id, "bot": bot, "sent": sent, "accepted": accepted, "answers": answers})
    return buyers


def read_calls(path):
    with open(path) as lines:
        calls = [json.loads(line) for line in lines]
    return sorted((call for call in calls if call["chat_id"]), key=lambda call: call["arrived_us"])


def judge(context, name, site, buyers, calls, probes, result, violations, inside, count, took, cut):
    first = {}
    for call in calls:
        if call["method"] == "sendMessage" and call["code"] == 200:
            first.setdefault(call["chat_id"], call["arrived_us"])
    idle = [(first[p["id"]] - p["sent"]) / 1000 for p in probes if p["id"] in first]
    context.add("sale", name + ": callback to message at idle", idle, "ms",
                goal=("< 50 ms", lambda row: row.value < 50), note="of %d" % len(probes))
    context.add("sale", name + ": 429 answers", [violations], "",
                goal=("none", lambda row: violations == 0),
                note="%d forgeries refused, %d accepted, %d other answers" % (
                    result["forged_refused"], result["forged_accepted"], result["other"]))
    shares = [share for bot in range(site.bots) for share in used(site, buyers, calls, first, bot)]
    context.add("sale", name + ": share of the allowed calls used", [100 * share for share in shares], "%",
                goal=(">= 99 %", lambda row: row.value >= 99), note="until the queue was empty" if not cut else
                "over %d s" % LOOK_S)
    if not cut:
        context.add("sale", name + ": everybody in after", [took], "s",
                    ("at the limits", [calls_needed(calls) / (site.per_second * site.bots)]), less=True,
                    goal=("all %d" % count, lambda row: inside == count), note="%d of %d are in" % (inside, count))
    late = [overtaken(buyers, first, bot) for bot in range(site.bots)]
    context.add("sale", name + ": longest overtaking", late, "ms", goal=("<= 250 ms", lambda row: row.spread[1] <= 250),
                note="somebody accepted that much later was served before, as the gateway saw it; p99 of its answers"
                     " %.0f ms" % (result["p99_us"] / 1000))


def calls_needed(calls):
    return sum(1 for call in calls if call["code"] == 200)


def used(site, buyers, calls, first, bot):
    """The share of the limit in whole windows, from a second after the first message to the last one."""
    served = [first[buyer["id"]] for buyer in buyers if buyer["bot"] == bot and buyer["id"] in first]
    if not served:
        return []
    begin = min(served) + 1000000
    windows = (max(served) - begin) // 1000000
    end = begin + windows * 1000000
    made = sum(1 for call in calls if call["bot"] == "bench_%d_bot" % bot and begin <= call["arrived_us"] < end)
    return [made / (site.per_second * windows)] if windows > 0 else []


def overtaken(buyers, first, bot):
    latest, worst = 0, 0
    ours = [buyer for buyer in buyers if buyer["bot"] == bot and buyer["id"] in first and buyer["accepted"]]
    for buyer in sorted(ours, key=lambda buyer: first[buyer["id"]]):
        worst = max(worst, latest - buyer["accepted"])
        latest = max(latest, buyer["accepted"])
    return worst / 1000
