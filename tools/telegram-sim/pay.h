/* Telegram Stars: invoices, and what users pay for them. A payment waits ten seconds for the bot's
 * answer to its pre_checkout_query; then it is over. A paid one has a charge id, "stx" and its
 * number. All of them are kept until the world ends. */
#ifndef SIM_PAY_H
#define SIM_PAY_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct bot;
struct message;
struct sim;
struct user;
struct world;

enum {
    PAY_TITLE_CHARS_MAX = 32,
    PAY_DESCRIPTION_CHARS_MAX = 255,
    PAY_PAYLOAD_BYTES_MAX = 128,
    PAY_STARS_MAX = 100000,
    PAY_SUBSCRIPTION_STARS_MAX = 10000,
    PAY_PERIOD_S = 2592000, /* the only one of a subscription */
    PAY_ANSWER_MS = 10000
};

struct invoice {
    int64_t id;
    uint32_t bot;
    char *title;
    char *description;
    char *payload;
    char *start_parameter; /* "": forwarded copies can be paid */
    int64_t stars;
    int64_t period_s; /* 0: no subscription */
};

enum payment_state { PAYMENT_WAITING, PAYMENT_PAID, PAYMENT_REFUSED, PAYMENT_EXPIRED };

struct payment {
    int64_t id;
    struct user *user;
    const struct invoice *invoice;
    enum payment_state state;
    uint64_t asked_ms;
    uint64_t paid_ms;
    char *refusal; /* of PAYMENT_REFUSED */
    bool refunded;
    int64_t first;     /* of a renewal: the payment that began the subscription; 0: none */
    int64_t expires_s; /* of the subscription, in the first payment; 0: none */
    bool canceled;     /* the subscription, by the bot or the user */
    bool lost;         /* nobody tells the bot that it was paid */
};

/* One line of the bot's Stars account. */
struct star_entry {
    const struct payment *payment;
    bool refund;
    uint64_t at_ms;
};

/* Copies the texts. */
struct invoice *pay_invoice_make(struct world *world, const struct invoice *invoice);
/* The number in "https://t.me/$sim7"; NULL: no such link. */
struct invoice *pay_invoice_find(const struct world *world, struct slice link);
/* The user pays: the bot is asked. lost: it will not be told. */
struct payment *pay_begin(struct sim *sim, struct user *user, const struct invoice *invoice,
                          bool lost);
/* By number, also one that is over; NULL: none. */
struct payment *pay_find(const struct world *world, int64_t id);
/* A paid one; NULL: none. */
struct payment *pay_charge(const struct world *world, struct slice charge_id);
/* The bot's answer; error absent: it lets the user pay. False: it came too late, or twice. */
bool pay_answer(struct sim *sim, struct payment *payment, struct slice error);
void pay_refund(struct sim *sim, struct payment *payment);
/* The subscription that this payment began goes on for a period; NULL: it is canceled. lost: the
 * bot is not told. */
struct payment *pay_renew(struct sim *sim, struct payment *first, bool lost);
/* ,"payments":[...] of a user, or of all. */
void pay_render(const struct sim *sim, const struct user *user, struct buf *out);
/* StarTransactions of one bot: limit entries from the offset. */
void pay_transactions(const struct sim *sim, const struct bot *bot, int64_t offset, int64_t limit,
                      struct buf *out);
void pay_deinit(struct world *world);

#endif
