"""The queue: put, lease, done of 500-byte jobs by the journal and the delivery store alone, beside Redis
Streams, beanstalkd and PostgreSQL with the same durability, each driven by a C client of its own."""
import os
import pwd
import shutil
import socket
import subprocess

import lib

FEW = 1000


def run(context):
    rounds = 2 if context.quick else 3
    flights = (256,) if context.quick else (64, 256, 1000)
    most = 20000 if context.quick else 50000
    peers = []
    for name, start in PEERS:
        try:
            peers.append((name, *start(context)))
        except lib.Missing as missing:
            context.missing("queue", name, str(missing))
    try:
        for flight in flights:
            measure(context, peers, flight, rounds, most)
    finally:
        for _, _, stop in peers:
            stop()


def measure(context, peers, flight, rounds, most):
    options = ["--bytes", "500", "--in-flight", str(flight), "--jobs"]
    ours, theirs = [], {name: [] for name, _, _ in peers}
    jobs = {name: few_or(most, lib.run_json([*command, *options, str(FEW)])) for name, command, _ in peers}
    for _ in range(rounds):
        ours.append(run_ours(context, [*options, str(most)]))
        for name, command, _ in peers:
            theirs[name].append(lib.run_json([*command, *options, str(jobs[name])]))
    for key, what in (("put_per_s", "put"), ("cycle_per_s", "put, lease and done")):
        values = [result[key] for result in ours]
        rows = [(name, [result[key] for result in theirs[name]]) for name, _, _ in peers]
        best = max(rows, key=lambda row: lib.statistics.median(row[1]), default=None)
        for row in rows:
            context.add("queue", "%s, %d in flight" % (what, flight), values, "jobs/s", row,
                        goal=("2 x the best", lambda it: it.ratio >= 2) if row is best else None)
        for name, row in [("usher", values), *rows]:
            context.series.setdefault("queue-" + key[:-6], {}).setdefault(name, []).append(
                (flight, lib.statistics.median(row)))


def run_ours(context, options):
    folder = context.sub("queue")
    result = lib.run_json([context.program("queue"), "--folder", folder, *options])
    shutil.rmtree(folder)
    return result


def few_or(most, result):
    """As many jobs as take about a second, so that a slow peer does not take all the time."""
    return int(min(most, max(FEW, result["cycle_per_s"])))


def start_redis(context):
    """Redis with an append-only file that is synced before each answer."""
    folder = context.sub("redis")
    path = os.path.join(folder, "redis.sock")
    program = context.start([lib.find("redis-server"), "--port", "0", "--unixsocket", path, "--dir", folder,
                             "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                             "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"])
    lib.until(lambda: os.path.exists(path), "redis starts")
    return [context.program("peer_redis"), "--socket", path], program.stop


def start_beanstalkd(context):
    """beanstalkd with a binlog that is synced at each write."""
    folder = context.sub("beanstalkd")
    port = free_port()
    program = context.start([lib.find("beanstalkd"), "-l", "127.0.0.1", "-p", str(port), "-b", folder, "-f0"])
    lib.until(lambda: answers(port), "beanstalkd starts")
    return [context.program("peer_beanstalkd"), "--port", str(port)], program.stop


def start_postgres(context):
    """PostgreSQL as it comes, synchronous_commit on, with room for the connections."""
    folder = context.sub("postgres")
    user = None
    if os.geteuid() == 0:  # it refuses to run as root
        names = [entry.pw_name for entry in pwd.getpwall()]
        user = "postgres" if "postgres" in names else "nobody"
        os.chmod(context.folder, 0o711)
        shutil.chown(folder, user)
    data = os.path.join(folder, "data")
    initdb = subprocess.run([lib.find_postgres("initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, user=user, cwd=folder)
    if initdb.returncode != 0:
        raise lib.Missing("initdb: " + initdb.stderr.decode("utf-8", "replace")[-200:].strip())
    program = context.start([lib.find_postgres("postgres"), "-D", data, "-k", folder, "-c", "listen_addresses=",
                             "-c", "max_connections=200", "-c", "synchronous_commit=on", "-c", "fsync=on",
                             "-c", "shared_buffers=256MB"], user=user, cwd=folder)
    address = "host=%s user=bench dbname=postgres" % folder
    lib.until(lambda: os.path.exists(os.path.join(folder, ".s.PGSQL.5432")), "postgres starts")
    # A fast shutdown; SIGTERM would wait for clients.
    return [context.program("peer_postgres"), "--address", address], lambda: program.stop(lib.signal.SIGINT)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


PEERS = (("Redis", start_redis), ("beanstalkd", start_beanstalkd), ("PostgreSQL", start_postgres))
