/* What the simulator is told at its start: the command line, and a JSON file that the command line
 * overrides. Everything the file names lives until options_deinit. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "world.h"

#include "base/error.h"

#include <cjson/cJSON.h>

struct limit_options {
    bool enforce; /* false: record violations, answer as if there were none */
    uint32_t per_second;
    uint32_t per_chat_per_second;
    uint32_t per_group_per_minute;
    uint32_t retry_after_min_s; /* least retry_after of a 429 */
};

struct options {
    char host[64];
    uint16_t port; /* 0: any */
    uint64_t seed;
    double time_scale; /* windows, delays of users, faults and webhooks are divided by it */
    struct limit_options limits;
    uint32_t flight_ms;    /* calls this soon after a 429 were on their way and did not ignore it */
    uint32_t messages_max; /* kept in memory; older ones are forgotten */
    char *record_path;     /* NULL: none */
    cJSON *bots;           /* array of bot objects, checked by world_add_bot */
    cJSON *chats;
};

enum options_verdict { OPTIONS_RUN, OPTIONS_EXIT_OK, OPTIONS_EXIT_USAGE, OPTIONS_EXIT_FAILED };

/* --help is printed here; so is what is wrong with the arguments. */
enum options_verdict options_read(int argc, char **argv, struct options *options);
void options_deinit(struct options *options);

#endif
