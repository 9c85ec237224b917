"""Power: from the record of everything a program wrote and synced, the files as a power cut may leave them.

What a completed sync covered is there. Of what came later each 512-byte sector may be there or not, in any
combination, and so may the length of the file; of the names made in a folder since its last sync, the first so many.
The stores must open on each of these, and hold what was acknowledged before the cut.
"""
import os
import random
import struct

import common

SECTOR = 512
HEAD = struct.Struct("=BQQI")
BATCHES = 60


class File:
    """One inode: what is durable, and what was written since."""

    def __init__(self, content=b""):
        self.durable = bytearray(content)
        self.pending = []  # (offset, bytes), or (length, None) for a new length

    @staticmethod
    def put(content, offset, data):
        if data is None:
            del content[offset:]
            content.extend(bytes(offset - len(content)))
            return
        if len(content) < offset + len(data):
            content.extend(bytes(offset + len(data) - len(content)))
        content[offset:offset + len(data)] = data

    def sync(self):
        for offset, data in self.pending:
            self.put(self.durable, offset, data)
        self.pending = []

    def write_through(self, offset, data):
        """Durable by itself; what was written before it to other places is not."""
        self.pending.append((offset, data))
        self.put(self.durable, offset, data)

    def torn(self, rng, style):
        """One content that a cut may leave."""
        content = bytearray(self.durable)
        for offset, data in self.pending:
            if data is None or style == "all":
                if style == "all" or rng.random() < 0.5:
                    self.put(content, offset, data)
                continue
            chance = {"none": 0.0, "writes": float(rng.random() < 0.5), "few": 0.1, "most": 0.9}.get(style, 0.5)
            at = offset
            while at < offset + len(data):
                end = min((at // SECTOR + 1) * SECTOR, offset + len(data))
                if rng.random() < chance:
                    self.put(content, at, data[at - offset:end - offset])
                elif style != "none" and rng.random() < 0.3 and len(content) < end:
                    content.extend(bytes(end - len(content)))  # the length is there, the bytes are not
                at = end
        return bytes(content)


STYLES = ("none", "all", "writes", "few", "half", "most")


class Disk:
    """All files below a folder, while its record is read."""

    def __init__(self, folder):
        """folder may be missing: then all of it comes from the record."""
        self.folder = folder
        self.names = {}  # durable: path -> inode, or None for a folder
        self.later = []  # names made, moved and removed since their folder's sync
        self.files = {}
        self.said = bytearray()
        for path, folders, files in os.walk(folder):
            for name in folders:
                self.names[os.path.join(path, name)] = None
            for name in files:
                full = os.path.join(path, name)
                inode = os.stat(full).st_ino
                self.names[full] = inode
                with open(full, "rb") as file:
                    self.files[inode] = File(file.read())

    @staticmethod
    def rename_in(names, change):
        kind, path, what = change
        if kind in "cm":
            names[path] = what
        elif kind == "r" and path in names:
            for name in [name for name in names if name == path or name.startswith(path + "/")]:
                names[what + name[len(path):]] = names.pop(name)  # a folder takes along what is in it
        elif kind in "ud":
            names.pop(path, None)

    def take(self, kind, inode, offset, data):
        if kind == "a":
            self.said += data
        elif kind in "wW" and inode in self.files:
            if kind == "W":
                self.files[inode].write_through(offset, data)
            else:
                self.files[inode].pending.append((offset, data))
        elif kind == "t" and inode in self.files:
            self.files[inode].pending.append((offset, None))
        elif kind == "s" and inode in self.files:
            self.files[inode].sync()
        elif kind == "S":
            path = os.path.normpath(data.decode())
            mine = [change for change in self.later if os.path.dirname(change[1]) == path]
            self.later = [change for change in self.later if change not in mine]
            for change in mine:
                self.rename_in(self.names, change)
        elif kind == "c":
            self.files[inode] = File()
            self.later.append(("c", data.decode(), inode))
        elif kind == "m":
            self.later.append(("m", data.decode(), None))
        elif kind == "r":
            path, to = data.decode().split("\0")
            self.later.append(("r", path, to))
        elif kind in "ud":
            self.later.append((kind, data.decode(), None))

    def cut(self, rng, into, acks):
        """Writes one state that a power cut now may leave into another folder."""
        names = dict(self.names)
        style = rng.choice(STYLES)
        for parent in sorted({os.path.dirname(change[1]) for change in self.later}):
            changes = [change for change in self.later if os.path.dirname(change[1]) == parent]
            count = {"none": 0, "all": len(changes)}.get(style, rng.randrange(len(changes) + 1))
            for change in changes[:count]:
                self.rename_in(names, change)
        os.makedirs(into)
        for path in sorted(names):
            target = into + path[len(self.folder):]
            if not os.path.isdir(os.path.dirname(target)):
                continue  # its folder is not there
            if names[path] is None:
                os.mkdir(target)
                continue
            with open(target, "wb") as file:
                file.write(self.files[names[path]].torn(rng, style))
        with open(acks, "wb") as file:
            file.write(self.said)
        return style


def read_record(path):
    with open(path, "rb") as file:
        record = file.read()
    at = 0
    while at < len(record):
        kind, inode, offset, length = HEAD.unpack_from(record, at)
        at += HEAD.size
        yield chr(kind), inode, offset, record[at:at + length]
        at += length


def record_run(tally, place, seed, batches):
    """Runs the workload on place/data under the recorder; the events, none when it failed."""
    folder = os.path.join(place, "data")
    acks = os.path.join(place, "acks")
    log = os.path.join(place, "record")
    done = common.execute([common.WORKLOAD, "run", folder, acks, str(seed), str(batches)], {
        "LD_PRELOAD": common.program("power_record.so"), "TORTURE_FOLDER": folder, "TORTURE_LOG": log,
        "TORTURE_ACKS": acks})
    if done.returncode != 0:
        tally.add("power: " + place, "the workload fails by itself: %d %s" % (done.returncode, done.stderr))
        return []
    return list(read_record(log))


def cut_often(base, place, disk, events, rng, cuts):
    """Yields (name, folder, acks) of that many cuts."""
    moments = sorted(rng.randrange(len(events) + 1) for _ in range(cuts))
    taken = 0
    for number, event in enumerate(events + [None]):
        while taken < len(moments) and moments[taken] == number:
            into = os.path.join(base, "cut-%s-%d" % (os.path.basename(place), taken))
            style = disk.cut(rng, into, into + ".acks")
            yield "power: %s cut %d before event %d, later writes: %s" % (
                os.path.basename(place), taken, number, style), into, into + ".acks"
            taken += 1
        if event is not None:
            disk.take(*event)


def check(case):
    name, folder, acks = case
    problem = common.verify(folder, acks)
    if problem is None:
        common.remove(folder)
        os.unlink(acks)
    else:
        problem += " (%s)" % folder
    return name, problem


def one_run(tally, base, name, seed, batches, cuts, rng):
    """A run on an empty folder and its cuts."""
    place = os.path.join(base, name)
    folder = os.path.join(place, "data")
    os.makedirs(folder)
    disk = Disk(folder)
    events = record_run(tally, place, seed, batches)
    tally.all(cut_often(base, place, disk, events, rng, cuts), check)
    return events


def again(tally, base, name, seed, cuts, rng, events):
    """That run, one cut in its second half, and more cuts while what it left is repaired and goes on."""
    disk = Disk(os.path.join(base, name, "before"))
    disk.folder = os.path.join(base, name, "data")
    for event in events[:rng.randrange(len(events) // 2, len(events))]:
        disk.take(*event)
    place = os.path.join(base, name + "-again")
    os.makedirs(place)
    folder = os.path.join(place, "data")
    acks = os.path.join(place, "acks")
    disk.cut(rng, folder, acks)
    disk = Disk(folder)
    with open(acks, "rb") as file:
        disk.said += file.read()
    events = record_run(tally, place, seed, BATCHES // 4)
    tally.all(cut_often(base, place, disk, events, rng, cuts), check)


def run(tally):
    base = common.scratch()
    rng = random.Random(tally.options.seed)
    runs, cuts = (20, 400) if tally.options.long else (2, 100)
    print("power: %d runs, each with %d cuts, %d of a run that follows one, and 400 of stores just made" % (
        runs, cuts, cuts), flush=True)
    for number in range(runs):
        name = "run%d" % number
        one_run(tally, base, "new%d" % number, rng.randrange(1 << 32), 1, 400, rng)
        events = one_run(tally, base, name, rng.randrange(1 << 32), BATCHES, cuts, rng)
        if events:
            again(tally, base, name, rng.randrange(1 << 32), cuts, rng, events)
    if not tally.failures:
        common.remove(base)
