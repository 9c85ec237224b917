#include "text/letter.h"

#include "base/json.h"
#include "text/invoice.h"
#include "text/letter_text.h"
#include "text/notice.h"
#include "text/reply.h"

#include <inttypes.h>

enum { LINK_TTL_S_MIN = 60, NOTICE_TEXT_BYTES_MAX = 1 << 20, SAID_BYTES_MAX = 1 << 20 };

/* One delivery on its way into a call. */
struct rendering {
    const struct config *config;
    struct calendar *calendar;
    const struct message_work *work;
    int64_t chat_id; /* whom the limits count */
    const char *method;
    struct buf *params;
    struct why *why;
};

typedef enum error (*render_function)(struct rendering *rendering);

static enum error render_letter(struct rendering *rendering);
static enum error render_notice(struct rendering *rendering);
static enum error render_reply(struct rendering *rendering);
static enum error render_invoice(struct rendering *rendering);
static enum error render_user_of_chat(struct rendering *rendering);
static enum error render_create_link(struct rendering *rendering);
static enum error render_revoke_link(struct rendering *rendering);
static enum error append_text(struct rendering *rendering, const struct letter *letter);
static void append_buttons(struct rendering *rendering, const struct letter *letter);
static enum error need(struct rendering *rendering, bool present, const char *what);

/* A removal is unbanChatMember without only_if_banned: it takes a present member out in one call
 * and leaves them free to come back. */
static const struct {
    const char *method;
    render_function render;
} renderers[DELIVERY_COUNT] = {
    [DELIVERY_letter] = {"sendMessage", render_letter},
    [DELIVERY_notice] = {"sendMessage", render_notice},
    [DELIVERY_approve] = {"approveChatJoinRequest", render_user_of_chat},
    [DELIVERY_decline] = {"declineChatJoinRequest", render_user_of_chat},
    [DELIVERY_remove] = {"unbanChatMember", render_user_of_chat},
    [DELIVERY_create_link] = {"createChatInviteLink", render_create_link},
    [DELIVERY_revoke_link] = {"revokeChatInviteLink", render_revoke_link},
    [DELIVERY_reply] = {NULL, render_reply},
    [DELIVERY_answer] = {NULL, render_reply},
    [DELIVERY_staff] = {NULL, render_reply},
    [DELIVERY_topic] = {NULL, render_reply},
    [DELIVERY_post] = {NULL, render_reply},
    [DELIVERY_mail] = {NULL, render_reply},
    [DELIVERY_invoice] = {NULL, render_invoice},
    [DELIVERY_pre_checkout] = {NULL, render_invoice},
    [DELIVERY_star_refund] = {NULL, render_invoice},
    [DELIVERY_invoice_link] = {NULL, render_invoice},
    [DELIVERY_star_edit] = {NULL, render_invoice},
    [DELIVERY_star_list] = {NULL, render_invoice},
};

enum error letter_render(say_fn *speaker, const struct config *config, struct calendar *calendar,
                         const struct message_work *work, const char **method, int64_t *chat_id,
                         struct buf *params, struct why *why)
{
    if (work->kind >= DELIVERY_COUNT || renderers[work->kind].render == NULL)
        return why_set(why, ERROR_INVALID, "a delivery of unknown kind %" PRIu64, work->kind);
    struct message_work said = *work;
    struct rendering rendering = {config, calendar, &said, 0, renderers[work->kind].method,
                                  params, why};
    struct buf before = *params;
    struct buf parts;
    buf_init(&parts, SAID_BYTES_MAX);
    enum error error = say_parts(speaker, config, calendar, work, &parts, why);
    said.parts = buf_slice(&parts);
    if (error == ERROR_NONE)
        error = renderers[work->kind].render(&rendering);
    buf_deinit(&parts);
    if (error == ERROR_NONE && params->starved)
        error = why_set(why, ERROR_MEMORY, "out of memory");
    else if (error == ERROR_NONE && params->failed)
        error = why_set(why, ERROR_TOO_LARGE, "the call does not fit into %zu bytes", params->max);
    if (error != ERROR_NONE) {
        params->len = before.len;
        params->failed = before.failed;
        params->starved = before.starved;
        return error;
    }
    *method = rendering.method;
    *chat_id = rendering.chat_id;
    return ERROR_NONE;
}

static enum error render_letter(struct rendering *rendering)
{
    const struct message_work *work = rendering->work;
    enum error error = need(rendering, work->telegram_id > 0, "member");
    if (error != ERROR_NONE)
        return error;
    struct letter letter;
    error = letter_read(&letter, rendering->config, rendering->calendar, work, rendering->why);
    if (error != ERROR_NONE)
        return error;
    rendering->chat_id = work->telegram_id;
    buf_printf(rendering->params, "{\"chat_id\":%" PRId64 ",\"text\":", work->telegram_id);
    error = append_text(rendering, &letter);
    append_buttons(rendering, &letter);
    buf_append_text(rendering->params, ",\"link_preview_options\":{\"is_disabled\":true}}");
    return error;
}

static enum error render_notice(struct rendering *rendering)
{
    const struct message_work *work = rendering->work;
    struct message part;
    enum error error = need(rendering, work->telegram_id > 0, "member");
    if (error != ERROR_NONE)
        return error;
    struct slice rest = work->parts;
    error = wire_decode(&rest, &part, NULL);
    if (error == ERROR_NONE && part.kind == MESSAGE_part_text)
        return render_reply(rendering);
    if (error != ERROR_NONE || part.kind != MESSAGE_part_notice || rest.len > 0)
        return why_set(rendering->why, ERROR_INVALID, "the notice has no text");
    struct buf text;
    buf_init(&text, NOTICE_TEXT_BYTES_MAX);
    notice_write(rendering->config, work, &part.part_notice, &text);
    rendering->chat_id = work->telegram_id;
    buf_printf(rendering->params, "{\"chat_id\":%" PRId64 ",\"text\":", work->telegram_id);
    json_append_string(rendering->params, buf_slice(&text));
    buf_append_text(rendering->params, ",\"link_preview_options\":{\"is_disabled\":true}}");
    bool failed = text.failed;
    buf_deinit(&text);
    return failed ? why_set(rendering->why, ERROR_MEMORY, "out of memory") : ERROR_NONE;
}

static enum error render_reply(struct rendering *rendering)
{
    return reply_render(rendering->config, rendering->work, &rendering->method, &rendering->chat_id,
                        rendering->params, rendering->why);
}

static enum error render_invoice(struct rendering *rendering)
{
    return invoice_render(rendering->work, &rendering->method, &rendering->chat_id,
                          rendering->params, rendering->why);
}

static enum error render_user_of_chat(struct rendering *rendering)
{
    const struct message_work *work = rendering->work;
    enum error error = need(rendering, work->chat_id != 0, "group's chat");
    if (error == ERROR_NONE)
        error = need(rendering, work->telegram_id > 0, "member");
    if (error == ERROR_NONE)
        buf_printf(rendering->params, "{\"chat_id\":%" PRId64 ",\"user_id\":%" PRId64 "}",
                   work->chat_id, work->telegram_id);
    return error;
}

static enum error render_create_link(struct rendering *rendering)
{
    const struct message_work *work = rendering->work;
    enum error error = need(rendering, work->chat_id != 0, "group's chat");
    if (error != ERROR_NONE)
        return error;
    if (work->telegram_id == 0) {
        buf_printf(rendering->params,
                   "{\"chat_id\":%" PRId64 ",\"name\":\"usher\",\"creates_join_request\":true}",
                   work->chat_id);
        return ERROR_NONE;
    }
    const struct config_group *group = config_group_find(rendering->config, work->group);
    error = need(rendering, group != NULL, "configured group");
    if (error != ERROR_NONE)
        return error;
    /* Counted from the end of the lease: whenever the call goes out, the link lives at least its
     * time. */
    uint64_t ttl_s = group->link_ttl_ms / 1000;
    uint64_t expire_s =
        work->lease_until_ms / 1000 + (ttl_s < LINK_TTL_S_MIN ? LINK_TTL_S_MIN : ttl_s);
    buf_printf(rendering->params,
               "{\"chat_id\":%" PRId64 ",\"name\":\"usher %" PRId64
               "\",\"member_limit\":1,\"expire_date\":%" PRIu64 "}",
               work->chat_id, work->telegram_id, expire_s);
    return ERROR_NONE;
}

static enum error render_revoke_link(struct rendering *rendering)
{
    const struct message_work *work = rendering->work;
    enum error error = need(rendering, work->chat_id != 0, "group's chat");
    if (error == ERROR_NONE)
        error = need(rendering, work->link.len > 0, "link");
    if (error != ERROR_NONE)
        return error;
    buf_printf(rendering->params, "{\"chat_id\":%" PRId64 ",\"invite_link\":", work->chat_id);
    json_append_string(rendering->params, work->link);
    buf_append_text(rendering->params, "}");
    return ERROR_NONE;
}

static enum error append_text(struct rendering *rendering, const struct letter *letter)
{
    struct buf text;
    buf_init(&text, 4 * LETTER_UNITS_MAX);
    letter_write(letter, &text);
    bool failed = text.failed;
    json_append_string(rendering->params, buf_slice(&text));
    buf_deinit(&text);
    return failed ? why_set(rendering->why, ERROR_MEMORY, "out of memory") : ERROR_NONE;
}

/* One button a row, so that long titles stay readable on a phone. */
static void append_buttons(struct rendering *rendering, const struct letter *letter)
{
    if (letter->button_count == 0 && letter->key_count == 0)
        return;
    struct buf label;
    buf_init(&label, 8 * LETTER_BUTTON_UNITS_MAX);
    buf_append_text(rendering->params, ",\"reply_markup\":{\"inline_keyboard\":[");
    for (size_t i = 0; i < letter->button_count; i++) {
        buf_clear(&label);
        letter_button_label(letter, &letter->buttons[i], &label);
        buf_append_text(rendering->params, i > 0 ? ",[{\"text\":" : "[{\"text\":");
        json_append_string(rendering->params, buf_slice(&label));
        buf_append_text(rendering->params, ",\"url\":");
        json_append_string(rendering->params, letter->buttons[i].link);
        buf_append_text(rendering->params, "}]");
        if (label.failed) {
            rendering->params->failed = true;
            rendering->params->starved = label.starved;
        }
    }
    for (size_t i = 0; i < letter->key_count; i++) {
        bool first = i == 0 && letter->button_count == 0;
        bool beside = i > 0 && letter->keys[i].beside != 0;
        buf_append_text(rendering->params, first ? "[" : beside ? "," : ",[");
        reply_key(rendering->params, &letter->keys[i]);
        if (i + 1 == letter->key_count || letter->keys[i + 1].beside == 0)
            buf_append_text(rendering->params, "]");
    }
    buf_append_text(rendering->params, "]}");
    buf_deinit(&label);
}

static enum error need(struct rendering *rendering, bool present, const char *what)
{
    if (present)
        return ERROR_NONE;
    return why_set(rendering->why, ERROR_INVALID, "the delivery names no %s", what);
}
