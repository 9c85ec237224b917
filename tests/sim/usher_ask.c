/* What others ask of usher by a module's tables, and what they are told. */
#include "base/assert.h"
#include "tests/sim/usher_state.h"

enum { BYTES_MAX = 1 << 20 };

struct slice usher_answer(struct sim *sim, const struct message *command, struct outcome_of outcome)
{
    struct buf *json = &sim->usher->json;
    unsigned status;
    buf_clear(&sim->usher->params);
    wire_encode(&sim->usher->params, command);
    buf_clear(json);
    enum error error = ledger_answer(sim->usher->ledger, buf_slice(&sim->usher->params),
                                     outcome.result, outcome.subject, json, &status);
    CHECK(sim, error == ERROR_NONE && status < 300, "no answer to a command that is %s",
          result_name(outcome.result));
    return buf_slice(json);
}

struct slice usher_ask_module(struct sim *sim, const struct shape *shape, const void *ask)
{
    struct buf bytes;
    buf_init(&bytes, 4096);
    shape_encode(&bytes, shape, ask);
    const struct message_query query = {.what = QUERY_ASK, .ask = buf_slice(&bytes)};
    struct slice json = usher_ask(sim, &query, 200);
    buf_deinit(&bytes);
    return json;
}

bool usher_listens(struct sim *sim, const struct message_cmd_said *said)
{
    bool listens;
    enum error error = ledger_listens(sim->usher->ledger, said, &listens);
    ASSERT(error == ERROR_NONE);
    return listens;
}

void usher_act(struct sim *sim, const struct actor *actor, const struct shape *shape,
               const void *op, struct waiter waiter)
{
    struct buf body;
    buf_init(&body, BYTES_MAX);
    shape_encode(&body, shape, op);
    ASSERT(!body.failed);
    char seed[16];
    usher_seed(sim, seed);
    const struct message message = {.kind = MESSAGE_cmd_act,
                                    .cmd_act = {.actor = slice_from(actor->name),
                                                .who = actor->who,
                                                .key = slice_from(actor->key),
                                                .seed = slice_of(seed, sizeof seed),
                                                .body = buf_slice(&body)}};
    usher_submit(sim, &message, waiter);
    buf_deinit(&body);
}

void usher_seed(struct sim *sim, char seed[16])
{
    for (size_t i = 0; i < 16; i += 8) {
        uint64_t bits = prng_next(&sim->prng);
        memcpy(seed + i, &bits, sizeof bits);
    }
}
