"""The door: durable acknowledgements through the whole path, beside the same HTTP server and the same
library answering nothing, and beside the disk's own syncs."""
import lib

SIZES = (400, 3072)
CONNECTIONS = (64, 256, 1000)
PER_SECOND = {400: 60000, 3072: 40000}  # how many callbacks to make ahead for a second


def run(context):
    sizes = SIZES[:1] if context.quick else SIZES
    connections = (256,) if context.quick else CONNECTIONS
    rounds = 2 if context.quick else 3
    milliseconds = 1500 if context.quick else 2000
    site = lib.Site(context)
    site.start()
    servers = {name: context.start([context.program(name), "--threads", "2"])
               for name in ("empty_server", "empty_library")}
    ports = {name: server.port() for name, server in servers.items()}
    door = Door(context, site.config)
    try:
        for size in sizes:
            for count in connections:
                measure(context, site, door, ports, size, count, rounds, milliseconds)
        if context.quick:
            open_loop(context, site, door, sizes[0], (50,), milliseconds)
        else:
            open_loop(context, site, door, 400, (25, 50, 75), milliseconds)
    finally:
        for server in servers.values():
            server.stop()
        site.stop()


class Door:
    """Runs bench/door, each time with other payments."""

    def __init__(self, context, config):
        self.context, self.config, self.first = context, config, 1

    def load(self, port, size, connections, milliseconds, rate=0, wrap=False):
        requests = 20000 if wrap else int(PER_SECOND[size] * milliseconds / 1000)
        if rate:
            requests = int(rate * milliseconds / 1000) + 1000
        result = lib.run_json([
            self.context.program("door"), "--port", str(port), "--config", self.config, "--bytes", str(size),
            "--connections", str(connections), "--milliseconds", str(milliseconds), "--requests", str(requests),
            "--first", str(self.first), "--rate", str(int(rate)), "--wrap", str(int(wrap))])
        if not wrap:
            self.first += requests
        return result


def raw_syncs(context):
    return lib.run_json([context.program("fsync"), "--file", context.folder + "/fsync", "--milliseconds", "300"])


def measure(context, site, door, ports, size, connections, rounds, milliseconds):
    ours, server, library, syncs = [], [], [], []
    for _ in range(rounds):
        library.append(door.load(ports["empty_library"], size, connections, milliseconds // 2, wrap=True))
        server.append(door.load(ports["empty_server"], size, connections, milliseconds // 2, wrap=True))
        syncs.append(raw_syncs(context))
        before, cpu = site.metric("usher_journal_commit_seconds_count"), lib.cpu_seconds(site.usher.process.pid)
        result = door.load(site.port, size, connections, milliseconds)
        commits = site.metric("usher_journal_commit_seconds_count") - before
        result["per_commit"] = result["ok"] / commits if commits else 0
        result["cpu_us"] = (lib.cpu_seconds(site.usher.process.pid) - cpu) * 1e6 / max(result["ok"], 1)
        if result["refused"] or result["unknown"]:
            context.notes.append("door: %d refused, %d unanswered at %d connections"
                                 % (result["refused"], result["unknown"], connections))
        ours.append(result)
        site.settle()
    name = "%d bytes, %d connections" % (size, connections)
    at_goal = connections == 256
    rate = [r["per_s"] for r in ours]
    context.add("door", name, rate, "acks/s", ("empty server", [r["per_s"] for r in server]),
                goal=("ratio >= 0.45", lambda row: row.ratio >= 0.45) if at_goal else None,
                note="%.0f a commit, %.1f us of usher's CPU each"
                     % (lib.statistics.median(r["per_commit"] for r in ours),
                        lib.statistics.median(r["cpu_us"] for r in ours)))
    context.add("door", name, rate, "acks/s", ("empty libmicrohttpd", [r["per_s"] for r in library]))
    context.add("door", name, rate, "acks/s", ("raw fdatasyncs of 4 KiB", [r["per_s"] for r in syncs]),
                note="p99 of one %.2f ms" % lib.statistics.median(r["p99_us"] / 1000 for r in syncs))
    context.add("door", name + ", p99", [r["p99_us"] / 1000 for r in ours], "ms",
                ("empty server", [r["p99_us"] / 1000 for r in server]), less=True,
                goal=("<= 10 ms", lambda row: row.value <= 10) if at_goal else None,
                note="p50 %.2f, p99.9 %.2f, max %.0f ms" % tuple(
                    lib.statistics.median(r[key] / 1000 for r in ours) for key in ("p50_us", "p999_us", "max_us")))
    for key, results in (("usher", ours), ("empty server", server), ("empty libmicrohttpd", library)):
        context.series.setdefault("door-%d" % size, {}).setdefault(key, []).append(
            (connections, lib.statistics.median(r["per_s"] for r in results)))
    if at_goal:
        door.at_goal = getattr(door, "at_goal", {})
        door.at_goal[size] = lib.statistics.median(rate)


def open_loop(context, site, door, size, shares, milliseconds):
    full = door.at_goal[size]
    for share in shares:
        results = []
        for _ in range(2 if context.quick else 3):
            results.append(door.load(site.port, size, 256, milliseconds, rate=full * share / 100))
            site.settle()
        middle = {key: lib.statistics.median(r[key] / 1000 for r in results)
                  for key in ("p50_us", "p99_us", "p999_us")}
        context.add("door", "open loop at %d %% (%s/s), p99" % (share, lib.number(full * share / 100)),
                    [r["p99_us"] / 1000 for r in results], "ms",
                    note="p50 %.2f, p99.9 %.2f ms, %d not sent in time" % (
                        middle["p50_us"], middle["p999_us"], sum(r["unsent"] for r in results)))
        for key, label in (("p50_us", "p50"), ("p99_us", "p99"), ("p999_us", "p99.9")):
            context.series.setdefault("door-latency", {}).setdefault(label, []).append((share, middle[key]))
