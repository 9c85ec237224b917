/* Which links there are between actors: one table, which the configuration checks its `links`
 * against and actors/topology.h opens. Endpoints are inproc unless the configuration names others;
 * they are ONE, ANY (one unless it lists several) or LANE (one for each lane, in their order). */
#ifndef USHER_CONFIG_LINKS_H
#define USHER_CONFIG_LINKS_H

#include "config/config.h"

/* LINK(name, bound end, endpoints, high water mark in batches). Every link carries batches of wire
 * messages from PUSH to PULL. */
/* clang-format off */
/*   requests   ingress -> verifier             each verifier binds one, every ingress connects to all
 *   verdicts   verifier, checker, ledger,      each ingress binds one; its number is the messages'
 *                mirror, webhooks -> ingress   origin. No mark: parked requests are bounded
 *   commands   all -> ledger (journal)
 *   queries    verifier -> ledger (apply)
 *   credits    notifier -> ledger (apply)
 *   work       ledger -> granter
 *   calls      granter, ledger -> notifier
 *   due        ledger -> scheduler
 *   news_asks  mirror, webhooks -> ledger (apply)
 *   news       ledger -> mirror
 *   reads      verifier -> mirror
 *   hook_news  ledger -> webhooks
 *   hook_asks  verifier -> webhooks
 *   checks     verifier -> checker
 *   looks      ledger -> checker */
/* clang-format on */
#define LINK_LIST(LINK)                                                                            \
    LINK(requests, PULL, ANY, 1024)                                                                \
    LINK(verdicts, PULL, ANY, 0)                                                                   \
    LINK(commands, PULL, ONE, 1024)                                                                \
    LINK(queries, PULL, ONE, 1024)                                                                 \
    LINK(credits, PULL, ONE, 1024)                                                                 \
    LINK(work, PUSH, ONE, 64)                                                                      \
    LINK(calls, PULL, LANE, 256)                                                                   \
    LINK(due, PULL, ONE, 64)                                                                       \
    LINK(news_asks, PULL, ONE, 64)                                                                 \
    LINK(news, PUSH, ONE, 16)                                                                      \
    LINK(reads, PULL, ONE, 1024)                                                                   \
    LINK(hook_news, PUSH, ONE, 16)                                                                 \
    LINK(hook_asks, PULL, ONE, 64)                                                                 \
    LINK(checks, PULL, ONE, 256)                                                                   \
    LINK(looks, PULL, ONE, 64)

enum link {
#define LINK(name, bound, endpoints, hwm) LINK_##name,
    LINK_LIST(LINK)
#undef LINK
        LINK_COUNT
};

extern const char *const link_names[LINK_COUNT];

/* How many endpoints a link of this configuration has; 0: any number of them. */
size_t links_wanted(enum link link, const struct config *config);
bool links_find(struct slice name, enum link *out);
/* Is one of them tcp. */
bool links_networked(const struct config *config);

#endif
