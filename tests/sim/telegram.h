/* Telegram as usher sees it: users, groups, invite links, updates, and limits that are counted over
 * sliding windows at a moment of the server's choice between sending and answer. */
#ifndef USHER_TESTS_SIM_TELEGRAM_H
#define USHER_TESTS_SIM_TELEGRAM_H

#include "tests/sim/sim.h"

enum place { PLACE_OUT, PLACE_REQUESTED, PLACE_IN };

void telegram_new(struct sim *sim);
void telegram_destroy(struct sim *sim);

int64_t telegram_user_id(uint64_t user);
int64_t telegram_chat_id(size_t group);

/* The sender lets a call go; it is served and answered later (usher_answered). */
void telegram_call(struct sim *sim, size_t bot, uint64_t epoch, uint64_t token, const char *method,
                   struct slice params);

/* What users do. */
void telegram_write(struct sim *sim, uint64_t user, size_t bot, const char *text);
void telegram_block(struct sim *sim, uint64_t user, size_t bot, bool blocked);
/* Follows an invite link; false when it leads nowhere any more. */
bool telegram_press(struct sim *sim, uint64_t user, uint64_t link);
void telegram_leave(struct sim *sim, uint64_t user, size_t group);
enum place telegram_place(const struct sim *sim, uint64_t user, size_t group);
/* When this user came in. */
uint64_t telegram_since(const struct sim *sim, uint64_t user, size_t group);
bool telegram_started(const struct sim *sim, uint64_t user, size_t bot);
/* The group's join-request link that was made last; false when there is none. */
bool telegram_group_link(const struct sim *sim, size_t group, uint64_t *link);

/* usher's pollers: begin to fetch, and an update whose command is durable. */
void telegram_poll(struct sim *sim);
void telegram_settled(struct sim *sim, size_t bot, uint64_t update_id);

uint64_t telegram_calls(const struct sim *sim);
size_t telegram_updates_waiting(const struct sim *sim);

#endif
