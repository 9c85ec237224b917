"""The contract with the outside, over HTTP, with the configuration of the contract word for word."""
import json
import os
import re
import resource
import socket
import threading
import time
import unittest

import contract
import gateways
from auditor import months_later
from contract import ADMIN_TOKEN, Case, ContractSite, Raw, WEBHOOK_SECRET, chunks, raw_request
from helpers import PATIENCE, Site, Telegram, TOKEN, request, until

BODY_MAX = 1 << 20  # of the configuration's default
TOLERANCE = 300


class Hooks(Case):
    """POST /hooks/{gateway}."""
    next_member = 1000

    def member_id(self):
        Hooks.next_member += 1
        return Hooks.next_member

    def post(self, gateway, body, headers):
        return self.site.send(gateway, body, headers)

    def accepted(self, answer, what=""):
        self.assertEqual(answer.status, 200, "%s %r" % (what, answer))
        self.assertEqual(answer.body, b"ok")

    def test_a_genuine_payment_is_granted_once(self):
        for gateway in gateways.ALL:
            with self.subTest(gateway=gateway.name):
                member = self.member_id()
                body, headers = gateway.paid(member, "core", 2900)
                for _ in range(3):
                    self.accepted(self.post(gateway, body, headers))
                found = self.site.member(member)
                self.assertEqual([(p["gateway"], p["kind"], p["amount"], p["currency"])
                                  for p in found["payments"]], [(gateway.name, "paid", "29.00", "USD")])
                (entitlement,) = found["entitlements"]
                self.assertEqual(entitlement["until"], months_later(entitlement["since"], 1))

    def test_the_period_is_that_of_the_price(self):
        for plan, amount, months in (("starter", 900, 1), ("starter", 7900, 12), ("core", 2900, 1),
                                     ("core", 29900, 12)):
            member = self.member_id()
            self.accepted(self.post(gateways.STRIPE, *gateways.STRIPE.paid(member, plan, amount)))
            (entitlement,) = self.site.member(member)["entitlements"]
            self.assertEqual(entitlement["plan"], plan)
            self.assertEqual(entitlement["until"], months_later(entitlement["since"], months))

    def test_refunds_and_disputes_take_back(self):
        for gateway in gateways.ALL:
            with self.subTest(gateway=gateway.name):
                for kind in ("refunded", "charged_back"):
                    member = self.member_id()
                    payment = "%s_%d" % (gateway.name, member)
                    self.accepted(self.post(gateway, *gateway.paid(member, payment_id=payment)))
                    body = gateway.event(kind, 0, "", 900, payment)
                    self.accepted(self.post(gateway, body, gateway.sign(body, event_id="e_%d" % member)))
                    found = self.site.member(member)
                    self.assertEqual([p["kind"] for p in found["payments"]], ["paid", kind])
                    self.assertNotIn(found["entitlements"][0]["status"], ("active", "grace"))

    def test_nothing_is_written_for_what_is_refused(self):
        """Every refusal, in one place; the journal grows by none of them."""
        site = self.site
        before = self.journal()
        stranger = self.member_id()
        for gateway in gateways.ALL:
            with self.subTest(gateway=gateway.name):
                body = gateway.event("paid", stranger, "core", 2900, "never")
                good = gateway.sign(body)
                bad_json = body[:-1]
                path = "/hooks/" + gateway.name
                self.refused(self.post(gateway, body, {}), 401, "no signature")
                self.refused(self.post(gateway, body, gateway.sign(body, self.wrong(gateway))), 401,
                             "wrong secret")
                self.refused(self.post(gateway, body + b" ", good), 401, "another body")
                self.refused(self.post(gateway, b"", good), 401, "no body")
                for name in good:
                    if name == "X-iMe-Event-Id":
                        continue  # this profile does not sign it
                    self.refused(self.post(gateway, body, {**good, name: "x"}), 401, "garbled " + name)
                    self.refused(self.post(gateway, body, {**good, name: ""}), 401, "empty " + name)
                    self.refused(self.post(gateway, body, {**good, name: good[name] + "0"}), 401,
                                 "longer " + name)
                # Authenticated before parsed.
                self.refused(self.post(gateway, bad_json, gateway.sign(bad_json, self.wrong(gateway))),
                             401, "bad JSON, wrong signature")
                for text in (bad_json, b"", b"null x", body + b"{}", b"\xff\xfe", b"[" * 10000,
                             b'{"type":"\xed\xa0\x80"}'):
                    self.refused(self.post(gateway, text, gateway.sign(text)), 400,
                                 "bad JSON, right signature: %r" % text[:20])
                nameless = gateway.event("paid", stranger, "core", 2900, "", **(
                    {"id": ""} if gateway is gateways.STRIPE else {}))
                self.refused(self.post(gateway, nameless, gateway.sign(nameless)), 400, "no payment id")
                if gateway.timed:
                    for at in (-TOLERANCE - 20, TOLERANCE + 20):
                        self.refused(self.post(gateway, body, gateway.sign(body, at=time.time() + at)),
                                     401, "%d s" % at)
                for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
                    answer = request(site.port, method, path, body if method == "PUT" else None, good)
                    self.assertEqual(answer.status, 405, method)
                    self.assertEqual(answer.headers["allow"], "POST", method)
                for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json"):
                    self.refused(self.post(gateway, body, {**good, "Content-Type": kind}), 415, kind)
                huge = body + b" " * (BODY_MAX + 1 - len(body))
                self.refused(self.post(gateway, huge, gateway.sign(huge)), 413)
        for path in ("/hooks/nobody", "/hooks/", "/hooks", "/hooks/stripe/", "/hooks/stripe/x",
                     "/hooks/STRIPE", "/hooks/%73tripe", "/", "/hooks/../hooks/stripe"):
            body, headers = gateways.STRIPE.paid(stranger)
            answer = request(site.port, "POST", path, body, {"Content-Type": "application/json", **headers})
            self.refused(answer, 404, path)
        self.assertEqual(self.journal(), before)
        self.assertIsNone(site.member(stranger))

    def journal(self):
        """All commands there are, once usher has come to rest."""
        self.site.applied()
        dump = self.site.cli("journal", "dump", "--config", self.site.config)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        return dump.stdout.splitlines()

    @staticmethod
    def wrong(gateway):
        return "whsec_" + "bm90IHRoZSBzZWNyZXQ=" if gateway is gateways.STANDARD else "not the secret"

    def test_tolerance_both_ways(self):
        for gateway in gateways.ALL:
            with self.subTest(gateway=gateway.name):
                for at in (-TOLERANCE + 20, TOLERANCE - 20):
                    body = gateway.event("paid", self.member_id(), "starter", 900, "%s%d" % (gateway, at))
                    self.accepted(self.post(gateway, body, gateway.sign(body, at=time.time() + at)), at)

    def test_several_secrets_for_rotation(self):
        ime = gateways.IME
        for secret in (ime.secret, ime.old):
            member = self.member_id()
            body = ime.event("paid", member, "starter", 900, "rotation" + secret)
            self.accepted(self.post(ime, body, ime.sign(body, secret)))
            self.assertEqual(self.site.member(member)["entitlements"][0]["status"], "active")
        member = self.member_id()
        body = ime.event("paid", member, "starter", 900, "rotation")
        self.refused(self.post(ime, body, ime.sign(body, "a third secret")), 401)

    def test_several_signatures_in_one_header(self):
        """While the gateway rotates it signs with both; one that we know is enough."""
        stripe, standard = gateways.STRIPE, gateways.STANDARD
        body = stripe.event("paid", self.member_id(), "starter", 900, "two_signatures")
        right = stripe.sign(body)["Stripe-Signature"]
        stamp, v1 = right.split(",")
        header = ",".join((stamp, "v1=" + "0" * 64, v1, "v0=" + "1" * 64))
        self.accepted(self.post(stripe, body, {"Stripe-Signature": header}))
        only_v0 = "%s,v0=%s" % (stamp, v1[3:])
        self.refused(self.post(stripe, body, {"Stripe-Signature": only_v0}), 401)
        body = standard.event("paid", self.member_id(), "starter", 900, "two_signatures")
        headers = standard.sign(body)
        both = "v1a,AAAA v1,%s= %s" % ("A" * 43, headers["webhook-signature"])
        self.accepted(self.post(standard, body, {**headers, "webhook-signature": both}))

    def test_content_types_that_are_json(self):
        stripe = gateways.STRIPE
        for kind in ("application/json", "application/json; charset=utf-8", "Application/JSON",
                     "application/vnd.gateway+json"):
            body, headers = stripe.paid(self.member_id())
            self.accepted(self.post(stripe, body, {**headers, "Content-Type": kind}), kind)
        body, headers = stripe.paid(self.member_id())
        with Raw(self.site.port) as raw:
            raw.send(raw_request("/hooks/stripe", headers.items(), body))
            self.assertEqual(raw.answer().status, 200, "no content type at all")

    def test_kinds_without_use_are_accepted_and_counted(self):
        before = self.site.applied()
        for gateway in gateways.ALL:
            with self.subTest(gateway=gateway.name):
                series = 'usher_callbacks_total{gateway="%s",verdict="unused"}' % gateway.name
                counted = self.site.metric(series)
                body = gateway.event("unused", self.member_id(), "core", 2900, "unused")
                for _ in range(2):
                    self.accepted(self.post(gateway, body, gateway.sign(body)))
                self.assertEqual(self.site.metric(series), counted + 2)
        self.assertEqual(self.site.applied(), before)

    def test_verdicts_are_counted(self):
        for gateway in gateways.ALL:
            with self.subTest(gateway=gateway.name):
                series = 'usher_callbacks_total{gateway="%s",verdict="%%s"}' % gateway.name
                accepted = self.site.metric(series % "accepted")
                wrong = self.site.metric(series % "signature_wrong")
                body, headers = gateway.paid(self.member_id())
                self.accepted(self.post(gateway, body, headers))
                self.post(gateway, body + b" ", headers)
                self.assertEqual(self.site.metric(series % "accepted"), accepted + 1)
                self.assertEqual(self.site.metric(series % "signature_wrong"), wrong + 1)

    def test_a_header_given_twice(self):
        for gateway in gateways.ALL:
            with self.subTest(gateway=gateway.name):
                body, headers = gateway.paid(self.member_id())
                for name in headers:
                    if name == "X-iMe-Event-Id":
                        continue  # proves nothing, so it only counts as absent
                    with Raw(self.site.port) as raw:
                        raw.send(raw_request("/hooks/" + gateway.name,
                                             [*headers.items(), (name, headers[name])], body))
                        self.assertEqual(raw.answer().status, 401, name)

    def test_ambiguous_lengths(self):
        """What could be read in two ways is how requests are smuggled."""
        body, headers = gateways.STRIPE.paid(self.member_id())
        length = ("Content-Length", len(body))
        chunked = ("Transfer-Encoding", "chunked")
        for more, statuses in (((length, length), (400,)), ((length, ("Content-Length", 5)), (400,)),
                               ((length, chunked), (400,)), ((("Content-Length", "-1"),), (400, 413)),
                               ((("Content-Length", "1x"),), (400,)),
                               ((("Transfer-Encoding", "gzip"),), (400, 501))):
            with Raw(self.site.port) as raw:
                raw.send(raw_request("/hooks/stripe", [*headers.items(), *more], body, framing=False))
                answer = raw.answer()
                self.assertIn(answer.status if answer else None, statuses, more)
                self.assertTrue(raw.closed(), more)

    def test_huge_headers(self):
        for headers in ([("X-Huge", "x" * 200000)], [("X-%d" % i, "x") for i in range(2000)],
                        [("X-%d" % i, "x" * 1000) for i in range(60)], [("X" * 100000, "x")]):
            with Raw(self.site.port) as raw:
                raw.send(raw_request("/hooks/stripe", headers, b"{}"))
                answer = raw.answer()
                if answer is not None:  # closed at once is an answer too
                    self.assertIn(answer.status, (400, 401, 431))
        with Raw(self.site.port) as raw:
            raw.send(raw_request("/hooks/" + "x" * 20000, [], b"{}"))
            answer = raw.answer()
            self.assertTrue(answer is None or answer.status in (414, 431))
        self.assertEqual(self.site.get("/hooks/" + "x" * 600).status, 414)
        self.assertEqual(self.site.get("/healthz?" + "x" * 1100).status, 414)
        self.assertEqual(self.site.get("/healthz").status, 200)

    def test_bytes_that_are_no_request(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200) + b"\r\n\r\n",
                     b"GET\r\n\r\n", b"\r\n\r\n\r\n", b"POST /hooks/stripe HTTP/9.9\r\n\r\n",
                     b"\0" * 1000, b"GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n"):
            with Raw(self.site.port) as raw:
                raw.send(data)
                raw.socket.shutdown(socket.SHUT_WR)
                answer = raw.answer()
                self.assertTrue(answer is None or answer.status >= 400 or answer.status == 404, data[:20])
        self.assertEqual(self.site.get("/healthz").status, 200)

    def test_keep_alive(self):
        """One connection for many requests, also after each kind of refusal."""
        stripe = gateways.STRIPE
        with Raw(self.site.port) as raw:
            for round_ in range(5):
                body, headers = stripe.paid(self.member_id())
                headers = list(headers.items())
                for path, sent, more, method, status in (
                        ("/hooks/stripe", headers, body, "POST", 200),
                        ("/hooks/stripe", headers, body + b" ", "POST", 401),
                        ("/hooks/nobody", headers, body, "POST", 404),
                        ("/hooks/stripe", headers, body, "PUT", 405),
                        ("/hooks/stripe", [("Content-Type", "text/plain")], body, "POST", 415),
                        ("/healthz", [], b"", "GET", 200),
                        ("/" + "x" * 600, [], body, "POST", 414)):
                    raw.send(raw_request(path, sent, more, method))
                    self.assertEqual(raw.answer().status, status, (round_, path, method))

    def test_pipelined_requests(self):
        with Raw(self.site.port) as raw:
            sent = b""
            for _ in range(20):
                body, headers = gateways.STRIPE.paid(self.member_id())
                sent += raw_request("/hooks/stripe", headers.items(), body)
                sent += raw_request("/hooks/stripe", [], body)
            raw.send(sent)
            self.assertEqual([raw.answer().status for _ in range(40)], [200, 401] * 20)

    def test_chunked_bodies(self):
        for gateway in gateways.ALL:
            with self.subTest(gateway=gateway.name):
                for size in (1, 7, 1000):
                    member = self.member_id()
                    body, headers = gateway.paid(member)
                    with Raw(self.site.port) as raw:
                        raw.send(raw_request("/hooks/" + gateway.name,
                                             [*headers.items(), ("Transfer-Encoding", "chunked")],
                                             chunks(body, size), framing=False))
                        self.assertEqual(raw.answer().status, 200)
                        raw.send(raw_request("/healthz", [], method="GET"))
                        self.assertEqual(raw.answer().status, 200, "the connection goes on")
                    self.assertEqual(self.site.member(member)["entitlements"][0]["status"], "active")
        with Raw(self.site.port) as raw:
            raw.send(raw_request("/hooks/stripe", [("Transfer-Encoding", "chunked")],
                                 chunks(b" " * (BODY_MAX + 1), 65536), framing=False))
            self.assertEqual(raw.answer().status, 413)
        with Raw(self.site.port) as raw:
            raw.send(raw_request("/hooks/stripe", [("Transfer-Encoding", "chunked")], b"xyz\r\n",
                                 framing=False))
            answer = raw.answer()
            self.assertTrue(answer is None or answer.status == 400)

    def test_size_limit_to_the_byte(self):
        stripe = gateways.STRIPE
        body, _ = stripe.paid(self.member_id())
        body += b" " * (BODY_MAX - len(body))
        self.accepted(self.post(stripe, body, stripe.sign(body)))
        with Raw(self.site.port) as raw:  # refused before a byte of the body is sent
            raw.send(raw_request("/hooks/stripe", [("Content-Length", BODY_MAX + 1)], framing=False))
            self.assertEqual(raw.answer().status, 413)
            self.assertTrue(raw.closed())

    def test_slow_senders(self):
        """Byte by byte is allowed, and holds up nobody else."""
        stripe = gateways.STRIPE
        senders = []
        for _ in range(20):
            member = self.member_id()
            body, headers = stripe.paid(member)
            raw = Raw(self.site.port)
            self.addCleanup(raw.close)
            senders.append((member, raw, raw_request("/hooks/stripe", headers.items(), body)))
        for at in range(0, len(max(senders, key=lambda s: len(s[2]))[2]), 30):
            for _, raw, data in senders:
                raw.send(data[at:at + 30])
            if at % 150 == 0:
                start = time.monotonic()
                self.accepted(self.post(stripe, *stripe.paid(self.member_id())))
                self.assertLess(time.monotonic() - start, PATIENCE / 4)
        for member, raw, _ in senders:
            self.assertEqual(raw.answer().status, 200)
            self.assertEqual(self.site.member(member)["entitlements"][0]["status"], "active")

    def test_peers_that_leave_halfway(self):
        before = self.site.applied()
        body, headers = gateways.STRIPE.paid(self.member_id())
        data = raw_request("/hooks/stripe", headers.items(), body)
        for at in (1, 10, 60, len(data) - len(body), len(data) - 1):
            with Raw(self.site.port) as raw:
                raw.send(data[:at])
        self.assertEqual(self.site.applied(), before)


class Monitoring(Case):
    def test_healthz_and_readyz(self):
        for path in ("/healthz", "/readyz"):
            answer = self.site.get(path)
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.headers["content-type"].startswith("text/plain"))
            head = request(self.site.port, "HEAD", path)
            self.assertEqual((head.status, head.body), (200, b""))
            self.assertEqual(head.headers["content-length"], answer.headers["content-length"])
            refused = self.refused(request(self.site.port, "POST", path), 405)
            self.assertEqual(refused.headers["allow"], "GET, HEAD")
        self.assertEqual(self.site.get("/healthz?probe=1").status, 200)

    def test_metrics_are_prometheus_text(self):
        for gateway in gateways.ALL:
            self.site.send(gateway, *gateway.paid(77))
            self.site.send(gateway, b"{}", {})
        until(lambda: self.site.metric("usher_telegram_calls_total") > 0, "a call is counted")
        answer = self.site.get("/metrics")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        families, samples = parse_prometheus(answer.body.decode())
        for name in ("usher_http_requests_total", "usher_callbacks_total", "usher_journal_tail",
                     "usher_journal_applied", "usher_deliveries", "usher_telegram_calls_total",
                     "usher_http_seconds", "usher_journal_commit_seconds"):
            self.assertIn(name, families)
        self.assertGreaterEqual(samples['usher_callbacks_total{gateway="ime",verdict="accepted"}'], 1)
        self.assertGreaterEqual(samples['usher_http_requests_total{route="/hooks",status="401"}'], 4)
        self.assertEqual(self.site.metric("usher_metrics_overflow_total"), 0)
        status = self.site.api("GET", "status").json
        self.assertLessEqual(samples["usher_journal_applied"], status["applied"])

    def test_unknown_paths_make_no_series(self):
        before = len(parse_prometheus(self.site.get("/metrics").body.decode())[1])
        for i in range(300):
            self.site.get("/nothing/%d" % i)
            request(self.site.port, "POST", "/hooks/nobody%d" % i, "{}")
        after = len(parse_prometheus(self.site.get("/metrics").body.decode())[1])
        self.assertLess(after - before, 60)

    def test_the_configuration_is_good(self):
        checked = self.site.cli("check", "--config", self.site.config)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_missing_secrets_are_all_named(self):
        bare = {k: v for k, v in os.environ.items() if k not in contract.ENVIRONMENT}
        checked = self.site.cli("check", "--config", self.site.config, env=bare)
        self.assertEqual(checked.returncode, 1)
        for name in contract.ENVIRONMENT:
            if name != "USHER_WEBHOOK_SECRET":  # needed for webhook only
                self.assertIn(name, checked.stderr + checked.stdout)


NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABELS = r'\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)*\}'


def parse_prometheus(text):
    """Checks exposition format 0.0.4 and returns (type by family, value by series)."""
    families, samples, helped, current = {}, {}, set(), None
    if not text.endswith("\n"):
        raise AssertionError("the last line does not end")
    for line in text[:-1].split("\n"):
        if (match := re.fullmatch(r"# HELP (%s) (.*)" % NAME, line)):
            if match[1] in helped:
                raise AssertionError("HELP twice: " + line)
            helped.add(match[1])
        elif (match := re.fullmatch(r"# TYPE (%s) (counter|gauge|histogram)" % NAME, line)):
            if match[1] in families:
                raise AssertionError("TYPE twice: " + line)
            current = match[1]
            families[current] = match[2]
        elif (match := re.fullmatch(r"((%s)(%s)?) (\S+)" % (NAME, LABELS), line)):
            base = re.sub("_(bucket|sum|count)$", "", match[2]) \
                if families.get(current) == "histogram" else match[2]
            if base != current:
                raise AssertionError("outside of its family: " + line)
            if match[1] in samples:
                raise AssertionError("twice: " + line)
            value = float(match[4])
            if families[current] != "gauge" and not value >= 0:
                raise AssertionError("negative: " + line)
            samples[match[1]] = value
        else:
            raise AssertionError("no line of this format: " + line)
    if helped != set(families):
        raise AssertionError("HELP and TYPE do not go together")
    check_histograms(families, samples)
    return families, samples


def check_histograms(families, samples):
    rows = {}
    for series, value in samples.items():
        if (match := re.fullmatch(r'(%s)_bucket\{(.*?),?le="([^"]+)"\}' % NAME, series)):
            rows.setdefault((match[1], match[2]), []).append((float(match[3]), value))
    for (name, labels), buckets in rows.items():
        if families[name] != "histogram":
            raise AssertionError("buckets of no histogram: " + name)
        if buckets != sorted(buckets) or [v for _, v in buckets] != sorted(v for _, v in buckets):
            raise AssertionError("buckets do not grow: %s{%s}" % (name, labels))
        inside = "{%s}" % labels if labels else ""
        if buckets[-1] != (float("inf"), samples[name + "_count" + inside]):
            raise AssertionError("the last bucket is not the count: %s%s" % (name, inside))
        if name + "_sum" + inside not in samples:
            raise AssertionError("no sum: %s%s" % (name, inside))


class Api(Case):
    TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"

    def get(self, path):
        answer = self.site.api("GET", path)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["content-type"], "application/json")
        return answer.json

    def pay(self, gateway, *arguments, **more):
        answer = self.site.send(gateway, *gateway.paid(*arguments, **more))
        self.assertEqual(answer.status, 200, answer)

    def test_the_token_is_needed(self):
        before = self.site.applied()
        good = "Bearer " + ADMIN_TOKEN
        for headers in ({}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
                        {"Authorization": "Bearer " + ADMIN_TOKEN[:-1]},
                        {"Authorization": good + "x"}, {"Authorization": good + " x"},
                        {"Authorization": "Basic " + ADMIN_TOKEN}, {"Authorization": ADMIN_TOKEN},
                        {"Authorization": "Bearer " + TOKEN}, {"X-Authorization": good}):
            for method, path in (("GET", "members/1"), ("GET", "status"), ("GET", "payments"),
                                 ("POST", "orders"), ("POST", "payments/stripe/x/settle"),
                                 ("POST", "queue/release")):
                answer = request(self.site.port, method, "/api/v1/" + path,
                                 '{"what":"dead"}' if method == "POST" else None, headers)
                self.refused(answer, 401, headers)
                self.assertTrue(answer.headers["www-authenticate"].startswith("Bearer"))
        with Raw(self.site.port) as raw:
            raw.send(raw_request("/api/v1/status", [("Authorization", good)] * 2, method="GET"))
            self.assertEqual(raw.answer().status, 401, "given twice")
            raw.send(raw_request("/api/v1/status", [("authorization", "bearer " + ADMIN_TOKEN)], method="GET"))
            self.assertEqual(raw.answer().status, 200, "a scheme's case does not matter")
        self.assertEqual(self.site.applied(), before)

    def test_a_member(self):
        """All that the contract promises: fields, types, times, money."""
        self.telegram.sim("POST", "/users", {"ids": [31], "behaviour": {"follow": 1}})
        self.pay(gateways.STRIPE, 31, "core", 2900, payment_id="pi_31")
        self.pay(gateways.IME, 31, "starter", 900, payment_id="ime_31")
        until(lambda: all(d["state"] == "done" for d in self.get("members/31")["deliveries"]) and
              31 in [m["user_id"] for m in self.telegram.members(-1001000000002)["members"]],
              "all is delivered")
        self.site.applied()  # who came in lets their link be revoked, and that is a delivery as well
        member = self.get("members/31")
        self.assertIs(type(member["telegram_id"]), int)
        self.assertEqual((member["telegram_id"], member["language"]), (31, "en"))
        self.assertEqual([e["plan"] for e in member["entitlements"]], ["core", "starter"])
        for entitlement in member["entitlements"]:
            self.assertEqual(entitlement["status"], "active")
            for field in ("since", "until"):
                self.assertRegex(entitlement[field], "^%s$" % self.TIME)
            self.assertEqual(entitlement["until"], months_later(entitlement["since"], 1))
        self.assertEqual([(p["gateway"], p["payment_id"], p["kind"], p["amount"], p["currency"])
                          for p in member["payments"]],
                         [("stripe", "pi_31", "paid", "29.00", "USD"),
                          ("ime", "ime_31", "paid", "9.00", "USD")])
        for payment in member["payments"]:
            self.assertRegex(payment["at"], "^%s$" % self.TIME)
        self.assertGreaterEqual(len(member["deliveries"]), 2)
        for delivery in member["deliveries"]:
            self.assertIs(type(delivery["id"]), int)
            self.assertIs(type(delivery["attempts"]), int)
            self.assertIs(type(delivery["kind"]), str)
            self.assertEqual((delivery["state"], delivery["attempts"]), ("done", 1))
        for found in re.findall(r'"(\d{4}-[^"]*)"', json.dumps(member)):
            self.assertRegex(found, "^%s$" % self.TIME)

    def test_strangers_and_nonsense(self):
        for path, status in (("members/4711", 404), ("members/x", 400), ("members/-1", 400),
                             ("members/0", 400), ("members/", 404), ("members/1/x", 404),
                             ("members/99999999999999999999", 400), ("members/%00", 400),
                             ("members/1?x=1", 400), ("nothing", 404), ("", 404),
                             ("payments/stripe/none", 404), ("orders/none", 404),
                             ("payments?state=odd", 400), ("payments?limit=0", 400),
                             ("payments?limit=x", 400), ("queue?state=odd", 404)):
            self.refused(self.site.api("GET", path), status, path)
        for method, path, allow in (("POST", "members/1", "GET"), ("DELETE", "status", "GET"),
                                    ("DELETE", "orders", "GET, POST"),
                                    ("GET", "queue/release", "POST")):
            answer = self.refused(self.site.api(method, path, {} if method == "POST" else None), 405)
            self.assertEqual(answer.headers["allow"], allow, path)

    def test_bodies_that_are_refused(self):
        before = self.site.applied()
        order = {"telegram_id": 5, "plan": "core", "amount": "29.00", "currency": "USD"}
        for body in (b"", b"{", b"[]", b"null", b'{"telegram_id":5}', b"{}",
                     *(json.dumps({**order, **change}).encode() for change in (
                         {"telegram_id": "5"}, {"telegram_id": 0}, {"telegram_id": -5},
                         {"telegram_id": 1.5}, {"telegram_id": 2 ** 60}, {"plan": "none"}, {"plan": 1},
                         {"amount": "29.01"}, {"amount": 29}, {"amount": "29,00"}, {"amount": "-29.00"},
                         {"currency": "EUR"}, {"currency": "XXXX"}, {"currency": None},
                         {"expires": "never"}, {"expires": "0 days"}, {"more": 1}))):
            answer = request(self.site.port, "POST", "/api/v1/orders", body,
                             {"Authorization": "Bearer " + ADMIN_TOKEN,
                              "Content-Type": "application/json"})
            self.refused(answer, 400, body)
        self.refused(self.site.api("POST", "queue/release", {"what": "all"}), 400)
        self.refused(self.site.api("POST", "payments/stripe/none/settle",
                                   {"telegram_id": 5, "plan": "core", "period": "1 month"}), 404)
        self.assertLessEqual(self.site.applied() - before, 4,
                             "only plan, prices and the settlement asked the ledger")
        self.assertEqual(self.get("orders")["orders"], [])

    def test_unsettled_payments_are_listed_and_settled(self):
        cases = [  # what is wrong, and what makes it so
            ("amount", dict(plan="core", amount=2800)),
            ("amount", dict(plan="core", amount=2900, currency="EUR")),
            ("plan", dict(plan="gold", amount=2900)),
            ("plan", dict(plan="", amount=2900)),
            ("member", dict(plan="core", amount=2900, metadata={"plan": "core"})),
            ("member", dict(plan="core", amount=2900, metadata={"telegram_id": "me", "plan": "core"})),
        ]
        earlier = self.get("payments?state=unsettled")["unsettled"]
        names = ["unsettled_%d" % n for n in range(len(cases))]
        for n, (_, case) in enumerate(cases):
            case = dict(case)
            self.pay(gateways.STRIPE, 500 + n, case.pop("plan"), case.pop("amount"),
                     payment_id=names[n], **case)
        listed = {p["payment_id"]: p for p in self.get("payments?state=unsettled&limit=1000")["payments"]}
        self.assertEqual(self.get("payments?state=unsettled")["unsettled"], earlier + len(cases))
        for n, (reason, _) in enumerate(cases):
            payment = listed[names[n]]
            self.assertEqual((payment["gateway"], payment["kind"], payment["state"]),
                             ("stripe", "paid", "unsettled"))
            self.assertIn(reason, payment["reason"])
            self.assertRegex(payment["at"], "^%s$" % self.TIME)
            member = self.site.member(500 + n)
            self.assertEqual(member["entitlements"] if member else [], [])
            answer = self.site.api("POST", "payments/stripe/%s/settle" % names[n],
                                   {"telegram_id": 500 + n, "plan": "core", "period": "1 month"})
            self.assertEqual(answer.status, 200, answer)
            member = self.site.member(500 + n)
            (entitlement,) = member["entitlements"]
            self.assertEqual((entitlement["plan"], entitlement["status"]), ("core", "active"))
            self.assertEqual(entitlement["until"], months_later(entitlement["since"], 1))
            self.assertEqual([p["payment_id"] for p in member["payments"]], [names[n]])
            self.refused(self.site.api("POST", "payments/stripe/%s/settle" % names[n],
                                       {"telegram_id": 500 + n, "plan": "core", "period": "1 month"}), 409)
        self.assertEqual(self.get("payments?state=unsettled")["unsettled"], earlier)
        (again,) = self.get("payments/stripe/" + names[0])["payments"]
        self.assertEqual(again["state"], "granted")

    def test_orders(self):
        for n, gateway in enumerate((gateways.STRIPE, gateways.BTCPAY)):
            member = 600 + n
            answer = self.site.api("POST", "orders", {"telegram_id": member, "plan": "core",
                                                      "amount": "299.00", "currency": "USD"})
            self.assertEqual(answer.status, 201, answer)
            order = answer.json
            self.assertEqual((order["telegram_id"], order["plan"], order["amount"], order["currency"],
                              order["state"]), (member, "core", "299.00", "USD", "open"))
            self.assertRegex(order["expires"], "^%s$" % self.TIME)
            if gateway is gateways.STRIPE:
                more = {"client_reference_id": order["order_id"], "metadata": {}}
            else:
                more = {"orderId": order["order_id"]}
            self.pay(gateway, 0, "", 29900, payment_id="order_%d" % n, **more)
            (entitlement,) = self.get("members/%d" % member)["entitlements"]
            self.assertEqual((entitlement["plan"], entitlement["status"]), ("core", "active"))
            self.assertEqual(entitlement["until"], months_later(entitlement["since"], 12))
            paid = self.get("orders/" + order["order_id"])
            self.assertEqual((paid["state"], paid["gateway"], paid["payment_id"]),
                             ("paid", gateway.name, "order_%d" % n))
            self.assertIn(order["order_id"], [o["order_id"] for o in self.get("orders")["orders"]])
            # An order is paid once; a second payment is for the operator.
            self.pay(gateway, 0, "", 29900, payment_id="order_again_%d" % n, **more)
            self.assertEqual(self.get("members/%d" % member)["entitlements"], [entitlement])
            self.assertIn("order_again_%d" % n,
                          [p["payment_id"] for p in self.get("payments?state=unsettled")["payments"]])
        self.pay(gateways.STRIPE, 610, "", 2900, payment_id="order_none", metadata={},
                 client_reference_id="somebody's own number")
        self.assertIn("order_none",
                      [p["payment_id"] for p in self.get("payments?state=unsettled")["payments"]])

    def test_a_reference_of_the_shop_does_not_hinder_the_metadata(self):
        self.pay(gateways.STRIPE, 620, "starter", 900, client_reference_id="cart 7")
        self.assertEqual(self.get("members/620")["entitlements"][0]["status"], "active")

    def test_everything_else_answers(self):
        self.pay(gateways.STRIPE, 640)
        self.assertIn("applied", self.get("status"))
        self.assertEqual([g["group"] for g in self.get("groups")["groups"]], ["starter", "core"])
        self.assertIsInstance(self.get("queue")["deliveries"], list)
        self.assertIsInstance(self.get("orders")["orders"], list)
        self.assertEqual(len(self.get("payments?limit=1")["payments"]), 1)


class Webhook(Case):
    """POST /telegram/{bot}."""
    changes = (("updates: polling ", "updates: webhook "),)

    def update(self, update_id, user, text="/start"):
        person = {"id": user, "is_bot": False, "first_name": "Ada", "language_code": "de"}
        return {"update_id": update_id,
                "message": {"message_id": update_id, "date": int(time.time()), "text": text,
                            "from": person, "chat": {"id": user, "type": "private"}}}

    def post(self, body, secret=WEBHOOK_SECRET, bot="main", method="POST"):
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        return request(self.site.port, method, "/telegram/" + bot,
                       body if isinstance(body, bytes) else json.dumps(body), headers)

    def test_the_secret_token(self):
        before = self.site.applied()
        good = self.update(100, 71)
        for secret in (None, "", WEBHOOK_SECRET[:-1], WEBHOOK_SECRET + "x", WEBHOOK_SECRET.upper(), TOKEN):
            self.refused(self.post(good, secret), 401, secret)
            self.refused(self.post(b"{", secret), 401, "authenticated before parsed")
        with Raw(self.site.port) as raw:
            raw.send(raw_request("/telegram/main", [("X-Telegram-Bot-Api-Secret-Token", WEBHOOK_SECRET)] * 2,
                                 json.dumps(good).encode()))
            self.assertEqual(raw.answer().status, 401, "given twice")
        for body in (b"", b"{", b"[]", b"{}", b'{"update_id":"x"}'):
            self.refused(self.post(body), 400, body)
        self.refused(self.post(good, bot="other"), 404)
        self.assertEqual(self.refused(self.post(good, method="GET"), 405).headers["allow"], "POST")
        self.assertEqual(self.site.applied(), before)
        self.assertIsNone(self.site.member(71))

    def test_an_update_is_taken_once(self):
        self.telegram.sim("POST", "/users", {"ids": [72], "start": False})
        self.telegram.user(72, "start")
        for _ in range(5):
            self.assertEqual(self.post(self.update(200, 72)).status, 200)
        until(lambda: self.telegram.messages(72), "a greeting")
        member = self.site.member(72)
        self.assertEqual(member["name"], "Ada")
        self.site.applied()
        self.assertEqual(len(self.telegram.messages(72)), 1)

    def test_unused_updates_are_accepted(self):
        before = self.site.applied()
        for update in ({"update_id": 300, "poll": {"id": "1"}}, {"update_id": 301},
                       {"update_id": 302, "something_new": {"a": [1, 2, 3]}}):
            self.assertEqual(self.post(update).status, 200, update)
        self.assertEqual(self.site.applied(), before)


class Limits(Case):
    """Full is an answer, with Retry-After."""
    changes = (('{listen: "127.0.0.1:8080"}',
                '{listen: "127.0.0.1:8080", connections_max: 8, peer_per_second: 5, trust_forwarded: true}'),)

    def test_connections(self):
        open_ones = [Raw(self.site.port) for _ in range(8)]
        try:
            def turned_away():
                with Raw(self.site.port) as raw:
                    raw.send(raw_request("/healthz", [], method="GET"))
                    answer = raw.answer()
                    return answer if answer and answer.status == 503 else None
            answer = until(turned_away, "the ninth is turned away")
            self.assertGreater(int(answer.headers["retry-after"]), 0)
            self.assertEqual(answer.headers["content-type"], "application/problem+json")
        finally:
            for raw in open_ones:
                raw.close()
        until(lambda: self.status_of_healthz() == 200, "there is room again")

    def status_of_healthz(self):
        try:
            return self.site.get("/healthz").status
        except OSError:
            return None

    def test_a_peer_that_is_too_fast(self):
        def ask(peer):
            return request(self.site.port, "GET", "/healthz", headers={"X-Forwarded-For": peer})
        until(lambda: ask("192.0.2.200").status == 200, "there is room")
        answers = [ask("192.0.2.1") for _ in range(30)]
        statuses = [answer.status for answer in answers]
        self.assertIn(429, statuses)
        self.assertEqual(statuses[0], 200)
        self.assertLessEqual(set(statuses), {200, 429})
        refused = next(answer for answer in answers if answer.status == 429)
        self.assertGreater(int(refused.headers["retry-after"]), 0)
        self.assertEqual(ask("192.0.2.2").status, 200, "another one is not held back")
        until(lambda: ask("192.0.2.1").status == 200, "it may again after a while")


class FullDisk(unittest.TestCase):
    """The file size limit of the process stands in for a full disk."""

    def test_not_durable_is_503(self):
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = ContractSite(telegram.url())
        self.addCleanup(site.close)
        site.start()
        stripe = gateways.STRIPE
        self.assertEqual(site.send(stripe, *stripe.paid(1)).status, 200)
        site.applied()
        pid = site.usher.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
        accepted, refused = [], None
        for member in range(100, 400):
            answer = site.send(stripe, *stripe.paid(member))
            if answer.status == 503:
                refused = answer
                break
            self.assertEqual(answer.status, 200)
            accepted.append(member)
        self.assertIsNotNone(refused, "it is never full")
        self.assertGreater(int(refused.headers["retry-after"]), 0)
        self.assertEqual(refused.headers["content-type"], "application/problem+json")
        for gateway in gateways.ALL:
            self.assertEqual(site.send(gateway, *gateway.paid(999)).status, 503)
        until(lambda: site.get("/readyz").status == 503, "it says that it is not ready")
        self.assertEqual(site.get("/healthz").status, 200)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        until(lambda: site.get("/readyz").status == 200, "it is ready again")
        self.assertEqual(site.send(stripe, *stripe.paid(998)).status, 200)
        for member in [1, 998, *accepted]:
            self.assertEqual(len(site.member(member)["payments"]), 1, member)
        self.assertIsNone(site.member(999))
        site.applied()
        self.assertEqual(site.stop(), 0)


class Unreachable(unittest.TestCase):
    def test_ready_when_telegram_is_known_not_to_answer(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            site = ContractSite("http://127.0.0.1:%d" % nobody.getsockname()[1])
            self.addCleanup(site.close)
            site.start()
            stripe = gateways.STRIPE
            self.assertEqual(site.send(stripe, *stripe.paid(1)).status, 200)
            self.assertEqual(site.member(1)["entitlements"][0]["status"], "active")
            self.assertIn("telegram_unreachable", site.usher.log())
            self.assertEqual(site.stop(), 0)


class Secrets(unittest.TestCase):
    def test_no_secret_leaves_the_configuration(self):
        """After traffic of every kind, faults among it: no secret in the log, the answers, the metrics or
        the data."""
        telegram = Telegram()
        self.addCleanup(telegram.close)
        site = ContractSite(telegram.url(), ("updates: polling ", "updates: webhook "))
        self.addCleanup(site.close)
        site.start()
        seen = b""
        for gateway in gateways.ALL:
            body, headers = gateway.paid(5)
            for sent in (headers, gateway.sign(body, Hooks.wrong(gateway)), {}, gateway.sign(b"{")):
                seen += site.send(gateway, body, sent).body
            seen += site.send(gateway, b"{", gateway.sign(b"{")).body
        secret = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}
        seen += request(site.port, "POST", "/telegram/main", "{", secret).body
        seen += request(site.port, "POST", "/telegram/main", "{}", {**secret, "X": "y"}).body
        for path in ("members/5", "status", "queue", "payments", "groups", "members/x", "nothing"):
            seen += site.api("GET", path).body
        until(lambda: telegram.report()["calls"].get("sendMessage"), "the first letter")
        for kind in ("http_500", "http_502", "drop_before", "flood_429"):
            telegram.sim("POST", "/faults", {"method": "sendMessage", "kind": kind, "count": 2,
                                             "retry_after": 1})
        for member in range(10, 20):
            site.send(gateways.STRIPE, *gateways.STRIPE.paid(member))
        until(lambda: all(fault["left"] == 0 for fault in telegram.sim("GET", "/faults")["faults"]),
              "all faults are met", PATIENCE * 2)
        seen += site.get("/metrics").body
        telegram.close()
        site.send(gateways.STRIPE, *gateways.STRIPE.paid(20))
        until(lambda: site.metric("usher_telegram_calls_total") > 0, "calls were made")
        second = site.cli("run", "--config", site.config)
        self.assertEqual(second.returncode, 1)
        usher = site.usher
        self.assertEqual(site.stop(), 0)
        seen += usher.log().encode() + second.stderr.encode() + second.stdout.encode()
        for folder, _, files in os.walk(os.path.join(site.folder, "var")):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    seen += file.read()
        self.assertIn(b"ready", seen)
        for name, value in contract.ENVIRONMENT.items():
            for form in (value, value.removeprefix("whsec_"), value.partition(":")[2] or value):
                self.assertNotIn(form.encode(), seen, name)


if __name__ == "__main__":
    unittest.main()
