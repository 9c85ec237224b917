/* A module of the tests' own that listens, in a registry that lists nothing else (as sample.h). */
#ifndef USHER_TESTS_LEDGER_TALK_H
#define USHER_TESTS_LEDGER_TALK_H

#define MODULES_DEF "tests/unit/ledger/talk_modules.def"
#include "ledger/registry.c"
#include "ledger/said.h"

#define MODULE_DEF  "tests/unit/ledger/talk.def"
#define MODULE_SELF MODULE_talk
#include "ledger/declare.h"

#define MODULE_DEF    "tests/unit/ledger/talk.def"
#define MODULE_SELF   MODULE_talk
#define MODULE_SHAPES shapes_of_talk
#include "ledger/define.h"

static struct {
    unsigned heard, answered, wrote;
    char arg[257];
    char text[257];
    bool silent, stale, claims;
} talk;

static void talk_ask(struct ledger *ledger, const struct message_cmd_said *said)
{
    const struct message part = part_make(shape_talk_part(), &(struct talk_part){1});
    talk.heard++;
    (void)slice_copy(said->arg, talk.arg, sizeof talk.arg);
    if (talk.stale)
        said_stale(ledger, said);
    else if (!talk.silent)
        said_reply(ledger, said, &part, 1);
}

static void talk_answer(struct ledger *ledger, const struct message_cmd_said *said)
{
    (void)ledger;
    talk.answered++;
    (void)slice_copy(said->text, talk.text, sizeof talk.text);
}

static bool talk_claims(struct ledger *ledger, const struct message_cmd_said *said)
{
    (void)ledger;
    (void)said;
    return talk.claims;
}

static void talk_wrote(struct ledger *ledger, const struct message_cmd_said *said)
{
    (void)ledger;
    (void)said;
    talk.wrote++;
}

static const char *const talk_words[] = {"/ask", "ask me", "问", "問", NULL};
static const char *const start_words[] = {"/start", NULL};
static const char *const longer_words[] = {"ask me now", NULL};

static const struct intent_row talk_intents[] = {
    {.verb = "ask", .words = talk_words, .said = talk_ask, .in_groups = true},
    {.verb = "answer", .said = talk_answer},
    {.verb = "start", .words = start_words, .said = talk_ask, .menu = {"Start", "开始", "開始"}},
    {.verb = "linked", .payload = "c_", .said = talk_ask},
    {.verb = "longer", .words = longer_words, .said = talk_answer},
    {.verb = NULL},
};

const struct module module_talk = {.name = "talk",
                                   .number = MODULE_talk,
                                   .shapes = shapes_of_talk,
                                   .results = module_results,
                                   .ops = module_ops,
                                   .asks = module_asks,
                                   .intents = talk_intents,
                                   .claims = talk_claims,
                                   .wrote = talk_wrote};

#endif
