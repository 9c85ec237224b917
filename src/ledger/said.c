#include "ledger/said.h"

#include "ledger/facts.h"

void said_answer(struct ledger *ledger, const struct message_cmd_said *said,
                 const struct message *part)
{
    if (said->callback.len > 0)
        reply_answer(ledger, said->bot, said->callback, said->telegram_id, part);
    else if (part != NULL)
        said_reply(ledger, said, part, 1);
}

void said_stale(struct ledger *ledger, const struct message_cmd_said *said)
{
    const struct message part = part_make(shape_stale(), &(struct stale){.nothing = 0});
    said_answer(ledger, said, &part);
}

void said_reply(struct ledger *ledger, const struct message_cmd_said *said,
                const struct message *parts, size_t count)
{
    bool edit = said->callback.len > 0 && said_private(said);
    const struct reply_to to = {.bot = said->bot,
                                .telegram_id = said->telegram_id,
                                .chat_id = said->telegram_id,
                                .message_id = edit ? (int64_t)said->message_id : 0};
    reply_say(ledger, &to, parts, count);
}

bool said_private(const struct message_cmd_said *said)
{
    return said->chat_id == said->telegram_id;
}
