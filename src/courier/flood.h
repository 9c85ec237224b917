/* Whom does a 429 name? The answer does not say whether the chat or the whole bot is over a limit,
 * so this is found out by what the next calls bring.
 *
 *     quiet ──429 for a chat──▶ watching ──another answer──▶ quiet     it was the chat
 *       │                          │
 *       │                          └──429 for another chat──┐          it is the bot
 *       └──429 for a call without a chat of its own─────────┴▶ frozen ──until──▶ watching
 *
 * While watching, one call goes out at a time. docs/TELEGRAM.md says why. Pure; times are monotonic
 * ms. */
#ifndef USHER_COURIER_FLOOD_H
#define USHER_COURIER_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    FLOOD_MARGIN_MS = 1000,  /* past retry_after, which is in whole seconds */
    FLOOD_PATIENCE_MS = 1000 /* how long one call without an answer holds up the next */
};

struct flood {
    uint64_t frozen_until; /* the whole bot */
    bool watching;
    bool bot_named;     /* the whole bot was frozen last, or else suspect was */
    int64_t suspect;    /* the chat that got the last 429 */
    uint64_t since_ms;  /* of the last 429 */
    uint64_t until_ms;  /* when it ends */
    bool probing;       /* a call that was sent while watching has no answer yet */
    uint64_t probed_ms; /* when it was sent */
};

/* The whole bot is frozen until then, whatever the reason. */
void flood_freeze(struct flood *flood, uint64_t until_ms, uint64_t now_ms);
/* A 429 came for this chat (0: none) and ends at *until_ms. Returns the chat that is frozen by it,
 * 0 for the whole bot (then it is frozen here); *until_ms is put off when an earlier one lasts
 * longer. */
int64_t flood_hit(struct flood *flood, int64_t chat_id, uint64_t *until_ms, uint64_t now_ms);
/* When the next call may go out, as far as this is concerned. */
uint64_t flood_ready_at(const struct flood *flood);
void flood_sent(struct flood *flood, uint64_t now_ms);
/* Has a 429 come since a call was taken at taken_ms, that no answer has explained yet? */
bool flood_overtook(const struct flood *flood, uint64_t taken_ms);
/* The call that was sent at sent_ms ended. accepted: the server answered it, and not by refusing
 * the bot. */
void flood_ended(struct flood *flood, uint64_t sent_ms, bool accepted);

#endif
