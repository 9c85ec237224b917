/* Which links there are between actors, who binds and who connects, and where: one table
 * (LINK_LIST), with inproc endpoints unless the configuration's `links` names others. A link
 * between hosts is tcp and then always CURVE-encrypted, with keys from the configuration's
 * `curve_dir`:
 *
 *     server, server_secret   the pair of all bound ends; hosts that only connect need the public
 * part only NAME, NAME_secret       this host's own pair, the only other secret in the folder OTHER
 * the public key of each other host that may connect here
 *
 * A peer whose public key is not in the folder is refused. `usher keys` makes the pairs. */
#ifndef USHER_ACTORS_TOPOLOGY_H
#define USHER_ACTORS_TOPOLOGY_H

#include "actors/post.h"
#include "config/config.h"

#include <stdint.h>

/* LINK(name, bound end, endpoints, high water mark in batches): endpoints is ONE, ANY (one unless
 * the configuration lists several) or LANE (one for each lane, in their order). Every link carries
 * batches of wire messages from PUSH to PULL. */
/* clang-format off */
/*   requests   ingress -> verifier             each verifier binds one, every ingress connects to all
 *   verdicts   verifier, ledger, mirror,       each ingress binds one; its number is the messages'
 *                webhooks -> ingress           origin. No mark: parked requests are bounded
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
 *   hook_asks  verifier -> webhooks */
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
    LINK(hook_asks, PULL, ONE, 64)

enum link {
#define LINK(name, bound, endpoints, hwm) LINK_##name,
    LINK_LIST(LINK)
#undef LINK
        LINK_COUNT
};
enum link_end { LINK_PUSH, LINK_PULL };

enum { LINK_ENDPOINTS_MAX = CONFIG_LANES_MAX };
static const size_t LINK_EVERY = SIZE_MAX; /* a connecting end: to every endpoint of the link */

struct topology;

/* Checks the configuration's links, starts the ZeroMQ context and, when a link is tcp, loads the
 * keys and starts the gatekeeper. config must outlive it. One at a time in a process. */
enum error topology_new(const struct config *config, struct topology **out, struct why *why);
/* All sockets must be closed. Waits, a moment at most, for what is still on its way over tcp. */
void topology_destroy(struct topology **topology);
void *topology_context(struct topology *topology);

size_t topology_endpoints(const struct topology *topology, enum link link);
const char *topology_endpoint(const struct topology *topology, enum link link, size_t index);

/* One end of a link; whether it binds or connects, the table says. index counts endpoints from 0.
 * bytes_max: of outlet_init. */
enum error inlet_open(struct inlet *inlet, struct topology *topology, enum link link, size_t index,
                      struct why *why);
enum error outlet_open(struct outlet *outlet, struct topology *topology, enum link link,
                       size_t index, size_t bytes_max, struct why *why);

#endif
