#include "modules/points/points.h"

#include "base/assert.h"
#include "ledger/person.h"
#include "modules/points/audit.h"
#include "modules/points/correction.h"
#include "modules/points/document.h"
#include "modules/points/hold.h"
#include "modules/points/lot.h"
#include "modules/points/said.h"
#include "modules/points/settings.h"

const char *const points_currency_names[] = {"points", "xp", "stars", NULL};

static void answer_points_post(struct ledger *ledger, uint64_t subject, const void *command,
                               cJSON *out);
static void answer_points_undo(struct ledger *ledger, uint64_t subject, const void *command,
                               cJSON *out);
static void answer_points_approve(struct ledger *ledger, uint64_t subject, const void *command,
                                  cJSON *out);
static uint64_t due(struct ledger *ledger, int64_t telegram_id);
static void timer(struct ledger *ledger, int64_t id, const char *subject);

#define MODULE_DEF    "modules/points/points.def"
#define MODULE_SELF   MODULE_points
#define MODULE_SHAPES shapes_of_points
#include "ledger/define.h"

static const char *const points_words[] = {"/points", "积分", "積分", NULL};
static const struct intent_row intents[] = {{.verb = "points",
                                             .words = points_words,
                                             .said = said_points,
                                             .menu = {"Your points", "我的积分", "我的積分"}},
                                            {.verb = NULL}};

const struct module module_points = {
    .name = "points",
    .number = MODULE_points,
    .shapes = shapes_of_points,
    .config = &points_config,
    .results = module_results,
    .ops = module_ops,
    .asks = module_asks,
    .intents = intents,
    .says = points_says,
    .document = document_balances,
    .due = due,
    .timer = timer,
};

int64_t points_available(struct ledger *ledger, int64_t telegram_id, enum points_currency currency)
{
    struct record_points_account account;
    struct record_points_lot lot;
    uint64_t n;
    if (!aspect_load(ledger, telegram_id, shape_record_points_account(), (uint64_t)currency,
                     &account))
        return 0;
    /* What has expired and is not posted yet is not there. */
    for (bool any = lot_first(ledger, telegram_id, currency, &n, &lot);
         any && lot_expires_ms(n) != 0 && lot_expires_ms(n) <= ledger->at_ms;
         any = lot_next(ledger, telegram_id, &n, &lot))
        account.available -= lot.rest;
    return account.available;
}

unsigned op_points_post(struct ledger *ledger, const struct points_post *command)
{
    struct record_points_correction correction = {.telegram_id = command->telegram_id,
                                                  .currency = (uint8_t)command->currency,
                                                  .amount = command->amount,
                                                  .at_ms = ledger->at_ms};
    struct points_done done;
    struct points_rules rules;
    int64_t amount = command->amount;
    if (amount == 0 || amount > POINTS_AMOUNT_MAX || amount < -POINTS_AMOUNT_MAX)
        return RESULT_no_amount;
    if (!slice_copy(command->reason, correction.reason, sizeof correction.reason) ||
        !slice_copy(command->key, correction.key, sizeof correction.key) ||
        !slice_copy(ledger->actor, correction.actor, sizeof correction.actor))
        return RESULT_invalid;
    book_rules(ledger, &rules);
    if (rules.approve_above != 0 &&
        (uint64_t)(amount < 0 ? -amount : amount) > rules.approve_above) {
        ledger->subject = correction_keep(ledger, &correction);
        return RESULT_ok;
    }
    unsigned result = correction_post(ledger, &correction, &done);
    ledger->subject = done.posting;
    return result;
}

static void answer_points_post(struct ledger *ledger, uint64_t subject, const void *command,
                               cJSON *out)
{
    const struct points_post *post = command;
    struct record_points_correction correction;
    bool waits = correction_load(ledger, subject, &correction);
    cJSON_AddStringToObject(out, "state", waits ? "waiting" : "posted");
    if (waits)
        correction_add(subject, &correction, out);
    else
        document_posting(ledger, post->telegram_id, subject, out);
}

unsigned op_points_undo(struct ledger *ledger, const struct points_undo *command)
{
    struct points_done done;
    unsigned result =
        points_reverse(ledger, command->telegram_id, command->id, command->why, &done);
    ledger->subject = done.posting;
    return result;
}

static void answer_points_undo(struct ledger *ledger, uint64_t subject, const void *command,
                               cJSON *out)
{
    const struct points_undo *undo = command;
    document_posting(ledger, undo->telegram_id, subject, out);
}

unsigned op_points_approve(struct ledger *ledger, const struct points_approve *command)
{
    struct record_points_correction correction;
    struct points_done done;
    if (!correction_load(ledger, command->id, &correction))
        return RESULT_not_found;
    if (slice_is(ledger->actor, correction.actor))
        return RESULT_second_approver;
    unsigned result = correction_post(ledger, &correction, &done);
    if (result != RESULT_ok)
        return result;
    correction_delete(ledger, command->id);
    ledger->subject = done.posting;
    return RESULT_ok;
}

static void answer_points_approve(struct ledger *ledger, uint64_t subject, const void *command,
                                  cJSON *out)
{
    (void)ledger;
    (void)command;
    cJSON_AddStringToObject(out, "state", "posted");
    cJSON_AddNumberToObject(out, "id", (double)subject);
}

unsigned op_points_drop(struct ledger *ledger, const struct points_drop *command)
{
    struct record_points_correction correction;
    if (!correction_load(ledger, command->id, &correction))
        return RESULT_not_found;
    correction_delete(ledger, command->id);
    return RESULT_ok;
}

unsigned op_points_audit(struct ledger *ledger, const struct points_audit *command)
{
    (void)command;
    return audit_begin(ledger);
}

bool ask_points_of(struct ledger *ledger, const struct points_of *ask, cJSON *out)
{
    struct record_member member;
    if (!member_load(ledger, ask->telegram_id, &member))
        return false;
    document_all(ledger, ask->telegram_id, out);
    return true;
}

bool ask_points_sums(struct ledger *ledger, const struct points_sums *ask, cJSON *out)
{
    (void)ask;
    audit_answer(ledger, out);
    return true;
}

bool ask_points_corrections(struct ledger *ledger, const struct points_corrections *ask, cJSON *out)
{
    (void)ask;
    correction_list(ledger, out);
    return true;
}

/* Opening an account expires what is due. */
static uint64_t due(struct ledger *ledger, int64_t telegram_id)
{
    struct record_points_account account;
    uint64_t least_ms = holds_due(ledger, telegram_id);
    for (unsigned i = 0; i < POINTS_CURRENCY_COUNT; i++) {
        struct book book;
        struct record_points_lot row;
        uint64_t lot;
        if (!aspect_load(ledger, telegram_id, shape_record_points_account(), i, &account))
            continue;
        book_open(ledger, telegram_id, (enum points_currency)i, &book);
        if (!lot_first(ledger, telegram_id, (enum points_currency)i, &lot, &row))
            continue;
        uint64_t expires_ms = lot_expires_ms(lot);
        if (expires_ms != 0 && (least_ms == 0 || expires_ms < least_ms))
            least_ms = expires_ms;
    }
    return least_ms;
}

static void timer(struct ledger *ledger, int64_t id, const char *subject)
{
    (void)id;
    audit_timer(ledger, subject);
}
