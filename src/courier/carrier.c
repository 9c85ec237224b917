#include "courier/carrier.h"

#include "base/assert.h"
#include "base/clean.h"

struct verdict verdict_of_failure(enum delivery_kind kind, uint64_t attempts, int transfer,
                                  const char *error, struct prng *prng)
{
    ASSERT(transfer > TRANSFER_ANSWERED && transfer <= TRANSFER_UNTRIED);
    struct verdict verdict = {.outcome = OUTCOME_RETRY};
    const char *what = transfer == TRANSFER_IN_DOUBT ? "in doubt" : "not sent";
    if (transfer == TRANSFER_IN_DOUBT && delivery_semantics(kind) == SEMANTICS_NOTICE) {
        verdict.outcome = OUTCOME_IN_DOUBT;
        what = "in doubt, not repeated";
    } else {
        verdict.retry_ms = verdict_retry_ms(prng, attempts, VERDICT_NETWORK_CAP_MS);
    }
    clean_copy(verdict.error, sizeof verdict.error, slice_from(what));
    if (error != NULL && error[0] != '\0') {
        clean_append(verdict.error, sizeof verdict.error, SLICE(": "));
        clean_append(verdict.error, sizeof verdict.error, slice_from(error));
    }
    return verdict;
}

uint64_t verdict_retry_ms(struct prng *prng, uint64_t attempts, uint64_t cap_ms)
{
    uint64_t base_ms = VERDICT_RETRY_FIRST_MS;
    for (uint64_t i = 0; i < attempts && base_ms < cap_ms / 2; i++)
        base_ms *= 2;
    if (base_ms > cap_ms / 2)
        base_ms = cap_ms / 2;
    return base_ms + prng_below(prng, base_ms);
}
