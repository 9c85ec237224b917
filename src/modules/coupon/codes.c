/* What a member is told of their codes. */
#include "modules/coupon/coupon.h"

#include "ledger/rows.h"
#include "ledger/said.h"

enum { NEWEST_MAX = 10 /* of those used, and of those refused */ };

struct told {
    enum coupon_saying what;
    char code[33];
    char why[32];
    char currency[8];
    int64_t amount;
    uint64_t at;
};

/* Of what is added only the newest stay. */
struct newest {
    struct told told[NEWEST_MAX];
    size_t count;
};

static void find_used(struct ledger *ledger, int64_t telegram_id, struct newest *list);
static void find_refused(struct ledger *ledger, int64_t telegram_id, struct newest *list);
static struct told *add(struct newest *list, const char *code);
static size_t make_parts(const struct newest *list, struct message *parts);

void coupon_codes(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct newest used = {.count = 0};
    struct newest refused = {.count = 0};
    struct message parts[1 + 2 * NEWEST_MAX];
    size_t count = 1;
    find_used(ledger, said->telegram_id, &used);
    find_refused(ledger, said->telegram_id, &refused);
    count += make_parts(&used, parts + count);
    count += make_parts(&refused, parts + count);
    const struct coupon_said head = {.what = count > 1 ? COUPON_SAID_CODES : COUPON_SAID_NONE};
    parts[0] = part_make(shape_coupon_said(), &head);
    said_reply(ledger, said, parts, count);
}

static void find_used(struct ledger *ledger, int64_t telegram_id, struct newest *list)
{
    struct order order;
    struct record_coupon_use use;
    for (uint64_t n = 0; order_next(ledger, telegram_id, &n, &order);) {
        int64_t amount = 0;
        if (!coupon_use_load(ledger, &order, &use))
            continue;
        for (size_t i = 0; i < order.count; i++)
            if (strcmp(order.lines[i].kind, "coupon") == 0)
                amount -= order.lines[i].amount;
        struct told *told = add(list, use.code);
        told->what = (enum coupon_saying)use.state;
        told->amount = amount;
        told->at = order.record.paid_ms;
        memcpy(told->currency, order.record.currency, sizeof told->currency);
    }
}

static void find_refused(struct ledger *ledger, int64_t telegram_id, struct newest *list)
{
    struct record_coupon_try try;
    for (uint64_t n = 0;
         aspect_next(ledger, telegram_id, shape_record_coupon_try(), true, &n, &try);) {
        struct told *told = add(list, try.code);
        told->what = COUPON_SAID_REFUSED;
        told->at = try.at;
        memcpy(told->why, try.why, sizeof told->why);
    }
}

static struct told *add(struct newest *list, const char *code)
{
    struct told *told = &list->told[list->count++ % NEWEST_MAX];
    memset(told, 0, sizeof *told);
    (void)slice_copy(slice_from(code), told->code, sizeof told->code);
    return told;
}

/* Their texts lie in the list. The newest comes last. */
static size_t make_parts(const struct newest *list, struct message *parts)
{
    size_t first = list->count > NEWEST_MAX ? list->count - NEWEST_MAX : 0;
    for (size_t i = first; i < list->count; i++) {
        const struct told *told = &list->told[i % NEWEST_MAX];
        const struct coupon_said said = {.what = told->what,
                                         .code = slice_from(told->code),
                                         .why = slice_from(told->why),
                                         .amount = told->amount,
                                         .currency = slice_from(told->currency),
                                         .at = told->at};
        parts[i - first] = part_make(shape_coupon_said(), &said);
    }
    return list->count - first;
}
