/* A gateway that was asked about an order has seen no payment of it, or does not answer.
 *
 *   looked MEMBER GATEWAY order=@1 [how=away]
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
