#include "options.h"

#include "memory.h"

#include "base/json.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONFIG_BYTES_MAX = 1 << 20, CONFIG_DEPTH_MAX = 8, MESSAGES_USUAL = 1000000 };

static const char usage[] =
    "usage: telegram-sim [OPTION]...\n"
    "\n"
    "A Telegram Bot API server that keeps its world in memory, for tests, demos and benches.\n"
    "It prints one line, \"listening 127.0.0.1:PORT\", when it is ready. See docs/SIMULATOR.md.\n"
    "\n"
    "  --config FILE          bots, chats and the settings below as JSON\n"
    "  --bot TOKEN[,NAME]     a bot and its username; may be given again\n"
    "  --chat ID[,TYPE[,TITLE]]  a chat in which every bot is an administrator with all rights;\n"
    "                         TYPE is group, supergroup (usual) or channel; may be given again\n"
    "  --host ADDRESS         to listen on (usual: 127.0.0.1)\n"
    "  --port N               to listen on; 0 is any free one (usual: 0)\n"
    "  --seed N               of everything that is drawn (usual: 1)\n"
    "  --time-scale K         divide windows and simulated delays by K (usual: 1)\n"
    "  --limits enforce|observe  answer 429 to a violation, or only record it (usual: enforce)\n"
    "  --per-second N         calls that name a chat (usual: 30)\n"
    "  --per-chat N           messages to one private chat per second (usual: 1)\n"
    "  --per-group N          messages to one group per minute (usual: 20)\n"
    "  --retry-after N        least retry_after of a 429 in seconds (usual: 1)\n"
    "  --flight-ms N          calls this soon after a 429 had been sent before it (usual: 1000)\n"
    "  --messages-max N       messages kept in memory (usual: 1000000)\n"
    "  --record FILE          write every call as one line of JSON\n"
    "  --help                 print this\n";

enum {
    OPTION_CONFIG = 256,
    OPTION_BOT,
    OPTION_CHAT,
    OPTION_HOST,
    OPTION_RECORD,
    OPTION_LIMITS,
    OPTION_SCALE,
    OPTION_HELP,
    OPTION_NUMBER /* and behind it one for each row of numbers */
};

/* Settings that are one whole number: option, key of the file ("limits/" means inside it), bounds.
 */
static const struct {
    const char *option;
    const char *pointer;
    int64_t least;
    int64_t most;
    size_t offset;
    size_t size;
} numbers[] = {
#define NUMBER(option, pointer, least, most, field)                                                \
    {                                                                                              \
        option, pointer, least, most, offsetof(struct options, field),                             \
            sizeof(((struct options *)0)->field)                                                   \
    }
    NUMBER("port", "/port", 0, 65535, port),
    NUMBER("seed", "/seed", 0, INT64_MAX, seed),
    NUMBER("per-second", "/limits/per_second", 1, 1000000, limits.per_second),
    NUMBER("per-chat", "/limits/per_chat_per_second", 1, 1000000, limits.per_chat_per_second),
    NUMBER("per-group", "/limits/per_group_per_minute", 1, 1000000, limits.per_group_per_minute),
    NUMBER("retry-after", "/limits/retry_after_min", 1, 86400, limits.retry_after_min_s),
    NUMBER("flight-ms", "/flight_ms", 0, 60000, flight_ms),
    NUMBER("messages-max", "/messages_max", 1, 100000000, messages_max),
#undef NUMBER
};

enum { NUMBERS = sizeof(numbers) / sizeof(*numbers) };

static const char *const file_keys[] = {"port",      "host",         "seed",   "time_scale",
                                        "flight_ms", "messages_max", "record", "limits",
                                        "bots",      "chats",        NULL};
static const char *const limit_keys[] = {
    "mode", "per_second", "per_chat_per_second", "per_group_per_minute", "retry_after_min", NULL};

static bool option_apply(struct options *options, int option, const char *value, struct why *why);
static bool file_apply(struct options *options, const char *path, struct why *why);
static bool number_apply(struct options *options, size_t row, int64_t value, struct why *why);
static bool mode_apply(struct options *options, struct slice mode, struct why *why);
static double scale_parse(const char *text);
static bool scale_apply(struct options *options, double scale, struct why *why);
static bool bot_apply(struct options *options, const char *value, struct why *why);
static bool chat_apply(struct options *options, const char *value, struct why *why);
static bool keys_known(const cJSON *object, const char *where, const char *const *keys,
                       struct why *why);
static bool settings_apply(struct options *options, const cJSON *root, struct why *why);
static bool list_apply(cJSON *list, const cJSON *root, const char *key, struct why *why);
static void append(cJSON *list, cJSON *item);

enum options_verdict options_read(int argc, char **argv, struct options *options)
{
    static const struct option plain[] = {{"config", required_argument, NULL, OPTION_CONFIG},
                                          {"bot", required_argument, NULL, OPTION_BOT},
                                          {"chat", required_argument, NULL, OPTION_CHAT},
                                          {"host", required_argument, NULL, OPTION_HOST},
                                          {"record", required_argument, NULL, OPTION_RECORD},
                                          {"limits", required_argument, NULL, OPTION_LIMITS},
                                          {"time-scale", required_argument, NULL, OPTION_SCALE},
                                          {"help", no_argument, NULL, OPTION_HELP}};
    enum { PLAIN = sizeof(plain) / sizeof(*plain) };
    struct option all[PLAIN + NUMBERS + 1] = {0};
    memcpy(all, plain, sizeof(plain));
    for (size_t i = 0; i < NUMBERS; i++)
        all[PLAIN + i] =
            (struct option){numbers[i].option, required_argument, NULL, OPTION_NUMBER + (int)i};
    *options = (struct options){.host = "127.0.0.1",
                                .seed = 1,
                                .time_scale = 1,
                                .limits = {true, 30, 1, 20, 1},
                                .flight_ms = 1000,
                                .messages_max = MESSAGES_USUAL};
    options->bots = cJSON_CreateArray();
    options->chats = cJSON_CreateArray();
    struct why why = {0};
    /* Twice, so that the command line wins over the file wherever it stands. */
    for (int pass = 0; pass < 2; pass++) {
        optind = 1;
        for (int option; (option = getopt_long(argc, argv, "", all, NULL)) != -1;) {
            if (option == '?')
                return OPTIONS_EXIT_USAGE;
            if (option == OPTION_HELP) {
                fputs(usage, stdout);
                return OPTIONS_EXIT_OK;
            }
            if ((option == OPTION_CONFIG) != (pass == 0))
                continue;
            if (!option_apply(options, option, optarg, &why)) {
                fprintf(stderr, "telegram-sim: %s\n", why.text);
                return option == OPTION_CONFIG ? OPTIONS_EXIT_FAILED : OPTIONS_EXIT_USAGE;
            }
        }
        if (optind < argc) {
            fprintf(stderr, "telegram-sim: what is \"%s\"? See --help\n", argv[optind]);
            return OPTIONS_EXIT_USAGE;
        }
    }
    return OPTIONS_RUN;
}

void options_deinit(struct options *options)
{
    free(options->record_path);
    cJSON_Delete(options->bots);
    cJSON_Delete(options->chats);
    *options = (struct options){0};
}

static bool option_apply(struct options *options, int option, const char *value, struct why *why)
{
    switch (option) {
    case OPTION_CONFIG:
        return file_apply(options, value, why);
    case OPTION_BOT:
        return bot_apply(options, value, why);
    case OPTION_CHAT:
        return chat_apply(options, value, why);
    case OPTION_HOST:
        if (slice_copy(slice_from(value), options->host, sizeof(options->host)))
            return true;
        (void)why_set(why, ERROR_INVALID, "host is too long");
        return false;
    case OPTION_RECORD:
        free(options->record_path);
        options->record_path = memory_text(slice_from(value));
        return true;
    case OPTION_LIMITS:
        return mode_apply(options, slice_from(value), why);
    case OPTION_SCALE:
        return scale_apply(options, scale_parse(value), why);
    default:
        break;
    }
    long long number = 0;
    if (!slice_to_i64(slice_from(value), &number))
        number = -1;
    return number_apply(options, (size_t)(option - OPTION_NUMBER), number, why);
}

static bool file_apply(struct options *options, const char *path, struct why *why)
{
    bool good = false;
    cJSON *root = NULL;
    struct buf text;
    buf_init(&text, CONFIG_BYTES_MAX);
    FILE *file = fopen(path, "r");
    if (!file) {
        (void)why_set(why, ERROR_IO, "%s: %s", path, strerror(errno));
        goto done;
    }
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof(part), file)) > 0;)
        buf_append(&text, part, n);
    if (text.failed || ferror(file)) {
        (void)why_set(why, ERROR_IO, "%s: cannot be read, or is over 1 MiB", path);
        goto done;
    }
    struct why parse = {0};
    if (json_parse(buf_slice(&text), CONFIG_BYTES_MAX, CONFIG_DEPTH_MAX, &root, &parse)) {
        (void)why_set(why, ERROR_INVALID, "%s: %.400s", path, parse.text);
        goto done;
    }
    const cJSON *limits = json_member(root, "limits");
    if (!keys_known(root, path, file_keys, why) ||
        (limits && !keys_known(limits, path, limit_keys, why)) ||
        !settings_apply(options, root, why) || !list_apply(options->bots, root, "bots", why) ||
        !list_apply(options->chats, root, "chats", why))
        goto done;
    good = true;
done:
    if (file && fclose(file) != 0)
        good = false;
    json_free(&root);
    buf_deinit(&text);
    return good;
}

/* Everything in the file but the lists. */
static bool settings_apply(struct options *options, const cJSON *root, struct why *why)
{
    for (size_t i = 0; i < NUMBERS; i++) {
        const cJSON *item = json_pointer(root, numbers[i].pointer);
        int64_t value = -1;
        if (item && !json_i64(item, &value))
            value = -1;
        if (item && !number_apply(options, i, value, why))
            return false;
    }
    const cJSON *mode = json_pointer(root, "/limits/mode");
    const cJSON *scale = json_member(root, "time_scale");
    if ((mode && !mode_apply(options, json_string(mode), why)) ||
        (scale && !scale_apply(options, cJSON_IsNumber(scale) ? scale->valuedouble : 0, why)))
        return false;
    static const struct {
        const char *key;
        int option;
    } texts[] = {{"host", OPTION_HOST}, {"record", OPTION_RECORD}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        const cJSON *item = json_member(root, texts[i].key);
        if (item && !json_string(item).len) {
            (void)why_set(why, ERROR_INVALID, "%s is a string", texts[i].key);
            return false;
        }
        if (item && !option_apply(options, texts[i].option, json_string(item).data, why))
            return false;
    }
    return true;
}

static bool list_apply(cJSON *list, const cJSON *root, const char *key, struct why *why)
{
    const cJSON *given = json_member(root, key);
    if (given && !cJSON_IsArray(given)) {
        (void)why_set(why, ERROR_INVALID, "%s is an array", key);
        return false;
    }
    for (const cJSON *item = given ? given->child : NULL; item; item = item->next)
        append(list, cJSON_Duplicate(item, true));
    return true;
}

static bool number_apply(struct options *options, size_t row, int64_t value, struct why *why)
{
    if (value < numbers[row].least || value > numbers[row].most) {
        (void)why_set(why, ERROR_INVALID, "%s is a whole number from %lld to %lld",
                      numbers[row].option, (long long)numbers[row].least,
                      (long long)numbers[row].most);
        return false;
    }
    char *field = (char *)options + numbers[row].offset;
    uint16_t value16 = (uint16_t)value;
    uint32_t value32 = (uint32_t)value;
    uint64_t value64 = (uint64_t)value;
    const void *from = numbers[row].size == 2   ? (const void *)&value16
                       : numbers[row].size == 4 ? (const void *)&value32
                                                : (const void *)&value64;
    memcpy(field, from, numbers[row].size);
    return true;
}

static bool mode_apply(struct options *options, struct slice mode, struct why *why)
{
    options->limits.enforce = slice_is(mode, "enforce");
    if (options->limits.enforce || slice_is(mode, "observe"))
        return true;
    (void)why_set(why, ERROR_INVALID, "limits are enforce or observe");
    return false;
}

/* 0 when it is no number. */
static double scale_parse(const char *text)
{
    char *end = NULL;
    double scale = strtod(text, &end);
    return end != text && !*end ? scale : 0;
}

static bool scale_apply(struct options *options, double scale, struct why *why)
{
    options->time_scale = scale;
    if (scale >= 0.001 && scale <= 10000)
        return true;
    (void)why_set(why, ERROR_INVALID, "time-scale is a number from 0.001 to 10000");
    return false;
}

/* TOKEN[,NAME] */
static bool bot_apply(struct options *options, const char *value, struct why *why)
{
    char token[128];
    const char *comma = strchr(value, ',');
    if (!slice_copy(slice_of(value, comma ? (size_t)(comma - value) : strlen(value)), token,
                    sizeof(token))) {
        (void)why_set(why, ERROR_INVALID, "bot: the token is too long");
        return false;
    }
    cJSON *bot = cJSON_CreateObject();
    if (!cJSON_AddStringToObject(bot, "token", token) ||
        (comma && !cJSON_AddStringToObject(bot, "username", comma + 1))) {
        cJSON_Delete(bot);
        (void)why_set(why, ERROR_MEMORY, "out of memory");
        return false;
    }
    append(options->bots, bot);
    return true;
}

/* ID[,TYPE[,TITLE]] */
static bool chat_apply(struct options *options, const char *value, struct why *why)
{
    size_t id_len = strcspn(value, ",");
    const char *type = value[id_len] ? value + id_len + 1 : NULL;
    size_t type_len = type ? strcspn(type, ",") : 0;
    const char *title = type && type[type_len] ? type + type_len + 1 : NULL;
    char type_text[32] = "supergroup";
    long long id = 0;
    if (!slice_to_i64(slice_of(value, id_len), &id) || id <= -(1LL << 52) ||
        (type_len && !slice_copy(slice_of(type, type_len), type_text, sizeof(type_text)))) {
        (void)why_set(why, ERROR_INVALID, "chat is ID[,TYPE[,TITLE]]");
        return false;
    }
    cJSON *chat = cJSON_CreateObject();
    if (!cJSON_AddNumberToObject(chat, "id", (double)id) ||
        !cJSON_AddStringToObject(chat, "type", type_text) ||
        (title && !cJSON_AddStringToObject(chat, "title", title))) {
        cJSON_Delete(chat);
        (void)why_set(why, ERROR_MEMORY, "out of memory");
        return false;
    }
    append(options->chats, chat);
    return true;
}

static bool keys_known(const cJSON *object, const char *where, const char *const *keys,
                       struct why *why)
{
    if (!cJSON_IsObject(object)) {
        (void)why_set(why, ERROR_INVALID, "%s: not a JSON object", where);
        return false;
    }
    for (const cJSON *item = object->child; item; item = item->next) {
        size_t i = 0;
        while (keys[i] && strcmp(keys[i], item->string) != 0)
            i++;
        if (!keys[i]) {
            (void)why_set(why, ERROR_INVALID, "%s: unknown key %.60s", where, item->string);
            return false;
        }
    }
    return true;
}

static void append(cJSON *list, cJSON *item)
{
    if (!item || !cJSON_AddItemToArray(list, item)) {
        fputs("telegram-sim: out of memory\n", stderr);
        exit(1);
    }
}
