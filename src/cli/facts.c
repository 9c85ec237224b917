#include "base/clock.h"
#include "cli/ask.h"
#include "cli/fact_archive.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "journal/segment_file.h"
#include "wire/shape_json.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: usher facts dump [--from N] [--to N] [--config FILE] [--json]\n"
    "\n"
    "Prints what commands told, one fact a line, of the segments in data_dir/facts: what happened\n"
    "since is in the mirror. Works while usher runs.\n";

enum { OBJECT_WORDS = SHAPE_BYTES_MAX / 8, LINE_BYTES = 256 * 1024 };

struct dump {
    uint64_t from, to;
    bool json;
    struct buf line;
    uint64_t object[OBJECT_WORDS];
};

static enum error dump_all(const struct cli_common *common, struct dump *dump, struct why *why);
static enum error dump_entry(void *context, const struct journal_entry *entry);
static bool print_fact(struct dump *dump, const struct journal_entry *entry,
                       const struct fact *fact);
static bool print_fields(struct dump *dump, const struct shape *shape);

int cli_facts(int argc, char **argv)
{
    const char *from = NULL;
    const char *to = NULL;
    const struct cli_value values[] = {{"from", &from, NULL}, {"to", &to, NULL}, {0}};
    struct dump dump = {.from = 1, .to = INT64_MAX};
    struct cli_common common;
    struct why why = {""};

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *action = cli_operand(argc, argv);
    if (!cli_operands_end(argc, argv, usage) ||
        !cli_number("--from", from, 1, INT64_MAX, &dump.from) ||
        !cli_number("--to", to, 1, INT64_MAX, &dump.to))
        return CLI_USAGE;
    if (action == NULL || strcmp(action, "dump") != 0)
        return cli_usage_error(usage, "facts: say dump");
    dump.json = common.json;
    enum error error = dump_all(&common, &dump, &why);
    if (error != ERROR_NONE && why.text[0] != '\0')
        fprintf(stderr, "usher: %s\n", why.text);
    return error == ERROR_NONE ? CLI_DONE : CLI_FAILED;
}

static enum error dump_all(const struct cli_common *common, struct dump *dump, struct why *why)
{
    struct segments segments;
    struct config *config = cli_config_load(common);
    if (config == NULL)
        return ERROR_INVALID;
    buf_init(&dump->line, LINE_BYTES);
    enum error error = fact_archive_list(config->data_dir, &segments, why);
    uint64_t from = dump->from;
    for (size_t i = 0; i < segments.count && error == ERROR_NONE; i++) {
        uint64_t first;
        uint64_t last;
        if (!segments_range(segments.paths[i], &first, &last) || last < from || first > dump->to)
            continue;
        dump->from = from; /* they may overlap */
        error = segment_file_read(segments.paths[i], SEGMENT_FACTS, dump_entry, dump, why);
        from = last + 1;
    }
    if (fflush(stdout) != 0 && error == ERROR_NONE)
        error = why_set(why, ERROR_IO, "cannot write to standard output");
    segments_free(&segments);
    buf_deinit(&dump->line);
    config_destroy(&config);
    return error;
}

static enum error dump_entry(void *context, const struct journal_entry *entry)
{
    struct dump *dump = context;
    struct slice rest = entry->command;
    struct fact fact;
    if (entry->sequence < dump->from || entry->sequence > dump->to)
        return ERROR_NONE;
    while (fact_next(&rest, &fact))
        if (!print_fact(dump, entry, &fact))
            return ERROR_IO;
    return ERROR_NONE;
}

/* A fact of a module that this program does not have shows its number only. */
static bool print_fact(struct dump *dump, const struct journal_entry *entry,
                       const struct fact *fact)
{
    const struct shape *shape = shape_find(fact->id);
    struct buf *line = &dump->line;
    char at[32];
    bool known = shape != NULL && shape->role == ROLE_FACT && shape->size <= sizeof dump->object &&
                 shape_decode_one(fact->bytes, shape, dump->object, NULL) == ERROR_NONE;
    clock_format_utc((int64_t)entry->at_ms, at, sizeof at);
    buf_clear(line);
    buf_printf(line, dump->json ? "{\"sequence\":%llu,\"n\":%llu,\"at\":\"%s\"," : "%llu %llu %s ",
               (unsigned long long)entry->sequence, (unsigned long long)fact->n, at);
    if (known)
        buf_printf(line, dump->json ? "\"fact\":\"%s\",\"says\":" : "%s", shape->name);
    else
        buf_printf(line, dump->json ? "\"shape\":%llu" : "shape %llu",
                   (unsigned long long)fact->id);
    bool good = !known || print_fields(dump, shape);
    buf_append_text(line, dump->json ? "}\n" : "\n");
    return good && !line->failed && fwrite(line->data, 1, line->len, stdout) == line->len;
}

static bool print_fields(struct dump *dump, const struct shape *shape)
{
    json_build();
    cJSON *root = cJSON_CreateObject();
    shape_to_json(shape, dump->object, root);
    bool good = json_complete();
    char *text = dump->json && good ? cJSON_PrintUnformatted(root) : NULL;
    if (text != NULL)
        buf_append_text(&dump->line, text);
    good = good && (text != NULL || !dump->json);
    cJSON_free(text);
    for (const cJSON *item = dump->json || root == NULL ? NULL : root->child; item != NULL;
         item = item->next) {
        text = cJSON_PrintUnformatted(item);
        buf_printf(&dump->line, " %s=%s", item->string, text == NULL ? "?" : text);
        cJSON_free(text);
    }
    cJSON_Delete(root);
    return good;
}
