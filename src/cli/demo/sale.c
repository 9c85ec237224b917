#include "cli/demo/sale.h"

#include "base/clock.h"
#include "base/prng.h"

#include <stdlib.h>

enum {
    BYTES_MAX = 256 << 20,
    REPEATS_PER_BUYER = 2,
    FORGERIES_PER_VICTIM = 4,
    ANSWER_MS = 30000,
    FLASH_NUMBERS = 1000000 /* payment numbers of the flash begin here */
};

static enum error add(struct sale *sale, const struct callback *callback, size_t buyer,
                      enum fate fate, uint64_t now_ms);
static void shuffle(struct sale *sale, struct prng *prng);
static void repeat(struct sale *sale, size_t of);
static load_next_fn give;
static load_done_fn took;

enum error sale_invite(struct sale *sale, struct world *world, size_t buyers, int64_t first_id,
                       struct why *why)
{
    sale->world = world;
    buf_init(&sale->bytes, BYTES_MAX);
    sale->buyers = calloc(buyers, sizeof *sale->buyers);
    sale->requests =
        calloc(buyers * (2 + REPEATS_PER_BUYER + FORGERIES_PER_VICTIM), sizeof *sale->requests);
    if (sale->buyers == NULL || sale->requests == NULL)
        return why_set(why, ERROR_MEMORY, "out of memory");
    sale->buyer_count = buyers;
    for (size_t i = 0; i < buyers; i++)
        sale->buyers[i] = (struct buyer){.id = first_id + (int64_t)i,
                                         .plan = i % 3 == 2,
                                         .gateway = i % WORLD_GATEWAYS,
                                         .forged = i % 10 == 9,
                                         .refunded = i % 20 == 3};
    return ERROR_NONE;
}

enum error sale_prepare(struct sale *sale, unsigned seconds, uint64_t seed, struct why *why)
{
    struct prng prng = {.state = seed};
    uint64_t now_ms = clock_wall_ms();
    for (size_t i = 0; i < sale->buyer_count; i++) {
        const struct buyer *buyer = &sale->buyers[i];
        struct callback callback = {.gateway = buyer->gateway,
                                    .kind = "paid",
                                    .number = i + 1,
                                    .member = buyer->id,
                                    .plan = buyer->plan,
                                    .amount = buyer->amount,
                                    .order_id = buyer->order_id};
        enum error error = ERROR_NONE;
        for (int n = 0; error == ERROR_NONE && buyer->forged && n < FORGERIES_PER_VICTIM; n++) {
            callback.forgery = (enum forgery)(FORGERY_NONE + 1 + n % (FORGERY_COUNT - 1));
            error = add(sale, &callback, i, FATE_FORGED, now_ms);
        }
        if (error == ERROR_NONE && !buyer->forged)
            error = add(sale, &callback, i, FATE_GENUINE, now_ms);
        size_t original = sale->request_count - 1;
        for (uint64_t n = prng_below(&prng, REPEATS_PER_BUYER + 1); !buyer->forged && n > 0; n--)
            repeat(sale, original);
        if (error != ERROR_NONE)
            return why_set(why, error, "a callback cannot be made: %s", error_text(error));
    }
    shuffle(sale, &prng);
    /* Refunds lead: each arrives before its payment. */
    for (size_t i = 0; i < sale->buyer_count; i++) {
        const struct buyer *buyer = &sale->buyers[i];
        struct callback callback = {.gateway = buyer->gateway,
                                    .kind = "refunded",
                                    .number = i + 1,
                                    .member = buyer->id,
                                    .plan = buyer->plan};
        if (!buyer->refunded || buyer->forged)
            continue;
        enum error error = add(sale, &callback, i, FATE_REFUND, now_ms);
        if (error != ERROR_NONE)
            return why_set(why, error, "a callback cannot be made: %s", error_text(error));
        size_t last = sale->request_count - 1;
        struct sale_request first = sale->requests[0];
        sale->requests[0] = sale->requests[last];
        sale->requests[last] = first;
    }
    sale->rate_per_second = (double)sale->request_count / seconds;
    return ERROR_NONE;
}

enum error sale_prepare_flash(struct sale *flash, struct sale *sale, size_t count, struct why *why)
{
    uint64_t now_ms = clock_wall_ms();
    flash->world = sale->world;
    buf_init(&flash->bytes, BYTES_MAX);
    flash->buyers = sale->buyers;
    flash->requests = calloc(count, sizeof *flash->requests);
    if (flash->requests == NULL)
        return why_set(why, ERROR_MEMORY, "out of memory");
    for (size_t n = 0, i = 0; n < count; i++) {
        const struct buyer *buyer = &sale->buyers[i % sale->buyer_count];
        if (!buyer_genuine(buyer))
            continue;
        struct callback callback = {.gateway = buyer->gateway,
                                    .kind = "paid",
                                    .number = FLASH_NUMBERS + n,
                                    .member = buyer->id,
                                    .plan = buyer->plan};
        enum error error =
            add(flash, &callback, (size_t)(buyer - sale->buyers), FATE_GENUINE, now_ms);
        if (error != ERROR_NONE)
            return why_set(why, error, "a callback cannot be made: %s", error_text(error));
        n++;
    }
    return ERROR_NONE;
}

void sale_run(struct sale *sale, uint32_t connections, uint64_t duration_ms)
{
    struct load_options options = {.host = "127.0.0.1",
                                   .port = (uint16_t)sale->world->http_port,
                                   .threads = 1,
                                   .connections = connections,
                                   .rate_per_second = sale->rate_per_second,
                                   .duration_ms_max = duration_ms,
                                   .answer_ms_max = ANSWER_MS,
                                   .reconnect_ms = 50,
                                   .stop = &sale->stop,
                                   .next = give,
                                   .done = took,
                                   .context = sale};
    sale->error = load_run(&options, &sale->report, &sale->why);
    atomic_store(&sale->over, true);
}

void sale_deinit(struct sale *sale)
{
    free(sale->requests);
    buf_deinit(&sale->bytes);
    sale->requests = NULL;
}

bool buyer_genuine(const struct buyer *buyer)
{
    return !buyer->forged && !buyer->refunded;
}

static enum error add(struct sale *sale, const struct callback *callback, size_t buyer,
                      enum fate fate, uint64_t now_ms)
{
    size_t offset = sale->bytes.len;
    enum error error = callback_build(sale->world, callback, now_ms, &sale->bytes);
    sale->requests[sale->request_count++] =
        (struct sale_request){offset, sale->bytes.len - offset, buyer, fate};
    return error;
}

/* The same bytes again, as a gateway that did not hear the answer sends them. */
static void repeat(struct sale *sale, size_t of)
{
    sale->requests[sale->request_count] = sale->requests[of];
    sale->requests[sale->request_count++].fate = FATE_REPEATED;
}

static void shuffle(struct sale *sale, struct prng *prng)
{
    for (size_t i = sale->request_count; i > 1; i--) {
        size_t j = (size_t)prng_below(prng, i);
        struct sale_request swap = sale->requests[i - 1];
        sale->requests[i - 1] = sale->requests[j];
        sale->requests[j] = swap;
    }
}

static enum load_next give(void *context, uint32_t thread, struct load_request *request)
{
    struct sale *sale = context;
    (void)thread;
    size_t at = atomic_fetch_add(&sale->next, 1);
    if (at >= sale->request_count)
        return LOAD_END;
    const struct sale_request *next = &sale->requests[at];
    request->bytes = slice_of(sale->bytes.data + next->offset, next->len);
    request->tag = at;
    atomic_fetch_add(&sale->sent[next->fate], 1);
    return LOAD_REQUEST;
}

static void took(void *context, uint32_t thread, const struct load_result *result)
{
    struct sale *sale = context;
    (void)thread;
    const struct sale_request *request = &sale->requests[result->tag];
    struct buyer *buyer = &sale->buyers[request->buyer];
    bool answered = result->outcome == LOAD_ANSWERED;
    bool accepted = answered && result->status == 200;
    atomic_fetch_add(accepted                            ? &sale->accepted[request->fate]
                     : answered && result->status == 401 ? &sale->refused[request->fate]
                                                         : &sale->other[request->fate],
                     1);
    if (accepted && request->fate != FATE_FORGED && buyer->paid_ms == 0)
        atomic_store(&buyer->paid_ms, clock_wall_ms());
}
