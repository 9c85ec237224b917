/* Who is where: members of chats, the places of bots, migration. */
#include "memory.h"
#include "world.h"

#include "base/assert.h"

struct member *chat_member(const struct chat *chat, int64_t user_id)
{
    return map_get(&chat->members, (uint64_t)user_id);
}

struct member *chat_member_make(struct chat *chat, struct user *user)
{
    struct member *member = chat_member(chat, user->id);
    if (member)
        return member;
    member = memory_new(1, sizeof(*member));
    member->user = user;
    map_put(&chat->members, (uint64_t)user->id, member);
    return member;
}

bool member_is_in(const struct member *member)
{
    return member && (member->status == MEMBER_IN || member->status == MEMBER_ADMINISTRATOR ||
                      member->status == MEMBER_CREATOR ||
                      (member->status == MEMBER_RESTRICTED && !member->away));
}

void member_set(struct chat *chat, struct member *member, enum member_status status,
                struct link *link, uint64_t now_ms)
{
    bool was_in = member_is_in(member);
    bool comes_back = member->status == MEMBER_RESTRICTED && member->away && status == MEMBER_IN;
    member->status = comes_back ? MEMBER_RESTRICTED : status;
    member->away = false;
    bool is_in = member_is_in(member);
    if (status != MEMBER_KICKED && !comes_back)
        member->until_date = 0;
    if (was_in && !is_in) {
        chat->member_count--;
        if (member->link) {
            ASSERT(member->link->members > 0);
            member->link->members--;
            member->link = NULL;
        }
    } else if (!was_in && is_in) {
        chat->member_count++;
        member->joined_ms = now_ms;
        member->link = link;
        if (link) {
            link->members++;
            link->joined++;
        }
    }
    if (is_in || status == MEMBER_KICKED)
        member_request_drop(member);
}

void member_settle(struct member *member, uint64_t now_ms)
{
    if (!member || !member->until_date || (uint64_t)member->until_date * 1000 > now_ms)
        return;
    if (member->status == MEMBER_KICKED || member->away)
        member->status = MEMBER_LEFT;
    else if (member->status == MEMBER_RESTRICTED)
        member->status = MEMBER_IN;
    member->away = false;
    member->until_date = 0;
}

void member_restrict(struct member *member, uint32_t permissions, int64_t until_date)
{
    bool is_in = member_is_in(member);
    bool everything = permissions == PERMISSIONS_ALL;
    member->status = !everything ? MEMBER_RESTRICTED : is_in ? MEMBER_IN : MEMBER_LEFT;
    member->away = !everything && !is_in;
    member->permissions = permissions;
    member->until_date = everything ? 0 : until_date;
}

void member_request_drop(struct member *member)
{
    if (!member->requested)
        return;
    member->requested = false;
    if (member->request_link) {
        ASSERT(member->request_link->pending > 0);
        member->request_link->pending--;
    }
    member->request_link = NULL;
}

bool place_is_in(const struct place *place)
{
    return place->status == MEMBER_IN || place->status == MEMBER_ADMINISTRATOR;
}

bool place_may(const struct place *place, enum right right)
{
    return place->status == MEMBER_ADMINISTRATOR && (place->rights & (1U << right));
}

enum error world_migrate(struct world *world, struct chat *chat, int64_t new_id, struct chat **out)
{
    if (chat->type != CHAT_GROUP || chat->migrated_to || new_id >= 0)
        return ERROR_INVALID;
    if (world_chat(world, new_id))
        return ERROR_EXISTS;
    struct chat *made = memory_new(1, sizeof(*made));
    *made = *chat;
    made->id = new_id;
    made->type = CHAT_SUPERGROUP;
    made->next_message_id = 1;
    made->room = (struct room){0};
    map_init(&made->messages);
    made->last_bot = 0;
    map_put(&world->chats, (uint64_t)new_id, made);
    map_init(&chat->members);
    map_init(&chat->topics);
    map_init(&chat->banned_senders);
    chat->member_count = 0;
    chat->username[0] = '\0';
    chat->migrated_to = new_id;
    for (size_t i = 0; i < world->links.count; i++) {
        struct link *link = world->links.entries[i].value;
        if (link->chat == chat)
            link->chat = made;
    }
    for (uint32_t i = 0; i < BOTS_MAX; i++)
        chat->primary[i] = NULL;
    *out = made;
    return ERROR_NONE;
}
