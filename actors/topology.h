/* The links between actors (config/links.h), who binds and who connects, and where: inproc
 * endpoints unless the configuration's `links` names others. A link
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
#include "config/links.h"

#include <stdint.h>

enum link_end { LINK_PUSH, LINK_PULL };

enum { LINK_ENDPOINTS_MAX = CONFIG_LANES_MAX };
static const size_t LINK_EVERY = SIZE_MAX; /* a connecting end: to every endpoint of the link */

struct topology;

/* Starts the ZeroMQ context and, when a link is tcp, loads the
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
