"""Recovery: usher is killed while its state lags far behind its journal, and started again. How long until
it accepts, and how fast the state catches up behind that."""
import os
import signal
import threading
import time

import lib

LEVEL = 1000  # entries: what the running usher itself adds meanwhile


def run(context):
    members, unapplied = (100000, 200000) if context.quick else (1000000, 1000000)
    site = lib.Site(context)
    try:
        data = os.path.join(site.folder, "var")
        os.mkdir(data, 0o700)
        lib.run_json([context.program("ledger"), "--folder", data, "--members", str(members), "--config", site.config,
                      "--unapplied", str(unapplied)], timeout=600)
        ready = [killed_and_started(site) for _ in range(1 if context.quick else 2)]
        samples = []
        watch = threading.Thread(target=replay, args=(site, samples))
        ready.append(killed_and_started(site, watch.start))
        watch.join()
        name = "%s members, up to %s entries unapplied" % (lib.number(members), lib.number(unapplied))
        context.add("recovery", name + ": ready after", ready, "s", goal=("<= 1 s", lambda row: row.value <= 1),
                    note="data_dir %.0f MB" % (lib.folder_bytes(data) / 2**20))
        context.add("recovery", name + ": replay", thirds(samples), "entries/s",
                    goal=(">= 100 000/s", lambda row: row.value >= 100000), note="one run, by its thirds")
    finally:
        site.stop()


def killed_and_started(site, then=lambda: None):
    """Seconds from the start after a kill -9, in the middle of what it does first, to ready. then is called
    as soon as the new one listens."""
    if site.usher is not None:
        site.usher.stop(signal.SIGKILL)
    site.start(ready=False)
    site.usher.stop(signal.SIGKILL)
    begun = time.monotonic()
    site.start(ready=False)
    then()
    lib.until(lambda: lib.request(site.port, "GET", "/readyz")[0] == 200, "usher is ready", 60, 0.002)
    return time.monotonic() - begun


def replay(site, samples):
    """(time, applied) until the state is level, from the first batch on."""
    begun = time.monotonic()
    while time.monotonic() - begun < 300:
        applied, tail = site.metric("usher_journal_applied"), site.metric("usher_journal_tail")
        if applied and tail:
            samples.append((time.monotonic(), applied))
            if applied + LEVEL >= tail:
                return
        time.sleep(0.01)


def thirds(samples):
    """Entries a second, in three parts of what was replayed."""
    rates = []
    if not samples or samples[-1][1] - samples[0][1] < LEVEL:
        raise RuntimeError("the state was level before it could be watched: too few entries for this machine")
    first = samples[0]
    for third in range(1, 4):
        wanted = samples[0][1] + (samples[-1][1] - samples[0][1]) * third / 3
        at = next(sample for sample in samples if sample[1] >= wanted)
        if at[1] > first[1]:
            rates.append((at[1] - first[1]) / (at[0] - first[0]))
        first = at
    return rates
