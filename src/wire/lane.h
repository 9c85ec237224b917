/* The name of a lane: where outward work goes and by which carrier, "telegram:main", "http:acme",
 * "smtp:post". A bot's lane is the carrier telegram and the bot's name. */
#ifndef USHER_WIRE_LANE_H
#define USHER_WIRE_LANE_H

#include "base/slice.h"

enum { LANE_NAME_MAX = 63 };

/* How an HTTP service knows that a request is ours: by a secret in a header, or by what is signed
 * as this gateway has it (carrier/http/signing.h). */
enum lane_sign { LANE_SIGN_NOTHING, LANE_SIGN_WECHAT_PAY, LANE_SIGN_ALIPAY, LANE_SIGN_CRYPTOMUS };

struct lane_name {
    char text[LANE_NAME_MAX + 1];
};

/* "" when it does not fit. */
struct lane_name lane_of(const char *carrier, struct slice name);
struct lane_name lane_of_bot(struct slice bot);
/* The bot of a lane; empty when its carrier is another. */
struct slice lane_bot(struct slice lane);

#endif
