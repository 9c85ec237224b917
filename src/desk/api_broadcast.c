/* The resource broadcasts of the operators' API. */
#include "desk/api_call.h"
#include "text/notice.h"

#include <stdio.h>

enum { ID_BYTES_MAX = 64, TEXTS_BYTES_MAX = 40960, DETAIL_BYTES_MAX = 400 }; /* messages.def */

static bool take_id(struct api_call *call, char id[ID_BYTES_MAX + 1]);
static bool id_valid(struct slice id);
static bool take_texts(struct api_call *call, const struct config_plan *plan, struct buf *rows);
static bool take_text(struct api_call *call, const char *name, enum language language,
                      const struct config_plan *plan, const cJSON *text, struct buf *rows);

void api_get_broadcasts(struct api_call *call)
{
    uint64_t limit;
    if (api_query_limit(call, &limit))
        api_ask(call, QUERY_BROADCASTS, 0, "", limit);
}

void api_get_broadcast(struct api_call *call)
{
    api_ask(call, QUERY_BROADCAST, 0, call->args[0], 0);
}

/* {"text":"Hello, {{name}}!","language":"en","translations":{"zh-Hans":"..."},"plan":"core",
 * "idempotency_key":"spring-sale"}: who reads a language without a translation gets the text. The
 * key becomes the broadcast's id, so what is asked for twice is one broadcast. */
void api_post_broadcast(struct api_call *call)
{
    const struct config_plan *plan = NULL;
    char id[ID_BYTES_MAX + 1];
    struct buf rows;

    if (!take_id(call, id) ||
        (json_member(call->body, "plan") != NULL && (plan = api_body_plan(call)) == NULL))
        return;
    buf_init(&rows, TEXTS_BYTES_MAX);
    if (take_texts(call, plan, &rows)) {
        struct message message = {
            .kind = MESSAGE_cmd_broadcast,
            .cmd_broadcast = {.broadcast_id = slice_from(id),
                              .plan = slice_from(plan == NULL ? "" : plan->name),
                              .texts = buf_slice(&rows)}};
        buf_printf(&call->judgement->body, "{\"broadcast_id\":\"%s\"}", id);
        call->judgement->content_type = "application/json";
        api_act(call, &message, "broadcast");
    }
    buf_deinit(&rows);
}

void api_delete_broadcast(struct api_call *call)
{
    struct slice id = slice_from(call->args[0]);
    if (!id_valid(id)) {
        api_refuse(call, 404, "no such broadcast");
        return;
    }
    struct message message = {.kind = MESSAGE_cmd_broadcast_cancel,
                              .cmd_broadcast_cancel = {.broadcast_id = id}};
    api_act(call, &message, "broadcast_cancel");
}

static bool take_id(struct api_call *call, char id[ID_BYTES_MAX + 1])
{
    const cJSON *key = json_member(call->body, "idempotency_key");
    if (key == NULL) {
        api_make_id("bc_", id);
        return true;
    }
    if (id_valid(json_string(key)) && slice_copy(json_string(key), id, ID_BYTES_MAX + 1))
        return true;
    api_refuse(call, 400,
               "idempotency_key must be 1 to 64 letters, digits, dots, dashes or underscores");
    return false;
}

static bool id_valid(struct slice id)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = 0;
    while (n < id.len && memchr(allowed, id.data[n], sizeof(allowed) - 1) != NULL)
        n++;
    return n == id.len && n > 0 && n <= ID_BYTES_MAX;
}

/* The text first, then its translations in the order of the languages: the same request always
 * makes the same rows. */
static bool take_texts(struct api_call *call, const struct config_plan *plan, struct buf *rows)
{
    const cJSON *tag = json_member(call->body, "language");
    const cJSON *translations = json_member(call->body, "translations");
    enum language main = call->config->language;
    char name[64];

    if (tag != NULL && !language_parse(json_string(tag), &main)) {
        api_refuse(call, 400, "language must be en, zh-Hans or zh-Hant");
        return false;
    }
    if (!take_text(call, "text", main, plan, json_member(call->body, "text"), rows))
        return false;
    if (translations != NULL && !cJSON_IsObject(translations)) {
        api_refuse(call, 400, "translations must be an object of texts by language");
        return false;
    }
    int left = translations == NULL ? 0 : cJSON_GetArraySize(translations);
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        const char *language = language_tag((enum language)i);
        const cJSON *text = json_member(translations, language);
        if (text == NULL || (enum language)i == main)
            continue;
        snprintf(name, sizeof(name), "translations.%s", language);
        if (!take_text(call, name, (enum language)i, plan, text, rows))
            return false;
        left--;
    }
    if (left == 0)
        return true;
    api_refuse(call, 400,
               "translations may hold en, zh-Hans and zh-Hant, but not the language of the text");
    return false;
}

static bool take_text(struct api_call *call, const char *name, enum language language,
                      const struct config_plan *plan, const cJSON *text, struct buf *rows)
{
    struct why why = {""};
    char detail[DETAIL_BYTES_MAX];
    struct slice value = json_string(text);

    if (value.data == NULL) {
        snprintf(detail, sizeof(detail), "%s must be a string", name);
        api_refuse(call, 400, detail);
        return false;
    }
    enum error error = notice_check(call->config, value, plan, &why);
    if (error != ERROR_NONE) {
        snprintf(detail, sizeof(detail), "%s: %s%s", name, why.text,
                 plan == NULL && strstr(why.text, "placeholder") != NULL
                     ? "; {{plan}} too when the broadcast is for one plan"
                     : "");
        api_refuse(call, error == ERROR_MEMORY ? 503 : 400, detail);
        return false;
    }
    struct message row = {.kind = MESSAGE_broadcast_text,
                          .broadcast_text = {.language = (uint64_t)language, .text = value}};
    wire_encode(rows, &row);
    if (!rows->failed)
        return true;
    api_refuse(call, rows->starved ? 503 : 400, "the texts are too long");
    return false;
}
