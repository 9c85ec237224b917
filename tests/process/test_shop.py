"""The shop by bot: from the list of plans to the group, by buttons alone, in each language."""
import unittest

from gateways import STRIPE
from helpers import PATIENCE, until
from test_flow import Flow, members_of
from helpers import CORE, STARTER

SHOP = """\
legal: {terms: "https://club.example/terms", privacy: "We keep your Telegram id.\\nNothing else."}
orders: {expire: 30 minutes, late_payment: 24 hours, max_open_per_member: 3, overpay: credit}
gateways:
  - {name: stripe, kind: stripe, secrets: ["${STRIPE_SECRET}"], currencies: [USD], label: {zh-Hans: 银行卡, zh-Hant: 信用卡}}
  - {name: btcpay, kind: btcpay, secrets: ["${BTCPAY_SECRET}"], currencies: [USD, BTC]}
"""
CHANGES = (('http: {listen: "127.0.0.1:8080"}',
            'http: {listen: "127.0.0.1:8080", public_url: "https://club.example"}'),
           ("    seats: 500\n", "    title: Core\n    seats: 3\n"),
           ('gateways:\n  - {name: stripe, kind: stripe, secrets: ["${STRIPE_SECRET}"]}\n'
            '  - {name: btcpay, kind: btcpay, secrets: ["${BTCPAY_SECRET}"]}\n', SHOP))

# By language: the client's code, the word for the plans, what the buttons say.
LANGUAGES = {
    "en": ("/plans", "1 month", "stripe", "Pay 29.00 USD", "Cancel", "I have paid"),
    "zh-hans": ("套餐", "1 个月", "银行卡", "付款 29.00 USD", "取消订单", "我已付款"),
    "zh-hant": ("購買", "1 個月", "信用卡", "付款 29.00 USD", "取消訂單", "我已付款"),
}


def keys(message):
    return [key for row in message.get("reply_markup", {}).get("inline_keyboard", []) for key in row]


class Shopping(Flow):
    """What a buyer does and sees, for the stories below and elsewhere."""
    changes = CHANGES

    def say(self, user, text):
        """What the bot answers: the message that follows."""
        before = {m["message_id"] for m in self.telegram.messages(user)}
        self.telegram.user(user, "say", text=text)

        def new():
            return [m for m in self.telegram.messages(user) if m["message_id"] not in before]
        until(new, "an answer to " + text, PATIENCE * 3)
        return new()[-1]

    def message(self, user, message_id):
        (found,) = [m for m in self.telegram.messages(user) if m["message_id"] == message_id]
        return found

    def press(self, user, message, text):
        """Presses the button that holds the text: the message as it is then, in the same place."""
        (key,) = [k for k in keys(message) if text in k["text"]]
        self.assertIn("callback_data", key)
        self.telegram.user(user, "press", message_id=message["message_id"], data=key["callback_data"])
        until(lambda: self.message(user, message["message_id"]) != message,
              "what follows " + text, PATIENCE * 3)
        return self.message(user, message["message_id"])

    def answers(self, user):
        found = self.telegram.sim("GET", "/answers?user=%d" % user)
        rows = found["answers"] if isinstance(found, dict) else found
        return [row["text"] for row in rows if row["answered"] and row.get("text")]

    def to_order(self, user, words):
        word, period, gateway = words[:3]
        shown = self.say(user, word)
        self.assertIn("Core", shown["text"])
        self.assertIn("29.00", shown["text"])
        shown = self.press(user, shown, "Core")
        shown = self.press(user, shown, period)
        return self.press(user, shown, gateway)

    def order_of(self, user):
        (order,) = self.site.member(user)["orders"]
        return order

    def pay_order(self, user, order, payment_id):
        body, headers = STRIPE.paid(user, order["plan"], 2900, payment_id=payment_id,
                                    client_reference_id=order["order_id"])
        self.assertEqual(self.site.send(STRIPE, body, headers).status, 200)


class Shop(Shopping):
    def test_a_buyer_presses_through_in_each_language(self):
        for n, (code, words) in enumerate(LANGUAGES.items()):
            user = 10 + n
            self.users(user, follow=1, language_code=code)
            shown = self.to_order(user, words)
            order = self.order_of(user)
            self.assertEqual((order["state"], order["amount"], order["gateway"]),
                             ("open", "29.00", "stripe"))
            for text in (order["order_id"], "29.00 USD", words[2]):
                self.assertIn(text, shown["text"])
            pay, paid, cancel = keys(shown)
            token = self.site.api("GET", "orders/" + order["order_id"]).json["page_url"]
            self.assertEqual((pay["text"], pay["url"]), (words[3], token))
            self.assertTrue(token.startswith("https://club.example/o/"))
            self.assertEqual((paid["text"], cancel["text"]), (words[5], words[4]))
            self.pay_order(user, order, "pi_%d" % user)
            self.inside(CORE, user)
            self.inside(STARTER, user)
            shown = self.press(user, shown, words[5])
            self.assertIn("pi_%d" % user, shown["text"])
            self.assertEqual(self.order_of(user)["state"], "paid")
        # The third seat is taken: sold out, without a button.
        self.users(20)
        shown = self.say(20, "/buy")
        self.assertIn("sold out", shown["text"])
        self.assertFalse([k for k in keys(shown) if "Core" in k["text"]])
        self.assertFalse({20} & members_of(self.telegram, CORE))

    def test_b_cancelled_and_stale(self):
        self.users(30)
        shown = self.say(30, "/start p_starter")
        first = self.press(30, shown, "1 month")
        shown = self.press(30, first, "btcpay")
        self.assertIn("9.00 USD", shown["text"])
        self.telegram.user(30, "press", message_id=shown["message_id"],
                           data=keys(shown)[1]["callback_data"])
        until(lambda: any("No payment" in text for text in self.answers(30)), "it is not seen yet")
        self.telegram.user(30, "press", message_id=shown["message_id"],
                           data=keys(shown)[1]["callback_data"])
        until(lambda: any("15 seconds" in text for text in self.answers(30)), "not so soon again")
        number = self.order_of(30)["number"]
        again = self.say(30, "/order %d" % number)
        self.assertEqual(keys(again), keys(shown))
        done = self.press(30, shown, "Cancel")
        self.assertIn("cancelled", done["text"])
        self.assertEqual(self.order_of(30)["state"], "cancelled")
        self.telegram.user(30, "press", message_id=again["message_id"],
                           data=keys(again)[2]["callback_data"])
        until(lambda: any("no longer up to date" in text for text in self.answers(30)), "stale")

    def test_c_what_else_is_asked(self):
        self.users(40)
        menu = self.say(40, "/help")["text"]
        for command in ("/plans", "/my", "/order", "/language", "/paysupport", "/terms", "/privacy"):
            self.assertIn(command + ": ", menu)
        shown = self.say(40, "/terms")
        self.assertEqual(keys(shown)[0]["url"], "https://club.example/terms")
        self.assertIn("Telegram id.\nNothing else.", self.say(40, "/privacy")["text"])
        self.assertIn("Not found", self.say(40, "/order 1")["text"])
        self.assertIn("not a member", self.say(40, "/my")["text"])
        self.assertIn("No payment", self.say(40, "/paysupport")["text"])
        # The language that was chosen stays, whatever the client says.
        shown = self.press(40, self.say(40, "/language"), "简体中文")
        self.assertIn("简体中文", shown["text"])
        self.assertIn("还不是", self.say(40, "/my")["text"])
        self.assertIn("优惠码", self.say(40, "/start c_NONE")["text"])

    def test_d_a_code(self):
        self.users(50)
        made = self.site.api("POST", "coupons", {"code": "LIVE48", "percent": 20})
        self.assertEqual(made.status, 201, made)
        shown = self.press(50, self.say(50, "/start p_starter"), "Promo code")
        refused = self.say(50, "nothing")
        self.assertIn("there is no such code", refused["text"])
        shown = self.say(50, "live48")
        self.assertIn("$7.20 instead of $9.00", shown["text"])
        shown = self.press(50, self.press(50, shown, "1 month"), "stripe")
        self.assertIn("7.20 USD", shown["text"])
        order = self.order_of(50)
        self.assertEqual([(line["kind"], line["amount"]) for line in order["lines"]],
                         [("plan", "9.00"), ("coupon", "-1.80")])


class DeepQueue(Shopping):
    changes = CHANGES + (("per_second: 30,", "per_second: 2,"), ("seats: 3", "seats: 300"))

    def test_who_has_paid_hears_how_long_it_takes(self):
        self.users(10)
        shown = self.to_order(10, LANGUAGES["en"])
        order = self.order_of(10)
        page = self.site.api("GET", "orders/" + order["order_id"]).json["page_url"].removeprefix("https://club.example")
        self.assertEqual(self.site.get(page + "/state").json, {"state": "open"})
        crowd = range(100, 160)
        self.users(*crowd, greeted=False)
        for user in crowd:
            until(lambda: self.site.api("GET", "members/%d" % user).status == 200, "the bot knows them")
            self.pay(STRIPE, user, "core", 2900, payment_id="pi_%d" % user)
        self.pay_order(10, order, "pi_10")
        until(lambda: self.site.get(page + "/state").json["state"] == "paid", "it is paid")
        state = self.site.get(page + "/state").json
        self.assertEqual(set(state), {"state", "expected_seconds"})
        self.assertTrue(10 <= state["expected_seconds"] <= 90, state)
        self.assertRegex(self.site.get(page).body.decode(), "in about [0-9]+ seconds")
        paying = keys(shown)
        self.telegram.user(10, "press", message_id=shown["message_id"], data=paying[1]["callback_data"])
        (said,) = until(lambda: [text for text in self.answers(10) if "is paid" in text], "the answer over the button")
        self.assertRegex(said, "come in about [0-9]+ s")
        self.assertFalse([m for m in self.telegram.messages(10) if "Receipt" in m["text"]])


if __name__ == "__main__":
    unittest.main()
