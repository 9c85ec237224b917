/* Inside the ledger: the struct, and typed reading and writing of records within the open
 * transaction. Failure of the store is sticky: the first one is kept in ledger->error, everything
 * after it does nothing, and ledger_apply returns it, so that an op reads as the rule it states.
 * Records are copied out; none is held across a call that may change it: helpers take ids, load,
 * change and store. */
#ifndef USHER_LEDGER_STATE_H
#define USHER_LEDGER_STATE_H

#include "ledger/catalog.h"
#include "ledger/ledger.h"
#include "ledger/records.h"
#include "text/calendar.h"

struct ledger {
    struct store *store;
    struct store_txn *txn;     /* NULL outside of begin ... commit and of a question */
    struct catalog *catalog;   /* an empty one before the first cmd_configure */
    struct calendar *calendar; /* of the catalog's time zone */
    uint8_t catalog_hash[32];
    struct record_meta meta;      /* in the transaction */
    struct record_meta committed; /* as of the last commit */
    uint64_t next_due_ms;         /* as of the last commit */
    uint64_t sequence;            /* of the command being applied */
    uint64_t at_ms;
    struct effects *effects;
    enum error error;
    bool stale; /* the state could not be read after an abort: memory may hold the aborted batch */
};

/* Begins a transaction of the ledger; one that is stale reads the state first. */
enum error state_begin(struct ledger *ledger, bool write);

/* The first failure wins. */
void state_fail(struct ledger *ledger, enum error error);

bool state_get(struct ledger *ledger, enum table table, const struct key *key,
               enum record_kind kind, void *record);
void state_put(struct ledger *ledger, enum table table, const struct key *key,
               enum record_kind kind, const void *record);
/* value points into the store until the next write. */
bool state_get_bytes(struct ledger *ledger, enum table table, const struct key *key,
                     struct slice *value);
void state_put_bytes(struct ledger *ledger, enum table table, const struct key *key,
                     struct slice value);
void state_delete(struct ledger *ledger, enum table table, const struct key *key);
/* The first key at or after from that begins with prefix, copied into found. */
bool state_seek(struct ledger *ledger, enum table table, struct slice prefix, struct slice from,
                bool after, struct key *found, struct slice *value);

/* The rows of a person in TABLE_people, in this order behind the telegram id. */
enum person_row {
    PERSON_MEMBER = 1,
    PERSON_ENTITLEMENT, /* plan */
    PERSON_SEAT,        /* group */
    PERSON_PAYMENT,     /* number -> key of the payment */
    PERSON_DELIVERY     /* delivery id -> nothing */
};
void person_key(struct key *key, int64_t telegram_id, enum person_row row);

bool member_load(struct ledger *ledger, int64_t telegram_id, struct record_member *out);
void member_store(struct ledger *ledger, int64_t telegram_id, const struct record_member *member);
/* Loads, or begins a new one (counted, not yet stored). */
void member_load_or_new(struct ledger *ledger, int64_t telegram_id, struct record_member *out);

bool entitlement_load(struct ledger *ledger, int64_t telegram_id, const char *plan,
                      struct record_entitlement *out);
void entitlement_store(struct ledger *ledger, int64_t telegram_id, const char *plan,
                       const struct record_entitlement *entitlement);
/* Walks a member's entitlements: plan holds the name of the last one seen, "" to begin. */
bool entitlement_next(struct ledger *ledger, int64_t telegram_id, char plan[CATALOG_NAME_MAX + 1],
                      struct record_entitlement *out);

void payment_key(struct key *key, struct slice gateway, struct slice payment_id,
                 enum payment_kind kind);
bool payment_load(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                  enum payment_kind kind, struct record_payment *out);
void payment_store(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                   const struct record_payment *payment);

bool order_load(struct ledger *ledger, struct slice id, struct record_order *out);
void order_store(struct ledger *ledger, struct slice id, const struct record_order *order);

/* A group's record; one that has none yet begins with the catalog's chat. */
void group_load(struct ledger *ledger, const struct catalog_group *group, struct record_group *out);
void group_store(struct ledger *ledger, const struct catalog_group *group,
                 const struct record_group *record);
/* The configured group that now has this chat id, or NULL. */
const struct catalog_group *group_of_chat(struct ledger *ledger, struct slice bot, int64_t chat_id);

/* A seat that has no record is SEAT_UNKNOWN. */
void seat_load(struct ledger *ledger, const char *group, int64_t telegram_id,
               struct record_seat *out);
void seat_store(struct ledger *ledger, const char *group, int64_t telegram_id,
                const struct record_seat *seat);

bool delivery_load(struct ledger *ledger, uint64_t id, struct record_delivery *out);
void delivery_store(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);

enum timer_kind { TIMER_ENTITLEMENT = 1 };
void timer_set(struct ledger *ledger, uint64_t due_ms, enum timer_kind kind, int64_t telegram_id,
               const char *subject);
void timer_clear(struct ledger *ledger, uint64_t due_ms, enum timer_kind kind, int64_t telegram_id,
                 const char *subject);

uint64_t seats_taken(struct ledger *ledger, const char *plan);
void seats_change(struct ledger *ledger, const char *plan, int change);

/* True when this update of this bot was seen before; remembers it. */
bool update_seen(struct ledger *ledger, struct slice bot, uint64_t update_id);
/* True when this event of this gateway was seen before; remembers it. */
bool event_seen(struct ledger *ledger, struct slice gateway, struct slice event_id);

/* Reads catalog and scalars from the state (after open and after an abort). On an error what was
 * known of the last commit stays, and the ledger is stale. */
enum error state_reload(struct ledger *ledger, struct why *why);
/* Parses rows and puts them in force. */
enum error state_catalog_use(struct ledger *ledger, struct slice hash, struct slice rows);

#endif
