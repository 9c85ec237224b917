#include "world.h"

#include "commands.h"
#include "memory.h"
#include "pay.h"

#include "base/assert.h"
#include "base/prng.h"

#include <stdio.h>
#include <stdlib.h>

static void chat_free(struct chat *chat);
static void bot_free(struct bot *bot);
static uint64_t url_hash(struct slice url);

void world_init(struct world *world, uint32_t messages_max)
{
    *world = (struct world){0};
    kept_init(&world->kept, messages_max);
    kept_init(&world->people_kept, messages_max);
    world->next_callback = 4000000000000000000;
    world->next_stranger = 8000000001;
    world->next_payment = 5000000000000000001;
    world->next_poll = 6000000000000000001;
}

void world_deinit(struct world *world)
{
    kept_deinit(&world->kept);
    kept_deinit(&world->people_kept);
    for (size_t i = 0; i < world->chats.count; i++)
        if (world->chats.entries[i].value)
            chat_free(world->chats.entries[i].value);
    for (size_t i = 0; i < world->users.count; i++)
        free(world->users.entries[i].value);
    for (size_t i = 0; i < world->links.count; i++)
        free(world->links.entries[i].value);
    for (uint32_t b = 0; b < world->bot_count; b++)
        bot_free(&world->bots[b]);
    pay_deinit(world);
    map_deinit(&world->chats);
    map_deinit(&world->users);
    map_deinit(&world->links);
    *world = (struct world){0};
}

struct bot *world_bot_by_token(struct world *world, struct slice token)
{
    for (uint32_t i = 0; i < world->bot_count; i++)
        if (slice_is(token, world->bots[i].token))
            return &world->bots[i];
    return NULL;
}

struct bot *world_bot_by_name(struct world *world, struct slice name)
{
    if (!name.data)
        return world->bot_count ? &world->bots[0] : NULL;
    for (uint32_t i = 0; i < world->bot_count; i++)
        if (slice_is(name, world->bots[i].username))
            return &world->bots[i];
    return NULL;
}

struct user *world_user(const struct world *world, int64_t id)
{
    return map_get(&world->users, (uint64_t)id);
}

struct user *world_user_make(struct world *world, int64_t id)
{
    ASSERT(id > 0);
    struct user *user = world_user(world, id);
    if (user)
        return user;
    user = memory_new(1, sizeof(*user));
    user->id = id;
    snprintf(user->first_name, sizeof(user->first_name), "User %lld", (long long)id);
    map_put(&world->users, (uint64_t)id, user);
    return user;
}

struct chat *world_chat(const struct world *world, int64_t id)
{
    return map_get(&world->chats, (uint64_t)id);
}

struct chat *world_chat_by_username(const struct world *world, struct slice username)
{
    for (size_t i = 0; i < world->chats.count; i++) {
        struct chat *chat = world->chats.entries[i].value;
        if (chat && chat->username[0] && slice_is(username, chat->username))
            return chat;
    }
    return NULL;
}

struct link *world_link(const struct world *world, struct slice url)
{
    struct link *link = map_get(&world->links, url_hash(url));
    return link && slice_is(url, link->url) ? link : NULL;
}

struct link *world_link_make(struct world *world, struct chat *chat, uint32_t creator,
                             struct prng *prng, uint64_t now_ms)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct link *link = memory_new(1, sizeof(*link));
    do {
        char code[17];
        for (size_t i = 0; i < sizeof(code) - 1; i++)
            code[i] = alphabet[prng_below(prng, sizeof(alphabet) - 1)];
        code[sizeof(code) - 1] = '\0';
        snprintf(link->url, sizeof(link->url), "https://t.me/+%s", code);
    } while (map_get(&world->links, url_hash(slice_from(link->url))));
    link->chat = chat;
    link->creator = creator;
    link->created_ms = now_ms;
    map_put(&world->links, url_hash(slice_from(link->url)), link);
    return link;
}

static void chat_free(struct chat *chat)
{
    for (size_t i = 0; i < chat->members.count; i++)
        free(chat->members.entries[i].value);
    for (size_t i = 0; i < chat->topics.count; i++)
        free(chat->topics.entries[i].value);
    map_deinit(&chat->members);
    map_deinit(&chat->messages);
    map_deinit(&chat->topics);
    map_deinit(&chat->banned_senders);
    free(chat);
}

static void bot_free(struct bot *bot)
{
    updates_deinit(&bot->updates);
    for (size_t i = 0; i < bot->callbacks.count; i++) {
        struct callback *callback = bot->callbacks.entries[i].value;
        if (callback) {
            free(callback->data);
            free(callback->text);
            free(callback->url);
        }
        free(callback);
    }
    map_deinit(&bot->callbacks);
    commands_destroy(&bot->commands);
}

/* FNV-1a. Links are made so that no two of ours share a hash; world_link compares the text. */
static uint64_t url_hash(struct slice url)
{
    uint64_t hash = 0xCBF29CE484222325U;
    for (size_t i = 0; i < url.len; i++)
        hash = (hash ^ (unsigned char)url.data[i]) * 0x100000001B3U;
    return hash;
}
