/* Telegram Stars in scenarios: what a bot's updates tell of invoices.
 *
 *   checks_out MEMBER order= amount=250/XTR [language=] [update=] [bot=]
 *   stars MEMBER CHARGE [order=] amount=250/XTR [refunded=yes] [recurring=first|later] [until=]
 * [update=]
 *
 * For scenario_test.c, behind its find_delivery. */
static uint64_t update_of(struct scenario *scenario)
{
    return value_of(scenario, "update") != NULL ? (uint64_t)number(value_of(scenario, "update"))
                                                : ++scenario->update_id;
}

static void do_checks_out(struct scenario *scenario)
{
    char currency[CURRENCY_CODE_MAX];
    int64_t amount = amount_of(scenario, currency);
    const char *bot = value_of(scenario, "bot");
    struct message message = {
        .kind = MESSAGE_cmd_pre_checkout,
        .cmd_pre_checkout = {.bot = slice_from(bot != NULL ? bot : "main"),
                             .update_id = update_of(scenario),
                             .query = SLICE("4711"),
                             .telegram_id = number(scenario->words[1]),
                             .language = text_of(scenario, "language"),
                             .order_id = order_named(scenario, value_of(scenario, "order")),
                             .amount = amount,
                             .currency = slice_from(currency)}};
    apply(scenario, &message);
}

static void do_stars(struct scenario *scenario)
{
    char currency[CURRENCY_CODE_MAX];
    int64_t amount = amount_of(scenario, currency);
    const char *recurring = value_of(scenario, "recurring");
    bool refunded = value_of(scenario, "refunded") != NULL;
    int64_t until_ms = 0;
    if (value_of(scenario, "until") != NULL &&
        !clock_parse_utc(text_of(scenario, "until"), &until_ms))
        FAIL(scenario, "until is not a time");
    struct message message = {
        .kind = MESSAGE_cmd_star_payment,
        .cmd_star_payment = {.bot = SLICE("main"),
                             .update_id = update_of(scenario),
                             .kind = refunded ? PAYMENT_REFUNDED : PAYMENT_PAID,
                             .telegram_id = number(scenario->words[1]),
                             .charge_id = slice_from(scenario->words[2]),
                             .order_id = order_named(scenario, value_of(scenario, "order")),
                             .amount = amount,
                             .occurred_ms = scenario->now_ms,
                             .until_ms = (uint64_t)until_ms,
                             .recurring = recurring == NULL                 ? STAR_ONCE
                                          : strcmp(recurring, "first") == 0 ? STAR_FIRST
                                                                            : STAR_LATER}};
    apply(scenario, &message);
}
