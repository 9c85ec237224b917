#include "cli/ask.h"
#include "cli/file.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/verbs.h"

#include <stdio.h>

static const char usage[] =
    "usage: usher broadcast create --text-file FILE [--language en|zh-Hans|zh-Hant] [--plan PLAN]\n"
    "                              [--en FILE] [--zh-hans FILE] [--zh-hant FILE]\n"
    "                              [--idempotency-key KEY] [--url URL] [--config FILE] [--json]\n"
    "       usher broadcast list [--limit N] [--config FILE] [--json]\n"
    "       usher broadcast show ID [--config FILE] [--json]\n"
    "       usher broadcast cancel ID [--reason WHY] [--url URL] [--config FILE] [--json]\n"
    "\n"
    "Says something to every member whose membership runs (of one plan, if you name it), once, "
    "behind\n"
    "everything else that is to be sent. The text is in --language, the community's by default; "
    "who\n"
    "reads a language with a translation (--en, --zh-hans, --zh-hant) gets that. {{name}} and\n"
    "{{community}} are filled in, and {{plan}} with --plan. With the same key, create makes one "
    "broadcast,\n"
    "however often it is run; the key is its ID. cancel withdraws what was not yet sent. create "
    "and cancel\n"
    "tell the running usher; show and list read the state, whether usher runs or not.\n";

static const struct column columns[] = {{"BROADCAST", "broadcast_id"},
                                        {"STATE", "state"},
                                        {"PLAN", "plan"},
                                        {"CREATED", "created"},
                                        {"AUDIENCE", "audience"},
                                        {"PENDING", "pending"},
                                        {"SENT", "sent"},
                                        {"SKIPPED", "skipped"},
                                        {"FAILED", "failed"},
                                        {"UNKNOWN", "unknown"},
                                        {"WITHDRAWN", "withdrawn"},
                                        {0}};

enum { TEXT_BYTES_MAX = 65536, BODY_BYTES_MAX = 262144 };

struct request {
    struct cli_common common;
    const char *limit, *text, *en, *zh_hans, *zh_hant, *language, *plan, *key, *reason, *url;
};

static int create(const struct request *request);
static int cancel(const struct request *request, const char *id);
static int read_broadcasts(const struct request *request, const struct message_query *query);
static bool write_body(const struct request *request, struct buf *body);
static bool append_file(struct buf *body, const char *path);
static size_t without_line_ends(char *text, size_t len);
static void print_texts(struct buf *out, const cJSON *texts);

int cli_broadcast(int argc, char **argv)
{
    struct request request = {.limit = NULL};
    const struct cli_value values[] = {{"limit", &request.limit, NULL},
                                       {"text-file", &request.text, NULL},
                                       {"en", &request.en, NULL},
                                       {"zh-hans", &request.zh_hans, NULL},
                                       {"zh-hant", &request.zh_hant, NULL},
                                       {"language", &request.language, NULL},
                                       {"plan", &request.plan, NULL},
                                       {"idempotency-key", &request.key, NULL},
                                       {"reason", &request.reason, NULL},
                                       {"url", &request.url, NULL},
                                       {0}};
    struct message_query query = {.what = QUERY_BROADCASTS, .text = SLICE(""), .limit = 100};

    int code = cli_options(&request.common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    bool of_one = action != NULL && (strcmp(action, "show") == 0 || strcmp(action, "cancel") == 0);
    const char *id = of_one ? cli_operand(argc, argv) : NULL;
    if (!cli_operands_end(argc, argv, usage) ||
        !cli_number("--limit", request.limit, 1, 1000, &query.limit))
        return CLI_USAGE;
    if (action != NULL && strcmp(action, "create") == 0)
        return create(&request);
    if (action != NULL && strcmp(action, "list") == 0)
        return read_broadcasts(&request, &query);
    if (id == NULL)
        return cli_usage_error(usage, "broadcast: say create, list, or show or cancel and which");
    if (strcmp(action, "cancel") == 0)
        return cancel(&request, id);
    query = (struct message_query){.what = QUERY_BROADCAST, .text = slice_from(id)};
    return read_broadcasts(&request, &query);
}

static int create(const struct request *request)
{
    struct buf body;
    cJSON *answer = NULL;

    if (request->text == NULL)
        return cli_usage_error(usage, "broadcast create: --text-file is needed");
    buf_init(&body, BODY_BYTES_MAX);
    int code = CLI_FAILED;
    if (write_body(request, &body))
        code = cli_tell(&request->common, request->url, "broadcasts", buf_slice(&body), &answer);
    buf_deinit(&body);
    if (code == CLI_DONE && request->common.json) {
        code = cli_print_json(answer);
    } else if (code == CLI_DONE) {
        struct slice id = json_string(json_member(answer, "broadcast_id"));
        code = printf("%.*s\n", SLICE_ARG(id)) < 0 ? CLI_FAILED : CLI_DONE;
    }
    json_free(&answer);
    return code;
}

static int cancel(const struct request *request, const char *id)
{
    cJSON *answer;
    int code =
        cli_delete(&request->common, request->url, "broadcasts", id, request->reason, &answer);
    if (code == CLI_DONE && request->common.json)
        code = cli_print_json(answer);
    else if (code == CLI_DONE)
        code = puts("cancelled") < 0 ? CLI_FAILED : CLI_DONE;
    json_free(&answer);
    return code;
}

/* One broadcast, or a list of them. */
static int read_broadcasts(const struct request *request, const struct message_query *query)
{
    struct buf out;
    cJSON *answer;

    int code = cli_ask(&request->common, query, &answer);
    if (code == CLI_DONE && request->common.json) {
        code = cli_print_json(answer);
    } else if (code == CLI_DONE) {
        const cJSON *broadcasts = json_member(answer, "broadcasts");
        buf_init(&out, CLI_PRINT_BYTES_MAX);
        if (broadcasts != NULL) {
            table_print(&out, broadcasts, columns);
        } else {
            cJSON *list = cJSON_CreateArray();
            cJSON_AddItemReferenceToArray(list, answer);
            table_print(&out, list, columns);
            cJSON_Delete(list);
            print_texts(&out, json_member(answer, "texts"));
        }
        code = cli_print(&out);
        buf_deinit(&out);
    }
    json_free(&answer);
    return code;
}

/* False after a complaint. */
static bool write_body(const struct request *request, struct buf *body)
{
    const struct {
        const char *name;
        const char *value;
    } members[] = {{"language", request->language},
                   {"plan", request->plan},
                   {"idempotency_key", request->key}};
    const struct {
        const char *tag;
        const char *path;
    } translations[] = {
        {"en", request->en}, {"zh-Hans", request->zh_hans}, {"zh-Hant", request->zh_hant}};
    bool first = true;

    buf_append_text(body, "{\"text\":");
    if (!append_file(body, request->text))
        return false;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].value == NULL)
            continue;
        buf_printf(body, ",\"%s\":", members[i].name);
        json_append_string(body, slice_from(members[i].value));
    }
    buf_append_text(body, ",\"translations\":{");
    for (size_t i = 0; i < sizeof(translations) / sizeof(translations[0]); i++) {
        if (translations[i].path == NULL)
            continue;
        buf_printf(body, "%s\"%s\":", first ? "" : ",", translations[i].tag);
        first = false;
        if (!append_file(body, translations[i].path))
            return false;
    }
    buf_append_text(body, "}}");
    if (body->failed)
        fprintf(stderr, "usher: the request is too long\n");
    return !body->failed;
}

/* A file's text as a JSON string. False after a complaint. */
static bool append_file(struct buf *body, const char *path)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    bool good = cli_file_read(path, &text);
    struct slice read = slice_of(text.data, good ? without_line_ends(text.data, text.len) : 0);
    if (good && !slice_is_text(read)) {
        fprintf(stderr, "usher: %s is not plain UTF-8 text, or holds control characters\n", path);
        good = false;
    }
    if (good)
        json_append_string(body, read);
    buf_deinit(&text);
    return good;
}

/* Lines that end as on Windows end plainly, and the last one not at all. Returns the new length. */
static size_t without_line_ends(char *text, size_t len)
{
    size_t kept = 0;
    for (size_t at = 0; at < len; at++) {
        if (text[at] != '\r' || at + 1 == len || text[at + 1] != '\n')
            text[kept++] = text[at];
    }
    while (kept > 0 && text[kept - 1] == '\n')
        kept--;
    return kept;
}

static void print_texts(struct buf *out, const cJSON *texts)
{
    const cJSON *text;
    cJSON_ArrayForEach(text, texts)
    {
        buf_printf(out, "\n%s:\n", text->string);
        buf_append_slice(out, json_string(text));
        buf_append_text(out, "\n");
    }
}
