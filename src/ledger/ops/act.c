/* cmd_act: somebody asks for something, by name, and once: the same key with the same request is
 * the same thing, with another one a refusal. Keys are known for two days, each actor's for
 * themselves. */
#include "base/encoding.h"
#include "ledger/audit.h"
#include "ledger/ops/ops.h"
#include "ledger/registry.h"

enum { KEY_KNOWN_MS = 2 * 24 * 3600 * 1000, DIGEST_BYTES = 32 };

static unsigned act(struct ledger *ledger, const struct message_cmd_act *command,
                    const struct message *inner);
static int64_t key_hash(struct slice actor, struct slice key);
static void asked_key(struct key *out, int64_t hash);

enum result op_act(struct ledger *ledger, const struct message_cmd_act *command)
{
    struct message inner;
    struct record_asked asked = {.at_ms = ledger->at_ms};
    struct key at;
    uint8_t digest[DIGEST_BYTES];
    if (wire_decode_one(command->body, &inner, NULL) != ERROR_NONE ||
        !message_is_command(inner.kind) || inner.kind == MESSAGE_cmd_act)
        return RESULT_invalid;
    ledger->actor = command->actor;
    ledger->who = (unsigned)command->who;
    ledger->seed = command->seed;
    if (command->key.len == 0)
        return (enum result)act(ledger, command, &inner);
    int64_t hash = key_hash(command->actor, command->key);
    sha256(command->body, digest);
    hex_encode(digest, sizeof digest, asked.digest, sizeof asked.digest);
    asked_key(&at, hash);
    struct record_asked before;
    if (state_get(ledger, TABLE_keys, &at, shape_record_asked(), &before) &&
        slice_is(command->key, before.key) && slice_is(command->actor, before.actor)) {
        if (!result_known(before.result))
            state_fail(ledger, ERROR_CORRUPT);
        if (ledger->error != ERROR_NONE || strcmp(before.digest, asked.digest) != 0)
            return RESULT_key_reused;
        ledger->subject = before.subject;
        return (enum result)before.result;
    }
    unsigned result = act(ledger, command, &inner);
    if (result_status(result) >= 300)
        return (enum result)result; /* a refusal may be asked for again */
    (void)slice_copy(command->key, asked.key, sizeof asked.key);
    (void)slice_copy(command->actor, asked.actor, sizeof asked.actor);
    asked.result = result;
    asked.subject = ledger->subject;
    state_put(ledger, TABLE_keys, &at, shape_record_asked(), &asked);
    timer_set(ledger, ledger->at_ms + KEY_KNOWN_MS, TIMER_KEY, hash, "");
    return (enum result)result;
}

static unsigned act(struct ledger *ledger, const struct message_cmd_act *command,
                    const struct message *inner)
{
    unsigned result = ledger_do(ledger, inner);
    if (result_status(result) < 300)
        audit_tell(ledger, command, inner);
    return result;
}

unsigned key_due(struct ledger *ledger, int64_t hash, const char *subject)
{
    struct key at;
    struct record_asked asked;
    (void)subject;
    asked_key(&at, hash);
    /* Another key of this hash may have come since, with a timer of its own. */
    if (state_get(ledger, TABLE_keys, &at, shape_record_asked(), &asked) &&
        asked.at_ms + KEY_KNOWN_MS <= ledger->at_ms)
        state_delete(ledger, TABLE_keys, &at);
    return 1;
}

static int64_t key_hash(struct slice actor, struct slice key)
{
    struct key both;
    uint8_t digest[DIGEST_BYTES];
    int64_t hash = 0;
    key_clear(&both);
    key_text(&both, actor);
    key_text(&both, key);
    sha256(key_slice(&both), digest);
    struct slice rest = slice_of(digest, sizeof digest);
    (void)key_take_i64(&rest, &hash);
    return hash;
}

static void asked_key(struct key *out, int64_t hash)
{
    key_clear(out);
    key_i64(out, hash);
}
