"""usher spread over processes as over hosts: tcp links, their keys, and who is kept out."""
import os
import shutil
import signal
import time
import unittest

import helpers
from helpers import Site, Telegram, free_ports, until

ROLES = {"front": "ingress,verifier", "core": "ledger,scheduler,mirror", "out": "granter,notifier"}
LINKS = ("verdicts", "commands", "queries", "credits", "work", "calls", "reads")


class Hosts(unittest.TestCase):
    def setUp(self):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        endpoints = dict(zip(LINKS, free_ports(len(LINKS))))
        self.more = "topology:\n  curve_dir: ./keys\n  links:\n" + "".join(
            '    %s: ["tcp://127.0.0.1:%d"]\n' % pair for pair in endpoints.items())
        self.sites = {name: self.site() for name in ROLES}
        self.make_keys()

    def site(self):
        site = Site(self.telegram.url(), more=self.more)
        self.addCleanup(site.close)
        return site

    def make_keys(self):
        """Each host gets all public keys, its own secret, and the one of the bound ends."""
        first = self.sites["front"]
        self.all_keys = os.path.join(first.folder, "all-keys")
        done = first.cli("keys", self.all_keys, "server", *ROLES)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, site in self.sites.items():
            keys = os.path.join(site.folder, "keys")
            os.mkdir(keys, 0o700)
            for file in ("server", "server_secret", name + "_secret", *ROLES):
                shutil.copy(os.path.join(self.all_keys, file), keys)

    def start(self, *names, metrics=None):
        for name in names:
            more = ("--metrics", "127.0.0.1:%d" % metrics[name]) if metrics else ()
            self.sites[name].start("--role", ROLES[name], *more, ready=False)

    def test_each_says_what_it_knows(self):
        """Metrics on every role: of the ledger where the ledger is, of Telegram where the notifier is."""
        ports = dict(zip(ROLES, free_ports(len(ROLES))))
        self.start("core", "out", "front", metrics=ports)
        front = self.sites["front"]
        until(lambda: front.get("/readyz").status == 200, "the front is ready")
        self.telegram.user(42, "start", bot="usher_bot")
        self.assertEqual(front.pay(42).status, 200)

        def page(name):
            return helpers.request(ports[name], "GET", "/metrics").body.decode()
        until(lambda: "\nusher_members 1\n" in page("core"), "the ledger counts its member")
        until(lambda: "\nusher_telegram_calls_total{" in page("out"), "a call is counted")
        knows = {"core": ("usher_members ", "usher_journal_tail ", "usher_apply_seconds_count ", "usher_mirror_position "),
                 "out": ("usher_telegram_calls_total{",),
                 "front": ("usher_parked_requests ", "usher_callbacks_total{")}
        for name in ROLES:
            self.assertIn("usher_build_info{version=", page(name))
            self.assertIn("process_cpu_seconds_total ", page(name))
            for other, lines in knows.items():
                for line in lines:
                    check = self.assertIn if name == other else self.assertNotIn
                    check("\n" + line, page(name), name)

    def test_pages_in_front_of_another_host_s_ledger(self):
        self.start("core", "out", "front")
        front = self.sites["front"]
        until(lambda: front.get("/readyz").status == 200, "the front is ready")
        answer = front.get("/p/core")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn(b"500 seats left", answer.body)
        self.assertEqual(front.get("/o/" + "0" * 32).status, 404)

    def test_across_three(self):
        self.start("core", "out", "front")
        front = self.sites["front"]
        until(lambda: front.get("/readyz").status == 200, "ready")
        self.telegram.user(42, "start", bot="usher_bot")
        self.assertEqual(until(lambda: self.paid(front, 42), "paid").status, 200)
        until(lambda: "t.me/" in str(self.telegram.messages(42)), "the letter is there")
        member = front.member(42)
        self.assertEqual(member["entitlements"][0]["status"], "active")
        for name in ("front", "out", "core"):
            usher = self.sites[name].usher
            self.assertEqual(self.sites[name].stop(), 0, name + ":\n" + usher.log())

    def paid(self, site, telegram_id):
        answer = site.pay(telegram_id)
        return answer if answer.status == 200 else None

    def test_ledger_comes_and_goes(self):
        self.start("front")
        front = self.sites["front"]
        self.assertEqual(front.get("/healthz").status, 200)
        self.assertEqual(front.get("/readyz").status, 503)
        self.start("core")
        until(lambda: front.get("/readyz").status == 200, "ready")
        until(lambda: self.paid(front, 1), "paid")
        self.sites["core"].kill()
        until(lambda: front.get("/readyz").status == 503, "not ready without the ledger")
        self.start("core")
        until(lambda: front.get("/readyz").status == 200, "ready again")
        until(lambda: self.paid(front, 2), "paid again")
        self.assertEqual(front.api("GET", "status").json["members"], 2)

    def test_a_ledger_that_is_gone_is_said_at_once(self):
        """Killed, or frozen with its connections open: who asks need not wait half a minute for a 503."""
        self.start("core", "front")
        front, core = self.sites["front"], self.sites["core"]
        until(lambda: self.paid(front, 1), "paid")
        for sign in (signal.SIGSTOP, signal.SIGKILL):
            if sign == signal.SIGKILL:
                core.kill()
            else:
                core.usher.process.send_signal(sign)
            # In the seconds until it is known they wait, and not longer.
            begun = time.monotonic()
            answers = [front.pay(100), front.api("GET", "status")]
            self.assertLess(time.monotonic() - begun, 15)
            begun = time.monotonic()
            for _ in range(5):
                answers += [front.pay(100), front.api("GET", "status"), front.api("GET", "payments"),
                            front.api("POST", "queue/release", {"what": "dead"})]
            self.assertLess(time.monotonic() - begun, 3)
            for answer in answers:
                self.assertEqual(answer.status, 503, answer)
                self.assertIn("retry-after", answer.headers)
            self.assertIn("ledger", answers[-1].json["detail"])
            if sign == signal.SIGSTOP:
                core.usher.process.send_signal(signal.SIGCONT)
                until(lambda: self.paid(front, 100), "paid again")
        self.assertEqual(front.get("/healthz").status, 200)

    def test_unknown_peer_is_refused(self):
        self.start("core", "front")
        front = self.sites["front"]
        until(lambda: front.get("/readyz").status == 200, "ready")
        front.stop()

        # The same place, all public keys, but a secret that nobody knows.
        stranger = self.site()
        keys = os.path.join(stranger.folder, "keys")
        self.assertEqual(stranger.cli("keys", keys, "stranger").returncode, 0)
        for file in ("server", "server_secret", *ROLES):
            shutil.copy(os.path.join(self.all_keys, file), keys)
        stranger.start("--role", ROLES["front"], ready=False)

        # The first request waits for a ledger that does not open; once it is known that nothing leaves,
        # the next are told so at once.
        def refused():
            try:
                return helpers.request(stranger.port, "POST", "/hooks/stripe", *payment,
                                       timeout=1).status == 503
            except OSError:
                return False

        payment = helpers.stripe_signed(helpers.stripe_checkout(66))
        until(refused, "refused for want of a ledger")
        self.assertEqual(stranger.kill(), -9)

        self.start("front")
        until(lambda: front.get("/readyz").status == 200, "ready")
        self.assertEqual(front.api("GET", "status").json["members"], 0)
        front.stop()

        # The other way about: once the ledger's host has its public key, it is no stranger.
        shutil.copy(os.path.join(keys, "stranger"),
                    os.path.join(self.sites["core"].folder, "keys"))
        stranger.start("--role", ROLES["front"], ready=False)
        until(lambda: self.paid(stranger, 66), "welcome")

    def test_keys_are_needed(self):
        site = self.sites["out"]
        os.remove(os.path.join(site.folder, "keys", "server"))
        os.remove(os.path.join(site.folder, "keys", "server_secret"))
        done = site.cli("run", "--config", site.config, "--role", "granter")
        self.assertEqual(done.returncode, 1)
        self.assertIn("server", done.stderr)
        shutil.rmtree(os.path.join(site.folder, "keys"))
        done = site.cli("run", "--config", site.config, "--role", "granter")
        self.assertEqual(done.returncode, 1)
        self.assertIn("curve_dir", done.stderr)

    def test_roles(self):
        site = self.sites["out"]
        for wrong in ("nobody", "ingress:2", "notifier:other", "ledger:1", ""):
            done = site.cli("run", "--config", site.config, "--role", wrong)
            self.assertEqual(done.returncode, 2, (wrong, done.stderr))


if __name__ == "__main__":
    unittest.main()
