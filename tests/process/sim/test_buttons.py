"""Presses of buttons and the answers to them."""
import time

from simulator import Case, GROUP, TOKEN

OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def row(*buttons):
    return {"inline_keyboard": [[{"text": text, key: value} for text, key, value in buttons]]}


class Buttons(Case):
    def setUp(self):
        super().setUp()
        self.sim.start_users(5)
        self.sim.updates()

    def send(self, markup, chat=5, text="x"):
        return self.sim.call("sendMessage", chat_id=chat, text=text,
                             reply_markup=markup).result["message_id"]

    def press(self, **body):
        return self.sim.control("user/5/press", **body)

    def test_by_text(self):
        first = self.send(row(("Buy a month", "callback_data", "buy:1")))
        self.send(row(("Other", "callback_data", "o"), ("Site", "url", "https://example.org/a")))
        pressed = self.press(text="a month").json
        self.assertEqual(pressed["message_id"], first)
        query = self.sim.updates("callback_query")[0]
        self.assertEqual((query["id"], query["data"], query["message"]["message_id"],
                          query["message"]["text"], query["message"]["reply_markup"]),
                         (pressed["callback_query_id"], "buy:1", first, "x",
                          row(("Buy a month", "callback_data", "buy:1"))))
        self.assertEqual(self.press(text="Site").json["url"], "https://example.org/a")
        self.assertEqual(self.press(text="Nothing").status, 404)
        self.sim.call("deleteMessage", chat_id=5, message_id=first)
        self.assertEqual(self.press(text="a month").status, 404, "it is deleted")

    def test_the_newest_message_wins_and_can_be_edited(self):
        for data in ("1", "2"):
            self.send(row(("Go", "callback_data", data)))
        self.press(text="Go")
        query = self.sim.updates("callback_query")[0]
        self.assertEqual(query["data"], "2")
        message = query["message"]
        self.sim.call("editMessageText", chat_id=message["chat"]["id"], text="done",
                      message_id=message["message_id"]).result
        self.press(text="Go")
        self.assertEqual(self.sim.updates("callback_query")[0]["data"], "1", "the edit took the button")

    def test_in_a_group(self):
        sent = self.send(row(("Report", "callback_data", "r")), chat=GROUP)
        self.assertEqual(self.press(chat_id=GROUP, data="r", message_id=sent + 1).status, 404)
        self.assertEqual(self.press(chat_id=GROUP, data="r").status, 200)
        query = self.sim.updates("callback_query")[0]
        self.assertEqual((query["from"]["id"], query["message"]["chat"]["id"], query["chat_instance"]),
                         (5, GROUP, str(GROUP)))

    def test_answers(self):
        self.send(row(("a", "callback_data", "yes")))
        ids = [self.press(data="yes").json["callback_query_id"] for _ in range(2)]
        self.sim.call("answerCallbackQuery", callback_query_id=ids[0], text="Saved",
                      show_alert=True).result
        answers = self.sim.get("answers?user=5")["answers"]
        self.assertEqual([(a["callback_query_id"], a["data"], a["answered"]) for a in answers],
                         [(ids[0], "yes", True), (ids[1], "yes", False)])
        self.assertEqual((answers[0]["text"], answers[0]["show_alert"]), ("Saved", True))
        self.assertEqual(self.sim.get("answers?user=6")["answers"], [])
        self.refused(self.sim.call("answerCallbackQuery", callback_query_id=ids[1], text="x" * 201), 400,
                     "Bad Request: MESSAGE_TOO_LONG")

    def test_waiting_ends(self):
        """A press after fifteen seconds of real time, an invoice's question after ten."""
        self.send(row(("a", "callback_data", "yes")))
        query = self.press(data="yes").json["callback_query_id"]
        link = self.sim.call("createInvoiceLink", title="t", description="d", payload="p",
                             currency="XTR", prices=[{"label": "l", "amount": 1}]).result
        checkout = self.sim.control("user/5/pay", link=link).json["pre_checkout_query_id"]
        time.sleep(10.5)
        self.refused(self.sim.call("answerPreCheckoutQuery", pre_checkout_query_id=checkout, ok=True), 400,
                     OLD)
        self.assertEqual(self.sim.get("payments?user=5")["payments"][0]["state"], "expired")
        time.sleep(5)
        self.refused(self.sim.call("answerCallbackQuery", callback_query_id=query), 400, OLD)
