#include "modules/access/access.h"

#include "ledger/letter.h"

enum { PAYLOAD_BYTES_MAX = 64 }; /* Telegram's own limit for a deep link */

static const char *const start_words[] = {"/start", NULL};
static const char *const status_words[] = {"/status", NULL};
static const char *const help_words[] = {"/help", "帮助", "幫助", NULL};

static void greet(struct ledger *ledger, int64_t telegram_id, struct slice payload)
{
    const struct message part = {.kind = MESSAGE_part_greeting,
                                 .part_greeting = {.payload = payload}};
    letter_add(ledger, telegram_id, &part, 1, ledger->at_ms);
    letter_access(ledger, telegram_id, ledger->at_ms);
}

static void start(struct ledger *ledger, const struct message_cmd_said *said)
{
    bool link = said->arg.len <= PAYLOAD_BYTES_MAX;
    greet(ledger, said->telegram_id, link ? said->arg : SLICE(""));
}

static void status(struct ledger *ledger, const struct message_cmd_said *said)
{
    greet(ledger, said->telegram_id, SLICE(""));
}

static const struct intent_row intents[] = {
    {.verb = "start", .words = start_words, .said = start},
    {.verb = "status",
     .words = status_words,
     .said = status,
     .menu = {"What you have", "我的会员", "我的會員"}},
    {.verb = "help", .words = help_words, .said = status, .menu = {"Help", "帮助", "幫助"}},
    {.verb = NULL},
};

#define MODULE_DEF    "modules/access/access.def"
#define MODULE_SELF   MODULE_access
#define MODULE_SHAPES shapes_of_access
#include "ledger/define.h"

const struct module module_access = {.name = "access",
                                     .number = MODULE_access,
                                     .shapes = shapes_of_access,
                                     .results = module_results,
                                     .ops = module_ops,
                                     .asks = module_asks,
                                     .intents = intents};
