/* The demo's sale: who buys what, the callbacks that their gateways send, and what became of them.
 * Runs in threads of the load engine; the counts may be read meanwhile. */
#ifndef USHER_CLI_DEMO_SALE_H
#define USHER_CLI_DEMO_SALE_H

#include "cli/demo/callback.h"
#include "http/load.h"

#include <stdatomic.h>

enum fate { FATE_GENUINE, FATE_REPEATED, FATE_REFUND, FATE_FORGED, FATE_COUNT };

struct buyer {
    int64_t id;
    size_t plan;
    size_t gateway;
    bool forged;              /* nobody paid for this one: only forgeries name them */
    bool refunded;            /* the refund of their payment is sent before the payment */
    char order_id[40];        /* what they pay is this order, "": a plan */
    int64_t amount;           /* of the order, in minor units */
    _Atomic uint64_t paid_ms; /* wall time of the first 200 for their payment, 0: none yet */
};

struct sale {
    struct world *world;
    struct buyer *buyers;
    size_t buyer_count;
    struct sale_request *requests;
    size_t request_count;
    struct buf bytes; /* of all requests */
    atomic_size_t next;
    double rate_per_second;
    atomic_bool stop;
    /* By fate: callbacks sent, answered 200, answered 401, anything else. */
    atomic_ulong sent[FATE_COUNT];
    atomic_ulong accepted[FATE_COUNT];
    atomic_ulong refused[FATE_COUNT];
    atomic_ulong other[FATE_COUNT];
    atomic_bool over;
    struct load_report report;
    struct why why;
    enum error error;
};

struct sale_request {
    size_t offset; /* into bytes */
    size_t len;
    size_t buyer;
    enum fate fate;
};

/* Makes buyers first_id ...; of ten buyers one is only forged and one in twenty is refunded before
 * the payment. */
enum error sale_invite(struct sale *sale, struct world *world, size_t buyers, int64_t first_id,
                       struct why *why);
/* The callbacks of their sale, over about seconds. */
enum error sale_prepare(struct sale *sale, unsigned seconds, uint64_t seed, struct why *why);
/* Instead of the first sale's callbacks: count renewals by those who are members. */
enum error sale_prepare_flash(struct sale *flash, struct sale *sale, size_t count, struct why *why);
/* Sends everything; with rate_per_second 0 as fast as it is answered, for at most duration_ms. */
void sale_run(struct sale *sale, uint32_t connections, uint64_t duration_ms);
void sale_deinit(struct sale *sale);

/* Did this buyer pay, and keep it. */
bool buyer_genuine(const struct buyer *buyer);

#endif
