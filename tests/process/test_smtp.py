"""E-mail: what arrives at a mail server, and what follows when it does not."""
import email
import email.policy
import os
import ssl
import subprocess
import tempfile
import time
import unittest

from contract import ADMIN_TOKEN, ContractSite
from gateways import STRIPE
from helpers import PATIENCE, Telegram, USHER, until
from smtp_server import SmtpServer

LANE = """\
lanes:
  - name: post
    url: %s
    user: club
    password: "s3cret"
    from: "小店 <club@example.org>"
    per_second: 50
    concurrency: 2
groups:
"""


class Smtp(unittest.TestCase):
    scheme = "smtp"

    def server(self, password="s3cret", **more):
        server = SmtpServer(password=password, **more)
        self.addCleanup(server.close)
        return server

    def usher(self, server):
        self.telegram = Telegram()
        self.addCleanup(self.telegram.close)
        self.site = ContractSite(self.telegram.url(), (
            "groups:\n", LANE % ("%s://127.0.0.1:%d" % (self.scheme, server.port))))
        self.addCleanup(self.site.close)
        self.site.start()

    def send(self, to="ann@example.net", subject="Your seat", text="Hello Ann,\n.\nsee you", **more):
        answer = self.site.api("POST", "mails", {"to": to, "subject": subject, "text": text, **more})
        self.assertEqual(answer.status, 202, answer)
        return answer.json["delivery"]

    def done(self):
        return self.site.metric('usher_deliveries{state="done"}')

    def queue(self):
        return subprocess.run([USHER, "queue", "--config", self.site.config], capture_output=True, text=True,
                              env=self.site.env, check=False).stdout

    def test_a_mail_arrives_with_its_headers(self):
        server = self.server()
        self.usher(server)
        self.send()
        self.send(subject="你的座位", text="你好,安\n再见", lane="post")
        until(lambda: len(server.mails) == 2, "both arrive")
        plain, other = sorted(server.mails, key=lambda mail: b"base64" in mail.data)
        self.assertEqual((plain.sender, plain.to), ("club@example.org", ["ann@example.net"]))
        self.assertTrue(plain.data.endswith(b"\r\n\r\nHello Ann,\r\n.\r\nsee you\r\n"), plain.data)
        for mail, subject, text in ((plain, "Your seat", "Hello Ann,\n.\nsee you\n"),
                                    (other, "你的座位", "你好,安\n再见\n")):
            read = email.message_from_bytes(mail.data, policy=email.policy.default)
            self.assertEqual(read.defects, [])
            self.assertEqual(read["From"], "小店 <club@example.org>")
            self.assertEqual(read["To"], "ann@example.net")
            self.assertEqual(read["Subject"], subject)
            self.assertEqual(read["Auto-Submitted"], "auto-generated")
            self.assertEqual(read["MIME-Version"], "1.0")
            self.assertEqual(read.get_content_type(), "text/plain")
            self.assertEqual(read.get_content().replace("\r\n", "\n"), text)
            self.assertLess(abs(read["Date"].datetime.timestamp() - time.time()), 60)
            self.assertRegex(read["Message-ID"], r"^<usher-\d+-[0-9a-f]{16}@example\.org>$")
        until(lambda: self.site.metric('usher_deliveries{state="pending"}') == 0, "all is done")
        self.assertNotIn("s3cret", self.site.usher.log())

    def test_what_is_no_mail_is_refused(self):
        server = self.server()
        self.usher(server)
        for wrong in ({"to": "ann"}, {"to": "a@b\r\nBcc: c@d"}, {"to": "a@b, c@d"},
                      {"subject": "a\r\nBcc: c@d"}, {"subject": "a\nb"}, {"subject": "a\u2028b"}):
            answer = self.site.api("POST", "mails", {"to": "a@b", "subject": "s", "text": "t", **wrong})
            self.assertIn(answer.status, (400, 422), "%r %r" % (wrong, answer))
        answer = self.site.api("POST", "mails", {"to": "a@b", "subject": "s", "text": "t", "lane": "other"})
        self.assertEqual(answer.status, 409, answer)
        self.assertEqual(server.mails, [])

    def test_later_is_tried_again_and_never_is_a_dead_letter(self):
        server = self.server()
        server.replies = {"RCPT": ["451 4.7.1 not yet"], "DOT": ["452 4.3.1 full"]}
        self.usher(server)
        self.send()
        until(lambda: len(server.mails) == 1, "it is tried until it is taken")
        self.assertEqual(len(server.said("RCPT")), 3)
        server.replies = {"RCPT": ["550 5.1.1 no such mailbox"]}
        self.send(to="nobody@example.net")
        until(lambda: self.site.metric('usher_deliveries{state="dead"}') == 1, "it is dead")
        self.assertIn("550 5.1.1 no such mailbox", self.queue())
        time.sleep(2)
        self.assertEqual(len(server.said("RCPT")), 4)

    def test_what_is_lost_behind_the_dot_comes_again_as_the_same_mail(self):
        self.comes_again("close")

    def test_who_says_nothing_behind_the_dot_is_left_in_time(self):
        self.comes_again("hang")

    def comes_again(self, reply):
        server = self.server()
        server.replies = {"DOT": [reply]}
        self.usher(server)
        self.send()
        until(lambda: len(server.mails) == 2, "it comes again", 15 + PATIENCE)
        first, again = (email.message_from_bytes(mail.data)["Message-ID"] for mail in server.mails)
        self.assertEqual(first, again)

    def test_a_wrong_password_is_the_lanes_fault(self):
        server = self.server(password="another")
        self.usher(server)
        self.send()
        until(lambda: server.said("AUTH"), "it says who it is")
        time.sleep(3)
        self.assertEqual(self.site.metric('usher_deliveries{state="dead"}'), 0)
        until(lambda: self.site.metric('usher_deliveries{state="pending"}') == 1, "only the mail waits")
        self.assertEqual(server.said("MAIL"), [])
        self.assertEqual(len(server.said("AUTH")), 1, "it is not tried at once again")

    def test_a_server_that_hangs_holds_up_only_its_lane(self):
        server = self.server()
        self.hangs(server, {"EHLO": ["hang"] * 100})

    def test_a_server_that_hangs_behind_the_dot_holds_up_only_its_lane(self):
        self.hangs(self.server(), {"DOT": ["hang"] * 100})

    def hangs(self, server, replies):
        server.replies = replies
        self.usher(server)
        members = list(range(101, 111))
        self.telegram.sim("POST", "/users", {"ids": members, "behaviour": {}})
        until(lambda: all(self.telegram.messages(i) for i in members), "all are greeted", PATIENCE * 2)
        for n in range(20):
            self.send(to="ann%d@example.net" % n)
        until(lambda: server.said("EHLO"), "the server hangs")
        for user in members:
            answer = self.site.send(STRIPE, *STRIPE.paid(user, "starter", 900, payment_id="pi_%d" % user))
            self.assertEqual(answer.status, 200, answer)
        started = time.monotonic()
        until(lambda: all(any("pi_%d" % i in m["text"] for m in self.telegram.messages(i)) for i in members),
              "Telegram's letters go")
        self.assertLess(time.monotonic() - started, 10)
        self.assertLessEqual(len(server.said("EHLO")), 2, "no more than the lane's concurrency")
        self.assertLessEqual(len(server.mails), 2)
        self.assertEqual(self.telegram.report()["violations"], [])


class Smtps(Smtp):
    """With TLS, and a certificate that nobody has signed."""
    scheme = "smtps"

    def server(self, password="s3cret", **more):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        key, certificate = (os.path.join(folder.name, name) for name in ("key.pem", "certificate.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        return super().server(password, tls=tls, **more)

    def test_a_certificate_is_verified(self):
        server = self.server()
        self.usher(server)
        self.send()
        until(lambda: self.site.metric('usher_telegram_calls_total{bot="smtp:post"') >= 1, "it is tried")
        time.sleep(1)
        self.assertEqual((server.mails, server.commands), ([], []))
        until(lambda: self.site.metric('usher_deliveries{state="pending"}') == 1, "it waits")


for name in [name for name in dir(Smtp) if name.startswith("test_")]:
    setattr(Smtps, name, None)  # what is said above TLS is the same


if __name__ == "__main__":
    unittest.main()
