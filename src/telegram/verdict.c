#include "telegram/verdict.h"

#include "base/assert.h"
#include "telegram/clean.h"

static uint64_t retry_delay_ms(struct prng *prng, uint64_t attempts, uint64_t cap_ms);

struct verdict verdict_of_answer(enum delivery_kind kind, uint64_t attempts,
                                 const struct telegram_answer *answer, struct prng *prng)
{
    struct verdict verdict = {.outcome = telegram_classify(kind, answer)};
    bool in_doubt = telegram_in_doubt(answer);
    if (in_doubt && delivery_semantics(kind) == SEMANTICS_NOTICE) {
        verdict.outcome = OUTCOME_IN_DOUBT;
        clean_copy(verdict.error, sizeof verdict.error, SLICE("in doubt, not repeated: "));
    }
    if (verdict.outcome != OUTCOME_DONE)
        clean_append(verdict.error, sizeof verdict.error,
                     answer->ok ? SLICE("the answer holds no invite link")
                                : slice_from(answer->description));

    bool flood = !answer->ok && answer->code == 429;
    verdict.bot_refused = !answer->ok && !flood && !in_doubt && verdict.outcome == OUTCOME_RETRY;
    verdict.accepted = !flood && !in_doubt && !verdict.bot_refused;
    if (flood) {
        uint64_t wait_s = answer->retry_after_s > 0 ? answer->retry_after_s : VERDICT_NAMELESS_S;
        verdict.flood_ms = wait_s * 1000;
        verdict.retry_ms = verdict.flood_ms;
    } else if (verdict.bot_refused) {
        verdict.retry_ms = VERDICT_OPERATOR_MS;
    } else if (verdict.outcome == OUTCOME_RETRY) {
        verdict.retry_ms = retry_delay_ms(prng, attempts, VERDICT_RETRY_CAP_MS);
    }
    return verdict;
}

struct verdict verdict_of_failure(enum delivery_kind kind, uint64_t attempts, int failure,
                                  const char *error, struct prng *prng)
{
    ASSERT(failure == SENDER_NOT_SENT || failure == SENDER_IN_DOUBT);
    struct verdict verdict = {.outcome = OUTCOME_RETRY};
    const char *what = failure == SENDER_NOT_SENT ? "not sent" : "in doubt";
    if (failure == SENDER_IN_DOUBT && delivery_semantics(kind) == SEMANTICS_NOTICE) {
        verdict.outcome = OUTCOME_IN_DOUBT;
        what = "in doubt, not repeated";
    } else {
        verdict.retry_ms = retry_delay_ms(prng, attempts, VERDICT_NETWORK_CAP_MS);
    }
    clean_copy(verdict.error, sizeof verdict.error, slice_from(what));
    if (error != NULL && error[0] != '\0') {
        clean_append(verdict.error, sizeof verdict.error, SLICE(": "));
        clean_append(verdict.error, sizeof verdict.error, slice_from(error));
    }
    return verdict;
}

/* Doubles with each attempt, plus up to as much again, so that what failed together does not come
 * back together. Always below the cap. */
static uint64_t retry_delay_ms(struct prng *prng, uint64_t attempts, uint64_t cap_ms)
{
    uint64_t base_ms = VERDICT_RETRY_FIRST_MS;
    for (uint64_t i = 0; i < attempts && base_ms < cap_ms / 2; i++)
        base_ms *= 2;
    if (base_ms > cap_ms / 2)
        base_ms = cap_ms / 2;
    return base_ms + prng_below(prng, base_ms);
}
