/* The simulated Telegram: bots, users, chats, members, invite links and messages. The world owns
 * all of them; they live until world_deinit, so that pointers between them stay good. Users that
 * left, revoked links and the like are kept with their state. Times of the world are Unix
 * milliseconds. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "map.h"
#include "messages.h"
#include "updates.h"

#include "base/error.h"

#include <cjson/cJSON.h>

enum { BOTS_MAX = 16, NAME_SIZE = 129, LINK_NAME_CHARS_MAX = 32 };

struct prng;

/* RIGHT(name): a bot's administrator rights; Bot API type ChatAdministratorRights. */
#define RIGHT_LIST(RIGHT)                                                                          \
    RIGHT(can_manage_chat)                                                                         \
    RIGHT(can_delete_messages)                                                                     \
    RIGHT(can_manage_video_chats)                                                                  \
    RIGHT(can_restrict_members)                                                                    \
    RIGHT(can_promote_members)                                                                     \
    RIGHT(can_change_info)                                                                         \
    RIGHT(can_invite_users)                                                                        \
    RIGHT(can_post_stories)                                                                        \
    RIGHT(can_edit_stories)                                                                        \
    RIGHT(can_delete_stories)                                                                      \
    RIGHT(can_post_messages)                                                                       \
    RIGHT(can_edit_messages)                                                                       \
    RIGHT(can_pin_messages)                                                                        \
    RIGHT(can_manage_topics)                                                                       \
    RIGHT(can_manage_direct_messages)                                                              \
    RIGHT(can_manage_tags)

enum right {
#define RIGHT(name) RIGHT_##name,
    RIGHT_LIST(RIGHT)
#undef RIGHT
        RIGHT_COUNT
};

enum { RIGHTS_ALL = (1 << RIGHT_COUNT) - 1 };

/* PERMISSION(name): what a restricted member may do; Bot API type ChatPermissions. */
#define PERMISSION_LIST(PERMISSION)                                                                \
    PERMISSION(can_send_messages)                                                                  \
    PERMISSION(can_send_audios)                                                                    \
    PERMISSION(can_send_documents)                                                                 \
    PERMISSION(can_send_photos)                                                                    \
    PERMISSION(can_send_videos)                                                                    \
    PERMISSION(can_send_video_notes)                                                               \
    PERMISSION(can_send_voice_notes)                                                               \
    PERMISSION(can_send_polls)                                                                     \
    PERMISSION(can_send_other_messages)                                                            \
    PERMISSION(can_add_web_page_previews)                                                          \
    PERMISSION(can_react_to_messages)                                                              \
    PERMISSION(can_edit_tag)                                                                       \
    PERMISSION(can_change_info)                                                                    \
    PERMISSION(can_invite_users)                                                                   \
    PERMISSION(can_pin_messages)                                                                   \
    PERMISSION(can_manage_topics)

enum permission {
#define PERMISSION(name) PERMISSION_##name,
    PERMISSION_LIST(PERMISSION)
#undef PERMISSION
        PERMISSION_COUNT
};

enum { PERMISSIONS_ALL = (1 << PERMISSION_COUNT) - 1 };

enum chat_type { CHAT_PRIVATE, CHAT_GROUP, CHAT_SUPERGROUP, CHAT_CHANNEL };

enum member_status {
    MEMBER_LEFT,
    MEMBER_IN, /* "member" */
    MEMBER_ADMINISTRATOR,
    MEMBER_CREATOR,
    MEMBER_KICKED,
    MEMBER_RESTRICTED /* in the chat unless they are away */
};

/* What a user does with an invite link that a bot sends. */
struct behaviour {
    double follow;  /* probability of following it */
    double forward; /* probability of forwarding it to a stranger who tries it */
    uint32_t forward_max;
    uint32_t delay_ms_min;
    uint32_t delay_ms_max;
};

struct user {
    int64_t id;
    char first_name[NAME_SIZE];
    char last_name[NAME_SIZE];
    char username[33];
    char language_code[16];
    bool stranger; /* got a link from somebody else */
    bool deactivated;
    uint16_t started; /* a bit per bot */
    uint16_t blocked;
    uint16_t contact; /* bots that may write until contact_until_ms because of a join request */
    uint64_t contact_until_ms;
    uint64_t first_message_ms; /* from a bot; 0: none */
    uint32_t messages;         /* received from bots */
    uint32_t forwarded;        /* links */
    struct behaviour behaviour;
    struct room room;
};

struct link {
    char url[64];
    struct chat *chat;
    uint32_t creator; /* bot */
    char name[NAME_SIZE];
    int64_t expire_date; /* Unix s; 0: never */
    uint32_t member_limit;
    bool creates_join_request;
    bool primary;
    bool revoked;
    uint32_t members; /* in the chat now who came by it */
    uint32_t pending; /* join requests */
    uint32_t joined;  /* all who ever came in by it */
    uint64_t created_ms;
};

struct member {
    struct user *user;
    enum member_status status;
    uint64_t joined_ms;
    int64_t until_date;   /* of a ban or restriction, Unix s; 0: for ever */
    uint32_t rights;      /* bits of enum right, of an administrator */
    uint32_t permissions; /* bits of enum permission, of MEMBER_RESTRICTED */
    bool away;            /* restricted, but not in the chat */
    bool anonymous;       /* an administrator who writes as the group */
    char title[65];
    char tag[65];
    struct link *link; /* by which they came in */
    bool requested;    /* a join request waits */
    uint64_t requested_ms;
    struct link *request_link;
};

/* A bot's place in a chat. */
struct place {
    enum member_status status;
    uint32_t rights; /* bits of enum right, of an administrator */
};

struct chat {
    int64_t id;
    enum chat_type type;
    char title[NAME_SIZE];
    char username[33];
    int64_t migrated_to; /* 0: not */
    int64_t next_message_id;
    struct place places[BOTS_MAX];
    struct link *primary[BOTS_MAX];
    struct user *owner; /* NULL: nobody that the bot could meet */
    struct map members; /* user id -> struct member */
    uint32_t member_count;
    struct room room;
    struct map messages; /* id -> struct message */
    bool is_forum;
    struct map topics;         /* id -> struct topic */
    struct map banned_senders; /* id of a chat -> struct chat, who may not write here */
    uint32_t last_bot;         /* that wrote here, index + 1; 0: none */
};

struct bot {
    uint32_t index;
    int64_t id;
    char token[128];
    char username[33];
    char first_name[NAME_SIZE];
    int64_t next_message_id; /* of private chats */
    struct map callbacks;    /* open callback queries: id -> struct callback */
    struct updates updates;
    struct command_set *commands; /* by scope and language */
};

struct callback {
    int64_t user_id;
    uint64_t at_ms;
    bool answered;
    bool show_alert;
    char *data; /* of the button */
    char *text; /* of the answer, NULL until answered */
    char *url;
};

struct world {
    struct bot bots[BOTS_MAX];
    uint32_t bot_count;
    struct map users;         /* id -> struct user */
    struct map chats;         /* id -> struct chat */
    struct map links;         /* hash of the URL -> struct link */
    struct map invoices;      /* id -> struct invoice */
    struct map payments;      /* id -> struct payment */
    struct star_entry *stars; /* of all bots, in order */
    size_t star_count;
    struct kept kept;        /* the bots' messages */
    struct kept people_kept; /* the people's */
    int64_t date_offset_s;   /* added to the dates of messages and updates */
    int64_t next_callback;
    int64_t next_stranger;
    int64_t next_payment;
    int64_t next_poll;
};

void world_init(struct world *world, uint32_t messages_max);
void world_deinit(struct world *world);

/* {"token": "1000001:abc", "username": "x_bot", "first_name": "X"}; only the token is needed. */
enum error world_add_bot(struct world *world, const cJSON *bot, struct why *why);
/* {"id": -100..., "type": "supergroup", "title": "T", "username": "t", "owner": 1,
 * "rights": {...} or "bots": {"x_bot": {"status": "...", "rights": {...}}}}. Without rights every
 * bot is an administrator with all of them. */
enum error world_add_chat(struct world *world, const cJSON *chat, struct why *why);

struct bot *world_bot_by_token(struct world *world, struct slice token);
/* By username, or by index when name is absent: the first bot. NULL: none. */
struct bot *world_bot_by_name(struct world *world, struct slice name);
struct user *world_user(const struct world *world, int64_t id);
/* Makes the user when it is new. */
struct user *world_user_make(struct world *world, int64_t id);
struct chat *world_chat(const struct world *world, int64_t id);
struct chat *world_chat_by_username(const struct world *world, struct slice username);

struct member *chat_member(const struct chat *chat, int64_t user_id);
struct member *chat_member_make(struct chat *chat, struct user *user);
bool member_is_in(const struct member *member); /* NULL is not in */
/* Keeps the counts of chat and link; a ban that ran out is turned to left first by member_settle.
 */
void member_set(struct chat *chat, struct member *member, enum member_status status,
                struct link *link, uint64_t now_ms);
void member_settle(struct member *member, uint64_t now_ms);
void member_request_drop(struct member *member);
/* Turns a member, or somebody who is not in the chat, into a restricted one. */
void member_restrict(struct member *member, uint32_t permissions, int64_t until_date);

bool place_is_in(const struct place *place);
bool place_may(const struct place *place, enum right right);

struct link *world_link(const struct world *world, struct slice url);
struct link *world_link_make(struct world *world, struct chat *chat, uint32_t creator,
                             struct prng *prng, uint64_t now_ms);

/* The group becomes a supergroup of another id; members, places and links move. */
enum error world_migrate(struct world *world, struct chat *chat, int64_t new_id, struct chat **out);

/* Reads an object of booleans into rights; false when it has a foreign name or another type. */
bool rights_read(const cJSON *object, uint32_t *rights, struct why *why);
const char *right_name(enum right right);
/* The same of permissions; those that are not named stay as they are. */
bool permissions_read(const cJSON *object, uint32_t *permissions);
const char *permission_name(enum permission permission);
bool chat_type_parse(struct slice text, enum chat_type *out);
const char *chat_type_name(enum chat_type type);
bool member_status_parse(struct slice text, enum member_status *out);
const char *member_status_name(enum member_status status);

#endif
