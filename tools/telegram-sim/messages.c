#include "messages.h"

#include "memory.h"
#include "world.h"

#include "base/assert.h"

#include <stdlib.h>

static void message_free(struct message *message);
static void message_forget(struct world *world, struct message *message);

void kept_init(struct kept *kept, uint32_t max)
{
    *kept = (struct kept){.ring = memory_new(max, sizeof(struct message *)), .max = max};
}

void kept_deinit(struct kept *kept)
{
    for (uint32_t i = 0; i < kept->count; i++)
        message_free(kept->ring[(kept->head + i) % kept->max]);
    free(kept->ring);
    *kept = (struct kept){0};
}

struct message *world_message_add(struct world *world, struct room *room, struct message message)
{
    struct kept *kept = message.from_user ? &world->people_kept : &world->kept;
    if (kept->count == kept->max) {
        message_forget(world, kept->ring[kept->head]);
        kept->head = (kept->head + 1) % kept->max;
        kept->count--;
        kept->forgotten++;
    }
    struct message *made = memory_new(1, sizeof(*made));
    *made = message;
    made->older = room->newest;
    made->newer = NULL;
    if (room->newest)
        room->newest->newer = made;
    else
        room->oldest = made;
    room->newest = made;
    kept->ring[(kept->head + kept->count) % kept->max] = made;
    kept->count++;
    if (made->chat_id < 0) {
        struct chat *chat = world_chat(world, made->chat_id);
        ASSERT(chat);
        map_put(&chat->messages, (uint64_t)made->id, made);
    }
    return made;
}

struct message *room_find(const struct room *room, uint32_t bot, int64_t id)
{
    for (struct message *message = room->newest; message; message = message->older)
        if (message->id == id && message->bot == bot)
            return message;
    return NULL;
}

struct message *chat_message(const struct chat *chat, int64_t id)
{
    return map_get(&chat->messages, (uint64_t)id);
}

struct reaction *message_reaction(struct message *message, int64_t user_id)
{
    struct reaction *reaction = message->reactions;
    while (reaction && reaction->user_id != user_id)
        reaction = reaction->next;
    if (reaction)
        return reaction;
    reaction = memory_new(1, sizeof(*reaction));
    reaction->user_id = user_id;
    reaction->next = message->reactions;
    message->reactions = reaction;
    return reaction;
}

static void message_free(struct message *message)
{
    while (message->reactions) {
        struct reaction *reaction = message->reactions;
        message->reactions = reaction->next;
        free(reaction);
    }
    free(message->text);
    free(message->reply_markup);
    free(message->document);
    free(message->origin);
    free(message->extra);
    free(message->reaction);
    free(message);
}

static void message_forget(struct world *world, struct message *message)
{
    struct room *room = NULL;
    if (message->chat_id > 0) {
        struct user *user = world_user(world, message->chat_id);
        ASSERT(user);
        room = &user->room;
    } else {
        struct chat *chat = world_chat(world, message->chat_id);
        ASSERT(chat);
        room = &chat->room;
        (void)map_remove(&chat->messages, (uint64_t)message->id);
    }
    if (message->older)
        message->older->newer = message->newer;
    else
        room->oldest = message->newer;
    if (message->newer)
        message->newer->older = message->older;
    else
        room->newest = message->older;
    message_free(message);
}
