/* Telegram updates into commands. Pure. */
#ifndef USHER_CARRIER_TELEGRAM_UPDATE_H
#define USHER_CARRIER_TELEGRAM_UPDATE_H

#include "base/buf.h"
#include "base/error.h"
#include "wire/words.h"

#include <stdint.h>

enum {
    UPDATE_BYTES_MAX = 1 << 20,  /* of one update */
    UPDATES_BYTES_MAX = 8 << 20, /* of the body of a getUpdates answer */
    UPDATE_DEPTH_MAX = 64
};

enum update_verdict {
    UPDATE_COMMAND, /* out holds one encoded command */
    UPDATE_TEXT,    /* the same: a cmd_said with free text, kept only when somebody listens to it */
    UPDATE_UNUSED,  /* well-formed, of no use to us */
    UPDATE_BAD,     /* not an update at all */
    UPDATE_BUSY     /* no memory to know: it must come again */
};

enum { USERNAME_SIZE = 65 };

/* The name in an answer to getMe; "" when there is none. */
void me_username(struct slice body, char out[USERNAME_SIZE]);

struct update_reader {
    const char *bot;
    struct slice username; /* at Telegram, "" when it is not known; without the @ */
    const struct words *words;
    struct slice seed; /* random, for cmd_said */
    /* Is all that is written in this group chat for somebody here? Then it is free text, whatever
     * words it holds. NULL: in none. */
    bool (*overhears)(const void *context, const char *bot, int64_t chat_id);
    const void *context;
};

/* update: one Update object as JSON (bounded in size and depth, no trailing bytes). kind: a static
 * label for metrics ("message", "chat_join_request", ...; "other" for kinds that we do not use,
 * "bad"). Private messages and pressed buttons become cmd_said, with a word's or a button's
 * meaning, and so do words in groups that may be said there; join requests cmd_join_request,
 * chat_member cmd_membership, my_chat_member of a private chat cmd_reachable and of a group
 * cmd_membership, migrate_to_chat_id cmd_migrate, pre_checkout_query cmd_pre_checkout,
 * successful_payment and refunded_payment in Stars cmd_star_payment. Bots and groups that are not
 * configured are the ledger's business. */
enum update_verdict update_translate(const struct update_reader *reader, struct slice update,
                                     struct buf *out, const char **kind);

/* Splits the body of a getUpdates answer ({"ok":true,"result":[...]}) into its updates: slices of
 * body (one JSON object each) and their ids, at most max. ERROR_INVALID when the body is not such
 * an answer; ERROR_TOO_LARGE. An update that is broken inside is passed on, to be refused by
 * update_translate: it must not hold up the others for ever. */
enum error updates_split(struct slice body, struct slice *updates, uint64_t *ids, size_t max,
                         size_t *count);

/* Appends the update types that we can translate, and so ask for, as a JSON array. */
void updates_allowed(struct buf *out);

#endif
