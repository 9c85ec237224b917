/* A module of the tests' own, in a registry that lists nothing else: what follows takes the place
 * of the library's registry.c. For the one source of a test program, before any other header. */
#ifndef USHER_TESTS_LEDGER_SAMPLE_H
#define USHER_TESTS_LEDGER_SAMPLE_H

#ifndef MODULES_DEF
#define MODULES_DEF "tests/unit/ledger/sample_modules.def"
#endif
#include "ledger/news.h"
#include "ledger/registry.c"
#include "ledger/rows.h"

static const char *const sample_colors[] = {"red", "green", "blue", NULL};

#define MODULE_DEF  "tests/unit/ledger/sample.def"
#define MODULE_SELF MODULE_sample
#include "ledger/declare.h"

static void answer_sample_keep(struct ledger *ledger, uint64_t subject, const void *command,
                               cJSON *out)
{
    const struct sample_keep *keep = command;
    char name[32];
    (void)ledger;
    (void)slice_copy(keep->name, name, sizeof name);
    cJSON_AddStringToObject(out, "name", name);
    cJSON_AddNumberToObject(out, "number", (double)subject);
}

#define MODULE_DEF    "tests/unit/ledger/sample.def"
#define MODULE_SELF   MODULE_sample
#define MODULE_SHAPES shapes_of_sample
#include "ledger/define.h"

/* What the module was called with. */
static struct {
    unsigned kept;
    unsigned heard;
    unsigned who;
    char actor[65];
    char seed[17];
} sample;
static unsigned sample_circle; /* 1: hearing a fact tells it again */

unsigned op_sample_every(struct ledger *ledger, const struct sample_every *command)
{
    (void)ledger;
    return command->flag ? RESULT_sample_full : RESULT_sample_kept;
}

unsigned op_sample_keep(struct ledger *ledger, const struct sample_keep *command)
{
    struct key key;
    struct record_sample_box box = {.u8 = 7};
    struct record_sample_mark mark = {.count = 0};
    if (command->full)
        return RESULT_sample_full;
    sample.kept++;
    sample.who = ledger->who;
    (void)slice_copy(ledger->actor, sample.actor, sizeof sample.actor);
    (void)slice_copy(ledger->seed, sample.seed, sizeof sample.seed);
    key_clear(&key);
    key_text(&key, command->name);
    (void)row_load(ledger, shape_record_sample_box(), &key, &box);
    box.count++;
    box.id = row_number(ledger, shape_record_sample_box());
    ledger->subject = box.id;
    row_store(ledger, shape_record_sample_box(), &key, &box);
    if (command->telegram_id != 0) {
        (void)aspect_load(ledger, command->telegram_id, shape_record_sample_mark(), 0, &mark);
        mark.count++;
        aspect_store(ledger, command->telegram_id, shape_record_sample_mark(), 0, &mark);
    }
    for (uint64_t n = 1; n <= command->facts; n++) {
        const struct fact_sample_happened happened = {command->telegram_id, n, command->name};
        fact_tell(ledger, shape_fact_sample_happened(), &happened);
    }
    return RESULT_sample_kept;
}

unsigned op_sample_drop(struct ledger *ledger, const struct sample_drop *command)
{
    struct key key;
    key_clear(&key);
    key_text(&key, command->name);
    row_delete(ledger, shape_record_sample_box(), &key);
    aspect_delete(ledger, command->telegram_id, shape_record_sample_mark(), 0);
    return RESULT_ok;
}

unsigned op_sample_nothing(struct ledger *ledger, const struct sample_nothing *command)
{
    (void)ledger;
    (void)command;
    return RESULT_ok;
}

bool ask_sample_box(struct ledger *ledger, const struct sample_box *ask, cJSON *out)
{
    struct key key;
    struct record_sample_box box;
    key_clear(&key);
    key_text(&key, ask->name);
    if (!row_load(ledger, shape_record_sample_box(), &key, &box))
        return false;
    cJSON_AddNumberToObject(out, "count", (double)box.count);
    return true;
}

static void extend_sample_box(struct ledger *ledger, const void *object, cJSON *out)
{
    const struct sample_box *ask = object;
    (void)ledger;
    cJSON_AddNumberToObject(out, "letters", (double)ask->name.len);
}

static const struct extend_row sample_extends[] = {{shape_sample_box, extend_sample_box},
                                                   {NULL, NULL}};

static void document_sample(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    struct record_sample_mark mark = {.count = 0};
    (void)aspect_load(ledger, telegram_id, shape_record_sample_mark(), 0, &mark);
    cJSON_AddNumberToObject(out, "marks", (double)mark.count);
}

static void hear_sample_happened(struct ledger *ledger, const void *fact)
{
    sample.heard++;
    if (sample_circle)
        fact_tell(ledger, shape_fact_sample_happened(), fact);
}

static const struct hear_row sample_hears[] = {{shape_fact_sample_happened, hear_sample_happened},
                                               {NULL, NULL}};

const struct module module_sample = {.name = "sample",
                                     .number = MODULE_sample,
                                     .shapes = shapes_of_sample,
                                     .results = module_results,
                                     .ops = module_ops,
                                     .asks = module_asks,
                                     .extends = sample_extends,
                                     .hears = sample_hears,
                                     .document = document_sample};

#endif
