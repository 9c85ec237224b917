"""Recovery: usher is killed while its state lags far behind its journal, and started again. How long until
it accepts, and how fast the state catches up behind that."""
import os
import signal
import time

import lib

STARTS = 2


def run(context):
    members, unapplied = (100000, 200000) if context.quick else (1000000, 1000000)
    site = lib.Site(context)
    try:
        data = os.path.join(site.folder, "var")
        os.mkdir(data, 0o700)
        lib.run_json([context.program("ledger"), "--folder", data, "--members", str(members), "--config", site.config,
                      "--unapplied", str(unapplied)], timeout=600)
        ready = []
        for _ in range(STARTS):
            site.start()
            site.usher.stop(signal.SIGKILL)
            ready.append(site.start())
            site.usher.stop(signal.SIGKILL)
        name = "%s members, up to %s entries unapplied" % (lib.number(members), lib.number(unapplied))
        context.add("recovery", name + ": ready after", ready, "s", goal=("<= 1 s", lambda row: row.value <= 1),
                    note="data_dir %.0f MB" % (lib.folder_bytes(data) / 2**20))
        context.add("recovery", name + ": replay", replay(site), "entries/s",
                    goal=(">= 100 000/s", lambda row: row.value >= 100000), note="one run, by its thirds")
    finally:
        site.stop()


def replay(site):
    """Entries a second, in the three thirds of the time until the state is level."""
    begun = time.monotonic()
    site.start(ready=False)
    samples = []
    while True:
        applied, tail = site.metric("usher_journal_applied"), site.metric("usher_journal_tail")
        if applied and tail:
            samples.append((time.monotonic(), applied))
            if applied >= tail:
                break
        if time.monotonic() - begun > 300:
            raise RuntimeError("the state does not catch up")
        time.sleep(0.01)
    first = samples[0]
    rates = []
    for third in range(1, 4):
        wanted = samples[0][1] + (samples[-1][1] - samples[0][1]) * third / 3
        at = next(sample for sample in samples if sample[1] >= wanted)
        if at[0] > first[0]:
            rates.append((at[1] - first[1]) / (at[0] - first[0]))
        first = at
    return rates or [(samples[-1][1] - samples[0][1]) / (time.monotonic() - begun)]
