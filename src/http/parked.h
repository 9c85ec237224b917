/* Requests that wait for a verdict: a bounded table from the id that travels with the request to
 * what is needed for answering it. An id is never used twice, not even by the next run of the
 * program (it begins with a random epoch), so that a verdict which comes late meets nothing and can
 * never answer another request. All entries wait equally long, so the oldest is the first to run
 * out. */
#ifndef USHER_HTTP_PARKED_H
#define USHER_HTTP_PARKED_H

#include <stdbool.h>
#include <stdint.h>

enum { PARKED_MAX = 1 << 20, PARKED_NAME_MAX = 31 };

struct parked_entry {
    uint64_t tag;                   /* the owner's: an HTTP request's id, a bot's index */
    uint64_t received_us;           /* monotonic */
    const char *label;              /* of the route; static */
    uint32_t page;                  /* the owner's: a public page; 0: none */
    uint32_t handout;               /* the owner's: what the answer hands out; 0: nothing */
    char name[PARKED_NAME_MAX + 1]; /* of the gateway; "" when there is none */
};

struct parked;

/* max: 1..PARKED_MAX. epoch: random; two tables of one process get different ones. NULL: no memory.
 */
struct parked *parked_new(uint32_t max, uint32_t timeout_ms, uint32_t epoch);
void parked_destroy(struct parked **parked);

/* The new entry's id, or 0 when the table is full. now_ms is monotonic. */
uint64_t parked_add(struct parked *parked, const struct parked_entry *entry, uint64_t now_ms);
/* Takes an entry out; false when there is none of this id (any more). */
bool parked_take(struct parked *parked, uint64_t id, struct parked_entry *out);
/* Takes out the oldest entry if it has waited its time. */
bool parked_expire(struct parked *parked, uint64_t now_ms, struct parked_entry *out);
/* When the oldest entry will have waited its time; UINT64_MAX when there is none. */
uint64_t parked_deadline_ms(const struct parked *parked);
uint32_t parked_count(const struct parked *parked);

#endif
