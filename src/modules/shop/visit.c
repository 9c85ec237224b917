#include "modules/shop/visit.h"

#include "ledger/dialogue.h"

static const uint64_t kept_ms = UINT64_C(24) * 3600 * 1000;
static const uint64_t asked_ms = UINT64_C(5) * 60 * 1000;
static const uint64_t pause_ms = 15000;

static void load(struct ledger *ledger, int64_t telegram_id, struct record_shop_visit *visit)
{
    if (!aspect_load(ledger, telegram_id, shape_record_shop_visit(), 0, visit))
        memset(visit, 0, sizeof *visit);
}

static void store(struct ledger *ledger, int64_t telegram_id, const struct record_shop_visit *visit)
{
    aspect_store(ledger, telegram_id, shape_record_shop_visit(), 0, visit);
}

struct slice visit_code(struct ledger *ledger, int64_t telegram_id, struct record_shop_visit *visit)
{
    load(ledger, telegram_id, visit);
    return visit->code_until > ledger->at_ms ? slice_from(visit->code) : SLICE("");
}

void visit_keep_code(struct ledger *ledger, int64_t telegram_id, struct slice code)
{
    struct record_shop_visit visit;
    load(ledger, telegram_id, &visit);
    if (code.len == 0 && visit.code_until == 0)
        return;
    if (!slice_copy(code, visit.code, sizeof visit.code))
        return;
    visit.code_until = code.len > 0 ? ledger->at_ms + kept_ms : 0;
    store(ledger, telegram_id, &visit);
}

void visit_ask_code(struct ledger *ledger, int64_t telegram_id, const char *plan)
{
    struct record_shop_visit visit;
    load(ledger, telegram_id, &visit);
    (void)slice_copy(slice_from(plan), visit.plan, sizeof visit.plan);
    store(ledger, telegram_id, &visit);
    dialogue_begin(ledger, telegram_id, MODULE_shop, "typed", ledger->at_ms + asked_ms);
}

void visit_stop_asking(struct ledger *ledger, int64_t telegram_id)
{
    const struct intent_row *open = dialogue_open(ledger, telegram_id);
    if (open != NULL && open->said == shop_typed)
        dialogue_end(ledger, telegram_id);
}

bool visit_may_ask(struct ledger *ledger, int64_t telegram_id)
{
    struct record_shop_visit visit;
    load(ledger, telegram_id, &visit);
    if (visit.asked != 0 && ledger->at_ms < visit.asked + pause_ms)
        return false;
    visit.asked = ledger->at_ms;
    store(ledger, telegram_id, &visit);
    return true;
}
