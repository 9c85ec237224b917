/* The inside of the auditor. */
#ifndef USHER_TESTS_SIM_AUDITOR_STATE_H
#define USHER_TESTS_SIM_AUDITOR_STATE_H

#include "tests/sim/auditor.h"
#include "tests/sim/gateways.h"
#include "text/calendar.h"

#include <cjson/cJSON.h>

enum {
    /* From a change to the last moment at which a call that was under way is done: a lease, an
     * outage, a late tick. */
    LATE_MS = 15 * MINUTE_MS,
    FREEZES_MAX = 64,
    REMOVALS_MAX = 64,
    CURRENCIES_PAID = 2, /* in which there are prices */
    QUEUE_MAX = 1000
};

/* What became of an event. The names are those of the ledger's answers. */
enum standing { UNSEEN, RECORDED, GRANTED, UNSETTLED, TAKEN_BACK, DISMISSED };

/* An event that usher has taken in. Of money that came in, it has a life of its own. */
struct taken {
    size_t event;
    uint64_t variant; /* of its id */
    enum standing standing;
    bool trace;           /* it is listed: not all that repeats another is */
    bool asked;           /* it was the operator's to look at */
    bool late;            /* its dispute or refund came first */
    bool named, wants;    /* usher knows for whom it is; it waits since nobody could say */
    bool unclaimed;       /* it waits for whoever claims its order */
    bool repeats;         /* of two that turned out to be one, the one that does not count */
    struct period length; /* that it gives */
    unsigned stretch;     /* in which it lies; 0: it gives nothing any more */
    size_t by;            /* the event + 1 that said for whom it is, later, 0: it did itself */
};

struct account {
    struct taken *taken; /* in the order in which usher took them in */
    size_t count, cap;
    unsigned same[NAMES]; /* by each name, the least of those that usher knows to be the same */
    bool touched;         /* the operator decided about it */
    unsigned receipts_owed, receipts;
};

enum holding_status { NEVER_HELD, RUNNING, IN_GRACE, OVER };

/* A membership: stretches of paid time without a gap. */
struct holding {
    struct heap_node node; /* by timer_ms, while it runs or is in grace */
    uint64_t user;
    size_t plan;
    enum holding_status status;
    unsigned stretch; /* counts them */
    uint64_t from_ms, until_ms;
    uint64_t timer_ms; /* when a tick must look at it */
    struct period length;
    unsigned groups;             /* that it has opened since opened_ms, a bit each */
    unsigned over_groups;        /* that it had opened by over_ms */
    uint64_t opened_ms, over_ms; /* true time */
    unsigned orders;             /* that are open */
    bool kept;                   /* one of them keeps a seat */
};

/* Telegram said to wait: with this chat, or with everything (0). */
struct freeze {
    size_t bot;
    uint64_t epoch, delivery;
    int64_t chat_id;
    uint64_t said_ms, until_ms; /* true time */
    bool known;                 /* the state has it: it outlives the process */
};

/* What is unknown to usher of a user in a group, and what it was told. */
struct word {
    uint64_t missed_ms; /* the change of place that came while the group was not configured, + 1 */
    uint64_t ban_ms;    /* when usher learned that they are banned, 0: they are not */
};

/* Check-ins of one user. */
struct days {
    bool any;
    int64_t day; /* of the last one, in the zone of then */
    uint64_t at_ms;
    const char *zone;
    uint64_t streak;
    int64_t points;
};

struct credit {
    int64_t amount;
    bool ever; /* there was some */
};

/* An order that is paid and nobody's is the operator's to see then. */
struct wait {
    uint64_t order, until_ms;
};

struct auditor {
    struct account *accounts; /* grown with the gateways' payments */
    size_t account_count, account_cap;
    struct holding *holdings; /* [user][plan] */
    struct heap timers;
    struct holding **doubtful; /* in grace, of which there is less since */
    size_t doubtful_count, doubtful_cap;
    uint64_t taken[PLANS];  /* seats */
    uint64_t held[PLANS];   /* and those that open orders keep */
    struct days *days;      /* of check-ins, each user's */
    struct credit *credits; /* [user][currency] */
    struct wait *waits;     /* of orders that are paid and nobody's */
    size_t wait_count, wait_cap;
    struct calendar *calendar;

    size_t terms, terms_before; /* in force, as the journal has it */
    uint64_t terms_ms;          /* since then, true time; 0: none are yet */
    uint64_t absent_ms[GROUPS]; /* since when the group is not configured, 0: it is */
    struct word *words;         /* [user][group] */
    uint8_t *updates[BOTS];     /* what became of each update */
    size_t update_cap[BOTS];

    uint8_t *deliveries; /* what is known of each */
    size_t delivery_cap;
    uint64_t removals[REMOVALS_MAX]; /* when the last ones were lent first, a ring */
    uint64_t removal_count;
    uint64_t released_ms;        /* when the operator let something go */
    uint64_t pending[QUEUE_MAX]; /* deliveries, when that was looked at last */
    size_t pending_count;
    struct freeze freezes[FREEZES_MAX];
    size_t freeze_count;
};

struct account *account_of(struct sim *sim, uint64_t payment);
struct holding *holding_of(const struct sim *sim, uint64_t user, size_t plan);

/* auditor_net.c: what the events of a payment come to that are known under these names. */
bool net_refunded(const struct sim *sim, uint64_t payment, unsigned name);
/* Open or lost. */
unsigned net_disputes(const struct sim *sim, uint64_t payment, unsigned name);
/* The money is there: not gone, not disputed, and the gateway says so. */
bool net_clear(const struct sim *sim, uint64_t payment, unsigned name);
/* A later event says that this one did not take place, or does not hold. */
bool net_lifted(const struct sim *sim, uint64_t payment, unsigned name, const struct taken *taken);
bool net_is_refund(enum payment_kind kind);
/* Money that came, all of it or less. */
bool net_is_money(enum payment_kind kind);
const struct gateway_event *net_event(const struct sim *sim, const struct taken *taken);
/* The n-th event that is known under these names; NULL behind the last. */
struct taken *net_taken(const struct sim *sim, uint64_t payment, unsigned name, size_t n);
/* The money that counts; NULL when none has come. */
struct taken *net_head(const struct sim *sim, uint64_t payment, unsigned name);

/* auditor_money.c: an event was taken in, by this variant of its id. */
void money_applied(struct sim *sim, size_t event, uint64_t variant, uint64_t at_ms,
                   enum result result);
/* auditor_settled.c: the operator has decided. */
void money_settled(struct sim *sim, struct waiter waiter, uint64_t at_ms, enum result result,
                   uint64_t user);
void money_dismissed(struct sim *sim, struct waiter waiter, unsigned result);

/* What this money came for, NULL: for no order of ours; and which payment it is of. */
struct order *money_order(const struct sim *sim, const struct taken *money);
uint64_t money_payment(const struct sim *sim, const struct taken *money);

/* auditor_credit.c. A new order takes what there is; it ends, or is paid late; there is as much. */
void credit_hold(struct sim *sim, struct order *order);
void credit_let_go(struct sim *sim, const struct order *order);
void credit_hold_again(struct sim *sim, const struct order *order);
bool credit_left(const struct sim *sim, const struct order *order);
/* The order is paid; its payment goes back, or counts again. */
void credit_paid(struct sim *sim, struct order *order, int64_t paid);
void credit_given_back(struct sim *sim, const struct taken *money);
void credit_reinstated(struct sim *sim, const struct taken *money);
void credit_check(struct sim *sim);

/* auditor_payments.c. At the end: how each payment is listed, and how it must stand by what really
 * became of it. */
void payments_check(struct sim *sim, uint64_t payment);

/* auditor_holdings.c. Time is added behind what the member has; false when the plan is not sold, or
 * all its seats are taken. */
bool holding_give(struct sim *sim, uint64_t payment, struct taken *money, bool continues,
                  uint64_t at_ms);
/* What it gave goes, if that time is not over. */
void holding_take(struct sim *sim, uint64_t payment, struct taken *money, uint64_t at_ms);
/* All that was due by over_ms is done. */
void holdings_ticked(struct sim *sim, uint64_t at_ms, uint64_t over_ms);
/* The terms have changed. */
void holdings_terms(struct sim *sim);
void holdings_new(struct sim *sim);
void holdings_destroy(struct sim *sim);
/* Telegram revoked no link, lately: what the bot may not do waits for the operator, who looks at it
 * once a day. */
bool revoking_was_stuck(const struct sim *sim);
bool holding_open(const struct holding *holding);
const struct terms *terms_in_force(const struct sim *sim);
/* Flags of an item in an array that grows. */
uint8_t *flags_of(uint8_t **flags, size_t *cap, uint64_t index);

/* May money that came now be for the payment's order? */
bool shop_takes(const struct sim *sim, const struct payment *payment, uint64_t at_ms);
/* A payment that names the order is granted. */
void shop_paid(struct sim *sim, uint64_t order, uint64_t payment);
/* All that was due by then is done. */
void shop_ticked(struct sim *sim, uint64_t over_ms);
/* The press of a button of the bot placed the order of this number. */
void shop_bought(struct sim *sim, uint64_t user, uint64_t at_ms, uint64_t number);
void shop_ordered(struct sim *sim, uint64_t order, uint64_t at_ms, struct outcome_of outcome,
                  const struct message *command);
void shop_cancelled(struct sim *sim, uint64_t order, struct outcome_of outcome);
void shop_coupon(struct sim *sim, struct waiter waiter, uint64_t at_ms, struct outcome_of outcome);
/* At the end: each order and code, and nothing is held any more. */
void shop_check(struct sim *sim);

/* auditor_claims.c. Money came for an order of nobody's. False: it must be looked at. */
bool claims_paid(struct sim *sim, struct taken *taken, const struct gateway_event *by,
                 uint64_t at_ms);
/* It went back; it counts again. True: that granted it. */
void claims_went_out(struct sim *sim, const struct taken *taken, bool refunded);
bool claims_came_back(struct sim *sim, struct taken *taken, uint64_t at_ms);
/* A seat for it, by itself: it keeps one (or gives it back), and is there one for it? */
void claims_keep_seat(struct sim *sim, struct order *order, bool keep);
bool claims_seat_left(const struct sim *sim, const struct order *order);
/* Somebody opened the link with this token; the operator has granted its payment to this user. */
void claims_opened(struct sim *sim, uint64_t user, uint64_t at_ms, uint64_t subject,
                   struct slice token);
void claims_settled(struct sim *sim, struct order *order, uint64_t user);
/* All that was due by then is done. */
void claims_ticked(struct sim *sim, uint64_t over_ms);
/* At the end: whose the order is, as the ledger says it in this document. */
void claims_check(struct sim *sim, const struct order *order, const cJSON *told);
/* The seats that orders of nobody's keep. */
uint64_t claims_seats(const struct sim *sim, size_t plan);

/* Somebody checked in; counts says that the update is new. */
void points_came(struct sim *sim, uint64_t user, uint64_t at_ms);
void points_check(struct sim *sim);

void places_update(struct sim *sim, struct waiter waiter, enum result result,
                   const struct message *command);
/* The terms have changed. */
void places_terms(struct sim *sim, const struct terms *before, const struct terms *after);
/* A removal is lent. */
void calls_removal(struct sim *sim, uint64_t delivery);
/* An outcome was applied: its freeze is in the state. */
void calls_applied(struct sim *sim, uint64_t delivery);

#endif
