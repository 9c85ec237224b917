/* The slow half of the reads thread: figures and reports. One at a time is made, one question a
 * turn of the thread, so that lists go on between two questions; each question is given as long as
 * a list. What waits is bounded.
 *
 * All questions of one answer see one moment: a read transaction on a connection of its own. */
#ifndef USHER_ACTORS_FIGURES_DESK_H
#define USHER_ACTORS_FIGURES_DESK_H

#include "actors/mirror.h"
#include "mirror/periodic.h"

enum { FIGURES_WAITING_MAX = 16 };

struct figures_request {
    uint64_t origin, id;
    char thing[65];
    char query[1025];
    uint64_t give_up_ms; /* mono; for a mirror that cannot be read */
    uint64_t again_ms;   /* mono; not before */
};

struct figures_desk {
    struct mirror_host *host;
    struct calendar *calendar;
    struct database *database;
    struct figures_request waiting[FIGURES_WAITING_MAX]; /* the first is made */
    size_t count;
    bool begun;
    double margin;
    struct figures *figures;
    struct periodic *periodic;
    struct buf body;
};

/* For the ingress. The body is good until the next turn. */
struct figures_answer {
    uint64_t origin, id;
    unsigned status;
    const char *content_type;
    struct slice body;
};

enum error figures_desk_open(struct figures_desk *desk, struct mirror_host *host,
                             const struct site *site, struct why *why);
void figures_desk_close(struct figures_desk *desk);

/* Is it one of ours: "kpis", "kpis/NAME/rows", "reports/NAME"? */
bool figures_desk_knows(const char *thing);
/* False: too many wait. */
bool figures_desk_take(struct figures_desk *desk, uint64_t origin, uint64_t id, const char *thing,
                       const char *query);
bool figures_desk_busy(const struct figures_desk *desk);
/* Until there is something to do; -1: nothing. */
long figures_desk_timeout_ms(const struct figures_desk *desk, uint64_t now_ms);
/* One question; true when that was the last of one and out says its answer. ending: nothing is
 * waited for. */
bool figures_desk_turn(struct figures_desk *desk, uint64_t now_ms, bool ending,
                       struct figures_answer *out);

#endif
