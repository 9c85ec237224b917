#include "cli/ask.h"

#include "cli/data_dir.h"
#include "http/fetch.h"
#include "journal/journal.h"
#include "ledger/ledger.h"
#include "http/query.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    JSON_BYTES_MAX = 64 * 1024 * 1024,
    JSON_DEPTH_MAX = 16,
    ANSWER_BYTES_MAX = 8 * 1024 * 1024,
    URL_BYTES_MAX = 4096,
    CALL_TIMEOUT_MS = 40000, /* usher itself answers within 30 s */
    TOKEN_BYTES_MAX = 4096,
    KEY_BYTES_MAX = 17 + 128 + 1, /* with the header's name */
    CATCH_UP_MS = 1000,
    CATCH_UP_STEP_MS = 10
};

static enum error ask_state(const struct config *config, const struct message_query *query,
                            struct buf *json, unsigned *status, struct why *why);
static enum error catch_up(const struct config *config, struct store *store, struct ledger **ledger,
                           struct why *why);
static int take_answer(struct slice json, unsigned status, cJSON **answer);
static int complain(struct slice problem, unsigned status);
static enum error make_url(const struct config *config, const char *url, const char *path,
                           struct buf *out, struct why *why);
static enum error call_api(const struct config *config, const struct cli_request *request,
                           const char *url, unsigned *status, struct buf *json, struct why *why);

int cli_ask(const struct cli_common *common, const struct message_query *query, cJSON **answer)
{
    struct why why = {""};
    unsigned status = 500;
    struct buf json;
    int code = CLI_FAILED;

    *answer = NULL;
    struct config *config = cli_config_load(common);
    if (config == NULL)
        return CLI_FAILED;
    buf_init(&json, JSON_BYTES_MAX);
    enum error error = ask_state(config, query, &json, &status, &why);
    if (error != ERROR_NONE)
        fprintf(stderr, "usher: %s\n", why.text);
    else
        code = take_answer(buf_slice(&json), status, answer);
    buf_deinit(&json);
    config_destroy(&config);
    return code;
}

int cli_tell(const struct cli_common *common, const char *url, const char *path, struct slice body,
             cJSON **answer)
{
    return cli_request(
        common, &(struct cli_request){.url = url, .method = "POST", .path = path, .body = body},
        answer);
}

int cli_get(const struct cli_common *common, const char *url, const char *path, cJSON **answer)
{
    return cli_request(
        common, &(struct cli_request){.url = url, .method = "GET", .path = path, .body = SLICE("")},
        answer);
}

int cli_delete(const struct cli_common *common, const char *url, const char *thing, const char *id,
               const char *reason, cJSON **answer)
{
    struct buf path;
    int code = CLI_FAILED;
    *answer = NULL;
    buf_init(&path, URL_BYTES_MAX);
    buf_printf(&path, "%s/", thing);
    percent_encode(&path, slice_from(id));
    if (reason != NULL) {
        buf_append_text(&path, "?reason=");
        percent_encode(&path, slice_from(reason));
    }
    buf_append_u8(&path, 0);
    if (path.failed)
        fputs("usher: that is too long for an address\n", stderr);
    else
        code =
            cli_request(common,
                        &(struct cli_request){
                            .url = url, .method = "DELETE", .path = path.data, .body = SLICE("")},
                        answer);
    buf_deinit(&path);
    return code;
}

int cli_request(const struct cli_common *common, const struct cli_request *request, cJSON **answer)
{
    struct why why = {""};
    unsigned status = 0;
    struct buf address;
    struct buf json;
    int code = CLI_FAILED;

    *answer = NULL;
    struct config *config = cli_config_load(common);
    if (config == NULL)
        return CLI_FAILED;
    buf_init(&address, URL_BYTES_MAX);
    buf_init(&json, ANSWER_BYTES_MAX);
    enum error error = make_url(config, request->url, request->path, &address, &why);
    if (error == ERROR_NONE)
        error = call_api(config, request, address.data, &status, &json, &why);
    if (error != ERROR_NONE)
        fprintf(stderr, "usher: %s\n", why.text);
    else if (!request->quiet || status / 100 == 2)
        code = take_answer(buf_slice(&json), status, answer);
    buf_deinit(&address);
    buf_deinit(&json);
    config_destroy(&config);
    return code;
}

int cli_print_json(const cJSON *answer)
{
    char *text = cJSON_PrintUnformatted(answer);
    bool ok = text != NULL && puts(text) >= 0 && fflush(stdout) == 0;
    cJSON_free(text);
    return ok ? CLI_DONE : CLI_FAILED;
}

int cli_print(struct buf *out)
{
    if (out->failed) {
        fprintf(stderr, "usher: the answer is too long; ask with --limit\n");
        return CLI_FAILED;
    }
    bool ok = out->len == 0 || fwrite(out->data, 1, out->len, stdout) == out->len;
    return ok && fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

static enum error ask_state(const struct config *config, const struct message_query *query,
                            struct buf *json, unsigned *status, struct why *why)
{
    const struct store_options options = {.read_only = true};
    const struct message message = {.kind = MESSAGE_query, .query = *query};
    struct store *store = NULL;
    struct ledger *ledger = NULL;
    char path[DIRECTORY_PATH_MAX];
    const char *field;

    if (!message_fits(&message, &field))
        return why_set(why, ERROR_INVALID, "the %s is too long or not text", field);
    enum error error = data_dir_path(config->data_dir, "state", path, why);
    if (error == ERROR_NONE)
        error = store_open(path, &options, &store, why);
    if (error == ERROR_NONE)
        error = catch_up(config, store, &ledger, why);
    if (error == ERROR_NONE) {
        error = ledger_query(ledger, query, json, status);
        if (error != ERROR_NONE)
            why_set(why, error, "cannot read the state: %s", error_text(error));
    }
    ledger_close(&ledger);
    store_close(&store);
    return error;
}

/* A running usher commits its state some time after it has answered: what was durable when we ask
 * is waited for, so that who has just changed something sees it. A state that stays behind is that
 * of a usher that was killed, and is shown as it is. */
static enum error catch_up(const struct config *config, struct store *store, struct ledger **ledger,
                           struct why *why)
{
    const struct journal_options options = {.read_only = true};
    const struct timespec pause = {.tv_nsec = CATCH_UP_STEP_MS * 1000000L};
    struct journal *journal = NULL;
    char path[DIRECTORY_PATH_MAX];

    enum error error = data_dir_path(config->data_dir, "journal", path, why);
    if (error == ERROR_NONE) /* one that cannot be read is not what was asked for */
        (void)journal_open(path, &options, &journal, NULL);
    uint64_t tail = journal != NULL ? journal_tail(journal) : 0;
    journal_close(&journal);
    if (error == ERROR_NONE)
        error = ledger_open(store, ledger, why);
    for (int ms = 0; error == ERROR_NONE && ledger_applied(*ledger) < tail && ms < CATCH_UP_MS;
         ms += CATCH_UP_STEP_MS) {
        ledger_close(ledger);
        (void)nanosleep(&pause, NULL);
        error = ledger_open(store, ledger, why);
    }
    return error;
}

static int take_answer(struct slice json, unsigned status, cJSON **answer)
{
    struct why why = {""};

    if (status / 100 != 2)
        return complain(json, status);
    if (json_parse(json, JSON_BYTES_MAX, JSON_DEPTH_MAX, answer, &why) != ERROR_NONE) {
        fprintf(stderr, "usher: the answer is not JSON: %s\n", why.text);
        return CLI_FAILED;
    }
    return CLI_DONE;
}

/* The detail of a problem document, and its code, which programs look at. */
static int complain(struct slice problem, unsigned status)
{
    cJSON *root = NULL;
    enum error error = json_parse(problem, JSON_BYTES_MAX, JSON_DEPTH_MAX, &root, NULL);
    struct slice detail = json_string(json_member(root, "detail"));
    struct slice code = json_string(json_member(root, "code"));

    if (error == ERROR_NONE && detail.len > 0 && code.len > 0)
        fprintf(stderr, "usher: %.*s (%.*s)\n", SLICE_ARG(detail), SLICE_ARG(code));
    else if (error == ERROR_NONE && detail.len > 0)
        fprintf(stderr, "usher: %.*s\n", SLICE_ARG(detail));
    else
        fprintf(stderr, "usher: the answer was status %u\n", status);
    json_free(&root);
    return CLI_FAILED;
}

enum error cli_base_url(const struct config *config, const char *url, struct buf *out,
                        struct why *why)
{
    const char *host = config->http.listen.host;

    if (url != NULL) {
        buf_printf(out, "%s", url);
        return ERROR_NONE;
    }
    if (config->http.listen.port == 0)
        return why_set(why, ERROR_INVALID,
                       "http.listen has port 0, so usher chose one itself; say --url with the "
                       "address from its log");
    if (strcmp(host, "0.0.0.0") == 0)
        host = "127.0.0.1";
    if (strcmp(host, "::") == 0)
        host = "::1";
    bool v6 = strchr(host, ':') != NULL;
    buf_printf(out, "http://%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "",
               config->http.listen.port);
    return ERROR_NONE;
}

static enum error make_url(const struct config *config, const char *url, const char *path,
                           struct buf *out, struct why *why)
{
    enum error error = cli_base_url(config, url, out, why);
    if (error != ERROR_NONE)
        return error;
    buf_printf(out, "/api/v1/%s", path);
    buf_append_u8(out, 0);
    return out->failed ? why_set(why, ERROR_TOO_LARGE, "the address is too long") : ERROR_NONE;
}

static enum error call_api(const struct config *config, const struct cli_request *request,
                           const char *url, unsigned *status, struct buf *json, struct why *why)
{
    char authorization[TOKEN_BYTES_MAX];
    char key[KEY_BYTES_MAX];
    const char *headers[] = {authorization, request->key == NULL ? NULL : key, NULL};
    const struct fetch fetch = {.method = request->method,
                                .url = url,
                                .headers = headers,
                                .body = request->body,
                                .timeout_ms = CALL_TIMEOUT_MS};

    int n = snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s",
                     config->admin_token);
    if (n < 0 || (size_t)n >= sizeof(authorization))
        return why_set(why, ERROR_TOO_LARGE, "admin.token is too long");
    n = snprintf(key, sizeof(key), "Idempotency-Key: %s", request->key == NULL ? "" : request->key);
    if (n < 0 || (size_t)n >= sizeof(key) || strpbrk(key, "\r\n") != NULL)
        return why_set(why, ERROR_INVALID, "the key has at most 128 bytes, on one line");
    struct why detail = {""};
    enum error error = fetch_run(&fetch, status, json, &detail);
    if (error != ERROR_NONE)
        why_set(why, error, "cannot reach the running usher: %s",
                detail.text[0] == '\0' ? error_text(error) : detail.text);
    return error;
}
