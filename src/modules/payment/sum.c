#include "modules/payment/sum.h"

/* The events, and behind them the one that is not among them yet. */
struct story {
    struct ledger *ledger;
    const struct payment_events *events;
    const struct record_payment *now; /* or NULL */
};

static bool at(const struct story *story, size_t i, struct record_payment *out);
static int64_t failed_since(const struct story *story, const struct record_payment *event);
static bool told_between(const struct story *story, const struct record_payment *before,
                         const struct record_payment *event);
static bool lifted(const struct story *story, const struct record_payment *event,
                   const struct record_payment *paid);
static bool is_later(const struct record_payment *a, const struct record_payment *b);
static bool same_part(const struct record_payment *a, const struct record_payment *b);
static bool is_refund(const struct record_payment *event);
static bool is_word(const struct record_payment *event);

bool payment_repeats(struct ledger *ledger, const struct payment_events *events,
                     const struct record_payment *event, struct record_payment *of)
{
    struct story story = {ledger, events, NULL};
    for (size_t i = events->count; i-- > 0;) {
        if (!at(&story, i, of))
            continue;
        if (is_word(event) && is_word(of))
            return of->kind == event->kind && !told_between(&story, of, event);
        bool totals = event->total && is_refund(event) && is_refund(of);
        if (of->kind != event->kind && !totals)
            continue;
        /* A part that has an id is that part; one without is told apart by what it comes to. */
        if (event->part_id[0] != 0 || of->part_id[0] != 0) {
            if (same_part(of, event))
                return true;
        } else if (totals) {
            if (of->amount == event->amount && !told_between(&story, of, event))
                return true;
        } else if (!is_refund(event) || event->kind == PAYMENT_REFUNDED) {
            return true;
        }
    }
    return false;
}

/* It is as it was before, and in between it was otherwise: the gateway had given another word, or
 * what was refunded so far had become less. */
static bool told_between(const struct story *story, const struct record_payment *before,
                         const struct record_payment *event)
{
    struct record_payment other;
    for (size_t i = 0; i < story->events->count; i++)
        if (at(story, i, &other) &&
            (is_word(event) ? is_word(&other) && other.kind != event->kind
                            : other.kind == PAYMENT_REFUND_FAILED) &&
            is_later(&other, before) && is_later(event, &other))
            return true;
    return false;
}

bool payment_stands(struct ledger *ledger, const struct payment_events *events,
                    const struct record_payment *event, const struct record_payment *paid)
{
    struct story story = {ledger, events, NULL};
    return !lifted(&story, event, paid);
}

void payment_add_up(struct ledger *ledger, const struct payment_events *events,
                    const struct record_payment *now, const struct record_payment *paid,
                    struct payment_sum *out)
{
    struct story story = {ledger, events, now};
    struct record_payment event;
    int64_t parts = 0; /* that were told one by one */
    int64_t total = 0; /* that the gateway says was refunded so far */
    *out = (struct payment_sum){.refunded = false};
    for (size_t i = 0; i <= events->count; i++) {
        if (!at(&story, i, &event) || lifted(&story, &event, paid))
            continue;
        out->disputes += event.kind == PAYMENT_CHARGED_BACK || event.kind == PAYMENT_INVALID;
        if (!is_refund(&event))
            continue;
        bool counts = event.amount >= 0 && strcmp(event.currency, paid->currency) == 0;
        int64_t failed = event.total ? failed_since(&story, &event) : 0;
        if (event.kind == PAYMENT_REFUNDED && (event.total || !counts) && failed == 0)
            out->refunded = true; /* the gateway says so, whatever it counts */
        else if (counts && event.total)
            total = event.amount - failed > total ? event.amount - failed : total;
        else if (counts && event.amount <= INT64_MAX - parts)
            parts += event.amount;
    }
    int64_t sum = parts > total ? parts : total;
    out->back = sum;
    out->refunded = out->refunded || (sum > 0 && paid->amount >= 0 && sum >= paid->amount);
}

/* Of the sum that this refund tells so much did not take place after all. */
static int64_t failed_since(const struct story *story, const struct record_payment *event)
{
    struct record_payment other;
    int64_t sum = 0;
    for (size_t i = 0; i <= story->events->count; i++) {
        if (!at(story, i, &other) || other.kind != PAYMENT_REFUND_FAILED ||
            !is_later(&other, event))
            continue;
        if (other.amount < 0 || other.amount > event->amount - sum)
            return event->amount > 0 ? event->amount : 1;
        sum += other.amount;
    }
    return sum;
}

static bool at(const struct story *story, size_t i, struct record_payment *out)
{
    if (i < story->events->count)
        return payment_load(story->ledger, story->events->sequences[i], out);
    if (i > story->events->count || story->now == NULL)
        return false;
    *out = *story->now;
    return true;
}

/* A dispute that was won, a refund that failed, a word that a later one takes back. */
static bool lifted(const struct story *story, const struct record_payment *event,
                   const struct record_payment *paid)
{
    struct record_payment other;
    if (event->kind == PAYMENT_INVALID && is_later(paid, event))
        return true;
    if (is_refund(event) && event->total) {
        int64_t failed = failed_since(story, event);
        return failed > 0 && failed >= event->amount;
    }
    for (size_t i = 0; i <= story->events->count; i++) {
        if (!at(story, i, &other))
            continue;
        if ((event->kind == PAYMENT_CHARGED_BACK && other.kind == PAYMENT_REINSTATED &&
             (same_part(event, &other) || other.part_id[0] == 0)) ||
            (is_refund(event) && other.kind == PAYMENT_REFUND_FAILED && same_part(event, &other)) ||
            (event->kind == PAYMENT_INVALID && other.kind == PAYMENT_PAID &&
             is_later(&other, event)))
            return true;
    }
    return false;
}

/* By the gateway's own time when it tells one, else as they came. */
static bool is_later(const struct record_payment *a, const struct record_payment *b)
{
    if (a->occurred_ms != 0 && b->occurred_ms != 0 && a->occurred_ms != b->occurred_ms)
        return a->occurred_ms > b->occurred_ms;
    return a->sequence > b->sequence;
}

static bool same_part(const struct record_payment *a, const struct record_payment *b)
{
    return strcmp(a->part_id, b->part_id) == 0;
}

static bool is_refund(const struct record_payment *event)
{
    return event->kind == PAYMENT_REFUNDED || event->kind == PAYMENT_PARTLY_REFUNDED;
}

/* The gateway's word whether it is paid. */
static bool is_word(const struct record_payment *event)
{
    return event->kind == PAYMENT_PAID || event->kind == PAYMENT_INVALID;
}
