"""The figures of docs/FIGURES.md once more, written apart from the reports: a history is a list of what
happened to each member, and each figure is a walk over it. Times are seconds; money is minor units."""
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

MONTH = 30.4375 * 86400
FOREVER = float("inf")


@dataclass
class Grant:
    """until: the end of access as of this grant. price: minor units of its period, 0 when it was given;
    months: of the period. refunded: when the payment went back."""
    at: float
    until: float
    price: int = 0
    months: int = 1
    amount: int = 0
    refunded: float = FOREVER
    left: float = 0.0  # the end of access as of the refund

    def monthly(self):
        return Fraction(self.price, self.months)


@dataclass
class Member:
    known: float
    source: str = ""
    grants: dict = field(default_factory=lambda: defaultdict(list))  # plan: Grant in order
    ended: dict = field(default_factory=lambda: defaultdict(list))  # plan: times of a revoke or refund
    seen: list = field(default_factory=list)
    entered: float = FOREVER
    codes: dict = field(default_factory=dict)  # code: [shown, paid?]
    waited: list = field(default_factory=list)  # payments that an operator must look at


class Model:
    def __init__(self, grace, day_of):
        self.members = {}
        self.grace = grace  # plan: seconds
        self.day_of = day_of  # local day of a time

    def price_at(self, member, plan, t):
        """The price a month just before t."""
        stack = []
        until = None
        points = [(g.at, 0, g) for g in member.grants[plan]] + \
                 [(g.refunded, 1, g) for g in member.grants[plan] if g.refunded < FOREVER] + \
                 [(at, 2, None) for at in member.ended[plan]]
        for at, kind, grant in sorted(points, key=lambda point: point[:2]):
            if at >= t:
                break
            if until is not None and until + self.grace[plan] < at:
                stack, until = [], None
            if kind == 0:
                if grant.price > 0:
                    stack.append(grant)
                until = grant.until
            elif kind == 1:
                stack = [g for g in stack if g is not grant]
                until = grant.left
            else:
                stack, until = [], None
        if until is None or until + self.grace[plan] < t or not stack:
            return Fraction(0)
        return stack[-1].monthly()

    def mrr_of(self, member, t, plan=None):
        return sum(self.price_at(member, p, t) for p in list(member.grants) if plan in (None, p))

    def chosen(self, source):
        return [m for m in self.members.values() if source in (None, m.source)]

    def mrr(self, t, plan=None, source=None):
        values = [self.mrr_of(m, t, plan) for m in self.chosen(source)]
        paying = sum(1 for v in values if v > 0)
        return sum(values), paying

    def bridge(self, start, end, plan=None, source=None):
        out = dict.fromkeys(("new", "reactivation", "expansion", "contraction", "churn"), Fraction(0))
        for m in self.chosen(source):
            before, after = self.mrr_of(m, start, plan), self.mrr_of(m, end, plan)
            paid_before = any(g.price > 0 and g.at < start for p, gs in m.grants.items()
                              if plan in (None, p) for g in gs)
            if before == after:
                continue
            name = ("reactivation" if paid_before else "new") if before == 0 else \
                "churn" if after == 0 else "expansion" if after > before else "contraction"
            out[name] += abs(after - before)
        return out

    def churn(self, start, end, plan=None, source=None):
        """Whoever paid at the start and did not at some later moment: looked for behind each end."""
        payers = [m for m in self.chosen(source) if self.mrr_of(m, start, plan) > 0]
        lapsed = 0
        for m in payers:
            moments = sorted({g.until + self.grace[p] + 1 for p, gs in m.grants.items() for g in gs} |
                             {at + 1 for ats in m.ended.values() for at in ats} |
                             {g.refunded + 1 for gs in m.grants.values() for g in gs} |
                             {g.left + self.grace[p] + 1 for p, gs in m.grants.items() for g in gs})
            lapsed += any(start < t < end and self.mrr_of(m, t, plan) == 0 for t in moments)
        return lapsed, len(payers)

    def renewals(self, start, end, year, plan=None, source=None):
        renewed = due = 0
        for m in self.chosen(source):
            for p, grants in m.grants.items():
                if plan not in (None, p):
                    continue
                standing = [g for g in grants if g.refunded == FOREVER]
                paid = [g for g in standing if g.price > 0]
                for i, g in enumerate(paid):
                    following = paid[i + 1] if i + 1 < len(paid) else None
                    given = [f.until for f in standing if f.price == 0 and g.at < f.at and
                             (following is None or f.at < following.at) and
                             f.at <= g.until + self.grace[p]]
                    at = max([g.until] + given)
                    if (g.months >= 12) != year or not start <= at < end:
                        continue
                    if any(g.at < e < at and (following is None or e < following.at) for e in m.ended[p]):
                        continue
                    due += 1
                    renewed += following is not None and following.at <= at + self.grace[p]
        return renewed, due

    def first_payment(self, member):
        return min((g.at for gs in member.grants.values() for g in gs
                    if g.amount > 0 and g.refunded == FOREVER), default=FOREVER)

    def first_payers(self, start, end, source=None):
        return sum(start <= self.first_payment(m) < end for m in self.chosen(source))

    def conversion(self, start, end, source=None):
        new = [m for m in self.chosen(source) if start <= m.known < end]
        return sum(self.first_payment(m) - m.known <= 30 * 86400 for m in new), len(new)

    def retention(self, start, end, now, day, give, source=None):
        new = [m for m in self.chosen(source) if start <= m.known < end and
               self.day_of(m.known) + day + give < self.day_of(now)]
        hits = sum(any(abs(self.day_of(t) - self.day_of(m.known) - day) <= give for t in m.seen)
                   for m in new)
        return hits, len(new)

    def activation(self, start, end, days, source=None):
        joined = [m for m in self.chosen(source) if start <= m.entered < end]
        return sum(any(m.entered < t <= m.entered + days * 86400 for t in m.seen) for m in joined), len(joined)

    def promo(self, start, end, source=None):
        codes = [code for m in self.chosen(source) for code in m.codes.values() if start <= code[0] < end]
        return sum(paid for _, paid in codes), len(codes)

    def callbacks(self, start, end, source=None):
        good = sum(start <= g.at < end for m in self.chosen(source) for gs in m.grants.values()
                   for g in gs if g.amount > 0)
        bad = sum(start <= t < end for m in self.chosen(source) for t in m.waited)
        return good, good + bad

    def survival(self, t, source=None):
        """By month the share of those who first paid so long ago that still pay."""
        out, share = [], 0.0
        firsts = []
        for m in self.chosen(source):
            first = self.first_payment(m)
            if first < t:
                firsts.append((m, first))
        for k in range(12):
            marks = [(m, first + k * MONTH) for m, first in firsts if first + k * MONTH < t]
            if marks:
                share = sum(self.mrr_of(m, mark + 1) > 0 for m, mark in marks) / len(marks)
            out.append(share)
        return out, len(firsts)
