/* One request of the control API on its way through a handler. */
#ifndef SIM_CONTROL_ANSWER_H
#define SIM_CONTROL_ANSWER_H

#include "sim.h"

#include "base/json.h"

struct control {
    struct sim *sim;
    const cJSON *body; /* an object; empty when none was sent */
    int64_t id;        /* {id} of the path */
    struct slice query;
    unsigned status; /* of the answer; 200 unless a handler says otherwise */
    struct why why;  /* for other statuses */
};

/* A handler appends the answer's JSON object to sim->out, or refuses. */
typedef void control_fn(struct control *control);

void control_refuse(struct control *control, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The bot that the body names, by default the first one; NULL when it has refused. */
struct bot *control_bot(struct control *control);
struct user *control_user(struct control *control);
struct chat *control_chat(struct control *control, int64_t id);
/* The number behind "key=" in the query, 0 when it is absent; false when it has refused. */
bool control_query_i64(struct control *control, const char *key, int64_t *out);
/* "key": an integer in [least, most], or usual when it is absent (refused when usual lies outside);
 * false when it has refused. */
bool control_i64(struct control *control, const cJSON *object, const char *key, int64_t usual,
                 int64_t least, int64_t most, int64_t *out);

control_fn control_users;
control_fn control_user_start, control_user_message, control_user_press, control_user_block,
    control_user_unblock, control_user_deactivate, control_user_follow, control_user_join,
    control_user_leave;
control_fn control_user_say, control_user_edit, control_user_react, control_user_pay,
    control_user_renew;
control_fn control_chat_members, control_chat_rights, control_chat_migrate, control_chat_member,
    control_chat_forum, control_chat_topics;
control_fn control_messages, control_answers, control_commands, control_payments, control_dates;

#endif
