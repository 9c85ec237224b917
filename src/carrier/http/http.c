#include "carrier/http/http.h"

#include "base/clean.h"

#include <inttypes.h>
#include <stdio.h>

static enum error request(const struct endpoint *endpoint, const struct outgoing *call,
                          struct buf *scratch, struct request *out);
static void verdict(enum delivery_kind kind, uint64_t attempts, const struct carrier_answer *answer,
                    struct prng *prng, struct verdict *out);

const struct carrier carrier_http = {.name = "http",
                                     .transit_ms = HTTP_TRANSIT_MS,
                                     .timeout_ms = HTTP_TIMEOUT_MS,
                                     .request = request,
                                     .verdict = verdict};

static enum error request(const struct endpoint *endpoint, const struct outgoing *call,
                          struct buf *scratch, struct request *out)
{
    buf_printf(scratch, "Idempotency-Key: usher-%" PRIu64, call->delivery);
    buf_append_u8(scratch, 0);
    if (scratch->failed)
        return scratch->starved ? ERROR_MEMORY : ERROR_TOO_LARGE;
    *out = (struct request){.url = endpoint->url,
                            .content_type = "application/json",
                            .headers = {scratch->data},
                            .body = call->params};
    if (endpoint->secret != NULL && endpoint->secret[0] != '\0')
        out->headers[1] = endpoint->secret;
    return ERROR_NONE;
}

static void verdict(enum delivery_kind kind, uint64_t attempts, const struct carrier_answer *answer,
                    struct prng *prng, struct verdict *out)
{
    unsigned status = answer->status;
    bool flood = status == 429 || (status == 503 && answer->retry_after_s > 0);
    bool later = flood || status == 408 || status == 425 || status >= 500;
    bool notice = delivery_semantics(kind) == SEMANTICS_NOTICE;
    *out = (struct verdict){.outcome = OUTCOME_FAILED, .accepted = !later};
    if (status >= 200 && status <= 299) {
        out->outcome = OUTCOME_DONE;
        return;
    }
    char text[64];
    snprintf(text, sizeof text, "status %u", status);
    clean_copy(out->error, sizeof out->error, slice_from(text));
    if (!later)
        return;
    if (notice && !flood && status != 425) {
        out->outcome = OUTCOME_IN_DOUBT;
        return;
    }
    out->outcome = OUTCOME_RETRY;
    if (!flood) {
        out->retry_ms = verdict_retry_ms(prng, attempts, VERDICT_RETRY_CAP_MS);
        return;
    }
    uint64_t wait_s = answer->retry_after_s > 0 ? answer->retry_after_s : VERDICT_NAMELESS_S;
    if (wait_s > VERDICT_WAIT_S_MAX)
        wait_s = VERDICT_WAIT_S_MAX;
    out->flood_ms = wait_s * 1000;
    out->retry_ms = out->flood_ms;
}
