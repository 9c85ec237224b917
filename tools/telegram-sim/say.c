#include "say.h"

#include "forum.h"
#include "memory.h"
#include "notify.h"
#include "sim.h"

#include <stdlib.h>

static const char *say_problem(const struct chat *chat, const struct member *member,
                               const struct saying *saying, int64_t thread_id);
static struct message say_message(const struct sim *sim, struct user *user,
                                  const struct saying *saying);

struct message *say_private(struct sim *sim, struct user *user, struct bot *bot,
                            const struct saying *saying)
{
    user->started |= (uint16_t)(1U << bot->index);
    struct message message = say_message(sim, user, saying);
    message.id = bot->next_message_id++;
    message.chat_id = user->id;
    message.bot = bot->index;
    struct message *made = world_message_add(&sim->world, &user->room, message);
    notify_message(sim, made, false);
    return made;
}

struct message *say_group(struct sim *sim, struct user *user, struct chat *chat,
                          const struct saying *saying, const char **problem)
{
    struct member *member = chat_member(chat, user->id);
    const struct message *to = saying->reply_to ? chat_message(chat, saying->reply_to) : NULL;
    int64_t thread_id = !saying->thread_id && to ? to->thread_id : saying->thread_id;
    member_settle(member, sim->now_ms);
    *problem = saying->reply_to && (!to || to->deleted)
                   ? "there is no such message to reply to"
                   : say_problem(chat, member, saying, thread_id);
    if (*problem)
        return NULL;
    struct message message = say_message(sim, user, saying);
    message.id = chat->next_message_id++;
    message.chat_id = chat->id;
    message.bot = BOTS_MAX;
    message.thread_id = thread_id == TOPIC_GENERAL ? 0 : thread_id;
    message.sender_chat = saying->sender_chat;
    message.anonymous = member->anonymous && !saying->sender_chat;
    struct message *made = world_message_add(&sim->world, &chat->room, message);
    notify_message(sim, made, false);
    return made;
}

void say_edit(struct sim *sim, struct message *message, struct slice text)
{
    free(message->text);
    message->text = memory_text(text);
    message->edited_ms = sim->now_ms;
    message->edits++;
    notify_message(sim, message, true);
}

/* NULL: the member may write there. */
static const char *say_problem(const struct chat *chat, const struct member *member,
                               const struct saying *saying, int64_t thread_id)
{
    if (chat->type == CHAT_CHANNEL || chat->migrated_to)
        return "people write in groups and supergroups";
    if (!member_is_in(member))
        return "the user is not in the chat";
    if (member->status == MEMBER_RESTRICTED &&
        !(member->permissions & (1U << PERMISSION_can_send_messages)))
        return "the user is restricted";
    if (saying->sender_chat && map_get(&chat->banned_senders, (uint64_t)saying->sender_chat))
        return "the sender chat is banned";
    if (!thread_id || thread_id == TOPIC_GENERAL)
        return NULL;
    const struct topic *topic = chat_topic(chat, thread_id);
    bool administrator = member->status == MEMBER_CREATOR || member->status == MEMBER_ADMINISTRATOR;
    if (!topic)
        return "there is no such topic";
    return topic->closed && !administrator ? "the topic is closed" : NULL;
}

static struct message say_message(const struct sim *sim, struct user *user,
                                  const struct saying *saying)
{
    return (struct message){
        .from_user = true,
        .sender = user,
        .reply_to = saying->reply_to,
        .at_ms = sim->now_ms,
        .text = memory_text(saying->text),
        .document = saying->document.len ? memory_text(saying->document) : NULL,
        .photo = saying->photo,
        .service = saying->extra,
        .extra = saying->extra ? memory_text(slice_from(saying->extra)) : NULL,
    };
}
