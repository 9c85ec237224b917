/* Telegram as usher sees it: users, groups that may move to another id, invite links, updates (the
 * first bot polls for them, the second has a webhook), and limits that are counted over sliding
 * windows at a moment of the server's choice between sending and answer. */
#ifndef USHER_TESTS_SIM_TELEGRAM_H
#define USHER_TESTS_SIM_TELEGRAM_H

#include "tests/sim/sim.h"

enum place { PLACE_OUT, PLACE_REQUESTED, PLACE_IN };

void telegram_new(struct sim *sim);
void telegram_destroy(struct sim *sim);

int64_t telegram_user_id(uint64_t user);
/* The group's id as it is now. */
int64_t telegram_chat_id(const struct sim *sim, size_t group);
/* The group that has this id, or had it before it moved. */
bool telegram_group_of(const struct sim *sim, int64_t chat_id, size_t *group);
bool telegram_has_moved(const struct sim *sim, size_t group);
/* The group becomes a supergroup, with another id. */
void telegram_move(struct sim *sim, size_t group);

/* The sender lets a call go; it is served and answered later (usher_answered). */
void telegram_call(struct sim *sim, size_t bot, uint64_t epoch, uint64_t token, const char *method,
                   struct slice params);

/* Where the staff speaks of tickets, in topics, with the first bot. */
#define STAFF_CHAT (-INT64_C(1002000000001))

/* Somebody talks in a group; or says a word of usher's there. */
void telegram_talk(struct sim *sim, uint64_t user, size_t group);
void telegram_call_out(struct sim *sim, uint64_t user, size_t group, const char *word);
/* The staff writes in one of their topics. */
void telegram_staff(struct sim *sim, uint64_t thread, const char *text);
uint64_t telegram_threads(const struct sim *sim);
/* A button of a message of this bot's. */
void telegram_push(struct sim *sim, uint64_t user, size_t bot, const char *data);

/* What users do. */
void telegram_write(struct sim *sim, uint64_t user, size_t bot, const char *text);
void telegram_block(struct sim *sim, uint64_t user, size_t bot, bool blocked);
/* Follows an invite link; false when it leads nowhere any more. */
bool telegram_press(struct sim *sim, uint64_t user, uint64_t link);
void telegram_leave(struct sim *sim, uint64_t user, size_t group);
/* What the group's own administrators do: to a member, whom they make one of them or not any more;
 * to anybody, who is thrown out for good or may come again. */
void telegram_promote(struct sim *sim, uint64_t user, size_t group, bool promoted);
void telegram_ban(struct sim *sim, uint64_t user, size_t group, bool banned);
enum place telegram_place(const struct sim *sim, uint64_t user, size_t group);
bool telegram_banned(const struct sim *sim, uint64_t user, size_t group);
bool telegram_admin(const struct sim *sim, uint64_t user, size_t group);
/* They are in by a link that was made for somebody else. */
bool telegram_guest(const struct sim *sim, uint64_t user, size_t group);
/* When this user's place there changed last. */
uint64_t telegram_since(const struct sim *sim, uint64_t user, size_t group);
/* When they were made an administrator, or not any more, last. */
uint64_t telegram_role_since(const struct sim *sim, uint64_t user, size_t group);
bool telegram_started(const struct sim *sim, uint64_t user, size_t bot);
/* The group's join-request link that was made last; false when there is none. */
bool telegram_group_link(const struct sim *sim, size_t group, uint64_t *link);

/* usher has started: its poller begins anew, and its webhook can be reached. */
void feeds_start(struct sim *sim);
/* The command of an update is in the journal: what the auditor knows, whoever hears of it. */
void feeds_durable(struct sim *sim, size_t bot, uint64_t update_id);
/* usher hears, or the webhook's answer says, that it is. */
void feeds_settled(struct sim *sim, size_t bot, uint64_t update_id);

uint64_t telegram_calls(const struct sim *sim);
size_t telegram_updates_waiting(const struct sim *sim);

#endif
