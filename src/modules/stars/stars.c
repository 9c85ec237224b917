#include "modules/stars/till.h"

#include "ledger/attempt.h"
#include "ledger/facts.h"
#include "ledger/reply.h"

bool stars_gateway_named(const struct ledger *ledger, struct slice name, struct star_gateway *out)
{
    for (size_t at = 0; catalog_row(ledger->catalog, shape_star_gateway(), &at, out);)
        if (slice_equal(out->name, name))
            return true;
    return false;
}

bool stars_gateway_of(const struct ledger *ledger, struct slice bot, struct star_gateway *out)
{
    for (size_t at = 0; catalog_row(ledger->catalog, shape_star_gateway(), &at, out);)
        if (slice_equal(out->bot, bot))
            return true;
    return false;
}

COMMAND_APPLIES(pre_checkout)
COMMAND_APPLIES(star_payment)

static const struct command_row commands[] = {{MESSAGE_cmd_pre_checkout, apply_cmd_pre_checkout},
                                              {MESSAGE_cmd_star_payment, apply_cmd_star_payment},
                                              {0, NULL}};

static const struct intent_row intents[] = {{.verb = "stop", .said = stars_stop_said},
                                            {.verb = "again", .said = stars_again_said},
                                            {.verb = NULL}};

static const struct hear_row hears[] = {{shape_fact_order_placed, stars_hear_placed},
                                        {shape_fact_order_expired, stars_hear_expired},
                                        {shape_fact_order_cancelled, stars_hear_cancelled},
                                        {shape_fact_order_paid, stars_hear_paid},
                                        {shape_fact_reachable, stars_hear_reachable},
                                        {NULL, NULL}};

/* A refund that cannot be made is never moot: its money is still here. */
static const struct kind_row kinds[] = {{DELIVERY_invoice,
                                         {.ended = {[OUTCOME_DONE] = reply_sent,
                                                    [OUTCOME_RETRY] = attempt_retry,
                                                    [OUTCOME_FAILED] = attempt_failed,
                                                    [OUTCOME_UNREACHABLE] = stars_invoice_waits,
                                                    [OUTCOME_MIGRATED] = attempt_give_up,
                                                    [OUTCOME_MOOT] = attempt_done},
                                          .wanted = stars_invoice_wanted}},
                                        {DELIVERY_pre_checkout,
                                         {.ended = {[OUTCOME_DONE] = reply_sent,
                                                    [OUTCOME_RETRY] = reply_retry,
                                                    [OUTCOME_FAILED] = reply_failed,
                                                    [OUTCOME_UNREACHABLE] = attempt_done,
                                                    [OUTCOME_MIGRATED] = attempt_done,
                                                    [OUTCOME_MOOT] = attempt_done},
                                          .moved = reply_moved}},
                                        {DELIVERY_star_refund,
                                         {.ended = {[OUTCOME_DONE] = attempt_done,
                                                    [OUTCOME_RETRY] = attempt_retry,
                                                    [OUTCOME_FAILED] = attempt_failed,
                                                    [OUTCOME_UNREACHABLE] = attempt_failed,
                                                    [OUTCOME_MIGRATED] = attempt_failed,
                                                    [OUTCOME_MOOT] = attempt_failed}}},
                                        {DELIVERY_invoice_link,
                                         {.ended = {[OUTCOME_DONE] = stars_link_made,
                                                    [OUTCOME_RETRY] = attempt_retry,
                                                    [OUTCOME_FAILED] = stars_link_failed,
                                                    [OUTCOME_UNREACHABLE] = stars_link_failed,
                                                    [OUTCOME_MIGRATED] = stars_link_failed,
                                                    [OUTCOME_MOOT] = stars_link_failed},
                                          .wanted = stars_invoice_wanted}},
                                        {DELIVERY_star_edit,
                                         {.ended = {[OUTCOME_DONE] = stars_edited,
                                                    [OUTCOME_RETRY] = attempt_retry,
                                                    [OUTCOME_FAILED] = stars_edit_failed,
                                                    [OUTCOME_UNREACHABLE] = stars_edit_failed,
                                                    [OUTCOME_MIGRATED] = stars_edit_failed,
                                                    [OUTCOME_MOOT] = stars_edit_failed}}},
                                        {DELIVERY_star_list,
                                         {.ended = {[OUTCOME_DONE] = stars_listed,
                                                    [OUTCOME_RETRY] = attempt_retry,
                                                    [OUTCOME_FAILED] = attempt_failed,
                                                    [OUTCOME_UNREACHABLE] = attempt_failed,
                                                    [OUTCOME_MIGRATED] = attempt_failed,
                                                    [OUTCOME_MOOT] = attempt_failed},
                                          .moved = stars_list_moved}},
                                        {0, {.moved = NULL}}};

#define MODULE_DEF    "modules/stars/stars.def"
#define MODULE_SELF   MODULE_stars
#define MODULE_SHAPES shapes_of_stars
#include "ledger/define.h"

const struct module module_stars = {.name = "stars",
                                    .number = MODULE_stars,
                                    .shapes = shapes_of_stars,
                                    .config = &stars_config,
                                    .results = module_results,
                                    .ops = module_ops,
                                    .asks = module_asks,
                                    .commands = commands,
                                    .kinds = kinds,
                                    .hears = hears,
                                    .says = stars_says,
                                    .greets = stars_greet,
                                    .refund = stars_refund,
                                    .intents = intents,
                                    .manages = stars_manages,
                                    .manage = stars_manage,
                                    .configured = stars_configured,
                                    .timer = stars_timer};
