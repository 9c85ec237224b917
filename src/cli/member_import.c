#include "cli/member_import.h"

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
    FILE_BYTES_MAX = 64 * 1024 * 1024,
    COLUMNS_MAX = 64,
    PATH_SIZE = 64,
    BODY_SIZE = 256,
    UNTIL_SIZE = 40,
    PROGRESS_EVERY = 100
};

enum column { COLUMN_ID, COLUMN_PLAN, COLUMN_UNTIL, COLUMNS };
static const char *const names[COLUMNS] = {"telegram_id", "plan", "until"};

struct import {
    const struct cli_common *common;
    struct config *config;
    const char *url;
    bool dry;
    size_t at[COLUMNS]; /* where each stands */
    uint64_t line;
    uint64_t done, same, refused;
};

static bool read_head(struct import *import, struct slice head);
static void take_line(struct import *import, struct slice line);
static void tell(struct import *import, int64_t telegram_id, struct slice plan, const char *until);
static void look(struct import *import, int64_t telegram_id, struct slice plan, const char *until);
static void refuse(struct import *import, const char *why);
static void refuse_plan(struct import *import, struct slice plan);
static size_t split(struct slice line, struct slice fields[COLUMNS_MAX]);
static struct slice next_line(struct slice *rest);
static bool read_until(struct slice text, char out[UNTIL_SIZE], uint64_t *until_ms);

int member_import(const struct cli_common *common, const char *url, const char *path, bool dry)
{
    struct import import = {
        .common = common, .config = cli_config_load(common), .url = url, .dry = dry, .line = 1};
    struct buf file;
    if (import.config == NULL)
        return CLI_FAILED;
    bool progress = isatty(STDERR_FILENO);
    buf_init(&file, FILE_BYTES_MAX);
    bool good = cli_file_read(path, &file);
    struct slice rest = buf_slice(&file);
    static const char mark[] = "\xef\xbb\xbf";
    if (rest.len >= 3 && memcmp(rest.data, mark, 3) == 0)
        rest = slice_of(rest.data + 3, rest.len - 3);
    good = good && read_head(&import, next_line(&rest));
    while (good && rest.len > 0) {
        struct slice line = next_line(&rest);
        import.line++;
        if (line.len > 0)
            take_line(&import, line);
        if (progress && import.line % PROGRESS_EVERY == 0)
            fprintf(stderr, "\rline %" PRIu64, import.line);
    }
    if (progress && import.line >= PROGRESS_EVERY)
        fputs("\r", stderr);
    buf_deinit(&file);
    config_destroy(&import.config);
    if (!good)
        return CLI_FAILED;
    printf("%" PRIu64 " %s, %" PRIu64 " unchanged, %" PRIu64 " refused\n", import.done,
           dry ? "would be imported" : "imported", import.same, import.refused);
    return import.refused == 0 ? CLI_DONE : CLI_FAILED;
}

static bool read_head(struct import *import, struct slice head)
{
    struct slice fields[COLUMNS_MAX];
    size_t count = split(head, fields);
    for (int c = 0; c < COLUMNS; c++) {
        size_t i = 0;
        while (i < count && !slice_is(fields[i], names[c]))
            i++;
        if (i == count) {
            fprintf(stderr,
                    "usher: the first line has no column \"%s\"; expected a CSV file that begins "
                    "with a line such as telegram_id,plan,until\n",
                    names[c]);
            return false;
        }
        import->at[c] = i;
    }
    return true;
}

static void take_line(struct import *import, struct slice line)
{
    struct slice fields[COLUMNS_MAX];
    size_t count = split(line, fields);
    char until[UNTIL_SIZE];
    long long telegram_id;
    uint64_t until_ms = 0;
    for (int c = 0; c < COLUMNS; c++)
        if (import->at[c] >= count) {
            refuse(import, "it has too few columns");
            return;
        }
    struct slice plan = fields[import->at[COLUMN_PLAN]];
    if (!slice_to_i64(fields[import->at[COLUMN_ID]], &telegram_id) || telegram_id <= 0)
        refuse(import, "telegram_id is no Telegram id of a person");
    else if (config_plan_find(import->config, plan) == NULL)
        refuse_plan(import, plan);
    else if (!read_until(fields[import->at[COLUMN_UNTIL]], until, &until_ms))
        refuse(import, "until is no time such as 2026-12-31T23:59:59Z or 2026-12-31");
    else if (until_ms <= clock_wall_ms())
        refuse(import, "its until has passed");
    else if (import->dry)
        look(import, telegram_id, plan, until);
    else
        tell(import, telegram_id, plan, until);
}

static void tell(struct import *import, int64_t telegram_id, struct slice plan, const char *until)
{
    char path[PATH_SIZE], body[BODY_SIZE];
    cJSON *answer = NULL;
    snprintf(path, sizeof path, "members/%" PRId64 "/import", telegram_id);
    snprintf(body, sizeof body, "{\"plan\":\"%.*s\",\"until\":\"%s\"}", SLICE_ARG(plan), until);
    if (cli_tell(import->common, import->url, path, slice_from(body), &answer) == CLI_DONE)
        import->done++;
    else
        refuse(import, "usher has refused it");
    json_free(&answer);
}

/* What it would do, by what the member has now. */
static void look(struct import *import, int64_t telegram_id, struct slice plan, const char *until)
{
    char path[PATH_SIZE];
    cJSON *answer = NULL;
    const cJSON *entitlement;
    struct slice before = SLICE("");
    snprintf(path, sizeof path, "members/%" PRId64, telegram_id);
    const struct cli_request request = {
        .url = import->url, .method = "GET", .path = path, .body = SLICE(""), .quiet = true};
    (void)cli_request(import->common, &request, &answer); /* or nobody has this id yet */
    cJSON_ArrayForEach(entitlement, json_member(answer, "entitlements"))
    {
        struct slice status = json_string(json_member(entitlement, "status"));
        if (slice_equal(json_string(json_member(entitlement, "plan")), plan) &&
            (slice_is(status, "active") || slice_is(status, "grace")))
            before = json_string(json_member(entitlement, "until"));
    }
    int64_t from = 0, to = 0;
    bool running = before.len > 0 && clock_parse_utc(before, &from);
    (void)clock_parse_utc(slice_from(until), &to);
    if (running && from == to)
        import->same++;
    else
        import->done++;
    printf("%" PRId64 " %.*s until %s: %s%.*s\n", telegram_id, SLICE_ARG(plan), until,
           !running     ? "new"
           : from == to ? "unchanged"
           : from < to  ? "longer, now until "
                        : "SHORTER, now until ",
           running && from != to ? (int)before.len : 0, before.data);
    json_free(&answer);
}

static void refuse_plan(struct import *import, struct slice plan)
{
    fprintf(stderr, "usher: line %" PRIu64 ": no plan \"%.*s\" is configured\n", import->line,
            plan.len < 64 ? (int)plan.len : 64, plan.data);
    import->refused++;
}

static void refuse(struct import *import, const char *why)
{
    fprintf(stderr, "usher: line %" PRIu64 ": %s\n", import->line, why);
    import->refused++;
}

/* Quotes around a field are taken off; a comma within them is no end. */
static size_t split(struct slice line, struct slice fields[COLUMNS_MAX])
{
    size_t count = 0, at = 0;
    while (count < COLUMNS_MAX) {
        bool quoted = at < line.len && line.data[at] == '"';
        size_t begin = at + quoted;
        size_t end = begin;
        while (end < line.len && line.data[end] != (quoted ? '"' : ','))
            end++;
        fields[count++] = slice_of(line.data + begin, end - begin);
        at = end + quoted;
        if (at >= line.len)
            break;
        at++; /* the comma */
    }
    return count;
}

static struct slice next_line(struct slice *rest)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->data);
    struct slice line = slice_of(rest->data, len);
    len += end != NULL;
    *rest = slice_of(rest->data + len, rest->len - len);
    while (line.len > 0 && (line.data[line.len - 1] == '\r' || line.data[line.len - 1] == ' '))
        line.len--;
    return line;
}

/* A day alone is its beginning in UTC. */
static bool read_until(struct slice text, char out[UNTIL_SIZE], uint64_t *until_ms)
{
    int64_t ms;
    bool day = text.len == 10;
    int len = snprintf(out, UNTIL_SIZE, "%.*s%s", text.len < 30 ? (int)text.len : 0, text.data,
                       day ? "T00:00:00Z" : "");
    if (len <= 0 || len >= UNTIL_SIZE || !clock_parse_utc(slice_from(out), &ms))
        return false;
    *until_ms = ms > 0 ? (uint64_t)ms : 0;
    return true;
}
