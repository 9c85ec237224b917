"""An independent account of a sale: what was sent and answered 2xx, and from that alone what each
member must hold. It knows nothing of how usher keeps its books.

Excuses are stretches of time in which something was killed or cut: what was under way then may be done
again. Nothing else may be, but for as many repetitions as a test allows (an answer that a simulated Telegram
kept to itself)."""
import collections
import threading
from datetime import datetime, timedelta, timezone

from helpers import CORE, STARTER

LOCAL = timezone(timedelta(hours=8))  # of the community: Asia/Shanghai
GROUPS = {"starter": (STARTER,), "core": (STARTER, CORE)}


def months_later(text, months):
    """The RFC 3339 time so many months later in the community's calendar; the day cut to fit."""
    start = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    start = start.astimezone(LOCAL)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for day in range(start.day, 0, -1):
        try:
            end = start.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
        return end.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Payment:
    """One payment of a member: which of its events were answered 2xx, in which order."""

    def __init__(self, gateway, payment_id, member, plan, amount, months):
        self.gateway = gateway
        self.payment_id = payment_id
        self.member = member
        self.plan = plan
        self.amount = amount
        self.months = months
        self.kinds = []  # as first answered
        self.unsure = False  # sent, and its answer not waited for

    def net_months(self):
        return self.months if self.kinds == ["paid"] else 0

    def __repr__(self):
        return "%s/%s of %d: %s" % (self.gateway, self.payment_id, self.member, self.kinds)


class Auditor:
    def __init__(self):
        self.lock = threading.Lock()
        self.payments = []
        self.forged = set()  # members who were only ever named by forgeries
        self.excuses = []    # (before, after) in wall ms
        self.repeats = {}    # letters that came again without an excuse: (member, first, second) -> payments
        self.odd = []        # answers that no sender should ever get
        self.counts = collections.Counter()

    def expect(self, payment):
        with self.lock:
            self.payments.append(payment)

    def excuse(self, before, after):
        with self.lock:
            self.excuses.append((before - 1, after + 1))

    def answered(self, payment, kind, status):
        """A genuine event was answered."""
        with self.lock:
            self.counts[status] += 1
            if status == 200:
                if kind not in payment.kinds:
                    payment.kinds.append(kind)
            elif status != 503:
                self.odd.append("%s %s: %s" % (payment, kind, status))

    def forgery_answered(self, member, status):
        with self.lock:
            self.forged.add(member)
            self.counts["forged %s" % status] += 1
            if status != 401:
                self.odd.append("a forgery for %d: %s" % (member, status))

    def by_member(self):
        members = collections.defaultdict(list)
        for payment in self.payments:
            members[payment.member].append(payment)
        return members

    def inside(self, chat):
        """Who must be in this group."""
        return {member for member, payments in self.by_member().items()
                if chat in GROUPS[payments[0].plan] and sum(p.net_months() for p in payments) > 0}

    def check_member(self, payments, found):
        """Complaints about what usher says of one member; found: the API's answer or None."""
        member = payments[0].member
        if found is None:
            return ["%d is not known" % member]
        complaints = []
        # A refund that came before its payment named nobody, so it need not stand in the list.
        must = collections.Counter((p.gateway, p.payment_id, kind) for p in payments
                                   for kind in p.kinds if p.kinds[0] == "paid" or kind == "paid")
        may = collections.Counter((p.gateway, p.payment_id, kind) for p in payments for kind in p.kinds)
        listed = collections.Counter((p["gateway"], p["payment_id"], p["kind"])
                                     for p in found["payments"])
        if must - listed or listed - may:
            complaints.append("%d: payments are %s, must be %s" % (member, dict(listed), dict(must)))
        amounts = {p.payment_id: "%d.%02d" % divmod(p.amount, 100) for p in payments}
        for payment in found["payments"]:
            if (payment["amount"], payment["currency"]) != (amounts.get(payment["payment_id"]), "USD"):
                complaints.append("%d: %s" % (member, payment))
        months = sum(p.net_months() for p in payments)
        active = [e for e in found["entitlements"] if e["status"] == "active"]
        if months == 0:
            if active:
                complaints.append("%d holds %s for nothing: %s" % (member, active, payments))
        elif len(active) != 1 or active[0]["plan"] != payments[0].plan:
            complaints.append("%d holds %s, must hold %s" % (member, active, payments[0].plan))
        elif active[0]["until"] != months_later(active[0]["since"], months):
            complaints.append("%d holds %s, must hold %d months: %s" % (member, active, months, payments))
        return complaints

    def check_unsure(self, payments, found):
        """Complaints about payments whose sender left before the answer: each counts once or not at all."""
        listed = collections.Counter((p["gateway"], p["payment_id"])
                                     for p in (found or {"payments": []})["payments"])
        self.counts["unsure, counted"] += sum(
            listed[p.gateway, p.payment_id] for p in payments if p.unsure)
        return ["%s is counted %d times" % (p, listed[p.gateway, p.payment_id])
                for p in payments if p.unsure and listed[p.gateway, p.payment_id] > 1]

    def check_letters(self, payments, messages):
        """Every receipt of a payment that was granted has come. One that came again is noted in repeats,
        unless its first attempt may have been under way at an excuse: it is made again when its end was
        not journaled."""
        complaints = []
        for payment in payments:
            times = [m["at_ms"] for m in messages if payment.payment_id in m["text"]]
            self.counts["receipts"] += len(times)
            self.counts["receipts again"] += max(0, len(times) - 1)
            if not times and payment.kinds[0] == "paid":
                complaints.append("no receipt for %s" % payment)
            if times and payment.kinds[0] != "paid":
                complaints.append("a receipt for %s" % payment)
            for first, second in zip(times, times[1:]):
                if not any(first <= after and before <= second for before, after in self.excuses):
                    self.repeats.setdefault((payment.member, first, second), []).append(str(payment))
        if not messages:
            complaints.append("%d got no message" % payments[0].member)
        return complaints
