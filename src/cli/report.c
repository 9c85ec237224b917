#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/periodic.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "mirror/report.h"
#include "mirror/sheet.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: usher report weekly|monthly|quarter [--from TIME] [--to TIME] [--out FILE]\n"
    "                    [--format json|csv|xlsx] [--timeout DURATION] [--db PATH] [--config "
    "FILE]\n"
    "       usher report run FILE.sql [--param NAME=VALUE]... [--format table|json|csv]\n"
    "                                 [--timeout DURATION] [--db PATH] [--config FILE]\n"
    "\n"
    "The first makes the report of the last whole week (from Monday), of the last whole month or "
    "of "
    "the\n"
    "last 90 days, by the community's time zone, or from --from (RFC 3339, included) to --to (not "
    "included).\n"
    "docs/FIGURES.md says what each figure is.\n"
    "\n"
    "Puts one SQL question to the mirror, read-only, and prints the answer. NAME stands as :NAME "
    "in "
    "the\n"
    "file. --db names the mirror's file, and days are those of UTC; without it the configuration "
    "says both. Reports that come with "
    "usher\n"
    "are in reports/.\n";

enum { SQL_BYTES_MAX = 1024 * 1024, COLUMNS_MAX = 60, KEY_BYTES = 8 };

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV, FORMAT_XLSX };

struct request {
    struct cli_common common;
    const char *file, *database;
    struct cli_periodic periodic; /* kind NULL: a file is run */
    bool format_given;
    enum format format;
    struct report_param params[REPORT_PARAMS_MAX];
    size_t param_count;
    uint64_t timeout_ms;
};

typedef void print_fn(struct buf *out, const cJSON *columns, const cJSON *rows);
static print_fn print_table, print_json, print_csv;

static int parse(struct request *request, int argc, char **argv);
static int take_option(struct request *request, int option);
static int run(const struct request *request, const char *path, const char *timezone);
static int put_question(const struct request *request, const char *path, struct calendar *calendar);

int cli_report(int argc, char **argv)
{
    struct request request = {.timeout_ms = 60000};
    int code = parse(&request, argc, argv);
    if (code != CLI_GO_ON)
        return code;
    if (request.database != NULL)
        return run(&request, request.database, "UTC");
    struct config *config = cli_config_load(&request.common);
    if (config == NULL)
        return CLI_FAILED;
    code = run(&request, config->mirror_file, config->timezone);
    config_destroy(&config);
    return code;
}

static int parse(struct request *request, int argc, char **argv)
{
    static const struct option options[] = {CLI_COMMON_OPTIONS,
                                            {"param", required_argument, NULL, 'p'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"timeout", required_argument, NULL, 't'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"from", required_argument, NULL, 'F'},
                                            {"to", required_argument, NULL, 'T'},
                                            {"out", required_argument, NULL, 'o'},
                                            {0}};
    int option;
    cli_common_begin(&request->common);
    while ((option = getopt_long(argc, argv, CLI_COMMON_SHORT, options, NULL)) != -1) {
        int code = take_option(request, option);
        if (code != CLI_GO_ON)
            return code;
    }
    request->format = request->common.json ? FORMAT_JSON : request->format;
    bool named = argc - optind == 1;
    if (named && cli_periodic_known(argv[optind])) {
        request->periodic.kind = argv[optind];
        request->periodic.format = request->format_given ? request->periodic.format : "json";
        return CLI_GO_ON;
    }
    if (argc - optind != 2 || strcmp(argv[optind], "run") != 0)
        return cli_usage_error(
            usage, "report: say weekly, monthly or quarter, or run and the file of the question");
    if (request->format == FORMAT_XLSX)
        return cli_usage_error(usage, "--format must be table, json or csv");
    request->file = argv[optind + 1];
    return CLI_GO_ON;
}

static int take_option(struct request *request, int option)
{
    static const char *const formats[] = {"table", "json", "csv", "xlsx"};
    const char *equals;
    switch (option) {
    case 'p':
        equals = strchr(optarg, '=');
        if (equals == NULL || equals == optarg || request->param_count == REPORT_PARAMS_MAX)
            return cli_usage_error(usage, "--param must be NAME=VALUE, %d of them at most",
                                   REPORT_PARAMS_MAX);
        request->params[request->param_count++] = (struct report_param){
            slice_of(optarg, (size_t)(equals - optarg)), slice_from(equals + 1)};
        return CLI_GO_ON;
    case 'f':
        for (int i = FORMAT_TABLE; i <= FORMAT_XLSX; i++) {
            if (strcmp(optarg, formats[i]) != 0)
                continue;
            request->format = (enum format)i;
            request->format_given = i != FORMAT_TABLE;
            request->periodic.format = formats[i];
            return CLI_GO_ON;
        }
        return cli_usage_error(usage, "--format must be table, json, csv or xlsx");
    case 'F':
        request->periodic.from = optarg;
        return CLI_GO_ON;
    case 'T':
        request->periodic.to = optarg;
        return CLI_GO_ON;
    case 'o':
        request->periodic.file = optarg;
        return CLI_GO_ON;
    case 't':
        return duration_parse(slice_from(optarg), &request->timeout_ms)
                   ? CLI_GO_ON
                   : cli_usage_error(usage, "--timeout must be a duration, as \"90 seconds\"");
    case 'd':
        request->database = optarg;
        return CLI_GO_ON;
    default:
        return cli_common_option(&request->common, option, usage);
    }
}

static int run(const struct request *request, const char *path, const char *timezone)
{
    struct calendar *calendar;
    if (calendar_new(timezone, &calendar) != ERROR_NONE) {
        fprintf(stderr, "usher: the calendar of %s cannot be made\n", timezone);
        return CLI_FAILED;
    }
    int code = request->periodic.kind != NULL
                   ? cli_periodic(&request->periodic, path, calendar, request->timeout_ms)
                   : put_question(request, path, calendar);
    calendar_destroy(&calendar);
    return code;
}

static int put_question(const struct request *request, const char *path, struct calendar *calendar)
{
    static print_fn *const prints[] = {print_table, print_json, print_csv};
    struct why why = {""};
    struct buf sql;
    struct buf out;
    cJSON *answer = NULL;
    int code = CLI_FAILED;

    buf_init(&sql, SQL_BYTES_MAX);
    buf_init(&out, CLI_PRINT_BYTES_MAX);
    if (cli_file_read(request->file, &sql)) {
        enum error error =
            mirror_report(path, buf_slice(&sql), request->params, request->param_count, calendar,
                          request->timeout_ms, &answer, &why);
        if (error == ERROR_NONE) {
            prints[request->format](&out, json_member(answer, "columns"),
                                    json_member(answer, "rows"));
            code = cli_print(&out);
        } else {
            fprintf(stderr, "usher: %s: %s\n", error == ERROR_NOT_FOUND ? path : request->file,
                    error == ERROR_TIMEOUT ? "it takes too long; raise --timeout" : why.text);
        }
    }
    json_free(&answer);
    buf_deinit(&out);
    buf_deinit(&sql);
    return code;
}

/* The table's columns are members by number: names may hold blanks, or stand twice. */
static void print_table(struct buf *out, const cJSON *columns, const cJSON *rows)
{
    struct column shown[COLUMNS_MAX + 1] = {{0}};
    char keys[COLUMNS_MAX][KEY_BYTES];
    int count = cJSON_GetArraySize(columns);
    cJSON *objects = cJSON_CreateArray();
    const cJSON *row;
    count = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    for (int i = 0; i < count; i++) {
        snprintf(keys[i], sizeof(keys[i]), "c%d", i);
        shown[i] = (struct column){json_string(cJSON_GetArrayItem(columns, i)).data, keys[i]};
    }
    cJSON_ArrayForEach(row, rows)
    {
        cJSON *object = cJSON_CreateObject();
        const cJSON *value = row->child;
        for (int i = 0; i < count && value != NULL; i++, value = value->next)
            if (!cJSON_IsNull(value))
                cJSON_AddItemToObject(object, keys[i],
                                      cJSON_IsRaw(value) ? cJSON_CreateString(value->valuestring)
                                                         : cJSON_Duplicate(value, true));
        cJSON_AddItemToArray(objects, object);
    }
    table_print(out, objects, shown);
    cJSON_Delete(objects);
}

static void print_json(struct buf *out, const cJSON *columns, const cJSON *rows)
{
    const cJSON *row;
    buf_append_text(out, "[");
    cJSON_ArrayForEach(row, rows)
    {
        const cJSON *name = columns->child;
        const cJSON *value;
        buf_append_text(out, row == rows->child ? "{" : ",\n{");
        cJSON_ArrayForEach(value, row)
        {
            char *text = cJSON_PrintUnformatted(value);
            buf_append_text(out, value == row->child ? "" : ",");
            json_append_string(out, json_string(name));
            buf_append_text(out, ":");
            buf_append_text(out, text == NULL ? "null" : text);
            cJSON_free(text);
            name = name->next;
        }
        buf_append_text(out, "}");
    }
    buf_append_text(out, "]\n");
}

static void print_csv(struct buf *out, const cJSON *columns, const cJSON *rows)
{
    const cJSON *row = columns;
    const cJSON *next = rows->child;
    for (; row != NULL; row = next, next = next == NULL ? NULL : next->next) {
        const cJSON *value;
        cJSON_ArrayForEach(value, row)
        {
            if (value != row->child)
                buf_append_text(out, ",");
            sheet_csv_cell(out, value);
        }
        buf_append_text(out, "\r\n");
    }
}
