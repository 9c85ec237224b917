"""Callbacks signed or judged by the gateways' own packages from npm (Stripe's in two generations of its API), against a
running usher; and what usher asks Stripe for, beside what its client asks."""
import json
import os
import re
import subprocess
import unittest

import helpers
from checkout_gateway import Maker
from helpers import until
from test_gateways import SECRETS, TEMPLATE

ENVIRONMENT = {**os.environ, **SECRETS, "CRYPTOPAY_TOKEN": "12345:" + "A" * 35}  # as its package wants one
CREATES = ('- {name: stripe, kind: stripe, secrets: ["%(stripe)s"]',
           '- {name: stripe, kind: stripe, secrets: ["%(stripe)s"], secret_key: sk_test_peers, create: session, '
           'success_url: "https://t.me/usher_bot", api_url: "%(maker)s"')
KEY = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.S)


def key_pair(folder):
    """The file of a private key, and its public half as the configuration has it."""
    path = os.path.join(folder, "peer.key")
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path],
                   check=True, capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", path, "-pubout"], check=True, capture_output=True, text=True).stdout
    return path, public.strip().replace("\n", "\n" + 10 * " ")


class Peers(unittest.TestCase):
    def test_callbacks_of_the_real_packages(self):
        sim = helpers.Telegram()
        self.addCleanup(sim.close)
        stripe = Maker()
        self.addCleanup(stripe.close)
        self.assertIn(CREATES[0], TEMPLATE)
        template = TEMPLATE.replace(CREATES[0], CREATES[1].replace("%(maker)s", stripe.url()))
        usher = helpers.Site(sim.url(), template=template, env=ENVIRONMENT)
        self.addCleanup(usher.close)
        key, public = key_pair(usher.folder)
        with open(usher.config, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(len(KEY.findall(text)), 2)
        with open(usher.config, "w", encoding="utf-8") as file:
            file.write(KEY.sub(public, text))
        usher.start()
        answer = usher.api("POST", "orders", {"telegram_id": 5, "plan": "core", "currency": "USD", "gateway": "stripe"})
        self.assertEqual(answer.status, 201, answer)
        ((path, _, body),) = until(lambda: stripe.asked, "usher asks for a session")
        here = os.path.dirname(os.path.abspath(__file__))
        environment = dict(ENVIRONMENT, USHER_URL=f"http://127.0.0.1:{usher.port}",
                           ADMIN_TOKEN=helpers.ADMIN_TOKEN, STRIPE_SECRET=helpers.STRIPE_SECRET,
                           STANDARD_SECRET=helpers.STANDARD_SECRET, PEER_KEY=key,
                           STRIPE_CHECKOUT=json.dumps({"path": path, "body": body}),
                           WECHAT_KEY_ID=re.search(r"PUB_KEY_ID_\d+", text).group(),
                           ALIPAY_APP_ID=re.search(r'app_id: "(\d+)"', text).group(1), BUILD=helpers.BUILD)
        run = subprocess.run([os.path.join(here, "peers", "run")], env=environment, text=True,
                             capture_output=True, timeout=300, check=False)
        print(run.stdout, run.stderr)
        if run.returncode == 77:
            self.skipTest(run.stdout.strip())
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
