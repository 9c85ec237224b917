/* Inside the ledger: the struct, and typed reading and writing of records within the open
 * transaction. Failure of the store is sticky: the first one is kept in ledger->error, everything
 * after it does nothing, and ledger_apply returns it, so that an op reads as the rule it states.
 * Records are copied out; none is held across a call that may change it: helpers take ids, load,
 * change and store. What a command touches most, its person and its delivery, is kept at hand
 * (person.h, delivery.h) and written when another is taken or the batch ends. */
#ifndef USHER_LEDGER_STATE_H
#define USHER_LEDGER_STATE_H

#include "ledger/catalog.h"
#include "ledger/ledger.h"
#include "ledger/records.h"
#include "text/calendar.h"

/* The person at hand: person.h. */
struct open_person {
    int64_t telegram_id;
    bool loaded;
    bool dirty;
    struct buf rows; /* the value of TABLE_people, but for a member that changed */
    enum { MEMBER_UNREAD, MEMBER_NONE, MEMBER_READ, MEMBER_CHANGED } member_state;
    struct record_member member;
};

/* Of a gateway's id, as the indexes of payments.c have it; each is asked for more than once in a
 * row. */
enum {
    HASH_BYTES = 8,
    INDEXED_BYTES_MAX = 32 + 1 + 255 /* gateway, NUL, id, as long as a command may have them */
};
struct last_hash {
    char text[INDEXED_BYTES_MAX];
    size_t len; /* 0: there is none */
    uint8_t hash[HASH_BYTES];
};

/* The group at hand: group.h. */
struct open_group {
    char name[CATALOG_NAME_MAX + 1]; /* "": none */
    struct record_group record;
};

/* The delivery at hand: delivery.h. */
struct open_delivery {
    uint64_t id;
    bool loaded;
    bool known; /* there is such a delivery */
    bool dirty;
    bool fresh; /* it is not in the store yet */
    struct record_delivery record;
    struct buf parts;
};

/* What a gateway is to be asked about (look.h), in the order of their coming. */
enum { LOOK_ROOM = 64 };

struct look {
    char gateway[32];
    char order_id[32];
    char id[256]; /* the gateway's own, of what it made */
    int64_t telegram_id;
};

struct looks {
    struct look items[LOOK_ROOM];
    size_t first, count;
};

struct kind;

/* The hear rows of all modules, in the order of modules.def: facts are told with every command. */
enum { HEARERS_MAX = 128 };
struct hearers {
    unsigned count;
    struct {
        const struct shape *fact;
        void (*hear)(struct ledger *ledger, const void *fact);
    } rows[HEARERS_MAX];
};

struct ledger {
    struct store *store;
    struct hearers hearers;
    const struct kind *kinds[DELIVERY_COUNT]; /* of deliveries: kinds.h */
    struct store_txn *txn;     /* NULL outside of begin ... commit and of a question */
    bool writing;              /* it is that of begin ... commit */
    struct catalog *catalog;   /* an empty one before the first cmd_configure */
    struct calendar *calendar; /* of the catalog's time zone */
    uint8_t catalog_hash[32];
    struct record_meta meta;      /* with what is applied and not yet committed */
    struct record_meta committed; /* as of the last commit */
    uint64_t next_due_ms;         /* as of the last commit */
    uint64_t sequence;            /* of the command being applied */
    uint64_t at_ms;
    uint64_t subject;   /* of the command: what its answer tells of */
    struct slice actor; /* who asks, "" for the outside and the clock */
    unsigned who;       /* enum who of module.h */
    struct slice seed;  /* random bytes of the command's, or "" */
    uint64_t rows;      /* touched by way of rows.h */
    bool answered;      /* the press of a button */
    unsigned facts;     /* told by the command */
    unsigned telling;   /* facts that are being heard, one within another */
    struct effects *effects;
    struct open_person person;
    struct last_hash last_hash;
    ledger_wait_fn *wait; /* NULL: nobody knows */
    void *wait_context;
    struct open_group group;
    struct open_delivery delivery;
    struct buf delivery_value; /* to encode it in */
    struct buf news;           /* told by the batch, not yet in the store: news.c */
    enum error error;
    struct looks looks;  /* no part of the state */
    bool access_changed; /* who may ask (access_list.h): the same */
    bool stale; /* the state could not be read after an abort: memory may hold the aborted batch */
};

/* Does what a command says: ledger.c. */
unsigned ledger_do(struct ledger *ledger, const struct message *command);

/* The first failure wins. */
void state_fail(struct ledger *ledger, enum error error);

bool state_get(struct ledger *ledger, enum table table, const struct key *key,
               const struct shape *shape, void *record);
void state_put(struct ledger *ledger, enum table table, const struct key *key,
               const struct shape *shape, const void *record);
/* value points into the store until the next write. */
bool state_get_bytes(struct ledger *ledger, enum table table, const struct key *key,
                     struct slice *value);
void state_put_bytes(struct ledger *ledger, enum table table, const struct key *key,
                     struct slice value);
/* The same for a key that is likely to be the table's greatest. */
void state_append_bytes(struct ledger *ledger, enum table table, const struct key *key,
                        struct slice value);
void state_delete(struct ledger *ledger, enum table table, const struct key *key);
/* The first key at or after from that begins with prefix, copied into found. */
bool state_seek(struct ledger *ledger, enum table table, struct slice prefix, struct slice from,
                bool after, struct key *found, struct slice *value);
/* The last key before `before`. */
bool state_seek_back(struct ledger *ledger, enum table table, struct slice prefix,
                     struct slice before, struct key *found, struct slice *value);

/* TIMER_BROADCAST stands under the broadcast's number in place of a Telegram id. Those of walks
 * that are too long for one command say where they go on. Who hears them: ops/tick.c, or the timer
 * rows of a module. */
enum timer_kind {
    TIMER_BROADCAST = 1,
    TIMER_OWED,     /* letters that waited for a link of the group: Telegram id, group */
    TIMER_REDO,     /* links that could not be made: the same */
    TIMER_LINKS,    /* links to forget */
    TIMER_RELEASE,  /* what the operator lets go: the stage */
    TIMER_WITHDRAW, /* notices of a broadcast that was cancelled: its number */
    TIMER_DOUBT,    /* notices whose attempt the end of the process cut off */
    TIMER_FREEZES,  /* freezes to forget: chat id, bot */
    TIMER_KEY,      /* an idempotency key: its hash */
    TIMER_AGENDA,   /* of a person */
    TIMER_ORDER,    /* an open order expires: 0, its id */
    TIMER_MENDED,   /* what failed for want of a right in the group: delivery, group */
    TIMER_NOTICES,  /* of no campaign, whose attempt may have been lost */
    TIMER_KIND_COUNT,
    TIMER_MODULES = 16 /* from here on modules' numbers */
};
/* The next step of a walk: due whatever the clock says, which may be set back meanwhile. */
#define TIMER_AT_ONCE_MS 1
void timer_set(struct ledger *ledger, uint64_t due_ms, enum timer_kind kind, int64_t telegram_id,
               const char *subject);
void timer_clear(struct ledger *ledger, uint64_t due_ms, enum timer_kind kind, int64_t telegram_id,
                 const char *subject);

/* True when this update of this bot was seen before; remembers it. */
bool update_seen(struct ledger *ledger, struct slice bot, uint64_t update_id);
/* Parses rows and puts them in force. */
enum error state_catalog_use(struct ledger *ledger, struct slice hash, struct slice rows);

#endif
