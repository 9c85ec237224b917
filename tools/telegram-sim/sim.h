/* The simulator as a whole. One thread owns it: it takes requests from the HTTP server, runs what
 * is due, and delivers updates. Everything but main.c is given the time that stands here. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "faults.h"
#include "limits.h"
#include "options.h"
#include "people.h"
#include "report.h"
#include "timers.h"
#include "world.h"

#include "base/prng.h"
#include "http/client.h"
#include "http/server.h"

struct sim {
    struct options options;
    struct prng prng;
    uint64_t now_us; /* monotonic, of this turn of the loop */
    uint64_t now_ms; /* Unix, of this turn of the loop */
    struct world world;
    struct timers timers;
    struct limits limits;
    struct faults faults;
    struct report report;
    struct http_server *server;
    struct http_client *client;  /* webhooks */
    struct delivery *deliveries; /* transfers of webhooks under way */
    uint64_t webhook_generation; /* of the last webhook set */
    struct buf out;              /* the body being written; one answer at a time */
    bool stop;
};

/* Makes the world of the options; also after sim_close. */
enum error sim_open(struct sim *sim, struct why *why);
void sim_close(struct sim *sim);
/* A delay of the simulated world in microseconds of real time. */
uint64_t sim_scaled_us(const struct sim *sim, uint64_t ms);
/* A number in [0, 1) from the seeded generator. */
double sim_chance(struct sim *sim);

#endif
