/* cmd_said: somebody said something to a bot, or pressed a button. In private the writer becomes
 * known and reachable. Then whoever listens hears it: the intent of the word or the button; for
 * free text the dialogue that is open, or else the first module that claims it. */
#include "ledger/batch.h"
#include "ledger/dialogue.h"
#include "ledger/facts.h"
#include "ledger/group.h"
#include "ledger/letter.h"
#include "ledger/ops/ops.h"
#include "ledger/person.h"
#include "ledger/registry.h"
#include "ledger/said.h"

enum { PAYLOAD_BYTES_MAX = 64 }; /* Telegram's own limit for a deep link */

static void meet(struct ledger *ledger, const struct message_cmd_said *said);
static struct slice payload_of(const struct message_cmd_said *said);
static void note_seen(struct ledger *ledger, int64_t telegram_id);
static bool hear(struct ledger *ledger, const struct message_cmd_said *said);
static const struct module *claimant(struct ledger *ledger, const struct message_cmd_said *said);
static bool in_our_group(struct ledger *ledger, const struct message_cmd_said *said);

enum result op_said(struct ledger *ledger, const struct message_cmd_said *said)
{
    if (!catalog_bot_known(ledger->catalog, said->bot) || said->telegram_id <= 0 ||
        (said->origin == SAID_GROUP && !in_our_group(ledger, said)))
        return RESULT_stranger;
    if (update_seen(ledger, said->bot, said->update_id))
        return RESULT_duplicate;
    ledger->who = WHO_MEMBER;
    ledger->seed = said->seed;
    ledger->answered = false;
    if (said_private(said))
        meet(ledger, said);
    note_seen(ledger, said->telegram_id);
    bool heard = hear(ledger, said);
    if (said_private(said))
        letter_settle(ledger, said->telegram_id);
    if (said->callback.len > 0 && !heard)
        said_stale(ledger, said);
    else if (said->callback.len > 0 && !ledger->answered)
        said_answer(ledger, said, NULL);
    return RESULT_ok;
}

enum error ledger_listens(struct ledger *ledger, const struct message_cmd_said *said, bool *listens)
{
    *listens = false;
    enum error error = batch_begin(ledger, false);
    if (error != ERROR_NONE)
        return error;
    *listens = (said->origin == SAID_PRIVATE && dialogue_open(ledger, said->telegram_id) != NULL) ||
               claimant(ledger, said) != NULL;
    return batch_end(ledger);
}

static void meet(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct slice payload = payload_of(said);
    struct record_member member;
    member_load_or_new(ledger, said->telegram_id, &member);
    bool first = member.seen_ms == 0;
    member.seen_ms = ledger->at_ms;
    member.unreachable = 0;
    if (!slice_copy(said->bot, member.bot, sizeof member.bot))
        member.bot[0] = 0;
    if (said->name.len > 0)
        (void)slice_copy(said->name, member.name, sizeof member.name);
    if (said->language.len > 0 && !member.language_chosen) {
        member.language_known = 1;
        member.language = (uint8_t)language_nearest(said->language, ledger->catalog->language);
    }
    if (first && payload.len > 0)
        (void)slice_copy(payload, member.payload, sizeof member.payload);
    member_store(ledger, said->telegram_id, &member);
    if (first)
        FACT_TELL(ledger, known, .telegram_id = said->telegram_id,
                  .source = slice_from(member.payload));
}

/* Who only passes by in a group is nobody whom we know. */
static void note_seen(struct ledger *ledger, int64_t telegram_id)
{
    struct record_member member;
    uint32_t day = (uint32_t)calendar_day(ledger->calendar, (int64_t)ledger->at_ms);
    if (!member_load(ledger, telegram_id, &member) || member.seen_day == day)
        return;
    member.seen_day = day;
    member_store(ledger, telegram_id, &member);
    FACT_TELL(ledger, seen, .telegram_id = telegram_id, .day = day);
}

/* What /start brought with it, from a deep link, whoever hears it. */
static struct slice payload_of(const struct message_cmd_said *said)
{
    static const char command[] = "/start ";
    size_t len = sizeof command - 1;
    struct slice payload = SLICE("");
    if (slice_is(said->verb, "start"))
        payload = said->arg;
    else if (said->module != 0 && said->text.len > len &&
             memcmp(said->text.data, command, len) == 0)
        payload = slice_of(said->text.data + len, said->text.len - len);
    return payload.len > PAYLOAD_BYTES_MAX ? SLICE("") : payload;
}

static bool hear(struct ledger *ledger, const struct message_cmd_said *said)
{
    const struct intent_row *intent = NULL;
    if (said->module != 0)
        intent = intent_find((unsigned)said->module, said->verb);
    else if (said->origin == SAID_PRIVATE && said->text.len > 0)
        intent = dialogue_open(ledger, said->telegram_id);
    if (intent != NULL) {
        intent->said(ledger, said);
        return true;
    }
    if (said->module != 0 || said->origin == SAID_BUTTON || said->text.len == 0)
        return false;
    const struct module *module = claimant(ledger, said);
    if (module != NULL)
        module->wrote(ledger, said);
    return module != NULL;
}

static const struct module *claimant(struct ledger *ledger, const struct message_cmd_said *said)
{
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if ((*module)->claims != NULL && (*module)->claims(ledger, said))
            return *module;
    return NULL;
}

/* One that is configured, or one that a module hears. */
static bool in_our_group(struct ledger *ledger, const struct message_cmd_said *said)
{
    return group_of_chat(ledger, said->bot, said->chat_id) != NULL ||
           (said->module == 0 && said->text.len > 0 && claimant(ledger, said) != NULL);
}
