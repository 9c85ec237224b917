#include "carrier/telegram/standing.h"

#include "base/json.h"
#include "carrier/telegram/update.h"

static bool may(const cJSON *member, const char *right);

enum standing standing_of(struct slice update, int64_t *chat_id)
{
    enum standing standing = STANDING_NONE;
    cJSON *root = NULL;
    *chat_id = 0;
    if (json_parse(update, UPDATE_BYTES_MAX, UPDATE_DEPTH_MAX, &root, NULL) != ERROR_NONE)
        return STANDING_NONE;
    const cJSON *change = json_member(root, "my_chat_member");
    const cJSON *member = json_member(change, "new_chat_member");
    struct slice status = json_string(json_member(member, "status"));
    if (json_i64(json_pointer(change, "/chat/id"), chat_id) && *chat_id < 0 &&
        status.data != NULL) {
        if (slice_is(status, "left") || slice_is(status, "kicked"))
            standing = STANDING_OUT;
        else if (slice_is(status, "administrator") && may(member, "can_invite_users") &&
                 may(member, "can_restrict_members"))
            standing = STANDING_GOOD;
        else
            standing = STANDING_NO_RIGHTS;
    }
    json_free(&root);
    return standing;
}

static bool may(const cJSON *member, const char *right)
{
    bool has;
    return json_bool(json_member(member, right), &has) && has;
}
