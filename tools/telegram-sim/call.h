/* One call of a bot: from the request to the answer. call_serve reads, checks, counts it against
 * the limits, lets a fault have it, and runs the method; the helpers below answer it. Each call is
 * answered once, by the method or by who keeps a copy of its reply (then parked is set). */
#ifndef SIM_CALL_H
#define SIM_CALL_H

#include "params.h"
#include "reply.h"
#include "validate.h"
#include "world.h"

struct call {
    struct sim *sim;
    struct bot *bot;
    const struct api_method *method;
    struct params params;
    struct reply reply;
    bool done;         /* answered, or kept by somebody who will */
    struct chat *chat; /* after call_chat: the group or channel, */
    struct user *user; /* or the user of a private chat */
};

typedef void method_fn(struct call *call);

/* A request whose path begins with "/bot". */
void call_serve(struct sim *sim, const struct http_request *request);
/* A call that came as the answer to a webhook: {"method": "...", ...}. Takes over object. */
void call_from_webhook(struct sim *sim, struct bot *bot, cJSON *object);

/* Begins {"ok":true,"result": in the buffer that call_finish sends. */
struct buf *call_begin(struct call *call);
void call_finish(struct call *call);
void call_true(struct call *call);
void call_fail(struct call *call, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What a method needs of the chat, as the Bot API server's check_chat_access. */
enum access { ACCESS_READ, ACCESS_WRITE };

/* Resolves chat_id and fills chat or user; false when it has answered with the error. */
bool call_chat(struct call *call, enum access access);
/* The same of another parameter that names a chat; call->chat and call->user stay. */
bool call_chat_named(struct call *call, const char *param, enum access access, struct chat **chat,
                     struct user **user);
/* call_chat, and it must be a group, supergroup or channel in which the bot has the right. */
bool call_chat_right(struct call *call, enum right right, const char *refusal);

#endif
