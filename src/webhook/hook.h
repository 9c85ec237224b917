/* One webhook: what it still has to send, one event after the other, and when. An event that was
 * not taken is tried again and holds back those behind it:
 *
 *     level ──news──▶ sending ──2xx──▶ the next one, or level
 *                      │   ▲
 *                  not taken └── 3 s, 6 s, ... 1 h, each a quarter more or less
 *                      │
 *                      └── 410, or failing for give_up ──▶ disabled: news pass by; a replay ends it
 *
 * Pure but for the memory it holds: `mono_ms` decides about tries, `wall_ms` about give_up. */
#ifndef USHER_WEBHOOK_HOOK_H
#define USHER_WEBHOOK_HOOK_H

#include "base/prng.h"
#include "config/config.h"
#include "webhook/cursor.h"
#include "webhook/envelope.h"

enum {
    HOOK_FIRST_MS = 3000,
    HOOK_LONGEST_MS = 3600 * 1000,
    HOOK_ITEMS_MAX = 16 * 1024 * 1024,
    HOOK_BODY_MAX = 256 * 1024,
    HOOK_ERROR_MAX = 127
};

enum hook_result { HOOK_SENT, HOOK_AGAIN, HOOK_DISABLED, HOOK_STALE };

struct hook {
    const struct config_webhook *config;
    struct hmac *key;
    struct prng prng;
    struct cursor cursor;
    bool placed;                    /* the cursor is known */
    struct buf items;               /* news_item messages that were not sent */
    size_t at;                      /* of them, those before it were */
    uint64_t upto;                  /* what they cover */
    bool busy;                      /* a request is under way */
    bool stale;                     /* a replay came meanwhile: its answer says nothing */
    size_t next;                    /* where items goes on behind it */
    uint32_t failures;              /* of this event */
    uint64_t try_ms;                /* mono: not before */
    char error[HOOK_ERROR_MAX + 1]; /* the last one, "" when it was taken */
    uint64_t fact[WEBHOOK_FACT_WORDS];
    char name[EVENT_NAME_MAX + 1]; /* of the event that is to go */
    char id[WEBHOOK_ID_MAX + 1];
    struct buf body;
};

/* ERROR_MEMORY. config must outlive it. */
enum error hook_init(struct hook *hook, const struct config_webhook *config, uint64_t seed);
void hook_deinit(struct hook *hook);

/* Where to begin, when no cursor says so. */
void hook_place(struct hook *hook, uint64_t position);
/* It has nothing left: news behind cursor.position are wanted. */
bool hook_hungry(const struct hook *hook);
/* items are copied. ERROR_MEMORY: as if they had not come. */
enum error hook_feed(struct hook *hook, struct slice items, uint64_t upto);

/* Is an event due: name, id and body are those of it, and it is busy until hook_done. What it does
 * not want is passed by. */
bool hook_next(struct hook *hook, uint64_t mono_ms);
/* When it wants hook_next; UINT64_MAX: not by itself. */
uint64_t hook_try_at(const struct hook *hook);
/* What became of it. status: of the answer, 0 when there was none; then error says why. */
enum hook_result hook_done(struct hook *hook, unsigned status, const char *error, uint64_t mono_ms,
                           uint64_t wall_ms);

/* Sends everything behind position again, also when it was disabled. */
void hook_replay(struct hook *hook, uint64_t position);

#endif
