/* Takes this process's alerts (base/alert.h) to the ledger, for the operators' chat. The main
 * thread's: it is in every process, whatever roles run there. */
#ifndef USHER_ACTORS_HERALD_H
#define USHER_ACTORS_HERALD_H

#include "actors/post.h"
#include "actors/topology.h"

enum { HERALD_MS = 500 }; /* between turns */

struct herald {
    struct outlet commands;
    struct buf command;
    bool open;
};

enum error herald_open(struct herald *herald, struct topology *topology, struct why *why);
void herald_close(struct herald *herald);
/* Passes on what was said; without a chat in the configuration it is dropped. */
void herald_turn(struct herald *herald, const struct config *config);

#endif
