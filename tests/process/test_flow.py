"""From the payment to the group: people who paid get in and nobody else, in fair weather and in foul."""
import json
import os
import selectors
import signal
import socket
import threading
import time
import unittest

import gateways
import split
from contract import ADMIN_TOKEN, Case, ContractSite, raw_request
from gateways import BTCPAY, IME, STANDARD, STRIPE
from helpers import CORE, Descriptors, PATIENCE, STARTER, Telegram, free_ports, request, until

SECOND_TOKEN = "1000002:AAsecondtoken"


def members_of(telegram, chat):
    return {member["user_id"] for member in telegram.members(chat)["members"]}


def letters(telegram, user, about=""):
    return [m for m in telegram.messages(user) if about in m["text"]]


def buttons(message):
    return [button["url"] for row in message.get("reply_markup", {}).get("inline_keyboard", [])
            for button in row]


class Flow(Case):
    """With helpers in the words of the stories."""

    def users(self, *ids, follow=0, forward=0, greeted=True, **more):
        """People who have started the bot and read its greeting."""
        self.telegram.sim("POST", "/users", {"ids": list(ids), "behaviour": {
            "follow": follow, "forward": forward}, **more})
        if greeted:
            until(lambda: all(self.telegram.messages(i) for i in ids), "all are greeted")

    def pay(self, gateway, *arguments, **more):
        answer = self.site.send(gateway, *gateway.paid(*arguments, **more))
        self.assertEqual(answer.status, 200, answer)

    def refund(self, gateway, payment_id):
        answer = self.site.send(gateway, *gateway.refunded(payment_id))
        self.assertEqual(answer.status, 200, answer)

    def entitlements(self, user):
        return {e["plan"]: e["status"] for e in self.site.member(user)["entitlements"]}

    def inside(self, chat, *users):
        until(lambda: set(users) <= members_of(self.telegram, chat), "%s in %d" % (users, chat),
              PATIENCE * 3)

    def outside(self, chat, *users):
        until(lambda: not set(users) & members_of(self.telegram, chat), "%s out of %d" % (users, chat),
              PATIENCE * 3)

    def letter(self, user, about):
        """The one message that holds this text."""
        until(lambda: letters(self.telegram, user, about), "a letter with " + about, PATIENCE * 3)
        (found,) = letters(self.telegram, user, about)
        return found

    def tearDown(self):
        self.assertEqual(self.telegram.report()["violations"], [])


class Entering(Flow):
    @classmethod
    def setUpClass(cls):
        with Descriptors(1024):  # as many as usher is given where nobody has raised the limit
            super().setUpClass()

    def test_one_letter_opens_all_groups(self):
        self.users(1, follow=1, first_name="Ada")
        self.pay(STRIPE, 1, "core", 2900, payment_id="pi_one")
        self.inside(STARTER, 1)
        self.inside(CORE, 1)
        letter = self.letter(1, "pi_one")
        for text in ("Welcome, Ada", "core", "https://example.org/starter-pack.pdf", "29.00"):
            self.assertIn(text, letter["text"])
        self.assertEqual(len(buttons(letter)), 2)
        self.site.applied()
        self.assertEqual(len(self.telegram.messages(1)), 2, "the greeting and one letter")
        self.assertTrue(all(d["state"] == "done" and d["attempts"] == 1
                            for d in self.site.member(1)["deliveries"]))
        links = {link["invite_link"]: link for link in self.telegram.report()["links"]}
        by_request, once = (links[url] for url in buttons(letter))
        self.assertTrue(by_request["creates_join_request"])
        self.assertFalse(by_request["is_revoked"])
        self.assertEqual((once["member_limit"], once["is_revoked"]), (1, True))
        self.assertGreater(once["expire_date"], time.time())

    def test_every_gateway_opens_the_door(self):
        users = {11 + n: gateway for n, gateway in enumerate(gateways.ALL)}
        self.users(*users, follow=1)
        for user, gateway in users.items():
            self.pay(gateway, user, payment_id="door_%d" % user)
        self.inside(STARTER, *users)
        for user in users:
            self.letter(user, "door_%d" % user)

    def test_payments_that_come_together_leave_in_one_letter(self):
        """All that is pending for one chat is one message, also when it was paid in two goes."""
        self.users(21, greeted=False)
        self.telegram.sim("POST", "/faults", {"method": "sendMessage", "kind": "http_500", "count": 1,
                                              "chat_id": 21})
        for n, (plan, amount) in enumerate((("starter", 900), ("core", 2900), ("starter", 7900))):
            self.pay(STRIPE, 21, plan, amount, payment_id="pi_together_%d" % n)
        letter = self.letter(21, "pi_together_0")
        for n in (1, 2):
            self.assertEqual(self.letter(21, "pi_together_%d" % n)["message_id"], letter["message_id"])

    def test_a_repeated_event_grants_once(self):
        self.users(31, follow=1)
        body, headers = STANDARD.paid(31, payment_id="pay_31")
        for _ in range(20):
            self.assertEqual(self.site.send(STANDARD, body, headers).status, 200)
        again = STANDARD.event("paid", 31, "starter", 900, "pay_31", note="another event of the same")
        self.assertEqual(self.site.send(STANDARD, again, STANDARD.sign(again)).status, 200)
        self.inside(STARTER, 31)
        self.site.applied()
        self.letter(31, "pay_31")
        self.assertEqual(len(self.site.member(31)["payments"]), 1)

    def test_a_thousand_connections_with_one_event(self):
        self.users(41, follow=1)
        body, headers = STRIPE.paid(41, payment_id="pi_thousand")
        data = raw_request("/hooks/stripe", headers.items(), body)
        with Descriptors(4096):
            statuses = flood(self.site.port, [data] * 1000)
        self.assertEqual(statuses, {200: 1000})
        self.inside(STARTER, 41)
        self.site.applied()
        member = self.site.member(41)
        self.assertEqual([p["payment_id"] for p in member["payments"]], ["pi_thousand"])
        self.letter(41, "pi_thousand")

    def test_a_renewal_adds_its_months(self):
        self.users(51)
        for n in range(3):
            self.pay(IME, 51, payment_id="renewal_%d" % n)
        (entitlement,) = self.site.member(51)["entitlements"]
        days = (parse(entitlement["until"]) - parse(entitlement["since"])) / 86400
        self.assertTrue(89 <= days <= 92, days)


class Leaving(Flow):
    def test_refund_before_payment_wins(self):
        self.users(1, follow=1)
        self.refund(STRIPE, "pi_early")
        self.pay(STRIPE, 1, payment_id="pi_early")
        self.users(2, follow=1)
        self.pay(STRIPE, 2, payment_id="pi_other")
        self.inside(STARTER, 2)
        self.assertEqual(self.entitlements(1), {})
        self.assertNotIn(1, members_of(self.telegram, STARTER))
        self.assertEqual(letters(self.telegram, 1, "pi_early"), [])

    def test_refund_closes_the_groups(self):
        self.users(11, 12, follow=1)
        self.pay(BTCPAY, 11, "core", 2900, payment_id="inv_11")
        self.pay(BTCPAY, 12, "core", 2900, payment_id="inv_12")
        for chat in (STARTER, CORE):
            self.inside(chat, 11, 12)
        self.refund(BTCPAY, "inv_11")
        self.outside(STARTER, 11)
        self.outside(CORE, 11)
        self.letter(11, "refunded")
        self.assertNotIn(self.entitlements(11)["core"], ("active", "grace"))
        self.inside(STARTER, 12)
        self.inside(CORE, 12)
        # Not banned: who pays again comes in again.
        self.pay(BTCPAY, 11, "core", 2900, payment_id="inv_11_again")
        self.inside(STARTER, 11)
        self.inside(CORE, 11)

    def test_what_another_plan_opens_stays_open(self):
        self.users(21, follow=1)
        self.pay(STRIPE, 21, "starter", 900, payment_id="pi_21_starter")
        self.pay(STRIPE, 21, "core", 2900, payment_id="pi_21_core")
        self.inside(STARTER, 21)
        self.inside(CORE, 21)
        self.refund(STRIPE, "pi_21_core")
        self.outside(CORE, 21)
        self.site.applied()
        self.assertIn(21, members_of(self.telegram, STARTER))

    def test_who_leaves_may_come_back(self):
        self.users(31, follow=1)
        self.pay(STRIPE, 31, payment_id="pi_31")
        self.inside(STARTER, 31)
        self.telegram.user(31, "leave", chat_id=STARTER)
        self.outside(STARTER, 31)
        self.telegram.user(31, "start")
        self.inside(STARTER, 31)


class Reaching(Flow):
    def test_language(self):
        english, simplified, traditional = "Receipt: starter", "收据：starter", "收據：starter"
        cases = (("en", english), ("zh-hans", simplified), ("zh-hant", traditional),
                 ("zh-TW", traditional), ("zh-CN", simplified), ("de", english), ("", english))
        for user, (code, _) in enumerate(cases, 1):
            self.users(user, language_code=code, greeted=False)
        for user in range(1, len(cases) + 1):
            until(lambda u=user: self.site.member(u), "known")
            self.pay(STRIPE, user, payment_id="pi_%d" % user)
        for user, (_, text) in enumerate(cases, 1):
            self.letter(user, text)

    def test_who_blocked_the_bot_gets_it_after_unblocking(self):
        self.users(11, follow=1)
        self.telegram.user(11, "block")
        self.pay(STRIPE, 11, payment_id="pi_11")
        until(lambda: not self.site.member(11)["reachable"], "known as blocked")
        self.site.applied()
        self.assertEqual(letters(self.telegram, 11, "pi_11"), [])
        self.assertEqual(self.entitlements(11), {"starter": "active"})
        self.telegram.user(11, "unblock")
        self.inside(STARTER, 11)
        self.letter(11, "pi_11")

    def test_who_never_started_the_bot_gets_it_when_they_do(self):
        self.users(21, follow=1, start=False, greeted=False)
        self.pay(STRIPE, 21, payment_id="pi_21")
        until(lambda: "waiting" in [d["state"] for d in self.site.member(21)["deliveries"]],
              "the letter waits")
        self.telegram.user(21, "start")
        self.inside(STARTER, 21)
        self.letter(21, "pi_21")

    def test_a_forwarded_link_lets_nobody_in(self):
        self.users(31, 32)
        self.pay(STRIPE, 31, payment_id="pi_31")
        (link,) = buttons(self.letter(31, "pi_31"))
        for stranger in (32, 33):
            self.assertEqual(self.telegram.user(stranger, "follow", link=link)["result"], "requested")
        self.telegram.user(31, "follow", link=link)
        self.inside(STARTER, 31)
        until(lambda: self.telegram.members(STARTER)["pending"] == [], "the others are declined")
        self.assertFalse({32, 33} & members_of(self.telegram, STARTER))

    def test_a_guest_on_a_one_time_link_is_shown_out(self):
        self.users(41, 42)
        self.pay(STRIPE, 41, "core", 2900, payment_id="pi_41")
        _, link = buttons(self.letter(41, "pi_41"))
        self.assertEqual(self.telegram.user(42, "follow", link=link)["result"], "joined")
        self.outside(CORE, 42)

        def another():
            urls = [url for message in self.telegram.messages(41) for url in buttons(message)]
            known = {l["invite_link"]: l for l in self.telegram.report()["links"]}
            return next((url for url in urls if url != link and known[url]["chat_id"] == CORE), None)
        new = until(another, "a new link for who paid", PATIENCE * 3)
        self.assertEqual(self.telegram.user(41, "follow", link=new)["result"], "joined")
        self.site.applied()
        self.assertEqual({41, 42} & members_of(self.telegram, CORE), {41})
        self.assertNotEqual(self.telegram.user(42, "follow", link=link)["result"], "joined")


class TwoBots(Flow):
    simulator = ("--bot", SECOND_TOKEN + ",second_bot")
    changes = (("groups:\n", """\
  - name: second
    token: "%s"
    api_url: https://api.telegram.org
    updates: polling
groups:
""" % SECOND_TOKEN), ("{name: core, bot: main,", "{name: core, bot: second,"))

    def test_each_group_by_its_own_bot(self):
        """A member is written to by the bot that they know; links come from the bot of the group."""
        for user, bot in ((1, "usher_bot"), (2, "second_bot")):
            self.users(user, follow=1, bot=bot)
            self.pay(STRIPE, user, "core", 2900, payment_id="pi_%d" % user)
            self.inside(STARTER, user)
            self.inside(CORE, user)
            letter = self.letter(user, "pi_%d" % user)
            self.assertEqual(letter["bot"], bot)
            links = {link["invite_link"]: link["bot"] for link in self.telegram.report()["links"]}
            self.assertEqual([links[url] for url in buttons(letter)], ["usher_bot", "second_bot"])
        self.assertEqual(self.telegram.report()["errors"], [])

    def test_blocking_one_of_them(self):
        self.users(11, follow=1, bot="usher_bot")
        self.users(11, follow=1, bot="second_bot", greeted=False)
        until(lambda: {m["bot"] for m in self.telegram.messages(11)} == {"usher_bot", "second_bot"},
              "greeted by both")
        self.telegram.user(11, "block", bot="usher_bot")
        self.pay(STRIPE, 11, payment_id="pi_11")
        self.assertEqual(self.letter(11, "pi_11")["bot"], "second_bot")
        self.inside(STARTER, 11)


class WebhookMode(unittest.TestCase):
    def test_updates_by_webhook(self):
        telegram = Telegram()
        self.addCleanup(telegram.close)
        (port,) = free_ports(1)
        site = ContractSite(telegram.url(), ("updates: polling ", "updates: webhook "),
                            ('{listen: "127.0.0.1:8080"}',
                             '{listen: "127.0.0.1:8080", public_url: "http://127.0.0.1:%d"}' % port),
                            http_port=port)
        self.addCleanup(site.close)
        site.start()
        until(lambda: "webhook_set" in site.usher.log(), "the webhook is set")
        telegram.sim("POST", "/users", {"ids": [1], "behaviour": {"follow": 1}})
        until(lambda: telegram.messages(1), "a greeting")
        self.assertEqual(site.send(STRIPE, *STRIPE.paid(1, "core", 2900)).status, 200)
        for chat in (STARTER, CORE):
            until(lambda c=chat: 1 in members_of(telegram, c), "in the group", PATIENCE * 3)
        site.applied()
        # Updates that came while nobody listened come again.
        self.assertEqual(site.stop(), 0)
        telegram.sim("POST", "/users", {"ids": [2], "behaviour": {"follow": 1}})
        site.start()
        until(lambda: telegram.messages(2), "a late greeting", PATIENCE * 3)
        until(lambda: telegram.report()["bots"][0]["updates"]["pending"] == 0, "all updates are taken",
              PATIENCE * 3)
        report = telegram.report()
        self.assertEqual(report["violations"], [])
        self.assertNotIn("getUpdates", report["calls"])
        self.assertEqual(site.stop(), 0)


class Lives(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)

    def site(self, *changes, **more):
        site = ContractSite(self.telegram.url(), *changes, **more)
        self.addCleanup(site.close)
        return site.start()

    def test_sigterm_drains_and_exits(self):
        """Under load it ends within seconds with exit code 0, and whoever was answered 200 is there."""
        self.telegram.sim("POST", "/users", {"range": {"from": 1, "count": 150},
                                             "behaviour": {"follow": 1}})
        self.telegram.sim("POST", "/faults", {"method": "sendMessage", "kind": "slow",
                                              "delay_ms": 1000, "probability": 0.2})
        site = self.site()
        port, answered, numbers = site.port, set(), iter(range(1, 151))
        odd = []

        def pay():
            for user in numbers:
                body, headers = STRIPE.paid(user)
                try:
                    answer = request(port, "POST", "/hooks/stripe", body, headers, timeout=PATIENCE)
                except OSError:
                    return
                if answer.status == 200:
                    answered.add(user)
                elif answer.status != 503:
                    odd.append(answer)
        threads = [threading.Thread(target=pay) for _ in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(answered) > 40, "some are answered")
        start = time.monotonic()
        log = site.usher
        self.assertEqual(site.stop(), 0, log.log())
        self.assertLess(time.monotonic() - start, PATIENCE / 2)
        for thread in threads:
            thread.join()
        self.assertEqual(odd, [])
        self.assertNotIn("not_drained", log.log())
        self.assertIn("stopped fatal=0", log.lines[-1])
        site.start()
        for user in answered:
            self.assertEqual(len(site.member(user)["payments"]), 1)
        self.telegram.sim("POST", "/faults/clear")
        until(lambda: answered <= members_of(self.telegram, STARTER), "all are in", PATIENCE * 6)
        self.assertEqual(self.telegram.report()["violations"], [])

    def test_sigint_too(self):
        self.assertEqual(self.site().stop(signal.SIGINT), 0)

    def test_a_second_usher_is_refused(self):
        site = self.site()
        pid = site.usher.process.pid
        for _ in range(2):
            second = site.cli("run", "--config", site.config)
            self.assertEqual(second.returncode, 1)
            self.assertIn("process %d holds" % pid, second.stderr)
            self.assertIn(os.path.join("var", "lock"), second.stderr)
        self.assertEqual(site.get("/readyz").status, 200)
        self.assertEqual(site.send(STRIPE, *STRIPE.paid(1)).status, 200)

    def test_a_taken_port_is_refused(self):
        site = self.site()
        other = ContractSite(self.telegram.url(), http_port=site.port)
        self.addCleanup(other.close)
        second = other.cli("run", "--config", other.config)
        self.assertEqual(second.returncode, 1)
        self.assertIn(str(site.port), second.stderr)

    def test_a_plan_is_added(self):
        """A new configuration is in force from the next start; what was before is as it was."""
        site = self.site()
        self.telegram.sim("POST", "/users", {"ids": [1, 2, 3], "behaviour": {"follow": 1}})
        self.assertEqual(site.send(STRIPE, *STRIPE.paid(1)).status, 200)
        self.assertEqual(site.send(STRIPE, *STRIPE.paid(2, "gold", 9900, payment_id="pi_gold")).status, 200)
        (payment,) = until(lambda: site.api("GET", "payments?state=unsettled").json.get("payments"),
                           "the mirror lists it")
        self.assertEqual(payment["payment_id"], "pi_gold")
        before = site.member(1)["entitlements"]
        site.applied()
        self.assertEqual(site.stop(), 0)
        site.template = site.template.replace("gateways:\n", """\
  - name: gold
    groups: [core]
    prices: [{amount: "99.00", currency: USD, period: 3 months}]
gateways:
""")
        site.write_config()
        site.start()
        self.assertEqual(site.member(1)["entitlements"], before)
        self.assertEqual(site.send(STRIPE, *STRIPE.paid(3, "gold", 9900)).status, 200)
        self.assertEqual(site.api("POST", "payments/stripe/pi_gold/settle",
                                  {"telegram_id": 2, "plan": "gold", "period": "3 months"}).status, 200)
        for user in (2, 3):
            self.assertEqual(site.member(user)["entitlements"][0]["status"], "active")
            until(lambda u=user: u in members_of(self.telegram, CORE), "in", PATIENCE * 3)
        configured = site.cli("journal", "dump", "--config", site.config).stdout.count("cmd_configure")
        self.assertEqual(configured, 2)

    def test_all_links_over_tcp(self):
        """One process whose actors talk over encrypted tcp; test_hosts.py spreads them over several."""
        site = ContractSite(self.telegram.url(), split.topology(split.endpoints()))
        self.addCleanup(site.close)
        made = site.cli("keys", os.path.join(site.folder, "keys"), "server", "here")
        self.assertEqual(made.returncode, 0, made.stderr)
        site.start()
        self.telegram.sim("POST", "/users", {"range": {"from": 1, "count": 30},
                                             "behaviour": {"follow": 1}})
        users = set(range(1, 31))
        for user in users:
            self.assertEqual(site.send(STRIPE, *STRIPE.paid(user, "core", 2900)).status, 200)
        for chat in (STARTER, CORE):
            until(lambda c=chat: users <= members_of(self.telegram, c), "in", PATIENCE * 4)
        self.assertEqual(self.telegram.report()["violations"], [])
        self.assertEqual(site.stop(), 0)


def parse(text):
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def flood(port, requests):
    """Opens a connection for each request, then sends all, then reads all; how often which status."""
    statuses, selector, sockets = {}, selectors.DefaultSelector(), []
    try:
        for data in requests:
            one = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE * 2)
            sockets.append(one)
        for one, data in zip(sockets, requests):
            one.sendall(data)
            one.setblocking(False)
            selector.register(one, selectors.EVENT_READ)
        deadline = time.monotonic() + PATIENCE * 2
        left = len(sockets)
        while left and time.monotonic() < deadline:
            for key, _ in selector.select(0.5):
                answer = key.fileobj.recv(4096)
                status = int(answer.split()[1]) if answer else None
                statuses[status] = statuses.get(status, 0) + 1
                selector.unregister(key.fileobj)
                left -= 1
        return statuses
    finally:
        selector.close()
        for one in sockets:
            one.close()


if __name__ == "__main__":
    unittest.main()
