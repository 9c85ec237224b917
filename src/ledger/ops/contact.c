/* cmd_contact: a private message to a bot. The writer becomes known and reachable; a command such
 * as /start is answered with what they have. */
#include "ledger/letter.h"
#include "ledger/facts.h"
#include "ledger/ops/ops.h"
#include "ledger/person.h"

static bool asks_for_greeting(struct slice text, struct slice *payload);

enum result op_contact(struct ledger *ledger, const struct message_cmd_contact *command)
{
    if (!catalog_bot_known(ledger->catalog, command->bot) || command->telegram_id <= 0)
        return RESULT_stranger;
    if (update_seen(ledger, command->bot, command->update_id))
        return RESULT_duplicate;

    struct slice payload;
    bool greet = asks_for_greeting(command->text, &payload);
    struct record_member member;
    member_load_or_new(ledger, command->telegram_id, &member);
    bool first = member.seen_ms == 0;
    member.seen_ms = ledger->at_ms;
    member.unreachable = 0;
    if (!slice_copy(command->bot, member.bot, sizeof member.bot))
        member.bot[0] = 0;
    if (command->name.len > 0)
        (void)slice_copy(command->name, member.name, sizeof member.name);
    if (command->language.len > 0) {
        member.language_known = 1;
        member.language = (uint8_t)language_nearest(command->language, ledger->catalog->language);
    }
    if (first && payload.len > 0)
        (void)slice_copy(payload, member.payload, sizeof member.payload);
    member_store(ledger, command->telegram_id, &member);
    if (first)
        FACT_TELL(ledger, known, .telegram_id = command->telegram_id,
                  .source = slice_from(member.payload));

    if (greet) {
        struct message part = {.kind = MESSAGE_part_greeting,
                               .part_greeting = {.payload = payload}};
        letter_add(ledger, command->telegram_id, &part, 1, ledger->at_ms);
        letter_access(ledger, command->telegram_id, ledger->at_ms);
    } else {
        letter_settle(ledger, command->telegram_id);
    }
    return RESULT_ok;
}

/* "/start", "/start payload", "/start@bot payload" and the other commands that ask what one has. */
static bool asks_for_greeting(struct slice text, struct slice *payload)
{
    static const char *const commands[] = {"/start", "/status", "/help"};
    *payload = (struct slice){0};
    size_t word = 0;
    while (word < text.len && text.data[word] != ' ' && text.data[word] != '@')
        word++;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (!slice_is(slice_of(text.data, word), commands[i]))
            continue;
        const char *space = memchr(text.data, ' ', text.len);
        if (i == 0 && space != NULL) {
            *payload = slice_of(space + 1, text.len - (size_t)(space + 1 - text.data));
            if (payload->len > 64) /* Telegram's own limit for a deep link */
                *payload = (struct slice){0};
        }
        return true;
    }
    return false;
}
