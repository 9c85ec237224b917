/* A gateway that was asked about an order has seen no payment of it, or does not answer.
 *
 *   looked MEMBER GATEWAY order=@1 [how=away]
 *   expect looks @1 ...|none     what gateways are to be asked about since then, in any order
 *
 * For scenario_test.c, beside scenario_stars.h. */
static void do_looked(struct scenario *scenario)
{
    const char *how = value_of(scenario, "how");
    struct message message = {
        .kind = MESSAGE_cmd_looked,
        .cmd_looked = {.gateway = slice_from(scenario->words[2]),
                       .order_id = order_named(scenario, value_of(scenario, "order")),
                       .telegram_id = number(scenario->words[1]),
                       .how = how != NULL && strcmp(how, "away") == 0 ? LOOKED_AWAY
                                                                      : LOOKED_NOT_PAID}};
    apply(scenario, &message);
}

static void expect_looks(struct scenario *scenario)
{
    struct message message;
    size_t wanted = strcmp(scenario->words[2], "none") == 0 ? 0 : scenario->count - 2;
    size_t count = 0;
    for (; look_take(scenario->ledger, &message); count++) {
        bool known = false;
        for (size_t n = 2; n < scenario->count; n++)
            known = known ||
                    slice_equal(message.look.order_id, order_named(scenario, scenario->words[n]));
        if (!known)
            FAIL(scenario, "the gateway is to be asked about %.*s by %.*s",
                 SLICE_ARG(message.look.order_id), SLICE_ARG(message.look.id));
    }
    if (count != wanted)
        FAIL(scenario, "%zu looks", count);
}
