#include "text/reply.h"

#include "base/json.h"
#include "base/mailbox.h"
#include "base/utf8.h"

#include <inttypes.h>

enum { TEXT_BYTES_MAX = 65536 };

/* What of the parts is for this reader. */
struct said {
    struct slice parts;
    uint64_t language;    /* as in the parts; 0: only what is for all */
    struct slice subject; /* of a mail: its first text */
    struct buf text;
    bool alert;
};

static enum error say(const struct message_work *work, const struct said *said, const char **method,
                      struct buf *params, struct why *why);
static enum error answer(const struct message_work *work, const struct said *said,
                         struct buf *params, struct why *why);
static enum error topic(const struct message_work *work, const struct said *said,
                        struct buf *params, struct why *why);
static enum error mail(const struct message_work *work, const struct said *said, struct buf *params,
                       struct why *why);
static enum error read_parts(const struct config *config, const struct message_work *work,
                             struct said *said, struct why *why);
static uint64_t pick_language(const struct config *config, const struct message_work *work);
static bool next_part(struct slice *parts, uint64_t language, struct message *part);
static void append_keys(const struct said *said, struct buf *params);
static void append_cut(struct buf *params, struct slice text, size_t units);

enum error reply_render(const struct config *config, const struct message_work *work,
                        const char **method, int64_t *chat_id, struct buf *params, struct why *why)
{
    struct said said = {.parts = work->parts};
    buf_init(&said.text, TEXT_BYTES_MAX);
    enum error error = read_parts(config, work, &said, why);
    *chat_id = 0;
    if (error != ERROR_NONE) {
        buf_deinit(&said.text);
        return error;
    }
    if (work->kind == DELIVERY_answer) {
        *method = "answerCallbackQuery";
        error = answer(work, &said, params, why);
    } else if (work->kind == DELIVERY_topic) {
        *method = "createForumTopic";
        error = topic(work, &said, params, why);
    } else if (work->kind == DELIVERY_post) {
        *method = "POST";
        buf_append_slice(params, buf_slice(&said.text));
        if (said.text.len == 0)
            error = why_set(why, ERROR_INVALID, "it has no body");
    } else if (work->kind == DELIVERY_mail) {
        *method = "mail";
        error = mail(work, &said, params, why);
    } else {
        *chat_id = work->chat_id;
        error = say(work, &said, method, params, why);
    }
    buf_deinit(&said.text);
    return error;
}

static enum error say(const struct message_work *work, const struct said *said, const char **method,
                      struct buf *params, struct why *why)
{
    if (work->chat_id == 0)
        return why_set(why, ERROR_INVALID, "it names no chat");
    if (said->text.len == 0)
        return why_set(why, ERROR_INVALID, "it has no text");
    buf_printf(params, "{\"chat_id\":%" PRId64, work->chat_id);
    if (work->message_id != 0)
        buf_printf(params, ",\"message_id\":%" PRId64, work->message_id);
    else if (work->thread_id != 0)
        buf_printf(params, ",\"message_thread_id\":%" PRId64, work->thread_id);
    *method = work->message_id != 0 ? "editMessageText" : "sendMessage";
    buf_append_text(params, ",\"text\":");
    append_cut(params, buf_slice(&said->text), REPLY_UNITS_MAX);
    append_keys(said, params);
    buf_append_text(params, ",\"link_preview_options\":{\"is_disabled\":true}}");
    return ERROR_NONE;
}

static enum error answer(const struct message_work *work, const struct said *said,
                         struct buf *params, struct why *why)
{
    if (work->link.len == 0)
        return why_set(why, ERROR_INVALID, "it answers nothing");
    buf_append_text(params, "{\"callback_query_id\":");
    json_append_string(params, work->link);
    if (said->text.len > 0) {
        buf_append_text(params, ",\"text\":");
        append_cut(params, buf_slice(&said->text), REPLY_ANSWER_UNITS_MAX);
    }
    buf_append_text(params, said->alert ? ",\"show_alert\":true}" : "}");
    return ERROR_NONE;
}

static enum error topic(const struct message_work *work, const struct said *said,
                        struct buf *params, struct why *why)
{
    if (work->chat_id == 0)
        return why_set(why, ERROR_INVALID, "it names no chat");
    if (said->text.len == 0)
        return why_set(why, ERROR_INVALID, "the topic has no name");
    buf_printf(params, "{\"chat_id\":%" PRId64 ",\"name\":", work->chat_id);
    append_cut(params, buf_slice(&said->text), REPLY_TOPIC_UNITS_MAX);
    buf_append_text(params, "}");
    return ERROR_NONE;
}

/* Nothing goes out that could be read as another header (base/mailbox.h). */
static enum error mail(const struct message_work *work, const struct said *said, struct buf *params,
                       struct why *why)
{
    if (!mailbox_is_address(work->link))
        return why_set(why, ERROR_INVALID, "it is to no e-mail address");
    if (said->subject.len == 0 || said->subject.len > REPLY_SUBJECT_BYTES_MAX ||
        !mailbox_is_line(said->subject))
        return why_set(why, ERROR_INVALID, "its subject is not one line of at most %d bytes",
                       REPLY_SUBJECT_BYTES_MAX);
    if (said->text.len == 0 || said->text.len > REPLY_MAIL_BYTES_MAX ||
        memchr(said->text.data, '\0', said->text.len) != NULL)
        return why_set(why, ERROR_INVALID, "its text is not 1 to %d bytes", REPLY_MAIL_BYTES_MAX);
    buf_append_text(params, "{\"to\":");
    json_append_string(params, work->link);
    buf_append_text(params, ",\"subject\":");
    json_append_string(params, said->subject);
    buf_append_text(params, ",\"text\":");
    json_append_string(params, buf_slice(&said->text));
    buf_append_text(params, "}");
    return ERROR_NONE;
}

/* The texts one below the other. */
static enum error read_parts(const struct config *config, const struct message_work *work,
                             struct said *said, struct why *why)
{
    struct message part;
    for (struct slice rest = said->parts; rest.len > 0;) {
        if (wire_decode(&rest, &part, NULL) != ERROR_NONE ||
            (part.kind != MESSAGE_part_text && part.kind != MESSAGE_part_key))
            return why_set(why, ERROR_INVALID, "its parts cannot be read");
    }
    said->language = pick_language(config, work);
    for (struct slice rest = said->parts; next_part(&rest, said->language, &part);) {
        if (part.kind != MESSAGE_part_text)
            continue;
        if (work->kind == DELIVERY_mail && said->subject.data == NULL) {
            said->subject = part.part_text.text;
            continue;
        }
        if (said->text.len > 0)
            buf_append_text(&said->text, "\n\n");
        buf_append_slice(&said->text, part.part_text.text);
        said->alert = said->alert || part.part_text.alert != 0;
    }
    if (said->text.failed)
        return why_set(why, said->text.starved ? ERROR_MEMORY : ERROR_TOO_LARGE,
                       "its text does not fit into %d bytes", TEXT_BYTES_MAX);
    return ERROR_NONE;
}

/* The reader's if a text is in it, else the community's, else that of the first text. */
static uint64_t pick_language(const struct config *config, const struct message_work *work)
{
    struct message part;
    bool wanted = false, common = false;
    uint64_t first = 0;
    for (struct slice rest = work->parts; wire_decode(&rest, &part, NULL) == ERROR_NONE;) {
        if (part.kind != MESSAGE_part_text || part.part_text.language == 0)
            continue;
        wanted = wanted || part.part_text.language == 1 + work->language;
        common = common || part.part_text.language == part_language(config->language);
        first = first != 0 ? first : part.part_text.language;
    }
    if (wanted)
        return 1 + work->language;
    return common ? part_language(config->language) : first;
}

/* The next part in this language or for all. */
static bool next_part(struct slice *parts, uint64_t language, struct message *part)
{
    while (wire_decode(parts, part, NULL) == ERROR_NONE) {
        uint64_t in =
            part->kind == MESSAGE_part_text ? part->part_text.language : part->part_key.language;
        if (in == 0 || in == language)
            return true;
    }
    return false;
}

static void append_keys(const struct said *said, struct buf *params)
{
    struct message part;
    size_t count = 0;
    for (struct slice rest = said->parts; next_part(&rest, said->language, &part);) {
        if (part.kind != MESSAGE_part_key || count == REPLY_KEYS_MAX)
            continue;
        bool beside = part.part_key.beside != 0 && count > 0;
        buf_append_text(params, count == 0 ? ",\"reply_markup\":{\"inline_keyboard\":[["
                                : beside   ? ","
                                           : "],[");
        reply_key(params, &part.part_key);
        count++;
    }
    if (count > 0)
        buf_append_text(params, "]]}");
}

void reply_key(struct buf *params, const struct message_part_key *key)
{
    buf_append_text(params, "{\"text\":");
    json_append_string(params, key->text);
    buf_append_text(params, key->url.len > 0 ? ",\"url\":" : ",\"callback_data\":");
    json_append_string(params, key->url.len > 0 ? key->url : key->data);
    buf_append_text(params, "}");
}

static void append_cut(struct buf *params, struct slice text, size_t units)
{
    json_append_string(params, utf8_cut_utf16(text, units));
}
