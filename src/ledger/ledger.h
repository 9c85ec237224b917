/* The ledger: state + command -> new state + effects, and questions about the state. No clock, no
 * randomness, no sockets, no logging: the time and the configuration arrive in commands, so that
 * applying the same journal gives the same state, byte for byte. `applied` moves in the transaction
 * of the state, so each command changes the state exactly once.
 *
 *     ledger_begin ─▶ ledger_apply × n ─▶ ledger_commit ─▶ effects may be acted on
 *                                     └─▶ ledger_abort: nothing happened; apply the same entries
 * again
 *
 * Commands are one file each in ledger/ops/ and one row each in the table of ops/ops.def. Used by
 * one thread; ledger_query and ledger_work may be called only outside begin ... commit, by that
 * thread. */
#ifndef USHER_LEDGER_LEDGER_H
#define USHER_LEDGER_LEDGER_H

#include "store/store.h"
#include "wire/wire.h"

struct ledger;

/* What became of a command. Refusals are results, not errors: the command stays in the journal and
 * changes nothing (or only its record). Those of modules are numbers of their own (module.h). */
enum result {
#define RESULT(name, status, text) RESULT_##name,
#include "ledger/results.def"
#undef RESULT
    RESULT_COUNT
};
bool result_known(unsigned result); /* what follows is asked only of such */
const char *result_name(unsigned result);
const char *result_text(unsigned result);
unsigned result_status(unsigned result); /* of HTTP: 2xx is success */

/* What the outside must know after a commit. */
struct effect {
    uint64_t delivery;
    bool ended; /* an attempt came to its end, so its lease is over; says nothing about ready */
    bool ready; /* true: may be leased from not_before_ms on; false: no longer (done, dead, held) */
    enum delivery_kind kind;
    unsigned priority; /* the lower number goes first */
    char lane[64];
    uint64_t turn_ms;
    uint64_t not_before_ms; /* wall */
};
struct effects {
    struct effect *items; /* grows; owner is whoever made the struct (zeroed), free(items) */
    size_t count;
    size_t cap;
};

/* Takes the store as it is (empty or not) and reads applied and the catalog. The store must outlive
 * it. */
enum error ledger_open(struct store *store, struct ledger **out, struct why *why);
void ledger_close(struct ledger **ledger);

/* The last sequence applied, committed or not; after an abort that of the last commit. */
uint64_t ledger_applied(const struct ledger *ledger);
/* SHA-256 of the catalog in force, zeros before the first cmd_configure. */
const uint8_t *ledger_catalog_hash(const struct ledger *ledger);
/* Wall ms of the earliest timer, 0: none. */
uint64_t ledger_next_due(struct ledger *ledger);

/* How far the test clock was ahead by the last cmd_clock, 0 when there was none. */
enum error ledger_clock_ahead(struct ledger *ledger, uint64_t *ahead_ms);

/* Begins a batch, which may stay open while it is worked with: questions and deliveries are those
 * of the batch, and since the journal gives the same state again, what it said stands even when it
 * is aborted. Ask ledger_applied behind this, not before: a batch whose commit failed with the disk
 * in doubt may turn out to be stored. */
enum error ledger_begin(struct ledger *ledger);
/* sequence must be applied + 1. Returns ERROR_NONE and the result; any other error is the store's
 * (FULL, IO ...) or CORRUPT for bytes that are no command, and then the whole batch must be
 * aborted. */
enum error ledger_apply(struct ledger *ledger, uint64_t sequence, uint64_t at_ms,
                        struct slice command, unsigned *result, struct effects *effects);
/* What the last command left to be told of, such as the number of a new thing; 0: nothing. */
uint64_t ledger_subject(const struct ledger *ledger);
/* The JSON for who waited for this applied command, which succeeded; *status is that of HTTP. */
enum error ledger_answer(struct ledger *ledger, struct slice command, unsigned result,
                         uint64_t subject, struct buf *json, unsigned *status);
/* *ready = false: the answer is worth waiting for (module.h: struct wait_row). */
enum error ledger_ready(struct ledger *ledger, struct slice command, uint64_t subject, bool *ready);
enum error ledger_commit(struct ledger *ledger);
void ledger_abort(struct ledger *ledger);

/* Appends deliveries that may be leased or wait for their time, as effects, in the order of their
 * numbers: those behind *after, at most max. *after becomes the last of them, 0 at the end. */
enum error ledger_pending(struct ledger *ledger, uint64_t *after, size_t max,
                          struct effects *effects);
/* The same of all whose attempt has begun, which are not ready: their calls may be on their way. */
enum error ledger_started(struct ledger *ledger, struct effects *effects);

/* How long a pending delivery waits for those that go before it, about, in ms. Whoever lends them
 * knows; it is asked for answers and for what is lent, never by a command, so the state knows
 * nothing of it. wait NULL: nobody knows. */
typedef uint64_t ledger_wait_fn(void *context, struct slice lane, unsigned priority,
                                uint64_t turn_ms, uint64_t delivery);
void ledger_waits(struct ledger *ledger, ledger_wait_fn *wait, void *context);

/* Appends the encoded work message of a pending delivery. ERROR_NOT_FOUND when it is not pending
 * any more. */
enum error ledger_work(struct ledger *ledger, uint64_t delivery, uint64_t lease_until_ms,
                       struct buf *out);

/* Appends encoded freeze messages for this lane that are in force at now_ms. */
enum error ledger_freezes(struct ledger *ledger, struct slice lane, uint64_t now_ms,
                          struct buf *out);

/* Answers a question as JSON; *status is 200, 404 or 400 (then json holds a problem document). */
enum error ledger_query(struct ledger *ledger, const struct message_query *query, struct buf *json,
                        unsigned *status);

/* Is there somebody for the free text of this command: a dialogue that is open, or a module? */
enum error ledger_listens(struct ledger *ledger, const struct message_cmd_said *said,
                          bool *listens);

/* News behind the sequence `after`, as encoded news_item messages, of whole commands; about
 * bytes_max of them, at least a command. *upto is the last sequence that they cover; `after` when
 * there are none. With nobody to read them, there are none. ERROR_NOT_FOUND when news behind
 * `after` may have gone, or were never told: who is new, or was away from the configuration, or is
 * older than what it said to have read, walks first. */
enum error ledger_news(struct ledger *ledger, uint64_t after, size_t bytes_max, struct buf *items,
                       uint64_t *upto);
/* The same without records. */
enum error ledger_news_facts(struct ledger *ledger, uint64_t after, size_t bytes_max,
                             struct buf *items, uint64_t *upto);
/* How far this reader said that it is; UINT64_MAX when the ledger does not know it. */
enum error ledger_news_read(struct ledger *ledger, struct slice reader, uint64_t *upto);
/* From behind which sequence on news are kept; UINT64_MAX while nobody is to read any. */
enum error ledger_news_since(struct ledger *ledger, uint64_t *since);
/* All records as they are now, as news_item messages, about bytes_max from the place on that `at`
 * says ("" to begin); `at` becomes the next place, "" at the end. Between the first and the last
 * call records may change: who reads the news from the sequence before the first call on has them
 * all. */
enum error ledger_walk(struct ledger *ledger, struct buf *at, size_t bytes_max, struct buf *items);

/* Who may ask of the API, as encoded access_row messages in *rows, which is cleared first; false,
 * and *rows as it was, when nothing has changed since the last call. The first call, and the one
 * after an abort, is a change. */
bool ledger_access(struct ledger *ledger, struct buf *rows);

/* Counts for the metrics. */
struct ledger_counts {
    uint64_t members;
    uint64_t unsettled;
    uint64_t deliveries[6]; /* by enum delivery_stage, ledger/records.h */
    uint64_t broadcasts_running;
    struct {
        uint64_t sent, failed, skipped, unknown, withdrawn;
    } notices; /* of all broadcasts, as in their records */
};
void ledger_counts(const struct ledger *ledger, struct ledger_counts *out);

#endif
