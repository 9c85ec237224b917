"""What the benches share: programs that are started and surely stopped, a site with the real usher
and the Telegram simulator, medians with their spread, and rows of the table. Standard library only."""
import glob
import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ADMIN_TOKEN = "admin-token-for-benches"
IME_SECRET = "ime-secret-for-benches"


class Missing(Exception):
    """Something that a bench compares with cannot be had here; the table says so."""


class Row:
    """One line of the table: a figure beside its ceiling or peer of the same run.

    values: one per repetition. versus: (name, values) of what stands beside it. ratio: value over
    versus, or with less=True versus over value. goal: (text, met)."""

    def __init__(self, bench, what, values, unit, versus=None, less=False, goal=None, note=""):
        self.bench, self.what, self.unit, self.note = bench, what, unit, note
        self.values = [float(value) for value in values]
        self.value = statistics.median(self.values) if self.values else None
        self.spread = (min(self.values), max(self.values)) if self.values else None
        self.versus_name = versus[0] if versus else ""
        self.versus = statistics.median(versus[1]) if versus and versus[1] else None
        self.ratio = None
        if self.value and self.versus:
            self.ratio = self.versus / self.value if less else self.value / self.versus
        self.goal, self.met = "", None
        if goal:
            self.goal, test = goal
            self.met = bool(test(self)) if self.values else None

    def as_json(self):
        return {key: value for key, value in vars(self).items()}


class Context:
    """Of one run of bench/run."""

    def __init__(self, build, quick, seconds):
        self.build, self.quick, self.failed = build, quick, False
        self.deadline = time.monotonic() + seconds
        self.rows = []
        self.series = {}  # of the charts, by name
        self.notes = []
        # On the disk of the repository: /tmp may be memory, where a sync costs nothing.
        os.makedirs(os.path.join(build, "bench-data"), exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="run-", dir=os.path.join(build, "bench-data"))
        self.programs = []

    def left(self):
        return self.deadline - time.monotonic()

    def program(self, name):
        path = os.path.join(self.build, name if "/" in name else "bench/" + name)
        if not os.access(path, os.X_OK):
            raise Missing("%s was not built" % path)
        return path

    def sub(self, name):
        """A fresh folder."""
        return tempfile.mkdtemp(prefix=name + "-", dir=self.folder)

    def add(self, *arguments, **keywords):
        row = Row(*arguments, **keywords)
        self.rows.append(row)
        say("  " + brief(row))
        return row

    def missing(self, bench, what, reason):
        """A line that says what could not be measured, and why."""
        return self.add(bench, what, [], "", note="not measured: " + reason)

    def start(self, command, **keywords):
        program = Program(command, **keywords)
        self.programs.append(program)
        return program

    def end_programs(self):
        for program in reversed(self.programs):
            program.stop(signal.SIGKILL)
        self.programs.clear()

    def close(self):
        self.end_programs()
        shutil.rmtree(self.folder, ignore_errors=True)


def say(text):
    print(text, flush=True)


def number(value):
    """For people: 3 digits that count."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return "{:,.0f}".format(value).replace(",", " ")
    return "%.3g" % value


def brief(row):
    text = "%s: %s %s" % (row.what, number(row.value), row.unit)
    if row.spread and len(row.values) > 1:
        text += " (%s..%s)" % (number(row.spread[0]), number(row.spread[1]))
    if row.ratio is not None:
        text += ", %s %s: ratio %.2f" % (row.versus_name, number(row.versus), row.ratio)
    if row.met is not None:
        text += ", goal %s: %s" % (row.goal, "met" if row.met else "MISSED")
    return text + (" (%s)" % row.note if row.note else "")


def find(name):
    """A program of another package."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise Missing("%s is not installed" % name)
    return path


def find_postgres(name):
    """Debian keeps PostgreSQL's programs out of the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/" + name))
    return found[-1] if found else find(name)


def run_json(command, timeout=300, **keywords):
    """Runs a program to its end and reads the line of JSON that it prints last."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=timeout, **keywords)
    if done.returncode != 0:
        raise RuntimeError("%s: exit code %d: %s" % (os.path.basename(command[0]), done.returncode,
                                                     done.stderr[-2000:]))
    return json.loads(done.stdout.strip().splitlines()[-1])


class Program:
    """A child whose output is kept in a file."""

    def __init__(self, command, log=None, env=None, cwd=None, user=None):
        self.log = open(log, "ab") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env=env, cwd=cwd,
                                        user=user, start_new_session=True)
        self.lines = []
        self.first = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            if len(self.lines) < 1000:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
            self.first.set()
        self.first.set()

    def port(self):
        """Of the line "listening 127.0.0.1:PORT"."""
        if not self.first.wait(20) or not self.lines or not self.lines[0].startswith("listening "):
            raise RuntimeError("%r did not start: %r" % (self.process.args, self.lines))
        return int(self.lines[0].rsplit(":", 1)[1])

    def stop(self, sig=signal.SIGTERM, patience=20):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def until(condition, what, patience=20.0, pause=0.01):
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise RuntimeError("it did not happen in time: " + what)
        time.sleep(pause)


def request(port, method, path, body=None, headers=None, timeout=60):
    """(status, body), or (0, b"") when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def memory(pid):
    """(resident, of it private) in bytes: mapped pages of a file are the kernel's to take back."""
    fields = {}
    with open("/proc/%d/status" % pid) as status:
        for line in status:
            name, _, value = line.partition(":")
            fields[name] = value.split()
    return int(fields["VmRSS"][0]) * 1024, int(fields["RssAnon"][0]) * 1024


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def folder_bytes(path):
    """What a folder takes on the disk: an LMDB file may have holes."""
    total = 0
    for root, _, names in os.walk(path):
        for name in names:
            total += os.stat(os.path.join(root, name)).st_blocks * 512
    return total


YAML = """\
data_dir: ./var
http: {listen: "127.0.0.1:0", peer_per_second: 0}
admin: {token: "%(admin)s"}
community: {name: Trade Club, timezone: Asia/Shanghai, language: en}
bots:
%(bots)s
groups:
%(groups)s
plans:
%(plans)s
gateways:
  - name: ime
    kind: hmac
    secrets: ["%(ime)s"]
    hmac:
      algorithm: sha256
      key: utf8
      signature: {header: X-iMe-Signature, format: kv, field: v1, encoding: hex}
      timestamp: {field: t, unit: s, tolerance: 5 minutes}
      signed: "{timestamp}.{body}"
      event_id: {header: X-iMe-Event-Id}
      map:
        kind: {pointer: /type, values: {payment.succeeded: paid, payment.refunded: refunded}}
        payment_id: /data/payment_id
        order_id: /data/order_id
        telegram_id: /data/telegram_id
        plan: /data/plan
        amount: /data/amount
        currency: /data/currency
"""


class Site:
    """A folder with a configuration, telegram-sim, and the real `usher run`. Bot i has group i and
    plan i; the first plan is "starter". scale multiplies the bots' calls a second, in the
    simulator's limits and in the configuration alike."""

    def __init__(self, context, bots=1, scale=1, record=False):
        self.context, self.bots = context, bots
        self.folder = context.sub("site")
        self.log = os.path.join(self.folder, "usher.log")
        self.config = os.path.join(self.folder, "usher.yaml")
        self.record = os.path.join(self.folder, "calls.jsonl") if record else None
        self.per_second = 30 * scale
        self.tokens = ["%d:AAbenchtokenbenchtokenbenchtoken12345" % (1000001 + i) for i in range(bots)]
        command = [os.path.join(context.build, "telegram-sim"),
                   "--per-second", str(self.per_second)]
        for i in range(bots):
            command += ["--bot", "%s,bench_%d_bot" % (self.tokens[i], i),
                        "--chat", "%d,supergroup,Group%d" % (self.chat(i), i)]
        if record:
            command += ["--record", self.record]
        self.sim = context.start(command, log=os.path.join(self.folder, "sim.log"))
        self.sim_port = self.sim.port()
        self.usher = None
        self.port = None
        self.offsets = {}  # of updates that were taken in usher's place, by bot
        with open(self.config, "w") as out:
            out.write(YAML % {
                "admin": ADMIN_TOKEN, "ime": IME_SECRET,
                "bots": "\n".join(
                    '  - {name: bot%d, token: "%s", api_url: "http://127.0.0.1:%d", updates: polling,'
                    ' limits: {per_second: %d}}' % (i, self.tokens[i], self.sim_port, self.per_second)
                    for i in range(bots)),
                "groups": "\n".join("  - {name: group%d, bot: bot%d, chat_id: %d, invite: join_request}"
                                    % (i, i, self.chat(i)) for i in range(bots)),
                "plans": "\n".join(
                    '  - {name: %s, groups: [group%d], prices: [{amount: "9.00", currency: USD, period: 1 month}]}'
                    % (plan(i), i) for i in range(bots))})

    @staticmethod
    def chat(i):
        return -1001000000001 - i

    def start(self, patience=60.0, ready=True):
        """Starts usher; returns the seconds until it was ready to accept, or else until it listened."""
        begun = time.monotonic()
        size = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        self.usher = self.context.start([os.path.join(self.context.build, "usher"), "run", "--config",
                                         self.config], log=self.log, cwd=self.folder)
        self.port = until(lambda: self._port(size), "usher listens; see " + self.log, patience, 0.002)
        if ready:
            until(lambda: request(self.port, "GET", "/readyz")[0] == 200, "usher is ready", patience, 0.002)
        return time.monotonic() - begun

    def _port(self, size):
        if self.usher.process.poll() is not None:
            raise RuntimeError("usher ended: see " + self.log)
        if not os.path.exists(self.log):
            return None
        with open(self.log, "rb") as log:
            log.seek(size)
            for line in log.read().decode("utf-8", "replace").splitlines(True):
                if " http=127.0.0.1:" in line and line.endswith("\n"):
                    return int(line.split(" http=127.0.0.1:")[1].split()[0])
        return None

    def metric(self, name):
        status, body = request(self.port, "GET", "/metrics")
        if status != 200:
            return None
        return sum(float(line.rsplit(" ", 1)[1]) for line in body.decode().splitlines()
                   if line.startswith((name + " ", name + "{")))

    def ask(self, path):
        status, body = request(self.port, "GET", "/api/v1/" + path,
                               headers={"Authorization": "Bearer " + ADMIN_TOKEN})
        return json.loads(body) if status == 200 else None

    def tell(self, method, path, body=None):
        status, answer = request(self.port, method, "/api/v1/" + path,
                                 json.dumps(body) if body is not None else None,
                                 {"Authorization": "Bearer " + ADMIN_TOKEN, "Content-Type": "application/json"})
        if status != 200:
            raise RuntimeError("%s %s: %d %s" % (method, path, status, answer[:300]))
        return json.loads(answer)

    def tell_sim(self, method, path, body=None):
        status, answer = request(self.sim_port, method, "/sim" + path,
                                 json.dumps(body) if body is not None else None,
                                 {"Content-Type": "application/json"})
        if status != 200:
            raise RuntimeError("telegram-sim %s: %d %s" % (path, status, answer[:300]))
        return json.loads(answer)

    def settle(self, patience=120.0):
        """Until the state has caught up with the journal."""
        until(lambda: self.metric("usher_journal_applied") == self.metric("usher_journal_tail"),
              "the state catches up", patience, 0.05)

    def stop(self, sig=signal.SIGTERM):
        if self.usher:
            self.usher.stop(sig, 30)
        self.sim.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def plan(i):
    return "starter" if i == 0 else "plan%d" % i
