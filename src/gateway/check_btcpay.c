/* BTCPay Server is asked what a signed event is about (its Greenfield API, the invoice and its
 * payment methods): the event does not say how much was paid, nor always that it came late. What
 * the invoice asks is its amount; what was paid is the sum over the methods, each in its coin and
 * at the rate that the invoice fixed. BTCPay itself decides what settles an invoice. */
#include "base/json.h"
#include "gateway/check.h"
#include "gateway/create.h"
#include "gateway/event.h"
#include "http/query.h"

#include <inttypes.h>

/* So much more than was asked is no crumb of the smallest coin. */
enum { OVER_PART = 100 };

enum invoice_status { INVOICE_OPEN, INVOICE_SETTLED, INVOICE_EXPIRED, INVOICE_INVALID };
/* Beside the status in check's thing. */
enum { PAID_OVER = 16, PAID_LATE = 32, STATUS_MASK = 15 };

/* What came, in minor units of the invoice's currency. */
struct paid {
    int64_t sum; /* negative: it cannot be told */
    bool any;
    bool all_settled;
};

static bool able(const struct config_gateway *config);
static enum gateway_verdict begin(const struct config_gateway *config,
                                  const struct gateway_request *callback, const cJSON *root,
                                  struct check *check, struct check_ask *ask);
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);
static void put_path(const struct config_gateway *config, const struct check *check,
                     const char *what, struct buf *path);
static bool read_invoice(const cJSON *invoice, struct check *check);
static unsigned read_status(const cJSON *invoice);
static struct paid read_paid(const cJSON *methods, const char *currency);
static bool read_decimal(const cJSON *item, int64_t *digits, unsigned *scale);
static int64_t convert(const cJSON *paid, const cJSON *rate, const char *currency);
static enum gateway_verdict decide(const struct check *check, const struct paid *paid,
                                   struct payment_event *event);

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask);
static void ask_invoices(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask);
static const cJSON *items_of(const cJSON *root);
static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page);
static enum gateway_verdict list_invoice(const cJSON *invoice, struct payment_event *event);

enum { PAGE_INVOICES = 100 };

static const struct check_list lists[] = {
    {.undated = true,
     .ask = ask_invoices,
     .items = items_of,
     .next = next_page,
     .read = list_invoice},
    {.ask = NULL},
};

const struct check_kind check_btcpay = {
    .able = able, .lists = lists, .about = about, .begin = begin, .judge = judge};

static bool able(const struct config_gateway *config)
{
    return config->api_key != NULL && config->store != NULL;
}

static enum gateway_verdict begin(const struct config_gateway *config,
                                  const struct gateway_request *callback, const cJSON *root,
                                  struct check *check, struct check_ask *ask)
{
    (void)callback;
    if (!check_take_id(json_string(json_member(root, "invoiceId")), check->id))
        return check->event.kind != 0 ? GATEWAY_accepted : GATEWAY_unused;
    put_path(config, check, "", &ask->path);
    return GATEWAY_unchecked;
}

static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event)
{
    if (check->step == 0) {
        if (!read_invoice(answer->root, check))
            return GATEWAY_not_answered;
        put_path(config, check, "/payment-methods", &ask->path);
        return GATEWAY_unchecked;
    }
    if (!cJSON_IsArray(answer->root))
        return GATEWAY_not_answered;
    const struct paid paid = read_paid(answer->root, check->event.currency);
    return decide(check, &paid, event);
}

static void put_path(const struct config_gateway *config, const struct check *check,
                     const char *what, struct buf *path)
{
    buf_append_text(path, "/api/v1/stores/");
    percent_encode(path, slice_from(config->store));
    buf_printf(path, "/invoices/%s%s", check->id, what);
}

/* Into check: what it asks, for whom, and how it stands. */
static bool read_invoice(const cJSON *invoice, struct check *check)
{
    const cJSON *metadata = json_member(invoice, "metadata");
    struct payment_event *event = &check->event;
    if (!slice_is(json_string(json_member(invoice, "id")), check->id))
        return false;
    if (event->telegram_id == 0)
        event_set_member(event, json_member(metadata, "telegram_id"));
    if (event->plan[0] == '\0')
        event_set_plan(event, json_member(metadata, "plan"));
    if (event->order_id[0] == '\0')
        event_set_order(event, json_member(metadata, "orderId"));
    event_set_money(event, json_member(invoice, "amount"), json_member(invoice, "currency"));
    check->wanted = event->amount;
    if (event->kind == PAYMENT_SHORT || event->kind == 0)
        event->amount = -1; /* what came is not known yet */
    check->thing = read_status(invoice);
    return true;
}

static unsigned read_status(const cJSON *invoice)
{
    static const struct {
        const char *name;
        unsigned status;
    } rows[] = {
        {"Settled", INVOICE_SETTLED},
        {"Complete", INVOICE_SETTLED},
        {"Expired", INVOICE_EXPIRED},
        {"Invalid", INVOICE_INVALID},
    };
    struct slice status = json_string(json_member(invoice, "status"));
    struct slice more = json_string(json_member(invoice, "additionalStatus"));
    unsigned found = INVOICE_OPEN;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (slice_is(status, rows[i].name))
            found = rows[i].status;
    return found | (slice_is(more, "PaidOver") ? PAID_OVER : 0) |
           (slice_is(more, "PaidLate") ? PAID_LATE : 0);
}

static struct paid read_paid(const cJSON *methods, const char *currency)
{
    struct paid paid = {.all_settled = true};
    const cJSON *method, *payment;
    cJSON_ArrayForEach(method, methods)
    {
        int64_t sum = convert(json_member(method, "paymentMethodPaid"), json_member(method, "rate"),
                              currency);
        if (sum < 0 || paid.sum < 0 || __builtin_add_overflow(paid.sum, sum, &paid.sum))
            paid.sum = -1;
        cJSON_ArrayForEach(payment, json_member(method, "payments"))
        {
            struct slice status = json_string(json_member(payment, "status"));
            paid.any = true;
            if (!slice_is(status, "Settled"))
                paid.all_settled = false;
        }
    }
    paid.any = paid.any || paid.sum > 0;
    return paid;
}

/* "0.00096667" is 96667 of the eighth place. False for what is negative or no such number. */
static bool read_decimal(const cJSON *item, int64_t *digits, unsigned *scale)
{
    char scratch[JSON_NUMBER_TEXT_SIZE];
    struct slice text = event_text(item, scratch);
    bool point = false;
    *digits = 0;
    *scale = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            return false;
        bool full = *digits >= INT64_C(100000000000000000);
        if (full && !point)
            return false;
        if (full) /* what is behind the eighteenth digit is below what a currency counts */
            continue;
        *digits = *digits * 10 + (c - '0');
        *scale += point;
    }
    return text.len > 0;
}

/* To the nearest minor unit, as a rate leaves crumbs. Negative when it cannot be told. */
static int64_t convert(const cJSON *paid, const cJSON *rate, const char *currency)
{
    __extension__ typedef __int128 wide;
    int64_t digits, rate_digits;
    unsigned scale, rate_scale;
    if (!read_decimal(paid, &digits, &scale))
        return -1;
    if (digits == 0)
        return 0;
    if (currency_find(slice_from(currency)) == NULL ||
        !read_decimal(rate, &rate_digits, &rate_scale))
        return -1;
    wide product = (wide)digits * rate_digits;
    int places = (int)(scale + rate_scale) - currency_decimals(currency);
    for (; places < 0; places++) {
        if (product > INT64_MAX)
            return -1;
        product *= 10;
    }
    for (; places > 1; places--)
        product /= 10;
    if (places == 1)
        product = (product + 5) / 10;
    return product > INT64_MAX ? -1 : (int64_t)product;
}

/* What the signed event says of its own stands; what came beyond that is looked at here. */
static enum gateway_verdict decide(const struct check *check, const struct paid *paid,
                                   struct payment_event *event)
{
    unsigned status = check->thing & STATUS_MASK;
    enum payment_kind kind = check->event.kind;
    *event = check->event;
    if (kind == 0 || kind == PAYMENT_SHORT) {
        bool whole =
            (check->thing & PAID_LATE) != 0 || (check->wanted > 0 && paid->sum >= check->wanted);
        if (status == INVOICE_SETTLED ||
            (status == INVOICE_EXPIRED && whole && paid->any && paid->all_settled))
            kind = PAYMENT_PAID;
        else if (status == INVOICE_EXPIRED && paid->any)
            kind = PAYMENT_SHORT;
        else if (kind == 0)
            return GATEWAY_unused; /* its own event follows */
    }
    if (kind == PAYMENT_SHORT)
        event->amount = paid->any ? paid->sum : -1;
    if (kind == PAYMENT_PAID) {
        bool over = paid->sum > check->wanted && check->wanted >= 0 &&
                    ((check->thing & PAID_OVER) != 0 ||
                     paid->sum - check->wanted >= check->wanted / OVER_PART);
        event->amount = over ? paid->sum : check->wanted;
    }
    event->total = true;
    /* Of another kind than was signed it is another event. */
    bool same = kind == check->event.kind;
    return event_identify(event, kind, slice_from(check->id),
                          slice_from(same ? check->event.event_id : ""));
}

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask)
{
    if (!check_take_id(id, check->id))
        return false;
    put_path(config, check, "", &ask->path);
    return true;
}

static void ask_invoices(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask)
{
    buf_append_text(&ask->path, "/api/v1/stores/");
    percent_encode(&ask->path, slice_from(config->store));
    buf_printf(&ask->path,
               "/invoices?status=Settled&status=Expired&status=Invalid&startDate=%" PRIu64
               "&skip=%u&take=%d",
               page->since_ms / 1000, page->number * PAGE_INVOICES, PAGE_INVOICES);
}

static const cJSON *items_of(const cJSON *root)
{
    return root;
}

static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page)
{
    (void)root;
    (void)page;
    return cJSON_GetArraySize(items) >= PAGE_INVOICES;
}

/* Of one that more was paid for, or that was paid late, the list does not say how much: it is asked
 * about by itself. That one is invalid is BTCPay's word of now, which takes back an earlier one. */
static enum gateway_verdict list_invoice(const cJSON *invoice, struct payment_event *event)
{
    struct check check = {.event = {.amount = -1}};
    struct slice id = json_string(json_member(invoice, "id"));
    if (!check_take_id(id, check.id) || !read_invoice(invoice, &check))
        return GATEWAY_unused;
    bool settled = (check.thing & STATUS_MASK) == INVOICE_SETTLED;
    bool invalid = (check.thing & STATUS_MASK) == INVOICE_INVALID;
    bool more = (check.thing & (PAID_OVER | PAID_LATE)) != 0;
    if (!settled && !more && !invalid)
        return GATEWAY_unused;
    *event = check.event;
    event->amount = check.wanted;
    event_set_occurred_s(event, json_member(invoice, "createdTime"));
    event->total = invalid;
    if (invalid)
        return event_identify(event, PAYMENT_INVALID, id, slice_of(NULL, 0));
    enum gateway_verdict verdict = event_identify(event, PAYMENT_PAID, id, slice_of(NULL, 0));
    return verdict == GATEWAY_accepted && more ? GATEWAY_unchecked : verdict;
}
