/* The demo's world: a folder, a Telegram simulator and a real `usher run` as processes of their
 * own, and the questions that the demo asks them. */
#ifndef USHER_CLI_DEMO_WORLD_H
#define USHER_CLI_DEMO_WORLD_H

#include "config/config.h"
#include "gateway/gateway.h"

#include <cjson/cJSON.h>
#include <sys/types.h>

enum { WORLD_GATEWAYS = 3, WORLD_PLANS = 2, WORLD_GROUPS = 2 };

struct world {
    char folder[64];
    char token[64]; /* the operator's */
    pid_t sim;
    pid_t usher;
    unsigned sim_port;
    unsigned http_port;
    struct config *config;
    struct gateway *gateways[WORLD_GATEWAYS]; /* to sign with */
};

/* What the simulator says of the sale so far. */
struct world_sight {
    uint64_t calls;
    uint64_t violations;
    uint64_t inside[WORLD_GROUPS]; /* users in each group */
};

/* Starts everything; usher is ready when this returns. On failure world_stop is still due. */
enum error world_start(struct world *world, struct why *why);
/* Stops usher (SIGTERM) and says whether it drained and exited 0; stops the simulator; removes the
 * folder unless keep. */
bool world_stop(struct world *world, bool keep);

/* count users from first on talk to the bot, and follow the links that they are sent; forward: the
 * share of them who pass a link on to a stranger who tries it. */
enum error world_users(struct world *world, int64_t first, uint32_t count, const char *language,
                       double forward, struct why *why);
enum error world_see(struct world *world, struct world_sight *sight, struct why *why);
/* The simulator's whole report, GET /sim/report; the caller frees it. */
enum error world_report(struct world *world, cJSON **report, struct why *why);
/* GET /api/v1/PATH of usher. */
enum error world_ask(struct world *world, const char *path, cJSON **answer, struct why *why);
/* POST /api/v1/PATH of usher. */
enum error world_tell(struct world *world, const char *path, struct slice body, cJSON **answer,
                      struct why *why);
/* The user writes to the bot. */
enum error world_say(struct world *world, int64_t user, const char *text, struct why *why);
/* The user presses the newest button whose text holds this; *pressed: there was one. */
enum error world_press(struct world *world, int64_t user, const char *text, bool *pressed,
                       struct why *why);
/* Appends a public page of usher, and a NUL behind its end. */
enum error world_page(struct world *world, const char *path, struct buf *html, struct why *why);
/* What the bot has sent to the user: {"messages": [{"text", ...}, ...]}. */
enum error world_messages(struct world *world, int64_t user, cJSON **answer, struct why *why);

/* Is this user in the group, by the simulator's report. */
bool world_inside(const cJSON *report, size_t group, int64_t user);

extern const int64_t world_chat_ids[WORLD_GROUPS];
extern const char *const world_plans[WORLD_PLANS];

#endif
