/* Bots and chats as a configuration describes them, and the names of the world's enums. */
#include "world.h"

#include "memory.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

static enum error place_read(const cJSON *object, struct place *place, struct why *why);
static enum error places_read(struct world *world, const cJSON *chat, struct chat *made,
                              struct why *why);
static bool name_read(const cJSON *object, const char *key, char *out, size_t out_size);

static const char username_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

static const char *const right_names[] = {
#define RIGHT(name) #name,
    RIGHT_LIST(RIGHT)
#undef RIGHT
};

static const char *const permission_names[] = {
#define PERMISSION(name) #name,
    PERMISSION_LIST(PERMISSION)
#undef PERMISSION
};

static const char *const chat_type_names[] = {"private", "group", "supergroup", "channel"};

static const char *const status_names[] = {"left",    "member", "administrator",
                                           "creator", "kicked", "restricted"};

enum error world_add_bot(struct world *world, const cJSON *bot, struct why *why)
{
    struct slice token = json_string(json_member(bot, "token"));
    if (world->bot_count == BOTS_MAX)
        return why_set(why, ERROR_FULL, "more than %d bots", BOTS_MAX);
    struct bot *made = &world->bots[world->bot_count];
    *made = (struct bot){.index = world->bot_count, .next_message_id = 1};
    const char *colon = token.data ? memchr(token.data, ':', token.len) : NULL;
    long long id = 0;
    if (!colon || token.len > 80 ||
        !slice_to_i64(slice_of(token.data, (size_t)(colon - token.data)), &id) || id <= 0 ||
        id >= (1LL << 52) || memchr(token.data, '/', token.len) ||
        !slice_copy(token, made->token, sizeof(made->token)))
        return why_set(why, ERROR_INVALID, "a bot's token is NUMBER:TEXT of at most 80 bytes");
    made->id = id;
    snprintf(made->username, sizeof(made->username), "sim%u_bot", made->index);
    snprintf(made->first_name, sizeof(made->first_name), "Bot %u", made->index);
    if (!name_read(bot, "username", made->username, sizeof(made->username)) ||
        strspn(made->username, username_characters) != strlen(made->username) ||
        !name_read(bot, "first_name", made->first_name, sizeof(made->first_name)))
        return why_set(why, ERROR_INVALID, "bot %lld: username or first_name is not valid", id);
    if (world_bot_by_token(world, token) || world_bot_by_name(world, slice_from(made->username)))
        return why_set(why, ERROR_EXISTS, "bot %lld: its token or username is taken", id);
    map_init(&made->callbacks);
    updates_init(&made->updates, 100000001);
    world->bot_count++;
    return ERROR_NONE;
}

enum error world_add_chat(struct world *world, const cJSON *chat, struct why *why)
{
    int64_t id = 0;
    int64_t owner = 0;
    enum chat_type type = CHAT_SUPERGROUP;
    const cJSON *type_item = json_member(chat, "type");
    if (!json_i64(json_member(chat, "id"), &id) || id >= 0 || id <= -(1LL << 52))
        return why_set(why, ERROR_INVALID, "a chat's id is a negative integer");
    if (type_item && (!chat_type_parse(json_string(type_item), &type) || type == CHAT_PRIVATE))
        return why_set(why, ERROR_INVALID, "chat %lld: type is group, supergroup or channel",
                       (long long)id);
    if (world_chat(world, id))
        return why_set(why, ERROR_EXISTS, "chat %lld exists", (long long)id);
    const cJSON *forum_item = json_member(chat, "is_forum");
    bool is_forum = false;
    if (forum_item && (!json_bool(forum_item, &is_forum) || (is_forum && type != CHAT_SUPERGROUP)))
        return why_set(why, ERROR_INVALID, "chat %lld: is_forum is a boolean of a supergroup",
                       (long long)id);
    const cJSON *owner_item = json_member(chat, "owner");
    if (owner_item && (!json_i64(owner_item, &owner) || owner <= 0))
        return why_set(why, ERROR_INVALID, "chat %lld: owner is a user's id", (long long)id);

    struct chat *made = memory_new(1, sizeof(*made));
    made->id = id;
    made->type = type;
    made->next_message_id = 1 + is_forum; /* General has the number 1 */
    made->is_forum = is_forum;
    snprintf(made->title, sizeof(made->title), "Chat %lld", (long long)id);
    enum error error = ERROR_NONE;
    if (!name_read(chat, "title", made->title, sizeof(made->title)) ||
        !name_read(chat, "username", made->username, sizeof(made->username)))
        error = why_set(why, ERROR_INVALID, "chat %lld: title or username is no short text",
                        (long long)id);
    if (!error)
        error = places_read(world, chat, made, why);
    if (error) {
        free(made);
        return error;
    }
    map_put(&world->chats, (uint64_t)id, made);
    if (owner) {
        made->owner = world_user_make(world, owner);
        member_set(made, chat_member_make(made, made->owner), MEMBER_CREATOR, NULL, 0);
    }
    return ERROR_NONE;
}

bool rights_read(const cJSON *object, uint32_t *rights, struct why *why)
{
    if (!cJSON_IsObject(object)) {
        (void)why_set(why, ERROR_INVALID, "rights is an object of booleans");
        return false;
    }
    for (const cJSON *item = object->child; item; item = item->next) {
        size_t right = 0;
        bool given = false;
        while (right < RIGHT_COUNT && strcmp(right_names[right], item->string) != 0)
            right++;
        if (right == RIGHT_COUNT || !json_bool(item, &given)) {
            (void)why_set(why, ERROR_INVALID, "no such right, or not a boolean: %.60s",
                          item->string);
            return false;
        }
        *rights = given ? *rights | (1U << right) : *rights & ~(1U << right);
    }
    return true;
}

bool permissions_read(const cJSON *object, uint32_t *permissions)
{
    for (const cJSON *item = object ? object->child : NULL; item; item = item->next) {
        size_t permission = 0;
        bool given = false;
        while (permission < PERMISSION_COUNT &&
               strcmp(permission_names[permission], item->string) != 0)
            permission++;
        if (permission == PERMISSION_COUNT || !json_bool(item, &given))
            return false;
        *permissions =
            given ? *permissions | (1U << permission) : *permissions & ~(1U << permission);
    }
    return cJSON_IsObject(object);
}

const char *permission_name(enum permission permission)
{
    return permission_names[permission];
}

const char *right_name(enum right right)
{
    return right_names[right];
}

bool chat_type_parse(struct slice text, enum chat_type *out)
{
    for (size_t i = 0; i < sizeof(chat_type_names) / sizeof(*chat_type_names); i++)
        if (slice_is(text, chat_type_names[i])) {
            *out = (enum chat_type)i;
            return true;
        }
    return false;
}

const char *chat_type_name(enum chat_type type)
{
    return chat_type_names[type];
}

bool member_status_parse(struct slice text, enum member_status *out)
{
    for (size_t i = 0; i < sizeof(status_names) / sizeof(*status_names); i++)
        if (slice_is(text, status_names[i])) {
            *out = (enum member_status)i;
            return true;
        }
    return false;
}

const char *member_status_name(enum member_status status)
{
    return status_names[status];
}

static enum error place_read(const cJSON *object, struct place *place, struct why *why)
{
    const cJSON *status = json_member(object, "status");
    const cJSON *rights = json_member(object, "rights");
    if (!cJSON_IsObject(object) ||
        (status && (!member_status_parse(json_string(status), &place->status) ||
                    place->status == MEMBER_CREATOR || place->status == MEMBER_RESTRICTED)))
        return why_set(why, ERROR_INVALID,
                       "a bot's place is {\"status\": \"administrator\"|\"member\"|\"left\"|"
                       "\"kicked\", \"rights\": {...}}");
    if (rights && !rights_read(rights, &place->rights, why))
        return ERROR_INVALID;
    return ERROR_NONE;
}

static enum error places_read(struct world *world, const cJSON *chat, struct chat *made,
                              struct why *why)
{
    struct place usual = {.status = MEMBER_ADMINISTRATOR, .rights = RIGHTS_ALL};
    const cJSON *rights = json_member(chat, "rights");
    const cJSON *bots = json_member(chat, "bots");
    if (rights && !rights_read(rights, &usual.rights, why))
        return ERROR_INVALID;
    if (bots && !cJSON_IsObject(bots))
        return why_set(why, ERROR_INVALID, "chat %lld: bots is an object by username",
                       (long long)made->id);
    if (bots)
        usual.status = MEMBER_LEFT;
    for (uint32_t i = 0; i < BOTS_MAX; i++)
        made->places[i] = usual;
    for (const cJSON *item = bots ? bots->child : NULL; item; item = item->next) {
        struct bot *bot = world_bot_by_name(world, slice_from(item->string));
        if (!bot)
            return why_set(why, ERROR_NOT_FOUND, "chat %lld: no bot is named %.40s",
                           (long long)made->id, item->string);
        made->places[bot->index].status = MEMBER_ADMINISTRATOR;
        enum error error = place_read(item, &made->places[bot->index], why);
        if (error)
            return error;
    }
    return ERROR_NONE;
}

/* Leaves out as it is when the key is absent. */
static bool name_read(const cJSON *object, const char *key, char *out, size_t out_size)
{
    const cJSON *item = json_member(object, key);
    if (!item)
        return true;
    struct slice text = json_string(item);
    return text.data && text.len < out_size && slice_copy(text, out, out_size);
}
