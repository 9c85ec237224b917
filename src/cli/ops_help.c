/* What `--help` says of the modules' verbs, and what a slip may have meant. */
#include "cli/ops.h"
#include "config/near.h"
#include "wire/shape_json.h"

#include <string.h>

enum { WORDS_MAX = 512, WANTED_SIZE = 256 };

static bool verb_next(size_t *at, struct route_view *out);
static bool in_path(const struct route_view *route, const char *name);
static bool needed(const struct route_view *route, const char *name);
static void wanted(const struct field *field, char out[WANTED_SIZE]);
static bool first_of_thing(const struct route_view *route, size_t at);
static void say_near(const char *word, const char *const *words, size_t count, char *out,
                     size_t out_size);
static void dashes(char *name);

void ops_words(const struct route_view *route, char thing[OPS_NAME_SIZE], char verb[OPS_NAME_SIZE])
{
    const char *name = route->shape->name;
    const char *last = strrchr(name, '_');
    size_t len = last == NULL ? strlen(name) : (size_t)(last - name);
    snprintf(thing, OPS_NAME_SIZE, "%.*s", (int)len, name);
    const char *alone =
        strcmp(route->method, "GET") == 0 ? "show" : "do"; /* its thing says it all */
    snprintf(verb, OPS_NAME_SIZE, "%s", last == NULL ? alone : last + 1);
    dashes(thing);
}

bool ops_find(const char *thing, const char *verb, struct route_view *out)
{
    char known_thing[OPS_NAME_SIZE], known_verb[OPS_NAME_SIZE], asked[OPS_NAME_SIZE];
    snprintf(asked, sizeof asked, "%s", thing);
    dashes(asked);
    for (size_t at = 0; verb_next(&at, out);) {
        ops_words(out, known_thing, known_verb);
        if (strcmp(known_thing, asked) == 0 && (verb == NULL || strcmp(known_verb, verb) == 0))
            return true;
    }
    return false;
}

void ops_list(FILE *out)
{
    struct route_view route, other;
    char thing[OPS_NAME_SIZE], verb[OPS_NAME_SIZE], other_thing[OPS_NAME_SIZE];
    for (size_t at = 0; verb_next(&at, &route);) {
        if (!first_of_thing(&route, at))
            continue;
        ops_words(&route, thing, verb);
        fprintf(out, "  %-13s ", thing);
        const char *between = "";
        for (size_t n = 0; verb_next(&n, &other);) {
            ops_words(&other, other_thing, verb);
            if (strcmp(thing, other_thing) != 0)
                continue;
            fprintf(out, "%s%s", between, verb);
            between = ", ";
        }
        fputc('\n', out);
    }
}

void ops_list_thing(FILE *out, const char *thing)
{
    struct route_view route;
    char known[OPS_NAME_SIZE], verb[OPS_NAME_SIZE], asked[OPS_NAME_SIZE];
    snprintf(asked, sizeof asked, "%s", thing);
    dashes(asked);
    fprintf(out, "usage: usher %s VERB [OPTIONS]\n\n", asked);
    for (size_t at = 0; verb_next(&at, &route);) {
        ops_words(&route, known, verb);
        if (strcmp(known, asked) == 0)
            fprintf(out, "  %-12s  %-6s /api/v1/%s\n", verb, route.method, route.path);
    }
    fprintf(out, "\nusher %s VERB --help tells more.\n", asked);
}

void ops_help(FILE *out, const struct route_view *route)
{
    char thing[OPS_NAME_SIZE], verb[OPS_NAME_SIZE], name[OPS_NAME_SIZE], text[WANTED_SIZE];
    ops_words(route, thing, verb);
    fprintf(out, "usage: usher %s %s", thing, verb);
    for (const char *at = strchr(route->path, '{'); at != NULL; at = strchr(at + 1, '{')) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        for (char *c = name; *c != '\0'; c++)
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        fprintf(out, " %s", name);
    }
    fprintf(out, " [OPTIONS]\n\nAsks the running usher: %s /api/v1/%s\n\n", route->method,
            route->path);
    for (uint32_t i = 0; i < route->shape->count; i++) {
        const struct field *field = &route->shape->fields[i];
        if (field->type == FIELD_BIN)
            continue;
        snprintf(name, sizeof name, "%s", field->name);
        dashes(name);
        wanted(field, text);
        fprintf(out, "  --%-18s %s%s\n", name, text,
                in_path(route, field->name) || needed(route, field->name) ? "; needed" : "");
    }
    if (route->op != NULL && shape_field(route->shape, "reason") == NULL)
        fputs("  --reason             why, for the audit\n", out);
    if (route->op != NULL && shape_field(route->shape, "key") == NULL)
        fputs("  --key                the same key and the same request is the same thing\n", out);
    fputs("  --url                where usher is, else as the configuration says\n"
          "  --config             the configuration\n"
          "  --json               the answer as it came\n",
          out);
}

void ops_suggest_thing(const char *word, const char *const *more, size_t count, char *out,
                       size_t out_size)
{
    static char things[WORDS_MAX][OPS_NAME_SIZE];
    const char *words[WORDS_MAX];
    char verb[OPS_NAME_SIZE];
    struct route_view route;
    size_t n = 0;
    for (; n < count && n < WORDS_MAX; n++)
        words[n] = more[n];
    for (size_t at = 0; n < WORDS_MAX && verb_next(&at, &route); n++) {
        ops_words(&route, things[n], verb);
        words[n] = things[n];
    }
    say_near(word, words, n, out, out_size);
}

void ops_suggest_verb(const char *thing, const char *word, char *out, size_t out_size)
{
    static char verbs[WORDS_MAX][OPS_NAME_SIZE];
    const char *words[WORDS_MAX];
    char known[OPS_NAME_SIZE], asked[OPS_NAME_SIZE];
    struct route_view route;
    size_t n = 0;
    snprintf(asked, sizeof asked, "%s", thing);
    dashes(asked);
    for (size_t at = 0; n < WORDS_MAX && verb_next(&at, &route);) {
        ops_words(&route, known, verbs[n]);
        words[n] = verbs[n];
        n += strcmp(known, asked) == 0;
    }
    say_near(word, words, n, out, out_size);
}

void ops_suggest_option(const struct shape *shape, const char *word, char *out, size_t out_size)
{
    const char *words[SHAPE_FIELDS_MAX + 5] = {"json", "help", "config", "url", "reason"};
    size_t n = 5;
    for (uint32_t i = 0; i < shape->count && i < SHAPE_FIELDS_MAX; i++)
        words[n++] = shape->fields[i].name;
    say_near(word, words, n, out, out_size);
}

/* All routes but those that are only for a browser with a session, or on its way to one. */
static bool verb_next(size_t *at, struct route_view *out)
{
    while (ops_next(at, out)) {
        bool stranger = out->op != NULL && (out->op->who & WHO_STRANGER) != 0;
        const struct field *session = shape_field(out->shape, "session");
        if (!stranger && (session == NULL || session->type != FIELD_BIN))
            return true;
    }
    return false;
}

static bool in_path(const struct route_view *route, const char *name)
{
    char braced[OPS_NAME_SIZE + 2];
    snprintf(braced, sizeof braced, "{%s}", name);
    return strstr(route->path, braced) != NULL;
}

/* Alone, and not one of several. */
static bool needed(const struct route_view *route, const char *name)
{
    const char *at = route->op == NULL || route->op->needs == NULL ? "" : route->op->needs;
    while (*at != '\0') {
        size_t len = strcspn(at, " ");
        if (slice_is(slice_of(at, len), name))
            return true;
        at += len + (at[len] == ' ');
    }
    return false;
}

static void wanted(const struct field *field, char out[WANTED_SIZE])
{
    size_t len =
        (size_t)snprintf(out, WANTED_SIZE, "%s",
                         field->type == FIELD_CHOICE ? "one of:" : field_wanted(field->type));
    for (size_t i = 0; field->type == FIELD_CHOICE && field->names[i] != NULL && len < WANTED_SIZE;
         i++)
        len += (size_t)snprintf(out + len, WANTED_SIZE - len, "%s %s", i == 0 ? "" : ",",
                                field->names[i]);
    if (field->max > 0 && len < WANTED_SIZE)
        snprintf(out + len, WANTED_SIZE - len, ", of at most %u bytes", field->max);
}

/* at stands behind route. */
static bool first_of_thing(const struct route_view *route, size_t at)
{
    struct route_view before;
    char thing[OPS_NAME_SIZE], other[OPS_NAME_SIZE], verb[OPS_NAME_SIZE];
    ops_words(route, thing, verb);
    for (size_t n = 0; n + 1 < at && verb_next(&n, &before);) {
        ops_words(&before, other, verb);
        if (n < at && strcmp(thing, other) == 0)
            return false;
    }
    return true;
}

static void say_near(const char *word, const char *const *words, size_t count, char *out,
                     size_t out_size)
{
    const char *near = near_find(slice_from(word), words, count);
    snprintf(out, out_size, "%s%s%s", near == NULL ? "" : "; did you mean \"",
             near == NULL ? "" : near, near == NULL ? "" : "\"?");
    dashes(out);
}

static void dashes(char *name)
{
    for (; *name != '\0'; name++)
        if (*name == '_')
            *name = '-';
}
