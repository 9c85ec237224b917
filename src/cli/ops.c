#include "cli/ops.h"

#include "base/assert.h"
#include "cli/ask.h"
#include "cli/show.h"
#include "wire/shape_json.h"
#include "http/query.h"

#include <string.h>

enum { PATH_BYTES_MAX = 2048, TEXT_SIZE = 160 };

/* A command line on its way into a request. */
struct line {
    struct cli_common common;
    struct route_view route;
    const char *values[SHAPE_FIELDS_MAX]; /* by field; NULL: not given */
    const char *key, *reason, *url;
};

static int parse(struct line *line, int argc, char **argv);
static int take_option(struct line *line, int argc, char **argv, int *at);
static int take_operand(struct line *line, const char *operand);
static const char **option_place(struct line *line, const char *name, const struct field **field);
static int check_values(const struct line *line);
static int check_needs(const struct line *line);
static bool given(const struct line *line, struct slice names);
static int make_path(const struct line *line, bool query, struct buf *path);
static cJSON *make_body(const struct line *line);
static cJSON *make_value(const struct field *field, const char *text);
static int ask(const struct line *line);
static int complain(const struct line *line, const char *what);
static bool in_path(const struct line *line, const char *name);

int cli_ops(int argc, char **argv)
{
    struct line line = {.values = {NULL}};
    char near[TEXT_SIZE];
    if (argc < 2 || argv[1][0] == '-') {
        bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
        ops_list_thing(help ? stdout : stderr, argv[0]);
        return help ? CLI_DONE : CLI_USAGE;
    }
    if (!ops_find(argv[0], argv[1], &line.route)) {
        ops_suggest_verb(argv[0], argv[1], near, sizeof near);
        fprintf(stderr, "usher: %s has no verb \"%s\"%s\n", argv[0], argv[1], near);
        ops_list_thing(stderr, argv[0]);
        return CLI_USAGE;
    }
    cli_common_begin(&line.common);
    int code = parse(&line, argc, argv);
    if (code == CLI_GO_ON)
        code = check_values(&line);
    if (code == CLI_GO_ON)
        code = check_needs(&line);
    return code == CLI_GO_ON ? ask(&line) : code;
}

static int parse(struct line *line, int argc, char **argv)
{
    int code = CLI_GO_ON;
    bool options = true;
    for (int at = 2; at < argc && code == CLI_GO_ON; at++) {
        if (options && strcmp(argv[at], "--") == 0)
            options = false;
        else if (options && argv[at][0] == '-' && argv[at][1] != '\0')
            code = take_option(line, argc, argv, &at);
        else
            code = take_operand(line, argv[at]);
    }
    return code;
}

/* --name VALUE, --name=VALUE; a flag may stand alone. */
static int take_option(struct line *line, int argc, char **argv, int *at)
{
    const char *text = argv[*at];
    const char *equals = strchr(text, '=');
    const struct field *field = NULL;
    char name[OPS_NAME_SIZE] = "", near[TEXT_SIZE], what[2 * TEXT_SIZE];
    if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
        ops_help(stdout, &line->route);
        return CLI_DONE;
    }
    if (strcmp(text, "--json") == 0 || strcmp(text, "-j") == 0) {
        line->common.json = true;
        return CLI_GO_ON;
    }
    size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);
    if (strcmp(text, "-c") == 0)
        snprintf(name, sizeof name, "config");
    else if (text[1] == '-' && len - 2 < sizeof name)
        snprintf(name, sizeof name, "%.*s", (int)len - 2, text + 2);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '-' ? '_' : *c;
    const char **place = option_place(line, name, &field);
    if (place == NULL) {
        ops_suggest_option(line->route.shape, name, near, sizeof near);
        snprintf(what, sizeof what, "there is no option %.80s%s", text, near);
        return complain(line, what);
    }
    const char *next = *at + 1 < argc ? argv[*at + 1] : NULL;
    bool alone = field != NULL && field->type == FIELD_FLAG && equals == NULL &&
                 (next == NULL || (strcmp(next, "true") != 0 && strcmp(next, "false") != 0));
    if (equals == NULL && next == NULL && !alone) {
        snprintf(what, sizeof what, "the option %.80s wants a value", text);
        return complain(line, what);
    }
    if (field != NULL && *place != NULL) {
        snprintf(what, sizeof what, "%s is there twice", field->name);
        return complain(line, what);
    }
    *place = equals != NULL ? equals + 1 : alone ? "true" : argv[++*at];
    return CLI_GO_ON;
}

/* What stands in the address, in its order. */
static int take_operand(struct line *line, const char *operand)
{
    char what[TEXT_SIZE], name[OPS_NAME_SIZE];
    for (const char *at = strchr(line->route.path, '{'); at != NULL; at = strchr(at + 1, '{')) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        const struct field *field = shape_field(line->route.shape, name);
        ASSERT(field != NULL);
        const char **value = &line->values[field - line->route.shape->fields];
        if (*value == NULL) {
            *value = operand;
            return CLI_GO_ON;
        }
    }
    snprintf(what, sizeof what, "\"%.80s\" is one operand too many", operand);
    return complain(line, what);
}

/* Where the option's value goes; the shape's own fields go first. NULL: there is none. */
static const char **option_place(struct line *line, const char *name, const struct field **field)
{
    const struct shape *shape = line->route.shape;
    *field = shape_field(shape, name);
    if (*field == NULL && strcmp(name, "member") == 0)
        *field = shape_field(shape, "telegram_id");
    if (*field != NULL)
        return (*field)->type == FIELD_BIN ? NULL : &line->values[*field - shape->fields];
    if (strcmp(name, "config") == 0)
        return &line->common.config_path;
    if (strcmp(name, "url") == 0)
        return &line->url;
    if (line->route.op == NULL)
        return NULL;
    if (strcmp(name, "key") == 0)
        return &line->key;
    return strcmp(name, "reason") == 0 ? &line->reason : NULL;
}

/* As the running usher will: what does not read is wrong use. An amount needs its currency first.
 */
static int check_values(const struct line *line)
{
    const struct shape *shape = line->route.shape;
    uint64_t object[SHAPE_BYTES_MAX / 8] = {0};
    struct why why = {""};
    struct buf storage;
    enum error error = ERROR_NONE;
    buf_init(&storage, shape_storage(shape));
    if (buf_reserve(&storage, shape_storage(shape)) == NULL)
        error = why_set(&why, ERROR_MEMORY, "out of memory");
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < shape->count && error == ERROR_NONE; i++) {
            bool first = shape->fields[i].type == FIELD_CURRENCY;
            if (line->values[i] != NULL && first == (turn == 0))
                error = field_from_text(shape, &shape->fields[i], slice_from(line->values[i]),
                                        object, &storage, &why);
        }
    }
    buf_deinit(&storage);
    if (error == ERROR_NONE)
        return CLI_GO_ON;
    return complain(line, why.text);
}

static int check_needs(const struct line *line)
{
    char what[TEXT_SIZE];
    for (uint32_t i = 0; i < line->route.shape->count; i++) {
        const char *name = line->route.shape->fields[i].name;
        if (line->values[i] == NULL && in_path(line, name)) {
            snprintf(what, sizeof what, "say which: %s is missing", name);
            return complain(line, what);
        }
    }
    const char *at =
        line->route.op == NULL || line->route.op->needs == NULL ? "" : line->route.op->needs;
    while (*at != '\0') {
        size_t len = strcspn(at, " ");
        if (!given(line, slice_of(at, len))) {
            snprintf(what, sizeof what, "--%.*s is needed", (int)len, at);
            return complain(line, what);
        }
        at += len + (at[len] == ' ');
    }
    return CLI_GO_ON;
}

/* "b|c": either. */
static bool given(const struct line *line, struct slice names)
{
    while (names.len > 0) {
        const char *bar = memchr(names.data, '|', names.len);
        size_t len = bar == NULL ? names.len : (size_t)(bar - names.data);
        for (uint32_t i = 0; i < line->route.shape->count; i++)
            if (line->values[i] != NULL &&
                slice_is(slice_of(names.data, len), line->route.shape->fields[i].name))
                return true;
        len += bar != NULL;
        names = slice_of(names.data + len, names.len - len);
    }
    return false;
}

static int ask(const struct line *line)
{
    bool body = strcmp(line->route.method, "POST") == 0 || strcmp(line->route.method, "PUT") == 0;
    struct buf path;
    char *text = NULL;
    cJSON *answer = NULL;
    buf_init(&path, PATH_BYTES_MAX);
    int code = make_path(line, !body, &path);
    if (code == CLI_GO_ON && body) {
        cJSON *root = make_body(line);
        text = root == NULL ? NULL : cJSON_PrintUnformatted(root);
        cJSON_Delete(root);
        if (text == NULL) {
            fputs("usher: out of memory\n", stderr);
            code = CLI_FAILED;
        }
    }
    if (code == CLI_GO_ON)
        code =
            cli_request(&line->common,
                        &(struct cli_request){.url = line->url,
                                              .method = line->route.method,
                                              .path = path.data,
                                              .key = line->key,
                                              .body = text == NULL ? SLICE("") : slice_from(text)},
                        &answer);
    if (code == CLI_DONE && line->common.json) {
        code = cli_print_json(answer);
    } else if (code == CLI_DONE) {
        struct buf out;
        buf_init(&out, CLI_PRINT_BYTES_MAX);
        show_answer(&out, answer);
        code = cli_print(&out);
        buf_deinit(&out);
    }
    json_free(&answer);
    cJSON_free(text);
    buf_deinit(&path);
    return code;
}

static int make_path(const struct line *line, bool query, struct buf *path)
{
    char name[OPS_NAME_SIZE];
    const struct shape *shape = line->route.shape;
    for (const char *at = line->route.path; *at != '\0';) {
        if (*at != '{') {
            buf_append_u8(path, (uint8_t)*at++);
            continue;
        }
        size_t len = strcspn(at + 1, "}");
        snprintf(name, sizeof name, "%.*s", (int)len, at + 1);
        percent_encode(path, slice_from(line->values[shape_field(shape, name) - shape->fields]));
        at += len + 2;
    }
    char between = '?';
    for (uint32_t i = 0; query && i < shape->count; i++) {
        if (line->values[i] == NULL || in_path(line, shape->fields[i].name))
            continue;
        buf_printf(path, "%c%s=", between, shape->fields[i].name);
        percent_encode(path, slice_from(line->values[i]));
        between = '&';
    }
    if (query && line->reason != NULL) {
        buf_printf(path, "%creason=", between);
        percent_encode(path, slice_from(line->reason));
    }
    buf_append_u8(path, 0);
    if (!path->failed)
        return CLI_GO_ON;
    return complain(line, "that is too long for an address");
}

static cJSON *make_body(const struct line *line)
{
    json_build();
    cJSON *body = cJSON_CreateObject();
    for (uint32_t i = 0; i < line->route.shape->count; i++) {
        const struct field *field = &line->route.shape->fields[i];
        if (line->values[i] != NULL && !in_path(line, field->name))
            cJSON_AddItemToObject(body, field->name, make_value(field, line->values[i]));
    }
    if (line->reason != NULL)
        cJSON_AddStringToObject(body, "reason", line->reason);
    if (!json_complete())
        json_free(&body);
    return body;
}

/* The text has been read once: it is what the field's type wants. */
static cJSON *make_value(const struct field *field, const char *text)
{
    char digits[32];
    long long value;
    switch (field->type) {
    case FIELD_U64:
    case FIELD_I64:
    case FIELD_U8:
    case FIELD_U32:
    case FIELD_MEMBER:
    case FIELD_ID:
    case FIELD_COUNT:
        if (!slice_to_i64(slice_from(text), &value))
            break;
        snprintf(digits, sizeof digits, "%lld", value);
        return cJSON_CreateRaw(digits);
    case FIELD_FLAG:
        return cJSON_CreateBool(strcmp(text, "true") == 0);
    case FIELD_STR:
    case FIELD_BIN:
    case FIELD_NAME:
    case FIELD_CODE:
    case FIELD_TEXT:
    case FIELD_SECRET:
    case FIELD_LIST: /* a,b,c */
    case FIELD_PERCENT:
    case FIELD_CHOICE:
    case FIELD_AMOUNT:
    case FIELD_CURRENCY:
    case FIELD_PERIOD:
    case FIELD_TIME:
    case FIELD_DURATION:
    case FIELD_TYPE_COUNT:
        break;
    }
    return cJSON_CreateString(text);
}

static int complain(const struct line *line, const char *what)
{
    char thing[OPS_NAME_SIZE], verb[OPS_NAME_SIZE];
    ops_words(&line->route, thing, verb);
    fprintf(stderr, "usher: %s %s: %s\nusher %s %s --help tells more.\n", thing, verb, what, thing,
            verb);
    return CLI_USAGE;
}

static bool in_path(const struct line *line, const char *name)
{
    char braced[OPS_NAME_SIZE + 2];
    snprintf(braced, sizeof braced, "{%s}", name);
    return strstr(line->route.path, braced) != NULL;
}
