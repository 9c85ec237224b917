#include "ledger/dialogue.h"

#include "base/assert.h"
#include "ledger/facts.h"
#include "ledger/rows.h"
#include "ledger/words.h"

void dialogue_begin(struct ledger *ledger, int64_t telegram_id, unsigned module, const char *verb,
                    uint64_t until_ms)
{
    struct record_dialogue dialogue = {.module = module, .until = until_ms};
    ASSERT(intent_find(module, slice_from(verb)) != NULL);
    ASSERT(slice_copy(slice_from(verb), dialogue.verb, sizeof dialogue.verb));
    aspect_store(ledger, telegram_id, shape_record_dialogue(), 0, &dialogue);
}

void dialogue_end(struct ledger *ledger, int64_t telegram_id)
{
    struct record_dialogue dialogue;
    if (aspect_load(ledger, telegram_id, shape_record_dialogue(), 0, &dialogue))
        aspect_delete(ledger, telegram_id, shape_record_dialogue(), 0);
}

const struct intent_row *dialogue_open(struct ledger *ledger, int64_t telegram_id)
{
    struct record_dialogue dialogue;
    if (!aspect_load(ledger, telegram_id, shape_record_dialogue(), 0, &dialogue) ||
        dialogue.until <= ledger->at_ms)
        return NULL;
    return intent_find((unsigned)dialogue.module, slice_from(dialogue.verb));
}
