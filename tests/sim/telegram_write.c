/* Updates as the Bot API writes them. */
#include "tests/sim/telegram_state.h"

#include <inttypes.h>

static void write_person(const struct update *update, struct buf *out)
{
    static const char *const languages[] = {"en", "zh-hans", "zh-TW", "de"};
    buf_printf(out,
               "{\"id\":%" PRId64 ",\"is_bot\":false,\"first_name\":\"U%" PRIu64
               "\",\"language_code\":\"%s\"}",
               telegram_user_id(update->user), update->user, languages[update->user % 4]);
}

static void write_link(const struct update *update, struct buf *out)
{
    if (update->by_link)
        buf_printf(out, ",\"invite_link\":{\"invite_link\":\"https://t.me/+%" PRIu64 "\"}",
                   update->link);
}

static void write_chat(const struct update *update, bool group, struct buf *out)
{
    buf_printf(out, "\"date\":%" PRIu64 ",\"chat\":{\"id\":%" PRId64 ",\"type\":\"%s\"}",
               update->date_s, group ? update->chat_id : telegram_user_id(update->user),
               !group                                  ? "private"
               : update->chat_id > SUPERGROUP_ID_FIRST ? "group"
                                                       : "supergroup");
}

static void write_message(const struct update *update, struct buf *out)
{
    buf_append_text(out, "\"message\":{\"message_id\":1,");
    if (update->kind == UPDATE_STAFF)
        buf_printf(out, "\"message_thread_id\":%" PRIu64 ",", update->thread);
    write_chat(update, update->kind != UPDATE_MESSAGE, out);
    buf_printf(out, ",\"text\":\"%s\",\"from\":", update->text);
    write_person(update, out);
    if (update->kind == UPDATE_MOVED)
        buf_printf(out, ",\"migrate_to_chat_id\":%" PRId64,
                   SUPERGROUP_ID_FIRST - (int64_t)update->group);
    if (update->kind == UPDATE_MOVED_HERE)
        buf_printf(out, ",\"migrate_from_chat_id\":%" PRId64,
                   GROUP_ID_FIRST - (int64_t)update->group);
}

static void write_press(const struct update *update, struct buf *out)
{
    buf_printf(out,
               "\"callback_query\":{\"id\":\"q%" PRIu64
               "\",\"chat_instance\":\"1\",\"data\":\"%s\",\"message\":{\"message_id\":1,",
               update->press, update->text);
    write_chat(update, false, out);
    buf_append_text(out, "},\"from\":");
    write_person(update, out);
}

static void write_knock(const struct update *update, struct buf *out)
{
    buf_append_text(out, "\"chat_join_request\":{");
    write_chat(update, true, out);
    buf_append_text(out, ",\"user_chat_id\":1,\"from\":");
    write_person(update, out);
    write_link(update, out);
}

static void write_place(const struct update *update, struct buf *out)
{
    buf_append_text(out, "\"chat_member\":{");
    write_chat(update, true, out);
    buf_printf(out, ",\"new_chat_member\":{\"status\":\"%s\",\"is_member\":true,\"user\":",
               update->status);
    write_person(update, out);
    buf_append_text(out, "},\"from\":");
    write_person(update, out);
    write_link(update, out);
}

static void write_block(const struct update *update, struct buf *out)
{
    buf_append_text(out, "\"my_chat_member\":{");
    write_chat(update, false, out);
    buf_printf(out, ",\"new_chat_member\":{\"status\":\"%s\"},\"from\":",
               update->in ? "kicked" : "member");
    write_person(update, out);
}

void feed_write(const struct update *update, uint64_t id, struct buf *out)
{
    static void (*const writers[])(const struct update *update, struct buf *out) = {
        [UPDATE_MESSAGE] = write_message, [UPDATE_KNOCK] = write_knock,
        [UPDATE_PLACE] = write_place,     [UPDATE_BLOCK] = write_block,
        [UPDATE_MOVED] = write_message,   [UPDATE_MOVED_HERE] = write_message,
        [UPDATE_NOISE] = write_message,   [UPDATE_CALL] = write_message,
        [UPDATE_STAFF] = write_message,   [UPDATE_PRESS] = write_press,
    };
    buf_printf(out, "{\"update_id\":%" PRIu64 ",", id);
    writers[update->kind](update, out);
    buf_append_text(out, "}}");
}
