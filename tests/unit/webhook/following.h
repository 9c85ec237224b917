/* News as the ledger would tell them, for the tests of a webhook. */
#ifndef USHER_TESTS_UNIT_WEBHOOK_FOLLOWING_H
#define USHER_TESTS_UNIT_WEBHOOK_FOLLOWING_H

#include "ledger/facts.h"
#include "webhook/hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static inline void put_fact(struct buf *items, uint64_t sequence, uint64_t n,
                            const struct shape *shape, const void *object)
{
    struct buf value;
    buf_init(&value, 4096);
    shape_encode(&value, shape, object);
    const struct message message = {.kind = MESSAGE_news_item,
                                    .news_item = {.sequence = sequence,
                                                  .n = n,
                                                  .at_ms = 1769860800000,
                                                  .id = shape->id,
                                                  .name = SLICE(""),
                                                  .key = SLICE(""),
                                                  .value = buf_slice(&value)}};
    wire_encode(items, &message);
    assert_false(items->failed);
    buf_deinit(&value);
}

static inline void put_paid(struct buf *items, uint64_t sequence, uint64_t n)
{
    const struct fact_paid paid = {.telegram_id = 7,
                                   .gateway = SLICE("stripe"),
                                   .payment_id = SLICE("pi_1"),
                                   .plan = SLICE("core"),
                                   .amount = 2900,
                                   .currency = SLICE("USD"),
                                   .order_id = SLICE(""),
                                   .granted = 1,
                                   .sequence = sequence};
    put_fact(items, sequence, n, shape_fact_paid(), &paid);
}

static inline void put_left(struct buf *items, uint64_t sequence, uint64_t n)
{
    const struct fact_left left = {.telegram_id = 7, .group = SLICE("core")};
    put_fact(items, sequence, n, shape_fact_left(), &left);
}

#endif
