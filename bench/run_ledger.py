"""The ledger: payments, and the outcomes of their letters, applied per second at growing numbers of members,
with memory and file sizes."""
import shutil

import lib

GOAL_MEMBERS, GOAL_PER_S = 1000000, 60000
LARGE = 5000000


def run(context):
    sizes = (10000, 100000) if context.quick else (10000, 100000, 1000000, LARGE)
    rates = {}
    for members in sizes:
        if members == LARGE:
            # It grows to five times as many, two commands each, at little less than the last rate.
            expected = 2 * LARGE / (0.9 * lib.statistics.median(rates[GOAL_MEMBERS])) + 20
            if expected > context.left():
                context.missing("ledger", "%s members" % lib.number(members), "it would take %.0f s and %.0f are left"
                                % (expected, context.left()))
                continue
        extra = 60000 if context.quick or members == sizes[0] else 150000
        folder = context.sub("ledger")
        result = lib.run_json([context.program("ledger"), "--folder", folder, "--members", str(members),
                               "--extra", str(extra)], timeout=600)
        shutil.rmtree(folder)
        rates[members] = result["per_s"]
        goal, versus = None, ("at 10 000", rates[10000]) if members > 10000 else None
        if members == GOAL_MEMBERS:
            goal = (">= 60 000/s", lambda row: row.value >= GOAL_PER_S)
        elif members == LARGE:
            goal = ("half of that at 10 000", lambda row: row.ratio >= 0.5)
        context.add("ledger", "%s members" % lib.number(members), result["per_s"], "commands/s", versus, goal=goal,
                    note="state %.0f MB, resident %.0f MB, of it private %.0f MB, grown at %s/s" % (
                        result["state_bytes"] / 2**20, result["rss_bytes"] / 2**20, result["anon_bytes"] / 2**20,
                        lib.number(result["grow_per_s"])))
        context.series.setdefault("ledger", {}).setdefault("commands/s", []).append(
            (members, lib.statistics.median(result["per_s"])))
