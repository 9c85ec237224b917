"""Starts usher and telegram-sim on free ports in a temporary folder and talks to both; standard library
only. BUILD names the folder of the programs."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

BUILD = os.path.abspath(os.environ.get(
    "BUILD", os.path.join(os.path.dirname(__file__), "..", "..", "build")))
USHER = os.path.join(BUILD, "usher")
NEXT = os.path.join(BUILD, "usher-next")  # the same with other rules
SIM = os.path.join(BUILD, "telegram-sim")

TOKEN = "1000001:AAtesttoken"
STARTER = -1001000000001
CORE = -1001000000002
STRIPE_SECRET = "whsec_test_stripe"
STANDARD_SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
BTCPAY_SECRET = "btcpay-secret"
IME_SECRET = "ime-secret"
ADMIN_TOKEN = "admin-token-for-tests"

# Sanitizers make everything slower.
PATIENCE = float(os.environ.get("PATIENCE", "20"))

CONFIG = """\
data_dir: ./var
http: {listen: "127.0.0.1:%(http_port)d"}
admin: {token: "%(admin)s"}
community: {name: Trade Club, timezone: Asia/Shanghai, language: en}
bots:
  - name: main
    token: "%(token)s"
    api_url: %(api_url)s
    updates: %(updates)s
    webhook_secret: "hook-secret"
groups:
  - {name: starter, bot: main, chat_id: -1001000000001, invite: join_request}
  - {name: core, bot: main, chat_id: -1001000000002, invite: one_time_link}
plans:
  - name: starter
    groups: [starter]
    prices: [{amount: "9.00", currency: USD, period: 1 month}]
  - name: core
    groups: [starter, core]
    seats: 500
    grace: 3 days
    prices: [{amount: "29.00", currency: USD, period: 1 month}]
    welcome: {text: "Welcome, {{name}}!", resources: ["https://example.org/starter-pack.pdf"]}
gateways:
  - {name: stripe, kind: stripe, secrets: ["%(stripe)s"]}
  - {name: btcpay, kind: btcpay, secrets: ["%(btcpay)s"]}
  - {name: standard, kind: standard_webhooks, secrets: ["%(standard)s"]}
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
        telegram_id: /data/telegram_id
        plan: /data/plan
        amount: /data/amount
        currency: /data/currency
%(more)s"""


def until(condition, what, patience=None):
    """Polls until condition() is true and returns its value; fails with what after a while."""
    deadline = time.monotonic() + (patience or PATIENCE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time: " + what)
        time.sleep(0.02)


class Answer:
    """One HTTP answer: status, headers in lower case, body, and its JSON where it is JSON."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()
        try:
            self.json = json.loads(self.body)
        except ValueError:
            self.json = None

    def __repr__(self):
        return "%d %r" % (self.status, self.body[:300])


def request(port, method, path, body=None, headers=None, timeout=40):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


class Program:
    """A child process whose standard error is kept."""

    def __init__(self, command, env=None, cwd=None):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, env=env, cwd=cwd)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def log(self):
        return "\n".join(self.lines)

    def await_ready(self):
        """Waits until usher says ready; the port of its HTTP, or None where it has none."""
        def said():
            return next((line for line in self.lines if " ready " in line), None)
        until(lambda: said() or self.process.poll() is not None, "usher says ready:\n" + self.log())
        line = said()
        if line is None:
            raise AssertionError("usher ended with %s:\n%s" % (self.process.returncode, self.log()))
        if "http=none" in line:
            return None
        return int(line.split("http=")[1].split()[0].rsplit(":", 1)[1])

    def stop(self, sig=signal.SIGTERM, patience=None):
        """Sends a signal, waits, and returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        code = self.process.wait(timeout=patience or PATIENCE * 2)
        self.reader.join(timeout=5)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class Telegram:
    """telegram-sim with one bot and the two groups of the configuration."""

    def __init__(self, *arguments):
        self.program = Program([SIM, "--bot", TOKEN + ",usher_bot",
                                "--chat", "%d,supergroup,Starter" % STARTER,
                                "--chat", "%d,supergroup,Core" % CORE, *arguments])
        line = self.program.process.stdout.readline()
        if not line.startswith("listening "):
            raise AssertionError("telegram-sim does not start: %r %s" % (line, self.program.log()))
        self.port = int(line.strip().rsplit(":", 1)[1])

    def url(self):
        return "http://127.0.0.1:%d" % self.port

    def sim(self, method, path, body=None):
        answer = request(self.port, method, "/sim" + path,
                         json.dumps(body) if body is not None else None,
                         {"Content-Type": "application/json"})
        assert answer.status == 200, answer
        return answer.json

    def user(self, telegram_id, action, **body):
        return self.sim("POST", "/user/%d/%s" % (telegram_id, action), body)

    def report(self, users=True):
        return self.sim("GET", "/report" if users else "/report?users=0")

    def messages(self, telegram_id):
        return self.sim("GET", "/messages?chat=%d" % telegram_id)["messages"]

    def members(self, chat_id):
        return self.sim("GET", "/chat/%d/members" % chat_id)

    def close(self):
        return self.program.stop()


def free_ports(count):
    """Ports nobody listens on, below those that the kernel gives to outgoing connections: what is killed
    and started again must find its port free, and who calls it meanwhile must not meet itself there."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        highest = int(file.read().split()[0])
    ports = []
    choice = random.SystemRandom()
    while len(ports) < count:
        port = choice.randrange(10000, highest) if highest > 11000 else 0
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            port = one.getsockname()[1]
        if port not in ports:
            ports.append(port)
    return ports


class Descriptors:
    """A thousand connections need more descriptors than many systems give a process at first."""

    def __init__(self, wanted):
        self.wanted = wanted

    def __enter__(self):
        self.before = resource.getrlimit(resource.RLIMIT_NOFILE)
        hard = self.before[1]
        soft = self.wanted if hard == resource.RLIM_INFINITY else min(hard, self.wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def __exit__(self, *_):
        resource.setrlimit(resource.RLIMIT_NOFILE, self.before)


class Site:
    """A temporary folder with a configuration, and usher running on it. template: the configuration
    with %(name)s for what differs; env: the environment of usher, by default ours."""

    def __init__(self, api_url, updates="polling", more="", http_port=0, template=CONFIG, env=None):
        self.template = template
        self.env = env
        self.folder = tempfile.mkdtemp(prefix="usher-test-")
        self.config = os.path.join(self.folder, "usher.yaml")
        self.values = dict(http_port=http_port, admin=ADMIN_TOKEN, token=TOKEN, api_url=api_url,
                           updates=updates, stripe=STRIPE_SECRET, btcpay=BTCPAY_SECRET,
                           standard=STANDARD_SECRET, ime=IME_SECRET, more=more)
        self.write_config()
        self.program = USHER
        self.usher = None
        self.port = None
        self.kept = False

    def write_config(self, **changes):
        self.values.update(changes)
        with open(self.config, "w") as file:
            file.write(self.template % self.values)
        os.chmod(self.config, 0o600)

    def start(self, *arguments, ready=True):
        self.usher = Program([self.program, "run", "--config", self.config, *arguments], self.env)
        port = self.usher.await_ready()
        if port is not None:
            self.port = port
            if ready:
                until(lambda: self.get("/readyz").status == 200, "usher is ready")
        return self

    def stop(self, sig=signal.SIGTERM):
        code = self.usher.stop(sig)
        self.usher = None
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)

    def pids(self):
        return [self.usher.process.pid]

    def logs(self):
        """What usher has said, by the name of each process."""
        return {"usher": self.usher.log()} if self.usher is not None else {}

    def close(self):
        """Ends what still runs and removes the folder."""
        if self.usher is not None and self.usher.process.poll() is None:
            self.kill()
        if not self.kept:
            shutil.rmtree(self.folder)

    def keep(self):
        """The folder stays, with what usher said in it, for whoever looks why a test failed; its name."""
        self.kept = True
        for name, log in self.logs().items():
            with open(os.path.join(self.folder, name + ".log"), "w") as file:
                file.write(log + "\n")
        return self.folder

    def get(self, path, headers=None):
        return request(self.port, "GET", path, headers=headers)

    def api(self, method, path, body=None, token=ADMIN_TOKEN):
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = "Bearer " + token
        return request(self.port, method, "/api/v1/" + path,
                       json.dumps(body) if body is not None else None, headers)

    def hook(self, gateway, body, headers):
        return request(self.port, "POST", "/hooks/" + gateway, body,
                       {"Content-Type": "application/json", **headers})

    def stripe(self, event):
        return self.hook("stripe", *stripe_signed(event))

    def pay(self, telegram_id, plan="starter", amount=900, payment_id=None, event_id=None):
        """A paid Stripe checkout."""
        return self.stripe(stripe_checkout(telegram_id, plan, amount, payment_id, event_id))

    def member(self, telegram_id):
        answer = self.api("GET", "members/%d" % telegram_id)
        return answer.json if answer.status == 200 else None

    def cli(self, *arguments, env=None):
        """Runs a verb of usher and returns the finished process."""
        return subprocess.run([self.program, *arguments], capture_output=True, text=True,
                              timeout=PATIENCE * 3, env=env or self.env, cwd=self.folder)

    def metric(self, start):
        """The sum of all series whose line starts with start."""
        lines = self.get("/metrics").body.decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(start))


def stripe_checkout(telegram_id, plan="starter", amount=900, payment_id=None, event_id=None,
                    kind="checkout.session.completed", currency="usd"):
    payment_id = payment_id or "pi_%d_%s" % (telegram_id, plan)
    return {"id": event_id or "evt_" + payment_id, "object": "event", "type": kind,
            "created": int(time.time()),
            "data": {"object": {"id": "cs_" + payment_id, "object": "checkout.session",
                                "payment_status": "paid", "payment_intent": payment_id,
                                "amount_total": amount, "currency": currency,
                                "metadata": {"telegram_id": str(telegram_id), "plan": plan}}}}


def stripe_refund(payment_id, amount=900, event_id=None):
    return {"id": event_id or "evt_refund_" + payment_id, "object": "event",
            "type": "charge.refunded", "created": int(time.time()),
            "data": {"object": {"id": "ch_" + payment_id, "object": "charge", "amount": amount,
                                "amount_refunded": amount, "refunded": True, "currency": "usd",
                                "payment_intent": payment_id, "metadata": {}}}}


def stripe_signed(event, secret=STRIPE_SECRET, at=None, body=None):
    """(body, headers); body: what is signed in place of the event's JSON"""
    body = json.dumps(event) if body is None else body
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), ("%d.%s" % (stamp, body)).encode(), hashlib.sha256)
    return body, {"Stripe-Signature": "t=%d,v1=%s" % (stamp, digest.hexdigest())}


def standard_signed(event, secret=STANDARD_SECRET, message_id="msg_1", at=None):
    body = json.dumps(event)
    stamp = int(time.time() if at is None else at)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, ("%s.%d.%s" % (message_id, stamp, body)).encode(), hashlib.sha256)
    return body, {"webhook-id": message_id, "webhook-timestamp": str(stamp),
                  "webhook-signature": "v1," + base64.b64encode(digest.digest()).decode()}


def btcpay_signed(event, secret=BTCPAY_SECRET):
    body = json.dumps(event)
    digest = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return body, {"BTCPay-Sig": "sha256=" + digest}


def ime_signed(event, secret=IME_SECRET, event_id="ime_1", at=None):
    body = json.dumps(event)
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), ("%d.%s" % (stamp, body)).encode(), hashlib.sha256)
    return body, {"X-iMe-Signature": "t=%d,v1=%s" % (stamp, digest.hexdigest()),
                  "X-iMe-Event-Id": event_id}


def npm(name, package, version):
    """The folder, below $BUILD, of what npm has installed there: this package. Skips the test where that cannot be."""
    folder = os.path.join(BUILD, name)
    if shutil.which("npm") is None:
        raise unittest.SkipTest("there is no npm; tools/deps npm installs it")
    if not os.path.exists(os.path.join(folder, "node_modules", package, "package.json")):
        os.makedirs(folder, exist_ok=True)
        done = subprocess.run(["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund",
                               "--silent", package + "@" + version],
                              capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise unittest.SkipTest("the npm registry does not answer: " + done.stderr[-300:])
    return folder
