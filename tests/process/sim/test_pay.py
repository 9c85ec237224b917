"""Telegram Stars: invoices, payments, refunds, subscriptions."""
import time

from simulator import Case, GROUP, OTHER, TOKEN

MONTH = 2592000
OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


class Pay(Case):
    options = {"bots": (TOKEN + ",usher_bot", OTHER + ",other_bot")}

    def setUp(self):
        super().setUp()
        self.sim.start_users(5, 6)
        self.sim.updates()

    def invoice(self, method="sendInvoice", amount=250, **params):
        usual = {"title": "Gold", "description": "A month of Gold", "payload": "order-7",
                 "currency": "XTR", "prices": [{"label": "Gold", "amount": amount}]}
        if method == "sendInvoice":
            usual["chat_id"] = 5
        return self.sim.call(method, **dict(usual, **params))

    def pay(self, user=5, **body):
        answer = self.sim.control("user/%d/pay" % user, **body)
        self.assertEqual(answer.status, 200, answer.raw)
        return answer.json["pre_checkout_query_id"]

    def answer(self, query, ok=True, **params):
        return self.sim.call("answerPreCheckoutQuery", pre_checkout_query_id=query, ok=ok, **params)

    def paid(self, **body):
        self.answer(self.pay(**body)).result
        return self.sim.updates("message")[-1]["successful_payment"]

    def states(self):
        return [p["state"] for p in self.sim.get("payments?user=5")["payments"]]

    def test_a_payment_that_nobody_tells(self):
        sim = self.sim
        self.invoice()
        self.answer(self.pay(lost=True)).result
        self.assertEqual(self.states(), ["paid"])
        self.assertFalse([m for m in sim.updates("message") if "successful_payment" in m])
        [entry] = sim.call("getStarTransactions").result["transactions"]
        self.assertEqual((entry["source"]["user"]["id"], entry["source"]["invoice_payload"]), (5, "order-7"))
        self.assertEqual(sim.control("user/5/pay", lost="yes").status, 400)

    def test_an_invoice_is_paid(self):
        sim = self.sim
        sent = self.invoice().result
        self.assertEqual((sent["invoice"]["currency"], sent["invoice"]["total_amount"],
                          sent["invoice"]["title"]), ("XTR", 250, "Gold"))
        self.assertTrue(sent["reply_markup"]["inline_keyboard"][0][0]["pay"])
        query = self.pay()
        asked = sim.updates("pre_checkout_query")[0]
        self.assertEqual((asked["id"], asked["from"]["id"], asked["currency"], asked["total_amount"],
                          asked["invoice_payload"]), (query, 5, "XTR", 250, "order-7"))
        self.assertEqual(self.states(), ["waiting"])
        self.assertIs(self.answer(query).result, True)
        message = sim.updates("message")[0]
        payment = message["successful_payment"]
        self.assertEqual((message["chat"]["id"], message["from"]["id"], payment["total_amount"],
                          payment["invoice_payload"], "is_recurring" in payment),
                         (5, 5, 250, "order-7", False))
        self.assertTrue(payment["telegram_payment_charge_id"])
        self.refused(self.answer(query), 400, OLD)
        self.assertEqual(self.states(), ["paid"])

    def test_a_refused_payment(self):
        self.invoice().result
        query = self.pay()
        self.refused(self.answer(query, ok=False), 400,
                     'Bad Request: parameter "error_message" is required')
        self.answer(query, ok=False, error_message="Sold out").result
        self.assertEqual(self.sim.updates("message"), [])
        payment = self.sim.get("payments?user=5")["payments"][0]
        self.assertEqual((payment["state"], payment["error_message"]), ("refused", "Sold out"))
        for wrong in ("1", "x"):
            self.refused(self.answer(wrong), 400, OLD)
        other = self.pay()
        self.refused(self.sim.call("answerPreCheckoutQuery", token=OTHER, ok=True,
                                   pre_checkout_query_id=other), 400, OLD)

    def test_a_forwarded_copy(self):
        """With a start_parameter its button leads to the bot; without one everybody may pay it."""
        self.invoice(start_parameter="order-7").result
        self.assertEqual(self.sim.control("user/6/pay", forwarded_from=5).status, 409)
        self.assertEqual(self.sim.control("user/5/pay", forwarded_from=5).status, 200)
        sent = self.invoice().result
        self.assertEqual(sent["invoice"]["start_parameter"], "")
        self.assertEqual(self.sim.control("user/6/pay", forwarded_from=5).status, 200)
        self.assertEqual(self.sim.control("user/6/pay", forwarded_from=6).status, 404)
        self.assertEqual(self.sim.control("user/6/pay", forwarded_from=99).status, 404)

    def test_what_an_invoice_may_not_be(self):
        price = {"label": "x", "amount": 1}
        for params, words in (({"currency": "EUR"}, "PAYMENT_PROVIDER_INVALID"),
                              ({"prices": [price, price]}, "STARS_INVOICE_INVALID"),
                              ({"prices": []}, "STARS_INVOICE_INVALID"),
                              ({"provider_token": "t"}, "STARS_INVOICE_INVALID"),
                              ({"need_email": True}, "STARS_INVOICE_INVALID"),
                              ({"amount": 0}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
                              ({"amount": 100001}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
                              ({"payload": "p" * 129}, "INVOICE_PAYLOAD_INVALID")):
            for method in ("sendInvoice", "createInvoiceLink"):
                self.refused(self.invoice(method, **params), 400, "Bad Request: " + words)
        self.refused(self.invoice("createInvoiceLink", subscription_period=86400), 400,
                     "Bad Request: SUBSCRIPTION_PERIOD_INVALID")
        self.refused(self.invoice("createInvoiceLink", subscription_period=MONTH, amount=10001), 400,
                     "Bad Request: CURRENCY_TOTAL_AMOUNT_INVALID")
        self.assertEqual(self.sim.control("user/5/pay").status, 404)
        self.assertEqual(self.sim.control("user/5/pay", link="https://t.me/$sim9").status, 404)

    def test_refunds_and_transactions(self):
        sim = self.sim
        self.invoice().result
        charge = self.paid()["telegram_payment_charge_id"]
        def refund(user=5, charge_id=charge):
            return sim.call("refundStarPayment", user_id=user, telegram_payment_charge_id=charge_id)
        self.refused(refund(charge_id="stx1"), 400, "Bad Request: CHARGE_ID_INVALID")
        self.refused(refund(user=6), 400, "Bad Request: CHARGE_ID_INVALID")
        self.refused(refund(user=77), 400, "Bad Request: user not found")
        self.assertIs(refund().result, True)
        refunded = sim.updates("message")[0]["refunded_payment"]
        self.assertEqual((refunded["telegram_payment_charge_id"], refunded["total_amount"]), (charge, 250))
        self.refused(refund(), 400, "Bad Request: CHARGE_ALREADY_REFUNDED")
        self.paid()
        listed = sim.call("getStarTransactions").result["transactions"]
        self.assertEqual([(t["id"] == charge, t["amount"], "source" in t, "receiver" in t) for t in listed],
                         [(True, 250, True, False), (True, 250, False, True), (False, 250, True, False)])
        self.assertEqual((listed[0]["source"]["user"]["id"], listed[0]["source"]["invoice_payload"],
                          listed[0]["source"]["transaction_type"]), (5, "order-7", "invoice_payment"))
        page = sim.call("getStarTransactions", offset=1, limit=1).result["transactions"]
        self.assertEqual(page, listed[1:2])
        self.assertEqual(sim.call("getStarTransactions", token=OTHER).result, {"transactions": []})

    def test_a_subscription(self):
        sim = self.sim
        link = self.invoice("createInvoiceLink", subscription_period=MONTH).result
        first = self.paid(link=link)
        charge = first["telegram_payment_charge_id"]
        self.assertEqual((first["is_recurring"], first["is_first_recurring"]), (True, True))
        self.assertAlmostEqual(first["subscription_expiration_date"], time.time() + MONTH, delta=5)
        def renew(**body):
            return sim.control("user/5/renew", charge_id=charge, **body).status
        def edit(canceled, user=5, charge_id=charge):
            return sim.call("editUserStarSubscription", user_id=user, is_canceled=canceled,
                            telegram_payment_charge_id=charge_id)
        self.assertEqual(renew(), 200)
        second = sim.updates("message")[0]["successful_payment"]
        self.assertEqual((second["is_recurring"], "is_first_recurring" in second,
                          second["subscription_expiration_date"] - first["subscription_expiration_date"],
                          second["telegram_payment_charge_id"] != charge), (True, False, MONTH, True))
        self.assertIs(edit(True).result, True)
        self.assertEqual((renew(), sim.updates("message")), (409, []))
        edit(False).result
        self.assertEqual((renew(), renew(cancel=True), renew()), (200, 200, 409))
        self.refused(edit(True, user=6), 400, "Bad Request: CHARGE_ID_INVALID")
        self.invoice().result
        once = self.paid()["telegram_payment_charge_id"]
        self.refused(edit(True, charge_id=once), 400, "Bad Request: CHARGE_ID_INVALID")
        self.assertEqual(sim.control("user/5/renew", charge_id=once).status, 404)

    def test_answers_count_for_nothing(self):
        self.invoice().result
        self.paid()
        methods = {v["method"] for v in self.sim.report()["violations"]}
        self.assertEqual(methods, set())
        self.sim.control("chat/%d/rights" % GROUP, status="left")
        self.refused(self.invoice(chat_id=GROUP), 403,
                     "Forbidden: bot is not a member of the supergroup chat")
