"""A sale through orders: people ask the bot for its plans, press to an order, and pay that by a signed callback; one in
fifty cancels it first and pays all the same. What people do next follows from what Telegram has shown them, which is
read from the simulator's record of calls. Then it is audited: who was charged is in, or is on the operator's list."""
import collections
import http.client
import json
import queue
import re
import threading
import time

WORKERS = 6
CANCELS = 50  # one in so many
POLL = 0.02  # seconds between two looks at the record
ORDER_ID = re.compile(r"\bord_[a-z0-9]{16}\b")


class Buyer:
    """Where one stands: pressing (so many buttons), cancelled, paying, paid."""

    def __init__(self, user, cancels):
        self.user, self.cancels = user, cancels
        self.stage, self.pressed, self.order = "pressing", 0, None


class Line:
    """One worker's connections, which are kept."""

    def __init__(self):
        self.open = {}

    def ask(self, port, method, path, body=None, headers=None):
        """Its status and body; once more when the other side has closed the connection meanwhile."""
        for last in (False, True):
            connection = self.open.setdefault(port, http.client.HTTPConnection("127.0.0.1", port, timeout=60))
            try:
                connection.request(method, path, body, headers or {})
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                if last:
                    raise
        return None

    def close(self):
        for connection in self.open.values():
            connection.close()


class OrderSale:
    """buttons: what is pressed one after another from the list of plans to the order, each a part of a button's text.
    pay(user, order_id) -> (path, body, headers) of a genuine callback."""

    def __init__(self, sim_port, usher_port, record, users, buttons, pay):
        self.sim_port, self.usher_port, self.record = sim_port, usher_port, record
        self.buttons, self.pay = buttons, pay
        self.buyers = {user: Buyer(user, n % CANCELS == CANCELS - 1) for n, user in enumerate(users)}
        self.jobs = queue.Queue()
        self.refused = collections.Counter()  # callbacks, by status other than 200
        self.odd = []
        self.paid = 0
        self.over = False

    def run(self, seconds, patience):
        """All say /plans within so many seconds and buy; returns when all have paid."""
        threads = [threading.Thread(target=self.work, daemon=True) for _ in range(WORKERS)]
        threads.append(threading.Thread(target=self.watch, daemon=True))
        for thread in threads:
            thread.start()
        begun = time.monotonic()
        for n, buyer in enumerate(self.buyers.values()):
            time.sleep(max(0, begun + seconds * n / len(self.buyers) - time.monotonic()))
            self.jobs.put((self.say, buyer))
        deadline = time.monotonic() + patience
        while self.paid < len(self.buyers) and not self.odd and time.monotonic() < deadline:
            time.sleep(0.1)
        self.over = True
        for _ in range(WORKERS):
            self.jobs.put(None)
        stages = collections.Counter(buyer.stage for buyer in self.buyers.values())
        if self.odd or self.paid < len(self.buyers):
            raise RuntimeError("the sale stands still: %s, %s" % (dict(stages), self.odd[:3]))

    def work(self):
        line = Line()
        while (job := self.jobs.get()) is not None:
            try:
                job[0](line, job[1])
            except Exception as error:  # pylint: disable=broad-except; the main thread shows it
                self.odd.append("%s of %d: %r" % (job[1].stage, job[1].user, error))
        line.close()

    def watch(self):
        """What each was shown last decides what they do next."""
        with open(self.record, encoding="utf-8") as file:
            rest = ""
            while not self.over:
                rest += file.read()
                lines = rest.split("\n")
                rest = lines.pop()
                for line in lines:
                    self.saw(json.loads(line))
                if not lines:
                    time.sleep(POLL)

    def saw(self, call):
        buyer = self.buyers.get(call["chat_id"])
        if buyer is None or call["code"] != 200 or call["method"] not in ("sendMessage", "editMessageText"):
            return
        if buyer.stage == "pressing" and buyer.pressed < len(self.buttons):
            self.jobs.put((self.press, buyer))
        elif buyer.stage == "pressing" and buyer.cancels:
            buyer.stage = "cancelled"
            self.jobs.put((self.cancel, buyer))
        elif buyer.stage in ("pressing", "cancelled"):
            buyer.stage = "paying"
            self.jobs.put((self.settle, buyer))

    def say(self, line, buyer):
        self.user(line, buyer, "say", {"text": "/plans"})

    def press(self, line, buyer):
        buyer.pressed += 1
        self.user(line, buyer, "press", {"text": self.buttons[buyer.pressed - 1]})

    def cancel(self, line, buyer):
        self.user(line, buyer, "press", {"text": "Cancel"})

    def settle(self, line, buyer):
        """Pays the order that the bot has shown, sent by the gateway until it is taken."""
        status, body = line.ask(self.sim_port, "GET", "/sim/messages?chat=%d" % buyer.user)
        shown = json.loads(body)["messages"][-1]["text"] if status == 200 else ""
        found = ORDER_ID.search(shown)
        if found is None:
            raise AssertionError("no order is shown: %r" % shown)
        buyer.order = found.group()
        path, body, headers = self.pay(buyer.user, buyer.order)
        while True:
            status, _ = line.ask(self.usher_port, "POST", path, body, {"Content-Type": "application/json", **headers})
            if status == 200:
                break
            self.refused[status] += 1
            if status != 503:
                raise AssertionError("the callback was answered %d" % status)
            time.sleep(0.1)
        buyer.stage = "paid"
        self.paid += 1

    def user(self, line, buyer, action, body):
        status, answer = line.ask(self.sim_port, "POST", "/sim/user/%d/%s" % (buyer.user, action), json.dumps(body),
                                  {"Content-Type": "application/json"})
        if status != 200:
            raise AssertionError("%s: %d %s" % (action, status, answer[:200]))

    def expected_inside(self):
        return {buyer.user for buyer in self.buyers.values() if not buyer.cancels}

    def audit(self, inside, unsettled):
        """inside: who is in the group; unsettled: the operator's list. Returns what is wrong, "" for nothing."""
        listed = {payment["order_id"]: payment["reason"] for payment in unsettled}
        cancelled = {buyer.order for buyer in self.buyers.values() if buyer.cancels}
        lost = [buyer.user for buyer in self.buyers.values() if buyer.user not in inside and buyer.order not in listed]
        strangers = inside - self.expected_inside()
        wrong = []
        if lost:
            wrong.append("%d were charged and have neither access nor a listed payment: %s" % (len(lost), lost[:5]))
        if strangers:
            wrong.append("%d are in and have not paid an order of theirs: %s" % (len(strangers), sorted(strangers)[:5]))
        if set(listed) != cancelled or set(listed.values()) - {"unsettled_order_cancelled"}:
            wrong.append("%d payments are listed, of %d cancelled orders" % (len(listed), len(cancelled)))
        return "; ".join(wrong)
