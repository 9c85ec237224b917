/* The inside of api.c and its neighbours: a request on its way through one resource's function. */
#ifndef USHER_DESK_API_CALL_H
#define USHER_DESK_API_CALL_H

#include "base/json.h"
#include "desk/api.h"

enum { API_ARGS_MAX = 2, API_ARG_BYTES_MAX = 255, API_ID_BYTES_MAX = 31 };

struct api_call {
    const struct config *config;
    const struct api_request *request;
    char args[API_ARGS_MAX][API_ARG_BYTES_MAX + 1]; /* what stood for {name}, decoded */
    const cJSON *body;                              /* for POST */
    struct judgement *judgement;
};

typedef void resource_fn(struct api_call *call);
extern resource_fn api_get_broadcasts, api_get_broadcast, api_post_broadcast, api_delete_broadcast;
extern resource_fn api_get_clock, api_post_clock, api_get_openapi;
extern resource_fn api_get_webhooks, api_post_webhook_replay, api_get_session;

/* One row of api.c's table. */
struct resource_view {
    unsigned who; /* enum who */
    const char *method;
    const char *path;   /* below /api/v1/, with {name} for a segment */
    const char *params; /* of the query, or members of the body: " a b c" */
    const char *needs;  /* those that must be there: "a b|c" */
    const char *summary;
};
/* Walks them; *at is 0 to begin. */
bool api_next(size_t *at, struct resource_view *out);

/* What stands behind /api/v1/. */
struct slice api_path(struct slice path);

void api_refuse(struct api_call *call, unsigned status, const char *detail);
void api_ask(struct api_call *call, enum query_what what, int64_t subject, const char *text,
             uint64_t limit);
/* Is every parameter of the query one of names (" a b"); false after a refusal that names it. */
bool api_query_known(struct api_call *call, const char *names);
/* The query's limit, or its default; false after a refusal. */
bool api_query_limit(struct api_call *call, uint64_t *limit);
/* Makes it an act of the asker's, with their reason and idempotency key, that is answered when it
 * is applied; or a refusal. */
void api_act(struct api_call *call, const struct message *command, const char *name);
/* The configured plan that the body names; NULL after a refusal. */
const struct config_plan *api_body_plan(struct api_call *call);
/* prefix and 16 characters of 36: 82 bits, not to be guessed. */
void api_make_id(const char *prefix, char out[API_ID_BYTES_MAX + 1]);

#endif
