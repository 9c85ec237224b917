/* What users write, to bots in private and in groups: it is kept as a message and reaches the bots
 * that may see it as an update. */
#ifndef SIM_SAY_H
#define SIM_SAY_H

#include "world.h"

struct sim;

struct saying {
    struct slice text;     /* of a document or photo: its caption */
    struct slice document; /* file_id; absent: none */
    bool photo;
    int64_t thread_id;
    int64_t reply_to;
    int64_t sender_chat; /* the channel as which the user writes in a group; 0: none */
    const char *extra;   /* of a service message: ,"successful_payment":{...}; NULL: none */
};

/* Lets the bot write to the user, too. */
struct message *say_private(struct sim *sim, struct user *user, struct bot *bot,
                            const struct saying *saying);
/* NULL unless the user may write there; problem then says why not. */
struct message *say_group(struct sim *sim, struct user *user, struct chat *chat,
                          const struct saying *saying, const char **problem);
void say_edit(struct sim *sim, struct message *message, struct slice text);

#endif
