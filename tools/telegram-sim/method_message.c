/* Sending messages, and answers to callback queries. Texts of errors: Client.cpp and td's
 * MessagesManager. */
#include "methods.h"

#include "memory.h"
#include "send.h"
#include "sim.h"

#include "base/json.h"
#include "base/utf8.h"

enum {
    CALLBACK_TEXT_CHARS_MAX = 200,
    CALLBACK_MS_MAX = 15000, /* how long the user's application waits */
    FILE_ID_CHARS_MIN = 8,
    POLL_QUESTION_CHARS_MAX = 300,
    POLL_OPTION_CHARS_MAX = 100,
    POLL_OPTIONS_MAX = 12,
    POLL_JSON_BYTES_MAX = 1 << 16
};

static void send_file(struct call *call, const char *name);
static bool poll_fits(struct call *call, const cJSON *options);
static char *poll_text(struct call *call, const cJSON *options);

void method_send_message(struct call *call)
{
    struct message draft = {0};
    if (send_prepare(call, "text", TEXT_CHARS_MAX, &draft))
        send_answer(call, send_message(call, draft));
}

void method_send_document(struct call *call)
{
    send_file(call, "document");
}

void method_send_photo(struct call *call)
{
    send_file(call, "photo");
}

void method_send_poll(struct call *call)
{
    struct message draft = {0};
    const cJSON *options = params_json(&call->params, "options");
    if (!poll_fits(call, options) || !send_prepare(call, NULL, 0, &draft))
        return;
    draft.extra = poll_text(call, options);
    send_answer(call, send_message(call, draft));
}

void method_answer_callback_query(struct call *call)
{
    long long id = 0;
    struct slice text = params_text(&call->params, "text");
    struct callback *callback = NULL;
    if (slice_to_i64(params_text(&call->params, "callback_query_id"), &id))
        callback = map_get(&call->bot->callbacks, (uint64_t)id);
    if (!callback || callback->answered || callback->at_ms + CALLBACK_MS_MAX < call->sim->now_ms) {
        call_fail(call, 400,
                  "Bad Request: query is too old and response timeout expired or query ID is "
                  "invalid");
        return;
    }
    if (utf8_utf16_length(text) > CALLBACK_TEXT_CHARS_MAX) {
        call_fail(call, 400, "Bad Request: MESSAGE_TOO_LONG");
        return;
    }
    callback->answered = true;
    callback->show_alert = params_flag(&call->params, "show_alert");
    callback->text = memory_text(text);
    callback->url = memory_text(params_text(&call->params, "url"));
    call_true(call);
}

/* By URL or file_id. */
static void send_file(struct call *call, const char *name)
{
    struct message draft = {.photo = strcmp(name, "photo") == 0};
    struct slice file = params_text(&call->params, name);
    bool url = file.len > 8 &&
               (memcmp(file.data, "http://", 7) == 0 || memcmp(file.data, "https://", 8) == 0);
    if (!url && file.len < FILE_ID_CHARS_MIN) {
        call_fail(call, 400,
                  "Bad Request: wrong remote file identifier specified: Wrong string length");
        return;
    }
    if (!send_prepare(call, "caption", CAPTION_CHARS_MAX, &draft))
        return;
    draft.document = memory_text(file);
    send_answer(call, send_message(call, draft));
}

static bool poll_fits(struct call *call, const cJSON *options)
{
    size_t question = utf8_utf16_length(params_text(&call->params, "question"));
    size_t count = 0;
    for (const cJSON *option = options->child; option; option = option->next, count++) {
        size_t len = utf8_utf16_length(json_string(json_member(option, "text")));
        if (!len || len > POLL_OPTION_CHARS_MAX) {
            call_fail(call, 400, "Bad Request: poll options %s",
                      len ? "length must not exceed 100" : "must be non-empty");
            return false;
        }
    }
    if (question > POLL_QUESTION_CHARS_MAX)
        call_fail(call, 400, "Bad Request: poll question length must not exceed 300");
    else if (!count)
        call_fail(call, 400, "Bad Request: poll must have at least 1 option");
    else if (count > POLL_OPTIONS_MAX)
        call_fail(call, 400, "Bad Request: poll can't have more than 12 options");
    return !call->done;
}

static char *poll_text(struct call *call, const cJSON *options)
{
    bool anonymous =
        !params_find(&call->params, "is_anonymous") || params_flag(&call->params, "is_anonymous");
    struct slice type = params_text(&call->params, "type");
    struct buf json;
    buf_init(&json, POLL_JSON_BYTES_MAX);
    buf_printf(&json,
               ",\"poll\":{\"id\":\"%lld\",\"question\":", (long long)call->sim->world.next_poll++);
    json_append_string(&json, params_text(&call->params, "question"));
    buf_append_text(&json, ",\"options\":[");
    int nth = 0;
    for (const cJSON *option = options->child; option; option = option->next, nth++) {
        buf_printf(&json, "%s{\"persistent_id\":\"%d\",\"text\":", nth ? "," : "", nth);
        json_append_string(&json, json_string(json_member(option, "text")));
        buf_append_text(&json, ",\"voter_count\":0}");
    }
    buf_printf(&json,
               "],\"total_voter_count\":0,\"is_closed\":%s,\"is_anonymous\":%s,\"type\":\"%s\","
               "\"allows_multiple_answers\":%s,\"allows_revoting\":true,\"members_only\":false}",
               params_flag(&call->params, "is_closed") ? "true" : "false",
               anonymous ? "true" : "false", slice_is(type, "quiz") ? "quiz" : "regular",
               params_flag(&call->params, "allows_multiple_answers") ? "true" : "false");
    char *text = memory_text(buf_slice(&json));
    buf_deinit(&json);
    return text;
}
