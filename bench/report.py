"""What a run leaves: the table, JSON, charts, and the figures in docs/PERFORMANCE.md."""
import datetime
import json
import os
import platform
import re
import shutil
import subprocess

import lib

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

# chart, title, axis x, axis y, logarithmic axes
CHARTS = (
    ("door-400", "Durable acknowledgements, 400-byte callbacks", "connections", "acknowledgements/s", "x"),
    ("door-3072", "Durable acknowledgements, 3 KB callbacks", "connections", "acknowledgements/s", "x"),
    ("door-latency", "Open loop: latency from the intended time", "% of the closed loop's rate", "ms", "y"),
    ("queue-put", "Put", "in flight", "jobs/s", "xy"),
    ("queue-cycle", "Put, lease and done", "in flight", "jobs/s", "xy"),
    ("ledger", "Commands applied", "members", "commands/s", "x"),
)


def machine(folder):
    with open("/proc/cpuinfo") as info:
        models = re.findall(r"model name\s*: (.*)", info.read())
    with open("/proc/meminfo") as info:
        kib = int(re.search(r"MemTotal:\s*(\d+)", info.read()).group(1))
    system = subprocess.run(["df", "--output=fstype", folder], stdout=subprocess.PIPE, text=True)
    version = subprocess.run(["git", "-C", lib.HERE, "describe", "--tags", "--always", "--dirty"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return {"at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            "version": version.stdout.strip() or "unknown",
            "cpu": models[0] if models else platform.machine(), "cores": os.cpu_count(),
            "memory_gib": round(kib / 2**20, 1), "kernel": platform.release(),
            "filesystem": system.stdout.split()[-1], "load_before": round(os.getloadavg()[0], 2)}


def describe(it):
    text = "%(at)s, usher %(version)s, %(cores)d x %(cpu)s, %(memory_gib)s GiB, Linux %(kernel)s, %(filesystem)s" % it
    if it["load_before"] > 0.5:
        text += "; the machine was busy with something else (load %(load_before)s before the run)" % it
    return text


def write(folder, context, it, took, quick):
    os.makedirs(folder, exist_ok=True)
    lib.say("")
    for line in table(context.rows):
        lib.say(line)
    lib.say("")
    lib.say(describe(it))
    lib.say("took %.0f s; ratio above 1: usher is ahead of what stands beside it" % took)
    for note in context.notes:
        lib.say("note: " + note)
    result = {"machine": it, "quick": quick, "seconds": round(took, 1), "notes": context.notes,
              "rows": [row.as_json() for row in context.rows], "series": context.series}
    name = it["at"].replace(" UTC", "").replace(" ", "-").replace(":", "")
    for path in (name + ".json", "latest.json"):
        with open(os.path.join(folder, path), "w") as out:
            json.dump(result, out, indent=1)
    for chart in CHARTS:
        draw(folder, context.series.get(chart[0]), *chart)
    lib.say("written to " + os.path.relpath(folder))


def cells(row):
    figure = lib.number(row.value)
    if row.spread and len(row.values) > 1:
        figure += " (%s..%s)" % (lib.number(row.spread[0]), lib.number(row.spread[1]))
    beside = "%s %s" % (row.versus_name, lib.number(row.versus)) if row.versus_name else ""
    goal = row.goal
    if row.met is not None:
        goal += ": " + ("met" if row.met else "MISSED")
    ratio = "" if row.ratio is None else "%.3g" % row.ratio
    return [row.bench, row.what, figure, row.unit, beside, ratio, goal, row.note]


HEAD = ["bench", "what", "median (spread)", "", "beside", "ratio", "goal", "note"]


def table(rows):
    lines = [HEAD, *(cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD) - 1)]
    for line in lines:
        yield "  ".join([cell.ljust(width) for cell, width in zip(line, widths)] + line[-1:]).rstrip()


def quoted(text):
    """As gnuplot reads it."""
    return "'%s'" % text.replace("'", "''")


def draw(folder, series, name, title, x, y, logarithmic):
    points = {label: sorted(values) for label, values in (series or {}).items() if values}
    if not shutil.which("gnuplot") or max((len(values) for values in points.values()), default=0) < 2:
        return
    script = ["set terminal svg size 800,480 dynamic background rgb 'white'",
              "set output " + quoted(os.path.join(folder, name + ".svg")), "set title " + quoted(title),
              "set xlabel " + quoted(x), "set ylabel " + quoted(y), "set key outside", "set grid",
              "set yrange [%s:]" % ("*" if "y" in logarithmic else "0")]
    script += ["set logscale " + axis for axis in logarithmic]
    lines = []
    for i, (label, values) in enumerate(points.items()):
        script += ["$data%d << END" % i, *("%g %g" % point for point in values), "END"]
        lines.append("$data%d using 1:2 with linespoints linewidth 2 title %s" % (i, quoted(label)))
    script.append("plot " + ", ".join(lines))
    subprocess.run(["gnuplot"], input="\n".join(script), text=True, check=False)


def write_docs(path, context, it, quick):
    """Replaces the figures between the two marks."""
    with open(path) as source:
        before, rest = source.read().split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    lines = [BEGIN, "", ("A quick run: " if quick else "") + describe(it) + ".", "",
             "| what | median (spread) | beside | ratio | goal | note |", "|---|---|---|---|---|---|"]
    for row in context.rows:
        bench, what, figure, unit, beside, ratio, goal, note = (cell.replace("|", "/") for cell in cells(row))
        lines.append("| %s: %s | %s %s | %s | %s | %s | %s |" % (bench, what, figure, unit, beside, ratio,
                                                                goal.replace("MISSED", "**missed**"), note))
    with open(path, "w") as out:
        out.write(before + "\n".join([*lines, "", END]) + after)
