"""The usual stack: the same callbacks into Node, Express and BullMQ on Redis (appendfsync always), which
verifies the same signature and answers after the job is stored. Nobody takes the jobs out again, which
is kind to it: usher in the same minute also grants access and writes letters. Once as one process, as it
is usually written, and once as a cluster with a process for each core."""
import os
import shutil
import subprocess

import lib
import run_queue
from run_door import Door

CONNECTIONS = 256


def run(context):
    rounds, milliseconds = (1, 1500) if context.quick else (3, 2000)
    try:
        folder = install(context)
    except lib.Missing as missing:
        context.missing("stack", "Node, Express, BullMQ", str(missing))
        return
    site = lib.Site(context)
    site.start()
    door = Door(context, site.config)
    try:
        ours, our_memory = [], []
        for _ in range(rounds):
            ours.append(door.load(site.port, 400, CONNECTIONS, milliseconds))
            our_memory.append(lib.memory(site.usher.process.pid))
            site.settle()
        for workers in (1,) if context.quick else (1, os.cpu_count()):
            measure(context, door, folder, workers, rounds, milliseconds, ours, our_memory)
    finally:
        site.stop()


def measure(context, door, folder, workers, rounds, milliseconds, ours, our_memory):
    theirs, their_memory = [], []
    for _ in range(rounds):
        redis = Redis(context)
        port = run_queue.free_port()
        node = context.start([lib.find("node"), "server.js"], cwd=folder, log=os.path.join(folder, "node.log"),
                             env=dict(os.environ, IME_SECRET=lib.IME_SECRET, REDIS_SOCKET=redis.path,
                                      PORT=str(port), WORKERS=str(workers), NODE_ENV="production"))
        node.port()
        door.load(port, 400, CONNECTIONS, 1000)  # it compiles what is hot
        theirs.append(door.load(port, 400, CONNECTIONS, milliseconds))
        pids = [*family(node.process.pid), redis.program.process.pid]
        their_memory.append([sum(part) for part in zip(*(lib.memory(pid) for pid in pids))])
        node.stop(patience=5)
        redis.program.stop()
        shutil.rmtree(redis.folder)
    name = "Express + BullMQ, %d process%s" % (workers, "" if workers == 1 else "es")
    refused = sum(result["refused"] + result["unknown"] for result in theirs)
    context.add("stack", "400 bytes, %d connections" % CONNECTIONS, [r["per_s"] for r in ours], "acks/s",
                (name, [r["per_s"] for r in theirs]),
                goal=("8 x", lambda row: row.ratio >= 8) if workers == 1 else None,
                note="%d of its answers were not 200" % refused if refused else "")
    context.add("stack", "p99", [r["p99_us"] / 1000 for r in ours], "ms",
                (name, [r["p99_us"] / 1000 for r in theirs]), less=True)
    for index, what in ((0, "resident memory"), (1, "of it private")):
        context.add("stack", what, [m[index] / 2**20 for m in our_memory], "MB",
                    (name + ", with Redis", [m[index] / 2**20 for m in their_memory]), less=True,
                    goal=("a quarter", lambda row: row.ratio >= 4) if index == 1 and workers == 1 else None,
                    note="usher's state is a mapped file" if index == 0 else "")
    context.series.setdefault("stack", {})[name] = [(workers, lib.statistics.median(r["per_s"] for r in theirs))]
    context.series["stack"]["usher"] = [(0, lib.statistics.median(r["per_s"] for r in ours))]


class Redis:
    def __init__(self, context):
        self.folder = context.sub("redis")
        self.path = os.path.join(self.folder, "redis.sock")
        self.program = context.start([
            lib.find("redis-server"), "--port", "0", "--unixsocket", self.path, "--dir", self.folder,
            "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"])
        lib.until(lambda: os.path.exists(self.path), "redis starts")


def family(pid):
    """A process and its children."""
    found = [pid]
    with open("/proc/%d/task/%d/children" % (pid, pid)) as children:
        for child in children.read().split():
            found += family(int(child))
    return found


def install(context):
    """npm's packages, once, beside what was built."""
    folder = os.path.join(context.build, "bench", "stack")
    os.makedirs(folder, exist_ok=True)
    for name in ("package.json", "server.js"):
        shutil.copy(os.path.join(lib.HERE, "stack", name), folder)
    if not os.path.isdir(os.path.join(folder, "node_modules", "bullmq")):
        done = subprocess.run([lib.find("npm"), "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"],
                              cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise lib.Missing("npm install: " + done.stderr.decode("utf-8", "replace")[-200:].strip())
    return folder
