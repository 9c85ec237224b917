/* From a raw request to what it means: proves it genuine (a gateway's signature, Telegram's secret
 * token, the operator's token), then makes it one command or one question, or refuses it. Nothing
 * is parsed before it is authenticated. Pure; used by one thread at a time. */
#ifndef USHER_DESK_VERIFY_H
#define USHER_DESK_VERIFY_H

#include "config/config.h"
#include "desk/judgement.h"
#include "desk/pace.h"

struct verifier;

/* Builds what each configured gateway needs. config must outlive it. */
enum error verifier_new(const struct config *config, struct verifier **out, struct why *why);
void verifier_destroy(struct verifier **verifier);
/* From now on what people say is held to this pace (NULL: to none); pace must outlive it. */
const struct config *verifier_config(const struct verifier *verifier);
void verifier_pace(struct verifier *verifier, struct pace *pace);

/* judgement is cleared first. It may point into request until the next call. */
void verifier_judge(struct verifier *verifier, const struct message_request *request,
                    uint64_t now_ms, struct judgement *judgement);

#endif
