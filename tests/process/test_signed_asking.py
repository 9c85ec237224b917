"""What gateways that sign and list nothing are asked about each order: by themselves, and when its member says that
it is paid. No callback comes in any of these."""
import time
import unittest

from helpers import until
from test_signed_checkout import Signing


class Asking(Signing):
    def configured(self, public):
        return super().configured(public) + "reconcile: {every: 1 second, back: 1 day}\n"

    def found(self, gateway):
        order = self.ask(77, gateway)
        order_id = order["order_id"]
        until(lambda: len(self.till.queried) > 1, "it is asked, and asked again", 60)
        self.assertEqual((set(self.till.queried), self.till.wrong), ({order_id}, []))
        self.assertFalse(self.active(77, "starter"))
        self.till.paid[order_id] = "4200" + order_id
        until(lambda: self.active(77, "starter"), "it is found and granted", 60)
        self.assertEqual(self.order(order_id)["state"], "paid")
        self.assertEqual(self.site.api("GET", "payments/%s/4200%s" % (gateway, order_id)).status, 200)
        count = len(self.till.queried)
        time.sleep(3)
        self.assertLessEqual(len(self.till.queried), count + 1, "what is paid is not asked about any more")
        until(lambda: self.site.metric('usher_reconciled_total{gateway="%s",result="handed_in"}' % gateway) >= 1,
              "it is counted")
        self.site.stop()
        verified = self.site.cli("journal", "verify", "--config", self.site.config)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.site.start()

    def test_wechat(self):
        self.found("wechat")

    def test_alipay(self):
        self.found("alipay")

    def test_over_a_kill(self):
        """Who is asked about what stands in the state: nothing is forgotten."""
        order_id = self.ask(77, "alipay")["order_id"]
        until(lambda: self.till.queried, "it is asked", 60)
        self.site.kill()
        self.till.paid[order_id] = "2026" + order_id
        self.site.start()
        until(lambda: self.active(77, "starter"), "it is found and granted", 60)


class IHavePaid(Signing):
    def configured(self, public):
        return super().configured(public) + "reconcile: {every: 0 seconds}\n"

    def keys(self, text):
        return [(m["message_id"], key) for m in self.telegram.messages(88)
                for row in m.get("reply_markup", {}).get("inline_keyboard", []) for key in row if text in key["text"]]

    def press(self, text):
        message, key = until(lambda: self.keys(text), "the button " + text)[-1]
        self.telegram.user(88, "press", message_id=message, data=key["callback_data"])

    def told(self, text):
        return [m for m in self.telegram.messages(88) if text in m.get("text", "")]

    def said_so(self, gateway):
        self.telegram.user(88, "start", bot="usher_bot")
        until(lambda: self.telegram.messages(88), "the greeting is there")
        self.telegram.user(88, "say", text="/start p_starter")
        self.press(gateway)
        until(lambda: self.keys("I have paid"), "the order is there")
        (order,) = self.site.member(88)["orders"]
        self.await_url(order["order_id"])
        self.press("I have paid")
        until(lambda: self.told("I asked %s: it has not seen a payment of order no. 1" % gateway), "who asked is told")
        self.till.paid[order["order_id"]] = "4200" + order["order_id"]
        time.sleep(16)
        self.assertEqual((self.till.queried, self.till.wrong), ([order["order_id"]], []))
        self.press("I have paid")
        until(lambda: self.active(88, "starter"), "it is granted")
        self.assertEqual(self.order(order["order_id"])["state"], "paid")

    def test_wechat(self):
        self.said_so("wechat")

    def test_alipay(self):
        self.said_so("alipay")


if __name__ == "__main__":
    unittest.main()
