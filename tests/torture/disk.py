"""Disk: every call that writes, syncs or makes a name in the stores fails once, some times, or from then on."""
import mmap
import os
import random
import struct

import common
import helpers

KINDS = {"ENOSPC": 1, "EIO": 2, "short": 3, "late": 4}
FOR_EVER = 1 << 62
BATCHES = 40


class Control:
    """The shared numbers of disk_faults.c."""

    def __init__(self, path, first=0, times=0, kind=0):
        self.path = path
        with open(path, "wb") as file:
            file.write(struct.pack("<5Q", 0, first, times, 0, kind))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 40)

    def get(self, index):
        return struct.unpack_from("<Q", self.map, index * 8)[0]

    def set(self, index, value):
        struct.pack_into("<Q", self.map, index * 8, value)

    calls = property(lambda self: self.get(0))
    failed = property(lambda self: self.get(3))

    def fail_from_now(self, kind, after=0, times=FOR_EVER):
        self.set(4, kind)
        self.set(2, times)
        self.set(1, self.calls + 1 + after)

    def heal(self):
        self.set(1, 0)

    def env(self, folder):
        return {"LD_PRELOAD": common.program("disk_faults.so"), "TORTURE_FOLDER": folder,
                "TORTURE_CONTROL": self.path}

    def close(self):
        self.map.close()


def one(base, seed, kind, first, times):
    """Runs the workload with these calls failing and looks at what it left."""
    name = "disk: %s at call %d%s" % (
        kind, first, "" if times == 1 else " and after" if times == FOR_EVER else " x%d" % times)
    place = os.path.join(base, "%s-%d-%d" % (kind, first, times))
    folder = os.path.join(place, "data")
    acks = os.path.join(place, "acks")
    os.makedirs(folder)
    control = Control(os.path.join(place, "control"), first, times, KINDS[kind])
    done = common.execute([common.WORKLOAD, "run", folder, acks, str(seed), str(BATCHES)],
                          control.env(folder))
    failed = control.failed
    control.close()
    problem = None
    if done.returncode not in (0, 4):
        problem = "code %d, %s" % (done.returncode, (done.stderr + done.stdout).strip())
    elif failed == 0:
        problem = "no call failed"
    elif "half a copy" in done.stdout and times == 1:
        problem = done.stdout.strip()
    elif done.returncode == 4 and times == 1 and os.path.getsize(acks) > 0:
        problem = "one failure stopped it: " + done.stdout.strip()
    problem = problem or common.verify(folder, acks)
    if problem is None:
        common.remove(place)
    return name, problem


def count_calls(base, seed, kind):
    folder = os.path.join(base, "count-" + kind)
    os.makedirs(folder)
    control = Control(folder + ".control", 0, 0, KINDS[kind])
    done = common.execute([common.WORKLOAD, "run", folder, folder + ".acks", str(seed), str(BATCHES)],
                          control.env(folder))
    calls = control.calls
    control.close()
    if done.returncode != 0:
        raise SystemExit("the workload fails by itself: %s" % done.stderr)
    return calls


def start_usher(site, control):
    site.env = {**os.environ, **control.env(os.path.join(site.folder, "var"))}
    return site.start()


def whole(base, kind, after, times, number):
    """All of usher on a disk that begins to fail while payments come in, and has room again later: it answers 503, not
    a word too much, and goes on by itself."""
    name = "disk: usher, %s %d calls later%s" % (kind, after, "" if times == FOR_EVER else " x%d" % times)
    control = Control(os.path.join(base, "usher-%d.control" % number))
    site = helpers.Site("http://127.0.0.1:9", updates="webhook")
    accepted, refused = [], 0
    try:
        start_usher(site, control)
        for member in range(1, 6):
            accepted += [member] if site.pay(member).status == 200 else []
        control.fail_from_now(KINDS[kind], after, times)
        for member in range(6, 26):
            status = site.pay(member).status
            if status not in (200, 503):
                return name, "answered %d" % status
            accepted += [member] if status == 200 else []
            refused += status == 503
        failed = control.failed
        control.heal()
        helpers.until(lambda: site.pay(30).status == 200, "payments are taken again")
        accepted.append(30)
        helpers.until(lambda: site.get("/readyz").status == 200, "usher is ready again")
        if failed == 0 or (times == FOR_EVER and refused == 0):
            return name, "%d calls failed, %d payments were refused" % (failed, refused)
        lost = [member for member in accepted if not site.member(member)]
        if lost:
            return name, "members %s paid and are not known" % lost
        if site.stop() != 0:
            return name, "it does not stop in order"
        site.env = None
        site.start()
        lost = [member for member in accepted if not site.member(member)]
        site.stop()
        done = site.cli("verify", "--config", site.config)
        if lost or done.returncode != 0:
            return name, "after a start: lost %s, verify: %s" % (lost, done.stderr)
        return name, None
    except (AssertionError, OSError) as error:
        log = site.usher.log() if site.usher is not None else ""
        return name, "%s\n%s" % (error, "\n".join(log.splitlines()[-5:]))
    finally:
        control.close()
        site.close()


def run(tally):
    base = common.scratch()
    rng = random.Random(tally.options.seed)
    cases = []
    for kind in KINDS:
        calls = count_calls(base, tally.options.seed, kind)
        every = [(kind, n, times) for n in range(1, calls + 1) for times in (1, 3, FOR_EVER)]
        making = [case for case in every if case[1] <= 20 and case[2] == 1]  # while the stores are made
        cases += every if tally.options.long else making + rng.sample(every, 90)
        print("disk: %d calls can fail with %s" % (calls, kind), flush=True)
    print("disk: %d runs of the stores" % len(cases), flush=True)
    tally.all(cases, lambda case: one(base, tally.options.seed, *case))
    count = 60 if tally.options.long else 6
    wholes = [(kind, rng.randrange(12), rng.choice((1, 4, FOR_EVER, FOR_EVER)), number)
              for number, kind in enumerate(list(KINDS) * count) if number < count]
    print("disk: %d runs of usher" % count, flush=True)
    tally.all(wholes, lambda case: whole(base, *case))
    if not tally.failures:
        common.remove(base)
