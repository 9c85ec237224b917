/* How verbs get at what usher knows: reading verbs open the state read-only, whether usher runs or
 * not; writing verbs tell the running usher through its HTTP API. Complaints go to standard error.
 */
#ifndef USHER_CLI_ASK_H
#define USHER_CLI_ASK_H

#include "base/json.h"
#include "cli/cli.h"
#include "wire/wire.h"

/* Puts a question to the state in the configuration's data_dir. CLI_DONE and *answer, which the
 * caller frees with json_free; CLI_FAILED after a complaint. */
int cli_ask(const struct cli_common *common, const struct message_query *query, cJSON **answer);

/* POSTs body to path below /api/v1/ of the usher that the configuration describes, with its admin
 * token; url NULL, or where to reach it ("http://127.0.0.1:8080"). As cli_ask. */
int cli_tell(const struct cli_common *common, const char *url, const char *path, struct slice body,
             cJSON **answer);
/* The same with GET, where the state cannot be asked. */
int cli_get(const struct cli_common *common, const char *url, const char *path, cJSON **answer);
/* The same with DELETE of thing/id; reason: why, NULL: it was not said. */
int cli_delete(const struct cli_common *common, const char *url, const char *thing, const char *id,
               const char *reason, cJSON **answer);

/* Any request, of which those are shorthands. */
struct cli_request {
    const char *url;    /* NULL: where the configuration says */
    const char *method; /* "GET", "POST", "PUT" or "DELETE" */
    const char *path;   /* below /api/v1/, with its query */
    const char *key;    /* of the header Idempotency-Key; NULL: none */
    struct slice body;
    bool quiet; /* a refusal is an answer like any other: no complaint */
};
int cli_request(const struct cli_common *common, const struct cli_request *request, cJSON **answer);

/* Where the usher of this configuration is reached: url, or when that is NULL what http.listen
 * says; no slash last. ERROR_INVALID when nobody can know. */
enum error cli_base_url(const struct config *config, const char *url, struct buf *out,
                        struct why *why);

/* The answer as one line of JSON. */
int cli_print_json(const cJSON *answer);
/* What was written into out; CLI_FAILED when it did not fit or could not be written. */
int cli_print(struct buf *out);

enum { CLI_PRINT_BYTES_MAX = 64 * 1024 * 1024 };

#endif
