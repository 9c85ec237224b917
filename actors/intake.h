/* Ingress's other door: Telegram. Long polling of the bots that poll, setWebhook for those that
 * have a webhook, and for both the first getMe, which tells whether Telegram is there. Owned and
 * called by an ingress. Each update becomes a request to a verifier and is confirmed to Telegram
 * only after its verdict. */
#ifndef USHER_ACTORS_INTAKE_H
#define USHER_ACTORS_INTAKE_H

#include "actors/post.h"
#include "config/config.h"

struct intake;

/* requests: where updates go; origin: this ingress's. Both config and requests must outlive it. */
enum error intake_new(const struct config *config, struct outlet *requests, uint64_t origin,
                      struct intake **out, struct why *why);
/* Another configuration with the same bots. */
void intake_use(struct intake *intake, const struct config *config);
void intake_destroy(struct intake **intake);

int intake_fd(const struct intake *intake);
long intake_timeout_ms(struct intake *intake);
/* Transfers that ended, calls that are due, updates without a verdict in time. */
void intake_turn(struct intake *intake);
/* A verdict; ids of no update of ours are ignored. */
void intake_settled(struct intake *intake, uint64_t id, bool durable);
/* No calls, or no further ones. Updates that were fetched and not confirmed come again after the
 * next start. */
void intake_quiesce(struct intake *intake);
/* The name of this bot at Telegram, "" when it is not known. */
struct slice intake_username(const struct intake *intake, struct slice bot);
/* An update came by this bot's webhook. */
void intake_hooked(struct intake *intake, const char *name);
/* For every bot it is known whether Telegram answers. */
bool intake_knows(const struct intake *intake);

#endif
