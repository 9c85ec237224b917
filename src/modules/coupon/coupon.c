#include "modules/coupon/coupon.h"

#include "ledger/rows.h"
#include "wire/shape_json.h"

enum { CODE_LEAST = 4, LIST_DEFAULT = 100, PERIODS_MAX = 1200 };

static bool plans_known(const struct ledger *ledger, struct slice plans);
static bool periods_known(struct slice periods);
static bool duration_of(struct slice asked, char out[9]);
static bool next_word(struct slice *list, struct slice *word);
static void code_key(struct key *key, struct slice code);

static void answer_coupon(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    const struct coupon_create *ask = command;
    struct record_coupon coupon;
    (void)subject;
    if (coupon_load(ledger, ask->code, &coupon))
        coupon_to_json(ledger, &coupon, out);
}

static void answer_ended(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    const struct coupon_end *ask = command;
    struct record_coupon coupon;
    (void)subject;
    if (coupon_load(ledger, ask->code, &coupon))
        coupon_to_json(ledger, &coupon, out);
}

unsigned op_coupon_create(struct ledger *ledger, const struct coupon_create *ask)
{
    struct record_coupon coupon;
    if (coupon_load(ledger, ask->code, &coupon))
        return RESULT_coupon_exists;
    memset(&coupon, 0, sizeof coupon);
    bool one = (ask->percent > 0) != (ask->amount > 0) && ask->percent <= 100 && ask->amount >= 0;
    bool money = ask->currency.len > 0 || (ask->amount == 0 && ask->min_amount == 0);
    bool times = ask->ends == 0 || (ask->ends > ask->starts && ask->ends > ledger->at_ms);
    bool fits = slice_copy(ask->code, coupon.code, sizeof coupon.code) &&
                slice_copy(ask->currency, coupon.currency, sizeof coupon.currency) &&
                slice_copy(ask->plans, coupon.plans, sizeof coupon.plans) &&
                slice_copy(ask->periods, coupon.periods, sizeof coupon.periods);
    if (ask->code.len < CODE_LEAST || memchr(ask->code.data, '_', ask->code.len) != NULL || !one ||
        !money || !times || !fits || ask->min_amount < 0 || !plans_known(ledger, ask->plans) ||
        !periods_known(ask->periods) || !duration_of(ask->duration, coupon.duration))
        return RESULT_coupon_invalid;
    coupon.percent = (uint8_t)ask->percent;
    coupon.amount = ask->amount;
    coupon.min_amount = ask->min_amount;
    coupon.starts = ask->starts;
    coupon.ends = ask->ends;
    coupon.max_uses = ask->max_uses;
    coupon.per_member = ask->per_member == 0 ? 1 : ask->per_member;
    coupon.first_purchase_only = ask->first_purchase_only != 0;
    coupon.created = ledger->at_ms;
    coupon_store(ledger, &coupon);
    return RESULT_ok;
}

unsigned op_coupon_end(struct ledger *ledger, const struct coupon_end *ask)
{
    struct record_coupon coupon;
    if (!coupon_load(ledger, ask->code, &coupon))
        return RESULT_not_found;
    if (coupon.ended == 0) {
        coupon.ended = ledger->at_ms;
        coupon_store(ledger, &coupon);
    }
    return RESULT_ok;
}

bool ask_coupon_show(struct ledger *ledger, const struct coupon_show *ask, cJSON *out)
{
    struct record_coupon coupon;
    if (!coupon_load(ledger, ask->code, &coupon))
        return false;
    coupon_to_json(ledger, &coupon, out);
    return true;
}

bool ask_coupon_list(struct ledger *ledger, const struct coupon_list *ask, cJSON *out)
{
    cJSON *list = cJSON_AddArrayToObject(out, "coupons");
    uint64_t left = ask->limit == 0                ? LIST_DEFAULT
                    : ask->limit < COUPON_LIST_MAX ? ask->limit
                                                   : COUPON_LIST_MAX;
    struct record_coupon coupon;
    struct key key;
    char last[33] = "";
    bool more = false;
    code_key(&key, ask->cursor);
    if (ask->cursor.len == 0)
        key_clear(&key);
    for (bool after = ask->cursor.len > 0;
         row_next(ledger, shape_record_coupon(), SLICE(""), after, &key, &coupon); after = true) {
        more = left-- == 0;
        if (more)
            break;
        coupon_to_json(ledger, &coupon, json_add_item(list));
        memcpy(last, coupon.code, sizeof last);
    }
    if (more)
        cJSON_AddStringToObject(out, "next_cursor", last);
    else
        cJSON_AddNullToObject(out, "next_cursor");
    json_add_time(out, "as_of", ledger->at_ms);
    return true;
}

void coupon_to_json(const struct ledger *ledger, const struct record_coupon *coupon, cJSON *out)
{
    uint64_t now_ms = ledger->at_ms;
    bool used_up = coupon->max_uses != 0 && coupon->uses >= coupon->max_uses;
    shape_to_json(shape_record_coupon(), coupon, out);
    cJSON_DeleteItemFromObjectCaseSensitive(out, coupon->percent > 0 ? "amount" : "percent");
    if (coupon->min_amount == 0)
        cJSON_DeleteItemFromObjectCaseSensitive(out, "min_amount");
    cJSON_AddStringToObject(out, "state",
                            coupon->ended != 0                            ? "ended"
                            : coupon->ends != 0 && coupon->ends <= now_ms ? "expired"
                            : used_up                                     ? "used_up"
                            : coupon->starts > now_ms                     ? "scheduled"
                                                                          : "active");
}

bool coupon_load(struct ledger *ledger, struct slice code, struct record_coupon *out)
{
    struct key key;
    if (code.len == 0 || code.len > sizeof out->code - 1 || memchr(code.data, 0, code.len) != NULL)
        return false;
    code_key(&key, code);
    return row_load(ledger, shape_record_coupon(), &key, out);
}

void coupon_store(struct ledger *ledger, const struct record_coupon *coupon)
{
    struct key key;
    code_key(&key, slice_from(coupon->code));
    row_store(ledger, shape_record_coupon(), &key, coupon);
}

static bool plans_known(const struct ledger *ledger, struct slice plans)
{
    struct slice name;
    bool known = true;
    while (known && next_word(&plans, &name))
        known = catalog_plan_find(ledger->catalog, name) != NULL;
    return known;
}

static bool periods_known(struct slice periods)
{
    struct slice text;
    struct period period;
    bool known = true;
    while (known && next_word(&periods, &text))
        known = period_parse(text, &period);
    return known;
}

static bool duration_of(struct slice asked, char out[9])
{
    long long count;
    bool counted = slice_to_i64(asked, &count) && count >= 1 && count <= PERIODS_MAX;
    const char *word = asked.len == 0 || slice_is(asked, "ONCE") ? "once"
                       : slice_is(asked, "FOREVER")              ? "forever"
                                                                 : NULL;
    if (word != NULL)
        return slice_copy(slice_from(word), out, 9);
    return counted && slice_copy(asked, out, 9);
}

/* The next of the words that commas join. */
static bool next_word(struct slice *list, struct slice *word)
{
    const char *comma = list->len == 0 ? NULL : memchr(list->data, ',', list->len);
    if (list->len == 0)
        return false;
    size_t len = comma == NULL ? list->len : (size_t)(comma - list->data);
    *word = slice_of(list->data, len);
    len += comma != NULL;
    *list = slice_of(list->data + len, list->len - len);
    return true;
}

static void code_key(struct key *key, struct slice code)
{
    key_clear(key);
    key_text(key, code);
}

static const char *const codes_words[] = {"/codes", "优惠码", "優惠碼", NULL};
static const struct intent_row intents[] = {{.verb = "codes",
                                             .words = codes_words,
                                             .said = coupon_codes,
                                             .menu = {"Your codes", "我的优惠码", "我的優惠碼"}},
                                            {.verb = NULL}};

const char *const coupon_said_names[] = {"reserved", "used", "released", "refused",
                                         "codes",    "none", NULL};
const char *const coupon_use_states[] = {"reserved", "used", "released", NULL};

#define MODULE_DEF    "modules/coupon/coupon.def"
#define MODULE_SELF   MODULE_coupon
#define MODULE_SHAPES shapes_of_coupon
#include "ledger/define.h"

const struct module module_coupon = {.name = "coupon",
                                     .number = MODULE_coupon,
                                     .shapes = shapes_of_coupon,
                                     .results = module_results,
                                     .ops = module_ops,
                                     .asks = module_asks,
                                     .intents = intents,
                                     .says = coupon_says,
                                     .refusals = coupon_refusals,
                                     .line = coupon_line,
                                     .document = coupon_document};
