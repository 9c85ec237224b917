/* What Stripe is asked for: Checkout Sessions that are complete, invoices that are paid (the later
 * payments of subscriptions), events about what went back or is disputed, and the session of one
 * order (docs.stripe.com/api: checkout/sessions/list, invoices/list, events/list, pagination). The
 * events, which Stripe keeps for 30 days, are those that callbacks bring: a refund that fails days
 * after it was made is on no other list by its time. Its callbacks are signed, and say all. */
#include "gateway/check.h"
#include "gateway/create.h"
#include "gateway/stripe.h"
#include "http/query.h"

#include <inttypes.h>

/* A session may be paid so long after it was made, and lists go by when that was. */
#define SESSION_LIFE_S UINT64_C(86400)

static bool able(const struct config_gateway *config);
static void ask_sessions(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask);
static void ask_invoices(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask);
static void ask_events(const struct config_gateway *config, const struct check_page *page,
                       struct check_ask *ask);
static const cJSON *items_of(const cJSON *root);
static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page);
static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask);
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);

/* What went back goes first: nobody is let in by a payment only to be shown out again. */
static const struct check_list lists[] = {
    {.ask = ask_events, .items = items_of, .next = next_page, .read = stripe_read_event},
    {.undated = true,
     .ask = ask_sessions,
     .items = items_of,
     .next = next_page,
     .read = stripe_read_session},
    {.ask = ask_invoices, .items = items_of, .next = next_page, .read = stripe_read_invoice},
    {.ask = NULL},
};

const struct check_kind check_stripe = {
    .able = able, .lists = lists, .about = about, .judge = judge};

static bool able(const struct config_gateway *config)
{
    return config->secret_key != NULL;
}

static void ask_list(const char *path, uint64_t since_s, const struct check_page *page,
                     struct check_ask *ask)
{
    buf_printf(&ask->path, "%s&limit=100&created%%5Bgte%%5D=%" PRIu64, path, since_s);
    if (page->cursor[0] != '\0') {
        buf_append_text(&ask->path, "&starting_after=");
        percent_encode(&ask->path, slice_from(page->cursor));
    }
}

static void ask_sessions(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask)
{
    uint64_t since_s = page->since_ms / 1000;
    (void)config;
    since_s = since_s > SESSION_LIFE_S ? since_s - SESSION_LIFE_S : 0;
    ask_list("/v1/checkout/sessions?status=complete", since_s, page, ask);
}

static void ask_invoices(const struct config_gateway *config, const struct check_page *page,
                         struct check_ask *ask)
{
    (void)config;
    ask_list("/v1/invoices?status=paid", page->since_ms / 1000, page, ask);
}

static void ask_events(const struct config_gateway *config, const struct check_page *page,
                       struct check_ask *ask)
{
    const char *type;
    (void)config;
    buf_append_text(&ask->path, "/v1/events");
    for (size_t i = 0; (type = stripe_event_type(i)) != NULL; i++)
        buf_printf(&ask->path, "%ctypes%%5B%%5D=%s", i == 0 ? '?' : '&', type);
    ask_list("", page->since_ms / 1000, page, ask);
}

static const cJSON *items_of(const cJSON *root)
{
    return json_member(root, "data");
}

static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page)
{
    bool more = false;
    const cJSON *last = cJSON_GetArrayItem(items, cJSON_GetArraySize(items) - 1);
    struct slice id = json_string(json_member(last, "id"));
    return json_bool(json_member(root, "has_more"), &more) && more && id.len > 0 &&
           slice_copy(id, page->cursor, sizeof page->cursor);
}

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask)
{
    (void)config;
    (void)check;
    if (id.len == 0 || !slice_is_text(id))
        return false;
    buf_append_text(&ask->path, "/v1/checkout/sessions/");
    percent_encode(&ask->path, id);
    return true;
}

static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event)
{
    (void)config;
    (void)check;
    (void)ask;
    return stripe_read_session(answer->root, event);
}
