#include "carrier/telegram/telegram.h"

#include "base/clean.h"
#include "carrier/telegram/error.h"
#include "carrier/telegram/transactions.h"

static enum error request(const struct endpoint *endpoint, const struct outgoing *call,
                          struct buf *scratch, struct request *out);
static void verdict(enum delivery_kind kind, uint64_t attempts, const struct carrier_answer *answer,
                    struct prng *prng, struct verdict *out);

const struct carrier carrier_telegram = {.name = "telegram",
                                         .transit_ms = TELEGRAM_TRANSIT_MS,
                                         .timeout_ms = TELEGRAM_TIMEOUT_MS,
                                         .request = request,
                                         .verdict = verdict};

static enum error request(const struct endpoint *endpoint, const struct outgoing *call,
                          struct buf *scratch, struct request *out)
{
    buf_printf(scratch, "%s/bot%s/%s", endpoint->url, endpoint->secret, call->method);
    buf_append_u8(scratch, 0);
    if (scratch->failed)
        return scratch->starved ? ERROR_MEMORY : ERROR_TOO_LARGE;
    *out = (struct request){
        .url = scratch->data, .content_type = "application/json", .body = call->params};
    return ERROR_NONE;
}

static void verdict(enum delivery_kind kind, uint64_t attempts, const struct carrier_answer *answer,
                    struct prng *prng, struct verdict *out)
{
    struct telegram_answer said;
    telegram_answer_parse(answer->status, answer->retry_after_s, answer->body, &said);
    *out = (struct verdict){.outcome = telegram_classify(kind, &said)};
    bool in_doubt = telegram_in_doubt(&said);
    if (in_doubt && delivery_semantics(kind) == SEMANTICS_NOTICE) {
        out->outcome = OUTCOME_IN_DOUBT;
        clean_copy(out->error, sizeof out->error, SLICE("in doubt, not repeated: "));
    }
    if (out->outcome != OUTCOME_DONE)
        clean_append(out->error, sizeof out->error,
                     said.ok ? SLICE("the answer holds no invite link")
                             : slice_from(said.description));
    if (out->outcome == OUTCOME_MIGRATED)
        out->migrate_to_chat_id = said.migrate_to_chat_id;
    memcpy(out->link, said.invite_link, sizeof out->link);
    if (kind == DELIVERY_star_list && out->outcome == OUTCOME_DONE)
        out->answer_len = telegram_transactions(answer->body, out->answer, sizeof out->answer);
    out->message_id = said.message_id;
    out->thread_id = said.thread_id;

    bool flood = !said.ok && said.code == 429;
    out->refused = !said.ok && !flood && !in_doubt && out->outcome == OUTCOME_RETRY;
    out->accepted = !flood && !in_doubt && !out->refused;
    if (flood) {
        uint64_t wait_s = said.retry_after_s > 0 ? said.retry_after_s : VERDICT_NAMELESS_S;
        out->flood_ms = wait_s * 1000;
        out->retry_ms = out->flood_ms;
    } else if (out->refused) {
        out->retry_ms = VERDICT_OPERATOR_MS;
    } else if (out->outcome == OUTCOME_RETRY) {
        out->retry_ms = verdict_retry_ms(prng, attempts, VERDICT_RETRY_CAP_MS);
    }
}
