/* cmd_news_read: a reader of the news is so far. What every reader that is configured has taken in
 * goes, a bounded number of chunks at a time; a reader that is configured no more holds up nobody.
 */
#include "ledger/news.h"
#include "ledger/ops/ops.h"

enum { CHUNKS_PER_COMMAND = 1000 };

enum result op_news_read(struct ledger *ledger, const struct message_cmd_news_read *command)
{
    struct key key;
    struct key value;
    struct slice before;
    uint64_t upto = 0;
    if (command->reader.len == 0 || command->upto >= ledger->sequence)
        return RESULT_invalid; /* what this very command tells is not there yet */
    key_clear(&key);
    key_text(&key, command->reader);
    if (state_get_bytes(ledger, TABLE_readers, &key, &before) && !key_take_u64(&before, &upto))
        state_fail(ledger, ERROR_CORRUPT);
    if (command->upto < upto)
        return RESULT_stale;
    key_clear(&value);
    key_u64(&value, command->upto);
    state_put_bytes(ledger, TABLE_readers, &key, key_slice(&value));
    upto = news_least_read(ledger);
    struct key from;
    struct key found;
    struct slice chunk;
    key_clear(&from);
    key_u64(&from, 0);
    for (int n = 0; n < CHUNKS_PER_COMMAND; n++) {
        uint64_t sequence;
        if (!state_seek(ledger, TABLE_news, SLICE(""), key_slice(&from), false, &found, &chunk))
            break;
        struct slice rest = key_slice(&found);
        if (!key_take_u64(&rest, &sequence)) {
            state_fail(ledger, ERROR_CORRUPT);
            break;
        }
        if (sequence > upto)
            break;
        state_delete(ledger, TABLE_news, &found);
    }
    return RESULT_ok;
}
