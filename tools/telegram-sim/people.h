/* The simulated users: they start and block bots, find invite links in what bots write to them, and
 * follow them after a delay or show them to a stranger who tries them. Everything that they do
 * reaches the bots as updates. */
#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include "report.h"
#include "world.h"

/* Sends /start with the payload ("" for none) and so lets the bot write. */
void people_start(struct sim *sim, struct user *user, struct bot *bot, const char *payload);
void people_write(struct sim *sim, struct user *user, struct bot *bot, struct slice text);
/* my_chat_member follows when it changes something. */
void people_block(struct sim *sim, struct user *user, struct bot *bot, bool blocked);
/* Presses a button: a callback query with data. Returns its id. */
int64_t people_press(struct sim *sim, struct user *user, struct bot *bot,
                     const struct message *message, struct slice data);
enum follow people_follow(struct sim *sim, struct user *user, struct slice url);
/* Without a link: somebody added them. False when they are in or banned. */
bool people_join(struct sim *sim, struct user *user, struct chat *chat);
bool people_leave(struct sim *sim, struct user *user, struct chat *chat);
/* A bot's message arrived in the private chat. */
void people_read(struct sim *sim, struct user *user, const struct message *message);

#endif
