#include "ledger/release.h"

#include "base/assert.h"
#include "ledger/delivery.h"
#include "ledger/outbox.h"

enum { STEP = 200, ROWS = 5 }; /* deliveries that one command lets go, and what each touches */

static void let_go(struct ledger *ledger, uint64_t id, struct record_delivery *delivery);

void release_all(struct ledger *ledger, enum delivery_stage stage)
{
    struct record_meta *meta = &ledger->meta;
    ASSERT(stage == STAGE_HELD || stage == STAGE_DEAD);
    *(stage == STAGE_HELD ? &meta->held_next : &meta->dead_next) = 1;
    *(stage == STAGE_HELD ? &meta->held_end : &meta->dead_end) = meta->next_delivery;
    (void)release_due(ledger, stage, "");
}

bool release_one(struct ledger *ledger, enum delivery_stage stage, uint64_t id)
{
    struct record_delivery delivery;
    if (!delivery_load(ledger, id, &delivery) || delivery.stage != stage)
        return false;
    let_go(ledger, id, &delivery);
    return true;
}

unsigned release_due(struct ledger *ledger, int64_t number, const char *subject)
{
    enum delivery_stage stage = (enum delivery_stage)number;
    struct record_meta *meta = &ledger->meta;
    uint64_t *next = stage == STAGE_HELD ? &meta->held_next : &meta->dead_next;
    uint64_t end = stage == STAGE_HELD ? meta->held_end : meta->dead_end;
    struct record_delivery delivery;
    unsigned count = 0;
    (void)subject;
    if (*next == 0)
        return 0;
    uint64_t id = *next - 1;
    while (count < STEP && (id = outbox_next(ledger, id, stage, &delivery)) != 0 && id < end) {
        let_go(ledger, id, &delivery);
        count++;
    }
    *next = count == STEP ? id + 1 : 0;
    if (*next != 0)
        timer_set(ledger, TIMER_AT_ONCE_MS, TIMER_RELEASE, stage, "");
    return count * ROWS;
}

static void let_go(struct ledger *ledger, uint64_t id, struct record_delivery *delivery)
{
    const struct kind *kind = ledger->kinds[delivery->kind];
    if (kind->wanted == NULL || kind->wanted(ledger, delivery))
        outbox_again(ledger, id, delivery);
    else
        outbox_cancel(ledger, id, "there is nothing to do any more");
}
