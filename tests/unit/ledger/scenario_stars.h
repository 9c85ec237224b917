/* Telegram Stars in scenarios: what a bot's updates tell of invoices.
 *
 *   checks_out MEMBER order= amount=250/XTR [language=] [update=] [bot=]
 *   attempt star_list 0 done [entry:ID=MEMBER,STARS,ORDER,TIME[,refunded|,renews]] ...
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

/* What the bot's list of transactions says; no member: a transaction of another kind. */
static void star_entries(struct scenario *scenario, struct buf *out)
{
    for (size_t i = 0; i < scenario->count; i++) {
        char fields[5][64] = {"", "", "", "", ""};
        const char *word = scenario->words[i];
        const char *value = strncmp(word, "entry:", 6) == 0 ? strchr(word, '=') : NULL;
        int64_t at_ms;
        if (value == NULL)
            continue;
        if (sscanf(value + 1, "%63[^,],%63[^,],%63[^,],%63[^,],%63s", fields[0], fields[1],
                   fields[2], fields[3], fields[4]) < 4 ||
            !clock_parse_utc(slice_from(fields[3]), &at_ms))
            FAIL(scenario, "an entry is ID=MEMBER,STARS,ORDER,TIME");
        const struct message entry = {
            .kind = MESSAGE_star_entry,
            .star_entry = {.id = slice_of(word + 6, (size_t)(value - word) - 6),
                           .telegram_id = number(fields[0]),
                           .payload = order_named(scenario, fields[2]),
                           .amount = number(fields[1]),
                           .at_ms = (uint64_t)at_ms,
                           .refunded = strcmp(fields[4], "refunded") == 0,
                           .period_s = strcmp(fields[4], "renews") == 0 ? 2592000 : 0}};
        wire_encode(out, &entry);
    }
}
