/* All actors: how each is started. A starter builds and checks the actor's state, opens its
 * sockets, and starts its thread as the last thing that can fail. */
#ifndef USHER_ACTORS_ACTORS_H
#define USHER_ACTORS_ACTORS_H

#include "actors/runtime.h"
#include "actors/topology.h"

struct ledger_host;

/* What the actors of one process share while they start. */
struct site {
    const struct config *config;
    struct topology *topology;
    struct ledger_host *ledger;   /* NULL unless this process runs the ledger */
    struct pace *pace;            /* of what people say, for all verifiers of this process */
    struct mirror_host *mirror;   /* NULL unless it runs the mirror; set by mirror_start */
    uint16_t http_port;           /* set by ingress_start */
    struct config_listen metrics; /* where its exporter listens; host NULL: there is none */
    uint16_t metrics_port;        /* set by exporter_start */
};

/* Commands that notifiers send carry an origin too, so that they learn when a command is durable.
 */
enum { ORIGIN_NOTIFIER = 1000 };

/* index: which of several; ingress n binds the n-th endpoint of verdicts and has origin n + 1,
 * verifier n the n-th of requests, notifier n serves the n-th lane. Others: 0. */
typedef enum error actor_starter(struct site *site, size_t index, struct actor **out,
                                 struct why *why);

actor_starter ingress_start;
actor_starter verifier_start;
actor_starter journal_start; /* the two threads of the ledger: see ledger.h */
actor_starter apply_start;
actor_starter granter_start;
actor_starter notifier_start;
actor_starter scheduler_start;
actor_starter mirror_start; /* the two threads of the mirror: see mirror.h */
actor_starter reads_start;
actor_starter webhooks_start; /* see webhooks.h */
actor_starter checker_start;

/* Verbs that need ZeroMQ and so live here; see cli/cli.h for their shape. */
int cli_run(int argc, char **argv);
int cli_keys(int argc, char **argv);

#endif
